"""The ISO 20022 adapter against the simulated bank, a process reached over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Protocol, TypeGuard

import httpx
import pytest

from bank_adapters.port import BankAdapter
from bank_adapters.registry import BankProfile, open_adapter
from bank_adapters.simulator.behavior import Behavior, PaymentFault, PaymentRule
from schemas.bank import BankMeaning, StatementBalance, StatementEntry, StatementHeader, Verdict
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

BEHAVIOR = {
    "slow_seconds": 0.2,
    "payment_rules": [
        {"fault": "reject", "amount_ending": "0404", "reason": "AC04"},
        {"fault": "return", "amount_ending": "0505", "days": 2, "reason": "AC06"},
        {"fault": "return_unmarked", "amount_ending": "0508", "days": 2},
        {"fault": "forget", "amount_ending": "0606"},
    ],
    "message_rules": [
        {"fault": "lost", "sum_ending": "11"},
        {"fault": "silent", "sum_ending": "22"},
        {"fault": "bad_gateway", "sum_ending": "33"},
        {"fault": "empty", "sum_ending": "44"},
        {"fault": "slow", "sum_ending": "55"},
        {"fault": "twice", "sum_ending": "66"},
    ],
}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcess]:
    with running_bank(tmp_path_factory.mktemp("bank"), BEHAVIOR) as running:
        running.fund(10_000_000_00)
        yield running


class Opener(Protocol):
    def __call__(self, url: str, clock: Clock | None = None) -> BankAdapter: ...


@pytest.fixture
async def adapter_to() -> AsyncIterator[Opener]:
    """Opens adapters and closes every one of them."""
    opened: list[BankAdapter] = []

    def open_one(url: str, clock: Clock | None = None) -> BankAdapter:
        profile = BankProfile(base_url=url, timeout_seconds=5, clock=clock)
        opened.append(open_adapter(profile))
        return opened[-1]

    yield open_one
    for adapter in opened:
        await adapter.close()


async def meanings(adapter: BankAdapter, message_id: str) -> dict[str, BankMeaning]:
    reply = await adapter.inquire(message_id)
    assert adapter.report_is_valid(reply.body)
    report = adapter.read_report(reply.body)
    return {status.end_to_end_id: status.meaning for status in report.statuses}


async def test_a_taken_order_is_in_settlement_and_then_debited(
    bank: BankProcess, adapter_to: Opener
) -> None:
    adapter = adapter_to(bank.url)
    message = adapter.render(payment_order(instruction(700)))
    reply = await adapter.submit(message)
    assert reply.verdict is Verdict.TAKEN
    assert adapter.report_is_valid(reply.body)
    assert adapter.read_report(reply.body).statuses[0].meaning is BankMeaning.IN_SETTLEMENT
    assert set((await meanings(adapter, message.message_id)).values()) == {BankMeaning.DEBITED}


@pytest.mark.parametrize("ending", [11, 22, 33, 44])
async def test_an_unclear_answer_is_unknown_and_the_book_decides(
    bank: BankProcess, ending: int, adapter_to: Opener
) -> None:
    adapter = adapter_to(bank.url)
    message = adapter.render(payment_order(instruction(10_000 + ending)))
    assert (await adapter.submit(message)).verdict is Verdict.UNKNOWN
    inquiry = await adapter.inquire(message.message_id)
    acted = ending != 11
    assert inquiry.verdict is (Verdict.TAKEN if acted else Verdict.NOT_FOUND)
    again = await adapter.submit(message)
    assert again.verdict is (Verdict.UNKNOWN if acted else Verdict.TAKEN)
    moved = [out for out, _ in bank.payments().values() if out == 10_000 + ending]
    assert moved == [10_000 + ending], "the same bytes are never acted on twice"


@pytest.mark.parametrize("ending", [55, 66])
async def test_a_slow_or_double_answer_is_still_an_answer(
    bank: BankProcess, ending: int, adapter_to: Opener
) -> None:
    adapter = adapter_to(bank.url)
    reply = await adapter.submit(adapter.render(payment_order(instruction(20_000 + ending))))
    assert reply.verdict is Verdict.TAKEN
    assert len(adapter.read_report(reply.body).statuses) == (2 if ending == 66 else 1)


async def test_rejected_and_forgotten_lines(bank: BankProcess, adapter_to: Opener) -> None:
    adapter = adapter_to(bank.url)
    rejected, forgotten, paid = instruction(30_404), instruction(40_606), instruction(1_777)
    message = adapter.render(payment_order(rejected, forgotten, paid))
    await adapter.submit(message)
    assert await meanings(adapter, message.message_id) == {
        rejected.end_to_end_id: BankMeaning.REJECTED,
        paid.end_to_end_id: BankMeaning.DEBITED,
    }
    single = await adapter.inquire(message.message_id, forgotten.end_to_end_id)
    assert single.verdict is Verdict.NOT_FOUND


async def test_an_unreachable_bank_is_unknown(adapter_to: Opener) -> None:
    adapter = adapter_to(f"http://127.0.0.1:{free_port()}")
    assert not await adapter.reachable()
    reply = await adapter.submit(adapter.render(payment_order()))
    assert (reply.verdict, reply.http_status) == (Verdict.UNKNOWN, None)


async def test_an_end_to_end_id_is_never_paid_twice(bank: BankProcess, adapter_to: Opener) -> None:
    adapter = adapter_to(bank.url)
    line = instruction(50_001)
    await adapter.submit(adapter.render(payment_order(line)))
    await adapter.submit(adapter.render(payment_order(line)))
    assert bank.payments()[line.end_to_end_id][0] == 50_001


async def test_bytes_that_fail_the_schema_are_refused(
    bank: BankProcess, adapter_to: Opener
) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{bank.url}/payments", content=b"<Document/>")
    report = adapter_to(bank.url).read_report(response.content)
    assert (report.default, report.default_reason) == (BankMeaning.REJECTED, "FF01")


async def test_statements_chain_and_returns_arrive_days_later(
    tmp_path: Path, adapter_to: Opener
) -> None:
    with running_bank(tmp_path, BEHAVIOR) as bank:
        bank.fund(1_000_00)
        clock = FixedClock(START)
        adapter = adapter_to(bank.url, clock)
        returned, unmarked = instruction(10_505), instruction(20_508)
        await adapter.submit(adapter.render(payment_order(returned, unmarked)))
        number = AGENCY_ACCOUNT.number
        assert (await adapter.fetch_statement(number, date(2026, 8, 3))).http_status == 409
        later = adapter_to(bank.url, FixedClock(datetime(2026, 8, 6, 1, tzinfo=UTC)))
        closings = await _walk_statements(later, [date(2026, 8, day) for day in (3, 4, 5)])
        assert closings == [1_000_00 - 31_013, 1_000_00 - 31_013, 1_000_00]
        reply = await later.fetch_statement(number, date(2026, 8, 5))
        entries = [p for p in later.read_statement(BytesIO(reply.body)) if _is_entry(p)]
        marked = {e.details[0].end_to_end_id: e.is_return for e in entries}
        assert marked == {returned.end_to_end_id: True, unmarked.end_to_end_id: False}


def _is_entry(part: object) -> TypeGuard[StatementEntry]:
    return isinstance(part, StatementEntry)


async def _walk_statements(adapter: BankAdapter, days: list[date]) -> list[int]:
    """Closing balances; each opening must be the closing of the day before."""
    closings: list[int] = []
    for number, day in enumerate(days):
        reply = await adapter.fetch_statement(AGENCY_ACCOUNT.number, day)
        assert adapter.statement_is_valid(reply.body)
        parts = list(adapter.read_statement(BytesIO(reply.body)))
        (header,) = (part for part in parts if isinstance(part, StatementHeader))
        assert header.sequence == number + 1
        balances = {p.code: p.amount_minor for p in parts if isinstance(p, StatementBalance)}
        entries = [part for part in parts if isinstance(part, StatementEntry)]
        moved = sum(e.amount_minor if e.credit else -e.amount_minor for e in entries)
        assert balances["OPBD"] == (closings[-1] if closings else 0)
        assert balances["OPBD"] + moved == balances["CLBD"]
        closings.append(balances["CLBD"])
    return closings


async def test_a_killed_bank_keeps_its_book(tmp_path: Path, adapter_to: Opener) -> None:
    port = free_port()
    with running_bank(tmp_path, BEHAVIOR, port=port) as bank:
        bank.fund(1_000_00)
        adapter = adapter_to(bank.url)
        message = adapter.render(payment_order(instruction(100_00)))
        await adapter.submit(message)
        before = bank.book()
        bank.kill()
    with running_bank(tmp_path, BEHAVIOR, port=port) as bank:
        bank.fund(1_000_00)
        assert bank.book() == before
        assert (await adapter.submit(message)).verdict is Verdict.UNKNOWN
        assert bank.book()["debited_minor"] == 100_00


async def test_an_account_without_cover_refuses(tmp_path: Path, adapter_to: Opener) -> None:
    with running_bank(tmp_path) as bank:
        bank.fund(100_00)
        adapter = adapter_to(bank.url)
        first, second = instruction(90_00, "0001"), instruction(20_00, "0002")
        message = adapter.render(payment_order(first, second))
        report = adapter.read_report((await adapter.submit(message)).body)
        assert [status.reason_code for status in report.statuses] == [None, "AM04"]


def test_the_same_seed_draws_the_same_faults() -> None:
    rule = PaymentRule(PaymentFault.REJECT, parts_per_million=100_000)

    def drawn(seed: int) -> list[int]:
        behavior = Behavior(seed=seed, payment_rules=(rule,))
        identity = {"debtor": "1", "payee": "2", "day": "2026-08-03"}
        return [n for n in range(2_000) if behavior.payment_rule(amount_minor=n, **identity)]

    assert drawn(7) == drawn(7) != drawn(8)
    assert 150 < len(drawn(7)) < 250


async def test_two_calls_at_once_on_one_message_move_money_once(
    bank: BankProcess, adapter_to: Opener
) -> None:
    adapter = adapter_to(bank.url)
    message = adapter.render(payment_order(instruction(60_007)))
    await asyncio.gather(adapter.submit(message), adapter.submit(message))
    assert [out for out, _ in bank.payments().values() if out == 60_007] == [60_007]
