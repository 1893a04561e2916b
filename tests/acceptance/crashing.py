"""A rehearsal whose processes may be killed: worker, API, bank and database, each on its own."""

import asyncio
import os
import pwd
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import asyncpg
import msgspec
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from settlement_api.config import Settings
from settlement_api.embedded_postgres import Layout, plan_layout, remove_data
from settlement_api.rehearsal.client import open_http
from settlement_api.rehearsal.generator import write_province
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

PATIENCE_SECONDS = 90.0
T = TypeVar("T")
Cue = Callable[[], Awaitable[None]]


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
    _servers: list["subprocess.Popen[bytes]"] = field(default_factory=list)

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

    # ── the database ──

    def postmaster(self) -> int:
        """The process id of the database server."""
        return int((self.layout.data / "postmaster.pid").read_text().split("\n", 1)[0])

    async def kill_database(self) -> list[str]:
        """Kills the server without a warning; the command that started it."""
        pid = self.postmaster()
        command = _command_of(pid)
        backends = _children_of(pid)
        os.kill(pid, signal.SIGKILL)
        await self._gone([pid, *backends])
        _reap(pid)
        return command

    async def _gone(self, pids: list[int]) -> None:
        async def gone() -> bool:
            return not any(_is_alive(pid) for pid in pids)

        await self.until(gone, "the killed server's processes end")

    def start_database(self, command: list[str]) -> None:
        """Starts the server again, as whoever runs a database does."""
        user = self.layout.run_as
        with (self.state / "postgres.log").open("ab") as log:
            server = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                user=user,
                group=pwd.getpwnam(user).pw_gid if user else None,
                extra_groups=[] if user else None,
            )
        self._servers.append(server)

    async def has_database(self) -> bool:
        """Whether the database answers this process again."""
        try:
            await self.stage.installation.clock.now()
        except (OSError, SQLAlchemyError, asyncpg.PostgresError):
            return False
        return True

    def stop_databases(self) -> None:
        """Stops the servers started here."""
        for server in self._servers:
            if server.poll() is None:
                server.send_signal(signal.SIGINT)
            server.wait(timeout=60)


def _reap(pid: int) -> None:
    """Hears that a child ended: the next server takes an unheard one to be alive."""
    os.waitpid(pid, 0)


def _command_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")


def _children_of(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid:
            found.append(int(path.parent.name))
    return found


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that is only waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


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
    settings = rehearsal_settings(Settings(), state=state, ports=ports)
    at = opening_instant(date.fromisoformat(manifest["first_order_day"]))
    async with open_rehearsed(settings, at=at) as installation:
        crew = [
            Restartable(child, child_environment(settings), state / LOGS)
            for child in children(state, ports, first_instant=at, workers=1)
        ]
        async with (
            open_http(ports.urls.api, connections=CONNECTIONS) as api,
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
                await installation.database.close()
                theater.stop_databases()
    remove_data(state)
