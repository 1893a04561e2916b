"""Statements judged, taken apart, classified and booked."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from reconciler.bank_matching import SentPayment
from schemas.bank import EntryDetail, StatementBalance, StatementEntry
from schemas.codes.bank_statements import (
    Continuity,
    EntryClass,
    SuspenseReason,
    SuspenseResolution,
)
from schemas.codes.ledger import AccountKind
from schemas.money import Money
from settlement_api.bank_statements.policy import (
    Figures,
    Previous,
    classify,
    continuity_of,
    entry_of,
    figures_of,
    leg_of,
    lines_of,
    names_no_payment,
    open_day,
    opening_leg,
    suspense_reason,
    taken_apart,
)
from settlement_api.suspense.policy import legs_of, resolution_fits
from tests.builders import bank_statements as build

ACCOUNT = UUID(int=7)
OURS = "0" * 32


def figures(**changes: object) -> Figures:
    found, faults = figures_of(build.statement(build.entry(100, credit=True)))
    assert found is not None
    assert faults == []
    return replace(found, **changes)  # type: ignore[arg-type]


def test_figures_of_a_statement() -> None:
    found = figures()
    assert (found.opening, found.closing, found.credits, found.debits) == (0, 100, 100, 0)
    assert (found.from_date, found.to_date) == (build.DAY, build.DAY)
    assert found.balanced
    assert not figures(closing=Money(99)).balanced


def test_a_period_that_ends_at_midnight_ends_with_the_day_before() -> None:
    statement = build.statement(build.entry(100, credit=True))
    assert statement.header.from_at is not None
    midnight = statement.header.from_at + timedelta(days=1)
    until = replace(statement, header=replace(statement.header, to_at=midnight))
    found, _ = figures_of(until)
    assert found is not None
    assert (found.from_date, found.to_date) == (build.DAY, build.DAY)


def test_every_fault_of_a_statement_is_named() -> None:
    statement = build.statement(structs.replace(build.entry(), currency="USD"))
    broken = replace(statement, header=replace(statement.header, statement_id=""), balances=())
    found, faults = figures_of(broken)
    assert found is None
    assert [fault.code for fault in faults] == [
        "identification_missing",
        "opening_missing",
        "closing_missing",
        "currency",
    ]


def test_what_the_ledger_could_never_book_is_a_fault_of_the_statement() -> None:
    """Else booking would fail, and be tried again for ever."""
    largest = 10**15
    assert figures_of(build.statement(build.entry(largest)))[0] is not None
    foreign = StatementBalance("OPBD", 0, "USD", build.DAY)
    statement = build.statement(
        build.entry(largest + 1), build.entry(0), build.entry(1, on=date(1999, 12, 31))
    )
    _, faults = figures_of(replace(statement, balances=(foreign, statement.balances[1])))
    assert [(fault.place, fault.code) for fault in faults] == [
        ("/Stmt/Bal", "currency"),
        ("/Stmt/Ntry[1]", "amount"),
        ("/Stmt/Ntry[2]", "amount"),
        ("/Stmt/Ntry[3]", "booking_date"),
    ]


def test_entries_not_booked_are_counted_and_left() -> None:
    statement = build.statement(build.entry(100), build.entry(50, booked=False))
    found, _ = figures_of(statement)
    assert found is not None
    assert (found.debits, found.not_booked) == (100, 1)
    assert len(lines_of(statement, account_id=ACCOUNT, to_date=build.DAY)) == 1


def test_two_equal_lines_of_a_day_stay_two() -> None:
    statement = build.statement(build.entry(100), build.entry(100))
    lines = lines_of(statement, account_id=ACCOUNT, to_date=build.DAY)
    assert len({line.content_digest for line in lines}) == 2
    again = lines_of(statement, account_id=ACCOUNT, to_date=build.DAY)
    assert [line.content_digest for line in again] == [line.content_digest for line in lines]
    other = lines_of(statement, account_id=UUID(int=8), to_date=build.DAY)
    assert not {line.content_digest for line in other} & {line.content_digest for line in lines}


@given(order=st.permutations(range(5)))
def test_digests_do_not_depend_on_the_order_of_lines(order: list[int]) -> None:
    entries = [build.entry(100), build.entry(100), *(build.entry(200 + at) for at in range(3))]

    def digests(given_entries: list[StatementEntry]) -> set[bytes]:
        statement = build.statement(*given_entries)
        lines = lines_of(statement, account_id=ACCOUNT, to_date=build.DAY)
        return {line.content_digest for line in lines}

    assert digests([entries[at] for at in order]) == digests(entries)


def collective(*amounts: int, total: int) -> StatementEntry:
    details = tuple(
        EntryDetail(f"{at:032x}", amount, None, None, None, None)
        for at, amount in enumerate(amounts)
    )
    return structs.replace(build.entry(total), details=details)


def test_a_collective_entry_is_taken_apart_where_it_adds_up() -> None:
    whole = lines_of(
        build.statement(collective(30, 70, total=100)), account_id=ACCOUNT, to_date=build.DAY
    )
    assert [(line.amount, line.detail_number) for line in whole] == [(30, 1), (70, 2)]
    broken = lines_of(
        build.statement(collective(30, 60, total=100)), account_id=ACCOUNT, to_date=build.DAY
    )
    assert [(line.amount, line.end_to_end_id) for line in broken] == [(100, None)]


def test_parts_of_an_entry_add_up_and_the_first_is_known_as_the_whole() -> None:
    details = tuple(EntryDetail(name, None, None, name, None, None) for name in ("a", "b"))
    entry = structs.replace(build.entry(100), details=details, batch_count=2)
    (line,) = lines_of(build.statement(entry), account_id=ACCOUNT, to_date=build.DAY)
    assert names_no_payment(line)
    payments = [SentPayment("a", 30, "M", 1), SentPayment("b", 70, "M", 1)]
    parts = taken_apart(line, payments)
    assert [(part.end_to_end_id, part.amount, part.detail_number) for part in parts] == [
        ("a", 30, 1),
        ("b", 70, 2),
    ]
    assert parts[0].content_digest == line.content_digest != parts[1].content_digest
    assert [part.counterparty_name for part in parts] == ["a", "b"]
    assert not any(names_no_payment(part) for part in parts)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (build.entry(), True),
        (build.entry(end_to_end_id=OURS), False),
        (build.entry(credit=True), False),
    ],
)
def test_only_debits_without_an_id_may_be_several(entry: StatementEntry, expected: bool) -> None:
    (line,) = lines_of(build.statement(entry), account_id=ACCOUNT, to_date=build.DAY)
    assert names_no_payment(line) is expected


def test_amounts_of_the_bank_that_do_not_make_the_sum_name_nobody() -> None:
    (line,) = lines_of(
        build.statement(collective(30, 60, total=100)), account_id=ACCOUNT, to_date=build.DAY
    )
    assert len(line.inside) == 2
    assert entry_of("key", line, attempts=set()).payments == ()


def test_our_ids_are_found_wherever_the_bank_repeats_them() -> None:
    message, attempt = "a" * 32, "b" * 32
    detail = EntryDetail(None, None, None, None, None, f"用途{attempt.upper()}/结算 {'c' * 33}")
    entry = structs.replace(
        build.entry(reference=f"REF-{message}"), details=(detail,), batch_references=("P1",)
    )
    (line,) = lines_of(build.statement(entry), account_id=ACCOUNT, to_date=build.DAY)
    assert set(line.our_ids) == {message, attempt}
    booked = entry_of("key", line, attempts={attempt})
    assert (booked.payments, booked.references) == ((attempt,), {message})


YESTERDAY = build.DAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("previous", "repeats", "expected"),
    [
        (None, False, (Continuity.FIRST, 0)),
        (None, True, (Continuity.OVERLAP, 0)),
        (Previous(0, YESTERDAY, Money(0)), False, (Continuity.CONTINUOUS, 0)),
        (Previous(None, YESTERDAY, Money(0)), False, (Continuity.CONTINUOUS, 0)),
        (Previous(0, YESTERDAY, Money(40)), False, (Continuity.GAP, -40)),
        (Previous(-1, YESTERDAY, Money(0)), False, (Continuity.GAP, 0)),
        (Previous(0, build.DAY + timedelta(days=1), Money(0)), False, (Continuity.OVERLAP, 0)),
        (Previous(0, YESTERDAY, Money(0)), True, (Continuity.OVERLAP, 0)),
    ],
)
def test_how_statements_chain(
    previous: Previous | None, repeats: bool, expected: tuple[Continuity, int]
) -> None:
    assert continuity_of(figures(), previous, repeats=repeats) == expected


@pytest.mark.parametrize(
    ("entry", "expected", "contra", "reason"),
    [
        (build.entry(end_to_end_id=OURS), EntryClass.PAYMENT, AccountKind.IN_TRANSIT, None),
        (
            build.entry(end_to_end_id="FOREIGN"),
            EntryClass.SUSPENSE,
            AccountKind.SUSPENSE,
            SuspenseReason.UNKNOWN_PAYMENT,
        ),
        (build.entry(), EntryClass.SUSPENSE, AccountKind.SUSPENSE, SuspenseReason.UNKNOWN_DEBIT),
        (
            build.entry(credit=True, end_to_end_id=OURS, return_reason="AC04"),
            EntryClass.RETURN,
            AccountKind.SUSPENSE,
            None,
        ),
        (
            build.entry(credit=True, end_to_end_id=OURS),
            EntryClass.SUSPECTED_RETURN,
            AccountKind.SUSPENSE,
            SuspenseReason.SUSPECTED_RETURN,
        ),
        (
            build.entry(credit=True, payer=build.SPECIAL_ACCOUNT),
            EntryClass.FUNDING,
            AccountKind.FUND_TRANSFERS,
            None,
        ),
        (
            build.entry(credit=True, payer="999"),
            EntryClass.SUSPENSE,
            AccountKind.SUSPENSE,
            SuspenseReason.UNKNOWN_CREDIT,
        ),
        (
            build.entry(payer=build.SPECIAL_ACCOUNT),
            EntryClass.SUSPENSE,
            AccountKind.SUSPENSE,
            SuspenseReason.UNKNOWN_DEBIT,
        ),
    ],
)
def test_what_an_entry_is(
    entry: StatementEntry,
    expected: EntryClass,
    contra: AccountKind,
    reason: SuspenseReason | None,
) -> None:
    (line,) = lines_of(build.statement(entry), account_id=ACCOUNT, to_date=build.DAY)
    found = classify(line, not_ours={"FOREIGN"}, funding={build.SPECIAL_ACCOUNT})
    assert found is expected
    assert suspense_reason(line, found) is reason
    leg = leg_of(line, found, account_id=ACCOUNT)
    bank, other = (leg.debit, leg.credit) if line.is_credit else (leg.credit, leg.debit)
    assert (bank.kind, bank.party_id, other.kind) == (AccountKind.BANK, ACCOUNT, contra)


def test_closed_months_are_booked_today() -> None:
    today = date(2026, 4, 2)
    assert open_day(build.DAY, closed_through="2026-02", today=today) == build.DAY
    assert open_day(build.DAY, closed_through="2026-03", today=today) == today
    assert open_day(build.DAY, closed_through="", today=today) == build.DAY


def test_an_overdrawn_account_opens_the_other_way() -> None:
    assert opening_leg(Money(5), account_id=ACCOUNT).credit.kind is AccountKind.OPENING
    overdrawn = opening_leg(Money(-5), account_id=ACCOUNT)
    assert (overdrawn.debit.kind, overdrawn.amount) == (AccountKind.OPENING, 5)


def test_only_credits_can_be_funding_or_a_return() -> None:
    assert resolution_fits(SuspenseResolution.FUNDING, is_credit=True)
    assert not resolution_fits(SuspenseResolution.FUNDING, is_credit=False)
    assert not resolution_fits(SuspenseResolution.PAYMENT_RETURN, is_credit=False)
    assert resolution_fits(SuspenseResolution.BANK_ERROR, is_credit=False)


def test_only_funding_is_booked_by_the_case_itself() -> None:
    (leg,) = legs_of(SuspenseResolution.FUNDING, amount=Money(9))
    assert (leg.debit.kind, leg.credit.kind) == (AccountKind.SUSPENSE, AccountKind.FUND_TRANSFERS)
    assert legs_of(SuspenseResolution.PAYMENT_RETURN, amount=Money(9)) == ()
