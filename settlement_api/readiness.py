"""Whether this installation can work, and the figures that say how it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

import structlog
from alembic.script import ScriptDirectory
from sqlalchemy import Row, text
from sqlalchemy.exc import SQLAlchemyError

from schemas.times import business_date
from settlement_api.config import Settings
from settlement_api.key_register import days_left
from settlement_api.migrations import alembic_config
from settlement_api.observability import Metrics
from settlement_api.persistence import Database, load_sql
from settlement_api.signing.queries import list_keys

WORKER_SILENCE_ALLOWED_SECONDS: Final = 30

log = structlog.get_logger()


@cache
def latest_revision() -> str | None:
    """The schema this program was made for."""
    return ScriptDirectory.from_config(alembic_config("")).get_current_head()


async def check(database: Database) -> dict[str, str]:
    """`ok` or what is wrong, for the database, its schema and the worker."""
    try:
        async with database.platform() as uow:
            revision = await uow.fetch_value("SELECT version_num FROM alembic_version")
            silence = await uow.fetch_value(load_sql(__file__, "worker_silence"))
    except (SQLAlchemyError, OSError) as error:
        log.warning("readiness.database.missed", exc_info=error)
        return {"database": "not reachable"}
    alive = silence is not None and silence < WORKER_SILENCE_ALLOWED_SECONDS
    return {
        "database": "ok",
        "schema": "ok" if revision == latest_revision() else f"at {revision}",
        "worker": "ok" if alive else "not seen",
    }


@dataclass(frozen=True)
class Workload:
    """What waits at one moment: jobs by name and status, events to be sealed, and how long no
    worker was seen (None: never)."""

    jobs: Sequence[Row[Any]]
    unsealed_events: int
    worker_silence_seconds: float | None


async def look(database: Database) -> Workload:
    """The workload as it stands."""
    async with database.platform() as uow:
        *jobs, events = await uow.fetch_all(load_sql(__file__, "count_work"))
        silence = await uow.fetch_value(load_sql(__file__, "worker_silence"))
    return Workload(jobs, events.waiting, silence)


async def overdue_offsets(database: Database, *, on: date) -> int:
    """Offset instructions of every area that are not acknowledged although they should be by
    that day; 0 where no read-only role over all areas is given."""
    if database.system_dsn is None:
        return 0
    statement = "SELECT count(*) FROM offset_instruction WHERE status = 'issued'"
    async with database.system() as connection:
        found = await connection.execute(
            text(f"{statement} AND acknowledge_by_date < :on"), {"on": on}
        )
        return int(found.scalar_one())


async def payment_alarms(database: Database) -> Sequence[Row[Any]]:
    """What about payments waits for a person in any area; nothing where no read-only role over
    all areas is given."""
    if database.system_dsn is None:
        return []
    async with database.system() as connection:
        found = await connection.execute(text(load_sql(__file__, "count_payment_alarms")))
        return found.all()


async def signing_days(database: Database, settings: Settings) -> int | None:
    """For how many days messages can be signed without a break; -1 when they cannot, None where
    the bank wants no signatures."""
    if settings.bank_signature is None:
        return None
    async with database.platform() as uow:
        left = days_left(await list_keys(uow), settings.bank_signature, uow.at)
    return -1 if left is None else left


async def observe(database: Database, metrics: Metrics, settings: Settings) -> None:
    """Brings the figures of queue, seals, workers, keys and unacknowledged offsets up to date."""
    found = await look(database)
    today = business_date(await database.clock.now())
    metrics.overdue_offsets.set(await overdue_offsets(database, on=today))
    for row in await payment_alarms(database):
        metrics.payment_alarms.labels(row.alarm).set(row.found)
    left = await signing_days(database, settings)
    if left is not None:
        metrics.signing_days_left.set(left)
        alarmed = left < settings.signing_key_alarm_days
        metrics.payment_alarms.labels("signing_key").set(int(alarmed))
    metrics.jobs.clear()
    for row in found.jobs:
        metrics.jobs.labels(row.job, row.status).set(row.waiting)
    metrics.unsealed_events.set(found.unsealed_events)
    silence = found.worker_silence_seconds
    metrics.worker_silence_seconds.set(-1 if silence is None else silence)
