"""What waits in suspense, and from where an agency account is funded."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from schemas.codes.bank_statements import SuspenseStatus
from schemas.tables.bank_statements import FundingSource, SuspenseCase
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def list_cases(
    uow: UnitOfWork, *, status: SuspenseStatus | None, after: UUID | None, limit: int
) -> Sequence[SuspenseCase]:
    """Suspense cases, newest first, at most `limit`."""
    query = select(SuspenseCase).where(col(SuspenseCase.area_code) == uow.area_code)
    if status is not None:
        query = query.where(col(SuspenseCase.status) == status.value)
    if after is not None:
        query = query.where(col(SuspenseCase.id) < after)
    found = await uow.session.exec(query.order_by(col(SuspenseCase.id).desc()).limit(limit))
    return found.all()


async def find_case(uow: UnitOfWork, *, case_id: UUID) -> SuspenseCase | None:
    """One suspense case of the area, locked before the payments that a step of it speaks of."""
    return await uow.session.get(
        SuspenseCase, (uow.area_code, case_id), with_for_update={"key_share": True}
    )


async def waiting_of_debits(uow: UnitOfWork, *, entry_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Fen of each debit, less what two people booked as payments and is still believed."""
    rows = await uow.fetch_all(
        load_sql(__file__, "waiting_of_debits"),
        area_code=uow.area_code,
        statement_entry_ids=entry_ids,
    )
    return {row.id: row.amount_minor for row in rows}


async def named_payment(uow: UnitOfWork, *, case_id: UUID) -> Row[Any] | None:
    """Whether the payment that a case's entry names is `returned`, or its return `dismissed`.

    Locks the payment's attempt first, so that what others committed while this waited is seen.
    """
    await uow.fetch_one(
        load_sql(__file__, "lock_named_payment"), area_code=uow.area_code, case_id=case_id
    )
    return await uow.fetch_one(
        load_sql(__file__, "named_payment"), area_code=uow.area_code, case_id=case_id
    )


async def disbelieved_entries(
    uow: UnitOfWork, *, attempt_id: UUID, evidence_ids: Sequence[UUID]
) -> list[UUID]:
    """The statement entries among this evidence of an attempt."""
    rows = await uow.fetch_all(
        load_sql(__file__, "disbelieved_entries"),
        area_code=uow.area_code,
        attempt_id=attempt_id,
        evidence_ids=list(evidence_ids),
    )
    return [UUID(int=row.statement_entry_id.int) for row in rows]


async def funding_indexes(uow: UnitOfWork, *, agency_account_id: UUID) -> frozenset[bytes]:
    """Blind indexes of the approved funding sources of an account."""
    query = select(FundingSource.account_blind_index).where(
        col(FundingSource.area_code) == uow.area_code,
        col(FundingSource.agency_account_id) == agency_account_id,
        col(FundingSource.approved_by).is_not(None),
    )
    return frozenset(bytes(index) for index in (await uow.session.exec(query)).all())
