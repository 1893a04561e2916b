"""A rule pack follows another: what was applied for keeps the one it was decided by."""

import json
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from schemas.times import Clock, FixedClock
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from tests.builders.stored_documents import StoredDocuments, area_scope, seed_contract
from tests.integration.test_rule_packs import SEED

REFERENCE: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
HELD = {"required_for": ["drug"], "effect": "held"}
Open = list[tuple[str, int, int, int]]
LET_PASS = {
    "tolerance_templates": [
        {"name": "tried", "rules": [{"reason": "price_above_contract", "fen": 500}]}
    ],
    "tolerance": "tried",
}


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def documents(database: Database, owner_dsn: str) -> StoredDocuments:
    """Ten yuan until 3 July, twelve from then on; ordered on the 1st, received on the 5th."""
    stored = StoredDocuments()
    contract_id = await seed_contract(database, supplier_id=stored.supplier_id)
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("UPDATE contract SET valid_to = '2026-07-03' WHERE id = $1", contract_id)
    await owner.execute(
        "WITH later AS ("
        " INSERT INTO contract (contract_code, item_no, round_id, product_id, manufacturer,"
        "  pack_price_micro, pack_size, pack_size_inferred, valid_from)"
        " SELECT contract_code, item_no, round_id, product_id, manufacturer, 12000000, pack_size,"
        "  pack_size_inferred, '2026-07-04' FROM contract WHERE id = $1 RETURNING id)"
        " INSERT INTO contract_scope (contract_id, scope_code) SELECT id, '370000' FROM later",
        contract_id,
    )
    await owner.close()
    return stored


async def pack(owner_dsn: str, version: int, **changes: Any) -> None:
    """The built-in pack with changes, as a version in force from a day of its own on."""
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "INSERT INTO rule_pack (code, version, valid_from, content, issuing_document, approved_by)"
        " SELECT code, $1::int, $3::date, content || CAST($2 AS jsonb)"
        "  || jsonb_build_object('version', $1::int, 'valid_from', $3::date),"
        " issuing_document, approved_by FROM rule_pack WHERE version = 1",
        version,
        json.dumps(changes),
        date(2026, 7, 10 + version),
    )
    await owner.close()


async def matched(database: Database) -> Open:
    """Open payables: kind, thousandths, fen, and the version of the pack they name."""
    async with database.begin(area_scope()) as uow:
        await service.match_area(uow)
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all(
            "SELECT kind, quantity_milli, amount_minor,"
            " (content #>> '{rule_pack,version}')::int AS version"
            " FROM payable JOIN decision_context AS context"
            " ON context.id = payable.decision_context_id"
            " WHERE status = 'open' ORDER BY kind, amount_minor"
        )
    return [tuple(row) for row in rows]


async def apply_for_all(database: Database) -> None:
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all("SELECT id FROM payable WHERE status = 'open'")
        await service.commit_payables(uow, payable_ids=[row.id for row in rows])


