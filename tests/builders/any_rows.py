"""A row of any table at all, for tests about who sees rows rather than what rows mean."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from schemas.tables import load_all
from schemas.tables.base import Access, TableKind

_numbers = count(1)

FREE_THE_TABLES = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'x')
UNION ALL
SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', oid::regclass)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relforcerowsecurity
"""


def scoped_tables() -> list[Table]:
    """Every table with row security."""
    load_all()
    return [
        table
        for table in SQLModel.metadata.sorted_tables
        if access_of(table).kind in (TableKind.TENANT, TableKind.PARTY)
    ]


def access_of(table: Table) -> Access:
    """What a table declares of who reads and writes it."""
    access: Access = table.info["access"]
    return access


async def free_the_tables(owner: "asyncpg.Connection[Any]") -> None:
    """Drops what rows must mean (checks, references), and lets the owner write; keys stay."""
    for row in await owner.fetch(FREE_THE_TABLES):
        await owner.execute(row[0])


async def insert_row(
    owner: "asyncpg.Connection[Any]",
    table: Table,
    *,
    area_code: str,
    hospital_id: UUID,
    supplier_id: UUID,
) -> None:
    """A row of this area, hospital and supplier, everything else made up and distinct."""
    given = {"area_code": area_code, "hospital_id": hospital_id, "supplier_id": supplier_id}
    if table.name == "hospital":
        given["id"] = hospital_id
    elif table.name == "supplier":
        given["id"] = supplier_id
    columns = [c for c in table.columns if c.name in given or _needed(c)]
    values = [given.get(column.name, _value(column)) for column in columns]
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    names = ", ".join(f'"{column.name}"' for column in columns)
    await owner.execute(
        f"INSERT INTO {table.name} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING", *values
    )


def _needed(column: Column[Any]) -> bool:
    return not column.nullable and column.server_default is None and column.computed is None


def _value(column: Column[Any]) -> Any:
    number = next(_numbers)
    made: list[tuple[Any, Any]] = [
        (Boolean, True),
        (JSONB, "{}"),
        (ARRAY, []),
        (Text, f"v{number}"),
        (Integer, number % 30_000),
        (Uuid, uuid4()),
        (DateTime, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)),
        (Date, date(2026, 1, 1) + timedelta(days=number % 9_000)),
        (LargeBinary, sha256(str(number).encode()).digest()),
    ]
    for kind, value in made:
        if isinstance(column.type, kind):
            return value
    raise AssertionError(f"{column} is of a type no row was made of yet: {column.type!r}")
