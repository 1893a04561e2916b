"""A run over an area from the wish to its last chunk: each chunk one transaction, one match run."""

from typing import Final
from uuid import UUID

import asyncpg

from schemas.codes.requests import MatchRequestKind
from schemas.events.reconciliation import (
    MatchRequestCancelled,
    MatchRequestCompleted,
    MatchRequestFailed,
    MatchRequestProgressed,
    MatchRequestResumed,
    MatchRunRequested,
)
from settlement_api.match_requests import queries
from settlement_api.match_requests.errors import MatchRequestActive, MatchRequestMoved
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.queries import listing_components
from settlement_api.reconciliation.service import MatchResult, match_requested
from settlement_api.unit_of_work import UnitOfWork

CHUNK_COMPONENTS: Final = 2_000
"""Components of one transaction: about a second, for which arrivals of the area wait."""


async def request_run(uow: UnitOfWork) -> UUID:
    """Asks for the whole area to be matched again; the id. Raises MatchRequestActive."""
    request_id = await uow.fresh_id()
    made = await uow.execute(
        load_sql(__file__, "insert_request"),
        area_code=uow.area_code,
        id=request_id,
        kind=MatchRequestKind.AREA.value,
        requested_by=uow.actor.id,
        at=uow.at,
    )
    if not made:
        raise MatchRequestActive(request_id=str(await queries.active_request(uow)))
    await uow.record(MatchRunRequested(area_code=uow.area_code, aggregate_id=request_id))
    return request_id


async def start_request(uow: UnitOfWork, *, request_id: UUID) -> None:
    """requested → running, its components listed once; nothing where it is running or over."""
    started = await uow.fetch_one(
        load_sql(__file__, "start_request"), area_code=uow.area_code, id=request_id, at=uow.at
    )
    if started is None or started.is_listed:
        return
    listed = await uow.execute(
        listing_components(load_sql(__file__, "list_components")),
        area_code=uow.area_code,
        id=request_id,
    )
    await uow.execute(
        load_sql(__file__, "set_count"),
        area_code=uow.area_code,
        id=request_id,
        component_count=listed,
    )


async def work_chunk(
    uow: UnitOfWork, *, request_id: UUID, components: int = CHUNK_COMPONENTS
) -> bool:
    """Matches the next components, moves past them, and says so; False when nothing is left to do.

    The area's match lock is taken first: who comes second finds the place of who came first.
    """
    result = await match_requested(uow, request_id=request_id, size=components)
    if result is None:
        await _complete(uow, request_id)
        return False
    await advance(uow, request_id=request_id, result=result, components=components)
    return True


async def advance(
    uow: UnitOfWork, *, request_id: UUID, result: MatchResult, components: int
) -> None:
    """Moves past the components of a run in its own transaction, whatever people did meanwhile."""
    at = await uow.fetch_one(
        load_sql(__file__, "advance_request"),
        area_code=uow.area_code,
        id=request_id,
        run_id=result.run_id,
        size=components,
    )
    assert at is not None, "the request of a run stays"
    await uow.record(
        MatchRequestProgressed(
            area_code=uow.area_code,
            aggregate_id=request_id,
            aggregate_version=result.run_number,
            done_count=at.done_count,
            component_count=at.component_count,
        )
    )


async def _complete(uow: UnitOfWork, request_id: UUID) -> None:
    done = await uow.fetch_one(
        load_sql(__file__, "complete_request"), area_code=uow.area_code, id=request_id, at=uow.at
    )
    if done is None:
        return
    await uow.execute(
        load_sql(__file__, "forget_components"), area_code=uow.area_code, id=request_id
    )
    await uow.record(
        MatchRequestCompleted(
            area_code=uow.area_code,
            aggregate_id=request_id,
            component_count=done.component_count,
            run_count=done.run_count,
            order_line_count=done.order_line_count,
            matched_minor=done.matched_minor,
            waiting_minor=done.waiting_minor,
            held_minor=done.held_minor,
        )
    )


async def cancel_request(uow: UnitOfWork, *, request_id: UUID) -> None:
    """Ends it; what its chunks found stands. Raises MatchRequestMoved."""
    moved = await uow.execute(
        load_sql(__file__, "cancel_request"), area_code=uow.area_code, id=request_id, at=uow.at
    )
    if not moved:
        raise MatchRequestMoved
    await uow.record(MatchRequestCancelled(area_code=uow.area_code, aggregate_id=request_id))


async def resume_request(uow: UnitOfWork, *, request_id: UUID) -> None:
    """Goes on where it was cancelled or failed. Raises MatchRequestMoved, MatchRequestActive."""
    try:
        moved = await uow.execute(
            load_sql(__file__, "resume_request"), area_code=uow.area_code, id=request_id
        )
    except asyncpg.UniqueViolationError as error:
        raise MatchRequestActive from error
    if not moved:
        raise MatchRequestMoved
    await uow.record(MatchRequestResumed(area_code=uow.area_code, aggregate_id=request_id))


async def fail_request(uow: UnitOfWork, *, request_id: UUID, failure: str) -> None:
    """running → failed: people may resume it when what stood in the way is gone."""
    moved = await uow.execute(
        load_sql(__file__, "fail_request"),
        area_code=uow.area_code,
        id=request_id,
        at=uow.at,
        failure=failure,
    )
    if moved:
        await uow.record(
            MatchRequestFailed(area_code=uow.area_code, aggregate_id=request_id, failure=failure)
        )