CASES: dict[
    str, tuple[dict[str, Any], dict[str, Any], int, int, list[tuple[str, int, int, int]]]
] = {
    # The pack of then and the next one, fen stated, fen a unit then, and what is paid of as much
    # goods again today.
    "another day decides the price": (
        {"date_basis": ["order_date", "receipt_date"]},
        {"date_basis": ["receipt_date"]},
        12_000,
        1_000,
        [("goods", 10_000, 12_000, 3)],
    ),
    "less is tolerated": (
        LET_PASS,
        {},
        10_400,
        1_040,
        [("goods", 10_000, 10_000, 3)],
    ),
    "trace codes are asked for": ({}, {"trace_codes": HELD}, 10_000, 1_000, []),
    "the maker's invoice is asked for": ({}, {"two_invoice_chain": HELD}, 10_000, 1_000, []),
    "nothing of matching changes": (
        {},
        {},
        10_000,
        1_000,
        [("goods", 10_000, 10_000, 3)],
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_what_was_applied_for_keeps_its_pack_and_later_goods_have_the_next(
    database: Database, documents: StoredDocuments, owner_dsn: str, name: str
) -> None:
    then, today, stated, fen, again = CASES[name]
    await pack(owner_dsn, 2, **then)
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1", 20, price_micro=None)
        await documents.receipt(uow, "GR-1", **REFERENCE)
        await documents.invoice(uow, "INV-1", amount=stated, **REFERENCE)
    assert await matched(database) == [("goods", 10_000, 10 * fen, 2)]
    await apply_for_all(database)
    await pack(owner_dsn, 3, **today)
    assert await matched(database) == []
    async with database.begin(area_scope()) as uow:
        await documents.return_note(uow, "RN-1", 2, receipt_number="GR-1", receipt_line_number=1)
        await documents.invoice(
            uow,
            "INV-C",
            2,
            2 * fen,
            document_kind="credit_note",
            blue_invoice_number="INV-1",
            blue_line_number=1,
        )
    named = 3 if name.startswith("nothing") else 2
    assert await matched(database) == [("return", -2_000, -2 * fen, named)]
    await apply_for_all(database)
    assert await matched(database) == []
    async with database.begin(area_scope()) as uow:
        await documents.receipt(uow, "GR-2", receipt_date=date(2026, 7, 6), **REFERENCE)
        await documents.invoice(uow, "INV-2", amount=stated, **REFERENCE)
    assert await matched(database) == again


async def test_what_stands_open_follows_a_pack_when_it_is_matched_again(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    await pack(owner_dsn, 2, **LET_PASS)
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1", price_micro=None)
        await documents.receipt(uow, "GR-1", **REFERENCE)
        await documents.invoice(uow, "INV-1", amount=10_400, **REFERENCE)
    assert await matched(database) == [("goods", 10_000, 10_400, 2)]
    await pack(owner_dsn, 3)
    assert await matched(database) == [("goods", 10_000, 10_000, 3)]


async def test_what_pack_a_payable_names_is_asked_once_while_it_is_todays(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    async def asked() -> int:
        said: list[str] = []

        def keep(query: Any) -> None:
            said.append(query.query)

        async with database.begin(area_scope()) as uow:
            with uow.raw.query_logger(keep):
                assert await service.match_area(uow) is not None
        assert any("match_run" in query for query in said)
        return sum("FROM decision_context AS context" in query for query in said)

    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1", price_micro=None)
        await documents.receipt(uow, "GR-1", **REFERENCE)
        await documents.invoice(uow, "INV-1", **REFERENCE)
    assert [await asked() for _ in range(4)] == [0, 1, 0, 0]
    await apply_for_all(database)
    await pack(owner_dsn, 2)
    assert [await asked() for _ in range(2)] == [1, 1], "another pack may say something else"


async def test_corrections_are_due_by_the_days_of_the_pack_they_name(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    """Without a contract: sixty days from 5 July then, thirty today."""
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "UPDATE contract SET valid_from = '2026-12-01' WHERE valid_from = '2026-07-04';"
        "UPDATE contract SET valid_from = '2025-01-01', valid_to = '2025-12-31'"
        " WHERE valid_from < '2026-07-04'"
    )
    await owner.close()
    days = SEED["deadlines"]
    await pack(owner_dsn, 2, deadlines=days | {"other_due_days": 60}, **LET_PASS)
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1", 20)
        await documents.receipt(uow, "GR-1", **REFERENCE)
        await documents.invoice(uow, "INV-1", **REFERENCE)
    assert await matched(database) == [("goods", 10_000, 10_000, 2)]
    await apply_for_all(database)
    await pack(owner_dsn, 3, deadlines=days | {"other_due_days": 30})
    credit = {"blue_invoice_number": "INV-1", "blue_line_number": 1}
    async with database.begin(area_scope()) as uow:
        named = {"receipt_number": "GR-1", "receipt_line_number": 1}
        await documents.return_note(uow, "RN-1", 2, **named)
        await documents.invoice(uow, "INV-C", 2, 2_000, document_kind="credit_note", **credit)
    assert await matched(database) == [("return", -2_000, -2_000, 2)]
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all(
            "SELECT kind, status, due_date FROM payable ORDER BY kind, status"
        )
    assert [tuple(row) for row in rows] == [
        ("goods", "committed", date(2026, 9, 3)),
        ("return", "open", date(2026, 9, 3)),
    ]
