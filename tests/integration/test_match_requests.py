"""Runs that people ask for: in chunks, killed, cancelled, resumed, never two at once."""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from schemas.codes.roles import Role
from schemas.times import Clock, FixedClock
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.match_requests import service
from settlement_api.match_requests.errors import MatchRequestActive
from settlement_api.match_requests.jobs import work_request
from settlement_api.persistence import Database
from settlement_api.reconciliation.service import match_area, match_requested
from settlement_api.worker import drain
from tests.builders.api import RunningApi, area_of, running_api, supplier_of
from tests.builders.jobs import eventually
from tests.builders.stored_documents import AREA, StoredDocuments, area_scope, seed_contract

PRODUCTS = ("XA10BA02000000000000001", "XA10BA02000000000000002", "XA10BA02000000000000003")
TOTALS = (
    "sum(order_line_count)::int, sum(payables_inserted)::int, sum(discrepancies_inserted)::int,"
    " sum(invoiced_minor)::bigint, sum(credited_minor)::bigint, sum(matched_minor)::bigint,"
    " sum(waiting_minor)::bigint, sum(held_minor)::bigint"
)
WORLD = {
    "payable": "order_line_id, receipt_line_id, invoice_line_id, kind, route, quantity_milli,"
    " amount_minor, status",
    "discrepancy": "order_line_id, receipt_line_id, invoice_line_id, reason, effect,"
    " quantity_milli, amount_minor, status",
    "order_line_forecast": "id, route, matched_milli, open_milli",
}


class Undo(Exception):
    """Rolls a transaction back on purpose."""


@pytest.fixture
def clock() -> Clock | None:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_directory=tmp_path)


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    """Four components: three products (one short of goods, one short of an invoice), a freight."""
    stored = StoredDocuments()
    for code in PRODUCTS:
        await seed_contract(database, supplier_id=stored.supplier_id, code=code)
    async with database.begin(area_scope()) as uow:
        for place, code in enumerate(PRODUCTS):
            number = f"PO-{place}"
            reference: dict[str, Any] = {
                "order_number": number,
                "order_line_number": 1,
                "product_code": code,
            }
            await stored.order(uow, number, product_code=code)
            await stored.receipt(uow, f"GR-{place}", 10 - place, **reference)
            await stored.invoice(uow, f"INV-{place}", 8 + place, 8_000 + 1_000 * place, **reference)
        await stored.invoice(
            uow, "INV-F", 1, 500, charge_kind="freight", product_code=None, quantity_milli=None
        )
    return stored


@pytest.fixture
async def api(
    database: Database, keyring: Keyring, settings: Settings
) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring, settings) as running:
        yield running


async def ask(database: Database) -> UUID:
    async with database.begin(area_scope()) as uow:
        return await service.request_run(uow)


async def first_chunk(database: Database, request_id: UUID, components: int = 1) -> None:
    async with database.begin(area_scope()) as uow:
        await service.start_request(uow, request_id=request_id)
    async with database.begin(area_scope()) as uow:
        assert await service.work_chunk(uow, request_id=request_id, components=components)


async def request_row(database: Database, request_id: UUID) -> Any:
    async with database.begin(area_scope()) as uow:
        return await uow.fetch_one("SELECT * FROM match_request WHERE id = :id", id=request_id)


async def world(uow: Any) -> dict[str, list[str]]:
    """What matching wrote, without the ids that every run makes anew."""
    return {
        table: sorted(
            str(tuple(row)) for row in await uow.fetch_all(f"SELECT {columns} FROM {table}")
        )
        for table, columns in WORLD.items()
    }


async def uninterrupted(database: Database) -> tuple[tuple[int, ...], dict[str, list[str]]]:
    """Totals and results of one run over the whole area, which is then undone."""
    found: list[Any] = []
    with pytest.raises(Undo):
        async with database.begin(area_scope()) as uow:
            assert await match_area(uow) is not None
            found += [tuple((await uow.fetch_all(f"SELECT {TOTALS} FROM match_run"))[0])]
            found += [await world(uow)]
            raise Undo
    return found[0], found[1]


