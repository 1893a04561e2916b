"""A body that was received is applied, whatever becomes of its job."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.events.documents import IntakeApplied
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.intakes.jobs import RESUME_JOB, SCHEDULES, apply_intake, resume
from settlement_api.intakes.service import ANNOUNCE_JOB, APPLY_JOB
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from settlement_api.worker import drain, make_context
from tests.builders import documents as build
from tests.builders.api import RunningApi, running_api

NDJSON = {"Content-Type": "application/x-ndjson"}
BODY = build.ndjson(build.purchase_order())


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    await build.seed_trade(database)
    async with running_api(database, keyring) as running:
        admin = await running.administrator()
        answer = await admin.post("/intakes", content=BODY, headers=NDJSON)
        assert answer.status_code == 202
        yield running


async def jobs(database: Database, job: str = APPLY_JOB) -> list[Any]:
    async with database.platform() as uow:
        rows = await uow.fetch_all(
            "SELECT status::text, attempts FROM jobs.pgqueuer WHERE entrypoint = :job ORDER BY id",
            job=job,
        )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("fate", ["dies", "is lost", "waits"])
async def test_a_received_body_is_taken_up_again(
    api: RunningApi, keyring: Keyring, owner_dsn: str, fate: str
) -> None:
    import asyncpg

    owner = await asyncpg.connect(owner_dsn)
    if fate == "dies":
        await owner.execute("UPDATE jobs.pgqueuer SET status = 'failed', attempts = 7")
    elif fate == "is lost":
        await owner.execute("DELETE FROM jobs.pgqueuer")
    await owner.close()
    assert RESUME_JOB in SCHEDULES
    for _ in range(2):
        await resume(make_context(Settings(), api.database, keyring), {})
        assert await jobs(api.database) == [("queued", 0)]
    await drain(Settings(), api.database, keyring)
    async with api.database.platform() as uow:
        assert await uow.fetch_value("SELECT state FROM intake") == "applied"
    await resume(make_context(Settings(), api.database, keyring), {})
    assert await jobs(api.database) == []


@pytest.mark.parametrize("fate", ["dies", "is lost with the queue"])
async def test_an_applied_body_is_announced_whatever_becomes_of_its_job(
    api: RunningApi, keyring: Keyring, owner_dsn: str, fate: str
) -> None:
    import asyncpg

    (intake_id,) = [row.id for row in await received(api.database)]
    await apply_intake(api.database, intake_id=intake_id, body_limit=1 << 20)
    owner = await asyncpg.connect(owner_dsn)
    if fate == "dies":
        await owner.execute("UPDATE jobs.pgqueuer SET status = 'failed', attempts = 7")
    else:
        await owner.execute("DELETE FROM jobs.pgqueuer")
    await owner.close()
    for _ in range(2):
        await resume(make_context(Settings(), api.database, keyring), {})
        assert await jobs(api.database, ANNOUNCE_JOB) == [("queued", 0)]
        left = [("failed", 7)] if fate == "dies" else []
        assert await jobs(api.database) == left, "it is applied: that job has nothing left"
    await drain(Settings(), api.database, keyring)
    await resume(make_context(Settings(), api.database, keyring), {})
    assert await jobs(api.database, ANNOUNCE_JOB) == [], "it is announced once"
    async with api.database.begin(AreaScope(build.AREA)) as uow:
        assert await uow.fetch_value(
            "SELECT count(*) FROM outbox_event WHERE name = :name", name=IntakeApplied.name
        )


async def received(database: Database) -> list[Any]:
    async with database.platform() as uow:
        return list(await uow.fetch_all("SELECT id FROM intake"))
