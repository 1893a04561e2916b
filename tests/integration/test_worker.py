"""Events lead to jobs exactly once; jobs are retried, held when dead, and put back by hand."""

import asyncio
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg
import pytest
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from schemas.codes.roles import Role
from settlement_api import outbox, readiness, worker
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.features import collect_jobs
from settlement_api.jobs_context import JobContext
from settlement_api.persistence import Database
from settlement_api.queue import QUEUE, queue_on
from tests.builders.api import PLATFORM, area_of, running_api
from tests.builders.jobs import (
    AREA,
    OTHER_AREA,
    Notebook,
    eventually,
    job_table,
    make_happen,
    working,
)

SOON = timedelta(milliseconds=20)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_directory=tmp_path)


async def test_the_queue_is_what_the_library_declares(owner_dsn: str) -> None:
    connection = await asyncpg.connect(owner_dsn)
    plan = await queue_on(connection).plan_upgrade()
    await connection.close()
    assert plan.statements == (), QueryBuilderEnvironment(QUEUE).build_install_query()


async def test_an_event_leads_to_its_job_with_the_event_as_payload(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    notebook = Notebook()
    (thing,) = await make_happen(database)
    assert await worker.drain(settings, database, keyring, jobs=job_table(notebook)) == 1
    assert notebook.seen == [
        {
            "area_code": AREA,
            "aggregate_id": str(thing),
            "aggregate_version": 1,
            "note": "a note: with a colon",
        }
    ]
    assert await worker.drain(settings, database, keyring, jobs=job_table(notebook)) == 0


async def test_a_drain_raises_the_first_failure(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    await make_happen(database)
    with pytest.raises(RuntimeError, match="not this time"):
        await worker.drain(settings, database, keyring, jobs=job_table(Notebook(failures=1)))


async def test_two_workers_do_each_job_once_and_stop_cleanly(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    notebook = Notebook()
    table = job_table(notebook)
    async with (
        working(settings, database, keyring, table),
        working(settings, database, keyring, table),
    ):
        things = await make_happen(database, 300)
        things += await make_happen(database, 200, area_code=OTHER_AREA)
        await notebook.wait_for(500)
    assert sorted(seen["aggregate_id"] for seen in notebook.seen) == sorted(map(str, things))


async def test_a_job_starts_soon_after_the_commit(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    notebook = Notebook()
    waits = []
    async with working(settings, database, keyring, job_table(notebook)):
        await make_happen(database)
        await notebook.wait_for(1)
        for number in range(2, 12):
            await asyncio.sleep(0.05)
            await make_happen(database)
            began = perf_counter()
            await notebook.wait_for(number)
            waits.append(perf_counter() - began)
    # 50 ms on a machine of one's own; the machine that tests may be shared.
    assert sorted(waits)[len(waits) // 2] < 0.5, waits


async def test_a_failed_job_is_tried_again(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    notebook = Notebook(failures=2)
    async with working(settings, database, keyring, job_table(notebook), first_retry=SOON):
        await make_happen(database)
        await notebook.wait_for(1)
    assert notebook.failures == 0


async def test_a_dead_job_is_shown_and_put_back_by_an_administrator(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    notebook = Notebook(failures=3)

    async def dead() -> bool:
        async with database.platform() as uow:
            failed = await uow.fetch_value(
                "SELECT count(*) FROM jobs.pgqueuer WHERE status = 'failed'"
            )
            return bool(failed)

    async with (
        running_api(database, keyring, settings) as api,
        working(settings, database, keyring, job_table(notebook), first_retry=SOON, attempts=2),
    ):
        await make_happen(database)
        await eventually(dead)
        stranger = await api.user(area_of(AREA), Role.ADMINISTRATOR)
        assert (await stranger.get("/audit/dead-jobs")).status_code == 403
        administrator = await api.user(PLATFORM, Role.ADMINISTRATOR)
        (job,) = (await administrator.get("/audit/dead-jobs")).json()["items"]
        assert (job["name"], job["error_type"]) == ("test.note", "RuntimeError")
        assert job["error_message"] == "not this time, account ****0123"
        figures = (await api.client.get("/metrics")).text
        assert 'zhijie_jobs{job="test.note",status="failed"} 1.0' in figures
        answer = await administrator.post(f"/audit/dead-jobs/{job['id']}/retry")
        assert answer.status_code == 204, answer.text
        await notebook.wait_for(1)
        assert (await administrator.post("/audit/dead-jobs/1/retry")).status_code == 404


async def test_periodic_jobs_come_round_and_never_pile_up(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    notebook = Notebook()
    table = job_table(notebook, schedules={"test.note": 0.01})
    async with working(settings, database, keyring, table):
        await notebook.wait_for(2)
    async with database.platform() as uow:
        waiting = await uow.fetch_value("SELECT count(*) FROM jobs.pgqueuer")
    assert waiting <= 1


def test_a_demo_does_without_the_rounds_whose_moment_depends_on_how_long_it_takes() -> None:
    jobs = collect_jobs()
    everything = worker.periodic_jobs(jobs, hourly_rounds=True)
    frequent = worker.periodic_jobs(jobs, hourly_rounds=False)
    assert set(everything) == set(jobs.schedules) | set(jobs.area_schedules)
    assert {"recoveries.sweep", "applications.remind", "fund_claims.remind"} <= set(
        everything
    ) - set(frequent)
    assert {"payments.tick", "bank_statements.fetch"} <= set(frequent)


async def test_a_worker_outlives_a_lost_connection(
    database: Database, keyring: Keyring, settings: Settings, owner_dsn: str
) -> None:
    notebook = Notebook()
    async with working(settings, database, keyring, job_table(notebook)):
        await make_happen(database)
        await notebook.wait_for(1)
        owner = await asyncpg.connect(owner_dsn)
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await owner.close()
        await make_happen(database)
        await notebook.wait_for(2)


async def test_readiness_names_what_is_missing(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    assert await readiness.check(database) == {
        "database": "ok",
        "schema": "ok",
        "worker": "not seen",
    }
    async with (
        running_api(database, keyring, settings) as api,
        working(settings, database, keyring, job_table(Notebook())),
    ):

        async def ready() -> bool:
            return (await api.client.get("/ready")).status_code == 200

        await eventually(ready)
    assert (await readiness.check(database))["worker"] == "not seen"


async def test_jobs_may_enqueue_jobs(
    database: Database, keyring: Keyring, settings: Settings
) -> None:
    seen: list[int] = []

    async def count_down(context: JobContext, payload: dict[str, Any]) -> None:
        left = int(payload.get("left", 3))
        seen.append(left)
        if left:
            await context.enqueue("test.note", {"left": left - 1})

    await make_happen(database)
    assert await worker.drain(settings, database, keyring, jobs=job_table(count_down)) == 4
    assert seen == [3, 2, 1, 0]


async def test_nothing_pending_is_left_behind(database: Database) -> None:
    await make_happen(database, 2_500)
    assert await outbox.seal_pending(database, {}, key=bytes(32)) == 2_000
    assert await outbox.seal_pending(database, {}, key=bytes(32)) == 500


async def test_waiting_in_tests_gives_up() -> None:
    async def never() -> bool:
        return False

    with pytest.raises(TimeoutError):
        await eventually(never, 0.01)