async def assert_as_uninterrupted(
    database: Database, request_id: UUID, expected: tuple[tuple[int, ...], dict[str, list[str]]]
) -> None:
    row = await request_row(database, request_id)
    assert (row.status, row.done_count, row.component_count, row.failure) == (
        "completed",
        4,
        4,
        None,
    )
    async with database.begin(area_scope()) as uow:
        of_request = (await uow.fetch_all(f"SELECT {TOTALS} FROM match_request"))[0]
        of_runs = (
            await uow.fetch_all(
                f"SELECT {TOTALS} FROM match_run WHERE match_request_id = :id", id=request_id
            )
        )[0]
        assert tuple(of_request) == tuple(of_runs) == expected[0]
        assert await world(uow) == expected[1]
        assert await uow.fetch_value("SELECT count(*) FROM match_request_component") == 0


async def test_chunks_find_what_one_run_finds_and_tell_how_far_they_are(
    database: Database, documents: StoredDocuments
) -> None:
    expected = await uninterrupted(database)
    assert expected[0][5] > 0
    assert expected[0][6] > 0
    assert expected[0][7] > 0
    request_id = await ask(database)
    await work_request(database, area_code=AREA, request_id=request_id, components=3)
    await assert_as_uninterrupted(database, request_id, expected)
    async with database.begin(area_scope()) as uow:
        told = await uow.fetch_all(
            "SELECT facts FROM outbox_event WHERE name = 'reconciliation.request.progressed'"
            " ORDER BY aggregate_version"
        )
    assert [row.facts["done_count"] for row in told] == [3, 4]


CHILD = """
import asyncio, sys
from uuid import UUID
from settlement_api.match_requests.jobs import work_request
from settlement_api.persistence import Database

async def main():
    database = Database(sys.argv[1])
    await work_request(
        database, area_code=sys.argv[2], request_id=UUID(sys.argv[3]), components=1
    )

asyncio.run(main())
"""


