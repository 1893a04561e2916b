"""The processes of an installation started, watched and stopped together.

A child that ends by itself ends everything, with its name, status and last log lines; a parent
that is killed takes its children along.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

import httpx

from settlement_api.config import Settings
from settlement_api.lifelines import ending_with_parent

T = TypeVar("T")

READY_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 20.0
LOG_TAIL_CHARACTERS = 2_000


class ProcessFailed(RuntimeError):
    """A process could not be started, or ended although it should run; the message says which."""


@dataclass(frozen=True)
class Child:
    """A process to run: its command, and where it answers when it is ready (None: at once)."""

    name: str
    command: Sequence[str]
    ready_url: str | None = None


@dataclass(frozen=True)
class Running:
    """A started process and its log."""

    child: Child
    process: asyncio.subprocess.Process
    log: Path

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL_CHARACTERS:]


class Restartable:
    """A child that may be killed at any moment and started again: rehearsals of failure."""

    def __init__(self, child: Child, environment: Mapping[str, str], logs: Path) -> None:
        self.child = child
        self._environment = environment
        self._logs = logs
        self._running: Running | None = None

    async def start(self) -> None:
        """Starts it and waits until it answers. Raises ProcessFailed."""
        assert self._running is None, f"the {self.child.name} runs already"
        self._running = await _start(self.child, self._environment, self._logs)
        await _wait_until_ready(self._running)

    async def kill(self) -> None:
        """Ends it without a warning (SIGKILL)."""
        assert self._running is not None, f"the {self.child.name} does not run"
        running, self._running = self._running, None
        running.process.kill()
        await running.process.wait()

    async def stop(self) -> None:
        """Asks it to end, if it runs at all."""
        running, self._running = self._running, None
        if running is not None:
            await _stop(running, STOP_TIMEOUT_SECONDS)


def free_port() -> int:
    """A port of the loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def require_free(port: int, *, name: str) -> None:
    """Raises ProcessFailed when somebody already listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ProcessFailed(f"port {port} for the {name} is taken; set another one") from error


def zhijie(*arguments: str) -> list[str]:
    """A command of our own command line, by the interpreter that runs us."""
    return [sys.executable, "-m", "settlement_api.cli", *arguments]


def child_environment(settings: Settings) -> dict[str, str]:
    """The settings of this process as the environment of its children."""
    stated = settings.model_dump(mode="json", exclude_none=True)
    stated["state_directory"] = str(settings.state_directory.resolve())
    return dict(os.environ) | {
        f"ZHIJIE_{name.upper()}": str(value) for name, value in stated.items()
    }


async def run_beside(
    children: Sequence[Child],
    work: Callable[[], Awaitable[T]],
    *,
    environment: Mapping[str, str],
    logs: Path,
    patience_seconds: float = STOP_TIMEOUT_SECONDS,
) -> T:
    """Runs `work` while the children run; stops them in reverse order when it is over.

    Raises ProcessFailed when a child ends first. SIGTERM and Ctrl-C cancel the work; children
    are in sessions of their own, so that only we stop them.
    """
    started = _started(children, environment, logs, patience_seconds)
    async with _stop_signals(), started as running:
        task = asyncio.ensure_future(work())
        watch = asyncio.ensure_future(_first_to_end(running))
        try:
            await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise _ended(watch.result())
            return task.result()
        finally:
            await _cancel(task)
            await _cancel(watch)


async def _cancel(task: "asyncio.Future[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _stop_signals() -> AsyncIterator[None]:
    """Turns SIGTERM into the cancellation that Ctrl-C already is."""
    loop, current = asyncio.get_running_loop(), asyncio.current_task()
    assert current is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, current.cancel)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@asynccontextmanager
async def _started(
    children: Sequence[Child],
    environment: Mapping[str, str],
    logs: Path,
    patience_seconds: float,
) -> AsyncIterator[list[Running]]:
    running: list[Running] = []
    try:
        for child in children:
            started = await _start(child, environment, logs)
            running.append(started)
        for each in running:
            await _wait_until_ready(each)
        yield running
    finally:
        for each in reversed(running):
            await _stop(each, patience_seconds)


async def _start(child: Child, environment: Mapping[str, str], logs: Path) -> Running:
    path = logs / f"{child.name}.log"
    with _open_log(path) as log:
        process = await asyncio.create_subprocess_exec(
            *child.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=ending_with_parent(
                signal.SIGKILL
            ),  # whoever may be killed needs no farewell
        )
    return Running(child, process, path)


def _open_log(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


async def _wait_until_ready(running: Running) -> None:
    url = running.child.ready_url
    if url is None:
        return
    deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_SECONDS
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while asyncio.get_running_loop().time() < deadline:
            if running.process.returncode is not None:
                raise _ended(running)
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise ProcessFailed(f"the {running.child.name} does not become ready:\n{running.last_words()}")


async def _first_to_end(running: Sequence[Running]) -> Running:
    waiting = {asyncio.ensure_future(each.process.wait()): each for each in running}
    try:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    return waiting[next(iter(done))]


def _ended(running: Running) -> ProcessFailed:
    status = running.process.returncode
    return ProcessFailed(
        f"the {running.child.name} ended by itself (status {status}); the end of its log "
        f"({running.log}):\n{running.last_words()}"
    )


async def _stop(running: Running, patience_seconds: float) -> None:
    """Asks a process to end, and kills it when it does not."""
    process = running.process
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(patience_seconds):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
