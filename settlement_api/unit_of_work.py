"""One transaction on behalf of somebody: its scope, its instant, its statements and its events."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events.base import DomainEvent
from schemas.times import business_date

if TYPE_CHECKING:
    RawConnection = asyncpg.Connection[asyncpg.Record]
else:  # the driver's class takes no parameters when the program runs
    RawConnection = asyncpg.Connection

AREA_CODE = re.compile(r"[0-9]{6}")
PLATFORM_CHAIN = "000000"
"""The chain of events that belong to no area; never a settlement area's code."""

_RECORD = """
WITH event AS (
    INSERT INTO {table} ({area} name, aggregate_id, aggregate_version,
                         actor_kind, actor_id, actor_name, facts, occurred_at)
    SELECT {area} name, aggregate_id, aggregate_version,
           :actor_kind, CAST(:actor_id AS uuid), :actor_name, facts, :at
    FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS given (
        area_code text, name text, aggregate_id uuid, aggregate_version integer, facts jsonb
    )
    RETURNING {chain}, id
)
INSERT INTO outbox_pending (area_code, event_id) SELECT * FROM event
"""
RECORD_EVENTS = {
    "outbox_event": _RECORD.format(table="outbox_event", area="area_code,", chain="area_code"),
    "platform_event": _RECORD.format(table="platform_event", area="", chain=f"'{PLATFORM_CHAIN}'"),
}
"""An event and its mark for the sealer, in one statement."""


@dataclass(frozen=True)
class AreaScope:
    """One settlement area: its agency, its bureau, and every job."""

    area_code: str

    def statements(self) -> str:
        """Literal SET LOCAL statements (set_config does not reach distributed workers)."""
        if self.area_code == PLATFORM_CHAIN:
            raise ValueError("the platform's chain is no area")
        return _as_area(self.area_code)


@dataclass(frozen=True)
class ChainScope(AreaScope):
    """The chain of an area's events, or the platform's own: only for sealing and lodging."""

    def statements(self) -> str:
        return _as_area(self.area_code)


@dataclass(frozen=True)
class SigningScope(AreaScope):
    """One area as the signing process sees it, under the only role it has."""

    def statements(self) -> str:
        if not AREA_CODE.fullmatch(self.area_code):
            raise ValueError("an area code has six digits")
        return f"SET LOCAL app.area_code = '{self.area_code}'"


def _as_area(area_code: str) -> str:
    if not AREA_CODE.fullmatch(area_code):
        raise ValueError("an area code has six digits")
    return f"SET LOCAL ROLE zhijie_area; SET LOCAL app.area_code = '{area_code}'"


@dataclass(frozen=True)
class HospitalScope:
    """One hospital: sees only rows that carry its id."""

    hospital_id: UUID

    def statements(self) -> str:
        return f"SET LOCAL ROLE zhijie_hospital; SET LOCAL app.hospital_id = '{self.hospital_id!s}'"


@dataclass(frozen=True)
class SupplierScope:
    """One supplier: sees only rows that carry its id, in every area."""

    supplier_id: UUID

    def statements(self) -> str:
        return f"SET LOCAL ROLE zhijie_supplier; SET LOCAL app.supplier_id = '{self.supplier_id!s}'"


@dataclass(frozen=True)
class PlatformScope:
    """No area: system and reference tables only; tenant tables show no rows."""

    def statements(self) -> str:
        return ""  # what every transaction begins as


Scope = AreaScope | HospitalScope | SupplierScope | PlatformScope


@dataclass(frozen=True)
class Actor:
    """Who acts: a person, a system with a key, or the platform itself."""

    kind: str
    id: UUID | None
    name: str

    @staticmethod
    def system(name: str) -> "Actor":
        """The platform itself, named by what it is doing (`payments.send`)."""
        return Actor("system", None, name)


MISSING: Final = """
SELECT EXISTS (
    SELECT FROM unnest(CAST(:names AS text[])) AS name WHERE to_regclass('pg_temp.' || name) IS NULL
)
"""
"""Whether a connection lacks one of its kept temporary tables."""


def making_of(tables: Mapping[str, str]) -> str:
    """The statements that make temporary tables (name → columns) to be kept, where they are not."""
    return "; ".join(
        f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns_sql}) ON COMMIT DELETE ROWS"
        for name, columns_sql in tables.items()
    )


