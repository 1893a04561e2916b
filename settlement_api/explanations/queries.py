"""Hops along the chain: each a named question on arrays of ids, asked only where readers may."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from schemas.codes.explanations import NodeKind
from schemas.codes.invoice_numbers import as_invoice_number
from schemas.messages.explanations import CutShort
from schemas.tables import load_all
from schemas.tables.base import Access
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import (
    AreaScope,
    HospitalScope,
    PlatformScope,
    Scope,
    SupplierScope,
    UnitOfWork,
)

MOST: Final = 1_000
"""Rows of one hop that are followed; what is beyond is counted and said."""

TABLES: Final = {
    NodeKind.ORDER_LINE: "purchase_order_line",
    NodeKind.RECEIPT_LINE: "goods_receipt_line",
    NodeKind.RETURN_LINE: "return_note_line",
    NodeKind.INVOICE_LINE: "invoice_line",
    NodeKind.PAYABLE: "payable",
    NodeKind.DISCREPANCY: "discrepancy",
    NodeKind.APPLICATION_LINE: "application_line",
    NodeKind.PAYABLE_SHARE: "payable_share",
    NodeKind.PAYMENT_BATCH: "payment_batch",
    NodeKind.PAYMENT: "payment",
    NodeKind.PAYMENT_ATTEMPT: "payment_attempt",
    NodeKind.STATEMENT_ENTRY: "statement_entry",
}
"""Where the links of the chain lie; credit lines lie with the invoice lines."""
_NEVER_ASKED: Final = frozenset({NodeKind.PAYMENT_BATCH})
"""A batch is shown with what it pays, and has pages of its own."""


class Reader(Protocol):
    """Whatever answers questions: a request's transaction, or the system's look over all areas."""

    async def fetch_all(self, sql: str, **binds: Any) -> Sequence[Row[Any]]:
        """Every row of a question."""


@dataclass(frozen=True)
class SystemReader:
    """Questions asked on the read-only connection that sees every area."""

    connection: AsyncConnection

    async def fetch_all(self, sql: str, **binds: Any) -> Sequence[Row[Any]]:
        """Every row of a question."""
        return (await self.connection.execute(text(sql), binds)).all()


@dataclass(frozen=True)
class View:
    """Who reads, in which areas, and what was cut short on the way."""

    reader: Reader
    areas: Sequence[str]
    cuts: list[CutShort] = field(default_factory=list)

    @property
    def scope(self) -> Scope | None:
        """The scope of the reader; None for the system, which sees everything."""
        return self.reader.scope if isinstance(self.reader, UnitOfWork) else None

    @property
    def released_only(self) -> bool:
        """Whether payments are shown only once three people released them: to their payees."""
        return isinstance(self.scope, SupplierScope)

    def sees(self, kind: NodeKind) -> bool:
        """Whether rows of this kind are granted to the reader at all."""
        return kind not in TABLES or self._granted(TABLES[kind])

    def _granted(self, table: str) -> bool:
        load_all()
        access: Access = SQLModel.metadata.tables[table].info["access"]
        if isinstance(self.scope, HospitalScope):
            return access.hospital or access.parties
        if isinstance(self.scope, SupplierScope):
            return access.supplier or access.parties
        return True

    def within(self, areas: Sequence[str]) -> "View":
        """The same reader looking into these areas only."""
        return replace(self, areas=areas)

    async def ask(self, question: str, **binds: Any) -> Sequence[Row[Any]]:
        """The rows of a named question. One with a limit tells how many there were in all."""
        sql = load_sql(__file__, question)
        usual = {"areas": list(self.areas), "most": MOST}
        wanted = {name: value for name, value in usual.items() if f":{name}" in sql}
        rows = await self.reader.fetch_all(sql, **binds, **wanted)
        if ":most" in sql and rows and rows[0].total > len(rows):
            self.cuts.append(CutShort(what=question, shown=len(rows), total=rows[0].total))
        return rows

    async def ask_behind(self, question: str, **binds: Any) -> list[Row[Any]]:
        """Asks on behalf of the areas what parties have no grant for and may know all the same:
        about rows that row security has just shown to them."""
        if self.scope is None or isinstance(self.scope, AreaScope):
            return list(await self.ask(question, **binds))
        found: list[Row[Any]] = []
        for area_code in self.areas:
            async with self._as(AreaScope(area_code)):
                found += await self.within([area_code]).ask(question, **binds)
        return found

    async def ask_platform(self, question: str, **binds: Any) -> Sequence[Row[Any]]:
        """Asks of the platform's own tables."""
        async with self._as(PlatformScope()):
            return await self.ask(question, **binds)

    @asynccontextmanager
    async def _as(self, scope: Scope) -> AsyncIterator[None]:
        if not isinstance(self.reader, UnitOfWork):
            yield
            return
        own = self.reader.scope
        await self.reader.switch(scope)
        yield
        await self.reader.switch(own)


