"""The job queue's own tables, spoken to through pgqueuer in the schema `jobs`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import msgspec
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings

from settlement_api.unit_of_work import UnitOfWork

QUEUE: Final = DBSettings(db_schema="jobs")


@dataclass(frozen=True)
class Job:
    """A job to be done; of jobs with the same `once` only one waits at a time."""

    name: str
    payload: dict[str, Any]
    once: str | None = None


def queue_on(connection: Any) -> Queries:
    """The queue over a driver connection (asyncpg)."""
    return Queries(
        AsyncpgDriver(connection),
        qbe=QueryBuilderEnvironment(QUEUE),
        qbq=QueryQueueBuilder(QUEUE),
        qbs=QuerySchedulerBuilder(QUEUE),
    )


async def enqueue(uow: UnitOfWork, jobs: Sequence[Job]) -> None:
    """Puts jobs into the queue in this transaction; the unit must be outside any area."""
    await queue_on(uow.raw).enqueue(
        [job.name for job in jobs],
        [msgspec.json.encode(job.payload) for job in jobs],
        [0] * len(jobs),
        dedupe_key=[job.once for job in jobs],
        on_conflict="skip",
    )


async def connect(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection of the queue's own: it listens, and its statements commit by themselves."""
    return await asyncpg.connect(dsn, server_settings={"jit": "off", "timezone": "UTC"})
