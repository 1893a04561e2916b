"""Connections to PostgreSQL and the one way to open a transaction."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import asyncpg
import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.times import Clock, SystemClock
from settlement_api.unit_of_work import Actor, PlatformScope, Scope, UnitOfWork


def async_url(dsn: str) -> str:
    """A libpq-style `postgresql://` address as SQLAlchemy's asyncpg address."""
    return dsn.replace("postgresql://", "postgresql+asyncpg://", 1)


def make_engine(dsn: str, *, pool_size: int = 16, pooled: bool = True) -> AsyncEngine:
    """An engine with prepared statements on and jit off (both cost more than they give here)."""
    options: dict[str, Any] = {
        "json_serializer": lambda value: msgspec.json.encode(value).decode(),
        "json_deserializer": msgspec.json.decode,
        "hide_parameters": True,  # a logged error must not carry passwords and documents
        "connect_args": {
            "server_settings": {"jit": "off", "timezone": "UTC"},
            # Every statement of the house stays prepared, however long and however old.
            "statement_cache_size": 1_000,
            "max_cacheable_statement_size": 0,
            "max_cached_statement_lifetime": 0,
        },
    }
    if pooled:
        # Connections beyond the pool are closed after use, and opening one costs a password
        # exchange of some milliseconds on both sides: the overflow is for rare peaks only. The one
        # used last is used next: it holds the plans and the catalog that others must make first.
        return create_async_engine(
            async_url(dsn), pool_size=pool_size, max_overflow=8, pool_use_lifo=True, **options
        )
    return create_async_engine(async_url(dsn), poolclass=NullPool, **options)


HASHED: Final = "SET LOCAL enable_nestloop = off"
"""For questions whose every step is a set joined once with a set. The planner may expect one row
of each and go through them row by row, which takes minutes for a province."""
AS_PLANNED: Final = "SET LOCAL enable_nestloop = on"


class DatabaseAway(ConnectionError):
    """Nobody listens at the database's address at the moment."""


@asynccontextmanager
async def connected(
    engine: AsyncEngine, first: str = ""
) -> AsyncIterator[tuple[AsyncConnection, Any]]:
    """A connection of the pool, on which the statement `first` has just run, and its answer.

    A connection that died in the pool (the database was restarted) is found by it; the pool
    then drops every old one, and as nothing was done yet it is simply taken anew. Raises
    DatabaseAway.
    """
    connection = await _start(engine)
    try:
        try:
            answer = await _run_first(connection, first)
        except (DBAPIError, asyncpg.InternalClientError) as error:
            if isinstance(error, DBAPIError) and not error.connection_invalidated:
                raise
            await connection.invalidate()
            await connection.close()
            connection = await _start(engine)
            answer = await _run_first(connection, first)
        yield connection, answer
    finally:
        await asyncio.shield(asyncio.create_task(connection.close()))


async def _start(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect().start()
    except OSError as error:  # also a socket that is not there
        raise DatabaseAway(str(error)) from error


async def _run_first(connection: AsyncConnection, first: str) -> Any:
    """The first column of the only row of `first`, where it gives one."""
    if not first:
        return None
    result = await connection.exec_driver_sql(first)
    return result.scalar_one() if result.returns_rows else None


class Database:
    """The application's database: pools for the application and the read-only system role."""

    def __init__(
        self,
        dsn: str,
        *,
        system_dsn: str | None = None,
        clock: Clock | None = None,
        pool_size: int = 16,
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
        # The driver's transaction begins only with a statement sent through SQLAlchemy: a COPY
        # before it would commit on its own. A simulated clock is asked by that statement.
        simulated = at is None and isinstance(self.clock, SimulatedClock)
        first = SimulatedClock.QUESTION if simulated else "SET LOCAL ROLE NONE"
        async with connected(self.engine, first) as (connection, told):
            instant = told if simulated else at or await self.clock.now()
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            assert raw.is_in_transaction()
            if statements := scope.statements():
                await raw.execute(statements)
            async with AsyncSession(connection, expire_on_commit=False) as session:
                unit = UnitOfWork(session, raw, scope, actor or Actor.system("platform"), instant)
                yield unit
                await session.commit()
            await connection.commit()

    async def look_up(self, sql: str, *binds: Any) -> "asyncpg.Record | None":
        """One row of a system table, by one statement outside any transaction: one round trip.

        Binds are the driver's own ($1): this is the way of every request's credential.
        """
        try:
            return await self._look_up(sql, binds)
        except _GONE:  # said behind the pool's back: asking through it makes it look
            return await self._look_up(sql, binds, first="SELECT 1")

    async def _look_up(
        self, sql: str, binds: Sequence[Any], *, first: str = ""
    ) -> "asyncpg.Record | None":
        async with connected(self.engine, first) as (connection, _):
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            try:
                row: asyncpg.Record | None = await raw.fetchrow(sql, *binds)
            except _GONE:
                await connection.invalidate()
                raise
            return row

    @asynccontextmanager
    async def system(
        self, *, staging: str = "", snapshot: str | None = None
    ) -> AsyncIterator[AsyncConnection]:
        """A read-only look over every area (verification and figures), as `zhijie_system`.

        All of it sees one snapshot: its own, or the one that another look exported and still
        holds. `staging` makes temporary tables for what is worked out.
        """
        assert self._system_engine is not None, "no address for the system role was given"
        first = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        async with connected(self._system_engine, first) as (connection, _):
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            taken = f"SET TRANSACTION SNAPSHOT '{snapshot}'; " if snapshot else ""
            await raw.execute(f"{taken}{staging}; SET TRANSACTION READ ONLY")
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


_GONE = (
    *(asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError),
    asyncpg.InternalClientError,
)
"""What the driver raises on a connection whose server is gone; the last one while it has read the
server's last word and not yet the end of the line."""


class SimulatedClock:
    """The business instant kept in one row; only demonstrations and tests move it, forward."""

    QUESTION: Final = "SELECT instant FROM business_clock"

    def __init__(self, dsn: str) -> None:
        engine = make_engine(dsn, pool_size=2)
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def now(self) -> datetime:
        async with connected(self._engine, self.QUESTION) as (_, instant):
            told: datetime = instant
            return told

    async def move_to(self, instant: datetime) -> None:
        """Moves the clock; an instant before the present one is a defect of the caller."""
        async with connected(self._engine, "SELECT 1") as (connection, _):
            moved = await connection.exec_driver_sql(
                "INSERT INTO business_clock (only_row, instant) VALUES (true, $1)"
                " ON CONFLICT (only_row) DO UPDATE SET instant = excluded.instant"
                " WHERE business_clock.instant <= excluded.instant",
                (instant,),
            )
            assert moved.rowcount == 1, "the business clock only moves forward"
            await connection.commit()

    async def close(self) -> None:
        """Closes its connection."""
        await self._engine.dispose()


@cache
def load_sql(module_file: str, name: str) -> str:
    """The text of `sql/<name>.sql` beside the calling module."""
    return (Path(module_file).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")
