"""Capacities, documents and offset instructions as looked up and listed."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from schemas.codes.fund_claims import OffsetStatus
from schemas.tables.fund_claims import ClaimCapacity, FundDocument, OffsetInstruction
from schemas.tables.parties import Hospital
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def effective_claims(uow: UnitOfWork, *, months: Sequence[str]) -> Sequence[Row[Any]]:
    """Per hospital, month and scheme: stage, claim_minor, advance_minor, recovery_due_minor."""
    return await uow.fetch_all(
        load_sql(__file__, "effective_claims"), area_code=uow.area_code, months=list(months)
    )


async def list_capacities(
    uow: UnitOfWork, *, after: UUID | None, limit: int, month: str | None = None
) -> Sequence[tuple[ClaimCapacity, str]]:
    """`limit + 1` capacities the scope may see with their hospital codes, in id order."""
    statement = _with_hospital(ClaimCapacity, after, limit)
    if month is not None:
        statement = statement.where(col(ClaimCapacity.month) == month)
    found: Sequence[tuple[ClaimCapacity, str]] = (await uow.session.exec(statement)).all()
    return found


async def list_documents(
    uow: UnitOfWork, *, after: UUID | None, limit: int, month: str | None = None
) -> Sequence[FundDocument]:
    """`limit + 1` stored versions the scope may see, superseded ones too, in id order."""
    statement = select(FundDocument).order_by(col(FundDocument.id)).limit(limit + 1)
    if after is not None:
        statement = statement.where(col(FundDocument.id) > after)
    if month is not None:
        statement = statement.where(col(FundDocument.month) == month)
    return (await uow.session.exec(statement)).all()


async def list_offsets(
    uow: UnitOfWork,
    *,
    after: UUID | None,
    limit: int,
    status: OffsetStatus | None = None,
    overdue_on: date | None = None,
) -> Sequence[tuple[OffsetInstruction, str]]:
    """`limit + 1` instructions the scope may see with their hospital codes, in id order.

    `overdue_on`: those not acknowledged by that day, although they should be: a hospital would
    be paid in full although its supplier was paid too.
    """
    statement = _with_hospital(OffsetInstruction, after, limit)
    if status is not None:
        statement = statement.where(col(OffsetInstruction.status) == status)
    if overdue_on is not None:
        statement = statement.where(col(OffsetInstruction.status) == OffsetStatus.ISSUED)
        statement = statement.where(col(OffsetInstruction.acknowledge_by_date) < overdue_on)
    found: Sequence[tuple[OffsetInstruction, str]] = (await uow.session.exec(statement)).all()
    return found


def _with_hospital(table: Any, after: UUID | None, limit: int) -> Any:
    statement = (
        select(table, Hospital.hospital_code)
        .join(
            Hospital,
            (col(Hospital.area_code) == table.area_code) & (col(Hospital.id) == table.hospital_id),
        )
        .order_by(table.id)
        .limit(limit + 1)
    )
    return statement if after is None else statement.where(table.id > after)
