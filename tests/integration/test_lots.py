"""Lots through the database: whatever their spelling, they are compared as one."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from schemas.times import Clock, FixedClock
from settlement_api.persistence import Database
from settlement_api.unit_of_work import UnitOfWork
from tests.builders.stored_documents import StoredDocuments, area_scope, seed_contract
from tests.integration.test_reconciliation import arrive

NAMED: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
PAIRS = """
SELECT receipt.receipt_number, invoice.invoice_number, payable.quantity_milli / 1000
FROM payable
JOIN goods_receipt_line AS receipt ON receipt.id = payable.receipt_line_id
JOIN invoice_line AS invoice ON invoice.id = payable.invoice_line_id
WHERE payable.status = 'open' ORDER BY 1, 2
"""


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    return stored


async def receive(uow: UnitOfWork, documents: StoredDocuments) -> None:
    await documents.order(uow, "PO-1", 20)
    for number, day, lot in (("GR-1", 5, "Ｂ１２ ａ"), ("GR-2", 6, "B13"), ("GR-3", 7, None)):
        received = {"receipt_date": date(2026, 7, day), "lot_number": lot}
        await documents.receipt(uow, number, 5, **NAMED, **received)


@pytest.mark.parametrize("lot", ["b13", " B 13", "Ｂ１３", "ｂ　１３"])
async def test_an_invoice_finds_its_lot_in_any_spelling(
    database: Database, documents: StoredDocuments, lot: str
) -> None:
    async with database.begin(area_scope()) as uow:
        await receive(uow, documents)
        await documents.invoice(uow, "INV-1", 4, 4_000, **NAMED, lot_number=lot)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        assert [tuple(row) for row in await uow.fetch_all(PAIRS)] == [("GR-2", "INV-1", 4)]


@pytest.mark.parametrize(
    ("lot", "left"), [("B12A", "GR-1"), ("b12 A", "GR-1"), ("B14", "GR-3"), (None, "GR-3")]
)
async def test_a_return_comes_off_its_lot_else_off_the_newest(
    database: Database, documents: StoredDocuments, lot: str | None, left: str
) -> None:
    async with database.begin(area_scope()) as uow:
        await receive(uow, documents)
        await documents.return_note(uow, "RN-1", 2, lot_number=lot)
        await documents.invoice(uow, "INV-1", 15, 15_000, **NAMED)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        found = [tuple(row) for row in await uow.fetch_all(PAIRS)]
    assert ("INV-1", 3) in {row[1:] for row in found if row[0] == left}
    assert sum(row[2] for row in found) == 13
