"""How evidence folds into an outcome, what an outcome posts, and when people may decide. Pure.

The fold is commutative and idempotent: any order of the same evidence, repeated or not, gives
the same outcome (banks.md section 3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from schemas.bank import BankMeaning
from schemas.codes.ledger import NO_SCHEME, AccountKind, Book
from schemas.codes.payments import BookingKind, DecisionKind, EvidenceSource, Outcome
from schemas.money import Money
from schemas.times import business_date
from settlement_api.ledger.policy import AccountKey, EntryDraft, Leg

BASIS_KIND: Final = "payment_attempt"
"""Ledger entries of payments are based on the attempt."""
STATEMENT_MAP_VERSION: Final = "statement-1"
DECISION_MAP_VERSION: Final = "decision-1"
NOT_FOUND_SPACING: Final = timedelta(hours=1)
"""At least so far apart lie the two "not found" answers that "not sent" needs."""
INQUIRY_LIMIT: Final = timedelta(days=1)
"""The longest pause between two inquiries about one message."""

FINAL_OUTCOMES: Final = frozenset(
    {
        Outcome.DEBITED,
        Outcome.CREDITED,
        Outcome.RETURNED,
        Outcome.SUSPECT_RETURN,
        Outcome.REJECTED,
        Outcome.CANCELLED,
        Outcome.NOT_SENT,
    }
)
RELEASING: Final = frozenset({Outcome.REJECTED, Outcome.CANCELLED})
MOVED: Final = frozenset(
    {Outcome.DEBITED, Outcome.CREDITED, Outcome.RETURNED, Outcome.SUSPECT_RETURN}
)


@dataclass(frozen=True, slots=True)
class News:
    """One thing to be recorded about one attempt, as read from a bank or decided by people.

    `reference` tells apart what would otherwise look the same (two statement entries, two "not
    found" answers); the same news under the same reference is one piece of evidence.
    """

    attempt_id: UUID
    source: EvidenceSource
    meaning: str
    code: str
    code_map_version: str
    reason_code: str | None = None
    amount_minor: int | None = None
    reference: str = ""
    happened_at: datetime | None = None
    bank_message_id: UUID | None = None
    statement_entry_id: UUID | None = None
    decided_by: tuple[UUID, UUID] | None = None

    @property
    def digest(self) -> bytes:
        """What makes it one piece of evidence, whenever and however often it is heard."""
        parts = (self.source, self.meaning, self.code, self.reason_code, self.amount_minor)
        return sha256("|".join(map(str, (*parts, self.reference))).encode()).digest()


@dataclass(frozen=True, slots=True)
class Booking:
    """A booked statement entry that names one of our end-to-end ids; fen, positive."""

    end_to_end_id: str
    kind: BookingKind
    amount_minor: int
    statement_entry_id: UUID
    happened_at: datetime | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """The part of a piece of evidence that the fold looks at."""

    meaning: str
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """The outcome of all evidence of one attempt, and how much came back for certain."""

    outcome: Outcome
    returned_minor: int = 0


def fold(facts: Iterable[Fact], *, amount_minor: int) -> Folded:
    """The outcome of an attempt of `amount_minor` fen from all its evidence, in any order.

    Evidence is distinct by digest: repeating a piece is the caller's to prevent (the database's
    unique key does).
    """
    known = list(facts)
    meanings = {fact.meaning for fact in known}
    debits = [fact.amount_minor or 0 for fact in known if fact.meaning == BankMeaning.BOOKED_DEBIT]
    claimed, returned = _returns(known, amount_minor)
    moved = bool(debits or returned or meanings & _SAYS_MOVED)
    if _contradicts(meanings, debits, claimed, returned, amount_minor, moved=moved):
        return Folded(Outcome.CONFLICT)
    if moved:
        return Folded(_moved_outcome(meanings, claimed, returned), returned)
    return Folded(_unmoved_outcome(meanings))


_SAYS_MOVED: Final = frozenset(
    {BankMeaning.DEBITED, BankMeaning.CREDITED, BankMeaning.BOOKED_RETURN}
)
"""A marked return implies the debit; an unmarked credit alone implies nothing."""


def _returns(facts: Sequence[Fact], amount_minor: int) -> tuple[int, int]:
    """(what came back by the bank's entries, how much of it is beyond doubt).

    A marked return of the whole is; a partial or unmarked one only once two people confirm it.
    A dismissal silences what nobody confirmed; what two people confirmed stands.
    """
    marked = _total(facts, BankMeaning.BOOKED_RETURN)
    dismissed = any(fact.meaning == DecisionKind.RETURN_DISMISSED for fact in facts)
    suspected = _total(facts, BankMeaning.SUSPECTED_RETURN)
    confirmed = max(
        (fact.amount_minor or 0 for fact in facts if fact.meaning == DecisionKind.RETURN_CONFIRMED),
        default=0,
    )
    if dismissed:
        suspected = min(suspected, max(confirmed - marked, 0))
    claimed = marked + suspected
    return claimed, amount_minor if marked == amount_minor else min(confirmed, claimed)


def _total(facts: Iterable[Fact], meaning: str) -> int:
    return sum(fact.amount_minor or 0 for fact in facts if fact.meaning == meaning)


def _contradicts(
    meanings: set[str],
    debits: Sequence[int],
    claimed: int,
    returned: int,
    amount_minor: int,
    *,
    moved: bool,
) -> bool:
    """Whether news contradicts money that moved, or people's word that nothing was sent."""
    wrong_booking = any(debit != amount_minor for debit in debits) or claimed > amount_minor
    twice = sum(debits) > amount_minor + claimed
    refused = bool(meanings & {BankMeaning.REJECTED, BankMeaning.CANCELLED})
    alive = bool(meanings & _SAYS_IT_IS_THERE)
    denied = DecisionKind.NOT_SENT in meanings and (moved or alive)
    return wrong_booking or twice or denied or (moved and refused and returned != amount_minor)


_SAYS_IT_IS_THERE: Final = frozenset(
    {
        BankMeaning.RECEIVED,
        BankMeaning.ACCEPTED,
        BankMeaning.IN_SETTLEMENT,
        BankMeaning.BLOCKED,
        BankMeaning.PENDING,
        BankMeaning.DUPLICATE,
    }
)
"""PENDING and DUPLICATE move nothing, yet only a bank that holds the payment can say them."""


def _moved_outcome(meanings: set[str], claimed: int, returned: int) -> Outcome:
    if claimed > returned:
        return Outcome.SUSPECT_RETURN
    if returned:
        return Outcome.RETURNED
    return Outcome.CREDITED if BankMeaning.CREDITED in meanings else Outcome.DEBITED


_UNMOVED: Final = (
    Outcome.NOT_SENT,
    Outcome.REJECTED,
    Outcome.CANCELLED,
    Outcome.BLOCKED,
    Outcome.IN_SETTLEMENT,
    Outcome.ACCEPTED,
    Outcome.RECEIVED,
)
"""From the strongest word to the weakest; meanings and outcomes share these names.

Two people's word outlasts a late refusal: the next attempt holds the money that it would free.
"""


def _unmoved_outcome(meanings: set[str]) -> Outcome:
    return next((outcome for outcome in _UNMOVED if outcome in meanings), Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Posted:
    """What balances and ledger already show for an attempt; fen."""

    paid_minor: int = 0
    returned_minor: int = 0
    released: bool = False


def effect_of(folded: Folded, posted: Posted, *, amount_minor: int) -> Posted:
    """What should stand posted. A conflict posts nothing and takes nothing back: people decide."""
    if folded.outcome in MOVED:
        return Posted(amount_minor, folded.returned_minor, released=False)
    if folded.outcome in RELEASING:
        return Posted(released=True)
    return posted


def blames_account(outcome: Outcome, reason_code: str | None) -> bool:
    """Whether an outcome casts doubt on the payee's account itself: a return, or a refusal AC…."""
    if outcome is Outcome.RETURNED:
        return True
    return outcome is Outcome.REJECTED and (reason_code or "").startswith("AC")


def next_inquiry(at: datetime, *, asked: int, spacing_seconds: int) -> datetime:
    """When to ask again after `asked` inquiries: each pause twice the one before, up to a day."""
    pause = timedelta(seconds=spacing_seconds * 2 ** min(asked, 20))
    return at + min(pause, INQUIRY_LIMIT)


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """What is known of an attempt when people want to decide about it."""

    outcome: Outcome
    amount_minor: int
    returned_minor: int
    claimed_back_minor: int
    not_found_at: Sequence[datetime]
    sent_date: date | None
    bank_knows_it: bool
    statement_covers_sending: bool


def refusal_of(kind: DecisionKind, attempt: OpenAttempt) -> str | None:
    """Why people may not decide this about an attempt, or None when they may.

    `not_sent` needs two spaced "not found" answers and a clean statement of the day of sending
    (banks.md section 3), and no word of the bank ever that it has the payment: a status service
    that lags denies what the bank is about to execute. Returns need an entry that looks like one.
    """
    if kind is DecisionKind.NOT_SENT:
        return _not_sent_refusal(attempt)
    if attempt.claimed_back_minor <= attempt.returned_minor:
        return "no statement entry waits to be recognized as a return"
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


def day_of(instant: datetime) -> date:
    """The business day of an instant."""
    return business_date(instant)


# --- what effects mean for the ledger and for claim capacity ---------------------------------


@dataclass(frozen=True, slots=True)
class HospitalMove:
    """What one attempt moves for one hospital now; all in fen.

    `paid`, `returned` and `released` are cash; the `*_recovery` parts are of claim capacity.
    """

    attempt_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    scheme: str
    claim_month: str
    paid: int
    returned: int
    released: int
    was_released: bool
    paid_recovery: int
    returned_recovery: int
    released_recovery: int


def pending_legs(parts: Mapping[UUID, int]) -> list[Leg]:
    """The reservation of one attempt: hospital to fen."""
    return [
        Leg(_advance(hospital), AccountKey(AccountKind.IN_TRANSIT), Money(amount), pending=True)
        for hospital, amount in sorted(parts.items())
    ]


def resolving_entries(
    pending: Iterable[tuple[UUID, UUID, Leg]],
    *,
    schemes: Mapping[UUID, str],
    paid: frozenset[UUID],
    on: date,
) -> list[EntryDraft]:
    """Entries that post (paid) or void (anything else) the pending transfers given.

    `pending` holds (attempt, transfer, the leg it was made with); one entry an attempt.
    """
    legs: dict[UUID, list[Leg]] = {}
    for attempt_id, transfer_id, leg in pending:
        amount = leg.amount if attempt_id in paid else Money(0)
        resolved = Leg(leg.debit, leg.credit, amount, resolves=transfer_id)
        legs.setdefault(attempt_id, []).append(resolved)
    return [
        EntryDraft(Book.FUND, schemes[attempt_id], BASIS_KIND, attempt_id, on, of_attempt)
        for attempt_id, of_attempt in legs.items()
    ]


def moving_entries(moves: Iterable[HospitalMove], *, on: date) -> list[EntryDraft]:
    """Trade entries of payments, and both books' entries of returns.

    A return empties `suspense`, where the statement put the money, against the advance.
    """
    entries = []
    for move in moves:
        owed = AccountKey(AccountKind.OWED, move.hospital_id, move.supplier_id)
        mandate = AccountKey(AccountKind.PAID_ON_MANDATE, move.hospital_id)
        if move.paid:
            leg = Leg(owed, mandate, Money(move.paid))
            entries.append(_entry(Book.TRADE, NO_SCHEME, move, leg, on))
        if move.paid and move.was_released:
            # Its reservation was voided when the bank first refused: nothing is left to resolve.
            transit = AccountKey(AccountKind.IN_TRANSIT)
            leg = Leg(_advance(move.hospital_id), transit, Money(move.paid))
            entries.append(_entry(Book.FUND, move.scheme, move, leg, on))
        if move.returned:
            leg = Leg(mandate, owed, Money(move.returned))
            entries.append(_entry(Book.TRADE, NO_SCHEME, move, leg, on))
            back = Leg(
                AccountKey(AccountKind.SUSPENSE), _advance(move.hospital_id), Money(move.returned)
            )
            entries.append(_entry(Book.FUND, move.scheme, move, back, on))
    return entries


def _entry(book: Book, scheme: str, move: HospitalMove, leg: Leg, on: date) -> EntryDraft:
    return EntryDraft(book, scheme, BASIS_KIND, move.attempt_id, on, (leg,))


def _advance(hospital_id: UUID) -> AccountKey:
    return AccountKey(AccountKind.ADVANCE, hospital_id)
