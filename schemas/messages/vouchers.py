"""Vouchers on the wire: what was issued, each voucher, trial balances and account statements."""

from datetime import date, datetime
from uuid import UUID

from schemas.codes.vouchers import BooksOf, EntryClass, PartnerKind
from schemas.messages.base import Message, YuanText
from schemas.messages.ledger import PeriodText


class VouchersIssued(Message):
    """How many vouchers one call issued; 0 where everything posted had its own."""

    vouchers: int
    lines: int


class VoucherView(Message):
    """One voucher without its lines. Its number has no gap within owner, scheme and period."""

    id: UUID
    area_code: str
    side: BooksOf
    hospital_id: UUID | None
    supplier_id: UUID | None
    scheme: str
    period: PeriodText
    voucher_date: date
    number: int
    basis_kind: str
    basis_id: UUID
    posting_number: int
    plan_code: str
    total: YuanText
    total_in_words: str
    """The total in Chinese capital numerals (大写金额)."""
    issued_at: datetime


class VoucherLineView(Message):
    """One account debited or credited, with its names and for whom it is kept."""

    line_number: int
    entry_class: EntryClass
    account_code: str
    account_name: str
    account_name_en: str
    partner_kind: PartnerKind
    partner_id: UUID | None
    debit: YuanText
    credit: YuanText


class VoucherDetail(VoucherView):
    """One voucher with its lines."""

    lines: list[VoucherLineView]


class TrialBalanceRow(Message):
    """An account in a period: opening and closing are debits less credits."""

    entry_class: EntryClass
    account_code: str
    account_name: str
    account_name_en: str
    opening: YuanText
    debit: YuanText
    credit: YuanText
    closing: YuanText


class TrialBalance(Message):
    """Every account of one owner's books in a period; the sums of both sides are equal."""

    side: BooksOf
    period: PeriodText
    rows: list[TrialBalanceRow]
    debit: YuanText
    credit: YuanText


class StatementLine(Message):
    """One line of an account with the balance after it (debits less credits)."""

    voucher_id: UUID
    voucher_date: date
    scheme: str
    number: int
    line_number: int
    partner_kind: PartnerKind
    partner_id: UUID | None
    debit: YuanText
    credit: YuanText
    balance: YuanText


class AccountStatement(Message):
    """What moved on one account of one owner in a period."""

    side: BooksOf
    period: PeriodText
    account_code: str
    account_name: str
    account_name_en: str
    opening: YuanText
    lines: list[StatementLine]
    closing: YuanText
