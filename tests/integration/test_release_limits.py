"""Limits of a release on a real database: two releasers at once never pass a day's limit."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from settlement_api.batches import service
from settlement_api.batches.errors import ReleaseLimitExceeded
from settlement_api.persistence import Database
from settlement_api.unit_of_work import Actor, AreaScope, UnitOfWork
from tests.builders.batches import AREA, AT, CHECKER, MAKER, RELEASER, Scene

TOO_LONG = 20.0
WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"


class _Killed(Exception):
    """Stands for whatever ends a releaser before its commit."""


@asynccontextmanager
async def _as(database: Database, actor: Actor, *, at: datetime = AT) -> AsyncIterator[UnitOfWork]:
    async with database.begin(AreaScope(AREA), actor=actor, at=at) as uow:
        yield uow


async def _limit(owner_dsn: str, *limits: dict[str, object]) -> None:
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(
            "UPDATE rule_pack SET content = content || CAST($1 AS jsonb)",
            json.dumps({"release_limits": limits}),
        )
    finally:
        await connection.close()


async def _approved(database: Database, *amounts: int, scheme: str = "310") -> list[UUID]:
    """Batches of one account, each of one payment of so many fen, ready for their releaser."""
    batches = []
    async with _as(database, MAKER) as uow:
        scene = await Scene(uow).open()
        for amount in amounts:
            hospital, supplier = await scene.hospital(), await scene.supplier()
            await scene.claim(hospital, amount, scheme=scheme)
            await scene.accepted(hospital, supplier, amount)
            batch = await service.freeze_batch(uow, order=scene.order(scheme))
            assert batch.control_sum_minor == amount
            batches.append(batch.id)
    for batch_id in batches:
        async with _as(database, CHECKER) as uow:
            await service.approve_batch(uow, batch_id=batch_id)
    return batches


async def _release(database: Database, batch_id: UUID, *, at: datetime = AT) -> str:
    async with _as(database, RELEASER, at=at) as uow:
        return (await service.release_batch(uow, batch_id=batch_id)).status


async def _statuses(database: Database) -> list[str]:
    async with _as(database, MAKER) as uow:
        rows = await uow.fetch_all("SELECT status FROM payment_batch ORDER BY batch_no")
    return [row.status for row in rows]


async def test_a_batch_beyond_its_limit_is_refused_and_stays_approved(
    database: Database, owner_dsn: str
) -> None:
    (batch,) = await _approved(database, 700)
    await _limit(owner_dsn, {"scheme": "310", "batch_fen": 699})
    with pytest.raises(ReleaseLimitExceeded) as refused:
        await _release(database, batch)
    assert refused.value.facts == {
        "limit": "batch", "limit_minor": 699, "used_minor": 0, "asked_minor": 700,
    }  # fmt: skip
    assert await _statuses(database) == ["approved"]
    await _limit(owner_dsn, {"scheme": "310", "batch_fen": 700})
    assert await _release(database, batch) == "released"


async def test_a_day_s_limit_counts_what_was_released_and_is_free_again_the_next_day(
    database: Database, owner_dsn: str
) -> None:
    first, second, third = await _approved(database, 600, 400, 1)
    await _limit(owner_dsn, {"scheme": "310", "daily_fen": 1_000})
    await _release(database, first)
    await _release(database, second)
    with pytest.raises(ReleaseLimitExceeded) as refused:
        await _release(database, third)
    assert refused.value.facts == {
        "limit": "daily", "limit_minor": 1_000, "used_minor": 1_000, "asked_minor": 1,
    }  # fmt: skip
    before_midnight = AT.replace(hour=15, minute=59)
    with pytest.raises(ReleaseLimitExceeded):
        await _release(database, third, at=before_midnight)
    in_shanghai_it_is_tomorrow = before_midnight + timedelta(minutes=1)
    assert await _release(database, third, at=in_shanghai_it_is_tomorrow) == "released"


async def test_a_scheme_without_a_limit_is_not_limited_by_the_other_s(
    database: Database, owner_dsn: str
) -> None:
    (batch,) = await _approved(database, 700, scheme="390")
    await _limit(owner_dsn, {"scheme": "310", "batch_fen": 1, "daily_fen": 1})
    assert await _release(database, batch) == "released"


async def _until_it_waits_or_ends(owner_dsn: str, task: "asyncio.Task[str]") -> None:
    connection = await asyncpg.connect(owner_dsn)
    try:
        async with asyncio.timeout(TOO_LONG):
            while not task.done():
                if await connection.fetchval(WAITING):
                    return
                await asyncio.wait([task], timeout=0.01)
    finally:
        await connection.close()


@pytest.mark.parametrize("first_ends", ["committed", "killed"])
async def test_of_two_releasers_at_once_the_second_counts_the_first_if_it_committed(
    database: Database, owner_dsn: str, first_ends: str
) -> None:
    first, second = await _approved(database, 600, 500)
    await _limit(owner_dsn, {"scheme": "310", "daily_fen": 1_000})
    try:
        async with _as(database, RELEASER) as uow:
            await service.release_batch(uow, batch_id=first)
            other = asyncio.create_task(_release(database, second))
            await _until_it_waits_or_ends(owner_dsn, other)
            if first_ends == "killed":
                raise _Killed
    except _Killed:
        assert await other == "released"
        assert await _statuses(database) == ["approved", "released"]
        return
    with pytest.raises(ReleaseLimitExceeded) as refused:
        await other
    assert refused.value.facts["used_minor"] == 600
    assert await _statuses(database) == ["released", "approved"]


async def test_of_many_releasers_at_once_only_as_many_pass_as_the_day_holds(
    database: Database, owner_dsn: str
) -> None:
    batches = await _approved(database, *[100] * 6)
    await _limit(owner_dsn, {"scheme": "310", "daily_fen": 250})
    ends = await asyncio.gather(
        *(_release(database, batch) for batch in batches), return_exceptions=True
    )
    assert ends.count("released") == 2
    assert sum(isinstance(end, ReleaseLimitExceeded) for end in ends) == 4
