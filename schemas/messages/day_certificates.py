"""Daily reconciliation certificates of agency accounts on the wire."""

from datetime import date, datetime
from uuid import UUID

from schemas.codes.bank_statements import (
    EntryClass,
    SuspenseReason,
    SuspenseResolution,
)
from schemas.codes.day_certificates import BankBook, DayFindingKind, DayVerdict, ExplainedBy
from schemas.messages.base import Message, YuanText


class BookSideView(Message):
    """One book's day: `opening` + `money_in` − `money_out` = `closing`."""

    opening: YuanText
    money_in: YuanText
    money_out: YuanText
    closing: YuanText


class DayFindingView(Message):
    """One reason why a day is not agreed.

    `amount`: what of the difference (bank less ledger) it makes; of `statement_missing` what is
    known to have moved while statements are missing, of `unexplained` the net that waits.
    `since`: the day it comes from. `statement_id` or `file_id`: what it is about.
    """

    kind: DayFindingKind
    amount: YuanText
    since: date | None
    statement_id: UUID | None
    file_id: UUID | None


class WaitingView(Message):
    """Entries in suspense: how many, and what came in and went out by them."""

    entry_count: int
    money_in: YuanText
    money_out: YuanText


class DayCertificateView(Message):
    """A day of an account: the bank's book (none where no statement says), ours, and all between.

    `difference` is the bank's closing less the ledger's; the findings' amounts make it.
    `unexplained` are entries of this day, `waiting_before` those of earlier days, as people had
    resolved them at `drawn_up_at` of the answer.
    """

    day: date
    verdict: DayVerdict
    book: BankBook
    bank: BookSideView | None
    ledger: BookSideView
    difference: YuanText | None
    entry_count: int
    unexplained: WaitingView
    waiting_before: WaitingView
    statement_ids: list[UUID]
    findings: list[DayFindingView]


class DayCertificatesView(Message):
    """The certificates of an account, one a day, as known at one instant."""

    agency_account_id: UUID
    drawn_up_at: datetime
    certificates: list[DayCertificateView]


class CertifiedEntryView(Message):
    """One entry of a day, where the ledger booked it, and what explains it.

    `end_to_end_ids` are our payments that it is of. `age_days` counts since the entry went into
    suspense, while it waits there; `overdue`: its `due_date` is over.
    """

    id: UUID
    statement_id: UUID
    line_number: int
    detail_number: int
    amount: YuanText
    is_credit: bool
    booking_date: date
    value_date: date | None
    bank_reference: str | None
    counterparty_name: str | None
    counterparty_last4: str | None
    remittance: str | None
    entry_class: EntryClass
    explained_by: ExplainedBy
    end_to_end_ids: list[str]
    transfer_id: UUID | None
    posting_number: int | None
    posted_date: date | None
    suspense_case_id: UUID | None
    suspense_reason: SuspenseReason | None
    resolution: SuspenseResolution | None
    owner_role: str | None
    due_date: date | None
    age_days: int | None
    overdue: bool
