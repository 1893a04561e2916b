"""Match runs, and those people ask for: their progress, cancelling and resuming them."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter

from schemas.codes.reconciliation import MatchTrigger
from schemas.codes.requests import MatchRequestKind, RequestStatus
from schemas.codes.roles import Role
from schemas.messages.match_requests import MatchRequestMessage
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.messages.reconciliation import MatchRunMessage
from schemas.money import format_yuan
from schemas.tables.match_requests import MatchRequest
from schemas.tables.reconciliation import MatchRun
from settlement_api.access import Principal, require_area
from settlement_api.match_requests import queries, service
from settlement_api.match_requests.errors import MatchRequestUnknown
from settlement_api.reconciliation import queries as reconciliation
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
AGENCY = (Role.AGENCY_MAKER, Role.AGENCY_CHECKER, Role.ADMINISTRATOR)


@get("/runs")
async def list_runs(
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[MatchRunMessage]:
    """Match runs of the area, oldest first."""
    require_area(uow)
    rows = await reconciliation.list_runs(uow, after=decode_id(after), limit=limit + 1)
    return page_by_id([_run(row) for row in rows], limit=limit)


@post("/runs", status_code=202)
async def start_run(
    principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> MatchRequestMessage:
    """Asks for the whole area to be matched again; what has not changed will stand."""
    principal.require(*AGENCY)
    require_area(uow)
    return await _shown(uow, await service.request_run(uow))


@get("/requests")
async def list_requests(
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[MatchRequestMessage]:
    """Runs that people asked for, oldest first, with their progress."""
    require_area(uow)
    rows = await queries.list_requests(uow, after=decode_id(after), limit=limit + 1)
    return page_by_id([_message(row) for row in rows], limit=limit)


@get("/requests/{request_id:uuid}")
async def show_request(
    request_id: FromPath[UUID], uow: NamedDependency[UnitOfWork]
) -> MatchRequestMessage:
    """How far a run is and what it found so far."""
    require_area(uow)
    return await _shown(uow, request_id)


@post("/requests/{request_id:uuid}/cancellation", status_code=200)
async def cancel_request(
    request_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> MatchRequestMessage:
    """Ends a run that is not over; a chunk under way is finished, and what was found stands."""
    principal.require(*AGENCY)
    require_area(uow)
    await _shown(uow, request_id)
    await service.cancel_request(uow, request_id=request_id)
    return await _shown(uow, request_id)


@post("/requests/{request_id:uuid}/resumption", status_code=202)
async def resume_request(
    request_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> MatchRequestMessage:
    """Lets a run that was cancelled or has failed go on where it stopped."""
    principal.require(*AGENCY)
    require_area(uow)
    await _shown(uow, request_id)
    await service.resume_request(uow, request_id=request_id)
    return await _shown(uow, request_id)


async def _shown(uow: UnitOfWork, request_id: UUID) -> MatchRequestMessage:
    row = await queries.find_request(uow, request_id=request_id)
    if row is None:
        raise MatchRequestUnknown
    return _message(row)


def _message(row: MatchRequest) -> MatchRequestMessage:
    return MatchRequestMessage(
        id=row.id,
        kind=MatchRequestKind(row.kind),
        status=RequestStatus(row.status),
        failure=row.failure,
        components=row.component_count,
        components_done=row.done_count,
        runs=row.run_count,
        order_lines=row.order_line_count,
        payables_inserted=row.payables_inserted,
        payables_superseded=row.payables_superseded,
        discrepancies_inserted=row.discrepancies_inserted,
        discrepancies_superseded=row.discrepancies_superseded,
        invoiced=format_yuan(row.invoiced_minor),
        credited=format_yuan(row.credited_minor),
        matched=format_yuan(row.matched_minor),
        waiting=format_yuan(row.waiting_minor),
        held=format_yuan(row.held_minor),
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _run(row: MatchRun) -> MatchRunMessage:
    return MatchRunMessage(
        id=row.id,
        run_number=row.run_number,
        trigger=MatchTrigger(row.trigger),
        intake_id=row.intake_id,
        match_request_id=row.match_request_id,
        matched_at=row.matched_at,
        order_lines=row.order_line_count,
        payables_inserted=row.payables_inserted,
        payables_superseded=row.payables_superseded,
        discrepancies_inserted=row.discrepancies_inserted,
        discrepancies_superseded=row.discrepancies_superseded,
        invoiced=format_yuan(row.invoiced_minor),
        credited=format_yuan(row.credited_minor),
        matched=format_yuan(row.matched_minor),
        waiting=format_yuan(row.waiting_minor),
        held=format_yuan(row.held_minor),
        absorbed=format_yuan(row.absorbed_minor),
    )


router = Router(
    path="/reconciliation",
    route_handlers=[
        list_runs,
        start_run,
        list_requests,
        show_request,
        cancel_request,
        resume_request,
    ],
    tags=["reconciliation"],
)
