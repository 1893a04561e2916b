"""Evidence folds to one outcome in any order, and effects follow it without a fen to spare."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bank import BankMeaning
from schemas.codes.payments import DecisionKind, EvidenceSource, Outcome
from settlement_api.outcomes.policy import (
    Fact,
    Folded,
    News,
    OpenAttempt,
    Posted,
    blames_account,
    effect_of,
    fold,
    next_inquiry,
    refusal_of,
)

AMOUNT = 100_00
STATUS = [
    BankMeaning.RECEIVED,
    BankMeaning.ACCEPTED,
    BankMeaning.IN_SETTLEMENT,
    BankMeaning.DEBITED,
    BankMeaning.CREDITED,
    BankMeaning.REJECTED,
    BankMeaning.CANCELLED,
    BankMeaning.BLOCKED,
    BankMeaning.PENDING,
    BankMeaning.DUPLICATE,
    BankMeaning.NOT_FOUND,
    BankMeaning.UNRECOGNIZED,
]
BOOKED = Fact(BankMeaning.BOOKED_DEBIT, AMOUNT)
RETURNED = Fact(BankMeaning.BOOKED_RETURN, AMOUNT)
SUSPECTED = Fact(BankMeaning.SUSPECTED_RETURN, AMOUNT)

any_fact = st.one_of(
    st.sampled_from(STATUS).map(Fact),
    st.builds(
        Fact,
        st.sampled_from(
            [
                BankMeaning.BOOKED_DEBIT,
                BankMeaning.BOOKED_RETURN,
                BankMeaning.SUSPECTED_RETURN,
                DecisionKind.RETURN_CONFIRMED,
            ]
        ),
        st.sampled_from([AMOUNT, AMOUNT // 4]),
    ),
    st.sampled_from([DecisionKind.NOT_SENT, DecisionKind.RETURN_DISMISSED]).map(Fact),
)


def outcome_of(*facts: Fact | BankMeaning | DecisionKind) -> Outcome:
    known = [fact if isinstance(fact, Fact) else Fact(fact) for fact in facts]
    return fold(known, amount_minor=AMOUNT).outcome


@given(facts=st.lists(any_fact, max_size=8, unique=True), data=st.data())
def test_the_order_of_news_never_changes_the_outcome(
    facts: list[Fact], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(facts))
    assert fold(facts, amount_minor=AMOUNT) == fold(shuffled, amount_minor=AMOUNT)


@given(facts=st.lists(any_fact, max_size=8, unique=True), data=st.data())
def test_the_order_of_news_never_changes_what_is_posted(
    facts: list[Fact], data: st.DataObject
) -> None:
    """Unless the whole is a conflict, which posts nothing more until people decide.

    Nor can people say "not sent" of what the bank has refused already.
    """
    meanings = {fact.meaning for fact in facts}
    refused = meanings & {BankMeaning.REJECTED, BankMeaning.CANCELLED}
    if DecisionKind.NOT_SENT in meanings and refused:
        return
    if fold(facts, amount_minor=AMOUNT).outcome is Outcome.CONFLICT:
        return
    orders = [facts, data.draw(st.permutations(facts))]
    assert _posted_at_the_end(orders[0]) == _posted_at_the_end(orders[1])


def _posted_at_the_end(facts: list[Fact]) -> Posted:
    posted = Posted()
    for heard in range(1, len(facts) + 1):
        folded = fold(facts[:heard], amount_minor=AMOUNT)
        posted = effect_of(folded, posted, amount_minor=AMOUNT)
    return posted


@given(facts=st.lists(any_fact, max_size=8, unique=True))
def test_never_more_returned_than_paid_nor_paid_than_owed(facts: list[Fact]) -> None:
    posted = _posted_at_the_end(facts)
    assert 0 <= posted.returned_minor <= posted.paid_minor <= AMOUNT
    assert not (posted.released and posted.paid_minor)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], Outcome.UNKNOWN),
        ([BankMeaning.NOT_FOUND], Outcome.UNKNOWN),
        ([BankMeaning.DUPLICATE], Outcome.UNKNOWN),
        ([BankMeaning.UNRECOGNIZED, BankMeaning.PENDING], Outcome.UNKNOWN),
        ([BankMeaning.ACCEPTED, BankMeaning.RECEIVED], Outcome.ACCEPTED),
        ([BankMeaning.ACCEPTED, BankMeaning.REJECTED], Outcome.REJECTED),
        ([BankMeaning.NOT_FOUND, BankMeaning.DEBITED], Outcome.DEBITED),
        ([BOOKED], Outcome.DEBITED),
        ([BOOKED, BankMeaning.CREDITED], Outcome.CREDITED),
        ([BOOKED, RETURNED], Outcome.RETURNED),
        ([RETURNED], Outcome.RETURNED),
        ([BankMeaning.REJECTED, BOOKED, RETURNED], Outcome.RETURNED),
        ([BOOKED, SUSPECTED], Outcome.SUSPECT_RETURN),
        ([SUSPECTED], Outcome.UNKNOWN),
        ([BOOKED, SUSPECTED, Fact(DecisionKind.RETURN_CONFIRMED, AMOUNT)], Outcome.RETURNED),
        ([BOOKED, SUSPECTED, DecisionKind.RETURN_DISMISSED], Outcome.DEBITED),
        ([BOOKED, Fact(BankMeaning.BOOKED_RETURN, 1)], Outcome.SUSPECT_RETURN),
        ([DecisionKind.NOT_SENT], Outcome.NOT_SENT),
        ([DecisionKind.NOT_SENT, BankMeaning.REJECTED], Outcome.NOT_SENT),
        ([DecisionKind.NOT_SENT, BankMeaning.CANCELLED], Outcome.NOT_SENT),
    ],
)
def test_outcomes(facts: list[Fact | BankMeaning], expected: Outcome) -> None:
    assert outcome_of(*facts) is expected


@pytest.mark.parametrize(
    "facts",
    [
        [BOOKED, BankMeaning.REJECTED],
        [BankMeaning.DEBITED, BankMeaning.CANCELLED],
        [DecisionKind.NOT_SENT, BOOKED],
        [DecisionKind.NOT_SENT, BankMeaning.IN_SETTLEMENT],
        [DecisionKind.NOT_SENT, BankMeaning.PENDING],
        [DecisionKind.NOT_SENT, BankMeaning.DUPLICATE],
        [Fact(BankMeaning.BOOKED_DEBIT, AMOUNT + 1)],
        [BOOKED, RETURNED, Fact(BankMeaning.BOOKED_RETURN, 1)],
        [BOOKED, BOOKED],
    ],
)
def test_news_against_moved_money_is_a_conflict_and_posts_nothing(
    facts: list[Fact | BankMeaning],
) -> None:
    folded = Folded(outcome_of(*facts))
    assert folded.outcome is Outcome.CONFLICT
    stands = Posted(AMOUNT, 0, released=False)
    assert effect_of(folded, stands, amount_minor=AMOUNT) == stands


def news(**changes: object) -> News:
    values: dict[str, object] = {
        "attempt_id": UUID(int=1),
        "source": EvidenceSource.STATUS_INQUIRY,
        "meaning": BankMeaning.NOT_FOUND,
        "code": "NOTF",
        "code_map_version": "v1",
        "reference": "1",
    }
    return News(**(values | changes))  # type: ignore[arg-type]


def test_the_same_news_heard_again_is_one_piece_of_evidence() -> None:
    assert news().digest == news(happened_at=datetime(2026, 8, 3, tzinfo=UTC)).digest
    assert news().digest != news(reference="2").digest
    assert news().digest != news(meaning=BankMeaning.REJECTED).digest


SENT = datetime(2026, 8, 3, 2, tzinfo=UTC)


def open_attempt(**changes: object) -> OpenAttempt:
    values: dict[str, object] = {
        "outcome": Outcome.UNKNOWN,
        "amount_minor": AMOUNT,
        "returned_minor": 0,
        "claimed_back_minor": 0,
        "not_found_at": [SENT, SENT + timedelta(hours=2)],
        "sent_date": date(2026, 8, 3),
        "bank_knows_it": False,
        "statement_covers_sending": True,
    }
    return OpenAttempt(**(values | changes))  # type: ignore[arg-type]


def refusal(kind: DecisionKind, **changes: object) -> str | None:
    return refusal_of(kind, open_attempt(**changes))


def test_not_sent_needs_two_spaced_denials_and_a_clean_statement() -> None:
    assert refusal(DecisionKind.NOT_SENT) is None
    assert "twice" in (refusal(DecisionKind.NOT_SENT, not_found_at=[SENT]) or "")
    close = [SENT, SENT + timedelta(minutes=5)]
    assert "twice" in (refusal(DecisionKind.NOT_SENT, not_found_at=close) or "")
    assert "statement" in (refusal(DecisionKind.NOT_SENT, statement_covers_sending=False) or "")
    assert "never sent" in (refusal(DecisionKind.NOT_SENT, sent_date=None) or "")
    assert "accepted" in (refusal(DecisionKind.NOT_SENT, outcome=Outcome.ACCEPTED) or "")
    assert "has" in (refusal(DecisionKind.NOT_SENT, bank_knows_it=True) or "")


def test_a_return_is_decided_only_when_an_entry_looks_like_one() -> None:
    assert refusal(DecisionKind.RETURN_CONFIRMED) is not None
    assert refusal(DecisionKind.RETURN_CONFIRMED, claimed_back_minor=AMOUNT) is None


def test_a_return_or_an_account_refusal_blames_the_account() -> None:
    assert blames_account(Outcome.RETURNED, None)
    assert blames_account(Outcome.REJECTED, "AC04")
    assert not blames_account(Outcome.REJECTED, "AM04")
    assert not blames_account(Outcome.DEBITED, "AC04")


def test_pauses_between_inquiries_double_up_to_a_day() -> None:
    pauses = [next_inquiry(SENT, asked=n, spacing_seconds=300) - SENT for n in (0, 1, 2, 30)]
    assert pauses[:3] == [timedelta(minutes=m) for m in (5, 10, 20)]
    assert pauses[3] == timedelta(days=1)
