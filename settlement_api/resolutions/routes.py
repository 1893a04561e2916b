"""Decisions about discrepancies: by one person or two, taken back by another; and suggestions."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter

from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason, DiscrepancyStatus
from schemas.codes.resolutions import (
    ResolutionAction,
    ResolutionReason,
    ResolutionStatus,
    SentTo,
)
from schemas.codes.roles import Role
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.messages.resolutions import (
    BulkMarking,
    LinkPart,
    Marking,
    MarkingFilter,
    NewAcceptance,
    NewLink,
    NewMarking,
    Rejection,
    ResolutionMessage,
    ResolutionSummary,
    ResolvedFindingMessage,
    ResolvedLinkMessage,
    SuggestionMessage,
    Undoing,
)
from schemas.money import format_scaled, format_yuan, parse_scaled, yuan
from schemas.tables.resolutions import Resolution, ResolutionFinding, ResolutionLink
from settlement_api.access import Principal, require_area, require_rows
from settlement_api.resolutions import queries, service
from settlement_api.resolutions.errors import DiscrepancyNotFound, ResolutionUnknown
from settlement_api.resolutions.policy import Decision, Part
from settlement_api.resolutions.queries import Selection
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
DECIDERS: Final = (Role.AGENCY_MAKER, Role.AGENCY_CHECKER, Role.ADMINISTRATOR)


@post("/resolutions", status_code=201)
async def mark(
    data: JSONBody[NewMarking],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ResolutionMessage:
    """Marks one open discrepancy: at once, or once a second person confirms."""
    _require(principal, uow)
    resolution_id = await service.mark_one(
        uow, decision=_decision(data), discrepancy_id=data.discrepancy_id
    )
    return await _shown(uow, resolution_id)


@post("/resolutions/bulk", status_code=201)
async def mark_in_bulk(
    data: JSONBody[BulkMarking],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ResolutionMessage:
    """Marks every open discrepancy of a filter by one decision, if they are the ones expected."""
    _require(principal, uow)
    resolution_id = await service.mark_many(
        uow,
        decision=_decision(data),
        selection=_selection(data.filter),
        expected_count=data.expected_count,
        expected_minor=yuan(data.expected_sum),
    )
    return await _shown(uow, resolution_id)


@post("/resolutions/links", status_code=201)
async def make_link(
    data: JSONBody[NewLink],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ResolutionMessage:
    """Binds an invoice line, or parts of it, to order or receipt lines, and matches anew."""
    _require(principal, uow)
    action = ResolutionAction.LINK if len(data.parts) == 1 else ResolutionAction.SPLIT
    resolution_id = await service.link(
        uow,
        decision=Decision(action, data.reason_code, data.remark),
        invoice_line_id=data.invoice_line_id,
        parts=[_part(part) for part in data.parts],
    )
    return await _shown(uow, resolution_id)


@post("/resolutions/acceptances", status_code=201)
async def accept_lower(
    data: JSONBody[NewAcceptance],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ResolutionMessage:
    """Accepts an invoice line at a lower amount, and matches anew; documents stay as they are."""
    _require(principal, uow)
    resolution_id = await service.accept_lower(
        uow,
        decision=Decision(ResolutionAction.ACCEPT_LOWER, data.reason_code, data.remark),
        invoice_line_id=data.invoice_line_id,
        accepted_minor=yuan(data.amount),
    )
    return await _shown(uow, resolution_id)


@post("/resolutions/{resolution_id:uuid}/confirmation", status_code=200)
async def confirm(
    resolution_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ResolutionMessage:
    """A second person confirms, and the decision takes effect."""
    _require(principal, uow)
    await service.confirm(uow, resolution_id=resolution_id)
    return await _shown(uow, resolution_id)


@post("/resolutions/{resolution_id:uuid}/rejection", status_code=200)
async def reject(
    resolution_id: FromPath[UUID],
    data: JSONBody[Rejection],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ResolutionMessage:
    """A second person does not agree: it never takes effect."""
    _require(principal, uow)
    await service.reject(uow, resolution_id=resolution_id, reason=data.remark)
    return await _shown(uow, resolution_id)


@post("/resolutions/{resolution_id:uuid}/undoing", status_code=201)
async def undo(
    resolution_id: FromPath[UUID],
    data: JSONBody[Undoing],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ResolutionMessage:
    """Takes a decision back by a new one; the answer is the new one."""
    _require(principal, uow)
    undoing_id = await service.undo(
        uow, resolution_id=resolution_id, reason_code=data.reason_code, remark=data.remark
    )
    return await _shown(uow, undoing_id)


@get("/resolutions")
async def list_resolutions(
    uow: NamedDependency[UnitOfWork],
    status: FromQuery[ResolutionStatus | None] = None,
    action: FromQuery[ResolutionAction | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ResolutionMessage]:
    """Decisions of the area, oldest first."""
    require_area(uow)
    rows = await queries.list_resolutions(
        uow, status=status, action=action, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_resolution(row) for row in rows], limit=limit)


@get("/resolutions/findings")
async def list_findings(
    uow: NamedDependency[UnitOfWork],
    resolution_id: FromQuery[UUID | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ResolvedFindingMessage]:
    """Discrepancies decided about, as they then were: the area's, or the party's own."""
    require_rows(uow)
    rows = await queries.list_findings(
        uow, resolution_id=resolution_id, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_finding(row) for row in rows], limit=limit)


@get("/resolutions/links")
async def list_links(
    uow: NamedDependency[UnitOfWork],
    resolution_id: FromQuery[UUID | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ResolvedLinkMessage]:
    """Bindings that people made: the area's, or the party's own."""
    require_rows(uow)
    rows = await queries.list_links(
        uow, resolution_id=resolution_id, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_link(row) for row in rows], limit=limit)


@get("/reconciliation/discrepancies/{discrepancy_id:uuid}/suggestions")
async def suggest(
    discrepancy_id: FromPath[UUID], uow: NamedDependency[UnitOfWork]
) -> list[SuggestionMessage]:
    """Lines that may belong to a discrepancy's, ranked; nothing is done about them by itself."""
    require_area(uow)
    found = await queries.suggestions(uow, discrepancy_id=discrepancy_id)
    if found is None:
        raise DiscrepancyNotFound
    return [
        SuggestionMessage(
            rank=each.rank,
            tied=each.tied,
            score=each.score,
            kind=_kind(row.kind),
            line_id=row.id,
            number=row.number,
            line_number=row.line_number,
            product_code=row.product_code,
            quantity=_quantity(row.quantity_milli),
            fits=list(each.fits),
        )
        for each, row in found
    ]


