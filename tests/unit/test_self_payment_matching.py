"""A hospital's own payments laid on what it owes: named invoices first, never by amount alone."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.self_payment_matching import (
    DebtProposal,
    Laid,
    Leftover,
    OwnDebt,
    OwnPayment,
    PaymentsMatched,
    Raised,
    Use,
    match_own_payments,
    moves,
    uses_of,
)


def paid(key: str, amount: int, *invoices: str, day: int = 10, supplier: str = "S") -> OwnPayment:
    return OwnPayment(key, "H", supplier, invoices, amount, day)


def owed(
    key: str, amount: int, invoice: str, *, due: int | None = 30, supplier: str = "S"
) -> OwnDebt:
    return OwnDebt(key, "H", supplier, invoice, amount, 1, due)


def laid(matched: PaymentsMatched) -> list[tuple[str, str, int]]:
    return [(one.payment, one.debt, one.amount) for one in matched.laid]


def rests(matched: PaymentsMatched) -> list[tuple[str, int, Leftover]]:
    return [(one.payment, one.amount, one.reason) for one in matched.rests]


def test_payments_of_an_invoice_are_laid_on_its_lines_as_they_fall_due() -> None:
    debts = [
        owed("late", 50, "A", due=60),
        owed("soon", 70, "A", due=20),
        owed("never", 9, "A", due=None),
    ]
    matched = match_own_payments([paid("p", 40, "A"), paid("q", 60, "A", day=11)], debts)
    assert laid(matched) == [("p", "soon", 40), ("q", "late", 30), ("q", "soon", 30)]
    assert matched.open_debts == {"late": 20, "never": 9}
    assert matched.rests == ()


def test_a_payment_of_several_invoices_takes_what_those_of_one_leave() -> None:
    debts = [owed("a", 50, "A", due=5), owed("b", 70, "B")]
    matched = match_own_payments([paid("both", 80, "B", "A", day=1), paid("one", 40, "A")], debts)
    assert laid(matched) == [("both", "a", 10), ("both", "b", 70), ("one", "a", 40)]


def test_a_payment_of_what_raised_a_price_is_laid_on_the_earlier_lines_it_raised() -> None:
    """A pays its own whole; B is left open but for what was added to it."""
    debts = [owed("a", 105, "A"), owed("b", 210, "B", due=5), owed("c", 9, "C", due=1)]
    raised = [Raised("H", "S", "LATER", "A", 5), Raised("H", "S", "LATER", "B", 10)]
    payments = [paid("p", 100, "A"), paid("q", 18, "LATER", day=11)]
    matched = match_own_payments(payments, debts, raised)
    assert laid(matched) == [("p", "a", 100), ("q", "a", 5), ("q", "b", 10)]
    assert rests(matched) == [("q", 3, Leftover.OVERPAID)]
    assert matched.open_debts == {"b": 200, "c": 9}
    # Whoever paid the raised price under the earlier number has nothing left to pay for it.
    whole = match_own_payments([paid("p", 105, "A"), paid("q", 5, "LATER")], debts[:1], raised[:1])
    assert laid(whole) == [("p", "a", 105)]
    assert rests(whole) == [("q", 5, Leftover.OVERPAID)]


def test_what_somebody_says_a_payment_was_for_is_laid_after_what_it_names() -> None:
    debts = [owed("a", 40, "A"), owed("b", 60, "B"), owed("c", 60, "C")]
    payments = [paid("p", 70, "A"), paid("q", 100, "X")]
    said = [Use("p", "B", 50), Use("q", "B", 30), Use("q", "Y", 20), Use("q", "C", 45)]
    matched = match_own_payments(payments, debts, said=said)
    assert laid(matched) == [("p", "a", 40), ("p", "b", 30), ("q", "b", 30), ("q", "c", 45)]
    assert matched.open_debts == {"c": 15}
    assert rests(matched) == [("q", 25, Leftover.INVOICE_UNKNOWN)]


def test_a_proposal_that_holds_says_what_its_payments_were_for() -> None:
    """Once said, it is laid; what was said before and covers nothing any more is in no way."""
    debts = [owed("a", 60, "A", due=9), owed("b", 40, "B", due=8)]
    payments = [paid("p", 70), paid("q", 30)]
    before = [Use("p", "GONE", 70)]
    matched = match_own_payments(payments, debts, said=before)
    (proposal,) = matched.proposals
    said = uses_of(proposal, matched, payments, debts, before)
    assert said == (Use("p", "A", 30), Use("p", "B", 40), Use("p", "GONE", 0), Use("q", "A", 30))
    accepted = match_own_payments(payments, debts, said=said)
    assert laid(accepted) == [("p", "a", 30), ("p", "b", 40), ("q", "a", 30)]
    assert (accepted.rests, accepted.proposals, accepted.open_debts) == ((), (), {})


@pytest.mark.parametrize(
    ("payment", "reason"),
    [
        (paid("p", 120, "A"), Leftover.OVERPAID),
        (paid("p", 33, "X"), Leftover.INVOICE_UNKNOWN),
        (paid("p", 33), Leftover.UNNAMED),
        (paid("p", 33, "A", supplier="T"), Leftover.INVOICE_UNKNOWN),
    ],
)
def test_fen_on_no_debt_say_why(payment: OwnPayment, reason: Leftover) -> None:
    matched = match_own_payments([payment], [owed("a", 100, "A")])
    assert [one[2] for one in rests(matched)] == [reason]


def test_amounts_alone_are_proposals_and_pay_nothing() -> None:
    debts = [owed("a", 60, "A"), owed("b", 40, "B"), owed("c", 5, "C")]
    matched = match_own_payments([paid("p", 70), paid("q", 30)], debts)
    assert matched.laid == ()
    assert matched.proposals == (DebtProposal(("p", "q"), ("a", "b"), 100, tied=False),)
    assert [rest.proposed for rest in matched.rests] == [True, True]
    tied = match_own_payments([paid("p", 60)], [owed("a", 60, "A"), owed("b", 60, "B")])
    assert [(one.debts, one.tied) for one in tied.proposals] == [(("a",), True), (("b",), True)]


def test_what_is_committed_is_not_laid_again_and_what_is_gone_is_taken_back() -> None:
    target = [Laid("p", "a", 40), Laid("p", "b", 10)]
    committed = [Laid("p", "a", 25), Laid("p", "c", 5)]
    assert moves(target, committed) == (
        Laid("p", "a", 15), Laid("p", "b", 10), Laid("p", "c", -5)
    )  # fmt: skip
    assert moves(target, target) == ()


def test_amounts_and_keys_are_checked() -> None:
    with pytest.raises(ValueError, match="above zero"):
        match_own_payments([paid("p", 0)], [])
    with pytest.raises(ValueError, match="one payment"):
        match_own_payments([], [owed("a", 1, "A"), owed("a", 2, "B")])


INVOICES = st.sampled_from("ABC")
PAYMENTS = st.lists(
    st.builds(
        paid,
        st.uuids().map(str),
        st.integers(1, 30),
        day=st.integers(1, 20),
        supplier=st.sampled_from("ST"),
    ),
    max_size=5,
    unique_by=lambda one: one.key,
)
DEBTS = st.lists(
    st.builds(
        owed,
        st.uuids().map(str),
        st.integers(1, 30),
        INVOICES,
        due=st.none() | st.integers(1, 40),
        supplier=st.sampled_from("ST"),
    ),
    max_size=6,
    unique_by=lambda one: one.key,
)


@st.composite
def named_payments(draw: st.DrawFn) -> Sequence[OwnPayment]:
    return [
        OwnPayment(
            one.key, one.hospital, one.supplier,
            tuple(draw(st.lists(INVOICES, max_size=2, unique=True))), one.amount, one.day,
        )
        for one in draw(PAYMENTS)
    ]  # fmt: skip


@given(payments=named_payments(), debts=DEBTS, data=st.data())
@settings(max_examples=60)
def test_every_fen_once_whatever_the_order(
    payments: Sequence[OwnPayment], debts: Sequence[OwnDebt], data: st.DataObject
) -> None:
    matched = match_own_payments(payments, debts)
    again = match_own_payments(
        data.draw(st.permutations(payments)), data.draw(st.permutations(debts))
    )
    assert again == matched
    total = sum(one.amount for one in matched.laid)
    assert sum(one.amount for one in payments) == total + sum(one.amount for one in matched.rests)
    assert sum(one.amount for one in debts) == total + sum(matched.open_debts.values())
    owed_on = {one.key: one for one in debts}
    for one in payments:
        mine = [part for part in matched.laid if part.payment == one.key]
        assert sum(part.amount for part in mine) <= one.amount
        for part in mine:
            debt = owed_on[part.debt]
            assert part.amount > 0
            assert (debt.supplier, debt.invoice in one.invoices) == (one.supplier, True)
