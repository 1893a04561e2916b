"""The process that follows events: seals and relays them, runs jobs, and keeps periodic time."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.types import Channel, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter

from settlement_api import outbox
from settlement_api.audit.queries import list_areas
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.features import JobTable, collect_jobs
from settlement_api.installation import open_installation, require_own_key
from settlement_api.jobs_context import JobContext
from settlement_api.observability import configure_logging
from settlement_api.persistence import Database, load_sql
from settlement_api.queue import QUEUE, Job, connect, enqueue, queue_on

log = structlog.get_logger()
logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)  # failures are logged here, masked

JOBS_AT_ONCE: Final = 8
PICKED_AT_ONCE: Final = 32
ATTEMPTS: Final = 8
FIRST_RETRY: Final = timedelta(seconds=1)
LAST_RETRY: Final = timedelta(minutes=5)
HEARTBEAT_TIMEOUT: Final = timedelta(seconds=15)
"""A job picked by a process that died is picked again after this."""

SEAL_PAUSE_SECONDS: Final = 0.05
"""Between two looks for unsealed events: what comes meanwhile is sealed by one transaction."""
SEEN_EVERY_SECONDS: Final = 5.0
STRAYS_EVERY_SECONDS: Final = 600.0
SCHEDULES_EVERY_SECONDS: Final = 1.0
HOUR_SECONDS: Final = 3600.0


def make_context(settings: Settings, database: Database, keyring: Keyring) -> JobContext:
    """What jobs are given."""

    async def put(name: str, payload: dict[str, Any]) -> None:
        async with database.platform() as uow:
            await enqueue(uow, [Job(name, payload)])

    return JobContext(database, database.clock, settings, keyring, put)


class Worker:
    """One worker: `run` until `stop`. Any number may work on one database."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        keyring: Keyring,
        *,
        jobs: JobTable | None = None,
        first_retry: timedelta = FIRST_RETRY,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.id = uuid4()
        self._database = database
        self._jobs = jobs or collect_jobs()
        self._context = make_context(settings, database, keyring)
        self._chain_key = keyring.chain_key
        self._first_retry = first_retry
        self._attempts = attempts
        self._hourly_rounds = settings.hourly_rounds
        self._stopping = asyncio.Event()
        self._manager: QueueManager | None = None
        self._places = asyncio.Semaphore(JOBS_AT_ONCE)

    def stop(self) -> None:
        """Takes no more work; jobs under way are finished."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def run(self) -> None:
        """Works until stopped. A database that goes away is waited for."""
        log.info("worker.run.started", worker=str(self.id))
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "seal": self._seal,
            "jobs": self._work,
            "schedules": partial(self._every, SCHEDULES_EVERY_SECONDS, self._tick),
            "heartbeat": partial(self._every, SEEN_EVERY_SECONDS, self._beat),
            "strays": partial(self._every, STRAYS_EVERY_SECONDS, self._mark_strays),
        }
        async with asyncio.TaskGroup() as group:
            for name, loop in loops.items():
                group.create_task(self._keep(name, loop))
        await self._forget()
        log.info("worker.run.ended", worker=str(self.id))

    async def _keep(self, name: str, loop: Callable[[], Awaitable[None]]) -> None:
        """Runs a loop again after every failure, waiting a little longer each time."""
        pause = 0.2
        while not self._stopping.is_set():
            began = monotonic()
            try:
                await loop()
            except Exception as error:
                log.warning("worker.loop.failed", loop=name, exc_info=error)
                pause = 0.2 if monotonic() - began > 10 else min(pause * 2, 5.0)
                await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        """Waits, or returns at once when stopping."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        while not self._stopping.is_set():
            await work()
            await self._rest(seconds)

    # ── sealing ──

    async def _seal(self) -> None:
        """Looks for unsealed events on a connection of its own: a NOTIFY per commit would cost
        every writer, and looking every 50 ms costs one process next to nothing."""
        connection = await connect(self._database.dsn)
        try:
            while not self._stopping.is_set():
                areas = [row[0] for row in await connection.fetch(outbox.PENDING_AREAS)]
                for area_code in areas:
                    await self._seal_area(area_code)
                await self._rest(SEAL_PAUSE_SECONDS)
        finally:
            await connection.close(timeout=2)

    async def _seal_area(self, area_code: str) -> None:
        """Seals one area; what goes wrong there does not keep the others waiting."""
        try:
            await outbox.seal_areas(
                self._database, [area_code], self._jobs.subscriptions, key=self._chain_key
            )
        except Exception as error:
            log.warning("worker.seal.failed", area_code=area_code, exc_info=error)
            await self._rest(0.1)

    async def _mark_strays(self) -> None:
        marked = await outbox.mark_strays(self._database)
        if marked:
            log.warning("worker.strays.marked", count=marked)

    # ── jobs ──

    async def _work(self) -> None:
        connection = await connect(self._database.dsn)
        try:
            self._manager = manager = QueueManager(queue_on(connection), Channel(QUEUE.channel))
            for name in self._jobs.handlers:
                self._register(manager, name)
            if self._stopping.is_set():
                return
            await manager.run(
                dequeue_timeout=timedelta(seconds=1),
                batch_size=PICKED_AT_ONCE,
                max_concurrent_tasks=2 * PICKED_AT_ONCE,
                shutdown_on_listener_failure=True,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                log_aggregation_interval=timedelta(0),
            )
        finally:
            await connection.close(timeout=2)

    def _register(self, manager: QueueManager, name: str) -> None:
        def retrying(parameters: EntrypointExecutorParameters) -> DatabaseRetryEntrypointExecutor:
            return DatabaseRetryEntrypointExecutor(
                parameters,
                max_attempts=self._attempts,
                initial_delay=self._first_retry,
                max_delay=LAST_RETRY,
            )

        # A job that failed for the last time is held as `failed`: seen in the metrics, listed
        # for administrators, and put back by them.
        manager.entrypoint(name, on_failure="hold", executor_factory=retrying)(self._perform)

    async def _perform(self, job: QueuedJob) -> None:
        async with self._places:
            await perform(self._jobs, self._context, job)

    # ── periodic jobs and signs of life ──

    async def _tick(self) -> None:
        turns = await self._take_turns()
        per_area = [name for name in turns if name in self._jobs.area_schedules]
        areas = await list_areas(self._database) if per_area else []
        due = [Job(name, {}, once=name) for name in turns if name in self._jobs.schedules]
        due += [
            Job(name, {"area_code": area_code}, once=f"{name}:{area_code}")
            for name in per_area
            for area_code in areas
        ]
        if due:
            async with self._database.platform() as uow:
                await enqueue(uow, due)

    async def _take_turns(self) -> list[str]:
        """The periodic jobs that are due and whose turn this worker took: it enqueues them."""
        schedules = periodic_jobs(self._jobs, hourly_rounds=self._hourly_rounds)
        async with self._database.platform() as uow:
            rows = await uow.fetch_all(
                load_sql(__file__, "take_turns"),
                jobs=list(schedules),
                seconds=list(schedules.values()),
            )
        return [row.job for row in rows]

    async def _beat(self) -> None:
        async with self._database.platform() as uow:
            await uow.execute(load_sql(__file__, "worker_seen"), worker_id=self.id)

    async def _forget(self) -> None:
        try:
            async with self._database.platform() as uow:
                await uow.execute(
                    "DELETE FROM worker_heartbeat WHERE worker_id = :worker_id", worker_id=self.id
                )
        except Exception as error:
            log.warning("worker.heartbeat.kept", exc_info=error)


