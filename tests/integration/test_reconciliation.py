"""Match runs on a real database: written once, repeated without change, never half."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg import IntegrityConstraintViolationError

from schemas.codes.ledger import AccountKind, Book
from schemas.times import Clock, FixedClock
from settlement_api.ledger.queries import balances
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import HospitalScope, UnitOfWork
from tests.builders.stored_documents import DRUG, StoredDocuments, area_scope, seed_contract


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    return stored


async def write_complete_line(database: Database, documents: StoredDocuments) -> None:
    reference: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", **reference)
        await documents.invoice(uow, "INV-1", **reference)


async def arrive(
    database: Database, documents: StoredDocuments, first: int = 1
) -> service.MatchResult | None:
    async with database.begin(area_scope()) as uow:
        return await service.match_arrival(
            uow,
            intake_id=documents.intake_id,
            first_position=first,
            last_position=documents.position,
        )


async def payables(uow: UnitOfWork, status: str = "open") -> list[tuple[str, int, int, str]]:
    rows = await uow.fetch_all(
        "SELECT kind, quantity_milli, amount_minor, route FROM payable"
        " WHERE status = :status ORDER BY quantity_milli, amount_minor",
        status=status,
    )
    return [tuple(row) for row in rows]


async def open_reasons(uow: UnitOfWork) -> list[tuple[str, str, int, int]]:
    rows = await uow.fetch_all(
        "SELECT reason, effect, quantity_milli, amount_minor FROM discrepancy"
        " WHERE status = 'open' ORDER BY reason, quantity_milli"
    )
    return [tuple(row) for row in rows]


async def owed(uow: UnitOfWork) -> int:
    """What the trade book says hospitals owe, in fen."""
    rows = await balances(uow, book=Book.TRADE, kind=AccountKind.OWED)
    return -sum(row.net for row in rows)


async def test_a_complete_line_becomes_a_payable_with_all_that_it_rests_on(
    database: Database, documents: StoredDocuments
) -> None:
    await write_complete_line(database, documents)
    result = await arrive(database, documents)
    assert result is not None
    assert (result.run_number, result.payables_inserted, result.discrepancies_inserted) == (1, 1, 0)
    async with database.begin(area_scope()) as uow:
        row = await uow.fetch_one("SELECT * FROM payable")
        assert row is not None
        assert (row.kind, row.quantity_milli, row.amount_minor) == ("goods", 10_000, 10_000)
        assert (row.route, row.status, row.component_code) == ("direct", "open", DRUG)
        assert (row.basis_date, row.clock_start_date) == (date(2026, 7, 1), date(2026, 7, 5))
        assert (row.due_date, row.due_date_state) == (date(2026, 8, 31), "known")
        content = await uow.fetch_value(
            "SELECT content FROM decision_context WHERE id = :id", id=row.decision_context_id
        )
        assert content["rule_pack"] == {"code": "shandong-base", "version": 1}
        forecast = await uow.fetch_one("SELECT * FROM order_line_forecast")
        assert forecast is not None
        assert (forecast.route, forecast.matched_milli, forecast.open_milli) == (
            "direct",
            10_000,
            0,
        )
        assert await owed(uow) == 10_000
        run = await uow.fetch_one("SELECT * FROM match_run")
        assert run is not None
        assert (run.trigger, run.matched_minor, run.invoiced_minor) == ("arrival", 10_000, 10_000)


async def test_matching_again_changes_nothing(
    database: Database, documents: StoredDocuments
) -> None:
    await write_complete_line(database, documents)
    async with database.begin(area_scope()) as uow:
        await documents.receipt(uow, "GR-2", 3, order_number="PO-1", order_line_number=1)
    await arrive(database, documents)
    for _ in range(2):
        async with database.begin(area_scope()) as uow:
            result = await service.match_area(uow)
            assert result is not None
            assert result.payables_inserted == result.payables_superseded == 0
            assert result.discrepancies_inserted == result.discrepancies_superseded == 0
            assert await owed(uow) == 10_000
            assert await uow.fetch_value("SELECT count(*) FROM decision_context") == 1


async def test_late_documents_supersede_what_is_open(
    database: Database, documents: StoredDocuments
) -> None:
    reference: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
    async with database.begin(area_scope()) as uow:
        await documents.invoice(uow, "INV-1", **reference)
        await documents.invoice(
            uow, "INV-F", 1, 500, charge_kind="freight", product_code=None, quantity_milli=None
        )
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        assert await open_reasons(uow) == [
            ("charge_not_contracted", "held", 0, 500),
            ("no_order", "waiting", 10_000, 10_000),
        ]
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", 4, **reference)
    await arrive(database, documents, first=documents.position - 1)
    async with database.begin(area_scope()) as uow:
        assert await payables(uow) == [("goods", 4_000, 4_000, "direct")]
        assert ("quantity_over_receipt", "waiting", 6_000, 6_000) in await open_reasons(uow)
        await documents.receipt(uow, "GR-0", 6, receipt_date=date(2026, 7, 3), **reference)
    await arrive(database, documents, first=documents.position)
    async with database.begin(area_scope()) as uow:
        assert await payables(uow) == [
            ("goods", 4_000, 4_000, "direct"),
            ("goods", 6_000, 6_000, "direct"),
        ]
        assert await open_reasons(uow) == [("charge_not_contracted", "held", 0, 500)]
        assert await owed(uow) == 10_000


async def test_a_return_after_application_gives_a_negative_payable(
    database: Database, documents: StoredDocuments
) -> None:
    await write_complete_line(database, documents)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        wanted = [row.id for row in await uow.fetch_all("SELECT id FROM payable")]
        committed = await service.commit_payables(uow, payable_ids=[*wanted, UUID(int=7)])
        assert [row.id for row in committed] == wanted
        assert await service.commit_payables(uow, payable_ids=wanted) == []
        await documents.return_note(uow, "RN-1", 3, receipt_number="GR-1", receipt_line_number=1)
    await arrive(database, documents, first=documents.position)
    async with database.begin(area_scope()) as uow:
        assert await payables(uow) == [("return", -3_000, -3_000, "direct")]
        assert await payables(uow, "committed") == [("goods", 10_000, 10_000, "direct")]
        adjusts = await uow.fetch_value(
            "SELECT adjusts_payable_id FROM payable WHERE status = 'open'"
        )
        assert adjusts == wanted[0]
        assert await owed(uow) == 7_000


async def test_a_revision_below_what_was_applied_for_is_taken_back(
    database: Database, documents: StoredDocuments
) -> None:
    await write_complete_line(database, documents)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all("SELECT id FROM payable")
        await service.commit_payables(uow, payable_ids=[row.id for row in rows])
        await uow.execute("UPDATE purchase_order_line SET state = 'superseded'")
        await uow.execute("UPDATE goods_receipt_line SET state = 'superseded'")
        await documents.order(uow, "PO-1", 10, revision=2)
        await documents.receipt(
            uow, "GR-1", 8, revision=2, order_number="PO-1", order_line_number=1
        )
    await arrive(database, documents, first=documents.position - 1)
    async with database.begin(area_scope()) as uow:
        assert await payables(uow) == [("return", -2_000, -2_000, "direct")]


async def test_an_order_placed_with_another_supplier_is_a_party_mismatch(
    database: Database, documents: StoredDocuments
) -> None:
    other = StoredDocuments(hospital_id=documents.hospital_id)
    async with database.begin(area_scope()) as uow:
        await other.order(uow, "PO-9")
        await documents.invoice(uow, "INV-1", order_number="PO-9", order_line_number=1)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        assert await open_reasons(uow) == [("invoice_party_mismatch", "held", 10_000, 10_000)]


async def test_beyond_the_calendar_a_due_date_is_pending(
    database: Database, documents: StoredDocuments
) -> None:
    reference: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", receipt_date=date(2089, 7, 5), **reference)
        await documents.invoice(uow, "INV-1", **reference)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        row = await uow.fetch_one("SELECT due_date, due_date_state FROM payable")
        assert row is not None
        assert tuple(row) == (None, "pending_calendar")


async def test_payment_is_counted_from_the_day_of_acceptance(
    database: Database, documents: StoredDocuments
) -> None:
    reference: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
    days = {"receipt_date": date(2026, 7, 3), "accepted_date": date(2026, 8, 1)}
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1")
        await documents.receipt(uow, "GR-1", 4, **reference, **days)
        await documents.receipt(uow, "GR-2", 6, **reference, receipt_date=date(2026, 7, 4))
        await documents.invoice(uow, "INV-1", **reference)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all(
            "SELECT clock_start_date::text, due_date::text FROM payable ORDER BY quantity_milli"
        )
    assert [tuple(row) for row in rows] == [
        ("2026-08-01", "2026-09-30"),
        ("2026-07-04", "2026-08-31"),
    ]


async def test_a_failed_run_leaves_nothing(database: Database, documents: StoredDocuments) -> None:
    await write_complete_line(database, documents)
    with pytest.raises(RuntimeError, match="killed"):
        async with database.begin(area_scope()) as uow:
            await service.match_area(uow)
            raise RuntimeError("killed")
    async with database.begin(area_scope()) as uow:
        for table in ("payable", "match_run", "match_head", "order_line_forecast", "transfer"):
            assert await uow.fetch_value(f"SELECT count(*) FROM {table}") == 0
    result = await arrive(database, documents)
    assert result is not None
    assert result.payables_inserted == 1


async def test_runs_of_one_area_wait_for_each_other(
    database: Database, documents: StoredDocuments
) -> None:
    await write_complete_line(database, documents)
    results = await asyncio.gather(*(arrive(database, documents) for _ in range(6)))
    inserted = sorted(result.payables_inserted for result in results if result)
    assert inserted == [0, 0, 0, 0, 0, 1]
    assert sorted(result.run_number for result in results if result) == [1, 2, 3, 4, 5, 6]


async def test_a_run_and_an_application_never_overlap(
    database: Database, documents: StoredDocuments
) -> None:
    """While payables are being committed a run waits, then takes the return off them."""
    await write_complete_line(database, documents)
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        await documents.return_note(uow, "RN-1", 3)
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all("SELECT id FROM payable")
        await service.commit_payables(uow, payable_ids=[row.id for row in rows])
        run = asyncio.create_task(arrive(database, documents))
        await asyncio.sleep(0.2)
        assert not run.done()
    await run
    async with database.begin(area_scope()) as uow:
        assert await payables(uow) == [("return", -3_000, -3_000, "direct")]
        assert await payables(uow, "committed") == [("goods", 10_000, 10_000, "direct")]


async def test_a_hospital_sees_its_own_payables_only(
    database: Database, documents: StoredDocuments
) -> None:
    await write_complete_line(database, documents)
    await arrive(database, documents)
    for hospital_id, seen in ((documents.hospital_id, 1), (UUID(int=5), 0)):
        async with database.begin(HospitalScope(hospital_id)) as uow:
            for table in ("payable", "order_line_forecast"):
                assert await uow.fetch_value(f"SELECT count(*) FROM {table}") == seen


REFUSED = (
    ("payable", "amount_minor = 0", "amount_not_zero"),
    ("payable", "kind = 'gift'", "kind_known"),
    ("payable", "route = 'somewhere'", "route_known"),
    ("payable", "status = 'paid'", "status_known"),
    ("payable", "due_date = NULL", "due_date"),
    ("payable", "status = 'superseded'", "superseded"),
    ("payable", "quantity_milli = -1", "goods_positive"),
    ("payable", "kind = 'return'", "return_negative"),
    ("payable", "due_date_state = 'soon', due_date = NULL", "due_date_state_known"),
    ("match_run", "matched_minor = matched_minor + 1", "amount_balanced"),
    ("match_run", "received_waiting_milli = 1", "received_balanced"),
    ("match_run", "invoiced_held_milli = 1", "invoiced_balanced"),
    ("match_run", "trigger = 'whim'", "trigger_known"),
    ("discrepancy", "reason = 'bad_mood'", "reason_known"),
    ("discrepancy", "effect = 'none'", "effect_known"),
    ("discrepancy", "status = 'ignored'", "status_known"),
    ("discrepancy", "status = 'superseded'", "superseded"),
    ("order_line_forecast", "route = 'elsewhere'", "route_known"),
    ("order_line_forecast", "reason = 'bad_mood'", "reason_known"),
    ("order_line_forecast", "open_milli = -1", "quantity_not_negative"),
    ("decision_context", "digest = 'x'", "digest_sha256"),
)


async def test_what_cannot_be_is_refused_by_the_database(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    """Even the owner, whom no grant stops, cannot store it."""
    await write_complete_line(database, documents)
    async with database.begin(area_scope()) as uow:
        await documents.receipt(uow, "GR-2")
    await arrive(database, documents)
    connection = await asyncpg.connect(owner_dsn)
    for table, change, constraint in REFUSED:
        with pytest.raises(asyncpg.CheckViolationError) as refusal:
            await connection.execute(f"UPDATE {table} SET {change}")
        assert f"ck_{table}_{constraint}" in str(refusal.value), change
    await connection.close()


async def test_the_same_slice_cannot_stand_open_twice(
    database: Database, documents: StoredDocuments
) -> None:
    await write_complete_line(database, documents)
    await arrive(database, documents)
    with pytest.raises(IntegrityConstraintViolationError, match="uq_payable_open_slice"):
        async with database.begin(area_scope()) as uow:
            await uow.execute(
                "INSERT INTO payable SELECT (jsonb_populate_record(payable,"
                " jsonb_build_object('id', uuidv7()))).* FROM payable"
            )


async def test_every_kind_of_reference_is_found_by_its_numbers(
    database: Database, documents: StoredDocuments
) -> None:
    """Bills without a line number, receipts, blue invoices, links, and units nothing converts."""
    async with database.begin(area_scope()) as uow:
        await documents.order(uow, "PO-1", 10)
        await documents.order(uow, "PO-2", 10, order_date=date(2026, 6, 1))
        await documents.receipt(uow, "GR-1", 10, order_number="PO-1")
        await documents.receipt(uow, "GR-2", 10, order_number="PO-2", order_line_number=1)
        await documents.receipt(
            uow,
            "GR-3",
            5,
            order_number="PO-2",
            order_line_number=1,
            unit="箱",
            unit_factor_known=False,
        )
        await documents.invoice(uow, "INV-1", 6, 6_000, receipt_number="GR-1")
        await documents.invoice(uow, "INV-2", 8, 8_000)
        await documents.invoice(
            uow,
            "RED-1",
            2,
            2_000,
            document_kind="credit_note",
            blue_invoice_number="INV-1",
            blue_line_number=1,
        )
        await uow.execute(
            "INSERT INTO invoice_link_line (area_code, document_id, hospital_id, supplier_id,"
            " line_number, state, link_number, link_date, invoice_number, invoice_line_number,"
            " order_number, order_line_number, quantity_milli, mode)"
            " VALUES (:area, uuidv7(), :hospital, :supplier, 1, 'effective', 'L', :day, 'INV-2', 1,"
            " 'PO-1', 1, 3000, 'quantity')",
            area=uow.area_code,
            hospital=documents.hospital_id,
            supplier=documents.supplier_id,
            day=date(2026, 7, 6),
        )
    await arrive(database, documents)
    async with database.begin(area_scope()) as uow:
        rows = await uow.fetch_all(
            "SELECT receipt.receipt_number, invoice.invoice_number, payable.quantity_milli,"
            " payable.amount_minor"
            " FROM payable JOIN goods_receipt_line AS receipt ON receipt.id = receipt_line_id"
            " JOIN invoice_line AS invoice ON invoice.id = invoice_line_id ORDER BY 1, 2"
        )
        assert [tuple(row) for row in rows] == [
            ("GR-1", "INV-1", 4_000, 4_000),
            ("GR-1", "INV-2", 3_000, 3_000),
            ("GR-2", "INV-2", 5_000, 5_000),
        ]
        assert await open_reasons(uow) == [
            ("not_invoiced", "waiting", 3_000, 0),
            ("not_invoiced", "waiting", 5_000, 0),
            ("unit_not_convertible", "held", 5_000, 0),
        ]
        run = await uow.fetch_one("SELECT credited_minor, matched_minor FROM match_run")
        assert run is not None
        assert tuple(run) == (2_000, 12_000)
