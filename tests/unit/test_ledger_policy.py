"""What makes an entry well formed, and effect − already posted."""

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes.ledger import AccountKind, Book
from schemas.money import Money
from settlement_api.ledger.policy import (
    AccountKey,
    Effect,
    EffectKey,
    EntryDraft,
    Leg,
    differences,
    faults_of,
    period_of,
)
from tests.builders import ledger as build


def test_a_plain_entry_has_no_fault() -> None:
    assert faults_of([build.trade_entry(), build.fund_entry()]) == []


@pytest.mark.parametrize(
    ("entry", "place", "code"),
    [
        (build.trade_entry(0), "/entries/0/legs/0/amount", "amount"),
        (build.trade_entry(-1), "/entries/0/legs/0/amount", "amount"),
        (build.trade_entry(10**15 + 1), "/entries/0/legs/0/amount", "amount"),
        (build.fund_entry(scheme=""), "/entries/0/scheme", "scheme"),
        (replace(build.trade_entry(), scheme="310"), "/entries/0/scheme", "scheme"),
        (replace(build.trade_entry(), legs=()), "/entries/0/legs", "legs"),
        (replace(build.trade_entry(), basis_kind=""), "/entries/0/basis_kind", "basis"),
        (
            build.trade_entry(credit=build.PURCHASES),
            "/entries/0/legs/0",
            "two_accounts",
        ),
        (build.trade_entry(credit=build.ADVANCE), "/entries/0/legs/0/credit", "kind"),
        (
            build.fund_entry(debit=AccountKey(AccountKind.ADVANCE)),
            "/entries/0/legs/0/debit",
            "party",
        ),
        (
            build.trade_entry(credit=AccountKey(AccountKind.OWED, build.HOSPITAL)),
            "/entries/0/legs/0/credit",
            "counterparty",
        ),
        (
            build.fund_entry(pending=True, resolves=build.BASIS),
            "/entries/0/legs/0",
            "pending",
        ),
        (build.fund_entry(credit=build.BANK), "/entries/0/legs/0", "bank"),
        (
            build.fund_entry(debit=build.BANK, credit=build.IN_TRANSIT),
            "/entries/0/legs/0",
            "bank",
        ),
    ],
)
def test_each_fault_names_its_place(entry: EntryDraft, place: str, code: str) -> None:
    assert [(fault.place, fault.code) for fault in faults_of([entry])] == [(place, code)]


@pytest.mark.parametrize("basis", ["bank_statement_entry", "bank_statement"])
def test_a_statement_moves_a_bank_account(basis: str) -> None:
    entry = replace(build.fund_entry(credit=build.BANK), basis_kind=basis)
    assert faults_of([entry]) == []


def test_one_purpose_twice_in_a_call_is_refused() -> None:
    twice = [build.trade_entry(purpose="match"), build.trade_entry(purpose="match")]
    assert [fault.code for fault in faults_of(twice)] == ["purpose_twice", "purpose_twice"]


def test_an_amount_of_zero_voids_only_what_is_resolved() -> None:
    assert faults_of([build.fund_entry(0, resolves=build.BASIS)]) == []
    assert build.fund_entry(0, resolves=build.BASIS).legs[0].state == "void"


def test_the_period_is_the_booking_month() -> None:
    assert period_of(build.DAY) == "2026-03"


BASES = [uuid4() for _ in range(3)]
targets = st.lists(
    st.tuples(st.sampled_from(BASES), st.integers(-(10**9), 10**9)), min_size=1, max_size=12
)


def effect(basis_id: object, amount: int) -> Effect:
    return Effect(
        Book.TRADE,
        "",
        "component",
        basis_id,  # type: ignore[arg-type]
        build.DAY,
        build.PURCHASES,
        build.OWED,
        Money(amount),
    )


def post(entries: list[EntryDraft], posted: dict[EffectKey, int]) -> None:
    for entry in entries:
        for leg in entry.legs:
            key = EffectKey(
                entry.book,
                entry.scheme,
                entry.basis_kind,
                entry.basis_id,
                leg.debit,
                leg.credit,
            )
            posted[key] = posted.get(key, 0) + leg.amount


@given(history=st.lists(targets, min_size=1, max_size=6))
def test_whatever_was_posted_before_the_net_ends_at_the_effect(
    history: list[list[tuple[object, int]]],
) -> None:
    posted: dict[EffectKey, int] = {}
    for round_ in history:
        effects = [effect(basis, amount) for basis, amount in round_]
        entries = differences(effects, posted)
        assert faults_of(entries) == []
        post(entries, posted)
        assert differences(effects, posted) == []
        for basis in {basis for basis, _ in round_}:
            key = effect(basis, 0).pair
            net = posted.get(key, 0) - posted.get(key.reversed(), 0)
            assert net == sum(amount for other, amount in round_ if other == basis)


def test_legs_of_both_directions_are_distinct_keys() -> None:
    leg = Leg(build.PURCHASES, build.OWED, Money(1))
    assert leg != Leg(build.OWED, build.PURCHASES, Money(1))
