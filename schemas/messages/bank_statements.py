"""Statements, their entries, suspense cases and funding sources on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.codes.bank_statements import (
    Continuity,
    EntryClass,
    FileFormat,
    FileSource,
    FileState,
    ProposalReason,
    SuspenseReason,
    SuspenseResolution,
    SuspenseStatus,
)
from schemas.messages.base import Message, Plain, YuanText

EndToEndId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""Our end-to-end id of one payment that was sent."""


class StatementFileTaken(Message):
    """The bytes are kept; they are read in the background."""

    file_id: UUID


class StatementFileView(Message):
    """One file that came, and what became of it.

    `fault`: why nothing of it was booked, with the place in the file; only of an unreadable one.
    `profile`: the declared profile by which a table was read, CODE:VERSION.
    `received_by`: the person who sent it, or the job that fetched it.
    """

    id: UUID
    agency_account_id: UUID
    source: FileSource
    format: FileFormat
    statement_date: date | None
    state: FileState
    fault: str | None
    xsd_valid: bool | None
    profile: str | None
    received_at: datetime
    received_by: str | None


class StatementView(Message):
    """One statement and how it joins the one before."""

    id: UUID
    agency_account_id: UUID
    scheme: str
    statement_identification: str
    from_date: date
    to_date: date
    opening: YuanText
    closing: YuanText
    credits: YuanText
    debits: YuanText
    entry_count: int
    known_before_count: int
    not_booked_count: int
    balanced: bool
    continuity: Continuity
    chain_difference: YuanText
    opening_confirmed: bool


class StatementEntryView(Message):
    """One booked line; account numbers by their last four digits only."""

    id: UUID
    line_number: int
    entry_class: EntryClass
    amount: YuanText
    is_credit: bool
    booking_date: date
    end_to_end_id: str | None
    return_reason: str | None
    counterparty_name: str | None
    counterparty_last4: str | None
    remittance: str | None


class EntryProposalView(Message):
    """Debits waiting in suspense, and the payments that they may be; nothing was booked on them.

    `difference` is the debits' sum less the payments'. `tied`: another proposal shares a debit or
    a payment with this one and fits as well, so nothing but people's knowledge decides.
    """

    statement_entry_ids: list[UUID]
    end_to_end_ids: list[str]
    reason: ProposalReason
    difference: YuanText
    tied: bool


class EntryProposalsView(Message):
    """Every proposal for the waiting debits of one account; `unexplained` debits have none.

    `amount` of the waiting debits = `proposed` + `waiting`.
    """

    amount: YuanText
    proposed: YuanText
    waiting: YuanText
    unexplained: list[UUID]
    proposals: list[EntryProposalView]


class AccountBalanceView(Message):
    """What the last statement and the ledger say is on an account."""

    agency_account_id: UUID
    scheme: str
    to_date: date
    statement_closing: YuanText
    ledger_balance: YuanText


class AccountBalancesView(Message):
    """Every agency account of the area that has a statement."""

    accounts: list[AccountBalanceView]


class SuspenseCaseView(Message):
    """Money that nothing explains yet, with who must act, by when, and for how long it has waited.

    `age_days` counts since it was opened, until it was resolved; `overdue`: it waits, and its
    deadline is over. No deadline while the calendar of that year is not loaded.
    """

    id: UUID
    statement_entry_id: UUID
    agency_account_id: UUID
    scheme: str
    amount: YuanText
    is_credit: bool
    reason: SuspenseReason
    owner_role: str
    due_date: date | None
    status: SuspenseStatus
    resolution: SuspenseResolution | None
    attempt_id: UUID | None
    end_to_end_ids: list[str]
    opened_at: datetime
    resolved_at: datetime | None
    age_days: int
    overdue: bool


class ResolutionProposal(Message):
    """What the first person says the money is.

    `attempt_id` names the payment that came back, where the entry itself names none.
    `end_to_end_ids` are the payments that a debit is (`payments`): each whole, none refused or
    debited before, and together what waits of the debit.
    """

    resolution: SuspenseResolution
    attempt_id: UUID | None = None
    end_to_end_ids: list[EndToEndId] = Field(default=[], max_length=10_000)
    note: Annotated[str, Plain(500)]


class FundingSourceProposal(Message):
    """An account from which an agency account is funded."""

    agency_account_id: UUID
    account_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,32}$")]
    account_name: Annotated[str, Plain(60)]


class FundingSourceTaken(Message):
    """The source waits for a second person."""

    id: UUID


class Moved(Message):
    """The thing that moved."""

    id: UUID
