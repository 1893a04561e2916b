"""A settled line explained down to the bank's statement: who let it pass, what came back."""

import json
from collections.abc import AsyncIterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from rich.console import Console

from schemas.codes.roles import Role
from schemas.times import Clock
from settlement_api.encryption import Keyring
from settlement_api.explanation_tree import print_explanation
from settlement_api.explanations import queries
from settlement_api.explanations.queries import SystemReader, View
from settlement_api.explanations.service import PAGE, explain
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders.api import Caller, RunningApi, area_of, hospital_of, running_api, supplier_of
from tests.builders.batches import insert
from tests.builders.payment_stage import MovableClock, Stage
from tests.builders.payments import AREA
from tests.builders.settled import BOOKED, RETURNED, settled_stage

LINKS = [
    *("order_line", "receipt_line", "invoice_line", "payable", "application_line"),
    *("payable_share", "payment_batch", "payment", "payment_attempt", "statement_entry"),
]


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture
async def stage(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path
) -> AsyncIterator[Stage]:
    """Three payments of four lines settled, one of them returned."""
    async with settled_stage(database, keyring, clock, tmp_path) as made:
        yield made


@pytest.fixture
async def api(stage: Stage) -> AsyncIterator[RunningApi]:
    async with running_api(stage.database, stage.keyring) as running:
        yield running


async def told(caller: Caller, path: str) -> Any:
    answer = await caller.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def of_kind(explained: Any, kind: str) -> list[Any]:
    return [node for node in explained["nodes"] if node["kind"] == kind]


async def share_of(stage: Stage, amount: int) -> Any:
    """The share of this many fen, with the lines behind it."""
    (row,) = await stage.rows(
        "SELECT share.*, line.confirmed_by, payable.order_line_id FROM payable_share AS share"
        " JOIN application_line AS line ON line.id = share.application_line_id"
        " JOIN payable ON payable.id = share.payable_id WHERE share.confirmed_minor = :amount",
        amount=amount,
    )
    return row


async def test_a_settled_line_is_told_from_order_to_bank_and_back(
    stage: Stage, api: RunningApi
) -> None:
    share = await share_of(stage, 300_77)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    explained = await told(viewer, f"/explanations/{share.order_line_id}")
    assert [node["kind"] for node in explained["nodes"]] == LINKS
    ties = {
        (edge["from_node"]["kind"], edge["to_node"]["kind"]): (edge["kind"], edge["amount"])
        for edge in explained["edges"]
    }
    assert ties == {
        ("order_line", "receipt_line"): ("matched", "300.77"),
        ("receipt_line", "invoice_line"): ("matched", "300.77"),
        ("invoice_line", "payable"): ("pays_for", "300.77"),
        ("payable", "application_line"): ("applied", "300.77"),
        ("application_line", "payable_share"): ("borne", "300.77"),
        ("payable_share", "payment"): ("paid_by", "300.77"),
        ("payment_batch", "payment"): ("released", "300.77"),
        ("payment", "payment_attempt"): ("attempted", "300.77"),
        ("payment_attempt", "statement_entry"): ("booked", "300.77"),
    }
    for node in explained["nodes"]:
        if node["kind"] == "payment_batch":
            continue  # a batch has pages of its own
        from_there = await told(viewer, f"/explanations/{node['id']}")
        assert from_there["nodes"] == explained["nodes"], node["kind"]
        assert from_there["edges"] == explained["edges"], node["kind"]
    (batch,) = of_kind(explained, "payment_batch")
    assert [person["act"] for person in batch["people"]] == ["made", "approved", "released"]
    assert len({person["id"] for person in batch["people"]}) == 3
    assert len(batch["facts"]["content_hash"]) == 64
    (line,) = of_kind(explained, "application_line")
    assert [person["act"] for person in line["people"]] == [
        *("confirmed", "first_reviewed", "re_reviewed")
    ]
    assert all(person["at"] for person in line["people"])
    (attempt,) = of_kind(explained, "payment_attempt")
    assert attempt["number"] == UUID(attempt["id"]).hex
    assert "statement_booking" in {each["source"] for each in attempt["evidence"]}
    by_name = await told(viewer, f"/explanations?end_to_end_id={attempt['number']}")
    assert by_name["nodes"] == explained["nodes"]


