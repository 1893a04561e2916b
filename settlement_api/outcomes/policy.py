"""How evidence folds into an outcome, and what an outcome posts. Pure.

The fold is commutative and idempotent: any order of the same evidence, repeated or not, gives
the same outcome (banks.md section 3).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Final, Protocol
from uuid import UUID

from schemas.bank import BankMeaning
from schemas.codes.ledger import NO_SCHEME, AccountKind, Book
from schemas.codes.payments import BookingKind, DecisionKind, EvidenceSource, Outcome
from schemas.money import Money
from settlement_api.ledger.policy import AccountKey, EntryDraft, Leg

BASIS_KIND: Final = "payment_attempt"
"""Ledger entries of payments are based on the attempt."""
STATEMENT_MAP_VERSION: Final = "statement-1"
DECISION_MAP_VERSION: Final = "decision-1"
UNFIT: Final = "unfit"
"""Why a payment was left out that the bank cannot carry unchanged."""
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
    about: tuple[UUID, ...] = ()

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
class UnnamedReturn:
    """A credit on an agency account that names no payment; two people say whose return it is."""

    attempt_id: UUID
    agency_account_id: UUID
    statement_entry_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True)
class UnnamedDebit:
    """A debit on an agency account that names no payment; two people say which payments it is."""

    attempt_ids: frozenset[UUID]
    agency_account_id: UUID
    statement_entry_id: UUID


@dataclass(frozen=True, slots=True)
class Fact:
    """The part of a piece of evidence that the fold looks at.

    `about` holds the ids of the evidence that people's decision names.
    """

    meaning: str
    amount_minor: int | None = None
    id: UUID | None = None
    about: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Folded:
    """The outcome of all evidence of one attempt; how much came back for certain, in fen.

    `disowned_minor` is what the bank booked as debits of this attempt and people do not believe.
    """

    outcome: Outcome
    returned_minor: int = 0
    disowned_minor: int = 0


class Evidence(Protocol):
    """The columns of stored evidence that the fold needs."""

    id: UUID
    meaning: str
    amount_minor: int | None
    about: Sequence[UUID]


def fact_of(evidence: Evidence) -> Fact:
    """A stored piece of evidence as the fold looks at it."""
    return Fact(evidence.meaning, evidence.amount_minor, evidence.id, frozenset(evidence.about))


def fold(facts: Iterable[Fact], *, amount_minor: int) -> Folded:
    """The outcome of an attempt of `amount_minor` fen from all its evidence, in any order.

    Evidence is distinct by digest: repeating a piece is the caller's to prevent (the database's
    unique key does). Evidence that two people do not believe counts for nothing.
    """
    believed, disowned = _sifted(list(facts))
    outcome, returned = _judged(believed, disowned, amount_minor)
    return Folded(outcome, returned, disowned)


def _sifted(facts: Sequence[Fact]) -> tuple[list[Fact], int]:
    """What is believed, and how much was booked as debits that people do not believe, in fen."""
    wrong = disbelieved(facts)
    disowned = _total((fact for fact in facts if fact.id in wrong), BankMeaning.BOOKED_DEBIT)
    return [fact for fact in facts if fact.id not in wrong], disowned


def disbelieved(facts: Sequence[Fact]) -> frozenset[UUID]:
    """Evidence that a standing correction names; a correction can be corrected in turn."""
    corrections = [fact for fact in facts if fact.meaning == DecisionKind.DISBELIEVED]

    def is_wrong(evidence_id: UUID | None) -> bool:
        return any(
            evidence_id in correction.about and not is_wrong(correction.id)
            for correction in corrections
        )

    named = frozenset[UUID]().union(*(correction.about for correction in corrections))
    return frozenset(evidence_id for evidence_id in named if is_wrong(evidence_id))


def _judged(facts: Sequence[Fact], disowned: int, amount_minor: int) -> tuple[Outcome, int]:
    back = _returns(facts, disowned, amount_minor)
    dismissed = _named(facts, DecisionKind.RETURN_DISMISSED) - back.confirmed
    meanings = {fact.meaning for fact in facts if fact.id not in dismissed}
    debits = [fact.amount_minor or 0 for fact in facts if fact.meaning == BankMeaning.BOOKED_DEBIT]
    says_moved = _SAYS_MOVED - {BankMeaning.BOOKED_RETURN} if disowned else _SAYS_MOVED
    moved = bool(debits or back.certain_minor or meanings & says_moved)
    if _contradicts(meanings, debits, back, amount_minor, moved=moved):
        return Outcome.CONFLICT, 0
    if moved:
        return _moved_outcome(meanings, back), back.certain_minor
    return _unmoved_outcome(meanings), 0


_SAYS_MOVED: Final = frozenset(
    {BankMeaning.DEBITED, BankMeaning.CREDITED, BankMeaning.BOOKED_RETURN}
)
"""A marked return implies the debit; an unmarked credit alone implies nothing.

