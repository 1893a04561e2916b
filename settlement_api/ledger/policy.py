"""What a ledger entry is, and what makes one well formed. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from schemas.codes.ledger import (
    COUNTERPARTY_KINDS,
    KINDS_OF_BOOK,
    NO_SCHEME,
    PARTY_KINDS,
    AccountKind,
    Book,
    FundScheme,
    TransferState,
)
from schemas.money import Money
from schemas.problems import Fault

PERIOD: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
NIL: Final = UUID(int=0)
SCHEMES_OF_BOOK: Final = {
    Book.TRADE: frozenset({NO_SCHEME}),
    Book.FUND: frozenset(str(scheme) for scheme in FundScheme),
}
STATEMENT_ENTRY: Final = "bank_statement_entry"
STATEMENT: Final = "bank_statement"
BANK_BASES: Final = frozenset({STATEMENT_ENTRY, STATEMENT})
"""What alone moves a bank account: a statement's entry, or the opening that a statement states
(domain.md section 8)."""
MAX_TRANSFER: Final = 10**15
"""Largest single transfer, ten trillion yuan: running totals stay within 64 bits."""


@dataclass(frozen=True, slots=True)
class AccountKey:
    """Which account: its kind and the parties it is kept for (see `AccountKind`)."""

    kind: AccountKind
    party_id: UUID | None = None
    counterparty_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One transfer: `amount` fen from `credit` to `debit`.

    With `resolves`, posts that much of the pending transfer and releases the rest; an amount of
    0 voids it whole.
    """

    debit: AccountKey
    credit: AccountKey
    amount: Money
    pending: bool = False
    resolves: UUID | None = None

    @property
    def state(self) -> TransferState:
        """The state in which the transfer is stored."""
        if self.resolves is not None and self.amount == 0:
            return TransferState.VOID
        return TransferState.PENDING if self.pending else TransferState.POSTED


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """One entry of one ledger. A non-empty `purpose` makes (basis, purpose) post only once.

    The money counts from `value_date` on: the booking date unless somebody else said which.
    """

    book: Book
    scheme: str
    basis_kind: str
    basis_id: UUID
    booking_date: date
    legs: Sequence[Leg]
    purpose: str = ""
    value_date: date | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What should stand posted in all for one basis between two accounts; may be negative.

    Posting an effect posts the difference to what already stands (architecture.md section 2).
    """

    book: Book
    scheme: str
    basis_kind: str
    basis_id: UUID
    booking_date: date
    debit: AccountKey
    credit: AccountKey
    amount: Money

    @property
    def pair(self) -> "EffectKey":
        """What already-posted amounts are summed by."""
        return EffectKey(
            self.book, self.scheme, self.basis_kind, self.basis_id, self.debit, self.credit
        )


@dataclass(frozen=True, slots=True)
class EffectKey:
    """One basis and one pair of accounts of one ledger."""

    book: Book
    scheme: str
    basis_kind: str
    basis_id: UUID
    debit: AccountKey
    credit: AccountKey

    def reversed(self) -> "EffectKey":
        """The same with debit and credit exchanged."""
        return EffectKey(
            self.book, self.scheme, self.basis_kind, self.basis_id, self.credit, self.debit
        )


@dataclass(frozen=True, slots=True)
class PendingTransfer:
    """One unresolved reservation of `amount` fen."""

    id: UUID
    key: EffectKey
    amount: Money


def differences(effects: Iterable[Effect], posted: Mapping[EffectKey, int]) -> list[EntryDraft]:
    """Entries that bring what is posted to what the effects say; none where nothing differs.

    `posted` holds net amounts by key, either way round. Effects of one basis and pair add up,
    so any number of them may be given in any order.
    """
    targets: dict[EffectKey, int] = {}
    dates: dict[EffectKey, date] = {}
    for effect in effects:
        key = effect.pair
        targets[key] = targets.get(key, 0) + effect.amount
        dates[key] = max(effect.booking_date, dates.get(key, effect.booking_date))
    entries = []
    for key, target in targets.items():
        missing = target - posted.get(key, 0) + posted.get(key.reversed(), 0)
        if missing:
            entries.append(_entry(key, missing, dates[key]))
    return entries


def _entry(key: EffectKey, amount: int, booking_date: date) -> EntryDraft:
    debit, credit = (key.debit, key.credit) if amount > 0 else (key.credit, key.debit)
    leg = Leg(debit, credit, Money(abs(amount)))
    return EntryDraft(key.book, key.scheme, key.basis_kind, key.basis_id, booking_date, (leg,))


def period_of(day: date) -> str:
    """The accounting period a booking date falls in: 'YYYY-MM'."""
    return f"{day.year:04d}-{day.month:02d}"


def is_period(text: str) -> bool:
    """Whether a text names an accounting period."""
    return PERIOD.fullmatch(text) is not None


def faults_of(entries: Sequence[EntryDraft]) -> list[Fault]:
    """Every fault of every entry, each with a JSON pointer to its place."""
    purposes = Counter(
        (entry.book, entry.scheme, entry.basis_kind, entry.basis_id, entry.purpose)
        for entry in entries
        if entry.purpose
    )
    twice = {key for key, times in purposes.items() if times > 1}
    faults: list[Fault] = []
    for at, entry in enumerate(entries):
        for place, code, message in _entry_faults(entry):
            faults.append(Fault(f"/entries/{at}{place}", code, message))
        key = (entry.book, entry.scheme, entry.basis_kind, entry.basis_id, entry.purpose)
        if twice and key in twice:
            faults.append(Fault(f"/entries/{at}", "purpose_twice", "the same purpose twice"))
    return faults


_Found = tuple[str, str, str]
"""Place inside the entry, code, sentence."""


def _entry_faults(entry: EntryDraft) -> Iterator[_Found]:
    if entry.scheme not in SCHEMES_OF_BOOK[entry.book]:
        yield "/scheme", "scheme", f"not a scheme of book {entry.book}"
    if not entry.basis_kind:
        yield "/basis_kind", "basis", "an entry names what it is based on"
    if not entry.legs:
        yield "/legs", "legs", "an entry has at least one leg"
    kinds = KINDS_OF_BOOK[entry.book]
    for at, leg in enumerate(entry.legs):
        for place, code, message in _leg_faults(leg, kinds):
            yield f"/legs/{at}{place}", code, message
        if entry.basis_kind not in BANK_BASES and AccountKind.BANK in (
            leg.debit.kind,
            leg.credit.kind,
        ):
            yield f"/legs/{at}", "bank", "only a bank's statement moves a bank account"


def _leg_faults(leg: Leg, kinds: AbstractSet[AccountKind]) -> Iterator[_Found]:
    least = 0 if leg.resolves is not None else 1
    if type(leg.amount) is not int or not least <= leg.amount <= MAX_TRANSFER:
        yield "/amount", "amount", "an amount is a positive number of fen"
    if leg.pending and leg.resolves is not None:
        yield "", "pending", "a pending transfer resolves nothing"
    if leg.debit == leg.credit:
        yield "", "two_accounts", "debit and credit are the same account"
    for side, key in (("/debit", leg.debit), ("/credit", leg.credit)):
        if key.kind not in kinds:
            yield side, "kind", "no account of this book"
        if (key.party_id is not None) != (key.kind in PARTY_KINDS):
            yield side, "party", f"wrong party for {key.kind}"
        if (key.counterparty_id is not None) != (key.kind in COUNTERPARTY_KINDS):
            yield side, "counterparty", f"wrong counterparty for {key.kind}"
