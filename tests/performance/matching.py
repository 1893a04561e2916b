"""Matching from PostgreSQL to PostgreSQL: a whole day, and one order as it arrives."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from settlement_api.embedded_postgres import SUPERUSER
from settlement_api.intakes.jobs import apply_intake
from settlement_api.reconciliation import service
from settlement_api.rehearsal import people
from settlement_api.rehearsal.stage import Stage
from settlement_api.rehearsal.trading import NDJSON
from settlement_api.unit_of_work import AreaScope
from settlement_api.worker import JOBS_AT_ONCE
from tests.performance.flow import CpuMeter, flow_figure
from tests.performance.ingest import Addresses
from tests.performance.measure import Figure, Stopwatch, percentile

DAY_GOAL_SECONDS = 1.0
ARRIVAL_GOAL_MILLISECONDS = 50.0
ARRIVALS = 200
"""So many that the first, which makes its plans, is not the p95."""
EVERYTHING = 1 << 62
AREAS_AT_ONCE = JOBS_AT_ONCE
"""As one worker runs its jobs."""


async def measure_matching(stage: Stage) -> list[Figure]:
    """Stores a day without matching it, then matches it; then orders arriving one by one.

    Needs a stage without workers: they would match before the watch starts. A worker's connections
    have run before: their temporary tables are made here while there is nothing to match, and
    their plans by as many areas as run at once, matched and taken back. That comes after the
    counting of `keep_house`, which throws plans away.
    """
    folders = sorted((stage.files / "documents").iterdir())
    files = [file for folder in folders for file in sorted(folder.glob("*.ndjson"))]
    meter = CpuMeter.of(stage)
    await match_areas(stage, stage.areas, kept=True)
    with meter.running():
        await store(stage, files)
    await keep_house(stage)
    await match_areas(stage, stage.areas[:AREAS_AT_ONCE], kept=False)
    with meter.running():
        day, order_lines = await _match_day(stage)
    await keep_house(stage)
    arrivals = await match_arrivals(
        stage, folders[0], "one order matched on arrival", ARRIVAL_GOAL_MILLISECONDS
    )
    return [day, arrivals, await flow_figure(stage, order_lines, meter)]


async def keep_house(stage: Stage) -> None:
    """What the server does by itself within seconds of so many new rows, done before the watch
    starts: a real day's documents come over a day, and its counting is not matching's work."""
    owner = await asyncpg.connect(Addresses.of(stage).server.dsn(SUPERUSER))
    try:
        await owner.execute("VACUUM (ANALYZE)")
    finally:
        await owner.close()


async def store(stage: Stage, files: list[Path]) -> None:
    """Documents taken in and applied, and nothing matched."""
    caller = await stage.person(people.ADMINISTRATOR)
    intake = await caller.upload("/intakes", files, media_type=NDJSON)
    installation = stage.installation
    await apply_intake(
        installation.database,
        intake_id=UUID(intake["id"]),
        body_limit=installation.settings.body_limit_bytes,
    )


class _TakenBackError(Exception):
    """Ends a transaction without a trace."""


async def match_areas(
    stage: Stage, areas: Sequence[str], *, kept: bool
) -> list[service.MatchResult | None]:
    """Each area is matched by itself, some beside each other as in a worker."""
    places = asyncio.Semaphore(AREAS_AT_ONCE)

    async def match(area: str) -> service.MatchResult | None:
        result = None
        with suppress(_TakenBackError):
            async with places, stage.installation.database.begin(AreaScope(area)) as uow:
                result = await service.match_area(uow)
                if not kept:
                    raise _TakenBackError
        return result

    return await asyncio.gather(*(match(area) for area in areas))


async def _match_day(stage: Stage) -> tuple[Figure, int]:
    """A day matched and committed, and how many order lines there were."""
    watch = Stopwatch()
    with watch.round():
        results = await match_areas(stage, stage.areas, kept=True)
    seconds = watch.rounds[0]
    lines = sum(result.order_lines for result in results if result is not None)
    payables = sum(result.payables_inserted for result in results if result is not None)
    figure = Figure(
        "a day matched, PostgreSQL to PostgreSQL, area by area",
        seconds,
        "s",
        f"< {DAY_GOAL_SECONDS:.1f} s",
        seconds < DAY_GOAL_SECONDS and payables > 0,
        note=f"{lines:,} order lines, {payables:,} payables, {len(stage.areas)} areas, "
        f"{AREAS_AT_ONCE} at once in one process whose plans are made, payables and ledger "
        "entries written",
    )
    return figure, lines


async def match_arrivals(stage: Stage, folder: Path, name: str, goal: float) -> Figure:
    """Orders of a folder come again, one by one; the milliseconds (p95) each is matched in."""
    caller = await stage.person(people.ADMINISTRATOR)
    area_of = {party.code: party.area_code for party in stage.hospitals.values()}
    watch = Stopwatch()
    for number, order in enumerate(_orders(folder)):
        renamed = order | {"external_number": f"ARRIVAL-{number:04d}"}
        stored = await caller.post("/documents/purchase_order", renamed)
        area = area_of[order["hospital_code"]]
        assert area is not None, "a hospital has an area"
        with watch.round():
            async with stage.installation.database.begin(AreaScope(area)) as uow:
                await service.match_arrival(
                    uow,
                    intake_id=UUID(stored["intake_id"]),
                    first_position=0,
                    last_position=EVERYTHING,
                )
    milliseconds = percentile([seconds * 1_000 for seconds in watch.rounds], 0.95)
    return Figure(
        name,
        milliseconds,
        "ms (p95)",
        f"< {goal:.0f} ms",
        milliseconds < goal,
        note=f"{len(watch.rounds)} orders; median {watch.median * 1_000:,.1f} ms, "
        f"the first {watch.rounds[0] * 1_000:,.1f} ms, the slowest "
        f"{max(watch.rounds) * 1_000:,.1f} ms",
    )


def _orders(folder: Path) -> list[dict[str, Any]]:
    path = min(folder.glob("*purchase_order*.ndjson"))
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line, _ in zip(file, range(ARRIVALS), strict=False)]
