"""What comes first never decides: numbers of two source systems, flags, and shuffled arrivals."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import asyncpg
import pytest

from reconciler import copy_layouts
from schemas.codes.documents import IntakeFormat
from schemas.messages.reading import read
from schemas.times import Clock, FixedClock
from settlement_api.documents.policy import Sender
from settlement_api.intakes.policy import BodyForm
from settlement_api.intakes.service import apply_single
from settlement_api.persistence import Database
from settlement_api.reconciliation import queries, service
from settlement_api.unit_of_work import UnitOfWork
from tests.builders import documents as build
from tests.builders.documents import Trade
from tests.builders.stored_documents import StoredDocuments, area_scope, seed_contract

FORM = BodyForm(IntakeFormat.NDJSON, "utf-8", compressed=False, kind=None)


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    return stored


async def match(database: Database) -> service.MatchResult | None:
    async with database.begin(area_scope()) as uow:
        return await service.match_area(uow)


async def by_source(uow: UnitOfWork, status: str) -> list[tuple[Any, ...]]:
    rows = await uow.fetch_all(
        "SELECT document.source_system, payable.kind, payable.quantity_milli"
        " FROM payable JOIN purchase_order_line AS line ON line.id = payable.order_line_id"
        " JOIN document ON document.id = line.document_id"
        " WHERE payable.status = :status ORDER BY 1, 2, 3",
        status=status,
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("sources", [("his", "lis"), ("lis", "his")])
async def test_one_order_number_of_two_source_systems_is_two_orders(
    database: Database, documents: StoredDocuments, sources: tuple[str, str]
) -> None:
    units = {"his": 4, "lis": 6}
    reference: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
    async with database.begin(area_scope()) as uow:
        for source in sources:
            await documents.order(uow, "PO-1", units[source], source_system=source)
            receipt = f"GR-{source}"
            await documents.receipt(uow, receipt, units[source], source_system=source, **reference)
            await documents.invoice(
                uow,
                f"INV-{source}",
                units[source],
                units[source] * 1_000,
                receipt_number=receipt,
                receipt_line_number=1,
            )
        await documents.order(uow, "PO-2", 1, state="cancelled")
    await match(database)
    async with database.begin(area_scope()) as uow:
        expected = [("his", "goods", 4_000), ("lis", "goods", 6_000)]
        assert await by_source(uow, "open") == expected
        rows = await uow.fetch_all("SELECT id FROM payable")
        await service.commit_payables(uow, payable_ids=[row.id for row in rows])
        # The one order is cancelled and what came of it is taken back; the other stands.
        await uow.execute(
            "UPDATE purchase_order_line SET state = 'cancelled' WHERE quantity_milli = 4000"
        )
    await match(database)
    async with database.begin(area_scope()) as uow:
        assert await by_source(uow, "committed") == expected
        assert await by_source(uow, "open") == [("his", "return", -4_000)]


OTHER = build.DRUG[:-1] + "2"
BOTH = (build.DRUG, OTHER)


@pytest.fixture
async def trade(database: Database) -> Trade:
    seeded = await build.seed_trade(database)
    async with database.platform() as uow:
        await uow.execute(
            "INSERT INTO product"
            " (product_code, name, name_pinyin, kind, specification, smallest_unit)"
            " VALUES (:code, 'other', 'other', 'drug', '10mg', '片')",
            code=OTHER,
        )
    return seeded


async def arrive(database: Database, document: dict[str, Any]) -> None:
    """Stores one document and matches what it touches."""
    body = build.as_bytes(document)
    async with database.platform() as uow:
        _, verdict = await apply_single(
            uow, sender=Sender(), form=FORM, body=body, document=read(body)
        )
    assert verdict.outcome.value == "accepted", verdict
    async with database.begin(area_scope()) as uow:
        row = await uow.fetch_one(
            "SELECT intake_id, raw_position FROM document WHERE id = :id", id=verdict.document_id
        )
        assert row is not None
        await service.match_arrival(
            uow,
            intake_id=row.intake_id,
            first_position=row.raw_position,
            last_position=row.raw_position,
        )


async def standing(database: Database) -> list[tuple[Any, ...]]:
    """Open payables and discrepancies by what business calls them, without ids and instants."""
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all(STANDING)
    return [tuple(row) for row in rows]


STANDING = """
SELECT 'payable', payable.kind, ordered.order_number, receipt.receipt_number,
       invoice.invoice_number, invoice.product_code, payable.quantity_milli, payable.amount_minor
