"""Papers that a rule pack asks for reach matching: what lacks one is shown, or held until named."""

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
MAKERS_INVOICE = "26372000000000000077"


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    return stored


async def ask(owner_dsn: str, rule: str, **asked: Any) -> None:
    """The pack in force asks for a paper."""
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "UPDATE rule_pack SET content = content || CAST($1 AS jsonb)", json.dumps({rule: asked})
    )
    await owner.close()


async def match(database: Database) -> tuple[list[int], list[tuple[str, str, int, int]]]:
    """Fen payable, and discrepancies (reason, effect, thousandths, fen)."""
    async with database.begin(area_scope()) as uow:
        assert await service.match_area(uow) is not None
    async with database.begin(area_scope()) as uow:
        paid = await uow.fetch_all(
            "SELECT amount_minor FROM payable WHERE status = 'open' ORDER BY 1"
        )
        found = await uow.fetch_all(
            "SELECT reason, effect, quantity_milli, amount_minor FROM discrepancy"
            " WHERE status = 'open' ORDER BY 1, 2, 3"
        )
    return [row.amount_minor for row in paid], [tuple(row) for row in found]


async def write_line(database: Database, documents: StoredDocuments, **invoice: Any) -> None:
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", **REFERENCE)
        await documents.invoice(uow, "INV-1", **REFERENCE, **invoice)


MISSING = ("two_invoice_chain_missing", "held", 10_000, 10_000)


@pytest.mark.parametrize(
    ("asked", "upstream", "paid", "found"),
    [
        ({}, None, [10_000], []),
        ({"required_for": ["consumable", "reagent"], "effect": "held"}, None, [10_000], []),
        ({"required_for": ["drug"], "effect": "held"}, MAKERS_INVOICE, [10_000], []),
        ({"required_for": ["drug"], "effect": "held"}, None, [], [MISSING]),
        (
            {"required_for": ["drug"]},
            None,
            [10_000],
            [("two_invoice_chain_missing", "information", 10_000, 10_000)],
        ),
        (
            {"required_for": ["drug"], "effect": "held", "since": "2026-07-02"},
            None,
            [10_000],
            [],
        ),
    ],
)
async def test_the_manufacturers_invoice_is_asked_for_as_the_pack_says(
    database: Database,
    documents: StoredDocuments,
    owner_dsn: str,
    *,
    asked: dict[str, Any],
    upstream: str | None,
    paid: list[int],
    found: list[tuple[str, str, int, int]],
) -> None:
    await ask(owner_dsn, "two_invoice_chain", **asked)
    await write_line(database, documents, upstream_invoice_number=upstream)
    assert await match(database) == (paid, found)


@pytest.mark.parametrize(
    ("units", "codes", "effect"),
    [
        ([], 10, None),
        ([], 9, "held"),
        ([], None, "held"),
        ([("盒", 4, 1), ("箱", 40, 1)], 2, None),
        ([("盒", 4, 1), ("箱", 40, 1)], 1, "held"),
        ([("盒", 21, 2)], None, None),
    ],
)
async def test_each_whole_pack_accepted_needs_a_trace_code(
    database: Database,
    documents: StoredDocuments,
    owner_dsn: str,
    *,
    units: list[tuple[str, int, int]],
    codes: int | None,
    effect: str | None,
) -> None:
    """Ten pieces: ten packs where a piece is one, two of four each, none of ten and a half."""
    await ask(owner_dsn, "trace_codes", required_for=["drug"], effect="held")
    async with database.platform() as uow:
        for unit, numerator, denominator in units:
            await uow.execute(
                "INSERT INTO product_unit (product_id, unit, numerator, denominator)"
                " SELECT id, :unit, :numerator, :denominator FROM product",
                unit=unit,
                numerator=numerator,
                denominator=denominator,
            )
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", trace_code_count=codes, **REFERENCE)
        await documents.invoice(uow, "INV-1", **REFERENCE)
    paid, found = await match(database)
    assert paid == ([10_000] if effect is None else [])
    held = [row for row in found if row[0] == "trace_code_missing"]
    assert held == ([] if effect is None else [("trace_code_missing", effect, 10_000, 10_000)])


@pytest.mark.parametrize(
    ("begins", "ends", "held"),
    [
        ("2026-01-01", None, False),
        ("2026-07-01", "2026-07-01", False),
        ("2026-07-02", None, True),
        ("2026-01-01", "2026-06-30", True),
    ],
)
async def test_who_held_a_contract_on_the_orders_day_names_no_invoice_before(
    database: Database,
    documents: StoredDocuments,
    owner_dsn: str,
    *,
    begins: str,
    ends: str | None,
    held: bool,
) -> None:
    """Of whatever manufacturer and area; who holds one today has nothing to say of then."""
    await ask(owner_dsn, "two_invoice_chain", required_for=["drug"], effect="held")
    await write_line(database, documents)
    assert await match(database) == ([], [MISSING])
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "INSERT INTO contract (contract_code, item_no, round_id, product_id, manufacturer,"
        " pack_price_micro, pack_size, pack_size_inferred, valid_from, valid_to, holder_uscc)"
        " SELECT 'VBP-2', item_no, round_id, product_id, manufacturer, pack_price_micro, pack_size,"
        " pack_size_inferred, $2::text::date, $3::text::date,"
        " (SELECT uscc FROM supplier WHERE id = $1) FROM contract",
        documents.supplier_id,
        begins,
        ends,
    )
    await owner.close()
    assert await match(database) == (([], [MISSING]) if held else ([10_000], []))
