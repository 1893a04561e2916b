"""What every adapter behind the port owes the house, held against a bank of its dialect over HTTP.

A new dialect is added to DIALECTS and passes this page; what is peculiar to one is elsewhere.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest

from bank_adapters.errors import UnfitInstruction, UnreadableMessage
from bank_adapters.port import BankAdapter
from bank_adapters.registry import BankProfile, open_adapter
from schemas.bank import (
    BankAccount,
    BankMeaning,
    CreditInstruction,
    RenderedMessage,
    StatementBalance,
    StatementEntry,
    StatementHeader,
    Verdict,
)
from schemas.codes.banks import CodeMeaning, Dialect
from schemas.times import Clock, FixedClock
from tests.builders.payments import (
    AGENCY_ACCOUNT,
    START,
    BankProcess,
    free_port,
    instruction,
    payment_order,
    running_bank,
)

DIALECTS: Final[dict[Dialect, dict[str, Any]]] = {
    Dialect.ISO20022: {},
    Dialect.DIRECT_CONNECT_XML: {
        "codes": {
            "E0001": CodeMeaning.REJECTED,
            "E0003": CodeMeaning.NOT_FOUND,
            "E0004": CodeMeaning.NOT_FOUND,
        }
    },
}
"""What the profile of each says beyond its address: the fake bank's own word on its codes."""
ACTED: Final = ("silent", "bad_gateway", "empty", "slow", "twice")
BEHAVIOR: Final = {
    "slow_seconds": 0.05,
    "payment_rules": [
        {"fault": "reject", "amount_ending": "0404", "reason": "AC04"},
        {"fault": "forget", "amount_ending": "0606"},
        {"fault": "return", "amount_ending": "0505", "days": 1, "reason": "AC06"},
        {"fault": "reject", "amount_ending": "7", "parts_per_million": 300_000, "reason": "AC01"},
    ],
    "message_rules": [
        {"fault": "lost", "sum_ending": "0011"},
        {"fault": "silent", "sum_ending": "0022"},
        {"fault": "bad_gateway", "sum_ending": "0033"},
        {"fault": "empty", "sum_ending": "0044"},
        *({"fault": fault, "parts_per_million": 100_000, "sum_ending": "3"} for fault in ACTED),
        {"fault": "lost", "parts_per_million": 400_000, "sum_ending": "3"},
    ],
}


@pytest.fixture(scope="module", params=list(DIALECTS), ids=str)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return Dialect(request.param)


@pytest.fixture(scope="module")
def bank(dialect: Dialect, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcess]:
    with running_bank(tmp_path_factory.mktemp("bank"), BEHAVIOR) as running:
        running.fund(10_000_000_00)
        yield running


def adapter_to(dialect: Dialect, url: str, clock: Clock | None = None) -> BankAdapter:
    return open_adapter(
        BankProfile(
            base_url=url, dialect=dialect, timeout_seconds=5, clock=clock, **DIALECTS[dialect]
        )
    )


@pytest.fixture
async def adapter(dialect: Dialect, bank: BankProcess) -> AsyncIterator[BankAdapter]:
    opened = adapter_to(dialect, bank.url)
    yield opened
    await opened.close()


async def meanings(adapter: BankAdapter, message: RenderedMessage) -> dict[str, BankMeaning]:
    reply = await adapter.inquire(message.message_id)
    assert reply.verdict is Verdict.TAKEN
    report = adapter.read_report(reply.body)
    assert report.message_id == message.message_id
    assert report.code_map_version
    return {one.end_to_end_id: one.meaning for one in report.statuses}


async def test_what_is_taken_is_paid_once_and_told_of(
    adapter: BankAdapter, bank: BankProcess
) -> None:
    assert await adapter.reachable()
    first, second = instruction(70_100), instruction(80_100)
    message = adapter.render(payment_order(first, second))
    assert (message.payment_count, message.control_sum_minor) == (2, 150_200)
    reply = await adapter.submit(message)
    assert reply.verdict is Verdict.TAKEN
    assert adapter.report_is_valid(reply.body)
    told = {one.end_to_end_id for one in adapter.read_report(reply.body).statuses}
    paid = {first.end_to_end_id, second.end_to_end_id}
    assert told == paid
    assert await meanings(adapter, message) == dict.fromkeys(paid, BankMeaning.DEBITED)
    assert [bank.payments()[one.end_to_end_id][0] for one in (first, second)] == [70_100, 80_100]


@pytest.mark.parametrize("ending", [11, 22, 33, 44])
async def test_a_lost_answer_is_unknown_and_asking_decides(
    adapter: BankAdapter, bank: BankProcess, ending: int
) -> None:
    line = instruction(10_000 + ending)
    message = adapter.render(payment_order(line))
    assert (await adapter.submit(message)).verdict is Verdict.UNKNOWN
    acted = ending != 11
    asked = await adapter.inquire(message.message_id)
    assert asked.verdict is (Verdict.TAKEN if acted else Verdict.NOT_FOUND)
    assert (line.end_to_end_id in bank.payments()) == acted


