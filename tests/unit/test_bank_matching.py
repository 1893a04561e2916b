"""Collective entries of a statement: taken apart on the bank's own word only, to the fen."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.bank_matching import (
    WINDOW_DAYS,
    BookedEntry,
    EntriesMatched,
    EntryBasis,
    SentPayment,
    match_entries,
)
from schemas.codes.bank_statements import ProposalReason

DAY = 100


def debit(
    key: str, amount: int, *, names: str = "", message: str = "", count: int | None = None
) -> BookedEntry:
    references = frozenset(message.split())
    return BookedEntry(key, amount, False, DAY, tuple(names.split()), references, count)


def lump_return(key: str, amount: int, *, names: str = "") -> BookedEntry:
    return replace(debit(key, amount, names=names), is_credit=True)


def sent(message: str, *amounts: int, day: int = DAY) -> list[SentPayment]:
    return [
        SentPayment(f"{message}{number}", amount, message, day)
        for number, amount in enumerate(amounts, start=1)
    ]


def told(matched: EntriesMatched) -> list[tuple[str, str, EntryBasis]]:
    return [(one.entry, " ".join(one.payments), one.basis) for one in matched.explained]


def proposed(matched: EntriesMatched) -> list[tuple[str, str, ProposalReason, bool]]:
    return [
        (" ".join(one.entries), " ".join(one.payments), one.reason, one.tied)
        for one in matched.proposals
    ]


A = sent("A", 100, 250, 50)
"""One message of 400 in three payments."""


def test_a_debit_that_names_every_payment_is_those() -> None:
    matched = match_entries([debit("e", 350, names="A1 A2")], A)
    assert told(matched) == [("e", "A1 A2", EntryBasis.NAMED_PAYMENTS)]
    assert (matched.amount, matched.matched) == (350, 350)


@pytest.mark.parametrize(
    "entry",
    [
        debit("e", 349, names="A1 A2"),
        debit("e", 350, names="A1 A2 A9"),
        debit("e", 350, names="A1 A2", count=3),
    ],
)
def test_names_whose_amounts_or_count_disagree_are_not_certain(entry: BookedEntry) -> None:
    assert told(match_entries([entry], A)) == []


def test_two_debits_that_name_one_payment_take_neither_apart() -> None:
    twice = [debit("e", 350, names="A1 A2"), debit("f", 350, names="A1 A2")]
    assert told(match_entries(twice, A)) == []


def test_a_lump_return_names_payments_that_were_debited() -> None:
    debited = [replace(payment, is_debited=True) for payment in A]
    matched = match_entries([lump_return("c", 150, names="A1 A3")], debited)
    assert told(matched) == [("c", "A1 A3", EntryBasis.NAMED_PAYMENTS)]
    assert told(match_entries([debit("c", 150, names="A1 A3")], debited)) == []


def test_a_debit_that_names_the_message_and_has_its_sum_is_all_of_it() -> None:
    matched = match_entries([debit("e", 400, message="A")], [*A, *sent("B", 400)])
    assert told(matched) == [("e", "A1 A2 A3", EntryBasis.NAMED_MESSAGE)]
    assert told(match_entries([debit("e", 400, message="A", count=3)], A))
    assert not told(match_entries([debit("e", 400, message="A", count=2)], A))


def test_what_the_bank_refused_or_debited_before_is_in_no_debit() -> None:
    refused = [replace(A[0], is_refused=True), replace(A[2], is_debited=True), A[1]]
    matched = match_entries([debit("e", 250, message="A")], refused)
    assert told(matched) == [("e", "A2", EntryBasis.NAMED_MESSAGE)]
    assert not told(match_entries([debit("e", 400, message="A")], refused))


def test_a_charge_beside_the_batch_waits_and_keeps_the_batch_from_nothing() -> None:
    for charge in (debit("fee", 12), debit("fee", 12, message="A")):
        matched = match_entries([debit("e", 400, message="A"), charge], A)
        assert told(matched) == [("e", "A1 A2 A3", EntryBasis.NAMED_MESSAGE)]
        assert matched.waiting == ("fee",)
        assert (matched.matched, matched.still_waiting, matched.discrepant) == (400, 12, 0)


def test_a_charge_inside_the_sum_is_shown_and_not_taken() -> None:
    matched = match_entries([debit("e", 412, message="A")], A)
    assert told(matched) == []
    (proposal,) = matched.proposals
    assert (proposal.reason, proposal.difference) == (ProposalReason.MESSAGE_DIFFERS, 12)
    assert matched.discrepant == 412


def test_a_message_booked_in_two_debits_is_divided_when_there_is_one_way() -> None:
    both = [debit("e", 300, message="A"), debit("f", 100, message="A")]
    assert told(match_entries(both, A)) == [
        ("e", "A2 A3", EntryBasis.NAMED_MESSAGE),
        ("f", "A1", EntryBasis.NAMED_MESSAGE),
    ]
    tied = match_entries(both, sent("A", 100, 100, 200))
    assert told(tied) == []
    assert all(proposal.tied for proposal in tied.proposals)
    assert tied.discrepant == 400


def test_a_part_of_the_message_it_names_is_a_proposal() -> None:
    matched = match_entries([debit("e", 300, message="A")], A)
    assert proposed(matched) == [("e", "A2 A3", ProposalReason.PART_OF_MESSAGE, False)]
    assert told(matched) == []


def test_a_count_beside_the_sum_is_the_one_message_that_has_both() -> None:
    matched = match_entries([debit("e", 400, count=3)], [*A, *sent("B", 300, 200)])
    assert told(matched) == [("e", "A1 A2 A3", EntryBasis.COUNT_AND_SUM)]


@pytest.mark.parametrize(
    ("entries", "payments"),
    [
        ([debit("e", 400, count=3)], [*A, *sent("B", 399, 1)]),
        ([debit("e", 400, count=3), debit("f", 400)], A),
        ([debit("e", 400, count=2)], A),
        ([debit("e", 400)], A),
        ([debit("e", 400, count=1)], sent("A", 400)),
        ([debit("e", 400, count=3)], sent("A", 100, 250, 50, day=DAY - WINDOW_DAYS - 1)),
    ],
)
def test_a_sum_that_something_else_could_be_is_never_taken(
    entries: list[BookedEntry], payments: list[SentPayment]
) -> None:
    matched = match_entries(entries, payments)
    assert told(matched) == []
    assert matched.matched == 0


def test_equal_amounts_alone_are_proposals_and_ties_say_so() -> None:
    assert proposed(match_entries([debit("e", 400)], A)) == [
        ("e", "A1 A2 A3", ProposalReason.SUM_OF_MESSAGE, False)
    ]
    assert proposed(match_entries([debit("e", 150)], A)) == [
        ("e", "A1 A3", ProposalReason.AMOUNTS, False)
    ]
    tied = match_entries([debit("e", 400)], [*A, *sent("B", 400)])
    assert [one[3] for one in proposed(tied)] == [True, True]
    n_to_m = match_entries([debit("e", 300), debit("f", 1_700)], sent("C", 600, 1_400))
    assert proposed(n_to_m) == [("e f", "C1 C2", ProposalReason.AMOUNTS, False)]


def test_amounts_and_keys_are_checked() -> None:
    with pytest.raises(ValueError, match="above zero"):
        match_entries([debit("e", 0)], [])
    with pytest.raises(ValueError, match="one entry"):
        match_entries([debit("e", 1), debit("e", 2)], [])


AMOUNTS = st.integers(1, 9)
ENTRIES = st.lists(
    st.builds(
        BookedEntry,
        key=st.uuids().map(str),
        amount=st.integers(1, 20),
        is_credit=st.booleans(),
        day=st.integers(98, 102),
        payments=st.lists(st.sampled_from(["A1", "A2", "B1"]), unique=True, max_size=2).map(tuple),
        references=st.sets(st.sampled_from(["A", "B", "Z"]), max_size=2).map(frozenset),
        count=st.sampled_from([None, None, 1, 2, 3]),
    ),
    max_size=5,
    unique_by=lambda entry: entry.key,
)
PAYMENTS = st.tuples(
    st.lists(AMOUNTS, max_size=4), st.lists(AMOUNTS, max_size=4), st.booleans(), st.booleans()
).map(
    lambda drawn: [
        replace(payment, is_refused=drawn[2] and at == 0, is_debited=drawn[3] and at == 1)
        for at, payment in enumerate(sent("A", *drawn[0]) + sent("B", *drawn[1]))
    ]
)


@given(entries=ENTRIES, payments=PAYMENTS, data=st.data())
@settings(max_examples=60)
def test_every_fen_once_every_explanation_exact_whatever_the_order(
    entries: list[BookedEntry], payments: list[SentPayment], data: st.DataObject
) -> None:
    matched = match_entries(entries, payments)
    assert matched.amount == sum(entry.amount for entry in entries)
    assert matched.amount == matched.matched + matched.discrepant + matched.still_waiting
    _require_exact(matched, entries, payments)
    shuffled: Sequence[BookedEntry] = data.draw(st.permutations(entries))
    assert match_entries(shuffled, data.draw(st.permutations(payments))) == matched


def _require_exact(
    matched: EntriesMatched, entries: list[BookedEntry], payments: list[SentPayment]
) -> None:
    by_key, paid = {one.key: one for one in entries}, {one.key: one for one in payments}
    debited: list[str] = []
    for one in matched.explained:
        entry = by_key[one.entry]
        assert entry.amount == sum(paid[key].amount for key in one.payments)
        if not entry.is_credit:
            debited += one.payments
            assert all(paid[key].is_open for key in one.payments)
        # Never by amounts alone: the bank named the payments, the message, or their count.
        assert entry.payments or entry.count or entry.references
    assert len(set(debited)) == len(debited)
