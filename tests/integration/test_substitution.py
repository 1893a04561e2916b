"""Products of one group through the database: who is joined, what is kept where, and regrouping."""

import json
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from schemas.times import Clock, FixedClock
from settlement_api.encryption import Keyring
from settlement_api.master_data.service import import_table
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import UnitOfWork
from tests.builders.parties import csv_file
from tests.builders.stored_documents import DRUG, StoredDocuments, area_scope, seed_contract
from tests.integration.test_reconciliation import arrive

OTHER = "XA10BA02000000000000002"
THIRD = "XA10BA02000000000000003"
NAMED: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
PAIRS = """
SELECT payable.status, ordered.order_number, receipt.receipt_number, invoice.invoice_number,
       payable.amount_minor, payable.component_code
FROM payable
JOIN purchase_order_line AS ordered ON ordered.id = payable.order_line_id
JOIN goods_receipt_line AS receipt ON receipt.id = payable.receipt_line_id
JOIN invoice_line AS invoice ON invoice.id = payable.invoice_line_id
WHERE payable.status <> 'superseded' ORDER BY payable.status, payable.amount_minor
"""
KEPT = """
SELECT payable.status, payable.kind, ordered.order_number, payable.amount_minor,
       payable.component_code
FROM payable JOIN purchase_order_line AS ordered ON ordered.id = payable.order_line_id
WHERE payable.status <> 'superseded' ORDER BY 1, 2, 3
"""
FOUND = """
SELECT reason, effect, component_code FROM discrepancy WHERE status = 'open' ORDER BY 1, 2, 3
"""
SUBSTITUTE = ("open", "PO-1", "GR-1", "INV-1", 5_500, DRUG)


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    for code in (OTHER, THIRD):
        await seed_contract(
            database, supplier_id=stored.supplier_id, code=code, price_micro=11_000_000
        )
    return stored


@pytest.fixture
async def allowed(owner_dsn: str) -> None:
    """The pack in force allows substitutes."""
    connection = await asyncpg.connect(owner_dsn)
    rule = {"substitution": {"rule": "allow"}}
    await connection.execute(
        "UPDATE rule_pack SET content = content || CAST($1 AS jsonb)", json.dumps(rule)
    )
    await connection.close()


