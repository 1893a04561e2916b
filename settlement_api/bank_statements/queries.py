"""What can be asked about statements, their entries and what waits in suspense."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from reconciler.bank_matching import (
    WINDOW_DAYS,
    BookedEntry,
    EntriesMatched,
    SentPayment,
    match_entries,
)
from schemas.codes.bank_statements import FileState
from schemas.problems import Fault
from schemas.tables.bank_statements import (
    BankStatementRow,
    StatementEntryRow,
)
from settlement_api.bank_statements.errors import StatementUnfit
from settlement_api.bank_statements.policy import OUR_ID, Figures, Line, entry_of
from settlement_api.persistence import load_sql
from settlement_api.suspense.queries import waiting_of_debits
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


async def covers_day(uow: UnitOfWork, *, agency_account_id: UUID, day: date) -> bool:
    """Whether a statement of the account was read that covers the day."""
    return bool(
        await uow.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM bank_statement WHERE area_code = :area_code"
            " AND agency_account_id = :account_id AND :day BETWEEN from_date AND to_date)",
            area_code=uow.area_code,
            account_id=agency_account_id,
            day=day,
        )
    )


async def list_files(
    uow: UnitOfWork, *, state: FileState | None, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Statement files without their bytes, newest first, at most `limit`."""
    return await uow.fetch_all(
        load_sql(__file__, "statement_files"),
        area_code=uow.area_code,
        file_id=None,
        state=state,
        after=after,
        limit=limit,
    )


async def find_file(uow: UnitOfWork, file_id: UUID) -> Row[Any] | None:
    """One statement file of the area without its bytes."""
    return await uow.fetch_one(
        load_sql(__file__, "statement_files"),
        area_code=uow.area_code,
        file_id=file_id,
        state=None,
        after=None,
        limit=1,
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


async def require_one_dialect(uow: UnitOfWork, *, file_id: UUID, figures: Figures) -> None:
    """Raises StatementUnfit where days of a statement were taken from a file of another format or
    profile: its words for an entry differ, so the same money would be booked twice.
    """
    other = await uow.fetch_value(
        load_sql(__file__, "stated_otherwise"),
        area_code=uow.area_code,
        file_id=file_id,
        from_date=figures.from_date,
        to_date=figures.to_date,
    )
    if other is not None:
        message = f"these days were taken as {other}: every entry would be booked twice"
        raise StatementUnfit(faults=[Fault("/Stmt", "stated_in_another_format", message)])


async def explained_lines(
    uow: UnitOfWork, *, agency_account_id: UUID, lines: Mapping[str, Line]
) -> dict[str, list[SentPayment]]:
    """Which payments each of the lines (by key) certainly is; the others are not in the answer.

    What waits from earlier statements takes part: it may be what a new line seems to be.
    """
    days = [line.booking_date for line in lines.values()]
    inside = {d.end_to_end_id for line in lines.values() for d in line.inside if d.end_to_end_id}
    named = inside.union(*(line.our_ids for line in lines.values()))
    payments = await _payments_around(uow, agency_account_id, days, named)
    attempts = payments.keys()
    entries = [entry_of(key, line, attempts=attempts) for key, line in lines.items()]
    debits = await _waiting_debits(uow, agency_account_id)
    waiting = [_waiting_entry(row, amount, attempts) for row, amount in debits]
    matched = match_entries([*entries, *waiting], payments.values())
    return {
        one.entry: [payments[key] for key in one.payments]
        for one in matched.explained
        if one.entry in lines
    }


async def match_waiting(uow: UnitOfWork, *, agency_account_id: UUID) -> EntriesMatched:
    """What the waiting debits of an account may be, as far as is known now; it books nothing."""
    debits = await _waiting_debits(uow, agency_account_id)
    if not debits:
        return match_entries([], [])
    named = {one for row, _ in debits for one in _ids_in(row)}
    days = [row.booking_date for row, _ in debits]
    payments = await _payments_around(uow, agency_account_id, days, named)
    entries = [_waiting_entry(row, amount, payments.keys()) for row, amount in debits]
    return match_entries(entries, payments.values())


async def _payments_around(
    uow: UnitOfWork, account_id: UUID, days: Sequence[date], named: Collection[str]
) -> dict[str, SentPayment]:
    """Payments from an account, by end-to-end id: those named, and those of the days around."""
    rows = await uow.fetch_all(
        load_sql(__file__, "payments_around"),
        area_code=uow.area_code,
        agency_account_id=account_id,
        named=sorted(named),
        from_date=min(days) - timedelta(days=WINDOW_DAYS),
        to_date=max(days) + timedelta(days=WINDOW_DAYS),
    )
    return {
        row.end_to_end_id: SentPayment(
            row.end_to_end_id,
            row.amount_minor,
            row.message_id,
            row.execution_date.toordinal(),
            row.is_refused,
            row.is_debited,
        )
        for row in rows
    }


async def _waiting_debits(uow: UnitOfWork, account_id: UUID) -> list[tuple[Row[Any], int]]:
    """Unnamed debits in suspense, each with the fen of it that still wait; some always do."""
    rows = await uow.fetch_all(
        load_sql(__file__, "waiting_debits"),
        area_code=uow.area_code,
        agency_account_id=account_id,
    )
    waiting = await waiting_of_debits(uow, entry_ids=[row.id for row in rows])
    return [(row, waiting[row.id]) for row in rows if waiting[row.id] > 0]


def _ids_in(row: Row[Any]) -> set[str]:
    return set(OUR_ID.findall(f"{row.bank_reference}\n{row.remittance}".lower()))


def _waiting_entry(row: Row[Any], amount: int, attempts: Collection[str]) -> BookedEntry:
    named = tuple(sorted(_ids_in(row).intersection(attempts)))
    references = frozenset(_ids_in(row).difference(attempts))
    day = row.booking_date.toordinal()
    return BookedEntry(str(row.id), amount, False, day, named, references)
