"""A rehearsal whose processes may be killed: worker, API, bank and database, each on its own."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import asyncpg
import httpx
import msgspec
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from settlement_api.config import Settings
from settlement_api.embedded_postgres import Layout, plan_layout, remove_data
from settlement_api.rehearsal.client import TIMEOUT_SECONDS, open_http
from settlement_api.rehearsal.generator import write_province
from settlement_api.rehearsal.month import REPORT, play_month
from settlement_api.rehearsal.opening import (
    CONNECTIONS,
    LOGS,
    PROVINCE,
    Ports,
    children,
    open_rehearsed,
    opening_instant,
    rehearsal_settings,
)
from settlement_api.rehearsal.processes import Restartable, child_environment, free_port
from settlement_api.rehearsal.stage import Stage, Step, make_progress
from tests.builders.processes import descendants, is_alive

PATIENCE_SECONDS = 90.0
T = TypeVar("T")
Cue = Callable[[], Awaitable[None]]


class PatientTransport(httpx.AsyncHTTPTransport):
    """Asks again, under the same Idempotency-Key, while nobody answers or the answer is 503: as
    every caller of the platform is told to. A body that is streamed goes out once."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        deadline = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = await super().handle_async_request(request)
            except httpx.TransportError:
                if not isinstance(request.stream, httpx.ByteStream) or monotonic() > deadline:
                    raise
            else:
                if response.status_code != 503 or monotonic() > deadline:
                    return response
                await response.aclose()
            await asyncio.sleep(0.1)


@dataclass
class CuedStage(Stage):
    """A stage on which something happens beside a step, from the moment it begins."""

    cues: Mapping[str, Cue] = field(default_factory=dict)
    """What to do, by how the step's title begins; each once."""
    calm: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared while an accident is under way that the play must not run into."""
    _group: asyncio.TaskGroup | None = None
    _given: set[str] = field(default_factory=set)

    @contextmanager
    def step(self, title: str, *, total: int | None = None) -> Iterator[Step]:
        """A step, with its cue if it has one."""
        for beginning, cue in self.cues.items():
            if title.startswith(beginning) and beginning not in self._given:
                self._given.add(beginning)
                assert self._group is not None, "cues are given while it performs"
                self._group.create_task(_run(cue))
        with super().step(title, total=total) as step:
            yield step

    async def be_quiet(self) -> None:
        """Waits until every job is done and no accident is under way."""
        await super().be_quiet()
        while not self.calm.is_set():
            await self.calm.wait()
            await super().be_quiet()

    async def perform(self, play: Callable[["CuedStage"], Awaitable[T]]) -> T:
        """Plays with the cues; the first failure of any of them ends it and is raised."""
        self.calm.set()
        async with asyncio.TaskGroup() as group:
            self._group = group
            ended = await play(self)
        assert self._given == set(self.cues), "a cue never came: a step is called otherwise now"
        return ended


async def _run(cue: Cue) -> None:
    await cue()


@dataclass
class Theater:
    """A stage and the processes behind it."""

    stage: CuedStage
    bank: Restartable
    api: Restartable
    worker: Restartable
    layout: Layout
    state: Path
    screen: StringIO

    async def workers_seen(self) -> int:
        """How many workers ever gave a sign of life and did not leave properly."""
        return int(await self.ask("SELECT count(*) FROM worker_heartbeat"))

    async def ask(self, sql: str) -> Any:
        """One figure over every area, on the read-only role."""
        async with self.stage.installation.database.system() as connection:
            return (await connection.exec_driver_sql(sql)).scalar_one()

    async def until(self, question: Callable[[], Awaitable[bool]], what: str) -> None:
        """Waits until something is so. Fails with `what` when it never is."""
        deadline = monotonic() + PATIENCE_SECONDS
        while not await question():
            assert monotonic() < deadline, f"never: {what}"
            await asyncio.sleep(0.02)

    async def restart_worker(self) -> None:
        """Starts the worker and waits until it works."""
        before = await self.workers_seen()
        await self.worker.start()

        async def seen() -> bool:
            return await self.workers_seen() > before

        await self.until(seen, "a new worker is seen")

    def delivered_again(self) -> set[str]:
        """The messages that the bank was given more than once."""
        with sqlite3.connect(self.state / "bank.sqlite") as book:
            rows = book.execute("SELECT message_id FROM delivery WHERE times > 1").fetchall()
        book.close()
        return {row[0] for row in rows}

    def booked(self) -> dict[str, int]:
        """What the bank's own book says it debited, by end-to-end id."""
        with sqlite3.connect(self.state / "bank.sqlite") as book:
            rows = book.execute(
                "SELECT end_to_end_id, -sum(amount), count(*) FROM entry"
                " WHERE amount < 0 GROUP BY end_to_end_id"
            ).fetchall()
        book.close()
        assert all(times == 1 for *_, times in rows), "the bank debited one id twice"
        return {identity: amount for identity, amount, _ in rows}

    # ── exact moments ──

    @asynccontextmanager
    async def holding(self, table: str) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        """Whoever writes to the table waits there, in the middle of its transaction, until the
        block ends; yields the question whether somebody does."""
        migrator = self.stage.installation.addresses.migrator
        assert migrator is not None
        connection = await asyncpg.connect(migrator)
        await connection.execute("SET ROLE zhijie_owner")
        waiting = "SELECT count(*) FROM pg_locks WHERE relation = $1::regclass AND NOT granted"

        async def somebody_waits() -> bool:
            return bool(await connection.fetchval(waiting, table))

        try:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
                yield somebody_waits
        finally:
            await connection.close()

    async def kill_writing(self, victim: Restartable, table: str) -> None:
        """Kills a process in the middle of the transaction in which it writes to a table; then
        starts it again."""
        async with self.holding(table) as somebody_waits:
            await self.until(somebody_waits, f"the {victim.child.name} writes to {table}")
            await victim.kill()
        if victim is self.worker:
            await self.restart_worker()
        else:
            await victim.start()

    # ── the database ──

    def postmaster(self) -> int:
        """The process id of the database server."""
        return int((self.layout.data / "postmaster.pid").read_text().split("\n", 1)[0])

    async def kill_database(self) -> None:
        """Kills the server without a warning; whoever runs it starts it again."""
        pid = self.postmaster()
        family = {pid, *descendants(pid)}
        os.kill(pid, signal.SIGKILL)

        async def gone() -> bool:
            return not any(map(is_alive, family))

        await self.until(gone, "the killed server's processes end")

    async def has_database(self) -> bool:
        """Whether the database answers this process again."""
        try:
            await self.stage.installation.clock.now()
        except (OSError, SQLAlchemyError, asyncpg.PostgresError):
            return False
        return True


