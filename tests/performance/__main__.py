"""`make bench`: every figure beside its limit, in one run; a table and build/bench.json."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import uvloop
from rich.console import Console

from settlement_api.config import Settings
from settlement_api.rehearsal.generator import write_province
from settlement_api.rehearsal.opening import (
    PROVINCE,
    Ports,
    clear_state,
    rehearsal_settings,
    run_on_stage,
)
from settlement_api.rehearsal.processes import free_port
from settlement_api.rehearsal.setting_up import import_master_data, let_people_in, meet_the_parties
from settlement_api.rehearsal.stage import Stage
from tests.performance.bank_messages import measure_bank_messages
from tests.performance.ingest import measure_ingest, measure_memory
from tests.performance.matching import measure_matching
from tests.performance.measure import Figure, show, write_json
from tests.performance.money import measure_money
from tests.performance.oracle import SCALES, measure_oracle
from tests.performance.splits import measure_splits
from tests.performance.year import measure_year

SEED = 20260301
YEAR = "year"
REPORT = Path("build/bench.json")
Measurement = Callable[[Stage], Awaitable[list[Figure]]]


async def set_up(stage: Stage) -> list[Figure]:
    """People and master data, over HTTP."""
    await let_people_in(stage)
    await import_master_data(stage)
    await meet_the_parties(stage)
    return []


async def _stage(
    folder: Path,
    console: Console,
    scale: str,
    measurements: Sequence[Measurement],
    *,
    into: list[Figure],
    workers: int = 1,
) -> int:
    """Measures on a freshly opened platform with a province of its own."""

    async def play(stage: Stage) -> int:
        for measure in measurements:
            with stage.step(measure.__name__.replace("_", " ")):
                into.extend(await measure(stage))
        return 0

    ports, state = Ports(free_port(), free_port()), folder / scale
    settings = rehearsal_settings(Settings(), state=state, ports=ports)
    try:
        manifest = dict(write_province(state / PROVINCE, scale=scale, seed=SEED))
        return await run_on_stage(settings, ports, manifest, play, console=console, workers=workers)
    finally:
        await asyncio.to_thread(clear_state, state)


async def run(scales: Sequence[str]) -> int:
    """Measures everything on one freshly opened platform."""
    console, figures = Console(), list[Figure]()
    folder = Path(tempfile.mkdtemp(prefix="zhijie-bench-"))
    try:
        status = await _stage(folder, console, "days", (set_up, measure_ingest), into=figures)
        # Without workers nothing is matched before the watch starts, and nothing is left to do.
        measured = (set_up, measure_matching, measure_memory)
        status |= await _stage(folder, console, "day", measured, into=figures, workers=0)
        measured = (set_up, measure_money)
        status |= await _stage(folder, console, "taste", measured, into=figures, workers=0)
        if YEAR in scales:
            measured = (set_up, measure_year)
            status |= await _stage(folder, console, "month", measured, into=figures, workers=0)
        figures += await asyncio.to_thread(measure_oracle, scales)
        figures += await asyncio.to_thread(measure_splits, folder)
        figures += await asyncio.to_thread(measure_bank_messages, folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)
    show(figures)
    write_json(figures, REPORT)
    missed = [figure.name for figure in figures if not figure.met]
    return status or (1 if missed else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--year",
        action="store_true",
        help="a year too, in PostgreSQL and in memory (half an hour, 40 GB of disk)",
    )
    sys.exit(uvloop.run(run([*SCALES] if parser.parse_args().year else ["day", "month"])))
