"""Issuing vouchers, and the books of each side: vouchers, trial balance, statement, papers."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, Parameter
from sqlalchemy import Row

from schemas.codes.roles import PartyKind, Role
from schemas.codes.vouchers import BooksOf, EntryClass, PaperFormat, PaperLanguage, PartnerKind
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.messages.vouchers import (
    AccountStatement,
    StatementLine,
    TrialBalance,
    TrialBalanceRow,
    VoucherDetail,
    VoucherLineView,
    VouchersIssued,
    VoucherView,
)
from schemas.money import format_yuan, yuan_in_words
from schemas.problems import NotFound
from settlement_api.access import Principal, require_area, require_rows
from settlement_api.ledger.policy import is_period
from settlement_api.unit_of_work import AreaScope, UnitOfWork
from settlement_api.vouchers import queries, service
from settlement_api.vouchers.policy import (
    MonthBooks,
    Paper,
    PaperLine,
    account_of,
    shipped_plans,
)
from settlement_api.vouchers.queries import BooksAsked

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
READERS: Final = (
    Role.FINANCE,
    Role.AGENCY_MAKER,
    Role.AGENCY_CHECKER,
    Role.AGENCY_RELEASER,
    Role.BUREAU_VIEWER,
    Role.ADMINISTRATOR,
)
OWN_BOOKS: Final = {PartyKind.HOSPITAL: BooksOf.HOSPITAL, PartyKind.SUPPLIER: BooksOf.SUPPLIER}
MEDIA_TYPES: Final = {
    PaperFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    PaperFormat.PDF: "application/pdf",
}


def _require_reader(principal: Principal, uow: UnitOfWork) -> None:
    if principal.party_kind not in OWN_BOOKS:
        principal.require(*READERS)
    require_rows(uow)


async def asked_of(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    period: FromQuery[str],
    side: FromQuery[BooksOf | None] = None,
    scheme: FromQuery[str | None] = None,
    hospital_id: FromQuery[UUID | None] = None,
    supplier_id: FromQuery[UUID | None] = None,
) -> BooksAsked:
    """Which books are asked for: parties ask for their own, people of an area for the fund's
    unless they name another side."""
    _require_reader(principal, uow)
    if not is_period(period):
        raise NotFound
    own = OWN_BOOKS.get(principal.party_kind)
    if own is not None and side not in (None, own):
        raise NotFound
    area_code = uow.area_code if isinstance(uow.scope, AreaScope) else None
    return BooksAsked(
        own or side or BooksOf.FUND, period, area_code, scheme, hospital_id, supplier_id
    )


@post("/issue", status_code=200)
async def issue(
    principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> VouchersIssued:
    """Issues the vouchers of everything posted since the last time; again issues nothing."""
    principal.require(Role.FINANCE)
    require_area(uow)
    issued = await service.issue_vouchers(uow)
    return VouchersIssued(vouchers=issued.vouchers, lines=issued.lines)


@get("/")
async def list_vouchers(
    *,
    uow: NamedDependency[UnitOfWork],
    asked: NamedDependency[BooksAsked],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[VoucherView]:
    """Vouchers of a period, as they were issued; hospitals and suppliers see their own."""
    rows = await queries.list_vouchers(uow, asked=asked, after=decode_id(after), limit=limit + 1)
    return page_by_id([VoucherView(**_voucher(row)) for row in rows], limit=limit)


@get("/{voucher_id:uuid}")
async def show_voucher(
    voucher_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> VoucherDetail:
    """One voucher with its lines."""
    _require_reader(principal, uow)
    row = await queries.find_voucher(uow, voucher_id=voucher_id)
    if row is None:
        raise NotFound
    lines = await queries.list_lines(uow, voucher=row)
    return VoucherDetail(**_voucher(row), lines=[_line(row, line) for line in lines])


@get("/trial-balance")
async def show_trial_balance(
    *,
    uow: NamedDependency[UnitOfWork],
    asked: NamedDependency[BooksAsked],
) -> TrialBalance:
    """Every account of the side: opening, what moved in the period, closing."""
    return _trial_balance(await service.month_books(uow, asked=asked))


@get("/statement")
async def show_statement(
    *,
    uow: NamedDependency[UnitOfWork],
    asked: NamedDependency[BooksAsked],
    account: FromQuery[str],
) -> AccountStatement:
    """What moved on one account in the period, with the balance after each line."""
    return _statement(await service.month_books(uow, asked=asked), account)


@get("/books.xlsx", media_type=MEDIA_TYPES[PaperFormat.XLSX])
async def export_workbook(
    *,
    uow: NamedDependency[UnitOfWork],
    asked: NamedDependency[BooksAsked],
    language: FromQuery[PaperLanguage] = PaperLanguage.CHINESE,
) -> Response[bytes]:
    """Trial balance, account statements and vouchers of a period as a workbook."""
    return await _file(uow, asked, PaperFormat.XLSX, language)


@get("/books.pdf", media_type=MEDIA_TYPES[PaperFormat.PDF])
async def export_pages(
    *,
    uow: NamedDependency[UnitOfWork],
    asked: NamedDependency[BooksAsked],
    language: FromQuery[PaperLanguage] = PaperLanguage.CHINESE,
) -> Response[bytes]:
    """The same as pages to print, each voucher with its amount in words and room to sign."""
    return await _file(uow, asked, PaperFormat.PDF, language)


async def _file(
    uow: UnitOfWork, asked: BooksAsked, paper_format: PaperFormat, language: PaperLanguage
) -> Response[bytes]:
    body = await service.write_books(uow, asked=asked, paper_format=paper_format, language=language)
    name = f"{asked.side}-{asked.period}.{paper_format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=MEDIA_TYPES[paper_format], headers=headers)


def _voucher(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "area_code": row.area_code,
        "side": BooksOf(row.side),
        "hospital_id": row.hospital_id,
        "supplier_id": row.supplier_id,
        "scheme": row.scheme,
        "period": row.period,
        "voucher_date": row.voucher_date,
        "number": row.voucher_number,
        "basis_kind": row.basis_kind,
        "basis_id": row.basis_id,
        "posting_number": row.posting_number,
        "plan_code": row.plan_code,
        "total": format_yuan(row.total_minor),
        "total_in_words": yuan_in_words(row.total_minor),
        "issued_at": row.issued_at,
    }


def _line(voucher: Row[Any], row: Row[Any]) -> VoucherLineView:
    account = account_of(shipped_plans(), voucher.plan_code, BooksOf(row.side), row.account_code)
    return VoucherLineView(
        line_number=row.line_number,
        entry_class=EntryClass(row.entry_class),
        account_code=row.account_code,
        account_name=account.name,
        account_name_en=account.name_en,
        partner_kind=PartnerKind(row.partner_kind),
        partner_id=row.partner_id,
        debit=format_yuan(row.debit_minor),
        credit=format_yuan(row.credit_minor),
    )


def _trial_balance(books: MonthBooks) -> TrialBalance:
    sides = list(books.sums.values())
    return TrialBalance(
        side=books.side,
        period=books.period,
        rows=[
            TrialBalanceRow(
                entry_class=row.account.entry_class,
                account_code=row.account.code,
                account_name=row.account.name,
                account_name_en=row.account.name_en,
                opening=format_yuan(row.opening),
                debit=format_yuan(row.debit),
                credit=format_yuan(row.credit),
                closing=format_yuan(row.closing),
            )
            for row in books.trial
        ],
        debit=format_yuan(sum(debit for debit, _ in sides)),
        credit=format_yuan(sum(credit for _, credit in sides)),
    )


def _statement(books: MonthBooks, account_code: str) -> AccountStatement:
    row = next((row for row in books.trial if row.account.code == account_code), None)
    if row is None:
        raise NotFound
    return AccountStatement(
        side=books.side,
        period=books.period,
        account_code=row.account.code,
        account_name=row.account.name,
        account_name_en=row.account.name_en,
        opening=format_yuan(row.opening),
        lines=[
            _statement_line(paper, line, balance)
            for paper, line, balance in books.statement(account_code)
        ],
        closing=format_yuan(row.closing),
    )


def _statement_line(paper: Paper, line: PaperLine, balance: int) -> StatementLine:
    return StatementLine(
        voucher_id=paper.id,
        voucher_date=paper.day,
        scheme=paper.scheme,
        number=paper.number,
        line_number=line.line_number,
        partner_kind=line.account.partner,
        partner_id=line.partner_id,
        debit=format_yuan(line.debit),
        credit=format_yuan(line.credit),
        balance=format_yuan(balance),
    )


router = Router(
    "/vouchers",
    route_handlers=[
        issue,
        list_vouchers,
        show_voucher,
        show_trial_balance,
        show_statement,
        export_workbook,
        export_pages,
    ],
    dependencies={"asked": Provide(asked_of)},
    tags=["vouchers"],
)