def periodic_jobs(jobs: JobTable, *, hourly_rounds: bool) -> dict[str, float]:
    """Seconds between turns of each periodic job; without rounds only the frequent ones."""
    every = {**jobs.schedules, **jobs.area_schedules}
    return {job: pause for job, pause in every.items() if hourly_rounds or pause < HOUR_SECONDS}


async def perform(jobs: JobTable, context: JobContext, job: QueuedJob) -> None:
    """Runs one job's handler, its ids bound to every log line."""
    payload = msgspec.json.decode(job.payload or b"{}")
    with structlog.contextvars.bound_contextvars(job=job.entrypoint, job_id=int(job.id)):
        try:
            await jobs.handlers[job.entrypoint](context, payload)
        except Exception as error:
            log.warning("worker.job.failed", attempt=job.attempts + 1, exc_info=error)
            raise


async def drain(
    settings: Settings,
    database: Database,
    keyring: Keyring,
    *,
    jobs: JobTable | None = None,
    at_once: int = 1,
) -> int:
    """Seals, relays and runs every job that is due, until nothing is left; how many ran.

    For tests and rehearsals: the first failure of a job is raised here, and the job is dropped.
    """
    table = jobs or collect_jobs()
    context = make_context(settings, database, keyring)
    connection = await connect(database.dsn)
    try:
        return await _drain(table, context, connection, at_once)
    finally:
        await connection.close(timeout=2)


async def _drain(table: JobTable, context: JobContext, connection: Any, at_once: int) -> int:
    queue, ran = queue_on(connection), 0
    names = {QueueEntrypoint(name): EntrypointExecutionParameter(0) for name in table.handlers}
    manager_id = QueueManagerId(uuid4())
    while True:
        sealed = await outbox.seal_pending(
            context.database, table.subscriptions, key=context.keyring.chain_key
        )
        picked = await queue.dequeue(at_once, names, manager_id, None, HEARTBEAT_TIMEOUT)
        if not picked and not sealed:
            return ran
        results = await asyncio.gather(
            *(perform(table, context, job) for job in picked), return_exceptions=True
        )
        await queue.log_jobs(
            [
                (job, "exception" if result else "successful", None)
                for job, result in zip(picked, results, strict=True)
            ]
        )
        for result in results:
            if result is not None:
                raise result
        ran += len(picked)


async def serve(settings: Settings) -> None:
    """Works until the process is told to stop."""
    configure_logging(settings.log_level)
    async with open_installation(settings) as installation:
        await require_own_key(installation)
        worker = Worker(settings, installation.database, installation.keyring)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, worker.stop)
        await worker.run()
