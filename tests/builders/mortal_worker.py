"""A worker that dies by SIGKILL at one exact moment of its work, again and again.

Run as a program it waits for orders, one JSON object a line, and forks a worker for each: imports
are paid once. The worker does what the events of one batch would make it do, and at its n-th moment
(before or after a commit) kills itself: no `finally` runs, no connection is closed, and the server
rolls back what was open. Deaths in the middle of a call are the line's doing (`Fault.KILLED_…`).
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from settlement_api.bank_statements import jobs as statements
from settlement_api.config import ClockKind, Settings
from settlement_api.encryption import open_keyring
from settlement_api.jobs_context import JobContext
from settlement_api.payments import jobs
from settlement_api.persistence import Database
from settlement_api.unit_of_work import UnitOfWork
from tests.builders.payment_stage import MovableClock

NEVER: Final = 1 << 30
PAUSE: Final = timedelta(minutes=6)
"""After which it is time to ask the bank for the first time."""


@dataclass(frozen=True)
class Order:
    """What a worker shall do, and at which moment it dies."""

    dsn: str
    system_dsn: str
    state: str
    bank_url: str
    instant: str
    payload: dict[str, str]
    statements_only: bool = False
    deduplicates: bool = True
    moment: int = NEVER


class MortalDatabase(Database):
    """Counts the moments before and after each commit, and dies at the last that it was given."""

    left: int = NEVER

    def begin(self, *scope: Any, **options: Any) -> Any:
        return self._dying(super().begin(*scope, **options))

    @asynccontextmanager
    async def _dying(self, inner: Any) -> AsyncIterator[UnitOfWork]:
        async with inner as uow:
            yield uow
            self._pass_moment()
        self._pass_moment()

    def _pass_moment(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


async def work(order: Order) -> None:
    """The whole order; ends by itself only when its moment never comes."""
    clock = MovableClock(datetime.fromisoformat(order.instant))
    database = MortalDatabase(order.dsn, system_dsn=order.system_dsn, clock=clock)
    database.left = order.moment
    kind = ClockKind.SIMULATED if order.deduplicates else ClockKind.SYSTEM
    settings = Settings(bank_url=order.bank_url, clock=kind, bank_states_rest_days=False)

    async def enqueue(name: str, payload: dict[str, Any]) -> None:
        raise AssertionError(f"nothing here enqueues: {name}")

    keyring = open_keyring(Path(order.state))[0]
    context = JobContext(database, clock, settings, keyring, enqueue)
    area = {"area_code": order.payload["area_code"]}
    if order.statements_only:
        await statements.fetch(context, order.payload)
    else:
        await jobs.prepare(context, order.payload)
        await jobs.sign(context, order.payload)
        await jobs.tick(context, area)
        clock.pass_by(PAUSE)
        await jobs.tick(context, area)
    await database.close()


class Zygote:
    """The program, seen from the test that runs it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, order: Order, *, victim: "asyncio.Future[int] | None" = None) -> bool:
        """Has a worker do an order; whether it was killed. `victim` is told its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        pid = int(await self._process.stdout.readline())
        if victim is not None:
            victim.set_result(pid)
        status = int(await self._process.stdout.readline())
        assert status in (0, -signal.SIGKILL), f"the worker failed with {status}"
        return status != 0


@asynccontextmanager
async def running_zygote() -> AsyncIterator[Zygote]:
    """The program, ended with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Zygote(process)
    finally:
        process.kill()
        await process.wait()


def main() -> None:
    """Forks a worker for each order, and says its process id and how it ended."""
    for line in sys.stdin:
        order = Order(**json.loads(line))
        pid = os.fork()
        if pid == 0:
            os.dup2(2, 1)  # what it logs is no answer
            asyncio.run(work(order))
            os._exit(0)
        _answer(pid)
        _answer(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def _answer(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
