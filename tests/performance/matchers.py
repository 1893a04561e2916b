"""Processes that match areas as a worker does: one a core, each several areas at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final

import uvloop

from settlement_api.config import Settings
from settlement_api.installation import open_installation
from settlement_api.persistence import Database
from settlement_api.reconciliation.service import MatchResult, match_area
from settlement_api.unit_of_work import AreaScope
from settlement_api.worker import JOBS_AT_ONCE

PROCESSES: Final = 2
AREAS_AT_ONCE: Final = JOBS_AT_ONCE // PROCESSES
"""In each of them: in all as many as one worker runs."""

Results = list[MatchResult | None]


class _TakenBackError(Exception):
    """Ends a transaction without a trace."""


async def match_areas(database: Database, areas: Sequence[str], *, kept: bool) -> Results:
    """Each area is matched by itself, some beside each other."""
    places = asyncio.Semaphore(AREAS_AT_ONCE)

    async def match(area: str) -> MatchResult | None:
        result = None
        with suppress(_TakenBackError):
            async with places, database.begin(AreaScope(area)) as uow:
                result = await match_area(uow)
                if not kept:
                    raise _TakenBackError
        return result

    return await asyncio.gather(*(match(area) for area in areas))


@dataclass(frozen=True)
class Matchers:
    """The processes, by the lines to them; areas are dealt out in turn."""

    lines: tuple[Connection, ...]

    async def match(self, areas: Sequence[str], *, kept: bool = True) -> Results:
        """Matches areas in all processes at once; not `kept`, every one is taken back."""
        for number, line in enumerate(self.lines):
            line.send((areas[number :: len(self.lines)], kept))
        parts = await asyncio.gather(*(asyncio.to_thread(line.recv) for line in self.lines))
        return [result for part in parts for result in part]

    async def warm_up(self, areas: Sequence[str]) -> None:
        """As many areas as run at once, matched and taken back: a worker that has run for a while
        keeps its connections, and they keep their plans."""
        await self.match(areas[: PROCESSES * AREAS_AT_ONCE], kept=False)


@asynccontextmanager
async def open_matchers(settings: Settings) -> AsyncIterator[Matchers]:
    """Matching processes on an installation, ready when they are given."""
    context = get_context("spawn")
    pairs = [context.Pipe() for _ in range(PROCESSES)]
    processes = [
        context.Process(target=_serve, args=(settings, theirs), daemon=True) for _, theirs in pairs
    ]
    for process in processes:
        process.start()
    matchers = Matchers(tuple(ours for ours, _ in pairs))
    try:
        await matchers.match([])
        yield matchers
    finally:
        for line in matchers.lines:
            line.send(None)
        for process in processes:
            await asyncio.to_thread(process.join)


def _serve(settings: Settings, line: Connection) -> None:
    uvloop.run(_answer(settings, line))


async def _answer(settings: Settings, line: Connection) -> None:
    async with open_installation(settings) as installation:
        while (asked := await asyncio.to_thread(line.recv)) is not None:
            areas, kept = asked
            line.send(await match_areas(installation.database, areas, kept=kept))
