"""Asking what other rules would have made of past months, and looking at the difference."""

import csv
from collections.abc import AsyncIterator, Sequence
from io import StringIO
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter
from litestar.response import Stream
from sqlalchemy import Row

from schemas.codes.requests import RequestStatus
from schemas.codes.roles import Role
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.messages.replays import ReplayBrief, ReplayLineMessage, ReplayMessage, ReplayOrder
from schemas.money import format_scaled, format_yuan
from settlement_api.access import Principal, require_area
from settlement_api.persistence import Database
from settlement_api.replays import queries, service
from settlement_api.replays.errors import ReplayUnknown
from settlement_api.spreadsheets import guarded
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
READERS = (Role.AGENCY_MAKER, Role.AGENCY_CHECKER, Role.BUREAU_VIEWER, Role.ADMINISTRATOR)


@post("", status_code=202)
async def order_replay(
    data: JSONBody[ReplayOrder],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ReplayMessage:
    """Matches past months again under another pack or other rules, beside those of then.

    In the caller's area, or in all where people of the platform name none. Reads only: payables,
    discrepancies and the ledger stay as they are. Documents as they are known now are used.
    """
    principal.require(*READERS)
    areas = await service.areas_of(uow)
    replay_id = await service.request_replay(uow, order=data, areas=areas)
    return await service.tell(uow, replay_id=replay_id, areas=areas)


@get("")
async def list_replays(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ReplayBrief]:
    """Replays of the area, oldest first."""
    principal.require(*READERS)
    require_area(uow)
    rows = await queries.list_replays(uow, after=decode_id(after), limit=limit + 1)
    briefs = [
        ReplayBrief(
            id=row.id,
            from_month=row.from_month,
            to_month=row.to_month,
            status=RequestStatus(row.status),
            changed_order_lines=row.changed_count,
            requested_by=row.requested_by,
            requested_at=row.requested_at,
        )
        for row in rows
    ]
    return page_by_id(briefs, limit=limit)


@get("/{replay_id:uuid}")
async def show_replay(
    replay_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ReplayMessage:
    """How far a replay is, and the difference so far: by reason, route and kind, per area and in
    total."""
    principal.require(*READERS)
    areas = await service.areas_of(uow)
    return await service.tell(uow, replay_id=replay_id, areas=areas)


@post("/{replay_id:uuid}/cancellation", status_code=200)
async def cancel_replay(
    replay_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ReplayMessage:
    """Ends a replay in the caller's areas; what it found so far stays to be looked at."""
    principal.require(*READERS)
    areas = await service.areas_of(uow)
    parts = await service.find_parts(uow, replay_id=replay_id, areas=areas)
    named = [part.replay.area_code for part in parts]
    await service.cancel_replay(uow, replay_id=replay_id, areas=named)
    return await service.tell(uow, replay_id=replay_id, areas=named)


@get("/{replay_id:uuid}/lines")
async def list_lines(
    replay_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ReplayLineMessage]:
    """The area's order lines that other rules would have settled differently."""
    principal.require(*READERS)
    require_area(uow)
    if await queries.find_replay(uow, replay_id=replay_id) is None:
        raise ReplayUnknown
    rows = await queries.list_lines(
        uow, replay_id=replay_id, after=decode_id(after), limit=limit + 1
    )
    return page_by_id([_line(row) for row in rows], limit=limit)


@get("/{replay_id:uuid}/lines.csv")
async def export_lines(
    replay_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    database: NamedDependency[Database],
) -> Stream:
    """The same lines, all of them, as a table with the area in front."""
    principal.require(*READERS)
    areas = await service.areas_of(uow)
    parts = await service.find_parts(uow, replay_id=replay_id, areas=areas)
    named = [part.replay.area_code for part in parts]
    headers = {"Content-Disposition": f'attachment; filename="replay-{replay_id}.csv"'}
    return Stream(
        _table(database, named, replay_id), media_type="text/csv; charset=utf-8", headers=headers
    )


COLUMNS = ("area_code", *(name for name in ReplayLineMessage.model_fields if name != "id"))


async def _table(database: Database, areas: Sequence[str], replay_id: UUID) -> AsyncIterator[bytes]:
    yield as_csv([COLUMNS])
    async for area_code, rows in queries.every_line(database, areas=areas, replay_id=replay_id):
        lines = (_line(row).model_dump(mode="json", exclude={"id"}) for row in rows)
        yield as_csv([(area_code, *line.values()) for line in lines])


def as_csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as CSV; hospitals and suppliers wrote some of the cells, so each is guarded."""
    text = StringIO()
    csv.writer(text).writerows([[guarded(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _line(row: Row[Any]) -> ReplayLineMessage:
    return ReplayLineMessage(
        id=row.id,
        order_line_id=row.order_line_id,
        hospital_code=row.hospital_code,
        supplier_uscc=row.supplier_uscc,
        order_number=row.order_number,
        line_number=row.line_number,
        product_code=row.product_code,
        quantity_before=format_scaled(row.before_milli, scale=3),
        quantity_after=format_scaled(row.after_milli, scale=3),
        amount_before=format_yuan(row.before_minor),
        amount_after=format_yuan(row.after_minor),
        amount_difference=format_yuan(row.after_minor - row.before_minor),
        routes_before=row.routes_before,
        routes_after=row.routes_after,
        reasons_before=row.reasons_before,
        reasons_after=row.reasons_after,
    )


router = Router(
    path="/replays",
    route_handlers=[
        order_replay,
        list_replays,
        show_replay,
        cancel_replay,
        list_lines,
        export_lines,
    ],
    tags=["replays"],
)