@dataclass(frozen=True)
class Seed:
    """A link of a chain that somebody asked about."""

    kind: NodeKind
    id: UUID
    area_code: str


async def seeds_by_id(view: View, *, asked_id: UUID) -> list[Seed]:
    """The link with this id, whatever it is."""
    parts = [
        f"SELECT '{kind}' AS kind, area_code, id FROM {table}"
        " WHERE area_code = ANY(CAST(:areas AS text[])) AND id = :id"
        for kind, table in TABLES.items()
        if view.sees(kind) and kind not in _NEVER_ASKED
    ]
    rows = await view.reader.fetch_all(
        " UNION ALL ".join(parts), areas=list(view.areas), id=asked_id
    )
    if view.released_only and any(row.kind == NodeKind.PAYMENT for row in rows):
        shown = await view.ask("payments", ids=[asked_id], released_only=True)
        return [Seed(NodeKind.PAYMENT, row.id, row.area_code) for row in shown]
    return _seeds(rows)


async def seeds_by_order(
    view: View, *, number: str, line: int | None, hospital_code: str | None
) -> list[Seed]:
    """Order lines of this number."""
    return _seeds(
        await view.ask(
            "lines_by_order_number", number=number, line=line, hospital_code=hospital_code
        )
    )


async def seeds_by_invoice(view: View, *, number: str, line: int | None) -> list[Seed]:
    """Invoice and credit note lines of this number, however it is spelled."""
    canonical = as_invoice_number(number)
    return _seeds(await view.ask("lines_by_invoice_number", number=canonical, line=line))


async def seeds_by_end_to_end(view: View, *, end_to_end_id: str) -> list[Seed]:
    """The payment an end-to-end id belongs to, or the entry that carries it."""
    if view.sees(NodeKind.PAYMENT):
        named = await view.ask_behind("payment_by_end_to_end", name=end_to_end_id)
        ids = [row.id for row in named]
        shown = await view.ask("payments", ids=ids, released_only=view.released_only)
        if shown:
            return [Seed(NodeKind.PAYMENT, row.id, row.area_code) for row in shown]
    if view.sees(NodeKind.STATEMENT_ENTRY):
        rows = await view.ask("statement_entries", ids=[], names=[end_to_end_id])
        return [Seed(NodeKind.STATEMENT_ENTRY, row.id, row.area_code) for row in rows]
    return []


async def all_areas(reader: Reader) -> list[str]:
    """Every settlement area."""
    rows = await reader.fetch_all("SELECT area_code FROM area ORDER BY area_code")
    return [row.area_code for row in rows]


async def column_of(view: View, *, kind: NodeKind, column: str, ids: Sequence[UUID]) -> set[Any]:
    """What one column of the rows of these ids holds."""
    rows = await view.reader.fetch_all(
        f"SELECT {column} AS value FROM {TABLES[kind]}"
        " WHERE area_code = ANY(CAST(:areas AS text[])) AND id = ANY(CAST(:ids AS uuid[]))",
        areas=list(view.areas),
        ids=list(ids),
    )
    return {row.value for row in rows} - {None}


def _seeds(rows: Sequence[Row[Any]]) -> list[Seed]:
    return [Seed(NodeKind(row.kind), row.id, row.area_code) for row in rows]
