"""Events and jobs of the tests' own, and workers that run for the time of a block."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, ClassVar
from uuid import UUID, uuid4

from schemas.events.base import DomainEvent
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.features import JobTable
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, PlatformScope
from settlement_api.worker import Worker

AREA = "370100"
OTHER_AREA = "370200"


class ThingHappened(DomainEvent):
    """An event of the tests."""

    name: ClassVar[str] = "test.thing.happened"

    note: str = "a note: with a colon"


def job_table(handler: JobHandler, *, schedules: dict[str, float] | None = None) -> JobTable:
    """One job, `test.note`, that follows every ThingHappened."""
    return JobTable(
        {"test.note": handler}, {ThingHappened.name: ("test.note",)}, schedules or {}, {}
    )


async def make_happen(
    database: Database, count: int = 1, *, area_code: str | None = AREA
) -> list[UUID]:
    """Records events in one transaction; the ids of what they are about."""
    ids = [uuid4() for _ in range(count)]
    scope = AreaScope(area_code) if area_code else PlatformScope()
    async with database.begin(scope) as uow:
        await uow.record_all(
            [ThingHappened(area_code=area_code, aggregate_id=thing) for thing in ids]
        )
    return ids


class Notebook:
    """A handler that writes down what it was given, and fails as often as asked."""

    def __init__(self, failures: int = 0) -> None:
        self.seen: list[dict[str, Any]] = []
        self.failures = failures

    async def __call__(self, context: JobContext, payload: dict[str, Any]) -> None:
        if self.failures > 0:
            self.failures -= 1
            raise RuntimeError("not this time, account 6222021234567890123")
        self.seen.append(payload)

    async def wait_for(self, count: int, seconds: float = 20) -> None:
        """Waits until `count` jobs were done."""

        async def done() -> bool:
            return len(self.seen) >= count

        await eventually(done, seconds)


async def eventually(true: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Waits until something is true; fails when it never is."""
    async with asyncio.timeout(seconds):
        while not await true():  # noqa: ASYNC110 - what is waited for happens in the database
            await asyncio.sleep(0.002)


@asynccontextmanager
async def working(
    settings: Settings, database: Database, keyring: Keyring, jobs: JobTable, **options: Any
) -> AsyncIterator[Worker]:
    """A worker at work for the time of the block, then stopped as a signal would."""
    worker = Worker(settings, database, keyring, jobs=jobs, **options)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(task, 30)
