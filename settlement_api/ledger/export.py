"""Writes an area's books as plain text, from one snapshot and in flat memory."""

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.codes.ledger import AccountKind, Book
from schemas.problems import NotFound
from schemas.times import SHANGHAI
from settlement_api.ledger.plain_text import (
    OPENED,
    Party,
    PlainAccount,
    PlainTransfer,
    Totals,
    preamble,
    standing,
    transaction,
)
from settlement_api.ledger.policy import NIL
from settlement_api.persistence import Database, load_sql

DAY: Final = timedelta(days=1)


async def write_plain_text(
    database: Database, *, area_code: str, until: date | None, write: Callable[[str], object]
) -> int:
    """Writes the books of an area as they stood at the end of a day (Shanghai), or now; says how
    many transfers it wrote.

    Rows come through a cursor of the server: memory grows with the accounts of the area, never
    with its transfers. Raises NotFound when the area has no books.
    """
    before = None if until is None else datetime.combine(until + DAY, time(), SHANGHAI)
    async with database.system() as look:
        asked = {"area_code": area_code, "before": before}
        ledgers = [row async for row in _rows(look, "plain_text_ledgers", asked)]
        if not ledgers:
            raise NotFound(area_code=area_code)
        days = [until or OPENED, *(row.last_day for row in ledgers if row.last_day)]
        write(preamble(area_code, until))
        names: dict[UUID, str] = {}
        async for row in _rows(look, "plain_text_accounts", asked):
            account = _account(row)
            names[account.id] = account.name
            write(standing(account, max(days) + DAY))
        written = 0
        for ledger in ledgers:
            cut = {"ledger_id": ledger.id, "posting_number": ledger.posting_number}
            async for row in _rows(look, "plain_text_transfers", {"area_code": area_code, **cut}):
                write(transaction(_transfer(row), names))
                written += 1
    return written


async def _rows(
    look: AsyncConnection, question: str, binds: dict[str, Any]
) -> AsyncIterator[Row[Any]]:
    async with look.stream(text(load_sql(__file__, question)), binds) as found:
        async for row in found:
            yield row


def _account(row: Row[Any]) -> PlainAccount:
    totals = None
    if row.posting_number is not None:
        totals = Totals(
            row.posting_number,
            row.posted_debit_minor,
            row.posted_credit_minor,
            row.pending_debit_minor,
            row.pending_credit_minor,
        )
    parties = (
        Party(row.party_id, row.party_code, row.party_name),
        Party(row.counterparty_id, row.counterparty_code, row.counterparty_name),
    )
    return PlainAccount(
        row.id,
        Book(row.book),
        row.scheme,
        AccountKind(row.account_kind),
        tuple(one for one in parties if one.id != NIL),
        totals,
    )


def _transfer(row: Row[Any]) -> PlainTransfer:
    return PlainTransfer(
        row.id,
        row.entry_id,
        row.leg_number,
        row.posting_number,
        row.debit_account_id,
        row.credit_account_id,
        row.amount_minor,
        row.booking_date,
        row.value_date,
        row.basis_kind,
        row.basis_id,
        row.purpose,
        row.resolves_transfer_id,
    )
