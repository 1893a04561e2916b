"""Payables, discrepancies and runs over HTTP, and matching as a job that documents set off."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from schemas.codes.roles import Role
from schemas.events.documents import IntakeChunkApplied
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.worker import drain
from tests.builders.api import RunningApi, area_of, running_api, supplier_of
from tests.builders.stored_documents import AREA, StoredDocuments, area_scope, seed_contract


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_directory=tmp_path)


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    """An order line received in full, invoiced in part; and a receipt without an order."""
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    reference: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
    async with database.begin(area_scope()) as uow:
        await stored.order(uow, "PO-1")
        await stored.receipt(uow, "GR-1", **reference)
        await stored.invoice(uow, "INV-1", 4, 4_000, **reference)
        await stored.receipt(uow, "GR-9", order_number="PO-9", order_line_number=1)
    return stored


@pytest.fixture
async def api(
    database: Database, keyring: Keyring, settings: Settings
) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring, settings) as running:
        yield running


async def test_documents_applied_set_off_matching(
    database: Database, keyring: Keyring, settings: Settings, documents: StoredDocuments
) -> None:
    async with database.begin(area_scope()) as uow:
        await uow.record(
            IntakeChunkApplied(
                area_code=AREA,
                aggregate_id=documents.intake_id,
                intake_id=documents.intake_id,
                chunk_number=1,
                first_position=1,
                last_position=documents.position,
                document_count=documents.position,
            )
        )
    await drain(settings, database, keyring)
    async with database.begin(area_scope()) as uow:
        assert await uow.fetch_value("SELECT sum(amount_minor)::bigint FROM payable") == 4_000


async def test_what_was_matched_is_listed_and_explained(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    async with database.begin(area_scope()) as uow:
        await service.match_area(uow)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    payable = (await maker.get("/reconciliation/payables?status=open")).json()["items"][0]
    assert (payable["amount"], payable["quantity"], payable["route"]) == (
        "40.00",
        "4.000",
        "direct",
    )
    line = await maker.get(f"/reconciliation/order-lines/{payable['order_line_id']}")
    assert line.json()["forecast"]["open"] == "6.000"
    assert line.json()["payables"] == [payable]
    assert [row["reason"] for row in line.json()["discrepancies"]] == ["not_invoiced"]
    first = (await maker.get("/reconciliation/discrepancies?limit=1")).json()
    second = (await maker.get(f"/reconciliation/discrepancies?after={first['next']}")).json()
    found = [*first["items"], *second["items"]]
    assert sorted(row["reason"] for row in found) == ["no_order", "not_invoiced"]
    assert second["next"] is None
    unknown = await maker.get(f"/reconciliation/order-lines/{uuid4()}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "reconciliation_line_unknown")


async def test_a_run_is_started_by_the_agency_and_shows_its_totals(
    api: RunningApi,
    database: Database,
    keyring: Keyring,
    settings: Settings,
    documents: StoredDocuments,
) -> None:
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    assert (await viewer.post("/reconciliation/runs")).status_code == 403
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    started = await maker.post("/reconciliation/runs")
    assert started.status_code == 202, started.text
    await drain(settings, database, keyring)
    runs = (await viewer.get("/reconciliation/runs")).json()["items"]
    assert [(run["trigger"], run["invoiced"], run["matched"]) for run in runs] == [
        ("manual", "40.00", "40.00")
    ]


async def test_parties_and_other_areas_see_only_their_own(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    async with database.begin(area_scope()) as uow:
        await service.match_area(uow)
    stranger = await api.user(area_of("370200"), Role.AGENCY_MAKER)
    supplier = await api.user(supplier_of(documents.supplier_id), Role.SUPPLIER)
    for caller, seen in ((stranger, 0), (supplier, 1)):
        answer = await caller.get("/reconciliation/payables")
        assert len(answer.json()["items"]) == seen, answer.text
    assert (await supplier.get("/reconciliation/runs")).json()["code"] == "forbidden"
