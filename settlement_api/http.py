"""The edge: one request one transaction, answers kept per Idempotency-Key, refusals as RFC 9457."""

import re
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final, NoReturn, cast
from uuid import uuid4

import msgspec
import structlog
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, ValidationException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from schemas.problems import Fault, Invalid, NotFound, Problem
from settlement_api.access import (
    AREA_HEADER,
    KEY_HEADER,
    SESSION_COOKIE,
    AreaNeeded,
    Principal,
    authenticate,
    named_area,
    read_credential,
)
from settlement_api.idempotency import (
    Answer,
    Answered,
    Claim,
    OpenClaim,
    RequestInFlight,
    answer_again,
    claim,
    is_used,
    keep_answer,
)
from settlement_api.observability import Metrics
from settlement_api.persistence import Database
from settlement_api.refusals import (
    BodyTooLarge,
    Defect,
    KeyNeeded,
    MalformedBody,
    MethodRefused,
    Refused,
    Unavailable,
    UnsupportedMedia,
    database_problem,
    is_permission_denied,
    nul_places,
    problem_body,
    problem_headers,
    pydantic_fault,
)
from settlement_api.unit_of_work import AreaScope, PlatformScope, UnitOfWork

log = structlog.get_logger()

PROBLEM_TYPE: Final = "application/problem+json"
KEY_NAME: Final = "Idempotency-Key"
COMMAND_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEY_TEXT: Final = re.compile(r"[\x21-\x7e]{8,128}")
REQUEST_ID_TEXT: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
LARGEST_KEPT_ANSWER: Final = 1 << 20
EXCHANGE: Final = "exchange"


# ── what an error looks like to the caller ──────────────────────────────────────────────────


def as_problem(error: BaseException) -> Problem:
    """The refusal that stands for any error; a Defect says nothing about its cause."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ValidationException):
        return Invalid(faults=_faults(error))
    if isinstance(error, HTTPException):
        return _http_problem(error)
    if isinstance(error, ValidationError):
        return Invalid(faults=[pydantic_fault(dict(fault)) for fault in error.errors()])
    if isinstance(error, RecursionError):
        return MalformedBody("nested too deep")
    if isinstance(error, msgspec.DecodeError | UnicodeDecodeError):
        return MalformedBody(str(error))
    return database_problem(error) or Defect()


def _http_problem(error: HTTPException) -> Problem:
    match error.status_code:
        case HTTPStatus.BAD_REQUEST:
            return MalformedBody(error.detail)
        case HTTPStatus.NOT_FOUND:
            return NotFound("no such path")
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return MethodRefused()
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return BodyTooLarge()
        case HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
            return UnsupportedMedia()
        case status if status < 500:
            refused = Refused(error.detail)
            refused.status = status  # type: ignore[misc]
            return refused
    return Defect()


def _faults(error: ValidationException) -> list[Fault]:
    """Every fault of a body or of parameters, each with its place."""
    cause = error.__cause__
    if cause is not None and hasattr(cause, "errors"):
        return [pydantic_fault(fault) for fault in cause.errors]
    extra = error.extra if isinstance(error.extra, list) else []
    return [
        Fault(str(entry.get("key", "")), "invalid", str(entry.get("message", "")))
        for entry in extra
        if isinstance(entry, dict)
    ] or [Fault("", "invalid", error.detail)]


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The handler of every exception of every route."""
    if isinstance(error, Answered):
        request.state[EXCHANGE].claim = None  # it is kept already
        return Response(
            error.answer.body,
            status_code=error.answer.status,
            media_type=error.answer.media_type,
            headers={"Idempotent-Replayed": "true"},
        )
    problem = as_problem(error)
    if isinstance(problem, Invalid) and not problem.faults:
        problem.faults = tuple(_unstorable(request))
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR and _misses_area(request, error):
        problem = AreaNeeded()
    report_defect(problem, error, request.app.state.metrics)
    return Response(
        problem_body(problem, request_id_of(request.scope)),
        status_code=problem.status,
        media_type=PROBLEM_TYPE,
        headers=problem_headers(problem),
    )


def _unstorable(request: Request[Any, Any, Any]) -> Iterator[Fault]:
    """Each NUL of a request whose refusal names no place, as PostgreSQL's does not."""
    exchange: Exchange = request.state[EXCHANGE]
    named = {**request.path_params, **request.query_params}
    places = [name for name, value in named.items() if "\0" in str(value)]
    if b"\\u0000" in exchange.body:
        with suppress(msgspec.DecodeError, RecursionError):  # it may be no JSON
            places += nul_places(msgspec.json.decode(exchange.body))
    for place in places:
        yield Fault(place, "bad_text", "a text cannot hold a NUL character")


def _misses_area(request: Request[Any, Any, Any], error: Exception) -> bool:
    """Whether rows of areas were refused to somebody of the platform who named no area."""
    principal: Principal | None = request.state[EXCHANGE].principal
    if principal is None or not is_permission_denied(error):
        return False
    return isinstance(principal.scope(request.headers.get(AREA_HEADER)), PlatformScope)


