"""Payables, discrepancies and one line's explanation."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter

from schemas.codes.reconciliation import (
    DiscrepancyEffect,
    DiscrepancyReason,
    DiscrepancyStatus,
    DueDateState,
    PayableKind,
    PayableStatus,
    Route,
)
from schemas.codes.remedies import REMEDIES, ActBy
from schemas.codes.roles import Role
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.messages.reconciliation import (
    DiscrepancyMessage,
    ForecastMessage,
    LineExplanation,
    OverdueMessage,
    PayableMessage,
)
from schemas.money import format_scaled, format_yuan
from schemas.tables.reconciliation import Discrepancy, OrderLineForecast, Payable
from settlement_api.access import require_rows
from settlement_api.reconciliation import queries
from settlement_api.reconciliation.errors import LineUnknown
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
AGENCY = (Role.AGENCY_MAKER, Role.AGENCY_CHECKER, Role.ADMINISTRATOR)


@get("/payables")
async def list_payables(
    uow: NamedDependency[UnitOfWork],
    status: FromQuery[PayableStatus | None] = None,
    route: FromQuery[Route | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PayableMessage]:
    """Payables, oldest first: the area's, or the party's own."""
    require_rows(uow)
    rows = await queries.list_payables(
        uow, status=status, route=route, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_payable(row) for row in rows], limit=limit)


@get("/discrepancies")
async def list_discrepancies(
    *,
    uow: NamedDependency[UnitOfWork],
    status: FromQuery[DiscrepancyStatus | None] = None,
    reason: FromQuery[DiscrepancyReason | None] = None,
    overdue: FromQuery[bool] = False,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[DiscrepancyMessage]:
    """Discrepancies, oldest first: the area's, or the party's own.

    `overdue`: those that somebody was to act on before today.
    """
    require_rows(uow)
    rows = await queries.list_discrepancies(
        uow,
        status=status,
        reason=reason,
        overdue_on=uow.on if overdue else None,
        after=decode_id(after),
        limit=limit + 1,
    )
    return page_by_id([_discrepancy(row) for row in rows], limit=limit)


@get("/overdue-discrepancies")
async def count_overdue(uow: NamedDependency[UnitOfWork]) -> list[OverdueMessage]:
    """What nobody acted on by its day, by reason: the area's, or the party's own."""
    require_rows(uow)
    return [
        OverdueMessage(
            reason=DiscrepancyReason(row.reason),
            acts=REMEDIES[DiscrepancyReason(row.reason)].acts,
            count=row.how_many,
            quantity=_quantity(row.quantity_milli),
            amount=format_yuan(row.amount_minor),
            oldest=row.oldest,
        )
        for row in await queries.overdue_discrepancies(uow)
    ]


@get("/order-lines/{order_line_id:uuid}")
async def explain_line(
    order_line_id: FromPath[UUID], uow: NamedDependency[UnitOfWork]
) -> LineExplanation:
    """Why an order line stands as it does: forecast, payables, discrepancies with values."""
    require_rows(uow)
    forecast = await queries.find_forecast(uow, order_line_id=order_line_id)
    if forecast is None:
        raise LineUnknown
    payables = await queries.list_payables(
        uow, order_line_id=order_line_id, after=None, limit=MAX_LIMIT
    )
    found = await queries.list_discrepancies(
        uow, order_line_id=order_line_id, after=None, limit=MAX_LIMIT
    )
    return LineExplanation(
        order_line_id=order_line_id,
        forecast=_forecast(forecast),
        payables=[_payable(row) for row in payables if row.status != "superseded"],
        discrepancies=[_discrepancy(row) for row in found if row.status != "superseded"],
    )


def _quantity(milli: int) -> str:
    return format_scaled(milli, scale=3)


def _payable(row: Payable) -> PayableMessage:
    return PayableMessage(
        id=row.id,
        kind=PayableKind(row.kind),
        status=PayableStatus(row.status),
        route=Route(row.route),
        quantity=_quantity(row.quantity_milli),
        amount=format_yuan(row.amount_minor),
        product_code=row.component_code,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        order_line_id=row.order_line_id,
        receipt_line_id=row.receipt_line_id,
        invoice_line_id=row.invoice_line_id,
        adjusts_payable_id=row.adjusts_payable_id,
        contract_id=row.contract_id,
        decision_context_id=row.decision_context_id,
        match_run_id=row.match_run_id,
        superseded_by_run_id=row.superseded_by_run_id,
        basis_date=row.basis_date,
        clock_start_date=row.clock_start_date,
        due_date=row.due_date,
        due_date_state=DueDateState(row.due_date_state),
    )


def _discrepancy(row: Discrepancy) -> DiscrepancyMessage:
    reason, effect = DiscrepancyReason(row.reason), DiscrepancyEffect(row.effect)
    status, remedy = DiscrepancyStatus(row.status), REMEDIES[reason]
    act_by = ActBy.of(
        reason=reason,
        effect=effect,
        status=status,
        decided=row.act_by_date,
        deadline=row.deadline_date,
    )
    return DiscrepancyMessage(
        id=row.id,
        reason=reason,
        effect=effect,
        status=status,
        quantity=_quantity(row.quantity_milli),
        amount=format_yuan(row.amount_minor),
        compared=row.compared,
        component_code=row.component_code,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        order_line_id=row.order_line_id,
        receipt_line_id=row.receipt_line_id,
        invoice_line_id=row.invoice_line_id,
        other_line_id=row.other_line_id,
        match_run_id=row.match_run_id,
        superseded_by_run_id=row.superseded_by_run_id,
        note=row.note,
        acts=remedy.acts,
        cure=remedy.cure,
        cure_zh=remedy.cure_zh,
        act_by=act_by.day,
        act_by_state=act_by.state,
    )


def _forecast(row: OrderLineForecast) -> ForecastMessage:
    return ForecastMessage(
        route=Route(row.route),
        reason=DiscrepancyReason(row.reason) if row.reason else None,
        contract_id=row.contract_id,
        matched=_quantity(row.matched_milli),
        open=_quantity(row.open_milli),
    )


router = Router(
    path="/reconciliation",
    route_handlers=[
        list_payables,
        list_discrepancies,
        count_overdue,
        explain_line,
    ],
    tags=["reconciliation"],
)
