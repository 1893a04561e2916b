"""When two people may decide about an attempt, and which evidence their decision is about. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from schemas.codes.payments import DecisionKind, Outcome
from settlement_api.outcomes.policy import (
    MOVED,
    RELEASING,
    Fact,
    Folded,
    disbelieved,
    fold,
    waiting_returns,
)

NOT_FOUND_SPACING: Final = timedelta(hours=1)
"""At least so far apart lie the two "not found" answers that "not sent" needs."""
RETURNS: Final = frozenset({DecisionKind.RETURN_CONFIRMED, DecisionKind.RETURN_DISMISSED})


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """What is known of an attempt when people want to decide about it; amounts in fen.

    `is_booked`: money of it was paid, or freed, in our books. `has_later`: another attempt at the
    same payment holds the reservation. `gone_otherwise`: evidence of entries whose money left
    suspense, or was called the bank's error, by a case of its own.
    """

    outcome: Outcome
    amount_minor: int
    facts: Sequence[Fact]
    not_found_at: Sequence[datetime]
    sent_date: date | None
    bank_knows_it: bool
    statement_covers_sending: bool
    is_booked: bool
    has_later: bool
    gone_otherwise: frozenset[UUID] = frozenset()


def evidence_of(
    kind: DecisionKind, attempt: OpenAttempt, wanted: frozenset[UUID]
) -> frozenset[UUID]:
    """The evidence a decision is about: what is wanted; of returns else all that wait."""
    if kind in RETURNS and not wanted:
        return frozenset(waiting_returns(attempt.facts, amount_minor=attempt.amount_minor))
    return wanted


def refusal_of(kind: DecisionKind, attempt: OpenAttempt, about: frozenset[UUID]) -> str | None:
    """Why people may not decide this about an attempt, or None when they may.

    `not_sent` needs two spaced "not found" answers and a clean statement of the day of sending
    (banks.md section 3), and no word of the bank ever that it has the payment: a status service
    that lags denies what the bank is about to execute. Returns need entries that look like one.
    """
    if kind is DecisionKind.NOT_SENT:
        return "it names no evidence" if about else _not_sent_refusal(attempt)
    if kind is DecisionKind.DISBELIEVED:
        return _disbelief_refusal(attempt, about)
    waiting = waiting_returns(attempt.facts, amount_minor=attempt.amount_minor)
    if not about:
        return "no statement entry waits to be recognized as a return"
    if not about <= waiting.keys():
        return "not all of this evidence waits to be recognized as a return"
    return None


def _not_sent_refusal(attempt: OpenAttempt) -> str | None:
    if attempt.sent_date is None:
        return "it was never sent"
    if attempt.outcome is not Outcome.UNKNOWN:
        return f"its outcome is {attempt.outcome}, not unknown"
    if attempt.bank_knows_it:
        return "the bank has spoken of it as a payment that it has"
    asked = sorted(attempt.not_found_at)
    if len(asked) < 2 or asked[-1] - asked[0] < NOT_FOUND_SPACING:
        return "the bank has not answered 'not found' twice with enough time between"
    if not attempt.statement_covers_sending:
        return "no complete statement of the day of sending was read"
    return None


def _disbelief_refusal(attempt: OpenAttempt, about: frozenset[UUID]) -> str | None:
    """A correction ends a conflict, or takes back a correction, and leaves one clear story."""
    named = [fact for fact in attempt.facts if fact.id in about]
    if not about or len(named) != len(about):
        return "a correction names evidence of this attempt"
    if any(fact.meaning in RETURNS for fact in named):
        return "what people decided about a return stands"
    takes_back = all(fact.meaning == DecisionKind.DISBELIEVED for fact in named)
    if attempt.outcome is not Outcome.CONFLICT and not takes_back:
        return f"its outcome is {attempt.outcome}, not a conflict"
    if _believed_again(attempt, about) & attempt.gone_otherwise:
        return "the money of an entry that would be believed again was resolved in suspense"
    left = without(attempt, about).outcome
    if left is Outcome.CONFLICT:
        return "what is left still contradicts itself"
    if (attempt.is_booked or attempt.has_later) and left not in MOVED | RELEASING | _STANDS:
        return f"money of it is booked or sent anew, and what is left only says {left}"
    return None


_STANDS: Final = frozenset({Outcome.NOT_SENT})
"""After which only the next attempt holds the money."""


def _believed_again(attempt: OpenAttempt, about: frozenset[UUID]) -> frozenset[UUID]:
    """What corrections named that count no more: a case may have ended its entry meanwhile."""
    correction = Fact(DecisionKind.DISBELIEVED, about=about)
    return disbelieved(attempt.facts) - disbelieved([*attempt.facts, correction])


def without(attempt: OpenAttempt, about: frozenset[UUID]) -> Folded:
    """What the evidence says once this part of it does not count."""
    correction = Fact(DecisionKind.DISBELIEVED, about=about)
    return fold([*attempt.facts, correction], amount_minor=attempt.amount_minor)


def takes_over(kind: DecisionKind, attempt: OpenAttempt, about: frozenset[UUID]) -> bool:
    """Whether a decision says that this attempt paid, so that a later one must not."""
    if kind is not DecisionKind.DISBELIEVED or not attempt.has_later:
        return False
    left = without(attempt, about)
    return left.outcome in MOVED and left.returned_minor < attempt.amount_minor


def amount_of(kind: DecisionKind, attempt: OpenAttempt, about: frozenset[UUID]) -> int | None:
    """The fen that a confirmed return is about; other decisions have no amount."""
    if kind is not DecisionKind.RETURN_CONFIRMED:
        return None
    waiting = waiting_returns(attempt.facts, amount_minor=attempt.amount_minor)
    return sum(amount for evidence_id, amount in waiting.items() if evidence_id in about)