class UnitOfWork:
    """One open transaction. Services change state through it and never commit.

    `raw` is the driver's connection inside this transaction, for binary COPY; `at` the business
    instant of this transaction, UTC. A plain class: Litestar would take a dataclass apart.
    """

    def __init__(
        self, session: AsyncSession, raw: RawConnection, scope: Scope, actor: Actor, at: datetime
    ) -> None:
        self.session = session
        self.raw = raw
        self.scope = scope
        self.actor = actor
        self.at = at
        self._staged: set[str] = set()

    @property
    def on(self) -> date:
        """The business day in Asia/Shanghai."""
        return business_date(self.at)

    @property
    def area_code(self) -> str:
        """The area this transaction is about."""
        assert isinstance(self.scope, AreaScope), "this work needs an area"
        return self.scope.area_code

    async def switch(self, scope: Scope) -> None:
        """Goes on in the same transaction under another scope.

        For commands of a party: look the target up under the party's scope, so that row security
        proves it visible, then write under the area's.
        """
        await self.raw.execute(f"SET LOCAL ROLE NONE; {scope.statements()}")
        self.scope = scope

    async def fetch_all(self, sql: str, **binds: Any) -> Sequence[Row[Any]]:
        """Every row of a question."""
        return _rows(await self._ask(sql, binds))

    async def fetch_one(self, sql: str, **binds: Any) -> Row[Any] | None:
        """The only row, or None; more than one is a defect."""
        found = await self._ask(sql, binds)
        assert len(found) < 2, "a question about one row was answered with more"
        return _rows(found)[0] if found else None

    async def fetch_value(self, sql: str, **binds: Any) -> Any:
        """The first column of the only row, or None."""
        found = await self._ask(sql, binds)
        assert len(found) < 2, "a question about one value was answered with more"
        return found[0][0] if found else None

    async def fresh_id(self) -> UUID:
        """An id made by the server, for a row whose bytes are sealed for it before it is stored."""
        made = await self.fetch_value("SELECT uuidv7()")
        return UUID(int=made.int)

    async def execute(self, sql: str, **binds: Any) -> int:
        """Runs one statement; the number of rows it touched."""
        numbered = _numbered(sql)
        done: str = await self.raw.execute(numbered.sql, *numbered.values(binds))
        count = done.rpartition(" ")[2]  # such as UPDATE 3, INSERT 0 3; CREATE TABLE has none
        return int(count) if count.isdigit() else 0

    async def _ask(self, sql: str, binds: dict[str, Any]) -> "list[asyncpg.Record]":
        numbered = _numbered(sql)
        return await self.raw.fetch(numbered.sql, *numbered.values(binds))

    async def create_staging(self, name: str, columns_sql: str) -> None:
        """A temporary table that lives as long as the transaction; COPY goes nowhere else."""
        await self.raw.execute(f"CREATE TEMP TABLE {name} ({columns_sql}) ON COMMIT DROP")

    async def keep_staging(self, tables: Mapping[str, str]) -> None:
        """As `create_staging`, for tables (name → columns) made so often that making them costs
        more than their use: they stay with the connection and are empty after each transaction.

        Those used before in this one are emptied by DELETE, as TRUNCATE would throw away every
        plan that reads them.
        """
        if await self.fetch_value(MISSING, names=list(tables)):
            await self.raw.execute(making_of(tables))
        if used := self._staged & tables.keys():
            await self.raw.execute(";".join(f"DELETE FROM {name}" for name in used))
        self._staged |= tables.keys()

    async def copy_rows(
        self, table: str, columns: Sequence[str], records: Iterable[Sequence[Any]]
    ) -> None:
        """Copies records into a staging table of this transaction, in binary."""
        assert self.raw.is_in_transaction(), "COPY outside a transaction survives rollback"
        await self.raw.copy_records_to_table(table, records=records, columns=list(columns))

    async def record(self, event: DomainEvent) -> None:
        """Writes an event to the outbox: true if and only if this transaction commits."""
        await self.record_all([event])

    async def record_all(self, events: Sequence[DomainEvent]) -> None:
        """Writes many events set-wise, in the order given; all of one area, or all of none."""
        for table, chosen in (
            ("outbox_event", [event for event in events if event.area_code is not None]),
            ("platform_event", [event for event in events if event.area_code is None]),
        ):
            if chosen:
                await self.execute(
                    RECORD_EVENTS[table],
                    events=msgspec.json.encode([_row(event) for event in chosen]).decode(),
                    actor_kind=self.actor.kind,
                    actor_id=self.actor.id,
                    actor_name=self.actor.name,
                    at=self.at,
                )


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A statement as the driver takes it ($1, $2, ...), and the names of its binds in that order.

    Going through SQLAlchemy costs four to six times the driver; only its reading of `:name` is
    used, and its rows.
    """

    sql: str
    names: tuple[str, ...]

    def values(self, binds: Mapping[str, Any]) -> list[Any]:
        """The values in the driver's order; a name without a value is a defect of the caller."""
        return [binds[name] for name in self.names]


@lru_cache(maxsize=4096)
def _numbered(sql: str) -> _Numbered:
    compiled = text(sql).compile(dialect=_DIALECT)
    return _Numbered(str(compiled), tuple(compiled.positiontup or ()))


def _rows(records: "Sequence[asyncpg.Record]") -> Sequence[Row[Any]]:
    if not records:
        return []
    shape = _shape(tuple(records[0].keys()))
    found: IteratorResult[Any] = IteratorResult(shape, map(tuple, records))
    return found.all()


@lru_cache(maxsize=1024)
def _shape(names: tuple[str, ...]) -> SimpleResultMetaData:
    return SimpleResultMetaData(names)


_DIALECT: Final = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


def _row(event: DomainEvent) -> dict[str, Any]:
    facts = event.model_dump(
        mode="json", exclude={"area_code", "aggregate_id", "aggregate_version"}
    )
    return {
        "area_code": event.area_code,
        "name": event.name,
        "aggregate_id": event.aggregate_id,
        "aggregate_version": event.aggregate_version,
        "facts": facts,
    }
