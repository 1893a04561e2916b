"""One line explained by any id or number of its chain, to everybody it may be shown to."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.explanations.queries import MOST
from settlement_api.persistence import Database
from settlement_api.reconciliation import service as reconciliation
from settlement_api.unit_of_work import AreaScope
from tests.builders.api import (
    PLATFORM,
    Caller,
    RunningApi,
    area_of,
    hospital_of,
    running_api,
    supplier_of,
)
from tests.builders.batches import insert
from tests.builders.stored_documents import AREA, StoredDocuments, area_scope, seed_contract

HOSPITAL = "H37010000001"
REFERENCE: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    """Ten units ordered, received twice and in part, four of them invoiced; another order too."""
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    async with database.begin(area_scope()) as uow:
        await insert(
            uow, "hospital", area_code=AREA, id=stored.hospital_id, hospital_code=HOSPITAL,
            name="医院", name_pinyin="yi yuan", level="tertiary", ownership="public",
        )  # fmt: skip
        await stored.order(uow, "PO-1")
        await stored.receipt(uow, "GR-1", 4, **REFERENCE)
        await stored.receipt(uow, "GR-2", 3, **REFERENCE)
        await stored.invoice(uow, "INV-1", 4, 4_800, **REFERENCE)
        await stored.order(uow, "PO-2")
        await reconciliation.match_area(uow)
    return stored


async def told(caller: Caller, path: str) -> Any:
    answer = await caller.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def numbers(explained: Any) -> set[tuple[str, str]]:
    return {(node["kind"], node["number"]) for node in explained["nodes"]}


def edges(explained: Any) -> set[tuple[str, str, str, str | None, str | None]]:
    """(from, to, kind, quantity, amount), the ends by their numbers."""
    called = {node["id"]: node["number"] for node in explained["nodes"]}
    return {
        (
            called[edge["from_node"]["id"]],
            called[edge["to_node"]["id"]],
            edge["kind"],
            edge["quantity"],
            edge["amount"],
        )
        for edge in explained["edges"]
    }


async def test_a_partial_receipt_is_explained_with_what_is_missing(
    api: RunningApi, documents: StoredDocuments
) -> None:
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    explained = await told(viewer, "/explanations?order_number=PO-1&line=1")
    assert numbers(explained) == {
        ("contract", "VBP-1:XA10BA02000000000000001"),
        ("order_line", "PO-1:1"),
        ("receipt_line", "GR-1:1"),
        ("receipt_line", "GR-2:1"),
        ("invoice_line", "INV-1:1"),
        ("payable", "goods"),
    }
    assert edges(explained) == {
        ("VBP-1:XA10BA02000000000000001", "PO-1:1", "priced", "4.000", "40.00"),
        ("PO-1:1", "GR-1:1", "matched", "4.000", "40.00"),
        ("PO-1:1", "GR-2:1", "named", None, None),
        ("PO-1:1", "INV-1:1", "named", None, None),
        ("GR-1:1", "INV-1:1", "matched", "4.000", "40.00"),
        ("INV-1:1", "goods", "pays_for", "4.000", "40.00"),
    }
    rules = {rule["reason"]: rule for rule in explained["rules"]}
    assert set(rules) == {"not_invoiced", "price_above_contract"}
    waiting, price = rules["not_invoiced"], rules["price_above_contract"]
    assert (waiting["effect"], waiting["quantity"], waiting["at_stake"]) == (
        *("waiting", "3.000"),
        "30.00",
    )
    assert (waiting["acts"], waiting["rule"]) == ("supplier", "quantity.invoiced")
    assert waiting["cure"]
    assert waiting["cure_zh"]
    assert (price["amount"], price["at_stake"], price["hold"]) == ("8.00", "8.00", "price")
    assert price["compared"] == {"stated": 4_800, "allowed": 4_000}
    assert price["version"]["rule_pack_code"] == "shandong-base"
    assert price["version"]["kernel"]
    (decision,) = explained["decisions"]
    assert (decision["route"], decision["pack_price"], decision["pack_size"]) == (
        *("direct", "10.000000"),
        1,
    )
    assert decision["version"] == price["version"]
    (forecast,) = explained["forecasts"]
    assert (forecast["matched"], forecast["open"]) == ("4.000", "6.000")
    assert [(step["acts"], step["about"]["kind"]) for step in explained["steps"]] == [
        ("supplier", "payable")
    ]
    assert (explained["cuts"], explained["next"], explained["hidden"]) == ([], None, [])


async def test_every_link_of_a_chain_explains_the_same_chain(
    api: RunningApi, documents: StoredDocuments
) -> None:
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    whole = await told(viewer, "/explanations?order_number=PO-1")
    ids = [node["id"] for node in whole["nodes"] if node["kind"] != "contract"]
    for link in (*ids, *(rule["discrepancy_id"] for rule in whole["rules"])):
        explained = await told(viewer, f"/explanations/{link}")
        assert numbers(explained) == numbers(whole), link
        assert edges(explained) == edges(whole)
        assert [one["id"] for one in explained["asked"]] == [link]
    by_invoice = await told(viewer, "/explanations?invoice_number=INV-1&line=1")
    assert edges(by_invoice) == edges(whole)
    by_hospital = f"/explanations?order_number=PO-1&hospital_code={HOSPITAL}"
    assert edges(await told(viewer, by_hospital)) == edges(whole)


async def test_a_return_and_a_credit_note_stand_beside_what_they_correct(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    async with database.begin(area_scope()) as uow:
        back = await documents.return_note(
            uow, "RT-1", 1, receipt_number="GR-1", receipt_line_number=1
        )
        await documents.invoice(
            uow, "RED-1", 1, 1_200, document_kind="credit_note",
            blue_invoice_number="INV-1", blue_line_number=1,
        )  # fmt: skip
        await reconciliation.match_area(uow)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    explained = await told(viewer, f"/explanations/{back}")
    assert {("return_line", "RT-1:1"), ("credit_line", "RED-1:1")} <= numbers(explained)
    tied = {edge[:3] for edge in edges(explained)}
    assert {("GR-1:1", "RT-1:1", "named"), ("INV-1:1", "RED-1:1", "named")} <= tied
    assert ("order_line", "PO-1:1") in numbers(explained)


async def test_parties_see_their_own_part_and_strangers_nothing(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    supplier = await api.user(supplier_of(documents.supplier_id), Role.SUPPLIER)
    hospital = await api.user(hospital_of(documents.hospital_id, AREA), Role.HOSPITAL_CLERK)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    whole = await told(viewer, "/explanations?invoice_number=INV-1")
    link = whole["nodes"][-1]["id"]
    for caller, unseen in (
        (supplier, {"payment_batch", "payment_attempt", "statement_entry"}),
        (hospital, {"payment", "payment_batch", "payment_attempt", "statement_entry"}),
    ):
        explained = await told(caller, f"/explanations/{link}")
        assert edges(explained) == edges(whole)
        assert explained["rules"] == whole["rules"], "the version of the rules is no secret"
        assert set(explained["hidden"]) == unseen
        by_number = await caller.get("/explanations?invoice_number=INV-1")
        assert edges(by_number.json()) == edges(whole), by_number.text
    strangers = (
        await api.user(supplier_of(uuid4()), Role.SUPPLIER),
        await api.user(hospital_of(uuid4(), AREA), Role.HOSPITAL_CLERK),
        await api.user(area_of("370200"), Role.AGENCY_MAKER),
    )
    for stranger in strangers:
        for path in (f"/explanations/{link}", "/explanations?invoice_number=INV-1"):
            refused = await stranger.get(path)
            assert (refused.status_code, refused.json()["code"]) == (404, "explanation_not_found")


async def test_a_supplier_is_explained_its_lines_of_every_area(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    other = StoredDocuments(supplier_id=documents.supplier_id)
    async with database.begin(AreaScope("370200")) as uow:
        there = await other.invoice(uow, "INV-7", 1, 1_000)
    supplier = await api.user(supplier_of(documents.supplier_id), Role.SUPPLIER)
    explained = await told(supplier, f"/explanations/{there}")
    assert {node["area_code"] for node in explained["nodes"]} == {"370200"}
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    assert (await viewer.get(f"/explanations/{there}")).status_code == 404


async def test_what_is_unknown_or_said_twice_is_refused(
    api: RunningApi, documents: StoredDocuments
) -> None:
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    for path, status, code in (
        (f"/explanations/{uuid4()}", 404, "explanation_not_found"),
        ("/explanations?order_number=PO-9", 404, "explanation_not_found"),
        ("/explanations?order_number=PO-1&line=2", 404, "explanation_not_found"),
        ("/explanations?order_number=PO-1&hospital_code=H1", 404, "explanation_not_found"),
        (f"/explanations?end_to_end_id={UUID(int=7).hex}", 404, "explanation_not_found"),
        ("/explanations", 422, "explanation_one_number"),
        ("/explanations?order_number=PO-1&invoice_number=INV-1", 422, "explanation_one_number"),
        ("/explanations?order_number=PO-1&line=0", 422, "invalid"),
        ("/explanations?order_number=PO-1&line=99999999999", 422, "invalid"),
    ):
        answer = await viewer.get(path)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
    bureau = await api.user(PLATFORM, Role.BUREAU_VIEWER)
    assert (await bureau.get("/explanations?order_number=PO-1")).json()["code"] == "area_needed"


async def test_what_a_tolerance_absorbed_is_said(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    reference = {"order_number": "PO-2", "order_line_number": 1}
    async with database.begin(area_scope()) as uow:
        await documents.receipt(uow, "GR-8", 4, **reference)
        await documents.invoice(uow, "INV-8", 4, 4_001, **reference)
        await reconciliation.match_area(uow)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    explained = await told(viewer, "/explanations?order_number=PO-2")
    absorbed = [rule for rule in explained["rules"] if rule["absorbed"]]
    assert [(rule["reason"], rule["amount"], rule["acts"]) for rule in absorbed] == [
        ("amount_rounding", "0.01", "nobody")
    ]


MORE_RECEIPTS = """
INSERT INTO goods_receipt_line (area_code, document_id, hospital_id, supplier_id, line_number,
    product_id, product_code, unit_factor_known, receipt_number, order_number, order_line_number,
    accepted_milli, rejected_milli, receipt_date, state)
SELECT area_code, document_id, hospital_id, supplier_id, number, product_id, product_code,
    unit_factor_known, 'GR-9', 'PO-2', 1, 1, 0, receipt_date, state
FROM goods_receipt_line CROSS JOIN generate_series(1, :count) AS number
WHERE receipt_number = 'GR-1'
"""


async def test_what_is_too_long_is_cut_with_its_count(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    async with database.begin(area_scope()) as uow:
        await uow.execute(MORE_RECEIPTS, count=MOST + 3)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    explained = await told(viewer, "/explanations?order_number=PO-2")
    assert explained["cuts"] == [{"what": "papers_naming_orders", "shown": MOST, "total": MOST + 3}]
    assert len(explained["nodes"]) == 1 + MOST + 1, "order line, receipts, and their contract"
