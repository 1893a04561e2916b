"""Refusals of the edge itself, and what errors of values and of the database mean to callers."""

from http import HTTPStatus
from typing import Any

import asyncpg
import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from schemas.problems import Conflict, Fault, Invalid, Problem


class KeyNeeded(Problem):
    """A command came without an Idempotency-Key of 8 to 128 visible ASCII characters."""

    code = "idempotency_key_needed"
    title = "Send a header Idempotency-Key of 8 to 128 visible characters with every command"
    status = 400


class MalformedBody(Problem):
    """The body cannot be read at all: broken JSON, wrong encoding, nested too deep."""

    code = "malformed_body"
    title = "The body cannot be read"
    status = 400


class BodyTooLarge(Problem):
    """The body is larger than this path takes."""

    code = "body_too_large"
    title = "The body is too large"
    status = 413


class UnsupportedMedia(Problem):
    """The body is of a type this path does not take."""

    code = "unsupported_media_type"
    title = "This path does not take bodies of this type"
    status = 415


class MethodRefused(Problem):
    """The path exists, but not for this method."""

    code = "method_not_allowed"
    title = "This path does not know this method"
    status = 405


class Unavailable(Problem):
    """The database or another part is away for the moment: ask again, nothing was done."""

    code = "unavailable"
    title = "Not available at the moment; ask again"
    status = 503


class Defect(Problem):
    """An error of ours; the log has it under the request id."""

    code = "defect"
    title = "Something went wrong on our side"
    status = 500


class Refused(Problem):
    """A request that HTTP itself refuses, with its own status."""

    code = "refused"
    title = "The request was refused"
    status = 400


def pydantic_fault(fault: dict[str, Any]) -> Fault:
    """A fault as pydantic tells it, with its place as a JSON pointer."""
    place = "".join(f"/{_escape(part)}" for part in fault["loc"])
    return Fault(place, fault["type"], fault["msg"])


def _escape(part: object) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def nul_places(content: object) -> list[str]:
    """JSON pointers of the texts of decoded JSON that hold a NUL character, outer ones first."""
    found, left = [], [("", content)]
    for place, value in left:
        if isinstance(value, str) and "\0" in value:
            found.append(place)
        members = value.items() if isinstance(value, dict) else ()
        steps = enumerate(value) if isinstance(value, list) else members
        left += [(f"{place}/{_escape(step)}", inner) for step, inner in steps]
    return found


_AWAY = (PoolTimeout, ConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""A server that is gone, as the pool and the driver say it; the last one between the server's last
word and the end of the line."""


def database_problem(error: BaseException) -> Problem | None:
    """What PostgreSQL's refusal means to the caller: input, rivalry, or absence.

    A violated CHECK is none of these: a rule about money that only a defect of ours can break.
    """
    cause = _told_by_driver(error)
    state = getattr(cause, "sqlstate", None) or ""
    if state.startswith("22"):
        return Invalid("a value cannot be stored as it is")
    if isinstance(cause, _AWAY):
        return Unavailable()
    if state.startswith(("08", "53", "57")) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return Unavailable()
    if state.startswith("40") or state in {"55P03", "23505", "23503", "23P01"}:
        return Conflict("the state changed meanwhile; look again")
    return None


def _told_by_driver(error: BaseException) -> BaseException | None:
    """The driver's own error under those that SQLAlchemy wraps around it."""
    if isinstance(error, DBAPIError):
        return error.orig.__cause__ or error.orig if error.orig is not None else None
    return error


def is_permission_denied(error: BaseException) -> bool:
    """Whether a table refused the transaction's role."""
    return getattr(_told_by_driver(error), "sqlstate", None) == "42501"


def problem_body(problem: Problem, request_id: str) -> bytes:
    """The problem document (RFC 9457): facts are extension members."""
    document = {
        "type": f"urn:zhijie:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail or problem.title,
        "request_id": request_id,
        "faults": [
            {"place": fault.place, "code": fault.code, "message": fault.message}
            for fault in problem.faults
        ],
    }
    return msgspec.json.encode(problem.facts | document, enc_hook=str)


def problem_headers(problem: Problem) -> dict[str, str]:
    """Headers that go with a status."""
    match problem.status:
        case HTTPStatus.UNAUTHORIZED:
            return {"WWW-Authenticate": 'Bearer realm="zhijie"'}
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return {"Retry-After": "1"}
    return {}
