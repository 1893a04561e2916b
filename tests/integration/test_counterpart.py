"""The whole journey of payments against a bank that others wrote: `mock-bank`, its own process.

Each assertion on money is against that bank's own book, its statements and its returns.
"""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schemas.codes.ledger import AccountKind
from schemas.times import Clock, business_date
from settlement_api.encryption import Keyring
from settlement_api.payments import jobs
from settlement_api.persistence import Database
from settlement_api.rule_packs.service import load_calendar
from tests.builders.counterpart import CLOSED_PAYEE, Counterpart, open_counterpart
from tests.builders.faulty_line import Fault
from tests.builders.payment_stage import MovableClock


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture
async def counterpart(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path
) -> Any:
    async with open_counterpart(database, keyring, clock, tmp_path) as opened:
        yield opened


async def test_a_batch_goes_to_a_bank_of_others_and_comes_back_as_its_statement(
    counterpart: Counterpart,
) -> None:
    account = counterpart.open_account(1, funds=1_000_00)
    batch = await counterpart.release(
        account, [100_01, 200_02, 50_00], ["6222020200110001", "6222020200110002", CLOSED_PAYEE]
    )
    await counterpart.pay(batch)
    assert await counterpart.outcomes() == ["accepted", "accepted", "rejected"]
    await counterpart.next_morning()
    assert await counterpart.outcomes() == ["debited", "debited", "rejected"]
    judged = await counterpart.judge()
    assert (judged.wrong, judged.twice, judged.undecided) == ([], [], [])
    assert judged.bank_minor == judged.ledger_minor == 300_03
    assert await counterpart.shares() == (0, 300_03, 0)
    assert await counterpart.ledger(AccountKind.BANK) == (699_97, 0)
    assert counterpart.own_bank.balance("A1") == 699_97
    assert await counterpart.ledger(AccountKind.IN_TRANSIT) == (0, 0)
    assert await counterpart.ledger(AccountKind.FUND_TRANSFERS) == (-1_000_00, 0)
    valid = await counterpart.rows("SELECT DISTINCT xsd_valid FROM bank_message")
    assert [row.xsd_valid for row in valid] == [True], "the schema is ISO's, and so are its bytes"