async def test_a_returned_payment_shows_both_bank_lines(stage: Stage, api: RunningApi) -> None:
    share = await share_of(stage, RETURNED)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    explained = await told(viewer, f"/explanations/{share.id}")
    (shown,) = of_kind(explained, "payable_share")
    assert (shown["status"], shown["facts"]["paid"], shown["facts"]["returned"]) == (
        *("returned", "20.00"),
        "20.00",
    )
    assert of_kind(explained, "payment")[0]["status"] == "returned"
    entries = of_kind(explained, "statement_entry")
    assert sorted(entry["facts"]["is_credit"] for entry in entries) == ["false", "true"]
    ties = [edge for edge in explained["edges"] if edge["to_node"]["kind"] == "statement_entry"]
    assert sorted((edge["kind"], edge["amount"]) for edge in ties) == [
        ("booked", "20.00"),
        ("returned", "20.00"),
    ]
    (credit,) = [entry for entry in entries if entry["facts"]["is_credit"] == "true"]
    assert (await told(viewer, f"/explanations/{credit['id']}"))["edges"] == explained["edges"]


async def test_money_nobody_knows_is_explained_as_far_as_it_goes(
    stage: Stage, api: RunningApi
) -> None:
    (unknown,) = await stage.rows("SELECT statement_entry_id AS id FROM suspense_case")
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    explained = await told(viewer, f"/explanations/{unknown.id}")
    assert [node["kind"] for node in explained["nodes"]] == ["statement_entry"]
    (step,) = explained["steps"]
    assert (step["acts"], step["about"]["id"]) == ("agency", str(unknown.id))


async def test_parties_see_people_and_payments_of_their_own_only(
    stage: Stage, api: RunningApi
) -> None:
    share = await share_of(stage, 300_77)
    hospital = await api.user(hospital_of(share.hospital_id, AREA), Role.HOSPITAL_CONFIRMER)
    async with stage.area() as uow:
        await uow.execute(
            "UPDATE application_line SET confirmed_by = :who WHERE id = :id",
            who=hospital.id,
            id=share.application_line_id,
        )
    supplier = await api.user(supplier_of(share.supplier_id), Role.SUPPLIER)
    seen = await told(hospital, f"/explanations/{share.payable_id}")
    assert [node["kind"] for node in seen["nodes"]] == LINKS[:6]
    confirmed, first, second = of_kind(seen, "application_line")[0]["people"]
    assert (confirmed["id"], confirmed["name"] is not None) == (str(hospital.id), True)
    assert (first["id"], first["name"], second["id"]) == (None, None, None)
    sold = await told(supplier, f"/explanations/{share.payable_id}")
    assert [node["kind"] for node in sold["nodes"]] == [*LINKS[:6], "payment"]
    assert {person["id"] for person in of_kind(sold, "application_line")[0]["people"]} == {None}
    (attempt,) = await stage.rows(
        "SELECT attempt.* FROM payment_attempt AS attempt WHERE amount_minor = 30077"
    )
    by_name = f"/explanations?end_to_end_id={attempt.end_to_end_id}"
    by_payment = f"/explanations/{attempt.payment_id}"
    for path in (by_name, by_payment):
        assert (await told(supplier, path))["nodes"] == sold["nodes"]
    other = await share_of(stage, 50_00)
    assert other.supplier_id != share.supplier_id
    stranger = await api.user(supplier_of(other.supplier_id), Role.SUPPLIER)
    for caller, path in (
        (stranger, by_name),
        (hospital, by_name),
        (supplier, f"/explanations/{attempt.id}"),
        (stranger, f"/explanations/{share.payable_id}"),
    ):
        assert (await caller.get(path)).status_code == 404
    async with stage.area() as uow:
        await uow.execute("UPDATE payment SET is_released = false")
    assert (await supplier.get(by_name)).status_code == 404
    assert (await supplier.get(by_payment)).status_code == 404
    sold = await told(supplier, f"/explanations/{share.payable_id}")
    assert [node["kind"] for node in sold["nodes"]] == LINKS[:6], "frozen: not yet the payee's"