Once people disown a debit, a marked return may be the bank's reversal of that one.
"""
RETURN_ENTRIES: Final = frozenset({BankMeaning.BOOKED_RETURN, BankMeaning.SUSPECTED_RETURN})
"""Statement entries by which money of an attempt may have come back."""


@dataclass(frozen=True, slots=True)
class _Back:
    """What came back by the bank's entries, how much of it is beyond doubt, and by whose word."""

    claimed_minor: int
    certain_minor: int
    confirmed: frozenset[UUID]


def _returns(facts: Sequence[Fact], disowned: int, amount_minor: int) -> _Back:
    """What came back by the believed `facts`: see `_is_whole`; else once two people confirm it.

    A dismissal silences the entries it names and no later ones; what people confirmed stands.
    A confirmation that names no evidence ties an entry without our id to the attempt, and is for
    that entry's amount.
    """
    confirmed = _named(facts, DecisionKind.RETURN_CONFIRMED)
    entries = _not_dismissed(facts)
    tied = sum(
        fact.amount_minor or 0
        for fact in facts
        if fact.meaning == DecisionKind.RETURN_CONFIRMED and not fact.about
    )
    certain = sum(entry.amount_minor or 0 for entry in entries if entry.id in confirmed)
    claimed = sum(entry.amount_minor or 0 for entry in entries)
    whole = _is_whole(facts, disowned, amount_minor)
    return _Back(claimed + tied, amount_minor if whole else certain + tied, confirmed)


def _not_dismissed(facts: Sequence[Fact]) -> list[Fact]:
    confirmed = _named(facts, DecisionKind.RETURN_CONFIRMED)
    dismissed = _named(facts, DecisionKind.RETURN_DISMISSED) - confirmed
    return [fact for fact in facts if fact.meaning in RETURN_ENTRIES and fact.id not in dismissed]


def _is_whole(facts: Sequence[Fact], disowned: int, amount_minor: int) -> bool:
    """Whether marked returns of the whole need no people.

    They do where the bank booked another debit than the one that can have come back, believed
    or not: the entry may be the reversal of that one, and the payee keeps the money.
    """
    one_debit = not disowned and _total(facts, BankMeaning.BOOKED_DEBIT) <= amount_minor
    marked = _total(_not_dismissed(facts), BankMeaning.BOOKED_RETURN)
    return one_debit and marked == amount_minor


def return_fits(facts: Sequence[Fact], *, returned_minor: int, amount_minor: int) -> bool:
    """Whether an entry of `returned_minor` without our id can be a return of this attempt."""
    tied = Fact(DecisionKind.RETURN_CONFIRMED, returned_minor)
    return fold([*facts, tied], amount_minor=amount_minor).outcome is not Outcome.CONFLICT


def debit_fits(facts: Sequence[Fact], *, amount_minor: int) -> bool:
    """Whether an entry without our id can be the debit of the whole of this attempt."""
    debit = Fact(BankMeaning.BOOKED_DEBIT, amount_minor)
    return fold([*facts, debit], amount_minor=amount_minor).outcome is not Outcome.CONFLICT


def waiting_returns(facts: Sequence[Fact], *, amount_minor: int) -> dict[UUID, int]:
    """The return entries that people have neither confirmed nor dismissed: evidence id to fen."""
    believed, disowned = _sifted(facts)
    if _is_whole(believed, disowned, amount_minor):
        believed = [fact for fact in believed if fact.meaning != BankMeaning.BOOKED_RETURN]
    decided = _named(believed, DecisionKind.RETURN_CONFIRMED, DecisionKind.RETURN_DISMISSED)
    return {
        fact.id: fact.amount_minor or 0
        for fact in believed
        if fact.meaning in RETURN_ENTRIES and fact.id is not None and fact.id not in decided
    }


def _named(facts: Iterable[Fact], *kinds: DecisionKind) -> frozenset[UUID]:
    return frozenset[UUID]().union(*(fact.about for fact in facts if fact.meaning in kinds))


def _total(facts: Iterable[Fact], meaning: str) -> int:
    return sum(fact.amount_minor or 0 for fact in facts if fact.meaning == meaning)


def _contradicts(
    meanings: set[str], debits: Sequence[int], back: _Back, amount_minor: int, *, moved: bool
) -> bool:
    """Whether news contradicts money that moved, or people's word that nothing was sent.

    What came back whole leaves nothing to contradict, but a second debit: evidence has no order,
    so nothing says whether what came back lay between the two or undid one of them.
    """
    wrong_booking = any(debit != amount_minor for debit in debits)
    too_much_back = back.claimed_minor > amount_minor
    twice = sum(debits) > amount_minor
    alive = bool(meanings & _SAYS_IT_IS_THERE)
    denied = DecisionKind.NOT_SENT in meanings and alive and not moved
    stays_moved = moved and back.certain_minor != amount_minor
    return (
        wrong_booking
        or too_much_back
        or twice
        or denied
        or (stays_moved and bool(meanings & _SAYS_NOT_MOVED))
    )


