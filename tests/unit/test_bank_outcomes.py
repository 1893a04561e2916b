"""Evidence folds to one outcome in any order, and effects follow it without a fen to spare."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bank import BankMeaning
from schemas.codes.payments import DecisionKind, EvidenceSource, Outcome
from settlement_api.decisions.policy import (
    OpenAttempt,
    amount_of,
    evidence_of,
    refusal_of,
    takes_over,
)
from settlement_api.outcomes.policy import (
    Fact,
    Folded,
    News,
    Posted,
    blames_account,
    effect_of,
    fold,
    next_inquiry,
    waiting_returns,
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
IDS = [UUID(int=number) for number in range(1, 9)]
BOOKED = Fact(BankMeaning.BOOKED_DEBIT, AMOUNT)
RETURNED = Fact(BankMeaning.BOOKED_RETURN, AMOUNT)
SUSPECTED = Fact(BankMeaning.SUSPECTED_RETURN, AMOUNT, IDS[0])
LATER = Fact(BankMeaning.SUSPECTED_RETURN, AMOUNT // 2, IDS[1])
AGAIN = Fact(BankMeaning.BOOKED_DEBIT, AMOUNT, IDS[4])
REVERSED = Fact(BankMeaning.BOOKED_RETURN, AMOUNT, IDS[5])
REFUSED = Fact(BankMeaning.REJECTED, id=IDS[2])
NOT_SENT = Fact(DecisionKind.NOT_SENT, id=IDS[3])


def decided(kind: DecisionKind, *about: Fact, evidence_id: UUID = IDS[7]) -> Fact:
    """People's word about this evidence."""
    return Fact(kind, id=evidence_id, about=frozenset(one.id for one in about if one.id))


