"""What every table shares: key columns, naming of constraints, and who may read and write it.

The rules are those of docs/architecture.md ("Schema rules"); a catalog lint in
tests/architecture checks the running database against the `info` declared here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class TableKind(StrEnum):
    """What a table is, which decides its keys, its row security and its grants."""

    TENANT = "tenant"
    PARTY = "party"
    REFERENCE = "reference"
    SYSTEM = "system"


@dataclass(frozen=True)
class Access:
    """Who reads and writes a table; rendered to grants and policies by the migrations.

    `hospital` / `supplier`: rows carry `hospital_id` / `supplier_id` and that party may read its
    own. `updatable`: columns the application may UPDATE ("*" for any, empty for append-only).
    `deletable`: only for staging-like rows. `outside_areas`: a system table that work on behalf of
    an area neither reads nor writes (people, keys, sessions). Party-owned tables are read by every
    area, and written outside any. `parties`: reference tables that hospitals and suppliers read
    whole. `listed`: False where parties find rows only by the keys of what
    they have: then no index leads with the party, which every written row would pay for.
    """

    kind: TableKind
    hospital: bool = False
    supplier: bool = False
    updatable: tuple[str, ...] = ()
    deletable: bool = False
    without_foreign_keys: bool = False
    outside_areas: bool = False
    listed: bool = True
    parties: bool = False


def tenant(
    *,
    hospital: bool = False,
    supplier: bool = False,
    updatable: tuple[str, ...] = (),
    deletable: bool = False,
    without_foreign_keys: bool = False,
    listed: bool = True,
) -> dict[str, Any]:
    """`__table_args__` tail of a tenant table: led by `area_code`, row security forced."""
    access = Access(
        TableKind.TENANT,
        hospital,
        supplier,
        updatable,
        deletable,
        without_foreign_keys,
        listed=listed,
    )
    return {"info": {"access": access}}


def party(*, hospital: bool = False, updatable: tuple[str, ...] = ()) -> dict[str, Any]:
    """A supplier-owned table: not led by area; suppliers see their own rows, areas see all.

    No area writes it: whoever may change a supplier or its account does so outside any area.
    `hospital`: hospitals may read it too, where it names parties to each other.
    """
    access = Access(TableKind.PARTY, hospital=hospital, supplier=True, updatable=updatable)
    return {"info": {"access": access}}


def reference(*, updatable: tuple[str, ...] = (), parties: bool = True) -> dict[str, Any]:
    """A table that only administration writes; no row security. Every area reads it, and hospitals
    and suppliers where `parties`.
    """
    access = Access(TableKind.REFERENCE, updatable=updatable, parties=parties)
    return {"info": {"access": access}}


def system(
    *,
    updatable: tuple[str, ...] = ("*",),
    deletable: bool = False,
    outside_areas: bool = False,
) -> dict[str, Any]:
    """A table of the machinery (users, keys, registries, intakes): no row security."""
    access = Access(
        TableKind.SYSTEM, updatable=updatable, deletable=deletable, outside_areas=outside_areas
    )
    return {"info": {"access": access}}


class TenantRow(SQLModel):
    """Key columns of a tenant table: (area_code, id), the id a UUIDv7 made by the server."""

    area_code: str = Field(sa_type=Text, primary_key=True)
    id: UUID = Field(
        default=None,
        primary_key=True,
        sa_column_kwargs={"server_default": text("uuidv7()")},
    )


class PlainRow(SQLModel):
    """Key column of a table that no area owns."""

    id: UUID = Field(
        default=None,
        primary_key=True,
        sa_column_kwargs={"server_default": text("uuidv7()")},
    )


def text_field(**options: Any) -> Any:
    """A text column (never VARCHAR: distributed tables are co-located by text)."""
    return Field(sa_type=Text, **options)


def minor_field(**options: Any) -> Any:
    """An amount in fen, or a quantity in thousandths: bigint."""
    return Field(sa_type=BigInteger, **options)


def ids_field() -> Any:
    """Ids of rows that people name; empty where they name none."""
    return Field(
        default_factory=list, sa_type=ARRAY(Uuid), sa_column_kwargs={"server_default": text("'{}'")}
    )


def instant_field(**options: Any) -> Any:
    """An instant, UTC: timestamptz."""
    return Field(sa_type=DateTime(timezone=True), **options)


def recorded_at_field() -> Any:
    """When the row was written, real time of the server."""
    return instant_field(
        default=None, sa_column_kwargs={"server_default": text("clock_timestamp()")}
    )


__all__ = [
    "Access",
    "PlainRow",
    "TableKind",
    "TenantRow",
    "datetime",
    "instant_field",
    "minor_field",
    "party",
    "recorded_at_field",
    "reference",
    "system",
    "tenant",
    "text_field",
]
