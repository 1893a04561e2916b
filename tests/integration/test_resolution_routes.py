"""Decisions over HTTP: what is asked for, who may, what is answered; suggestions."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from schemas.codes.roles import Role
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from tests.builders.api import Caller, RunningApi, area_of, running_api, supplier_of
from tests.builders.resolutions import acting, arrive, value
from tests.builders.stored_documents import AREA, StoredDocuments, seed_contract

WHY: dict[str, Any] = {"reason_code": "proven_on_paper", "remark": "delivery note 17 seen"}


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    """Two equal orders received; an invoice whose order number has two digits swapped."""
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    async with acting(database) as uow:
        for number in ("1234", "1299"):
            await stored.order(uow, f"PO-{number}")
            await stored.receipt(
                uow, f"GR-{number}", order_number=f"PO-{number}", order_line_number=1
            )
        await stored.invoice(uow, "INV-1", order_number="PO-1243", order_line_number=1)
    await arrive(database, stored)
    return stored


@pytest.fixture
async def api(database: Database, keyring: Keyring, tmp_path: Path) -> AsyncIterator[RunningApi]:
    settings = Settings(state_directory=tmp_path)
    async with running_api(database, keyring, settings) as running:
        yield running


async def listed(caller: Caller, reason: str) -> list[dict[str, Any]]:
    answer = await caller.get(f"/reconciliation/discrepancies?status=open&reason={reason}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_suggestion_becomes_a_link_only_when_somebody_makes_it_one(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    (waiting,) = await listed(maker, "no_order")
    path = f"/reconciliation/discrepancies/{waiting['id']}/suggestions"
    found = (await maker.get(path)).json()
    assert [(each["kind"], each["number"], each["score"], each["tied"]) for each in found] == [
        ("receipt_line", "GR-1234", 93, False),
        ("receipt_line", "GR-1299", 90, False),
    ]
    assert found[0]["fits"] == ["product", "quantity", "amount", "number", "day"]
    assert await value(database, "SELECT count(*) FROM payable") == 0
    body = WHY | {
        "invoice_line_id": waiting["invoice_line_id"],
        "parts": [{"receipt_number": found[0]["number"], "receipt_line_number": 1}],
    }
    made = await maker.post("/resolutions/links", json=body)
    assert made.status_code == 201, made.text
    answer = made.json()
    assert (answer["action"], answer["status"], answer["at_stake"]) == (
        "link",
        "effective",
        "100.00",
    )
    assert answer["after"]["payable_amount"] == "100.00"
    assert await listed(maker, "no_order") == []
    links = (await maker.get(f"/resolutions/links?resolution_id={answer['id']}")).json()["items"]
    assert [(row["invoice_number"], row["receipt_number"]) for row in links] == [
        ("INV-1", "GR-1234")
    ]
    again = await maker.post("/resolutions/links", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "resolution_link_taken")
    undone = await maker.post(f"/resolutions/{answer['id']}/undoing", json=WHY)
    assert (undone.status_code, undone.json()["after"]["payables"]) == (201, 0)
    missing = await maker.get(f"/reconciliation/discrepancies/{uuid4()}/suggestions")
    assert missing.json()["code"] == "resolution_discrepancy_unknown"


async def test_equal_candidates_are_flagged_as_tied(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    async with acting(database) as uow:
        line = await documents.invoice(uow, "INV-2", order_number="XX-8888", order_line_number=1)
    await arrive(database, documents, documents.position)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    (waiting,) = [
        row for row in await listed(maker, "no_order") if row["invoice_line_id"] == str(line)
    ]
    found = (await maker.get(f"/reconciliation/discrepancies/{waiting['id']}/suggestions")).json()
    assert [(each["number"], each["rank"], each["tied"]) for each in found] == [
        ("GR-1234", 1, True),
        ("GR-1299", 1, True),
    ]
    (receipt, _) = await listed(maker, "not_invoiced")
    found = (await maker.get(f"/reconciliation/discrepancies/{receipt['id']}/suggestions")).json()
    assert {each["kind"] for each in found} == {"invoice_line"}
    assert sorted(each["number"] for each in found) == ["INV-1", "INV-2"]


async def test_a_mark_names_reason_and_remark_and_is_listed(
    api: RunningApi, documents: StoredDocuments
) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    (waiting,) = await listed(maker, "no_order")
    body = {"discrepancy_id": waiting["id"], "action": "send_back", "sent_to": "supplier"}
    late = body | WHY | {"act_by_date": "2099-01-31"}
    for missing in (
        late | {"remark": "   "},
        {key: late[key] for key in late if key != "reason_code"},
        {key: late[key] for key in late if key != "act_by_date"},
        {key: late[key] for key in late if key != "sent_to"},
        late | {"action": "undo"},
        late | {"action": "explain"},
    ):
        answer = await maker.post("/resolutions", json=missing)
        assert answer.status_code == 422, (missing, answer.text)
    made = await maker.post("/resolutions", json=late)
    assert made.status_code == 201, made.text
    shown = (await maker.get("/resolutions?status=effective&action=send_back")).json()["items"]
    assert shown == [made.json()]
    (row,) = (await maker.get("/resolutions/findings")).json()["items"]
    assert (row["discrepancy_id"], row["status_after"]) == (waiting["id"], "sent_back")
    again = await maker.post("/resolutions", json=late)
    assert (again.status_code, again.json()["code"]) == (409, "resolution_discrepancy_taken")


async def test_bulk_answers_with_the_actual_figures_when_they_differ(
    api: RunningApi, documents: StoredDocuments
) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    body = WHY | {
        "action": "explain",
        "filter": {"reason": "not_invoiced", "most_amount": "0.00"},
        "expected_count": 3,
        "expected_sum": "0.00",
    }
    refused = await maker.post("/resolutions/bulk", json=body)
    assert refused.status_code == 409, refused.text
    told = refused.json()
    assert (told["code"], told["actual_count"], told["actual_sum"]) == (
        "resolution_set_changed",
        2,
        "0.00",
    )
    made = await maker.post("/resolutions/bulk", json=body | {"expected_count": 2})
    assert (made.status_code, made.json()["item_count"]) == (201, 2)
    assert made.json()["at_stake"] == "200.00"
    assert await listed(maker, "not_invoiced") == []
    empty = await maker.post("/resolutions/bulk", json=body | {"filter": {}})
    assert empty.status_code == 422


async def test_two_people_of_the_agency_and_nobody_else(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    async with acting(database) as uow:
        await documents.invoice(
            uow, "INV-3", 2_000, 2_000_000, order_number="PO-404", order_line_number=1
        )
    await arrive(database, documents, documents.position)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    checker = await api.user(area_of(AREA), Role.AGENCY_CHECKER)
    (large,) = [row for row in await listed(maker, "no_order") if row["amount"] == "20000.00"]
    body = WHY | {"discrepancy_id": large["id"], "action": "explain"}
    supplier = await api.user(supplier_of(documents.supplier_id), Role.SUPPLIER)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    stranger = await api.user(area_of("370200"), Role.AGENCY_MAKER)
    for caller, status in ((supplier, 403), (viewer, 403), (stranger, 404)):
        assert (await caller.post("/resolutions", json=body)).status_code == status
    made = (await maker.post("/resolutions", json=body)).json()
    assert (made["status"], made["needs_two"], made["after"]) == ("proposed", True, None)
    path = f"/resolutions/{made['id']}"
    own = await maker.post(f"{path}/confirmation")
    assert (own.status_code, own.json()["code"]) == (403, "approval_same_person")
    assert (await stranger.post(f"{path}/confirmation")).status_code == 404
    rejected = await checker.post(f"{path}/rejection", json={"remark": "no delivery note"})
    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    second = (await maker.post("/resolutions", json=body)).json()
    confirmed = await checker.post(f"/resolutions/{second['id']}/confirmation")
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "effective")
    assert confirmed.json()["after"]["discrepancies"][0]["status"] == "explained"
    seen = (await supplier.get("/resolutions/findings")).json()["items"]
    assert {row["status"] for row in seen} == {"rejected", "effective"}
    assert (await stranger.get("/resolutions/findings")).json()["items"] == []
    assert (await supplier.get("/resolutions")).status_code == 403
