"""What can be asked about statements, their entries and what waits in suspense."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from schemas.tables.bank_statements import (
    BankStatementRow,
    StatementEntryRow,
)
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def list_accounts(
    uow: UnitOfWork, *, agency_account_id: UUID | None = None
) -> Sequence[Row[Any]]:
    """Agency accounts with the last day their statements cover (or None)."""
    return await uow.fetch_all(
        load_sql(__file__, "uncovered_days"),
        area_code=uow.area_code,
        agency_account_id=agency_account_id,
    )


async def list_statements(
    uow: UnitOfWork, *, agency_account_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[BankStatementRow]:
    """Statements, newest first, at most `limit`."""
    query = select(BankStatementRow).where(col(BankStatementRow.area_code) == uow.area_code)
    if agency_account_id is not None:
        query = query.where(col(BankStatementRow.agency_account_id) == agency_account_id)
    if after is not None:
        query = query.where(col(BankStatementRow.id) < after)
    found = await uow.session.exec(query.order_by(col(BankStatementRow.id).desc()).limit(limit))
    return found.all()


async def list_entries(
    uow: UnitOfWork, *, statement_id: UUID, after: UUID | None, limit: int
) -> Sequence[StatementEntryRow]:
    """Entries of a statement in its order, at most `limit`."""
    query = select(StatementEntryRow).where(
        col(StatementEntryRow.area_code) == uow.area_code,
        col(StatementEntryRow.bank_statement_id) == statement_id,
    )
    if after is not None:
        query = query.where(col(StatementEntryRow.id) > after)
    found = await uow.session.exec(query.order_by(col(StatementEntryRow.id)).limit(limit))
    return found.all()


async def closing_balances(uow: UnitOfWork, *, on: date | None = None) -> Sequence[Row[Any]]:
    """Per agency account: what its last statement (up to `on`) and the ledger say, fen."""
    return await uow.fetch_all(
        load_sql(__file__, "closing_balances"), area_code=uow.area_code, on_date=on
    )