class Groups:
    """Puts products into groups, and matches what that touches."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database, self._keyring = database, keyring

    async def put(self, group: str, *codes: str) -> None:
        rows = [
            {"product_code": code, "round_code": "4+7" if group else "", "group_code": group}
            for code in codes
        ]
        async with self.database.platform() as uow:
            since = await uow.fetch_value("SELECT statement_timestamp()")
        content = csv_file(rows)
        report = await import_table(self.database, "product-groups", content, keyring=self._keyring)
        assert report.accepted == len(codes), report
        async with self.database.begin(area_scope()) as uow:
            await service.match_terms(uow, since=since)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.database.begin(area_scope()) as uow:
            return [tuple(row) for row in await uow.fetch_all(sql)]


@pytest.fixture
def groups(database: Database, keyring: Keyring) -> Groups:
    return Groups(database, keyring)


async def ordered(uow: UnitOfWork, documents: StoredDocuments) -> None:
    await documents.order(uow, "PO-1", 5)


async def delivered(uow: UnitOfWork, documents: StoredDocuments) -> None:
    """Another product than was ordered, on the order line that the receipt names."""
    await documents.receipt(uow, "GR-1", 5, product_code=OTHER, **NAMED)
    await documents.invoice(uow, "INV-1", 5, 5_500, product_code=OTHER)


async def traded(database: Database, documents: StoredDocuments) -> None:
    async with database.begin(area_scope()) as uow:
        await ordered(uow, documents)
        await delivered(uow, documents)
    await arrive(database, documents)


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("steps", [(ordered, delivered), (delivered, ordered)])
async def test_whatever_comes_first_it_is_paid_at_its_own_contract(
    database: Database, documents: StoredDocuments, groups: Groups, steps: tuple[Any, ...]
) -> None:
    await groups.put("G1", DRUG, OTHER)
    for step in steps:
        first = documents.position + 1
        async with database.begin(area_scope()) as uow:
            await step(uow, documents)
        await arrive(database, documents, first)
    assert await groups.rows(PAIRS) == [SUBSTITUTE]
    assert await groups.rows(FOUND) == [("product_substituted", "information", OTHER)]
    forecast = "SELECT matched_milli, open_milli FROM order_line_forecast"
    assert await groups.rows(forecast) == [(5_000, 0)]


async def test_where_the_pack_does_not_allow_it_both_wait_for_that_reason(
    database: Database, documents: StoredDocuments, groups: Groups
) -> None:
    await groups.put("G1", DRUG, OTHER)
    await traded(database, documents)
    assert await groups.rows(PAIRS) == []
    assert await groups.rows(FOUND) == [("product_substituted", "waiting", OTHER)] * 2


@pytest.mark.usefixtures("allowed")
async def test_products_are_matched_anew_when_they_join_a_group_and_when_they_leave_it(
    database: Database, documents: StoredDocuments, groups: Groups
) -> None:
    await traded(database, documents)
    assert await groups.rows(FOUND) == [("no_order", "waiting", OTHER)] * 2
    await groups.put("G1", DRUG, THIRD)
    assert await groups.rows(PAIRS) == []
    await groups.put("G1", OTHER)
    assert await groups.rows(PAIRS) == [SUBSTITUTE]
    await groups.put("G2", DRUG)
    assert await groups.rows(PAIRS) == []
    assert await groups.rows(FOUND) == [("no_order", "waiting", OTHER)] * 2
    await groups.put("G2", OTHER)
    assert await groups.rows(PAIRS) == [SUBSTITUTE]
    await groups.put("", OTHER)
    assert await groups.rows(PAIRS) == []


@pytest.mark.usefixtures("allowed")
async def test_what_was_applied_for_is_taken_back_when_the_group_is_dissolved(
    database: Database, documents: StoredDocuments, groups: Groups
) -> None:
    await groups.put("G1", DRUG, OTHER)
    async with database.begin(area_scope()) as uow:
        await ordered(uow, documents)
        await documents.receipt(uow, "GR-1", 5, product_code=OTHER)
        await documents.invoice(uow, "INV-1", 5, 5_500, product_code=OTHER)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        ids = [row.id for row in await uow.fetch_all("SELECT id FROM payable")]
        await service.commit_payables(uow, payable_ids=ids)
    await groups.put("", DRUG)
    # The goods are free for an order of their own; what was paid for them on the other is returned.
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-2", 5, product_code=OTHER)
    await arrive(database, documents, documents.position)
    assert await groups.rows(KEPT) == [
        ("committed", "goods", "PO-1", 5_500, DRUG),
        ("open", "goods", "PO-2", 5_000, OTHER),  # now at the price of its order
        ("open", "return", "PO-1", -5_500, DRUG),
    ]


@pytest.mark.usefixtures("allowed")
async def test_a_run_over_the_whole_area_finds_what_arrivals_found(
    database: Database, documents: StoredDocuments, groups: Groups
) -> None:
    await groups.put("G1", DRUG, OTHER, THIRD)
    await traded(database, documents)
    async with database.begin(area_scope()) as uow:
        again = await service.match_area(uow)
    assert again is not None
    assert (again.payables_inserted, again.discrepancies_inserted) == (0, 0)
    assert (again.payables_superseded, again.discrepancies_superseded) == (0, 0)


@pytest.mark.usefixtures("allowed")
async def test_only_what_is_joined_is_read_besides_what_is_touched(
    database: Database, documents: StoredDocuments, groups: Groups
) -> None:
    await groups.put("G1", DRUG, OTHER)
    await traded(database, documents)
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-3", 5, product_code=THIRD)
        await documents.order(uow, "PO-4", 5, order_date=date(2026, 7, 2))
    one = await arrive(database, documents, documents.position)
    assert one is not None
    assert one.order_lines == 2