def report_defect(problem: Problem, error: BaseException, metrics: Metrics) -> None:
    """Logs what is our fault or what the database refused; a plain refusal is no news, and a
    database that is away fails every request in the same way: one line each, no defect."""
    if isinstance(problem, Unavailable):
        log.warning("http.request.unavailable", reason=str(error)[:200])
    elif problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        metrics.defects.labels("http").inc()
        log.error("http.request.failed", code=problem.code, exc_info=error)
    elif isinstance(error, DBAPIError):
        log.warning("http.statement.refused", code=problem.code, exc_info=error)


# ── one request, one transaction ────────────────────────────────────────────────────────────


@dataclass
class Exchange:
    """A request and its answer: the transaction between them is committed before any byte of
    the answer leaves, and rolled back when the answer is a refusal."""

    database: Database
    metrics: Metrics
    request_id: str
    started: float = field(default_factory=perf_counter)
    principal: Principal | None = None
    open_claim: OpenClaim | None = None
    claim: Claim | None = None
    body: bytes = b""
    uow: UnitOfWork | None = None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def open(self, principal: Principal, wanted_area: str | None) -> UnitOfWork:
        """Opens the request's transaction: the key is claimed first, then the rows are scoped."""
        scope = principal.scope(wanted_area)
        transaction = self.database.begin(PlatformScope(), actor=principal.actor)
        self.uow = await self.stack.enter_async_context(transaction)
        if self.claim is not None:
            await claim(self.uow, self.claim)
        if isinstance(scope, AreaScope) and principal.area_code is None:
            await named_area(self.uow, scope.area_code)
        await self.uow.switch(scope)
        return self.uow

    async def settle(self, answer: Answer, *, whole: bool) -> None:
        """Keeps the (whole) answer to a command and commits; a refusal rolls back."""
        if answer.status >= HTTPStatus.BAD_REQUEST:
            await self.abandon()
            return
        fits = whole and len(answer.body) <= LARGEST_KEPT_ANSWER
        if self.claim is not None and self.claim.keeps_answer and fits:
            await self._keep(self.claim, answer)
        await self.stack.aclose()

    async def _keep(self, claim: Claim, answer: Answer) -> None:
        if self.uow is None:
            async with self.database.platform() as uow:
                await keep_answer(uow, claim, answer)
        else:
            if not isinstance(self.uow.scope, AreaScope):  # parties write nothing themselves
                await self.uow.switch(PlatformScope())
            await keep_answer(self.uow, claim, answer)

    async def abandon(self) -> None:
        """Rolls back what nobody committed."""
        stack, self.stack = self.stack, AsyncExitStack()
        rollback = Abandoned()
        await stack.__aexit__(Abandoned, rollback, None)


class Abandoned(Exception):
    """Thrown into a transaction to roll it back: the request ended in a refusal."""


class RequestTransaction(ASGIMiddleware):
    """Holds an answer back until its transaction is committed; counts and logs every request."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """One request, from its first byte to its last."""
        exchange = Exchange(self._database, self._metrics, request_id_of(scope))
        scope["state"][EXCHANGE] = exchange
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            try:
                await next_app(scope, receive, _Outlet(exchange, scope, send))
            finally:
                await exchange.abandon()


class _Outlet:
    """Where the answer passes: its start is held until the body is whole and settled."""

    def __init__(self, exchange: Exchange, scope: Scope, send: Send) -> None:
        self._exchange = exchange
        self._scope = scope
        self._send = send
        self._start: dict[str, Any] | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = cast("dict[str, Any]", message)
            return
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        if self._start is None:
            await self._send(message)  # a later part of a streamed answer
            return
        await self._answer(message.get("body", b""), message.get("more_body", False))

    async def _answer(self, body: bytes, more_body: bool) -> None:
        assert self._start is not None
        start, self._start = self._start, None
        answer = Answer(start["status"], _media_type(start["headers"]), body)
        try:
            await self._exchange.settle(answer, whole=not more_body)
        except Exception as error:
            (start, body), more_body = self._failed(error), False
        start["headers"] = [
            *start["headers"],
            (b"x-request-id", self._exchange.request_id.encode()),
        ]
        self._report(start["status"])
        await self._send(cast("Message", start))
        await self._send({"type": "http.response.body", "body": body, "more_body": more_body})

    def _failed(self, error: Exception) -> tuple[dict[str, Any], bytes]:
        """The answer that says the commit did not happen."""
        problem = as_problem(error)
        report_defect(problem, error, self._exchange.metrics)
        body = problem_body(problem, self._exchange.request_id)
        headers = {
            "content-type": PROBLEM_TYPE,
            "content-length": str(len(body)),
            **problem_headers(problem),
        }
        pairs = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
        return {"type": "http.response.start", "status": problem.status, "headers": pairs}, body

    def _report(self, status: int) -> None:
        exchange, method = self._exchange, str(self._scope.get("method"))
        path = str(self._scope.get("path_template") or "")
        seconds = perf_counter() - exchange.started
        exchange.metrics.requests.labels(method, path, status).inc()
        exchange.metrics.request_seconds.labels(method, path).observe(seconds)
        log.info(
            "http.request.answered",
            method=method,
            path=path,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            principal=str(exchange.principal.id) if exchange.principal else None,
        )


def _media_type(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name.lower() == b"content-type":
            return value.decode("latin-1")
    return "application/json"


def request_id_of(scope: Scope) -> str:
    """The caller's X-Request-Id if it is a plain one, else a new id."""
    exchange = scope.get("state", {}).get(EXCHANGE)
    if isinstance(exchange, Exchange):
        return exchange.request_id
    for name, value in scope.get("headers", []):
        if name == b"x-request-id" and REQUEST_ID_TEXT.fullmatch(text := value.decode("latin-1")):
            return text
    return uuid4().hex


