"""Balances as of an instant, the transfers behind them, and closing a month."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter
from sqlalchemy import Row

from schemas.codes.ledger import AccountKind, Book, TransferState
from schemas.codes.roles import Role
from schemas.messages.ledger import (
    BalanceView,
    DayBalance,
    PeriodClosed,
    PeriodMovement,
    TransferView,
)
from schemas.messages.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_id,
    decode_key,
    encode_cursor,
    page_of,
)
from schemas.money import format_yuan
from schemas.problems import NotFound
from settlement_api.access import Principal, require_rows
from settlement_api.ledger import queries
from settlement_api.ledger.policy import is_period
from settlement_api.ledger.queries import Balance
from settlement_api.ledger.service import close_period
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
READERS: Final = (
    Role.FINANCE,
    Role.AGENCY_MAKER,
    Role.AGENCY_CHECKER,
    Role.AGENCY_RELEASER,
    Role.BUREAU_VIEWER,
    Role.ADMINISTRATOR,
)


@get("/balances")
async def list_balances(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    book: FromQuery[Book | None] = None,
    scheme: FromQuery[str | None] = None,
    kind: FromQuery[AccountKind | None] = None,
    party_id: FromQuery[UUID | None] = None,
    at: FromQuery[datetime | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[BalanceView]:
    """Accounts of the area as they stood at an instant, or now, first opened first; name a kind
    or a party. An area has an account for every pair of hospital and supplier that trade."""
    _require_reader(principal, uow)
    found = await queries.balances(
        uow,
        book=book,
        scheme=scheme,
        kind=kind,
        party_id=party_id,
        at=at,
        after=decode_id(after),
        limit=limit + 1,
    )
    return page_of(
        [_balance_view(balance) for balance in found],
        limit=limit,
        cursor_of=lambda view: encode_cursor(str(view.account_id)),
    )


@get("/accounts/{account_id:uuid}/transfers")
async def list_transfers(
    *,
    account_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[TransferView]:
    """Transfers of one account, the last posted first."""
    _require_reader(principal, uow)
    start = None if after is None else decode_key(after, tuple[int, UUID])
    rows = await queries.list_transfers(uow, account_id=account_id, before=start, limit=limit + 1)
    return page_of(
        [_transfer_view(row, account_id) for row in rows],
        limit=limit,
        cursor_of=lambda row: encode_cursor(row.posting_number, str(row.id)),
    )


@get("/accounts/{account_id:uuid}/balance")
async def show_balance_on_day(
    account_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    on: FromQuery[date],
) -> DayBalance:
    """How an account stood at the end of a day by booking and by value date, as known now."""
    _require_reader(principal, uow)
    row = await queries.balance_on_day(uow, account_id=account_id, day=on)
    if row is None:
        raise NotFound
    return DayBalance(
        account_id=account_id,
        on=on,
        booked=format_yuan(row.booked_minor),
        valued=format_yuan(row.valued_minor),
    )


@post("/periods/{period:str}/close", status_code=200)
async def close(
    period: FromPath[str],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> PeriodClosed:
    """Closes a month and every one before it: nothing can be posted there any more."""
    principal.require(Role.FINANCE)
    _require_reader(principal, uow)
    if not is_period(period):
        raise NotFound
    await close_period(uow, period=period)
    moved = await queries.period_movements(uow, period=period)
    return PeriodClosed(period=period, movements=[_movement(row) for row in moved])


def _require_reader(principal: Principal, uow: UnitOfWork) -> None:
    principal.require(*READERS)
    require_rows(uow)


def _balance_view(balance: Balance) -> BalanceView:
    return BalanceView(
        account_id=balance.account_id,
        book=balance.book,
        scheme=balance.scheme,
        kind=balance.account.kind,
        party_id=balance.account.party_id,
        counterparty_id=balance.account.counterparty_id,
        posting_number=balance.posting_number,
        posted_at=balance.posted_at,
        posted_debit=format_yuan(balance.posted_debit),
        posted_credit=format_yuan(balance.posted_credit),
        pending_debit=format_yuan(balance.pending_debit),
        pending_credit=format_yuan(balance.pending_credit),
        net=format_yuan(balance.net),
    )


def _transfer_view(row: Row[Any], account_id: UUID) -> TransferView:
    is_debit = row.debit_account_id == account_id
    return TransferView(
        id=row.id,
        entry_id=row.entry_id,
        posting_number=row.posting_number,
        is_debit=is_debit,
        other_account_id=row.credit_account_id if is_debit else row.debit_account_id,
        amount=format_yuan(row.amount_minor),
        state=TransferState(row.state),
        booking_date=row.booking_date,
        value_date=row.value_date,
        basis_kind=row.basis_kind,
        basis_id=row.basis_id,
        resolves_transfer_id=row.resolves_transfer_id,
    )


def _movement(row: Row[Any]) -> PeriodMovement:
    return PeriodMovement(
        book=Book(row.book),
        scheme=row.scheme,
        kind=AccountKind(row.account_kind),
        debit=format_yuan(row.debit_minor),
        credit=format_yuan(row.credit_minor),
    )


router = Router(
    "/ledger",
    route_handlers=[list_balances, list_transfers, show_balance_on_day, close],
    tags=["ledger"],
)
