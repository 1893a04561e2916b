"""What the bank's statements and the ledger hold of an account, and the entries of its days."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.bank_statements import Continuity
from schemas.times import business_date
from settlement_api.day_certificates.policy import (
    Account,
    Entries,
    Posted,
    Stated,
    Unread,
    Waiting,
)
from settlement_api.persistence import load_sql
from settlement_api.statement_files.errors import AccountUnknown
from settlement_api.suspense.queries import waiting_of_debits
from settlement_api.unit_of_work import UnitOfWork


async def account_of(uow: UnitOfWork, *, agency_account_id: UUID) -> Account:
    """Everything a certificate of the account stands on, summed by day in the database.

    Raises AccountUnknown.
    """
    known = await uow.fetch_value(
        "SELECT 1 FROM agency_account WHERE area_code = :area_code AND id = :account_id",
        area_code=uow.area_code,
        account_id=agency_account_id,
    )
    if known is None:
        raise AccountUnknown

    async def rows(question: str) -> Sequence[Row[Any]]:
        return await uow.fetch_all(
            load_sql(__file__, question),
            area_code=uow.area_code,
            agency_account_id=agency_account_id,
        )

    return Account(
        statements=[_stated(row) for row in await rows("statements")],
        entries=[
            Entries(
                UUID(int=row.bank_statement_id.int),
                row.bank_day,
                row.posted_day,
                row.entry_count,
                row.credit_minor,
                row.debit_minor,
            )
            for row in await rows("entry_sums")
        ],
        posted=[
            Posted(row.day, row.debit_minor, row.credit_minor, row.opening_minor)
            for row in await rows("posted_sums")
        ],
        waiting=await _waiting(uow, await rows("waiting_entries")),
        unread=[
            Unread(UUID(int=row.id.int), row.statement_date, business_date(row.received_at))
            for row in await rows("unread_files")
        ],
    )


def _stated(row: Row[Any]) -> Stated:
    return Stated(
        UUID(int=row.id.int),
        row.sequence_number,
        row.from_date,
        row.to_date,
        row.opening_minor,
        row.closing_minor,
        repeats=row.continuity == Continuity.OVERLAP,
        jumps=row.continuity == Continuity.GAP,
    )


async def _waiting(uow: UnitOfWork, rows: Sequence[Row[Any]]) -> list[Waiting]:
    """Of a debit only what two people did not book as payments waits."""
    debits = [row.id for row in rows if not row.is_credit]
    left = await waiting_of_debits(uow, entry_ids=debits) if debits else {}
    return [
        Waiting(row.bank_day, 1, row.amount_minor, 0)
        if row.is_credit
        else Waiting(row.bank_day, 1, 0, left[row.id])
        for row in rows
    ]


async def entries_of_days(
    uow: UnitOfWork,
    *,
    agency_account_id: UUID,
    first: date,
    last: date,
    unexplained: bool,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Entries of some days at the bank in the order in which they came, at most `limit`."""
    return await uow.fetch_all(
        load_sql(__file__, "entries_of_day"),
        area_code=uow.area_code,
        agency_account_id=agency_account_id,
        first_day=first,
        last_day=last,
        unexplained=unexplained,
        after=after,
        row_limit=limit,
    )
