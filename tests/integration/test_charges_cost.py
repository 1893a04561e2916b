"""What the question of charges costs: work that grows with them, and none where there are none."""

import json
from typing import Any

import asyncpg
import pytest

from reconciler.copy_layouts import PLANNING, READ, STAGING_TABLES
from reconciler.line_ids import uuids
from settlement_api.persistence import Database
from settlement_api.reconciliation.queries import EVERYTHING, FENCE, _question
from settlement_api.unit_of_work import UnitOfWork
from tests.builders.stored_documents import StoredDocuments, area_scope

FREIGHT: dict[str, Any] = {
    "charge_kind": "freight",
    "order_number": "PO-1",
    "product_code": None,
    "quantity_milli": None,
}
TOUCHED = (
    "INSERT INTO match_key SELECT row_number() OVER (), hospital_id, supplier_id,"
    " 'charge:' || invoice_number FROM (SELECT DISTINCT hospital_id, supplier_id, invoice_number"
    " FROM invoice_line WHERE document_kind = 'invoice' AND charge_kind <> 'goods'"
    " AND hospital_id = :hospital) AS charged"
)


async def invoices_apart(uow: UnitOfWork, stored: StoredDocuments, size: int) -> None:
    """As many invoices of one charge, each with a credit note of one fen that names no line."""
    for place in range(size):
        number = f"F-{size}-{place:05}"
        await stored.invoice(uow, number, 1, 100, **FREIGHT)
        await _credit(uow, stored, number, None)


async def lines_of_one(uow: UnitOfWork, stored: StoredDocuments, size: int) -> None:
    """As many charges on one invoice, each with a credit note of one fen that names it."""
    one = f"F-{size}"
    first = await stored.invoice(uow, one, 1, 100, **FREIGHT)
    document = await uow.fetch_value("SELECT document_id FROM invoice_line WHERE id = :i", i=first)
    for line in range(2, size + 1):
        given = FREIGHT | {"line_number": line, "document_id": document}
        await stored.invoice(uow, one, 1, 100, **given)
    for line in range(1, size + 1):
        await _credit(uow, stored, one, line)


async def _credit(uow: UnitOfWork, stored: StoredDocuments, blue: str, line: int | None) -> None:
    named = {"blue_invoice_number": blue, "blue_line_number": line, "order_number": None}
    given = FREIGHT | {"document_kind": "credit_note"} | named
    await stored.invoice(uow, f"C-{blue}-{line}", 1, 1, **given)


async def explained(uow: UnitOfWork) -> dict[str, Any]:
    """The plan of an arrival's question, as it went."""
    question = _question("charges", FENCE, EVERYTHING)
    plan = await uow.fetch_value(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {question}")
    found: dict[str, Any] = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]
    return found


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The plan and all that is under it."""
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]


def rows_worked(plan: dict[str, Any]) -> int:
    """Rows that each step gave or threw away, over all its loops."""
    measures = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
    return sum(
        int(node.get(measure, 0) * node["Actual Loops"])
        for node in nodes(plan)
        for measure in measures
    )


async def staged(uow: UnitOfWork, stored: StoredDocuments) -> None:
    await uow.keep_staging(STAGING_TABLES)
    await uow.raw.execute(PLANNING)
    await uow.execute(TOUCHED, hospital=stored.hospital_id)


async def counted(owner_dsn: str) -> None:
    """The statistics that a table of some size has."""
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("ANALYZE invoice_line")
    await owner.close()


@pytest.mark.parametrize("documents", [invoices_apart, lines_of_one])
async def test_four_times_the_charges_of_an_order_are_four_times_the_work(
    database: Database, owner_dsn: str, documents: Any
) -> None:
    orders = {size: StoredDocuments() for size in (30, 120)}
    for size, stored in orders.items():
        async with database.begin(area_scope()) as uow:
            await documents(uow, stored, size)
    await counted(owner_dsn)
    work = {}
    for size, stored in orders.items():
        async with database.begin(area_scope()) as uow:
            await staged(uow, stored)
            question = f"SELECT record_send(line) FROM ({_question('charges', FENCE, EVERYTHING)})"
            sent = [bytes(row[0]) for row in await uow.fetch_all(f"{question} AS line")]
            rows = READ["charges"].read_records(b"".join(sent))
            assert rows["before"].tolist() == [99 * place for place in range(size)]
            assert len(set(uuids(rows["id"]))) == size
            work[size] = rows_worked(await explained(uow))
    assert work[120] < 5 * work[30], work


async def test_a_day_without_charges_looks_up_none(database: Database) -> None:
    async with database.begin(area_scope()) as uow:
        stored = StoredDocuments()
        await invoices_apart(uow, stored, 3)
        await stored.invoice(uow, "G-1")
        await staged(uow, stored)
        await uow.execute("UPDATE match_key SET component_code = 'XA10BA02000000000000001'")
        plan = await explained(uow)
    read = [node for node in nodes(plan) if node.get("Relation Name") == "invoice_line"]
    assert len(read) > 3
    assert {node["Actual Loops"] for node in read} == {0}
