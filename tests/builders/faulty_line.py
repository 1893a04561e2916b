"""The line between us and a mock-bank, where whatever a network can do happens.

It is no bank: bytes pass unchanged both ways. It keeps what the bank sent, so that a message can be
asked for again (mock-bank has a mailbox and no status service), moves the bank's clock to the day
that a call brings, and does to each call what its temper says.
"""

import asyncio
import os
import random
import re
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from bank_adapters.http import BUSINESS_INSTANT_HEADER
from schemas.times import SHANGHAI, Clock, business_date
from tests.builders.mock_bank import MockBank
from tests.builders.payments import START, free_port

PAGE: Final = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
NO_REPORT: Final = b""
"""Of a message that the bank has and does not speak of: a silent bank is not a "not found"."""
START_DAY: Final = business_date(START)
LATEST: Final = timedelta(minutes=50)
"""Nothing is under way longer: two people call a message not sent after an hour at the earliest."""


class Fault(StrEnum):
    """What becomes of one call."""

    LOST_BEFORE = "lost_before"
    """The line breaks, and the bank has heard nothing."""
    LOST_AFTER = "lost_after"
    """The bank acts, then the line breaks."""
    BAD_GATEWAY = "bad_gateway"
    """The bank acts, then a proxy's 502 page is the answer."""
    PAGE = "page"
    """The bank acts, then a page with a 200 is the answer."""
    EMPTY = "empty"
    """The bank acts, then a 200 with nothing in it is the answer."""
    TRUNCATED = "truncated"
    """The bank acts, then the line breaks in the middle of the answer."""
    CUT = "cut"
    """The bank acts, then the first half of the answer is given as the whole."""
    TWICE = "twice"
    """The call reaches the bank twice; the second answer is given."""
    LATE = "late"
    """The line breaks, and the bank hears of it minutes later."""
    BUSY = "busy"
    """429: the bank has heard nothing."""
    ELSEWHERE = "elsewhere"
    """The answer to an earlier question is given."""
    DENIED = "denied"
    """A question is answered "not found", whatever the bank has; nothing happens to orders."""
    KILLED_BEFORE = "killed_before"
    """Who calls is killed before the bank hears of it; only by plan."""
    KILLED_AFTER = "killed_after"
    """Who calls is killed when the bank has acted and not answered; only by plan."""


KILLS: Final = frozenset({Fault.KILLED_BEFORE, Fault.KILLED_AFTER})
SECTION_2: Final = {Fault.LOST_BEFORE: 150, Fault.LOST_AFTER: 150, Fault.BAD_GATEWAY: 50,
                    Fault.TWICE: 100}  # fmt: skip
"""The mix of banks.md section 2, in thousandths of calls."""
REST: Final = {Fault.PAGE: 20, Fault.EMPTY: 20, Fault.TRUNCATED: 20, Fault.CUT: 20,
               Fault.LATE: 40, Fault.BUSY: 20, Fault.ELSEWHERE: 20, Fault.DENIED: 20}  # fmt: skip
"""The other faults of a line in its section 6."""


class Temper:
    """Draws what becomes of each call, the same for the same seed; without a mix nothing."""

    def __init__(self, mix: Mapping[Fault, int] | None = None, *, seed: int = 1) -> None:
        self.mix = mix or {}
        self.next: list[Fault | None] = []
        """What happens to the next calls that carry something, before any draw."""
        self._random = random.Random(seed)

    def draw(self) -> Fault | None:
        """The fault of one call, or None."""
        if self.next:
            return self.next.pop(0)
        at = self._random.randrange(1_000)
        for fault, share in self.mix.items():
            if at < share:
                return fault
            at -= share
        return None

    def delay(self) -> timedelta:
        """How long a late call is under way."""
        return self._random.uniform(0.1, 1) * LATEST


@dataclass
class Call:
    """One HTTP call as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is written back; with `broken` only half of it, then the line breaks."""

    status: int
    body: bytes
    kind: str = "application/xml"
    broken: bool = False


NOT_FOUND: Final = Answer(404, b'{"code": "NOTF"}', "application/json")


