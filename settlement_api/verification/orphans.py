"""Rows of tables without foreign keys that point at nothing: asked of every such column there is.

Which tables have none is declared with them (`without_foreign_keys`); the test of the schema's
rule 10 holds that against the catalog.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from schemas.tables import load_all
from schemas.tables.base import Access, TableKind
from settlement_api.verification.policy import AreaAnswer

NAMED_OTHERWISE: Final[Mapping[str, tuple[str, ...]]] = {
    "adjusts_payable_id": ("payable",),
    "application_id": ("settlement_application",),
    "event_id": ("outbox_event", "platform_event"),
    "negative_share_id": ("payable_share",),
    "order_line_id": ("purchase_order_line",),
    "other_line_id": ("return_note_line", "invoice_line"),
    "positive_share_id": ("payable_share",),
    "receipt_line_id": ("goods_receipt_line",),
    "superseded_by_id": ("document",),
    "superseded_by_run_id": ("match_run",),
}
"""Columns that are not called after their table; of two tables the row is in one."""
KEYS_OF_OTHERS: Final[Mapping[str, str]] = {"order_line_forecast": "purchase_order_line"}
"""Tables whose own id is that of another table's row."""
PEOPLE: Final = {
    "actor_id", "confirmed_by", "first_reviewed_by", "re_reviewed_by", "resolved_by",
}  # fmt: skip
"""Who did it: a person, or a system's key."""


@dataclass(frozen=True)
class Link:
    """A column of a table without foreign keys, and the tables its row may be in."""

    table: str
    column: str
    targets: tuple[str, ...]


def links() -> Iterator[Link]:
    """Every reference that no foreign key guards. Raises KeyError for one of unknown target."""
    load_all()
    for table in SQLModel.metadata.sorted_tables:
        if not _access(table).without_foreign_keys:
            continue
        if table.name in KEYS_OF_OTHERS:
            yield Link(table.name, "id", (KEYS_OF_OTHERS[table.name],))
        for column in table.columns:
            if isinstance(column.type, Uuid) and column.name not in {"id", *PEOPLE}:
                yield Link(table.name, column.name, targets_of(column.name))


def targets_of(column: str) -> tuple[str, ...]:
    """The tables a column names rows of. Raises KeyError for one that names none."""
    table = column.removesuffix("_id")
    return (table,) if table in SQLModel.metadata.tables else NAMED_OTHERWISE[column]


async def ask_orphans(connection: AsyncConnection) -> list[AreaAnswer]:
    """Per area: rows that point at a row that is in none of the tables it may be in."""
    question = " UNION ALL ".join(_question(link) for link in links())
    summed = (
        "SELECT area_code, sum(examined)::bigint AS examined, sum(broken)::bigint AS broken,"
        " string_agg(link || ': ' || broken, ', ' ORDER BY link) FILTER (WHERE broken > 0)"
        f" AS sample FROM ({question}) AS link GROUP BY area_code"
    )
    rows = (await connection.execute(text(summed))).all()
    return [AreaAnswer(row.area_code, row.examined, row.broken, sample=row.sample) for row in rows]


def _question(link: Link) -> str:
    joins = "".join(_join(link, number) for number in range(len(link.targets)))
    lost = " AND ".join(f"target{number}.id IS NULL" for number in range(len(link.targets)))
    return (
        f"SELECT child.area_code, '{link.table}.{link.column}' AS link, count(*) AS examined,"
        f" count(*) FILTER (WHERE {lost}) AS broken FROM {link.table} AS child{joins}"
        f" WHERE child.{link.column} IS NOT NULL GROUP BY child.area_code"
    )


def _join(link: Link, number: int) -> str:
    name, target = link.targets[number], f"target{number}"
    of_area = _access(SQLModel.metadata.tables[name]).kind is TableKind.TENANT
    area = f"{target}.area_code = child.area_code AND " if of_area else ""
    return f" LEFT JOIN {name} AS {target} ON {area}{target}.id = child.{link.column}"


def _access(table: Table) -> Access:
    access: Access = table.info["access"]
    return access
