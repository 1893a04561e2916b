"""The trail of an area as sealed, its verification, and the jobs that died."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter
from sqlalchemy import Row

from schemas.codes.roles import Role
from schemas.messages.audit import ChainMessage, DeadJob, SealedEvent
from schemas.messages.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_key,
    encode_cursor,
    page_of,
)
from settlement_api.access import Principal, require_area
from settlement_api.audit import queries, service
from settlement_api.encryption import Keyring
from settlement_api.observability import mask_text
from settlement_api.unit_of_work import PlatformScope, UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
READERS = (Role.BUREAU_VIEWER, Role.ADMINISTRATOR)


@get("/events")
async def list_events(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SealedEvent]:
    """The events of the area in their sealed order: the order of feeds and of the audit."""
    principal.require(*READERS)
    require_area(uow)
    number = _number(after)
    rows = await queries.list_sealed(uow, after=number, limit=limit + 1)
    return page_of(
        [_sealed_event(row) for row in rows],
        limit=limit,
        cursor_of=lambda event: encode_cursor(event.number),
    )


@get("/chain")
async def verify_chain(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    keyring: NamedDependency[Keyring],
) -> ChainMessage:
    """Walks the area's whole chain and recomputes it; `faults` is empty when it holds."""
    principal.require(*READERS)
    require_area(uow)
    report = await service.verify_chain(uow, key=keyring.chain_key)
    return ChainMessage(
        area_code=report.area_code,
        length=report.length,
        link=report.link.hex(),
        faults=report.faults,
    )


@get("/dead-jobs")
async def list_dead_jobs(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[DeadJob]:
    """Jobs that failed for the last time; only for administrators of the platform."""
    await _administer_platform(principal, uow)
    rows = await queries.list_dead_jobs(uow, after=_number(after), limit=limit + 1)
    return page_of(
        [_dead_job(row) for row in rows],
        limit=limit,
        cursor_of=lambda job: encode_cursor(job.id),
    )


@post("/dead-jobs/{job_id:int}/retry", status_code=204)
async def retry_job(
    job_id: FromPath[int],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> None:
    """Puts a dead job back into the queue."""
    await _administer_platform(principal, uow)
    await service.retry_job(uow, job_id=job_id)


async def _administer_platform(principal: Principal, uow: UnitOfWork) -> None:
    principal.require(Role.ADMINISTRATOR)
    principal.require_platform()
    await uow.switch(PlatformScope())


def _number(after: str | None) -> int:
    return decode_key(after, tuple[int])[0] if after else 0


def _sealed_event(row: Row[Any]) -> SealedEvent:
    return SealedEvent(
        number=row.number,
        event_id=UUID(str(row.event_id)),
        name=row.name,
        aggregate_id=row.aggregate_id,
        aggregate_version=row.aggregate_version,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        facts=row.facts,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        salt=row.salt.hex(),
        digest=row.digest.hex(),
        link=row.link.hex(),
    )


def _dead_job(row: Row[Any]) -> DeadJob:
    return DeadJob(
        id=row.id,
        name=row.name,
        attempts=row.attempts,
        failed_at=row.failed_at,
        payload=msgspec.json.decode(row.payload),
        error_type=row.error_type,
        error_message=mask_text(row.error_message or "") or None,
    )


router = Router(
    "/audit",
    route_handlers=[list_events, verify_chain, list_dead_jobs, retry_job],
    tags=["audit"],
)
