"""Issuing vouchers, set-wise, for every side at once, each posting once; and putting them together
as the books of a month."""

import json
from asyncio import to_thread
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.ledger import Book
from schemas.codes.vouchers import PaperFormat, PaperLanguage
from schemas.events.vouchers import VouchersIssued
from settlement_api.ledger.policy import NIL
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork
from settlement_api.vouchers.errors import AccountPlanIncomplete, BooksTooLarge, NoVouchers
from settlement_api.vouchers.pages import write_pages
from settlement_api.vouchers.policy import (
    WORDS,
    AccountPlan,
    MonthBooks,
    Paper,
    PaperLine,
    TrialRow,
    Words,
    account_of,
    directed_rules,
    plan_of,
    shipped_plans,
    unmapped,
)
from settlement_api.vouchers.queries import MAX_LINES, BooksAsked, period_lines, trial_balance
from settlement_api.vouchers.workbook import write_workbook

WRITERS: Final[Mapping[PaperFormat, Callable[[MonthBooks, Words], bytes]]] = {
    PaperFormat.XLSX: write_workbook,
    PaperFormat.PDF: write_pages,
}


@dataclass(frozen=True, slots=True)
class Issued:
    """What one call issued."""

    vouchers: int
    lines: int


async def issue_vouchers(uow: UnitOfWork, *, plans: Sequence[AccountPlan] | None = None) -> Issued:
    """Issues the vouchers of everything posted since the last time; again issues nothing.

    Issuing waits for another issuing of the area, never for postings, and posting never waits for
    it. Raises AccountPlanIncomplete, and then issues nothing.
    """
    plans = shipped_plans() if plans is None else plans
    through = await _lock_heads(uow)
    last = await uow.fetch_all(load_sql(__file__, "last_postings"), area_code=uow.area_code)
    if any(row.id not in through for row in last):  # a ledger was made meanwhile
        through = await _lock_heads(uow)
    cut: dict[str, Any] = {
        "area_code": uow.area_code,
        "ledger_ids": [row.id for row in last],
        "upto": [row.posting_number for row in last],
    }
    after = [through[row.id] for row in last]
    await _require_mapped(uow, plans, cut | {"after": after})
    issued = await uow.fetch_one(
        load_sql(__file__, "issue_vouchers"),
        rules=json.dumps(directed_rules(plans)),
        after=after,
        nil=NIL,
        at=uow.at,
        **cut,
    )
    assert issued is not None, "a count has a row"
    await uow.execute(load_sql(__file__, "advance_heads"), at=uow.at, **cut)
    if issued.vouchers:
        await uow.record(
            VouchersIssued(
                area_code=uow.area_code,
                aggregate_id=await uow.fresh_id(),
                voucher_count=issued.vouchers,
            )
        )
    return Issued(issued.vouchers, issued.lines)


async def _lock_heads(uow: UnitOfWork) -> dict[UUID, int]:
    """Ledger to the last posting that has its vouchers, for every ledger of the area."""
    await uow.execute(load_sql(__file__, "open_heads"), area_code=uow.area_code, at=uow.at)
    heads = await uow.fetch_all(load_sql(__file__, "lock_heads"), area_code=uow.area_code)
    return {head.id: head.through_number for head in heads}


async def _require_mapped(
    uow: UnitOfWork, plans: Sequence[AccountPlan], cut: dict[str, Any]
) -> None:
    rows = await uow.fetch_all(load_sql(__file__, "posted_pairs"), **cut)
    pairs: list[tuple[date, Book, str, str]] = [
        (day, Book(row.book), row.debit_kind, row.credit_kind)
        for row in rows
        for day in (row.first_date, row.last_date)
    ]
    missing = unmapped(plans, pairs)
    if missing:
        raise AccountPlanIncomplete(pairs=sorted(missing))


async def month_books(uow: UnitOfWork, *, asked: BooksAsked) -> MonthBooks:
    """Trial balance and vouchers of one side in one period. Raises NoVouchers, BooksTooLarge."""
    plans = shipped_plans()
    standing = await trial_balance(uow, asked=asked)
    if not standing:
        raise NoVouchers
    rows = await period_lines(uow, asked=asked)
    if len(rows) > MAX_LINES:
        raise BooksTooLarge(limit=MAX_LINES)
    trial = tuple(
        TrialRow(
            account_of(plans, row.plan_code, asked.side, row.account_code),
            row.opening_minor,
            row.debit_minor,
            row.credit_minor,
        )
        for row in standing
    )
    papers = tuple(
        _paper(plans, asked, list(lines)) for _, lines in groupby(rows, key=lambda row: row.id)
    )
    plan = plan_of(max(row.plan_code for row in standing), plans)
    return MonthBooks(asked.side, asked.period, asked.area_code, asked.scheme, plan, trial, papers)


async def write_books(
    uow: UnitOfWork, *, asked: BooksAsked, paper_format: PaperFormat, language: PaperLanguage
) -> bytes:
    """The books of a period as a file: the same books are the same bytes. Raises NoVouchers,
    BooksTooLarge."""
    books = await month_books(uow, asked=asked)
    return await to_thread(WRITERS[paper_format], books, WORDS[language])


def _paper(plans: Sequence[AccountPlan], asked: BooksAsked, rows: Sequence[Row[Any]]) -> Paper:
    head = rows[0]
    return Paper(
        head.id,
        head.area_code,
        head.scheme,
        head.voucher_date,
        head.voucher_number,
        head.basis_kind,
        head.basis_id,
        head.posting_number,
        head.total_minor,
        head.owner_name,
        tuple(
            PaperLine(
                row.line_number,
                account_of(plans, row.plan_code, asked.side, row.account_code),
                row.partner_id,
                row.partner_name,
                row.debit_minor,
                row.credit_minor,
            )
            for row in rows
        ),
    )
