"""A rule pack's tolerances reach matching: what they let pass is paid, recorded and totalled."""

import json
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from schemas.times import Clock, FixedClock
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from tests.builders.stored_documents import StoredDocuments, area_scope, seed_contract

REFERENCE: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
BOTH = ("price_above_contract", "price_differs_from_order")


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    return stored


async def tolerate(owner_dsn: str, rules: list[dict[str, Any]]) -> None:
    """The pack in force gets one template, and names it."""
    change = {"tolerance_templates": [{"name": "tried", "rules": rules}], "tolerance": "tried"}
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "UPDATE rule_pack SET content = content || CAST($1 AS jsonb)", json.dumps(change)
    )
    await owner.close()


async def match(database: Database) -> tuple[list[int], list[tuple[Any, ...]], int]:
    """Fen payable, discrepancies (reason, effect, fen, thousandths), and the run's absorbed fen."""
    async with database.begin(area_scope()) as uow:
        assert await service.match_area(uow) is not None
    async with database.begin(area_scope()) as uow:
        paid = await uow.fetch_all("SELECT amount_minor FROM payable WHERE status = 'open'")
        found = await uow.fetch_all(
            "SELECT reason, effect, amount_minor, quantity_milli FROM discrepancy"
            " WHERE status = 'open' ORDER BY 1, 2"
        )
        absorbed = await uow.fetch_value(
            "SELECT absorbed_minor FROM match_run ORDER BY run_number DESC LIMIT 1"
        )
    return [row.amount_minor for row in paid], [tuple(row) for row in found], absorbed


@pytest.mark.parametrize(
    ("fen", "paid", "effect"), [(60, 10_060, "absorbed"), (59, 10_000, "held")]
)
async def test_an_amount_above_the_price_is_paid_as_far_as_the_pack_lets_it_pass(
    database: Database,
    documents: StoredDocuments,
    owner_dsn: str,
    *,
    fen: int,
    paid: int,
    effect: str,
) -> None:
    await tolerate(owner_dsn, [{"reason": reason, "fen": fen} for reason in BOTH])
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", **REFERENCE)
        await documents.invoice(uow, "INV-1", amount=10_060, **REFERENCE)
    amounts, found, absorbed = await match(database)
    assert amounts == [paid]
    assert ("price_above_contract", effect, 60, 0) in found
    assert (absorbed > 0) == (effect == "absorbed")


@pytest.mark.parametrize(("fen", "paid"), [(120, 10_060), (118, 10_000)])
async def test_a_tolerance_of_a_document_is_shared_with_lines_that_are_matched_elsewhere(
    database: Database, documents: StoredDocuments, owner_dsn: str, *, fen: int, paid: int
) -> None:
    """The invoice has a second line of as much, for a product nobody ordered."""
    await tolerate(
        owner_dsn, [{"reason": reason, "fen": fen, "level": "document"} for reason in BOTH]
    )
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", **REFERENCE)
        line_id = await documents.invoice(uow, "INV-1", amount=10_060, **REFERENCE)
        document_id = await uow.fetch_value(
            "SELECT document_id FROM invoice_line WHERE id = :id", id=line_id
        )
        await documents.invoice(
            uow,
            "INV-1",
            amount=10_060,
            document_id=document_id,
            line_number=2,
            product_code="X-NOBODY-ORDERED",
            product_id=None,
        )
    amounts, _, _ = await match(database)
    assert amounts == [paid]


async def test_goods_over_the_order_are_payable_as_far_as_the_pack_lets_them_pass(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    await tolerate(owner_dsn, [{"reason": "quantity_over_order", "permyriad": 1_000}])
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", 12, **REFERENCE)
        await documents.invoice(uow, "INV-1", 12, amount=12_000, **REFERENCE)
    amounts, found, _ = await match(database)
    assert amounts == [11_000]
    assert ("quantity_over_order", "absorbed", 0, 1_000) in found
    assert ("quantity_over_order", "waiting", 0, 1_000) in found