async def test_a_second_delivery_is_no_refusal_and_moves_nothing(
    adapter: BankAdapter, bank: BankProcess
) -> None:
    line = instruction(20_200)
    message = adapter.render(payment_order(line))
    await adapter.submit(message)
    again = await adapter.submit(message)
    assert again.verdict is Verdict.UNKNOWN
    report = adapter.read_report(again.body)
    assert {one.meaning for one in report.statuses} <= {BankMeaning.DUPLICATE}
    assert report.default in (BankMeaning.DUPLICATE, None)
    assert bank.payments()[line.end_to_end_id][0] == 20_200


async def test_a_line_that_was_seen_before_is_no_refused_line(
    adapter: BankAdapter, bank: BankProcess
) -> None:
    """The first was paid under another message: "refused" would pay it again."""
    line = instruction(20_300)
    await adapter.submit(adapter.render(payment_order(line)))
    reply = await adapter.submit(adapter.render(payment_order(line)))
    told = {one.meaning for one in adapter.read_report(reply.body).statuses}
    assert reply.verdict is not Verdict.REFUSED
    assert BankMeaning.REJECTED not in told
    assert bank.payments()[line.end_to_end_id][0] == 20_300


async def test_lines_are_refused_and_forgotten_one_by_one(adapter: BankAdapter) -> None:
    refused, forgotten, paid = instruction(30_404), instruction(40_606), instruction(1_700)
    message = adapter.render(payment_order(refused, forgotten, paid))
    await adapter.submit(message)
    assert await meanings(adapter, message) == {
        refused.end_to_end_id: BankMeaning.REJECTED,
        paid.end_to_end_id: BankMeaning.DEBITED,
    }
    one = await adapter.inquire(message.message_id, forgotten.end_to_end_id)
    assert one.verdict is Verdict.NOT_FOUND
    one = await adapter.inquire(message.message_id, paid.end_to_end_id)
    assert [s.end_to_end_id for s in adapter.read_report(one.body).statuses] == [paid.end_to_end_id]


async def test_a_message_that_never_left_is_not_found(adapter: BankAdapter) -> None:
    message = adapter.render(payment_order())
    assert (await adapter.inquire(message.message_id)).verdict is Verdict.NOT_FOUND


async def test_a_bank_that_is_not_there_is_unknown(dialect: Dialect) -> None:
    adapter = adapter_to(dialect, f"http://127.0.0.1:{free_port()}")
    message = adapter.render(payment_order())
    assert not await adapter.reachable()
    for reply in (await adapter.submit(message), await adapter.inquire(message.message_id)):
        assert (reply.verdict, reply.http_status) == (Verdict.UNKNOWN, None)
    await adapter.close()


async def test_money_moved_is_what_the_verdicts_say(
    adapter: BankAdapter, bank: BankProcess
) -> None:
    """Messages of drawn amounts over a line that fails often; what is not found is sent again."""
    draw, seen = random.Random(8), set[Verdict]()
    for _ in range(60):
        lines = [instruction(draw.randrange(1, 900_00)) for _ in range(draw.randrange(1, 4))]
        message = adapter.render(payment_order(*lines))
        reply = await adapter.submit(message)
        seen.add(reply.verdict)
        assert reply.verdict is not Verdict.REFUSED, "no message here is refused as a whole"
        if (await adapter.inquire(message.message_id)).verdict is Verdict.NOT_FOUND:
            assert not bank.payments().keys() & {line.end_to_end_id for line in lines}
            await adapter.submit(message)
        found, book = await meanings(adapter, message), bank.payments()
        for line in lines:
            moved = book[line.end_to_end_id][0]
            meaning = found.get(line.end_to_end_id)
            assert moved == (line.amount_minor if meaning is BankMeaning.DEBITED else 0)
            assert meaning in (BankMeaning.DEBITED, BankMeaning.REJECTED, None)
    assert seen == {Verdict.TAKEN, Verdict.UNKNOWN}, "the line failed, and not always"


