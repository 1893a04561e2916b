"""What every step of a rehearsal shares: the files, the processes, the people, the clock."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import httpx
from rich.cells import set_cell_size
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.times import SHANGHAI
from settlement_api import readiness
from settlement_api.installation import Installation
from settlement_api.persistence import SimulatedClock
from settlement_api.rehearsal import people
from settlement_api.rehearsal.client import Caller, log_in, with_key
from settlement_api.rehearsal.people import KnownParty
from settlement_api.rehearsal.words import Language, said

TITLE_CELLS, BAR_CELLS = 40, 24
LOOK_EVERY_SECONDS = 0.05
OPEN_STATES = frozenset({"queued", "picked"})


class JobsFailed(RuntimeError):
    """Jobs of the rehearsal failed for good; the worker's log says why."""


@dataclass(frozen=True)
class Urls:
    """Where the processes answer."""

    api: str
    bank: str


@dataclass
class Stage:
    """A rehearsal under way."""

    files: Path
    """The generated province."""
    manifest: Mapping[str, Any]
    installation: Installation
    urls: Urls
    api: httpx.AsyncClient
    bank: httpx.AsyncClient
    console: Console
    progress: Progress
    language: Language = Language.EN
    """What steps and the report are written in."""
    hospitals: dict[UUID, KnownParty] = field(default_factory=dict)
    suppliers: dict[UUID, KnownParty] = field(default_factory=dict)
    keys: dict[UUID, str] = field(default_factory=dict)
    """Secrets of the parties' own systems."""
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each step took."""
    _callers: dict[str, Caller] = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def areas(self) -> list[str]:
        """The area codes of the province, in order."""
        return list(self.manifest["areas"])

    @property
    def period(self) -> str:
        """The settlement month."""
        return str(self.manifest["period"])

    @property
    def first_day(self) -> date:
        """The first order day."""
        return date.fromisoformat(self.manifest["first_order_day"])

    async def person(self, login_name: str) -> Caller:
        """Somebody logged in over HTTP, once."""
        async with self._lock:
            if login_name not in self._callers:
                self._callers[login_name] = await log_in(
                    self.api, login_name=login_name, password=people.PASSWORD
                )
        return self._callers[login_name]

    async def official(self, post: str, area_code: str) -> Caller:
        """The person of a post in an area."""
        return await self.person(people.area_login(post, area_code))

    def system_of(self, party_id: UUID) -> Caller:
        """The own system of a hospital or supplier."""
        return with_key(self.api, self.keys[party_id])

    async def move_clock(self, day: date, *, hour: int = 9) -> None:
        """Moves everybody's business clock to an hour of a day, Shanghai time."""
        await self._move_to(datetime.combine(day, time(hour), SHANGHAI))

    async def let_pass(self, span: timedelta) -> None:
        """Moves everybody's business clock forward by so much."""
        await self._move_to(await self.installation.clock.now() + span)

    async def _move_to(self, instant: datetime) -> None:
        clock = self.installation.clock
        assert isinstance(clock, SimulatedClock), "only a simulated clock can be moved"
        await clock.move_to(instant)
        answer = await self.bank.post("/clock", json={"instant": instant.isoformat()})
        answer.raise_for_status()

    async def today(self) -> date:
        """The business day."""
        return (await self.installation.clock.now()).astimezone(SHANGHAI).date()

    async def be_quiet(self) -> None:
        """Waits until every event is sealed and every job done. Raises JobsFailed."""
        while True:
            if not await self._work_left():
                return
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _work_left(self) -> int:
        """Asked of the database itself: the platform's figures in full cost it more than work."""
        found = await readiness.look(self.installation.database)
        for row in found.jobs:
            if row.status not in OPEN_STATES:
                raise JobsFailed(f"{row.waiting} × {row.job} {row.status}")
        return found.unsealed_events + len(found.jobs)

    @contextmanager
    def step(self, title: str, *, total: int | None = None) -> Iterator["Step"]:
        """A bar of its own for one step of the month; when it is over, a line that stays: more
        bars than the terminal has lines would hide the last ones."""
        began = monotonic()
        shown = set_cell_size(said(title, self.language), TITLE_CELLS)
        task = self.progress.add_task(shown, total=total)
        step = Step(self.progress, task)
        yield step
        seconds = self.seconds[title] = monotonic() - began
        self.progress.remove_task(task)
        bar = "[green]" + "━" * BAR_CELLS + "[/] " if self.console.is_terminal else ""
        done = max(step.done, 1)
        self.console.print(f"{shown} {bar}{done:>9,} {seconds:7.1f} s", highlight=False)


@dataclass
class Step:
    """The bar of one step."""

    progress: Progress
    task: Any
    done: int = 0

    def expect(self, total: int) -> None:
        """How much there is to do."""
        self.progress.update(self.task, total=total)

    def advance(self, by: int = 1) -> None:
        """So much more is done."""
        self.done += by
        self.progress.update(self.task, advance=by)


def make_progress(console: Console) -> Progress:
    """Bars with counts and times, one line per step; elsewhere than on a terminal, plain lines."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=BAR_CELLS),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    while first <= last:
        yield first
        first += timedelta(days=1)