# ── what handlers are given ─────────────────────────────────────────────────────────────────


async def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """Who is asking. Raises Unauthenticated, or Forbidden for a key that does not open the path."""
    exchange: Exchange = request.state[EXCHANGE]
    if exchange.principal is None:
        credential = read_credential(
            authorization=request.headers.get("authorization"),
            api_key=request.headers.get(KEY_HEADER),
            cookie=request.cookies.get(SESSION_COOKIE),
        )
        principal = await authenticate(exchange.database, credential)
        principal.require_scope(
            segment=request.url.path.strip("/").partition("/")[0],
            writes=request.method in COMMAND_METHODS,
        )
        principal.require_own_password(request.url.path)
        exchange.principal = principal
        exchange.open_claim = _read_claim(request, principal)
        if exchange.open_claim and not request.route_handler.opt.get("streamed", False):
            exchange.body = await request.body()
            exchange.claim = exchange.open_claim.close(sha256(exchange.body).digest())
    return exchange.principal


def _read_claim(request: Request[Any, Any, Any], principal: Principal) -> OpenClaim | None:
    """The key of a command, and where it is said; None for a question.

    A route with `opt={"streamed": True}` reads its body itself and closes the claim at its end
    (`StreamedKey`). An answer under `opt={"secret_answer": True}` is never kept.
    """
    options = request.route_handler.opt
    if request.method not in COMMAND_METHODS or not options.get("idempotent", True):
        return None
    key = request.headers.get(KEY_NAME, "")
    if not KEY_TEXT.fullmatch(key):
        raise KeyNeeded
    where = principal.scope(request.headers.get(AREA_HEADER))
    return OpenClaim(
        principal.id,
        key,
        f"{request.method}\0{request.url.path}\0{request.url.query}\0{where}\0",
        request.app.state.keyring.blind_index,
        keeps_answer=not options.get("secret_answer", False),
    )


async def provide_uow(
    request: Request[Any, Any, Any], principal: NamedDependency[Principal]
) -> UnitOfWork:
    """The request's transaction, scoped to what the principal may see.

    It is committed before the answer leaves; a refusal or a failed commit leaves nothing.
    """
    exchange: Exchange = request.state[EXCHANGE]
    return await exchange.open(principal, request.headers.get(AREA_HEADER))


async def provide_kept_answer(
    request: Request[Any, Any, Any], principal: NamedDependency[Principal]
) -> None:
    """For commands with transactions of their own: answers a repeated key again.

    The answer is kept after the work; two at the same time both work, so the work must be
    idempotent by the identity of what it stores.
    """
    exchange: Exchange = request.state[EXCHANGE]
    if exchange.claim is not None:
        async with exchange.database.platform(actor=principal.actor) as uow:
            await answer_again(uow, exchange.claim)


@dataclass(frozen=True)
class StreamedKey:
    """The Idempotency-Key of a command whose body is a stream, told by the body's digest."""

    exchange: Exchange
    open_claim: OpenClaim
    used: bool
    """Used before: then the body is only heard and digested, for `repeat`."""

    async def repeat(self, body_sha256: bytes) -> NoReturn:
        """Ends a command whose key was used before: raises Answered, KeyReused or AnswerGone."""
        async with self.exchange.database.platform() as uow:
            await answer_again(uow, self.open_claim.close(body_sha256))
        raise RequestInFlight  # the key was forgotten between two looks

    async def take(self, uow: UnitOfWork, body_sha256: bytes, answer: Answer) -> None:
        """Claims the key in the transaction that takes the body, with an answer that stands until
        a later one is sent. Raises Answered, KeyReused, AnswerGone or RequestInFlight when
        another request was faster."""
        claimed = self.open_claim.close(body_sha256)
        await claim(uow, claimed)
        await keep_answer(uow, claimed, answer)
        self.exchange.claim = claimed


async def provide_streamed_key(
    request: Request[Any, Any, Any], principal: NamedDependency[Principal]
) -> StreamedKey:
    """For routes with `opt={"streamed": True}`."""
    exchange: Exchange = request.state[EXCHANGE]
    assert exchange.open_claim is not None, "only commands stream"
    async with exchange.database.platform(actor=principal.actor) as uow:
        used = await is_used(uow, exchange.open_claim)
    return StreamedKey(exchange, exchange.open_claim, used)