async def test_goods_returned_after_payment_are_tied_to_what_they_take_back(
    stage: Stage, api: RunningApi
) -> None:
    paid, other = await share_of(stage, 100_00), await share_of(stage, 50_00)
    async with stage.area() as uow:
        (payable,) = await uow.fetch_all("SELECT * FROM payable WHERE id = :id", id=paid.payable_id)
        both = {"area_code": AREA, "hospital_id": paid.hospital_id}
        both["supplier_id"] = paid.supplier_id
        back = await insert(
            uow, "payable", match_run_id=payable.match_run_id,
            component_code=payable.component_code, order_line_id=payable.order_line_id,
            receipt_line_id=payable.receipt_line_id,
            invoice_line_id=payable.invoice_line_id, kind="return", adjusts_payable_id=payable.id,
            quantity_milli=-1_000, amount_minor=-10_00, route="direct",
            decision_context_id=payable.decision_context_id, basis_date=BOOKED,
            clock_start_date=BOOKED, due_date=date(2026, 8, 31), due_date_state="known",
            status="committed", **both,
        )  # fmt: skip
        application = await insert(
            uow, "settlement_application", period="2026-08", run_no=1, line_count=1,
            amount_minor=-10_00, submitted_at=uow.at, **both,
        )  # fmt: skip
        line = await insert(
            uow, "application_line", application_id=application, payable_id=back, part_no=1,
            quantity_milli=-1_000, amount_minor=-10_00, status="accepted", confirmed_by=uuid4(),
            confirmed_at=uow.at, first_reviewed_by=uuid4(), re_reviewed_by=uuid4(),
            accepted_at=uow.at, shares_fixed=True, **both,
        )  # fmt: skip
        negative = await insert(
            uow, "payable_share", payable_id=back, application_line_id=line, scheme="310",
            confirmed_minor=-10_00, set_off_minor=-10_00, **both,
        )  # fmt: skip
        batch_id = await uow.fetch_value("SELECT id FROM payment_batch")
        await insert(
            uow, "set_off", payment_batch_id=batch_id, negative_share_id=negative,
            positive_share_id=other.id, amount_minor=10_00, **both,
        )  # fmt: skip
        await insert(
            uow, "batch_exclusion", payment_batch_id=batch_id, application_line_id=line,
            payable_share_id=negative, reason="net_negative", amount_minor=-5_00, **both,
        )  # fmt: skip
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    explained = await told(viewer, f"/explanations/{paid.payable_id}")
    ties = {
        (edge["kind"], edge["from_node"]["id"], edge["to_node"]["id"]): edge["amount"]
        for edge in explained["edges"]
    }
    assert ties["adjusts", str(paid.payable_id), str(back)] == "-10.00"
    assert ties["set_off", str(negative), str(other.id)] == "10.00"
    assert ties["borne", str(line), str(negative)] == "-10.00"
    (left_out,) = explained["left_out"]
    assert (left_out["reason"], left_out["amount"], left_out["acts"]) == (
        *("net_negative", "-5.00"),
        "nobody",
    )
    from_return = await told(viewer, f"/explanations/{negative}")
    assert {node["id"] for node in from_return["nodes"]} == {
        node["id"] for node in explained["nodes"]
    }


