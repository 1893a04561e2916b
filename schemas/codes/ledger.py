"""Books, schemes and account kinds of the ledger, and which parties each kind is kept for."""

from enum import StrEnum
from typing import Final


class Book(StrEnum):
    """`trade` is the memorandum of what hospitals owe suppliers; `fund` is the fund's money."""

    TRADE = "trade"
    FUND = "fund"


class FundScheme(StrEnum):
    """The two insurance schemes, whose funds never mix (domain.md section 2)."""

    EMPLOYEE = "310"
    RESIDENT = "390"


NO_SCHEME: Final = ""
"""The scheme of the trade book: the hospital's debt belongs to no fund."""


class AccountKind(StrEnum):
    """What an account is about; `party` is given in brackets."""

    PURCHASES = "purchases"  # (hospital)
    OWED = "owed"  # (hospital, supplier)
    PAID_ON_MANDATE = "paid_on_mandate"  # (hospital)
    SELF_PAID = "self_paid"  # (hospital)
    BENEFITS = "benefits"
    PAYABLE = "payable"  # (hospital)
    ADVANCE = "advance"  # (hospital)
    IN_TRANSIT = "in_transit"
    BANK = "bank"  # (agency account)
    FUND_TRANSFERS = "fund_transfers"
    SUSPENSE = "suspense"
    PREPAYMENT = "prepayment"  # (hospital)
    RESERVE = "reserve"
    DEPOSIT = "deposit"  # (hospital)
    BANK_FINANCE = "bank_finance"
    OPENING = "opening"


TRADE_KINDS: Final = frozenset(
    {AccountKind.PURCHASES, AccountKind.OWED, AccountKind.PAID_ON_MANDATE, AccountKind.SELF_PAID}
)
FUND_KINDS: Final = frozenset(AccountKind) - TRADE_KINDS
KINDS_OF_BOOK: Final = {Book.TRADE: TRADE_KINDS, Book.FUND: FUND_KINDS}

PARTY_KINDS: Final = TRADE_KINDS | {
    AccountKind.PAYABLE,
    AccountKind.ADVANCE,
    AccountKind.PREPAYMENT,
    AccountKind.DEPOSIT,
    AccountKind.BANK,
}
"""Kinds kept per party: a hospital, or the agency's account for `bank`."""
COUNTERPARTY_KINDS: Final = frozenset({AccountKind.OWED})
"""Kinds kept per pair of hospital and supplier."""


class TransferState(StrEnum):
    """`pending` reserves; `posted` moves; `void` releases what a pending transfer reserved."""

    PENDING = "pending"
    POSTED = "posted"
    VOID = "void"
