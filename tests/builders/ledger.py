"""Ledger entries with valid defaults."""

from datetime import date
from uuid import UUID

from schemas.codes.ledger import AccountKind, Book
from schemas.money import Money
from settlement_api.ledger.service import AccountKey, EntryDraft, Leg

AREA = "370100"
OTHER_AREA = "370200"
HOSPITAL = UUID("01900000-0000-7000-8000-000000000001")
OTHER_HOSPITAL = UUID("01900000-0000-7000-8000-000000000002")
SUPPLIER = UUID("01900000-0000-7000-8000-0000000000a1")
AGENCY_ACCOUNT = UUID("01900000-0000-7000-8000-0000000000b1")
BASIS = UUID("01900000-0000-7000-8000-0000000000c1")
DAY = date(2026, 3, 5)

PURCHASES = AccountKey(AccountKind.PURCHASES, HOSPITAL)
OWED = AccountKey(AccountKind.OWED, HOSPITAL, SUPPLIER)
ADVANCE = AccountKey(AccountKind.ADVANCE, HOSPITAL)
PAYABLE = AccountKey(AccountKind.PAYABLE, HOSPITAL)
IN_TRANSIT = AccountKey(AccountKind.IN_TRANSIT)
BENEFITS = AccountKey(AccountKind.BENEFITS)
BANK = AccountKey(AccountKind.BANK, AGENCY_ACCOUNT)


def trade_entry(
    amount: int = 10_000,
    *,
    debit: AccountKey = PURCHASES,
    credit: AccountKey = OWED,
    basis_id: UUID = BASIS,
    booking_date: date = DAY,
    purpose: str = "",
) -> EntryDraft:
    """Dr purchases / Cr owed, one leg."""
    leg = Leg(debit, credit, Money(amount))
    return EntryDraft(Book.TRADE, "", "component", basis_id, booking_date, (leg,), purpose)


def fund_entry(
    amount: int = 10_000,
    *,
    scheme: str = "310",
    debit: AccountKey = ADVANCE,
    credit: AccountKey = IN_TRANSIT,
    pending: bool = False,
    resolves: UUID | None = None,
    basis_id: UUID = BASIS,
    booking_date: date = DAY,
    purpose: str = "",
    value_date: date | None = None,
) -> EntryDraft:
    """Dr advance / Cr in transit, one leg."""
    legs = (Leg(debit, credit, Money(amount), pending, resolves),)
    return EntryDraft(
        Book.FUND, scheme, "payment", basis_id, booking_date, legs, purpose, value_date
    )