async def test_a_run_killed_inside_a_chunk_leaves_nothing_of_it_and_goes_on_at_its_place(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    expected = await uninterrupted(database)
    request_id = await ask(database)
    await first_chunk(database, request_id)
    async with database.begin(area_scope()) as uow:
        before = await world(uow)
    watcher = await asyncpg.connect(owner_dsn)
    hindrance = await asyncpg.connect(owner_dsn)
    try:
        # The chunk writes its results, then waits for the request that somebody holds.
        transaction = hindrance.transaction()
        await transaction.start()
        await hindrance.execute("SELECT FROM match_request WHERE id = $1 FOR UPDATE", request_id)
        arguments = (database.dsn, AREA, str(request_id))
        child = await asyncio.create_subprocess_exec(sys.executable, "-c", CHILD, *arguments)

        async def waits() -> bool:
            return bool(
                await watcher.fetchval(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND wait_event_type = 'Lock' AND query LIKE '%match_run%'"
                )
            )

        await eventually(waits)
        child.kill()
        await child.wait()
        await transaction.rollback()

        async def gone() -> bool:
            return not await watcher.fetchval(
                "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
                " WHERE relname = 'match_head' AND mode = 'RowExclusiveLock'"
            )

        await eventually(gone)
    finally:
        await hindrance.close()
        await watcher.close()
    row = await request_row(database, request_id)
    assert (row.status, row.done_count, row.run_count) == ("running", 1, 1)
    async with database.begin(area_scope()) as uow:
        assert await world(uow) == before
    await work_request(database, area_code=AREA, request_id=request_id, components=1)
    await assert_as_uninterrupted(database, request_id, expected)


async def test_two_workers_on_one_request_do_every_chunk_once(
    database: Database, documents: StoredDocuments
) -> None:
    expected = await uninterrupted(database)
    request_id = await ask(database)
    work = [
        work_request(database, area_code=AREA, request_id=request_id, components=1)
        for _ in range(3)
    ]
    await asyncio.gather(*work)
    assert (await request_row(database, request_id)).run_count == 4
    await assert_as_uninterrupted(database, request_id, expected)


async def test_an_area_has_one_request_at_a_time(
    database: Database, documents: StoredDocuments
) -> None:
    answers = await asyncio.gather(*(ask(database) for _ in range(8)), return_exceptions=True)
    made = [answer for answer in answers if isinstance(answer, UUID)]
    assert len(made) == 1
    refused = [answer for answer in answers if isinstance(answer, MatchRequestActive)]
    assert len(refused) == 7
    assert {answer.facts["request_id"] for answer in refused} <= {str(made[0]), "None"}
    await work_request(database, area_code=AREA, request_id=made[0])
    assert await ask(database) != made[0]


async def test_what_was_cancelled_does_nothing_more_until_it_is_resumed(
    api: RunningApi,
    database: Database,
    keyring: Keyring,
    settings: Settings,
    documents: StoredDocuments,
) -> None:
    expected = await uninterrupted(database)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    asked = (await maker.post("/reconciliation/runs")).json()
    assert (asked["status"], asked["components"], asked["requested_by"]) == (
        "requested",
        None,
        str(maker.id),
    )
    request_id = UUID(asked["id"])
    await first_chunk(database, request_id, 2)
    path = f"/reconciliation/requests/{request_id}"
    seen = (await viewer.get(path)).json()
    assert (seen["status"], seen["components"], seen["components_done"]) == ("running", 4, 2)
    again = await maker.post("/reconciliation/runs")
    assert (again.status_code, again.json()["code"]) == (409, "match_request_active")
    assert (await viewer.post(f"{path}/cancellation")).status_code == 403
    cancelled = await maker.post(f"{path}/cancellation")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    moved = await maker.post(f"{path}/cancellation")
    assert (moved.status_code, moved.json()["code"]) == (409, "match_request_moved")
    await drain(settings, database, keyring)
    assert (await request_row(database, request_id)).done_count == 2
    resumed = await maker.post(f"{path}/resumption")
    assert (resumed.status_code, resumed.json()["status"]) == (202, "requested")
    await drain(settings, database, keyring)
    await assert_as_uninterrupted(database, request_id, expected)
    listed = (await viewer.get("/reconciliation/requests")).json()["items"]
    assert [(row["id"], row["status"], row["runs"]) for row in listed] == [
        (str(request_id), "completed", 2)
    ]


async def test_a_chunk_under_way_when_its_request_is_cancelled_is_counted(
    database: Database, documents: StoredDocuments
) -> None:
    request_id = await ask(database)
    async with database.begin(area_scope()) as uow:
        await service.start_request(uow, request_id=request_id)
    async with database.begin(area_scope()) as working:
        result = await match_requested(working, request_id=request_id, size=1)
        assert result is not None
        async with database.begin(area_scope()) as uow:
            await service.cancel_request(uow, request_id=request_id)
        await service.advance(working, request_id=request_id, result=result, components=1)
    row = await request_row(database, request_id)
    assert (row.status, row.done_count, row.run_count) == ("cancelled", 1, 1)


async def test_other_areas_and_parties_see_no_requests(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    request_id = await ask(database)
    stranger = await api.user(area_of("370200"), Role.AGENCY_MAKER)
    supplier = await api.user(supplier_of(documents.supplier_id), Role.SUPPLIER)
    path = f"/reconciliation/requests/{request_id}"
    for answer in (await stranger.get(path), await stranger.post(f"{path}/cancellation")):
        assert (answer.status_code, answer.json()["code"]) == (404, "match_request_unknown")
    assert (await stranger.get("/reconciliation/requests")).json()["items"] == []
    for asked in ("/reconciliation/requests", path):
        assert (await supplier.get(asked)).json()["code"] == "forbidden"


async def test_a_refusal_ends_the_request_as_failed_until_its_cause_is_cured(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    expected = await uninterrupted(database)
    request_id = await ask(database)
    owner = await asyncpg.connect(owner_dsn)
    in_force = await owner.fetchval("SELECT valid_from FROM rule_pack")
    await owner.execute("UPDATE rule_pack SET valid_from = '2099-01-01'")
    await work_request(database, area_code=AREA, request_id=request_id)
    row = await request_row(database, request_id)
    assert (row.status, row.failure, row.done_count) == ("failed", "no_rule_pack", 0)
    await owner.execute("UPDATE rule_pack SET valid_from = $1", in_force)
    await owner.close()
    async with database.begin(area_scope()) as uow:
        await service.resume_request(uow, request_id=request_id)
    await work_request(database, area_code=AREA, request_id=request_id)
    await assert_as_uninterrupted(database, request_id, expected)
