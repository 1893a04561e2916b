"""An area's books as plain text that beancount reads and adds up by itself. Pure.

The text says how every account stands, as the running balances have it, before it says a single
transfer: a reader adds the transfers up and compares. As nothing of the one is computed from the
other, a file that reads without an error proves that the balances are the sums of the transfers;
and a file that was cut short, or of which an amount was changed, does not read without one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from schemas.codes.ledger import AccountKind, Book
from schemas.money import format_yuan

CURRENCY: Final = "CNY"
OPENED: Final = date(1900, 1, 1)
"""Accounts are open from before every booking: the ledger keeps no day on which one was opened."""

ROOTS: Final = {
    AccountKind.PURCHASES: "Expenses",
    AccountKind.OWED: "Liabilities",
    # The trade book is a memorandum: what settled a debt is not the hospital's own money there.
    AccountKind.PAID_ON_MANDATE: "Equity",
    AccountKind.SELF_PAID: "Equity",
    AccountKind.BENEFITS: "Expenses",
    AccountKind.PAYABLE: "Liabilities",
    AccountKind.ADVANCE: "Assets",
    AccountKind.IN_TRANSIT: "Liabilities",
    AccountKind.BANK: "Assets",
    AccountKind.FUND_TRANSFERS: "Income",
    AccountKind.SUSPENSE: "Liabilities",
    AccountKind.PREPAYMENT: "Assets",
    AccountKind.RESERVE: "Equity",
    AccountKind.DEPOSIT: "Liabilities",
    AccountKind.BANK_FINANCE: "Liabilities",
    AccountKind.OPENING: "Equity",
}
"""Beancount's five kinds, for its own reports: which sign an account has is not asked by them."""

UNFIT: Final = re.compile(r"[^A-Za-z0-9-]")


@dataclass(frozen=True, slots=True)
class Party:
    """Whom an account is kept for, by its own code; never by the number of a bank account."""

    id: UUID
    code: str | None
    """None when no such party is stored: then the id names it."""
    name: str | None

    @property
    def component(self) -> str:
        """The part of an account's name that stands for this party."""
        return _component(self.code) if self.code else f"Id-{self.id}"


@dataclass(frozen=True, slots=True)
class Totals:
    """An account's running totals as the ledger keeps them, fen."""

    posting_number: int
    posted_debit: int
    posted_credit: int
    pending_debit: int
    pending_credit: int


@dataclass(frozen=True, slots=True)
class PlainAccount:
    """One account; `totals` is None when it was not touched until the day asked for."""

    id: UUID
    book: Book
    scheme: str
    kind: AccountKind
    parties: tuple[Party, ...]
    totals: Totals | None

    @property
    def name(self) -> str:
        """Such as `Assets:Fund-310:Advance:H37010000001`."""
        book = f"{self.book.capitalize()}-{self.scheme}" if self.scheme else self.book.capitalize()
        kind = "".join(word.capitalize() for word in self.kind.split("_"))
        return ":".join((ROOTS[self.kind], book, kind, *(one.component for one in self.parties)))


@dataclass(frozen=True, slots=True)
class PlainTransfer:
    """One posted transfer: `amount` fen from the `credit` account to the `debit` account."""

    id: UUID
    entry_id: UUID
    leg_number: int
    posting_number: int
    debit: UUID
    credit: UUID
    amount: int
    booking_date: date
    value_date: date
    basis_kind: str
    basis_id: UUID
    purpose: str
    resolves: UUID | None


def preamble(area_code: str, until: date | None) -> str:
    """What a reader is told first."""
    upto = f", as posted until the end of {until}" if until else ""
    return (
        f"; The books of area {area_code}{upto}.\n"
        "; Balances are the ledger's own running totals, not sums of the transfers below.\n"
        "; Pending transfers move nothing yet: they are left out, and told beside balances.\n"
        f'option "title" {_quoted(f"Zhijie {area_code}")}\n'
        f'option "operating_currency" "{CURRENCY}"\n'
        f"{OPENED} commodity {CURRENCY}\n"
    )


def standing(account: PlainAccount, day: date) -> str:
    """An account's directives: that it is open, and how it must stand when `day` begins.

    The tolerance is said to be 0, because beancount would let a fen pass otherwise. An account
    that was not touched has none: a transfer on it is an error to the reader.
    """
    totals = account.totals
    if totals is None:
        return ""
    net = format_yuan(totals.posted_debit - totals.posted_credit)
    return "\n".join(
        (
            "",
            f"{OPENED} open {account.name} {CURRENCY}",
            f'  account: "{account.id}"',
            *(f"  party-{at}: {_quoted(one.name)}" for at, one in _named(account)),
            f"{day} balance {account.name}  {net} ~ 0 {CURRENCY}",
            f"  posting: {totals.posting_number}",
            *_pending(totals),
            "",
        )
    )


def _named(account: PlainAccount) -> Iterator[tuple[int, Party]]:
    return ((at, one) for at, one in enumerate(account.parties, start=1) if one.name)


def _pending(totals: Totals) -> Iterator[str]:
    for side, amount in (("debit", totals.pending_debit), ("credit", totals.pending_credit)):
        if amount:
            yield f"  pending-{side}: {format_yuan(amount)} {CURRENCY}"


def transaction(transfer: PlainTransfer, names: Mapping[UUID, str]) -> str:
    """A posted transfer as a transaction of two postings, both amounts written out."""
    amount = format_yuan(transfer.amount)
    told = f"{transfer.basis_kind} {transfer.purpose}".rstrip()
    return "\n".join(
        (
            "",
            f"{transfer.booking_date} * {_quoted(told)}",
            f'  transfer: "{transfer.id}"',
            f'  entry: "{transfer.entry_id}"',
            f"  leg: {transfer.leg_number}",
            f"  posting: {transfer.posting_number}",
            f"  value-date: {transfer.value_date}",
            f"  basis-kind: {_quoted(transfer.basis_kind)}",
            f'  basis: "{transfer.basis_id}"',
            *([f'  resolves: "{transfer.resolves}"'] if transfer.resolves else []),
            f"  {names[transfer.debit]}  {amount} {CURRENCY}",
            f"  {names[transfer.credit]}  -{amount} {CURRENCY}",
            "",
        )
    )


def _component(code: str) -> str:
    """A code as part of an account's name: ASCII letters, digits and dashes, no small one first."""
    fit = UNFIT.sub("-", code)
    return fit if fit[0].isupper() or fit[0].isdigit() else f"C{fit}"


def _quoted(text: str | None) -> str:
    escaped = (text or "").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