def _open_patient_http(base_url: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    transport = PatientTransport(limits=limits)
    return httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT_SECONDS, transport=transport)


@asynccontextmanager
async def open_theater(
    folder: Path, *, seed: int, behavior: Mapping[str, Any] | None = None
) -> AsyncIterator[Theater]:
    """Everything running on a fresh small province; `behavior` changes the bank's temper."""
    state = (folder / "theater").resolve()
    manifest = write_province(state / PROVINCE, scale="taste", seed=seed)
    if behavior:
        path = state / PROVINCE / "bank" / "behavior.json"
        path.write_bytes(msgspec.json.encode(msgspec.json.decode(path.read_bytes()) | behavior))
    ports = Ports(free_port(), free_port())
    chosen = Settings(hourly_rounds=False)  # as the demonstration, whose fen it must end in
    settings = rehearsal_settings(chosen, state=state, ports=ports)
    at = opening_instant(date.fromisoformat(manifest["first_order_day"]))
    async with open_rehearsed(settings, at=at) as installation:
        crew = [
            Restartable(child, child_environment(settings), state / LOGS)
            for child in children(state, ports, first_instant=at, workers=1)
        ]
        async with (
            _open_patient_http(ports.urls.api) as api,
            open_http(ports.urls.bank, connections=CONNECTIONS) as bank,
        ):
            screen = StringIO()
            console = Console(file=screen, width=160)
            stage = CuedStage(
                *(state / PROVINCE, manifest, installation, ports.urls),
                *(api, bank, console, make_progress(console)),
            )
            bank_itself, api_itself, worker = crew
            layout = plan_layout(state)
            theater = Theater(stage, bank_itself, api_itself, worker, layout, state, screen)
            try:
                for child in crew:
                    await child.start()
                yield theater
            finally:
                for child in reversed(crew):
                    await child.stop()
    remove_data(state)


async def play(theater: Theater, cues: Mapping[str, Cue]) -> dict[str, Any]:
    """The month with its cues; its report, all invariants held."""
    theater.stage.cues = cues
    status = await theater.stage.perform(play_month)
    assert status == 0, theater.screen.getvalue()
    report: dict[str, Any] = msgspec.json.decode((theater.state / REPORT).read_bytes())
    return report


def total(report: Mapping[str, Any], question: str, column: str, **wanted: str) -> int:
    rows = report["figures"][question]
    chosen = (row for row in rows if all(row[name] == text for name, text in wanted.items()))
    return sum(row[column] for row in chosen)


async def require_paid_once(theater: Theater, report: Mapping[str, Any]) -> None:
    """The bank's own book against ours: the same ids, the same fen, no payment debited twice."""
    booked = theater.booked()
    paid = -total(report, "statement_entries", "amount_minor", entry_class="payment")
    assert sum(booked.values()) == paid > 0
    twice = await theater.ask(
        "SELECT count(*) FROM (SELECT payment_id FROM payment_attempt"
        " WHERE outcome IN ('debited', 'credited', 'returned')"
        " GROUP BY area_code, payment_id HAVING count(*) > 1) AS payment"
    )
    assert twice == 0
    ours = await theater.ask(
        "SELECT count(*) FROM payment_attempt WHERE outcome IN ('debited', 'credited', 'returned')"
    )
    assert ours == len(booked)