COPIES = """
WITH copy AS (SELECT uuidv7() AS payable, uuidv7() AS line, uuidv7() AS share
              FROM generate_series(1, :count)),
original AS (SELECT * FROM payable WHERE id = :payable_id),
payables AS (
    INSERT INTO payable (area_code, id, match_run_id, hospital_id, supplier_id, component_code,
        order_line_id, receipt_line_id, invoice_line_id, kind, quantity_milli, amount_minor, route,
        decision_context_id, basis_date, clock_start_date, due_date_state, status)
    SELECT area_code, copy.payable, match_run_id, hospital_id, supplier_id, component_code,
        uuidv7(), receipt_line_id, invoice_line_id, kind, 1, 1, route, decision_context_id,
        basis_date, clock_start_date, 'pending_calendar', status
    FROM copy CROSS JOIN original
),
shares AS (
    INSERT INTO payable_share (area_code, id, payable_id, application_line_id, hospital_id,
        supplier_id, scheme, confirmed_minor)
    SELECT area_code, copy.share, copy.payable, copy.line, hospital_id, supplier_id, '310', 1
    FROM copy CROSS JOIN original
)
INSERT INTO payment_item (area_code, payment_id, payable_share_id, hospital_id, supplier_id,
    amount_minor, is_final)
SELECT area_code, :payment_id, copy.share, hospital_id, supplier_id, 1, true
FROM copy CROSS JOIN original
"""


async def test_a_payment_of_many_items_is_explained_page_by_page(
    stage: Stage, api: RunningApi
) -> None:
    share = await share_of(stage, 300_77)
    (item,) = await stage.rows(
        "SELECT payment_id FROM payment_item WHERE payable_share_id = :id", id=share.id
    )
    async with stage.area() as uow:
        await uow.execute(
            COPIES, count=PAGE + 9, payable_id=share.payable_id, payment_id=item.payment_id
        )
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    first = await told(viewer, f"/explanations/{item.payment_id}")
    rest = await told(viewer, f"/explanations/{item.payment_id}?after={first['next']}")
    (cut,) = first["cuts"]
    assert (cut["what"], cut["shown"], cut["total"]) == ("payment_items", PAGE, PAGE + 10)
    assert (rest["next"], rest["cuts"][0]["shown"]) == (None, 10)
    shown = [{node["id"] for node in of_kind(each, "payable")} for each in (first, rest)]
    assert [len(ids) for ids in shown] == [PAGE, 10]
    assert len(shown[0] | shown[1]) == PAGE + 10


async def test_the_system_explains_whatever_lies_in_any_area(
    stage: Stage, database: Database
) -> None:
    share = await share_of(stage, 300_77)
    async with database.system() as connection:
        reader = SystemReader(connection)
        view = View(reader, await queries.all_areas(reader))
        seeds = await queries.seeds_by_id(view, asked_id=share.id)
        told_by_system = await explain(view, seeds)
    async with database.begin(AreaScope(AREA)) as uow:
        own = View(uow, [AREA])
        told_to_area = await explain(own, await queries.seeds_by_id(own, asked_id=share.id))
    assert told_by_system == told_to_area
    assert [node.kind for node in told_by_system.nodes] == LINKS


async def test_the_terminal_shows_a_tree_or_what_the_api_says(
    stage: Stage, database: Database, api: RunningApi
) -> None:
    share = await share_of(stage, 300_77)
    (order,) = await stage.rows(
        "SELECT order_number AS number FROM purchase_order_line WHERE id = :id",
        id=share.order_line_id,
    )

    async def shown(line: str, area_code: str | None = None, *, as_json: bool = False) -> Any:
        out = Console(file=StringIO(), width=200, soft_wrap=as_json)
        status = await print_explanation(
            database, line=line, area_code=area_code, as_json=as_json, console=out
        )
        assert isinstance(out.file, StringIO)
        return status, out.file.getvalue()

    status, tree = await shown(f"{order.number}:1")
    assert status == 0
    places = [tree.index(kind) for kind in (*LINKS[:6], "payment_attempt", "statement_entry")]
    assert places == sorted(places), tree
    assert "released by" in tree
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    told_by_api = await told(viewer, f"/explanations?order_number={order.number}&line=1")
    _, text = await shown(f"{order.number}:1", AREA, as_json=True)
    assert json.loads(text) == told_by_api
    unknown = ((f"{order.number}:2", None), ("nobody's", None), (order.number, "370200"))
    for line, area_code in unknown:
        status, text = await shown(line, area_code)
        assert (status, text.count("There is nothing here")) == (1, 1)