_SAYS_NOT_MOVED: Final = frozenset(
    {BankMeaning.REJECTED, BankMeaning.CANCELLED, DecisionKind.NOT_SENT}
)
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


def _moved_outcome(meanings: set[str], back: _Back) -> Outcome:
    if back.claimed_minor > back.certain_minor:
        return Outcome.SUSPECT_RETURN
    if back.certain_minor:
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
    disowned_minor: int = 0


def effect_of(folded: Folded, posted: Posted, *, amount_minor: int) -> Posted:
    """What should stand posted. A conflict posts nothing and takes nothing back: people decide."""
    if folded.outcome is Outcome.CONFLICT:
        return posted
    if folded.outcome in MOVED:
        return Posted(amount_minor, folded.returned_minor, disowned_minor=folded.disowned_minor)
    return Posted(released=folded.outcome in RELEASING, disowned_minor=folded.disowned_minor)


def blames_account(outcome: Outcome, reason_code: str | None) -> bool:
    """Whether an outcome casts doubt on the payee's account itself: a return, or a refusal AC….

    Or the bank cannot carry its name: it would be frozen into every batch and left out of each.
    """
    if outcome is Outcome.RETURNED or (outcome, reason_code) == (Outcome.CANCELLED, UNFIT):
        return True
    return outcome is Outcome.REJECTED and (reason_code or "").startswith("AC")


def next_inquiry(at: datetime, *, asked: int, spacing_seconds: int) -> datetime:
    """When to ask again after `asked` inquiries: each pause twice the one before, up to a day."""
    pause = timedelta(seconds=spacing_seconds * 2 ** min(asked, 20))
    return at + min(pause, INQUIRY_LIMIT)


# --- what effects mean for the ledger and for claim capacity ---------------------------------


@dataclass(frozen=True, slots=True)
class HospitalMove:
    """What one attempt moves for one hospital now; all in fen.

    `paid`, `returned` are cash and negative where a correction takes them back; the `*_recovery`
    parts are of claim capacity: `released` and `reserved` ones leave what the attempt holds
    reserved, `used` is what it consumes beyond, negative where it gives back.
    """

    attempt_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    scheme: str
    claim_month: str
    paid: int
    returned: int
    released_recovery: int
    reserved_recovery: int
    used_recovery: int


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


def moving_entries(
    moves: Iterable[HospitalMove], *, reserved: frozenset[UUID], on: date
) -> list[EntryDraft]:
    """Trade entries of payments, and both books' entries of returns.

    `reserved` names the attempts whose pending transfers are posted instead of a fund entry. A
    return empties `suspense`, where the statement put the money, against the advance.
    """
    entries = []
    for move in moves:
        owed = AccountKey(AccountKind.OWED, move.hospital_id, move.supplier_id)
        mandate = AccountKey(AccountKind.PAID_ON_MANDATE, move.hospital_id)
        advance, suspense = _advance(move.hospital_id), AccountKey(AccountKind.SUSPENSE)
        legs = [
            (Book.TRADE, NO_SCHEME, owed, mandate, move.paid),
            (Book.TRADE, NO_SCHEME, mandate, owed, move.returned),
            (Book.FUND, move.scheme, suspense, advance, move.returned),
        ]
        if move.attempt_id not in reserved:
            legs.append((Book.FUND, move.scheme, advance, _TRANSIT, move.paid))
        entries += [
            _entry(book, scheme, move.attempt_id, _leg(debit, credit, amount), on)
            for book, scheme, debit, credit, amount in legs
            if amount
        ]
    return entries


_TRANSIT: Final = AccountKey(AccountKind.IN_TRANSIT)


def disowned_entry(attempt_id: UUID, *, scheme: str, amount_minor: int, on: date) -> EntryDraft:
    """A booked debit that is not this attempt's waits in suspense; negative: it is after all."""
    leg = _leg(AccountKey(AccountKind.SUSPENSE), _TRANSIT, amount_minor)
    return _entry(Book.FUND, scheme, attempt_id, leg, on)


def _leg(debit: AccountKey, credit: AccountKey, amount: int) -> Leg:
    if amount < 0:
        return Leg(credit, debit, Money(-amount))
    return Leg(debit, credit, Money(amount))


def _entry(book: Book, scheme: str, attempt_id: UUID, leg: Leg, on: date) -> EntryDraft:
    return EntryDraft(book, scheme, BASIS_KIND, attempt_id, on, (leg,))


def _advance(hospital_id: UUID) -> AccountKey:
    return AccountKey(AccountKind.ADVANCE, hospital_id)