statuses = st.builds(Fact, st.sampled_from(STATUS), st.none(), st.sampled_from(IDS[:3]))
entries = st.builds(
    Fact,
    st.sampled_from(
        [BankMeaning.BOOKED_DEBIT, BankMeaning.BOOKED_RETURN, BankMeaning.SUSPECTED_RETURN]
    ),
    st.sampled_from([AMOUNT, AMOUNT // 4]),
    st.sampled_from(IDS[:4]),
)
words = st.builds(
    Fact,
    st.sampled_from(
        [
            DecisionKind.RETURN_CONFIRMED,
            DecisionKind.RETURN_DISMISSED,
            DecisionKind.DISBELIEVED,
        ]
    ),
    st.none(),
    st.sampled_from(IDS[5:]),
    st.sets(st.sampled_from(IDS[:5]), min_size=1).map(frozenset),
)
tied = st.just(Fact(DecisionKind.RETURN_CONFIRMED, AMOUNT // 2, IDS[4]))
not_sent = st.just(Fact(DecisionKind.NOT_SENT, id=IDS[4]))
any_fact = st.one_of(statuses, entries, words, tied, not_sent)


CONFIRMED, DISMISSED = DecisionKind.RETURN_CONFIRMED, DecisionKind.RETURN_DISMISSED
DISBELIEVED = DecisionKind.DISBELIEVED


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
    """Unless the whole is a conflict, which posts nothing more until people decide."""
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
        ([BOOKED, SUSPECTED, decided(CONFIRMED, SUSPECTED)], Outcome.RETURNED),
        ([BOOKED, SUSPECTED, decided(DISMISSED, SUSPECTED)], Outcome.DEBITED),
        ([BOOKED, SUSPECTED, decided(DISMISSED, SUSPECTED), LATER], Outcome.SUSPECT_RETURN),
        ([BOOKED, LATER, decided(CONFIRMED, LATER)], Outcome.RETURNED),
        ([BOOKED, Fact(CONFIRMED, AMOUNT // 2)], Outcome.RETURNED),
        ([NOT_SENT, BOOKED, RETURNED], Outcome.RETURNED),
        ([REFUSED, BOOKED, decided(DISBELIEVED, REFUSED)], Outcome.DEBITED),
        ([NOT_SENT, BOOKED, decided(DISBELIEVED, NOT_SENT)], Outcome.DEBITED),
        ([NOT_SENT, BankMeaning.ACCEPTED, decided(DISBELIEVED, NOT_SENT)], Outcome.ACCEPTED),
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
        [BOOKED, BOOKED, RETURNED],
        [BOOKED, RETURNED, BOOKED],
        [BOOKED, BOOKED, RETURNED, RETURNED],
        [BOOKED, BOOKED, REVERSED, decided(CONFIRMED, REVERSED)],
        [REFUSED, BOOKED, BOOKED, RETURNED],
        [BOOKED, Fact(CONFIRMED, AMOUNT), LATER],
        [BOOKED, RETURNED, Fact(CONFIRMED, 1)],
    ],
)
def test_news_against_moved_money_is_a_conflict_and_posts_nothing(
    facts: list[Fact | BankMeaning],
) -> None:
    folded = Folded(outcome_of(*facts))
    assert folded.outcome is Outcome.CONFLICT
    stands = Posted(AMOUNT, 0, released=False)
    assert effect_of(folded, stands, amount_minor=AMOUNT) == stands


def test_a_debit_that_people_disown_is_not_this_attempts_money() -> None:
    debit = Fact(BankMeaning.BOOKED_DEBIT, AMOUNT + 1, IDS[0])
    facts = [Fact(BankMeaning.IN_SETTLEMENT), debit, decided(DISBELIEVED, debit)]
    assert fold(facts, amount_minor=AMOUNT) == Folded(Outcome.IN_SETTLEMENT, 0, AMOUNT + 1)
    effect = effect_of(fold(facts, amount_minor=AMOUNT), Posted(), amount_minor=AMOUNT)
    assert effect == Posted(disowned_minor=AMOUNT + 1)


def test_a_reversal_of_a_debit_that_people_disowned_reopens_nothing_by_itself() -> None:
    facts = [BOOKED, AGAIN, decided(DISBELIEVED, AGAIN), REVERSED]
    folded = fold(facts, amount_minor=AMOUNT)
    assert folded == Folded(Outcome.SUSPECT_RETURN, 0, disowned_minor=AMOUNT)
    assert waiting_returns(facts, amount_minor=AMOUNT) == {REVERSED.id: AMOUNT}
    dismissed = decided(DISMISSED, REVERSED, evidence_id=IDS[6])
    folded = fold([*facts, dismissed], amount_minor=AMOUNT)
    assert folded == Folded(Outcome.DEBITED, 0, disowned_minor=AMOUNT)
    confirmed = decided(CONFIRMED, REVERSED, evidence_id=IDS[6])
    folded = fold([*facts, confirmed], amount_minor=AMOUNT)
    assert folded == Folded(Outcome.RETURNED, AMOUNT, disowned_minor=AMOUNT)


def test_a_second_debit_and_its_reversal_are_disbelieved_together() -> None:
    facts = [BOOKED, AGAIN, REVERSED]
    assert waiting_returns(facts, amount_minor=AMOUNT) == {REVERSED.id: AMOUNT}
    folded = fold([*facts, decided(DISBELIEVED, AGAIN, REVERSED)], amount_minor=AMOUNT)
    assert folded == Folded(Outcome.DEBITED, 0, disowned_minor=AMOUNT)


def test_a_reversal_of_the_only_debit_that_people_disowned_says_nothing_moved() -> None:
    facts = [REFUSED, AGAIN, decided(DISBELIEVED, AGAIN), REVERSED]
    assert fold(facts, amount_minor=AMOUNT) == Folded(Outcome.REJECTED, 0, disowned_minor=AMOUNT)
    assert waiting_returns(facts, amount_minor=AMOUNT) == {REVERSED.id: AMOUNT}


def test_a_whole_return_waits_for_nobody_beside_a_part_that_was_dismissed() -> None:
    part = Fact(BankMeaning.BOOKED_RETURN, AMOUNT // 2, IDS[1])
    facts = [BOOKED, part, decided(DISMISSED, part), REVERSED]
    assert fold(facts, amount_minor=AMOUNT) == Folded(Outcome.RETURNED, AMOUNT)
    assert waiting_returns(facts, amount_minor=AMOUNT) == {}


def test_a_correction_can_be_corrected() -> None:
    wrong = decided(DISBELIEVED, REFUSED, evidence_id=IDS[5])
    facts = [REFUSED, BOOKED, wrong]
    assert outcome_of(*facts) is Outcome.DEBITED
    assert outcome_of(*facts, decided(DISBELIEVED, wrong)) is Outcome.CONFLICT


def test_what_was_paid_by_a_word_that_is_disbelieved_is_unpaid() -> None:
    stands = Posted(AMOUNT)
    word = Fact(BankMeaning.DEBITED, id=IDS[0])
    folded = fold([word, REFUSED, decided(DISBELIEVED, word)], amount_minor=AMOUNT)
    assert effect_of(folded, stands, amount_minor=AMOUNT) == Posted(released=True)


def test_a_partial_return_confirmed_is_of_the_entries_named_alone() -> None:
    first, second = (Fact(BankMeaning.SUSPECTED_RETURN, 10_00, IDS[at]) for at in (0, 1))
    facts = [BOOKED, first, second, decided(CONFIRMED, second)]
    assert fold(facts, amount_minor=AMOUNT) == Folded(Outcome.SUSPECT_RETURN, 10_00)
    assert waiting_returns(facts, amount_minor=AMOUNT) == {IDS[0]: 10_00}


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
        "facts": [],
        "not_found_at": [SENT, SENT + timedelta(hours=2)],
        "sent_date": date(2026, 8, 3),
        "bank_knows_it": False,
        "statement_covers_sending": True,
        "is_booked": False,
        "has_later": False,
    }
    return OpenAttempt(**(values | changes))  # type: ignore[arg-type]


def refusal(kind: DecisionKind, *about: Fact, **changes: object) -> str | None:
    attempt = open_attempt(**changes)
    return refusal_of(kind, attempt, frozenset(one.id for one in about if one.id))


def test_not_sent_needs_two_spaced_denials_and_a_clean_statement() -> None:
    assert refusal(DecisionKind.NOT_SENT) is None
    assert "twice" in (refusal(DecisionKind.NOT_SENT, not_found_at=[SENT]) or "")
    close = [SENT, SENT + timedelta(minutes=5)]
    assert "twice" in (refusal(DecisionKind.NOT_SENT, not_found_at=close) or "")
    assert "statement" in (refusal(DecisionKind.NOT_SENT, statement_covers_sending=False) or "")
    assert "never sent" in (refusal(DecisionKind.NOT_SENT, sent_date=None) or "")
    assert "accepted" in (refusal(DecisionKind.NOT_SENT, outcome=Outcome.ACCEPTED) or "")
    assert "has" in (refusal(DecisionKind.NOT_SENT, bank_knows_it=True) or "")


def test_a_return_is_decided_only_of_entries_that_wait() -> None:
    facts = [BOOKED, SUSPECTED, LATER, decided(DISMISSED, SUSPECTED)]
    attempt = open_attempt(facts=facts)
    assert evidence_of(CONFIRMED, attempt, frozenset()) == {LATER.id}
    assert amount_of(CONFIRMED, attempt, frozenset({IDS[1]})) == AMOUNT // 2
    assert refusal(CONFIRMED, LATER, facts=facts) is None
    assert "not all" in (refusal(CONFIRMED, SUSPECTED, facts=facts) or "")
    assert "no statement entry" in (refusal(DISMISSED, facts=[BOOKED]) or "")


CONFLICT = [REFUSED, Fact(BankMeaning.BOOKED_DEBIT, AMOUNT, IDS[0])]


def test_a_correction_ends_a_conflict_with_one_clear_story() -> None:
    open_conflict = {"outcome": Outcome.CONFLICT, "facts": CONFLICT}
    assert refusal(DISBELIEVED, REFUSED, **open_conflict) is None
    assert "names evidence" in (refusal(DISBELIEVED, **open_conflict) or "")
    assert "names evidence" in (refusal(DISBELIEVED, NOT_SENT, **open_conflict) or "")
    assert "not a conflict" in (refusal(DISBELIEVED, REFUSED, facts=CONFLICT) or "")
    twice = [*CONFLICT, Fact(BankMeaning.BOOKED_DEBIT, AMOUNT + 1, IDS[1])]
    still = refusal(DISBELIEVED, REFUSED, outcome=Outcome.CONFLICT, facts=twice)
    assert "contradicts" in (still or "")
    both = refusal(DISBELIEVED, *CONFLICT, **open_conflict, is_booked=True)
    assert "only says unknown" in (both or "")


def test_a_correction_stands_once_a_case_of_suspense_ended_what_it_named() -> None:
    wrong = decided(DISBELIEVED, SUSPECTED, evidence_id=IDS[5])
    back = decided(DISBELIEVED, wrong, evidence_id=IDS[6])
    facts, gone = [BOOKED, SUSPECTED, wrong], frozenset({IDS[0]})
    assert refusal(DISBELIEVED, wrong, outcome=Outcome.DEBITED, facts=facts) is None
    ended = refusal(DISBELIEVED, wrong, outcome=Outcome.DEBITED, facts=facts, gone_otherwise=gone)
    assert "resolved in suspense" in (ended or "")
    again = {"outcome": Outcome.SUSPECT_RETURN, "facts": [*facts, back], "gone_otherwise": gone}
    assert refusal(DISBELIEVED, back, **again) is None, "which disbelieves the entry anew"


def test_what_people_decided_about_a_return_is_not_disbelieved() -> None:
    word = decided(CONFIRMED, SUSPECTED)
    facts = [*CONFLICT, SUSPECTED, word]
    assert "stands" in (refusal(DISBELIEVED, word, outcome=Outcome.CONFLICT, facts=facts) or "")


def test_a_payment_made_after_all_takes_over_from_a_later_attempt() -> None:
    facts = [NOT_SENT, BOOKED]
    attempt = open_attempt(outcome=Outcome.CONFLICT, facts=facts, has_later=True)
    assert takes_over(DISBELIEVED, attempt, frozenset({IDS[3]}))
    assert not takes_over(CONFIRMED, attempt, frozenset({IDS[3]}))
    alone = open_attempt(outcome=Outcome.CONFLICT, facts=facts)
    assert not takes_over(DISBELIEVED, alone, frozenset({IDS[3]}))


def test_a_return_or_an_account_refusal_blames_the_account() -> None:
    assert blames_account(Outcome.RETURNED, None)
    assert blames_account(Outcome.REJECTED, "AC04")
    assert not blames_account(Outcome.REJECTED, "AM04")
    assert not blames_account(Outcome.DEBITED, "AC04")
    assert blames_account(Outcome.CANCELLED, "unfit")
    assert not blames_account(Outcome.CANCELLED, "mandate_ended")


def test_pauses_between_inquiries_double_up_to_a_day() -> None:
    pauses = [next_inquiry(SENT, asked=n, spacing_seconds=300) - SENT for n in (0, 1, 2, 30)]
    assert pauses[:3] == [timedelta(minutes=m) for m in (5, 10, 20)]
    assert pauses[3] == timedelta(days=1)
