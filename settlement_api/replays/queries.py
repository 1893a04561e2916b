"""Documents of a replay's components as columns, and replays as they are kept."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from reconciler.columns import Asked
from reconciler.copy_layouts import PLANNING, STAGING_TABLES
from reconciler.dossier import Dossier
from schemas.tables.replays import Replay
from settlement_api.persistence import Database, load_sql
from settlement_api.reconciliation import queries as reconciliation
from settlement_api.unit_of_work import AreaScope, UnitOfWork

LINES_AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class AreaReplay:
    """One area's part of a replay, and what ended how before and after."""

    replay: Replay
    differences: Sequence[Row[Any]]


async def read_next(
    uow: UnitOfWork, *, replay_id: UUID, components: int, asked: Asked
) -> Dossier | None:
    """The documents of the next components, as if nothing had been applied for; None at the end.

    Nothing live is locked: arrivals and match runs go on meanwhile.
    """
    await uow.keep_staging(STAGING_TABLES)
    await uow.raw.execute(PLANNING)
    touched = await uow.execute(
        load_sql(__file__, "touch_replayed"),
        area_code=uow.area_code,
        id=replay_id,
        components=components,
    )
    if not touched:
        return None
    raw = await reconciliation.read_columns(uow, touched=touched, asked=asked)
    raw |= {name: raw[name][:0] for name in ("payables", "discrepancies")}
    return await reconciliation.dossier_of(uow, raw)


async def stored_pack(uow: UnitOfWork, *, code: str, version: int) -> str | None:
    """A stored version of a rule pack as JSON text, whether or not it was ever in force."""
    found: str | None = await uow.fetch_value(
        load_sql(__file__, "stored_pack"), code=code, version=version
    )
    return found


async def find_replay(uow: UnitOfWork, *, replay_id: UUID) -> Replay | None:
    """The area's part of a replay, read anew."""
    chosen = (
        select(Replay)
        .where(col(Replay.id) == replay_id, col(Replay.area_code) == uow.area_code)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.exec(chosen)).one_or_none()


async def list_replays(uow: UnitOfWork, *, after: UUID | None, limit: int) -> list[Replay]:
    """Replays of the area, newest last, after a key."""
    chosen = select(Replay).order_by(col(Replay.id)).limit(limit)
    if after is not None:
        chosen = chosen.where(col(Replay.id) > after)
    return list((await uow.session.exec(chosen)).all())


async def list_differences(uow: UnitOfWork, *, replay_id: UUID) -> Sequence[Row[Any]]:
    """What ended how before and after, in the area."""
    return await uow.fetch_all(
        load_sql(__file__, "list_differences"), area_code=uow.area_code, id=replay_id
    )


async def list_lines(
    uow: UnitOfWork, *, replay_id: UUID, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Order lines of the area that change, after a key."""
    return await uow.fetch_all(
        load_sql(__file__, "list_lines"),
        area_code=uow.area_code,
        id=replay_id,
        after=after,
        limit=limit,
    )


async def every_line(
    database: Database, *, areas: Sequence[str], replay_id: UUID
) -> AsyncIterator[tuple[str, Sequence[Row[Any]]]]:
    """All changed order lines, area by area, some thousands at a time, each part read by itself."""
    for area_code in areas:
        after: UUID | None = None
        while True:
            async with database.begin(AreaScope(area_code)) as uow:
                rows = await list_lines(uow, replay_id=replay_id, after=after, limit=LINES_AT_ONCE)
            if not rows:
                break
            yield area_code, rows
            after = rows[-1].id
