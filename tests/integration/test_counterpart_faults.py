"""Thousands of payments to a bank that others wrote, over a line that fails in every way it can.

The oracle is that bank's own book: the money it moved is the money our ledger says, nothing is paid
twice and no verdict is wrong, at any time. The mix of faults is that of banks.md section 2 and the
rest of its section 6, on every call, not only the first. No wait is slept through. `make test` pays
two thousand, `make faults` ten.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from schemas.codes.ledger import AccountKind
from schemas.times import Clock
from settlement_api.encryption import Keyring
from settlement_api.payments import jobs
from settlement_api.persistence import Database
from tests.builders.counterpart import CLOSED_PAYEE, Counterpart, open_counterpart, settle_down
from tests.builders.faulty_line import KILLS, REST, SECTION_2, Fault, Temper
from tests.builders.payment_stage import MovableClock

SEED = 20260301
SILENT = {"behaviour": "silent"}
TEMPERS = (
    {},
    {"behaviour": "return-later", "parameters": {"days": 1, "reason": "AC04"}},
    {},
    {"behaviour": "return-later", "parameters": {"days": 3, "reason": "AC06"}},
    SILENT,
    {"behaviour": "insufficient-funds"},
)
"""Of the agency's accounts at the bank."""


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.mark.timeout(600)
async def test_two_thousand_payments_over_a_line_that_fails_are_made_once(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path
) -> None:
    temper = Temper(SECTION_2 | REST, seed=SEED)
    async with open_counterpart(database, keyring, clock, tmp_path, temper=temper) as opened:
        await _are_made_once(opened, Journey(days=2, batches=20, payments=50))


@pytest.mark.faults
@pytest.mark.timeout(1_800)
async def test_ten_thousand_payments_over_a_line_that_fails_are_made_once(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path
) -> None:
    temper = Temper(SECTION_2 | REST, seed=SEED)
    async with open_counterpart(database, keyring, clock, tmp_path, temper=temper) as opened:
        await _are_made_once(opened, Journey(days=5, batches=20, payments=100))


async def test_a_bank_that_declared_nothing_is_given_no_bytes_twice(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path
) -> None:
    """What it never had is called so by two people, and paid by a new attempt."""
    temper = Temper(SECTION_2, seed=SEED)
    async with open_counterpart(
        database, keyring, clock, tmp_path, temper=temper, deduplicates=False
    ) as opened:
        seen = await _are_made_once(opened, Journey(days=2, batches=12, payments=5), ways=SECTION_2)
        assert seen.not_sent > 0
        sent_by_line = opened.line.faults_of("POST")
        assert len(sent_by_line) == seen.messages, "each message left us once"


@dataclass(frozen=True)
class Journey:
    """How much is paid: batches a day, payments a batch."""

    days: int
    batches: int
    payments: int


async def _are_made_once(
    counterpart: Counterpart,
    journey: Journey,
    *,
    ways: Collection[Fault] = frozenset(Fault) - KILLS,
) -> Any:
    await _pay_for_days(counterpart, journey)
    judged = await settle_down(counterpart, mornings=30)
    assert (judged.wrong, judged.twice, judged.undecided) == ([], [], [])
    assert judged.bank_minor == judged.ledger_minor > 0
    assert counterpart.line.faults() == set(ways), "each fault happened"
    return await _require_equal_books(
        counterpart, journey.days * journey.batches * journey.payments
    )


async def _pay_for_days(counterpart: Counterpart, journey: Journey) -> None:
    """Batches from every account on every day, some payments refused, the bank asked in between."""
    draw = random.Random(SEED)
    accounts = [
        counterpart.open_account(number, funds=3_000_000_00, **temper)
        for number, temper in enumerate(TEMPERS, start=1)
    ]
    for _ in range(journey.days):
        for number in range(journey.batches):
            batch = await counterpart.release(
                accounts[number % len(accounts)],
                [draw.randrange(1, 20_000_00) for _ in range(journey.payments)],
                _payees(draw, journey.payments, is_told=TEMPERS[number % len(TEMPERS)] != SILENT),
            )
            await jobs.prepare(counterpart.context, batch.event)
            await jobs.sign(counterpart.context, batch.event)
        for minutes in (0, 6, 12, 25, 80):
            await counterpart.wait(minutes=minutes)
        await counterpart.next_morning()


def _payees(draw: random.Random, count: int, *, is_told: bool) -> list[str]:
    """Some accounts are closed; but a refusal that a silent bank tells nobody of is never known."""
    return [
        CLOSED_PAYEE if is_told and draw.random() < 0.03 else f"62220202{draw.randrange(10**8):08d}"
        for _ in range(count)
    ]


async def _require_equal_books(counterpart: Counterpart, count: int) -> Any:
    """Account by account, and share by share; nothing is on its way or in suspense. What became of
    the attempts is given back."""
    (seen,) = await counterpart.rows(
        "SELECT count(DISTINCT payment_id) AS payments, count(*) AS attempts,"
        " count(*) FILTER (WHERE outcome = 'returned') AS returned,"
        " count(*) FILTER (WHERE outcome = 'rejected') AS rejected,"
        " count(*) FILTER (WHERE outcome = 'not_sent') AS not_sent,"
        " count(DISTINCT submission_id) AS messages FROM payment_attempt"
    )
    assert seen.payments == count
    assert min(seen.returned, seen.rejected) > count // 100
    held = sum(counterpart.own_bank.balance(f"A{n}") for n in range(1, len(TEMPERS) + 1))
    assert await counterpart.ledger(AccountKind.BANK) == (held, 0)
    for kind in (AccountKind.IN_TRANSIT, AccountKind.SUSPENSE):
        assert await counterpart.ledger(kind) == (0, 0)
    reserved, paid, returned = await counterpart.shares()
    assert (reserved, paid - returned) == (0, (await counterpart.ledger(AccountKind.OWED))[0])
    return seen