def _kind(kind: str) -> Literal["order_line", "receipt_line", "invoice_line"]:
    assert kind in ("order_line", "receipt_line", "invoice_line"), kind
    return kind  # type: ignore[return-value]


def _require(principal: Principal, uow: UnitOfWork) -> None:
    principal.require(*DECIDERS)
    require_area(uow)


def _decision(data: Marking) -> Decision:
    return Decision(
        ResolutionAction(data.action), data.reason_code, data.remark, data.sent_to, data.act_by_date
    )


def _selection(given: MarkingFilter) -> Selection:
    return Selection(
        reason=given.reason and given.reason.value,
        effect=given.effect and given.effect.value,
        hospital_id=given.hospital_id,
        supplier_id=given.supplier_id,
        component_code=given.component_code,
        least_minor=None if given.least_amount is None else yuan(given.least_amount),
        most_minor=None if given.most_amount is None else yuan(given.most_amount),
    )


def _part(part: LinkPart) -> Part:
    quantity = None if part.quantity is None else parse_scaled(part.quantity, scale=3)
    return Part(
        part.order_number,
        part.order_line_number,
        part.receipt_number,
        part.receipt_line_number,
        quantity,
    )


def _quantity(milli: int) -> str:
    return format_scaled(milli, scale=3)


async def _shown(uow: UnitOfWork, resolution_id: UUID) -> ResolutionMessage:
    row = await queries.find_resolution(uow, resolution_id=resolution_id)
    if row is None:
        raise ResolutionUnknown
    return _resolution(row)


def _summary(kept: dict[str, Any]) -> ResolutionSummary:
    return ResolutionSummary.model_validate(kept)


def _resolution(row: Resolution) -> ResolutionMessage:
    return ResolutionMessage(
        id=row.id,
        action=ResolutionAction(row.action),
        reason_code=ResolutionReason(row.reason_code),
        remark=row.remark,
        status=ResolutionStatus(row.status),
        sent_to=SentTo(row.sent_to) if row.sent_to else None,
        act_by_date=row.act_by_date,
        undoes_resolution_id=row.undoes_resolution_id,
        item_count=row.item_count,
        amount=format_yuan(row.amount_minor),
        at_stake=None if row.stake_minor is None else format_yuan(row.stake_minor),
        needs_two=row.needs_two,
        before=_summary(row.before),
        after=None if row.after is None else _summary(row.after),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _finding(row: ResolutionFinding) -> ResolvedFindingMessage:
    return ResolvedFindingMessage(
        id=row.id,
        resolution_id=row.resolution_id,
        discrepancy_id=row.discrepancy_id,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        component_code=row.component_code,
        reason=DiscrepancyReason(row.reason),
        effect=DiscrepancyEffect(row.effect),
        quantity=_quantity(row.quantity_milli),
        amount=format_yuan(row.amount_minor),
        status_after=DiscrepancyStatus(row.status_after),
        status=ResolutionStatus(row.status),
    )


def _link(row: ResolutionLink) -> ResolvedLinkMessage:
    return ResolvedLinkMessage(
        id=row.id,
        resolution_id=row.resolution_id,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        component_code=row.component_code,
        invoice_number=row.invoice_number,
        invoice_line_number=row.invoice_line_number,
        order_number=row.order_number,
        order_line_number=row.order_line_number,
        receipt_number=row.receipt_number,
        receipt_line_number=row.receipt_line_number,
        quantity=None if row.quantity_milli is None else _quantity(row.quantity_milli),
        accepted=None if row.accepted_minor is None else format_yuan(row.accepted_minor),
        status=ResolutionStatus(row.status),
    )


router = Router(
    "/",
    route_handlers=[
        mark,
        mark_in_bulk,
        make_link,
        accept_lower,
        confirm,
        reject,
        undo,
        list_resolutions,
        list_findings,
        list_links,
        suggest,
    ],
    tags=["resolutions"],
)
