"""Applying, confirming, disputing, reviewing; applications and lines as each party sees them."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter

from schemas.codes.applications import (
    DisputeReason,
    DisputeResolution,
    LineEvent,
    LineOutcome,
    LineStatus,
    ReviewStep,
)
from schemas.codes.roles import Role
from schemas.messages.applications import (
    ApplicationLineView,
    ApplicationView,
    BulkConfirmation,
    BulkMoved,
    BulkReview,
    DisputeEnd,
    LineDecisionMessage,
    LineDecisionResult,
    LineDecisionResults,
    LineDecisions,
    LineMoveView,
    LineRejection,
    LineReview,
    NewApplication,
    StatusTotal,
    SubmittedApplication,
    SubmittedApplications,
)
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.money import format_scaled, format_yuan, parse_scaled, yuan
from schemas.problems import Forbidden
from schemas.tables.applications import SettlementApplication
from settlement_api.access import Principal, named_area, require_area, require_rows
from settlement_api.applications import queries, service
from settlement_api.applications.errors import HospitalUnknown
from settlement_api.applications.policy import Expectation, LineDecision
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.unit_of_work import AreaScope, UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
MILLI = 3


@post("/applications")
async def submit_applications(
    data: JSONBody[NewApplication],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> SubmittedApplications:
    """Applies for all of your open direct payables of a period, in an area or at one hospital."""
    principal.require(Role.SUPPLIER)
    if principal.supplier_id is None:
        raise Forbidden
    await uow.switch(await named_area(uow, data.area_code))
    hospital_id = await _hospital(uow, data)
    submitted = await service.submit_applications(
        uow, period=data.period, supplier_id=principal.supplier_id, hospital_id=hospital_id
    )
    return _all_submitted(submitted)


@post("/applications/returns")
async def apply_for_returns(
    principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> SubmittedApplications:
    """Applies for the returns of your area that suppliers have left out of their applications."""
    principal.require(Role.AGENCY_MAKER)
    require_area(uow)
    await service.require_deadline_passed(uow)
    return _all_submitted(await service.apply_for_returns(uow))


def _all_submitted(submitted: Sequence[service.Submitted]) -> SubmittedApplications:
    return SubmittedApplications(
        application_count=len(submitted),
        line_count=sum(each.line_count for each in submitted),
        amount=format_yuan(sum(each.amount_minor for each in submitted)),
        applications=[_submitted_view(each) for each in submitted],
    )


async def _hospital(uow: UnitOfWork, data: NewApplication) -> UUID | None:
    if data.hospital_code is None:
        return None
    hospital_id = await queries.find_hospital_id(uow, hospital_code=data.hospital_code)
    if hospital_id is None:
        raise HospitalUnknown
    return hospital_id


@get("/applications")
async def list_applications(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    period: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ApplicationView]:
    """Applications you may see, in the order submitted."""
    require_rows(uow)
    rows = await queries.list_applications(uow, after=decode_id(after), limit=limit, period=period)
    return page_by_id([_application_view(row) for row in rows], limit=limit)


@get("/applications/{application_id:uuid}")
async def show_application(
    application_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ApplicationView:
    """One application and how its lines stand now."""
    require_rows(uow)
    application = await queries.get_application(uow, application_id=application_id)
    return _application_view(application, await _totals(uow, application_id))


@get("/application-lines")
async def list_lines(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    application_id: FromQuery[UUID | None] = None,
    status: FromQuery[LineStatus | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ApplicationLineView]:
    """Lines you may see, of one application or in one status."""
    require_rows(uow)
    rows = await queries.list_lines(
        uow, after=decode_id(after), limit=limit, application_id=application_id, status=status
    )
    return page_by_id([_line_view(row) for row in rows], limit=limit)


@get("/application-lines/totals")
async def show_totals(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    application_id: FromQuery[UUID | None] = None,
) -> list[StatusTotal]:
    """Lines and sums per status: what a bulk command is asked to expect."""
    require_rows(uow)
    return await _totals(uow, application_id)


@get("/application-lines/{line_id:uuid}")
async def show_line(
    line_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ApplicationLineView:
    """One line."""
    require_rows(uow)
    return _line_view(await queries.get_line(uow, line_id=line_id))


@get("/application-lines/{line_id:uuid}/moves")
async def list_moves(
    line_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> list[LineMoveView]:
    """Every move of one line, oldest first."""
    require_rows(uow)
    found = await queries.get_line(uow, line_id=line_id)
    await uow.switch(AreaScope(found.line.area_code))
    return [
        LineMoveView(
            event=LineEvent(row.event),
            from_status=None if row.from_status is None else LineStatus(row.from_status),
            to_status=LineStatus(row.to_status),
            quantity=format_scaled(row.quantity_milli, scale=MILLI),
            amount=format_yuan(row.amount_minor),
            reason=row.reason,
            actor_id=row.actor_id,
            moved_at=row.moved_at,
        )
        for row in await queries.list_transitions(uow, line_id=line_id)
    ]


@post("/application-lines/decisions", status_code=200)
async def decide_lines(
    data: JSONBody[LineDecisions],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> LineDecisionResults:
    """Confirms or disputes up to 10,000 lines one by one; each gets its own result."""
    principal.require(Role.HOSPITAL_CONFIRMER)
    decisions = [_decision(each) for each in data.decisions]
    areas = await queries.areas_of_lines(uow, line_ids=[each.line_id for each in decisions])
    visible = [each for each in decisions if each.line_id in areas]
    results = [
        LineDecisionResult(line_id=each.line_id, outcome=LineOutcome.REFUSED, code="not_found")
        for each in decisions
        if each.line_id not in areas
    ]
    for area_code in sorted(set(areas.values())):
        await uow.switch(AreaScope(area_code))
        mine = [each for each in visible if areas[each.line_id] == area_code]
        results += [
            LineDecisionResult(line_id=each.line_id, outcome=each.outcome, code=each.code)
            for each in await service.decide_lines(uow, decisions=mine)
        ]
    return _results(results)


def _results(results: list[LineDecisionResult]) -> LineDecisionResults:
    def count(outcome: LineOutcome) -> int:
        return sum(result.outcome is outcome for result in results)

    return LineDecisionResults(
        received=len(results),
        done=count(LineOutcome.DONE),
        unchanged=count(LineOutcome.UNCHANGED),
        refused=count(LineOutcome.REFUSED),
        results=results,
    )


@post("/application-lines/confirmations", status_code=200)
async def confirm_undisputed(
    data: JSONBody[BulkConfirmation],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> BulkMoved:
    """Confirms everything that still waits for your hospital; refused when it has changed."""
    principal.require(Role.HOSPITAL_CONFIRMER)
    if principal.hospital_id is None or principal.area_code is None:
        raise Forbidden
    await uow.switch(AreaScope(principal.area_code))
    moved = await service.confirm_undisputed(
        uow,
        hospital_id=principal.hospital_id,
        application_id=data.application_id,
        expected=Expectation(data.expected_count, yuan(data.expected_amount)),
    )
    return _moved_view(moved)


@post("/application-lines/{line_id:uuid}/dispute-end", status_code=200)
async def end_dispute(
    line_id: FromPath[UUID],
    data: JSONBody[DisputeEnd],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ApplicationLineView:
    """Ends a dispute: the hospital confirms after all, or the supplier withdraws the line."""
    role = {
        DisputeResolution.CONFIRMED: Role.HOSPITAL_CONFIRMER,
        DisputeResolution.WITHDRAWN: Role.SUPPLIER,
    }[data.resolution]
    principal.require(role)
    await _to_area_of(uow, line_id)
    await service.resolve_dispute(uow, line_id=line_id, resolution=data.resolution, note=data.note)
    return await _shown(uow, line_id)


@post("/application-lines/{line_id:uuid}/reinstatement", status_code=200)
async def reinstate_line(
    line_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ApplicationLineView:
    """Applies again for a line withdrawn or rejected; it waits for confirmation again.

    A supplier does; for a return that was rejected the agency's maker does too.
    """
    principal.require(Role.SUPPLIER, Role.AGENCY_MAKER)
    await _to_area_of(uow, line_id, only_returns=principal.supplier_id is None)
    await service.reinstate_line(uow, line_id=line_id)
    return await _shown(uow, line_id)


@post("/application-lines/reviews", status_code=200)
async def review_lines(
    data: JSONBody[BulkReview],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> BulkMoved:
    """Reviews everything that waits for the step; refused when it is not what you saw."""
    await _require_reviewer(principal, uow, data.step)
    moved = await service.review_lines(
        uow,
        step=data.step,
        application_id=data.application_id,
        expected=Expectation(data.expected_count, yuan(data.expected_amount)),
    )
    return _moved_view(moved)


@post("/application-lines/{line_id:uuid}/review", status_code=200)
async def review_line(
    line_id: FromPath[UUID],
    data: JSONBody[LineReview],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ApplicationLineView:
    """Reviews one line: first by one person, then by another."""
    await _require_reviewer(principal, uow, data.step)
    await service.review_line(uow, line_id=line_id, step=data.step)
    return await _shown(uow, line_id)


@post("/application-lines/{line_id:uuid}/rejection", status_code=200)
async def reject_line(
    line_id: FromPath[UUID],
    data: JSONBody[LineRejection],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ApplicationLineView:
    """Refuses a confirmed line, saying why; the supplier may apply for it again."""
    require_area(uow)
    roles = (await pack_in_force(uow, uow.on)).roles
    principal.require(roles.first_reviewer, roles.re_reviewer)
    await service.reject_line(uow, line_id=line_id, reason=data.reason)
    return await _shown(uow, line_id)


async def _require_reviewer(principal: Principal, uow: UnitOfWork, step: ReviewStep) -> None:
    require_area(uow)
    roles = (await pack_in_force(uow, uow.on)).roles
    principal.require(roles.first_reviewer if step is ReviewStep.FIRST else roles.re_reviewer)


async def _to_area_of(uow: UnitOfWork, line_id: UUID, *, only_returns: bool = False) -> None:
    """Row security has shown the line to its party; what follows is done in its area."""
    found = await queries.get_line(uow, line_id=line_id)
    if only_returns and found.line.amount_minor > 0:
        raise Forbidden
    await uow.switch(AreaScope(found.line.area_code))


async def _shown(uow: UnitOfWork, line_id: UUID) -> ApplicationLineView:
    uow.session.expire_all()
    return _line_view(await queries.get_line(uow, line_id=line_id))


async def _totals(uow: UnitOfWork, application_id: UUID | None) -> list[StatusTotal]:
    return [
        StatusTotal(
            status=LineStatus(row.status),
            line_count=row.line_count,
            amount=format_yuan(row.amount_minor),
        )
        for row in await queries.line_totals(uow, application_id=application_id)
    ]


def _decision(message: LineDecisionMessage) -> LineDecision:
    quantity = message.quantity
    return LineDecision(
        line_id=message.line_id,
        kind=message.decision,
        confirmed_milli=None if quantity is None else parse_scaled(quantity, scale=MILLI),
        reason=message.reason,
        note=message.note,
    )


def _moved_view(moved: service.Moved) -> BulkMoved:
    return BulkMoved(line_count=moved.line_count, amount=format_yuan(moved.amount_minor))


def _submitted_view(submitted: service.Submitted) -> SubmittedApplication:
    return SubmittedApplication(
        id=submitted.id,
        hospital_id=submitted.hospital_id,
        supplier_id=submitted.supplier_id,
        run_no=submitted.run_no,
        line_count=submitted.line_count,
        amount=format_yuan(submitted.amount_minor),
    )


def _application_view(
    row: SettlementApplication, totals: list[StatusTotal] | None = None
) -> ApplicationView:
    return ApplicationView(
        id=row.id,
        area_code=row.area_code,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        period=row.period,
        run_no=row.run_no,
        line_count=row.line_count,
        amount=format_yuan(row.amount_minor),
        submitted_at=row.submitted_at,
        confirm_by_date=row.confirm_by_date,
        reminder_count=row.reminder_count,
        totals=totals,
    )


def _line_view(named: queries.NamedLine) -> ApplicationLineView:
    row = named.line
    return ApplicationLineView(
        id=row.id,
        application_id=row.application_id,
        payable_id=row.payable_id,
        part_no=row.part_no,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        order_number=named.order_number,
        order_line_number=named.order_line_number,
        product_code=named.product_code,
        quantity=format_scaled(row.quantity_milli, scale=MILLI),
        amount=format_yuan(row.amount_minor),
        status=LineStatus(row.status),
        dispute_reason=None if row.dispute_reason is None else DisputeReason(row.dispute_reason),
        dispute_note=row.dispute_note,
        confirmed_at=row.confirmed_at,
        accepted_at=row.accepted_at,
    )


router = Router(
    "/",
    route_handlers=[
        submit_applications,
        apply_for_returns,
        list_applications,
        show_application,
        list_lines,
        show_totals,
        show_line,
        list_moves,
        decide_lines,
        confirm_undisputed,
        end_dispute,
        reinstate_line,
        review_lines,
        review_line,
        reject_line,
    ],
    tags=["applications"],
)
