"""Rows and bytes of one payment's pack, each by a named question, within limits."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from settlement_api.batches.queries import content_question, items_question
from settlement_api.explanations.queries import Reader
from settlement_api.persistence import load_sql
from settlement_api.proof_packs.errors import NothingToProve, PackTooLarge


@dataclass(frozen=True)
class Limits:
    """What one pack holds at most; a payment beyond it is refused, never told in part."""

    items: int = 1_000
    """Items of the payment."""
    rows: int = 20_000
    """Rows of one kind: answers, pieces of evidence, transfers, sealed events."""
    byte_count: int = 64 << 20
    """Bytes of all members together."""


USUAL: Final = Limits()


@dataclass(frozen=True)
class Payment:
    """Whose pack is made, and where its rows lie."""

    reader: Reader
    row: Row[Any]
    limits: Limits

    async def ask(self, question: str, **binds: Any) -> Sequence[Row[Any]]:
        """The rows of a named question. Raises PackTooLarge rather than leave any out."""
        sql = load_sql(__file__, question)
        usual = {
            "area_code": self.row.area_code,
            "payment_id": self.row.id,
            "batch_id": self.row.batch_id,
            "most": self.limits.rows + 1,
        }
        wanted = {name: value for name, value in usual.items() if f":{name}" in sql}
        rows = await self.reader.fetch_all(sql, **wanted, **binds)
        if len(rows) > self.limits.rows:
            raise PackTooLarge(what=question, limit=self.limits.rows)
        return rows

    async def content(self) -> tuple[bytes, bytes]:
        """What the batch's content hash is taken over: its lines, and its items as bytes."""
        told = []
        for sql in (content_question(), items_question()):
            (row,) = await self.reader.fetch_all(
                sql, area_code=self.row.area_code, batch_id=self.row.batch_id
            )
            told.append(bytes(row[0] or b""))
        return told[0], told[1]


async def find_payment(reader: Reader, payment_id: UUID, limits: Limits) -> Payment:
    """The payment of a batch. Raises NothingToProve, and PackTooLarge for too many items."""
    rows = await reader.fetch_all(load_sql(__file__, "payment"), payment_id=payment_id)
    if not rows:
        raise NothingToProve(payment_id=payment_id)
    if rows[0].item_count > limits.items:
        raise PackTooLarge(what="items", limit=limits.items)
    return Payment(reader, rows[0], limits)


async def parts_of(reader: Reader, intake_id: UUID) -> AsyncIterator[bytes]:
    """The bytes of a body as they came, part after part."""
    sql, number = load_sql(__file__, "intake_parts"), 0
    while rows := await reader.fetch_all(sql, intake_id=intake_id, part_number=number):
        yield bytes(rows[0].body)
        number += 1
