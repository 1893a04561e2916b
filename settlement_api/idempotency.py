"""Commands answered once: the same key and body get the first answer, other bytes are refused."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import asyncpg

from schemas.problems import Conflict
from settlement_api.unit_of_work import UnitOfWork

IN_FLIGHT_WAIT_MS = 100


class RequestInFlight(Conflict):
    """The same command is being carried out at this moment."""

    code = "request_in_flight"
    title = "The same request is still being carried out; ask again"


class KeyReused(Conflict):
    """The Idempotency-Key was used for a request that said something else."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key belongs to another request"


class AnswerGone(Conflict):
    """The command was carried out; its answer was too large, or too secret, to keep."""

    code = "answer_not_kept"
    title = "This request was carried out before; its answer was not kept"


@dataclass(frozen=True)
class Answer:
    """What was answered: bytes, ready to be sent again."""

    status: int
    media_type: str
    body: bytes


class Answered(Exception):
    """This command was carried out before; here is its answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


@dataclass(frozen=True)
class Claim:
    """A client's key for one command, and the fingerprint of what the command says."""

    client_id: UUID
    key: str
    fingerprint: bytes
    keeps_answer: bool = True


@dataclass(frozen=True)
class OpenClaim:
    """A key of a command whose body is still to come: what the command says is known at its end."""

    client_id: UUID
    key: str
    place: str
    """Method, path, query and area."""
    seal: Callable[[str], bytes]
    """Makes a fingerprint that tells nothing: a body may hold a password."""
    keeps_answer: bool = True

    def close(self, body_sha256: bytes) -> Claim:
        """The claim, now that the body's digest is known."""
        said = sha256(self.place.encode() + body_sha256).hexdigest()
        return Claim(self.client_id, self.key, self.seal(said), self.keeps_answer)


async def claim(uow: UnitOfWork, wanted: Claim) -> None:
    """Takes the key for this transaction, before anything else is done in it.

    Raises Answered, KeyReused, AnswerGone, or RequestInFlight when another transaction holds
    the key for longer than 100 ms.
    """
    await uow.raw.execute(f"SET LOCAL lock_timeout = '{IN_FLIGHT_WAIT_MS}ms'")
    try:
        taken = await uow.raw.fetchval(
            "INSERT INTO request_key (client_id, key, fingerprint) VALUES ($1, $2, $3)"
            " ON CONFLICT DO NOTHING RETURNING true",
            *(wanted.client_id, wanted.key, wanted.fingerprint),
        )
    except asyncpg.LockNotAvailableError as error:
        raise RequestInFlight from error
    await uow.raw.execute("SET LOCAL lock_timeout TO DEFAULT")
    if not taken:
        await answer_again(uow, wanted)


async def answer_again(uow: UnitOfWork, wanted: Claim) -> None:
    """Raises what a key used before calls for; returns when it never was."""
    found = await uow.fetch_one(
        "SELECT fingerprint, status, media_type, body FROM request_key"
        " WHERE client_id = :client_id AND key = :key",
        client_id=wanted.client_id,
        key=wanted.key,
    )
    if found is None:
        return
    if found.fingerprint != wanted.fingerprint:
        raise KeyReused
    if found.status is None:
        raise AnswerGone
    raise Answered(Answer(found.status, found.media_type, found.body))


async def is_used(uow: UnitOfWork, wanted: OpenClaim) -> bool:
    """Whether the key was used before, whatever for."""
    found = await uow.fetch_value(
        "SELECT 1 FROM request_key WHERE client_id = :client_id AND key = :key",
        client_id=wanted.client_id,
        key=wanted.key,
    )
    return found is not None


async def keep_answer(uow: UnitOfWork, wanted: Claim, answer: Answer) -> None:
    """Keeps the answer beside the key, in the transaction that did what it says."""
    await uow.raw.execute(
        "INSERT INTO request_key (client_id, key, fingerprint, status, media_type, body)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id, key) DO UPDATE"
        " SET status = excluded.status, media_type = excluded.media_type, body = excluded.body"
        " WHERE request_key.fingerprint = excluded.fingerprint",
        *(wanted.client_id, wanted.key, wanted.fingerprint),
        *(answer.status, answer.media_type, answer.body),
    )
