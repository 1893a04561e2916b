"""Reading the sealed trail, and the jobs that died."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from settlement_api.persistence import Database, load_sql
from settlement_api.unit_of_work import UnitOfWork


async def list_sealed(uow: UnitOfWork, *, after: int, limit: int) -> Sequence[Row[Any]]:
    """Sealed events of the unit's area in their order."""
    return await uow.fetch_all(
        load_sql(__file__, "sealed_area"), area_code=uow.area_code, after=after, row_limit=limit
    )


async def list_dead_jobs(uow: UnitOfWork, *, after: int, limit: int) -> Sequence[Row[Any]]:
    """Jobs that failed for the last time, with the last error; outside any area."""
    return await uow.fetch_all(load_sql(__file__, "list_dead_jobs"), after=after, row_limit=limit)


async def list_areas(database: Database) -> list[str]:
    """Every settlement area."""
    async with database.platform() as uow:
        rows = await uow.fetch_all("SELECT area_code FROM area ORDER BY area_code")
    return [row.area_code for row in rows]
