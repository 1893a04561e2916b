"""Daily certificates of an agency account, the entries behind them, and both as a workbook."""

import asyncio
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter

from schemas.codes.day_certificates import DayFindingKind, SheetLanguage
from schemas.codes.roles import Role
from schemas.messages.day_certificates import (
    BookSideView,
    CertifiedEntryView,
    DayCertificatesView,
    DayCertificateView,
    DayFindingView,
    WaitingView,
)
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.money import format_yuan
from schemas.problems import Fault
from settlement_api.access import Principal, require_rows
from settlement_api.day_certificates import service
from settlement_api.day_certificates.errors import DaysUnfit
from settlement_api.day_certificates.export import MAX_SHEET_ENTRIES, write_workbook
from settlement_api.day_certificates.policy import DayCertificate, Finding, Side, Waiting
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
READERS: Final = (
    Role.FINANCE,
    Role.AGENCY_MAKER,
    Role.AGENCY_CHECKER,
    Role.AGENCY_RELEASER,
    Role.BUREAU_VIEWER,
    Role.ADMINISTRATOR,
)


@get("/{agency_account_id:uuid}")
async def list_certificates(
    agency_account_id: FromPath[UUID],
    from_date: FromQuery[date],
    to_date: FromQuery[date],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> DayCertificatesView:
    """What the bank and the ledger say of an account, day by day: opening, in, out, closing, and
    every fen between them. Days that are over, at most 62."""
    _require_reader(principal, uow)
    found = await service.draw_up(
        uow, agency_account_id=agency_account_id, first=from_date, last=to_date
    )
    return DayCertificatesView(
        agency_account_id=agency_account_id,
        drawn_up_at=uow.at,
        certificates=[_view(one) for one in found],
    )


@get("/{agency_account_id:uuid}/entries")
async def list_entries(
    *,
    agency_account_id: FromPath[UUID],
    day: FromQuery[date],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    unexplained: FromQuery[bool] = False,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[CertifiedEntryView]:
    """The entries that a day's figures are made of, each with its posting and what explains it."""
    _require_reader(principal, uow)
    rows = await service.entries_behind(
        uow,
        agency_account_id=agency_account_id,
        first=day,
        last=day,
        unexplained=unexplained,
        after=decode_id(after),
        limit=limit + 1,
    )
    return page_by_id(rows, limit=limit)


@get("/{agency_account_id:uuid}/workbook.xlsx", media_type=WORKBOOK)
async def export_workbook(
    *,
    agency_account_id: FromPath[UUID],
    from_date: FromQuery[date],
    to_date: FromQuery[date],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    language: FromQuery[SheetLanguage] = SheetLanguage.ZH,
) -> Response[bytes]:
    """The same days and all their entries as a workbook, in Chinese or English."""
    _require_reader(principal, uow)
    found = await service.draw_up(
        uow, agency_account_id=agency_account_id, first=from_date, last=to_date
    )
    entries = await service.entries_behind(
        uow,
        agency_account_id=agency_account_id,
        first=from_date,
        last=to_date,
        after=None,
        limit=MAX_SHEET_ENTRIES + 1,
    )
    if len(entries) > MAX_SHEET_ENTRIES:
        message = f"these days have more than {MAX_SHEET_ENTRIES} entries: ask for fewer days"
        raise DaysUnfit(message, faults=[Fault("to_date", "too_many_entries", message)])
    body = await asyncio.to_thread(write_workbook, found, entries, language=language, at=uow.at)
    name = f"certificate-{from_date.isoformat()}-{to_date.isoformat()}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=WORKBOOK, headers=headers)


def _require_reader(principal: Principal, uow: UnitOfWork) -> None:
    principal.require(*READERS)
    require_rows(uow)


def _view(one: DayCertificate) -> DayCertificateView:
    return DayCertificateView(
        day=one.day,
        verdict=one.verdict,
        book=one.book,
        bank=None if one.bank is None else _side(one.bank),
        ledger=_side(one.ledger),
        difference=None if one.difference is None else format_yuan(one.difference),
        entry_count=one.entry_count,
        unexplained=_waiting(one.unexplained),
        waiting_before=_waiting(one.waiting_before),
        statement_ids=list(one.statement_ids),
        findings=[_finding(finding) for finding in one.findings],
    )


def _side(side: Side) -> BookSideView:
    return BookSideView(
        opening=format_yuan(side.opening),
        money_in=format_yuan(side.money_in),
        money_out=format_yuan(side.money_out),
        closing=format_yuan(side.closing),
    )


def _waiting(waiting: Waiting) -> WaitingView:
    return WaitingView(
        entry_count=waiting.count,
        money_in=format_yuan(waiting.credits),
        money_out=format_yuan(waiting.debits),
    )


def _finding(finding: Finding) -> DayFindingView:
    is_file = finding.kind is DayFindingKind.FILE_UNREAD
    return DayFindingView(
        kind=finding.kind,
        amount=format_yuan(finding.amount),
        since=finding.since,
        statement_id=None if is_file else finding.about,
        file_id=finding.about if is_file else None,
    )


router = Router(
    "/day-certificates",
    route_handlers=[list_certificates, list_entries, export_workbook],
    tags=["day certificates"],
)