@asynccontextmanager
async def saying(status: int, body: bytes) -> AsyncIterator[str]:
    """Something that says the same to whatever it is asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port := free_port())
    async with server:
        yield f"http://127.0.0.1:{port}"


async def verdicts(dialect: Dialect, message: RenderedMessage, status: int, body: bytes) -> Any:
    async with saying(status, body) as url:
        adapter = adapter_to(dialect, url)
        replies = await adapter.submit(message), await adapter.inquire(message.message_id)
        await adapter.close()
    return [reply.verdict for reply in replies]


async def test_nothing_but_the_banks_own_word_decides(
    dialect: Dialect, adapter: BankAdapter
) -> None:
    """Pages, noise, answers about others, and genuine answers that are cut or under an error."""
    message, other = (adapter.render(payment_order(instruction(30_404))) for _ in range(2))
    genuine = (await adapter.submit(message)).body
    elsewhere = (await adapter.submit(other)).body
    draw, unknown = random.Random(9), [Verdict.UNKNOWN] * 2
    cut = [genuine[: draw.randrange(len(genuine) - 4)] for _ in range(12)]
    noise = [draw.randbytes(draw.randrange(200)) for _ in range(8)]
    for body in (b"", b"<html>busy</html>", b"{}", b"errorCode=-1", elsewhere, *cut, *noise):
        assert await verdicts(dialect, message, 200, body) == unknown
    for status in (302, 400, 401, 403, 429, 500, 502, 503):
        assert await verdicts(dialect, message, status, genuine) == unknown
    assert await verdicts(dialect, message, 404, b"<html>no such page</html>") == unknown


async def test_what_cannot_be_read_is_said_to_be_so(adapter: BankAdapter) -> None:
    for body in (b"", b"<html/>", b"reqData=%%%", b"\xff\xfe"):
        with pytest.raises(UnreadableMessage):
            adapter.read_report(body)
        with pytest.raises(UnreadableMessage):
            list(adapter.read_statement(BytesIO(body)))
        assert not adapter.report_is_valid(body)
        assert not adapter.statement_is_valid(body)


async def test_a_closed_day_is_stated_and_leads_from_balance_to_balance(
    dialect: Dialect, tmp_path: Path
) -> None:
    """Across pages, one debit a package or one a line: what is stated is what the book moved."""
    with running_bank(tmp_path, BEHAVIOR) as bank:
        for number in range(1, 6):
            bank.fund(1_000_00, f"F{number}")
        today, day = adapter_to(dialect, bank.url, FixedClock(START)), date(2026, 8, 3)
        for _ in range(4):
            await today.submit(today.render(payment_order(instruction(100_00), instruction(50_00))))
        await today.submit(today.render(payment_order(instruction(10_505), instruction(30_404))))
        number = AGENCY_ACCOUNT.number
        assert (await today.fetch_statement(number, day)).verdict is Verdict.NOT_FOUND
        assert (await today.fetch_statement("1", day)).verdict is Verdict.NOT_FOUND
        later = adapter_to(dialect, bank.url, FixedClock(datetime(2026, 8, 6, 1, tzinfo=UTC)))
        assert await _stated(later, day) == (0, 5_000_00 - 600_00 - 105_05)
        next_day = day + timedelta(days=1)
        assert await _stated(later, next_day) == (5_000_00 - 705_05, 5_000_00 - 600_00)
        (back,) = await _entries(later, next_day)
        assert (back.credit, back.is_return, back.amount_minor) == (True, True, 105_05)
        await today.close()
        await later.close()


async def _parts(adapter: BankAdapter, day: date) -> list[Any]:
    reply = await adapter.fetch_statement(AGENCY_ACCOUNT.number, day)
    assert reply.verdict is Verdict.TAKEN
    assert adapter.statement_is_valid(reply.body)
    return list(adapter.read_statement(BytesIO(reply.body)))


async def _entries(adapter: BankAdapter, day: date) -> list[StatementEntry]:
    return [part for part in await _parts(adapter, day) if isinstance(part, StatementEntry)]


async def _stated(adapter: BankAdapter, day: date) -> tuple[int, int]:
    """Opening and closing balance; the entries lead from the one to the other."""
    parts = await _parts(adapter, day)
    assert isinstance(parts[0], StatementHeader)
    assert parts[0].account_number == AGENCY_ACCOUNT.number
    balances = {p.code: p.amount_minor for p in parts if isinstance(p, StatementBalance)}
    entries = [part for part in parts if isinstance(part, StatementEntry)]
    moved = sum(e.amount_minor if e.credit else -e.amount_minor for e in entries)
    assert balances["OPBD"] + moved == balances["CLBD"]
    return balances["OPBD"], balances["CLBD"]


async def test_capabilities_are_held_to(dialect: Dialect, bank: BankProcess) -> None:
    adapter = adapter_to(dialect, bank.url)
    most = adapter.capabilities
    wide = {"name": most.name_max_characters, "number": most.account_max_characters}

    def to(name: str, number: str, remittance: str = "x") -> CreditInstruction:
        payee = BankAccount(number, name, "102451000017")
        return CreditInstruction(instruction().end_to_end_id, 1_00, payee, remittance)

    fits = to("n" * wide["name"], "1" * wide["number"], "r" * most.remittance_max_characters)
    assert adapter.faults_of(fits) == []
    assert (await adapter.submit(adapter.render(payment_order(fits)))).verdict is Verdict.TAKEN
    for bad in (
        to("n" * (wide["name"] + 1), "1"),
        to("n", "1" * (wide["number"] + 1)),
        to("n", "1", "r" * (most.remittance_max_characters + 1)),
        to("", "1"),
        to("n\x07", "1"),
        to("𠮷", "1"),  # no GBK has it
    ):
        assert adapter.faults_of(bad) != []
        with pytest.raises(UnfitInstruction):
            adapter.render(payment_order(bad))
    if not most.collects:
        message = adapter.render(payment_order())
        assert (await adapter.collect(message)).verdict is Verdict.REFUSED
        assert (await adapter.inquire(message.message_id)).verdict is Verdict.NOT_FOUND
    assert not most.deduplicates_message_id, "the bank's written word, never a default"
    await adapter.close()
