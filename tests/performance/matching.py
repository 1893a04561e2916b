"""Matching from PostgreSQL to PostgreSQL: a whole day, and one order as it arrives."""

import json
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
from tests.performance.flow import CpuMeter, flow_figure
from tests.performance.ingest import Addresses
from tests.performance.matchers import AREAS_AT_ONCE, PROCESSES, Matchers, open_matchers
from tests.performance.measure import Figure, Stopwatch, percentile

DAY_GOAL_SECONDS = 1.0
ARRIVAL_GOAL_MILLISECONDS = 50.0
ARRIVALS = 200
"""So many that the first, which makes its plans, is not the p95."""
EVERYTHING = 1 << 62


async def measure_matching(stage: Stage) -> list[Figure]:
    """Stores a day without matching it, then matches it; then orders arriving one by one.

    Needs a stage without workers: they would match before the watch starts. The matchers'
    connections have run before, as a worker's have: their temporary tables are made while there is
    nothing to match, and their plans after the counting of `keep_house`, which throws plans away.
    """
    folders = sorted((stage.files / "documents").iterdir())
    files = [file for folder in folders for file in sorted(folder.glob("*.ndjson"))]
    meter = CpuMeter.of(stage)
    async with open_matchers(stage.installation.settings) as matchers:
        await matchers.match(stage.areas)
        with meter.running():
            await store(stage, files)
        await keep_house(stage)
        await matchers.warm_up(stage.areas)
        with meter.running():
            day, order_lines = await _match_day(stage, matchers)
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


async def _match_day(stage: Stage, matchers: Matchers) -> tuple[Figure, int]:
    """A day matched and committed, and how many order lines there were."""
    watch = Stopwatch()
    with watch.round():
        results = await matchers.match(stage.areas)
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
        f"{AREAS_AT_ONCE} at once in each of {PROCESSES} processes whose plans are made, payables "
        "and ledger entries written",
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
