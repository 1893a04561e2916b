"""The ledger on the wire: balances as of an instant, transfers of an account, periods."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from schemas.codes.ledger import AccountKind, Book, TransferState
from schemas.messages.base import Message, YuanText

PeriodText = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
"""An accounting period 'YYYY-MM'."""


class BalanceView(Message):
    """An account after its last posting not later than asked; `net` is debits less credits."""

    account_id: UUID
    book: Book
    scheme: str
    kind: AccountKind
    party_id: UUID | None
    counterparty_id: UUID | None
    posting_number: int
    posted_at: datetime
    posted_debit: YuanText
    posted_credit: YuanText
    pending_debit: YuanText
    pending_credit: YuanText
    net: YuanText


class TransferView(Message):
    """One transfer as booked; `is_debit` seen from the account asked for."""

    id: UUID
    entry_id: UUID
    posting_number: int
    is_debit: bool
    other_account_id: UUID
    amount: YuanText
    state: TransferState
    booking_date: date
    value_date: date
    basis_kind: str
    basis_id: UUID
    resolves_transfer_id: UUID | None


class DayBalance(Message):
    """An account at the end of a day, debits less credits: by days of booking, and by the days from
    which the money counts. Later postings of either day are in it."""

    account_id: UUID
    on: date
    booked: YuanText
    valued: YuanText


class PeriodClosed(Message):
    """A period that takes no more postings."""

    period: PeriodText
    movements: list["PeriodMovement"]


class PeriodMovement(Message):
    """What moved on one kind of account in the period, by booking date."""

    book: Book
    scheme: str
    kind: AccountKind
    debit: YuanText
    credit: YuanText


PeriodClosed.model_rebuild()
