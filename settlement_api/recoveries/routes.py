"""Shortfall cases and carrying them on demand; returns carried, and what is receivable."""

from typing import Annotated, Any

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, Parameter
from sqlalchemy import Row

from schemas.codes.roles import PartyKind, Role
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.messages.recoveries import (
    Carried,
    CarriedReturnView,
    CarriedTotal,
    CarryRequest,
    ShortfallCaseView,
)
from schemas.money import format_yuan
from schemas.problems import Forbidden
from settlement_api.access import Principal, require_rows
from settlement_api.recoveries import queries, service
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


@get("/shortfall-cases")
async def list_cases(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    only_open: FromQuery[bool] = True,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ShortfallCaseView]:
    """What was paid beyond the claims, the newest first; a hospital sees its own."""
    if principal.party_kind is PartyKind.SUPPLIER:
        raise Forbidden
    require_rows(uow)
    rows = await queries.list_cases(
        uow, only_open=only_open, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_view(row) for row in rows], limit=limit)


@get("/carried-returns")
async def list_carried_returns(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    only_open: FromQuery[bool] = True,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[CarriedReturnView]:
    """Returns that outweigh what is to be paid, the newest first; parties see their own."""
    require_rows(uow)
    rows = await queries.list_carried(
        uow, only_open=only_open, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_carried_view(row) for row in rows], limit=limit)


@get("/carried-returns/totals")
async def show_carried_totals(
    principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> list[CarriedTotal]:
    """What is carried and what is receivable, per scheme: at most two rows."""
    require_rows(uow)
    return [
        CarriedTotal(
            scheme=row.scheme,
            carried_count=row.carried_count,
            carried=format_yuan(row.carried_minor),
            receivable_count=row.receivable_count,
            receivable=format_yuan(row.receivable_minor),
        )
        for row in await queries.carried_totals(uow)
    ]


@post("/shortfall-cases/carry", status_code=200)
async def carry(
    data: JSONBody[CarryRequest],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> Carried:
    """Takes open shortfalls of earlier months from this month's claims; again changes nothing."""
    principal.require(Role.FINANCE)
    require_rows(uow)
    amount = await service.carry_shortfalls(uow, month=data.month)
    return Carried(amount=format_yuan(amount))


def _view(row: Row[Any]) -> ShortfallCaseView:
    return ShortfallCaseView(
        id=row.id,
        payment_batch_id=row.payment_batch_id,
        hospital_id=row.hospital_id,
        scheme=row.scheme,
        month=row.month,
        shortfall=format_yuan(row.shortfall_minor),
        recovered=format_yuan(row.recovered_minor),
        open=format_yuan(row.shortfall_minor - row.recovered_minor),
        opened_at=row.opened_at,
    )


def _carried_view(row: Row[Any]) -> CarriedReturnView:
    return CarriedReturnView(
        id=row.id,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        scheme=row.scheme,
        amount=format_yuan(row.amount_minor),
        carried_since=row.carried_since,
        receivable_at=row.receivable_at,
        closed_at=row.closed_at,
    )


router = Router(
    "/",
    route_handlers=[list_cases, list_carried_returns, show_carried_totals, carry],
    tags=["recoveries"],
)