@dataclass
class Line:
    """The line and what it keeps of the bank's words."""

    bank: MockBank
    temper: Temper
    clock: Clock
    url: str
    done: list[tuple[str, Fault | None]] = field(default_factory=list)
    """What became of each call: its method and path, and its fault."""
    reports: dict[str, list[bytes]] = field(default_factory=dict)
    """The status reports of each message, first to last."""
    statements: dict[tuple[str, date], bytes] = field(default_factory=dict)
    victim: "asyncio.Future[int] | None" = None
    """The process id of the caller, once it is known: whom a planned fault kills."""
    _late: list[tuple[datetime, bytes]] = field(default_factory=list)
    _last_answers: dict[str, Answer] = field(default_factory=dict)
    _asked: dict[str, int] = field(default_factory=dict)
    _day: date = START_DAY
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def faults(self) -> set[Fault]:
        """What has happened at least once."""
        return {fault for _, fault in self.done if fault is not None}

    def faults_of(self, method: str) -> list[Fault | None]:
        """What became of each call of a method, in turn."""
        return [fault for call, fault in self.done if call.startswith(method)]

    async def take(self, call: Call) -> Answer | None:
        """The answer to a call, after whatever happens to it; None breaks the line."""
        async with self._lock:
            now = await self._instant(call)
            await asyncio.to_thread(self._pass_time, now)
            if call.path == "/health":
                return Answer(200, b"{}", "application/json")
            fault = self.temper.draw()
            self.done.append((f"{call.method} {call.path}", fault))
            if fault is Fault.KILLED_BEFORE:
                return await self._kill()
            if fault in (Fault.LOST_BEFORE, Fault.LATE):
                if fault is Fault.LATE and call.method == "POST":
                    self._late.append((now + self.temper.delay(), call.body))
                return None
            if fault is Fault.BUSY:
                return Answer(429, PAGE, "text/html")
            if fault is Fault.TWICE:
                await asyncio.to_thread(self._ask, call)
            answer = await asyncio.to_thread(self._ask, call)
            if fault is Fault.KILLED_AFTER:
                return await self._kill()
            return self._spoiled(call, answer, fault)

    async def _kill(self) -> None:
        assert self.victim is not None, "who calls is known"
        os.kill(await self.victim, signal.SIGKILL)

    def _spoiled(self, call: Call, answer: Answer, fault: Fault | None) -> Answer | None:
        of_a_kind = f"{call.method} {call.path.rpartition('/')[2][:6]}"
        before = self._last_answers.get(of_a_kind)
        self._last_answers[of_a_kind] = answer
        match fault:
            case Fault.LOST_AFTER:
                return None
            case Fault.BAD_GATEWAY:
                return Answer(502, PAGE, "text/html")
            case Fault.PAGE:
                return Answer(200, PAGE, "text/html")
            case Fault.EMPTY:
                return Answer(200, b"")
            case Fault.TRUNCATED:
                return Answer(answer.status, answer.body, answer.kind, broken=True)
            case Fault.CUT:
                return Answer(answer.status, answer.body[: len(answer.body) // 2], answer.kind)
            case Fault.DENIED if call.method == "GET":
                return NOT_FOUND
            case Fault.ELSEWHERE:
                return before or answer
            case _:
                return answer

    # --- what passes to the bank and back ---

    async def _instant(self, call: Call) -> datetime:
        stated = call.headers.get(BUSINESS_INSTANT_HEADER.lower())
        return datetime.fromisoformat(stated) if stated else await self.clock.now()

    def _pass_time(self, now: datetime) -> None:
        """The bank's day is that of the call; what was late arrives at its minute."""
        if (day := business_date(now)) > self._day:
            arrived = [body for due, body in self._late if business_date(due) < day]
            self._late = [(due, body) for due, body in self._late if business_date(due) >= day]
            self._hand_over(arrived)
            self._day = day
            self.bank.move_to(day)
            self._collect()
        arrived = [body for due, body in self._late if due <= now]
        self._late = [(due, body) for due, body in self._late if due > now]
        self._hand_over(arrived)

    def _hand_over(self, bodies: list[bytes]) -> None:
        for body in bodies:
            (message_id,) = _texts(body, "MsgId")[:1]
            self.reports.setdefault(message_id, [])
            self.bank.deliver(body)
        if bodies:
            self._collect()

    def _collect(self) -> None:
        for message in self.bank.collect():
            if message.kind.startswith("pain.002"):
                (message_id,) = _texts(message.body, "OrgnlMsgId")[:1]
                self.reports.setdefault(message_id, []).append(message.body)
            elif message.kind.startswith("camt.053"):
                (iban,) = _texts(message.body, "IBAN")[:1]
                (start,) = _texts(message.body, "FrDtTm")[:1]
                day = datetime.fromisoformat(start).astimezone(SHANGHAI).date()
                self.statements[iban, day] = message.body

    def _ask(self, call: Call) -> Answer:
        if call.method == "POST":
            return self._deliver(call)
        parts = call.path.strip("/").split("/")
        if parts[0] == "payments":
            return self._tell_status(parts[1])
        body = self.statements.get((parts[1], date.fromisoformat(parts[3])))
        return Answer(200, body) if body else NOT_FOUND

    def _deliver(self, call: Call) -> Answer:
        """The report that this delivery was answered with; a silent bank gives none."""
        message_id = call.headers["x-message-id"]
        known = len(self.reports.setdefault(message_id, []))
        self.bank.deliver(call.body)
        self._collect()
        new = self.reports[message_id][known:]
        return Answer(200, new[-1] if new else NO_REPORT)

    def _tell_status(self, message_id: str) -> Answer:
        """The reports of a message in turn, each again and again: old ones come after new ones."""
        reports = self.reports.get(message_id)
        if reports is None:
            return NOT_FOUND
        if not reports:
            return Answer(200, NO_REPORT)
        turn = self._asked[message_id] = self._asked.get(message_id, -1) + 1
        return Answer(200, reports[turn % len(reports)])


def _texts(body: bytes, element: str) -> list[str]:
    return re.findall(f"<{element}>([^<]*)</{element}>", body[:4_000].decode(errors="ignore"))


@asynccontextmanager
async def running_line(bank: MockBank, temper: Temper, clock: Clock) -> AsyncIterator[Line]:
    """A line to a bank, open for the time of the block, in this event loop.

    Calls that bring no instant are made at that of `clock`.
    """
    port = free_port()
    line = Line(bank, temper, clock, f"http://127.0.0.1:{port}")
    served: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        served.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                answer = await line.take(await _read(reader))
                if answer is None:
                    break
                writer.write(_written(answer))
                await writer.drain()
                if answer.broken:
                    break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield line
    finally:
        server.close()
        for task in served:
            task.cancel()
        await asyncio.gather(*served, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    pairs = (text.partition(":") for text in head[1:] if text)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Call(method, target.partition("?")[0], headers, body)


def _written(answer: Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status} -\r\nContent-Type: {answer.kind}\r\n"
        f"Content-Length: {len(answer.body) + (1 if answer.broken else 0)}\r\n\r\n"
    )
    body = answer.body[: len(answer.body) // 2] if answer.broken else answer.body
    return head.encode() + body