@pytest.mark.parametrize("days", [1, 3, 20])
async def test_what_comes_back_later_is_what_the_bank_returned(
    counterpart: Counterpart, days: int
) -> None:
    """The bank's pacs.004, so many working days later, and our books name the same payments."""
    behaviour = {"behaviour": "return-later", "parameters": {"days": days, "reason": "AC04"}}
    account = counterpart.open_account(1, funds=900_00, **behaviour)
    await counterpart.pay(await counterpart.release(account, [300_00, 77_77]))
    await counterpart.next_morning()
    assert await counterpart.outcomes() == ["debited"] * 2
    await counterpart.wait(days=days * 7 // 5)
    for _ in range(3):
        await counterpart.next_morning()
    assert await counterpart.outcomes() == ["returned"] * 2
    returns = "".join(body.decode() for body in counterpart.own_bank.sent("pacs.004"))
    names = set(re.findall("<OrgnlEndToEndId>([^<]*)<", returns))
    assert names == {attempt.hex for attempt in await counterpart.attempt_ids()}
    assert await counterpart.shares() == (0, 377_77, 377_77), "each share is open again, whole"
    for kind in (AccountKind.ADVANCE, AccountKind.OWED, AccountKind.SUSPENSE):
        assert await counterpart.ledger(kind) == (0, 0)
    assert (await counterpart.ledger(AccountKind.BANK))[0] == counterpart.own_bank.balance("A1")
    assert await _reason_codes(counterpart) == {"AC04"}


async def _reason_codes(counterpart: Counterpart) -> set[str]:
    rows = await counterpart.rows(
        "SELECT DISTINCT reason_code FROM payment_evidence WHERE meaning = 'booked_return'"
    )
    return {row.reason_code for row in rows}


async def test_weekends_and_holidays_without_statements_stop_nothing(
    counterpart: Counterpart,
) -> None:
    """The bank states no rest day. What is sent on the eve of National Day after the cut-off is
    paid after it; what is sent on the make-up Saturday, on which the bank rests, is paid on Monday.
    """
    async with counterpart.area() as uow:
        calendar = await load_calendar(uow)
    rests = [day for day, works in calendar.exceptions.items() if not works]
    counterpart.own_bank.keep_holidays(*rests)
    account = counterpart.open_account(1, funds=500_00)
    await counterpart.pay(await counterpart.release(account, [10_00]))
    eve = date(2026, 9, 30)
    await counterpart.wait(days=(eve - business_date(counterpart.clock.instant)).days, hours=8)
    await counterpart.pay(await counterpart.release(account, [20_00]))
    await counterpart.wait(hours=16)
    makeup = date(2026, 10, 10)
    assert calendar.is_working(makeup)
    while business_date(counterpart.clock.instant) < makeup:
        await counterpart.next_morning()
    await counterpart.pay(await counterpart.release(account, [30_00]))
    for _ in range(3):
        await counterpart.next_morning()
    assert await counterpart.outcomes() == ["debited"] * 3
    found = await counterpart.rows(
        "SELECT amount_minor, booking_date FROM statement_entry WHERE NOT is_credit"
        " ORDER BY booking_date"
    )
    after = calendar.on_or_after(date(2026, 10, 1))
    assert [(row.amount_minor, row.booking_date) for row in found] == [
        (10_00, date(2026, 8, 3)),
        (20_00, after),
        (30_00, date(2026, 10, 12)),
    ]
    stated = await counterpart.rows("SELECT DISTINCT continuity FROM bank_statement")
    assert {row.continuity for row in stated} == {"first", "continuous"}


async def test_a_silent_bank_is_believed_by_its_statement_alone(counterpart: Counterpart) -> None:
    account = counterpart.open_account(1, behaviour="silent")
    await counterpart.pay(await counterpart.release(account, [10_00, 20_00]))
    await counterpart.wait(minutes=10)
    assert await counterpart.outcomes() == ["unknown"] * 2
    assert await counterpart.decide_not_sent() == 0, "it never denied that it has them"
    await counterpart.next_morning()
    assert await counterpart.outcomes() == ["debited"] * 2


async def test_what_a_statement_leaves_out_is_not_called_unpaid(counterpart: Counterpart) -> None:
    """The bank omits an entry and states true balances: the day proves nothing, and says so."""
    account = counterpart.open_account(1, behaviour="statement-gap")
    await counterpart.pay(await counterpart.release(account, [10_00, 20_00]))
    for _ in range(3):
        await counterpart.next_morning()
    assert await counterpart.outcomes() == ["accepted", "debited"]
    (statement,) = await counterpart.rows(
        "SELECT balanced FROM bank_statement WHERE entry_count > 0"
    )
    assert not statement.balanced
    judged = await counterpart.judge()
    assert (judged.wrong, judged.twice, len(judged.undecided)) == ([], [], 1)
    (stated,) = await counterpart.rows(
        "SELECT sum(amount_minor)::bigint AS fen FROM statement_entry"
    )
    assert judged.bank_minor == 30_00
    assert abs(stated.fen) == judged.ledger_minor < judged.bank_minor


async def test_what_was_accepted_and_then_refused_is_free_again(counterpart: Counterpart) -> None:
    """Too late for today, accepted for tomorrow, and the account is closed overnight."""
    account = counterpart.open_account(1, funds=1_000_00)
    await counterpart.wait(hours=8)
    await counterpart.pay(await counterpart.release(account, [60_00]))
    assert await counterpart.outcomes() == ["accepted"]
    counterpart.own_bank.change_account("A1", closed=True)
    for _ in range(2):
        await counterpart.next_morning()
    assert await counterpart.outcomes() == ["rejected"]
    assert await counterpart.shares() == (0, 0, 0)
    assert (await counterpart.judge()).wrong == []


async def test_an_account_without_money_pays_what_fits(counterpart: Counterpart) -> None:
    account = counterpart.open_account(1, funds=50_00, behaviour="insufficient-funds")
    await counterpart.pay(await counterpart.release(account, [30_00, 30_00, 20_00]))
    await counterpart.next_morning()
    assert await counterpart.outcomes() == ["debited", "debited", "rejected"]
    assert (
        (await counterpart.ledger(AccountKind.BANK))[0] == counterpart.own_bank.balance("A1") == 0
    )


async def test_the_same_payee_amount_and_day_twice_are_two_payments(
    counterpart: Counterpart,
) -> None:
    account = counterpart.open_account(1)
    for _ in range(2):
        await counterpart.pay(await counterpart.release(account, [12_34]))
    await counterpart.next_morning()
    judged = await counterpart.judge()
    assert (judged.wrong, judged.bank_minor, judged.ledger_minor) == ([], 24_68, 24_68)


async def test_a_bank_that_takes_everything_again_is_given_nothing_again(
    counterpart: Counterpart,
) -> None:
    """This bank pays one end-to-end id again in a new file: nothing but our house prevents it."""
    account = counterpart.open_account(1)
    batch = await counterpart.release(account, [55_55])
    counterpart.line.temper.next = [Fault.LOST_AFTER]
    await counterpart.pay(batch)
    assert await counterpart.outcomes() == ["unknown"]
    await counterpart.pay(batch)  # the operator's second click
    await jobs.sign(counterpart.context, batch.event)
    await counterpart.next_morning()
    (moved,) = counterpart.own_bank.book().values()
    assert (moved.debited, moved.times_debited) == (55_55, 1)
    assert await counterpart.outcomes() == ["debited"]


@pytest.mark.parametrize(
    "spoiled",
    [Fault.PAGE, Fault.CUT, Fault.TRUNCATED, Fault.BAD_GATEWAY, Fault.EMPTY, Fault.ELSEWHERE],
)
async def test_a_spoiled_answer_for_a_day_keeps_no_day_from_being_read(
    counterpart: Counterpart, spoiled: Fault
) -> None:
    """No later day is taken across the one that came spoiled; it is asked for again."""
    account = counterpart.open_account(1, funds=100_00)
    await counterpart.pay(await counterpart.release(account, [10_00]))
    await counterpart.next_morning()
    await counterpart.pay(await counterpart.release(account, [20_00]))
    await counterpart.wait(hours=24)
    await counterpart.pay(await counterpart.release(account, [30_00]))
    await counterpart.wait(hours=24)
    counterpart.line.temper.next = [spoiled]
    await counterpart.fetch()
    await counterpart.fetch()
    found = await counterpart.rows(
        "SELECT to_date, continuity FROM bank_statement ORDER BY to_date"
    )
    assert [row.to_date.day for row in found] == [3, 4, 5]
    assert [row.continuity for row in found] == ["first", "continuous", "continuous"]
    assert await counterpart.outcomes() == ["debited"] * 3
    assert (await counterpart.ledger(AccountKind.BANK))[0] == counterpart.own_bank.balance("A1")


async def test_a_first_statement_that_is_denied_is_asked_for_again(
    counterpart: Counterpart,
) -> None:
    """The bank was asked to pay that day, so it had the account: its first day is not passed by."""
    account = counterpart.open_account(1, funds=100_00)
    await counterpart.pay(await counterpart.release(account, [10_00]))
    await counterpart.wait(hours=48)
    counterpart.line.temper.next = [Fault.DENIED]
    await counterpart.fetch()
    assert await counterpart.rows("SELECT 1 FROM bank_statement") == []
    await counterpart.fetch()
    assert await counterpart.outcomes() == ["debited"]


async def test_what_is_denied_and_then_there_is_paid_once(counterpart: Counterpart) -> None:
    """ "Not found", so the same bytes go out again; the bank has had them, and says so."""
    account = counterpart.open_account(1)
    counterpart.line.temper.next = [Fault.LOST_AFTER, Fault.DENIED]
    await counterpart.pay(await counterpart.release(account, [10_00]))
    await counterpart.wait(minutes=6)
    assert await counterpart.outcomes() == ["unknown"], "a duplicate is no refusal"
    assert len(counterpart.line.faults_of("POST")) == 2
    await counterpart.wait(hours=2)
    await counterpart.next_morning()
    assert await counterpart.outcomes() == ["debited"]
    (moved,) = counterpart.own_bank.book().values()
    assert moved.times_debited == 1
