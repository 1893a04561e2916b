"""Draws up certificates, and tells what explains each entry behind them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.bank_statements import (
    EntryClass,
    SuspenseReason,
    SuspenseResolution,
    SuspenseStatus,
)
from schemas.codes.day_certificates import ExplainedBy
from schemas.messages.day_certificates import CertifiedEntryView
from schemas.money import format_yuan
from schemas.times import business_date
from settlement_api.day_certificates.errors import DaysUnfit
from settlement_api.day_certificates.policy import DayCertificate, certify, faults_of_days
from settlement_api.day_certificates.queries import account_of, entries_of_days
from settlement_api.unit_of_work import UnitOfWork


async def draw_up(
    uow: UnitOfWork, *, agency_account_id: UUID, first: date, last: date
) -> list[DayCertificate]:
    """One certificate for each of these days, which must be over.

    Computed from what is stored, of one moment; nothing is written. Raises DaysUnfit,
    AccountUnknown.
    """
    faults = faults_of_days(first, last, today=uow.on)
    if faults:
        raise DaysUnfit(faults=faults)
    account = await account_of(uow, agency_account_id=agency_account_id)
    return certify(account, first, last)


async def entries_behind(
    uow: UnitOfWork,
    *,
    agency_account_id: UUID,
    first: date,
    last: date,
    unexplained: bool = False,
    after: UUID | None,
    limit: int,
) -> list[CertifiedEntryView]:
    """The entries that the figures of these days are made of, each with its explanation."""
    rows = await entries_of_days(
        uow,
        agency_account_id=agency_account_id,
        first=first,
        last=last,
        unexplained=unexplained,
        after=after,
        limit=limit,
    )
    return [_entry(row, today=uow.on) for row in rows]


def _entry(row: Row[Any], *, today: date) -> CertifiedEntryView:
    waits = row.status is not None and row.status != SuspenseStatus.RESOLVED
    return CertifiedEntryView(
        id=row.id,
        statement_id=row.bank_statement_id,
        line_number=row.line_number,
        detail_number=row.detail_number,
        amount=format_yuan(row.amount_minor),
        is_credit=row.is_credit,
        booking_date=row.booking_date,
        value_date=row.value_date,
        bank_reference=row.bank_reference,
        counterparty_name=row.counterparty_name,
        counterparty_last4=row.counterparty_last4,
        remittance=row.remittance,
        entry_class=EntryClass(row.entry_class),
        explained_by=_explained_by(EntryClass(row.entry_class), row.status),
        end_to_end_ids=_payments(row),
        transfer_id=row.transfer_id,
        posting_number=row.posting_number,
        posted_date=row.posted_date,
        suspense_case_id=row.case_id,
        suspense_reason=SuspenseReason(row.reason) if row.reason else None,
        resolution=SuspenseResolution(row.resolution) if row.resolution else None,
        owner_role=row.owner_role,
        due_date=row.due_date,
        age_days=(today - business_date(row.opened_at)).days if waits else None,
        overdue=waits and row.due_date is not None and row.due_date < today,
    )


def _explained_by(entry_class: EntryClass, status: str | None) -> ExplainedBy:
    """A case speaks before the class that the entry was booked under: people may disbelieve it."""
    if status is not None:
        return ExplainedBy.PEOPLE if status == SuspenseStatus.RESOLVED else ExplainedBy.NOTHING
    return {
        EntryClass.PAYMENT: ExplainedBy.PAYMENT,
        EntryClass.RETURN: ExplainedBy.RETURN,
        EntryClass.FUNDING: ExplainedBy.FUNDING,
    }.get(entry_class, ExplainedBy.NOTHING)


def _payments(row: Row[Any]) -> list[str]:
    """Ours that the entry names, and those that people named for it."""
    said: Sequence[UUID] = [*(row.attempt_ids or ()), *([row.attempt_id] if row.attempt_id else ())]
    named = [row.end_to_end_id] if row.entry_class != EntryClass.SUSPENSE else []
    return [*(one for one in named if one), *(one.hex for one in said)]