FROM payable
LEFT JOIN purchase_order_line AS ordered ON ordered.id = payable.order_line_id
LEFT JOIN goods_receipt_line AS receipt ON receipt.id = payable.receipt_line_id
LEFT JOIN invoice_line AS invoice ON invoice.id = payable.invoice_line_id
WHERE payable.status = 'open'
UNION ALL
SELECT 'discrepancy', discrepancy.reason, ordered.order_number, receipt.receipt_number,
       invoice.invoice_number, invoice.product_code, discrepancy.quantity_milli,
       discrepancy.amount_minor
FROM discrepancy
LEFT JOIN purchase_order_line AS ordered ON ordered.id = discrepancy.order_line_id
LEFT JOIN goods_receipt_line AS receipt ON receipt.id = discrepancy.receipt_line_id
LEFT JOIN invoice_line AS invoice ON invoice.id = discrepancy.invoice_line_id
WHERE discrepancy.status = 'open'
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""


def papers() -> list[dict[str, Any]]:
    """Two products; the number of the first one's invoice is claimed for the second one too."""
    orders = [
        build.purchase_order(f"PO-{n}", lines=[build.order_item(product_code=code, unit="片")])
        for n, code in enumerate(BOTH)
    ]
    receipts = [
        build.goods_receipt(
            f"GR-{n}",
            lines=[build.receipt_item(product_code=code, unit="片", order_number=f"PO-{n}")],
        )
        for n, code in enumerate(BOTH)
    ]
    invoices = [
        build.invoice(
            source_system=source,
            lines=[build.invoice_item(product_code=code, unit="片", order_number=f"PO-{n}")],
        )
        for n, (code, source) in enumerate(zip(BOTH, ("his", "old"), strict=True))
    ]
    return [*orders, *receipts, *invoices]


async def test_an_invoice_flagged_by_a_later_one_is_matched_again(
    database: Database, trade: Trade
) -> None:
    *others, first, second = papers()
    for document in (*others, first):
        await arrive(database, document)
    assert [row[0] for row in await standing(database) if row[0] == "payable"] == ["payable"]
    await arrive(database, second)
    found = [row[1] for row in await standing(database) if row[0] == "payable"]
    assert found == []
    assert {row[5] for row in await standing(database) if row[1] == "invoice_duplicate"} == {*BOTH}


@pytest.mark.parametrize("seed", [2])
async def test_payables_are_the_same_in_any_order_of_arrival(
    database: Database, trade: Trade, owner_dsn: str, seed: int
) -> None:
    documents = [
        *papers()[:5],
        build.purchase_order("PO-0", source_system="old", document_date="2026-07-02"),
        build.order_change(order_number="PO-0", lines=[build.order_item(quantity="60")]),
        build.goods_receipt(
            "GR-1",
            revision=2,
            lines=[build.receipt_item(product_code=OTHER, unit="片", order_number="PO-1")],
        ),
        build.invoice(
            "26372000000000000002",
            lines=[
                build.invoice_item(
                    order_number=None, order_line_number=None, product_code=OTHER, unit="片"
                )
            ],
        ),
        build.return_note(),
        build.invoice_link(
            lines=[
                {
                    "line_number": 1,
                    "invoice_number": build.INVOICE_NUMBER,
                    "invoice_line_number": 1,
                    "order_number": "PO-0",
                    "order_line_number": 1,
                }
            ]
        ),
    ]
    results = []
    for shuffled in (documents, Random(seed).sample(documents, len(documents))):
        for document in shuffled:
            await arrive(database, document)
        results.append(await standing(database))
        await forget(owner_dsn)
    assert any(row[0] == "payable" for row in results[0])
    assert results[0] == results[1]


async def forget(owner_dsn: str) -> None:
    """Empties every table that documents and matching have written."""
    connection = await asyncpg.connect(owner_dsn)
    await connection.execute(
        "TRUNCATE document, purchase_order_line, goods_receipt_line, invoice_line,"
        " return_note_line, invoice_link_line, document_cancellation, invoice_claim,"
        " invoice_registry, intake_chunk, payable, discrepancy, order_line_forecast"
    )
    await connection.close()


async def test_few_components_are_read_as_many_are(
    database: Database, documents: StoredDocuments
) -> None:
    """One statement with a kept plan, and a COPY per kind: the same rows to the last bit."""
    reference: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", **reference)
        await documents.invoice(uow, "INV-1", **reference)
        await documents.order(uow, "PO-2")
        assert await service.match_area(uow) is not None
        few = await queries.read_columns(uow, touched=1)
        many = await queries.read_columns(uow, touched=queries.FEW + 1)
    assert few.keys() == many.keys()
    assert {name for name, rows in few.items() if rows.size} >= {"orders", "invoices", "payables"}
    for name, layout in copy_layouts.READ.items():
        for column, _ in layout.fields:
            assert few[name][column].tolist() == many[name][column].tolist(), (name, column)
