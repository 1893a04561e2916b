"""Connections to PostgreSQL and the one way to open a transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.times import Clock, SystemClock
from settlement_api.unit_of_work import Actor, PlatformScope, Scope, UnitOfWork


def async_url(dsn: str) -> str:
    """A libpq-style `postgresql://` address as SQLAlchemy's asyncpg address."""
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


def make_engine(dsn: str, *, pool_size: int = 8, pooled: bool = True) -> AsyncEngine:
    """An engine with prepared statements on and jit off (both cost more than they give here)."""
    options: dict[str, Any] = {
        "json_serializer": lambda value: msgspec.json.encode(value).decode(),
        "json_deserializer": msgspec.json.decode,
        "connect_args": {"server_settings": {"jit": "off", "timezone": "UTC"}},
    }
    if pooled:
        return create_async_engine(async_url(dsn), pool_size=pool_size, max_overflow=4, **options)
    return create_async_engine(async_url(dsn), poolclass=NullPool, **options)


class Database:
    """The application's database: pools for the application and the read-only system role."""

    def __init__(
        self,
        dsn: str,
        *,
        system_dsn: str | None = None,
        clock: Clock | None = None,
        pool_size: int = 8,
    ) -> None:
        self.dsn = dsn
        self.system_dsn = system_dsn
        self.engine = make_engine(dsn, pool_size=pool_size)
        self._system_engine = make_engine(system_dsn, pool_size=2) if system_dsn else None
        self.clock: Clock = clock or SystemClock()

    @asynccontextmanager
    async def begin(
        self, scope: Scope, *, actor: Actor | None = None, at: datetime | None = None
    ) -> AsyncIterator[UnitOfWork]:
        """One transaction under `scope`; commits at the end of the block, rolls back on error."""
        instant = at or await self.clock.now()
        async with self.engine.connect() as connection:
            # The driver's transaction begins only with a statement sent through SQLAlchemy: a
            # COPY before it would commit on its own.
            await connection.exec_driver_sql("SET LOCAL ROLE NONE")
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            assert raw.is_in_transaction()
            await raw.execute(scope.statements())
            async with AsyncSession(connection, expire_on_commit=False) as session:
                unit = UnitOfWork(session, raw, scope, actor or Actor.system("platform"), instant)
                yield unit
                await session.commit()
            await connection.commit()

    async def look_up(self, sql: str, *binds: Any) -> "asyncpg.Record | None":
        """One row of a system table, by one statement outside any transaction: one round trip.

        Binds are the driver's own ($1): this is the way of every request's credential.
        """
        async with self.engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            row: asyncpg.Record | None = await raw.fetchrow(sql, *binds)
            return row

    @asynccontextmanager
    async def system(self) -> AsyncIterator[AsyncConnection]:
        """A read-only look over every area (verification and figures), as `zhijie_system`."""
        assert self._system_engine is not None, "no address for the system role was given"
        async with self._system_engine.connect() as connection:
            await connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            yield connection
            await connection.rollback()

    @asynccontextmanager
    async def platform(self, *, actor: Actor | None = None) -> AsyncIterator[UnitOfWork]:
        """One transaction on system and reference tables."""
        async with self.begin(PlatformScope(), actor=actor) as unit:
            yield unit

    async def close(self) -> None:
        """Closes every pooled connection."""
        await self.engine.dispose()
        if self._system_engine is not None:
            await self._system_engine.dispose()


class SimulatedClock:
    """The business instant kept in one row; only demonstrations and tests move it, forward."""

    def __init__(self, dsn: str) -> None:
        # Every transaction asks for the instant: without a transaction of its own it is one
        # round trip instead of three.
        engine = make_engine(dsn, pool_size=1)
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def now(self) -> datetime:
        async with self._engine.connect() as connection:
            row = await connection.exec_driver_sql("SELECT instant FROM business_clock")
            instant: datetime = row.scalar_one()
            return instant

    async def move_to(self, instant: datetime) -> None:
        """Moves the clock; an instant before the present one is a defect of the caller."""
        async with self._engine.begin() as connection:
            moved = await connection.exec_driver_sql(
                "INSERT INTO business_clock (only_row, instant) VALUES (true, $1)"
                " ON CONFLICT (only_row) DO UPDATE SET instant = excluded.instant"
                " WHERE business_clock.instant <= excluded.instant",
                (instant,),
            )
            assert moved.rowcount == 1, "the business clock only moves forward"

    async def close(self) -> None:
        """Closes its connection."""
        await self._engine.dispose()


@cache
def load_sql(module_file: str, name: str) -> str:
    """The text of `sql/<name>.sql` beside the calling module."""
    return (Path(module_file).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")
