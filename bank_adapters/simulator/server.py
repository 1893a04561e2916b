"""The simulated bank's counter: HTTP in front of the book.

The bank follows the shared business clock by the `X-Business-Instant` header of every request
(it keeps the latest instant seen) or by `POST /clock`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import State
from litestar.params import Parameter

from bank_adapters.simulator import front_end
from bank_adapters.simulator.behavior import Behavior, MessageFault
from bank_adapters.simulator.book import Book, Credit, DayOpen, NoAccount
from bank_adapters.simulator.counter import Counter
from bank_adapters.simulator.messages import (
    BadMessage,
    Instructed,
    LineStatus,
    read_order,
    write_report,
    write_statement,
)

XML: Final = "application/xml; charset=utf-8"
BODY_LIMIT: Final = 64 << 20
INSTANT_HEADER: Final = "X-Business-Instant"


async def _follow_clock(request: Request[Any, Any, State]) -> None:
    """Moves the bank's clock to the caller's instant, if it brings one."""
    if stated := request.headers.get(INSTANT_HEADER):
        counter: Counter = request.app.state.counter
        async with counter.lock:
            counter.book.follow(datetime.fromisoformat(stated))


@get("/health")
async def health() -> dict[str, str]:
    """Whether the bank is open."""
    return {"status": "ok"}


@post("/clock", status_code=200)
async def move_clock(data: dict[str, str], state: State) -> dict[str, str]:
    """Moves the bank's clock forward."""
    counter: Counter = state.counter
    counter.book.follow(datetime.fromisoformat(data["instant"]))
    return {"instant": counter.at().isoformat()}


@post("/accounts/{number:str}/credits", status_code=200)
async def place_credit(number: str, data: dict[str, Any], state: State) -> dict[str, bool]:
    """Credits an account (funding from the special account); the reference makes it idempotent."""
    counter: Counter = state.counter
    credit = Credit(
        account=number,
        account_name=str(data.get("account_name", number)),
        amount=int(data["amount_minor"]),
        reference=str(data["reference"]),
        from_name=str(data.get("from_name", "财政专户")),
        from_account=str(data.get("from_account", "0")),
        remittance=str(data.get("remittance", "")),
    )
    async with counter.lock:
        return {"placed": counter.book.place_credit(credit)}


@post("/payments", status_code=200, request_max_body_size=BODY_LIMIT)
async def take_order(request: Request[Any, Any, State]) -> Response[bytes]:
    """Takes a pain.001 and answers a pain.002, or misbehaves on the first delivery."""
    counter: Counter = request.app.state.counter
    body = await request.body()
    try:
        order = read_order(body, counter.schema)
    except BadMessage:
        message_id = request.headers.get("X-Message-Id", "NONE")[:35]
        return _report(counter, message_id, "RJCT", "FF01", ())
    async with counter.lock:
        fault = counter.fault(order)
        if fault is MessageFault.LOST:
            return Response(b"", status_code=504)
        repeated = counter.book.knows(order.message_id)
        if not repeated:
            counter.book.act(order, sha256(body).hexdigest())
    if repeated:
        return _report(counter, order.message_id, "RJCT", "DUPL", ())
    return await _answer(counter, order, fault)


async def _answer(
    counter: Counter, order: Instructed, fault: MessageFault | None
) -> Response[bytes]:
    if fault is MessageFault.SILENT:
        await asyncio.sleep(counter.behavior.slow_seconds)
        return Response(b"", status_code=504)
    if fault is MessageFault.BAD_GATEWAY:
        page = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
        return Response(page, status_code=502, media_type="text/html")
    if fault is MessageFault.EMPTY:
        return Response(b"", status_code=200, media_type=XML)
    if fault is MessageFault.SLOW:
        await asyncio.sleep(counter.behavior.slow_seconds)
    lines = _spoken(counter, counter.book.statuses(order.message_id, None))
    if fault is MessageFault.TWICE:
        lines = [*lines, *lines]
    return _report(counter, order.message_id, "PART", None, lines)


def _spoken(counter: Counter, lines: Any) -> list[LineStatus]:
    """The first answer speaks of a booked payment in the bank's own word (`reply_status`)."""
    return [
        LineStatus(line.end_to_end_id, counter.behavior.reply_status, line.reason)
        if line.status == "ACSC"
        else line
        for line in lines
    ]


@get("/payments/{message_id:str}/status")
async def tell_status(
    message_id: str,
    state: State,
    end_to_end_id: Annotated[str | None, Parameter(query="end_to_end_id")] = None,
) -> Response[Any]:
    """The present status of a message or of one line in it; 404 when the bank knows nothing."""
    counter: Counter = state.counter
    lines = counter.book.statuses(message_id, end_to_end_id)
    if not counter.book.knows(message_id) or (end_to_end_id and not lines):
        return Response({"code": "NOTF"}, status_code=404)
    return _report(counter, message_id, "PART", None, lines)


@get("/accounts/{number:str}/statements/{day:str}")
async def give_statement(number: str, day: str, state: State) -> Response[Any]:
    """The camt.053 of one account and closed day."""
    counter: Counter = state.counter
    on = date.fromisoformat(day)
    try:
        sequence, opening, entries = counter.book.statement(number, on)
    except NoAccount:
        return Response({"code": "no_account"}, status_code=404)
    except DayOpen:
        return Response({"code": "day_open"}, status_code=409)
    body = write_statement(
        account=number, on=on, sequence=sequence, opening=opening, entries=entries
    )
    return Response(body, media_type=XML)


@get("/book")
async def show_book(state: State) -> dict[str, int]:
    """The oracle's figures."""
    counter: Counter = state.counter
    return counter.book.totals()


@get("/book/payments")
async def show_payments(state: State) -> list[tuple[str, int, str]]:
    """What the bank moved for each payment it ever saw."""
    counter: Counter = state.counter
    return counter.book.payments()


def _report(
    counter: Counter, message_id: str, status: str, reason: str | None, lines: Any
) -> Response[bytes]:
    body = write_report(
        message_id=message_id,
        report_id=f"R{sha256(message_id.encode()).hexdigest()[:30]}",
        at=counter.at(),
        group_status=status,
        group_reason=reason,
        lines=lines,
    )
    return Response(body, media_type=XML)


def create_bank(book: Book, behavior: Behavior) -> Litestar:
    """The application of one simulated bank; closes the book when it stops."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        app.state.counter = Counter(book, behavior)
        yield
        book.close()

    return Litestar(
        route_handlers=[
            health,
            move_clock,
            place_credit,
            take_order,
            tell_status,
            give_statement,
            show_book,
            show_payments,
            front_end.take_package,
        ],
        before_request=_follow_clock,
        lifespan=[lifespan],
        openapi_config=None,
    )
