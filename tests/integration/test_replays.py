"""Past months under other rules: the difference, its balance, and nothing live touched."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from rich.console import Console

from schemas.codes.roles import Role
from schemas.messages.replays import ReplayOrder
from schemas.money import yuan
from schemas.times import Clock, FixedClock
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.reconciliation.service import match_area
from settlement_api.replay_report import print_replay, read_order
from settlement_api.replays import service
from settlement_api.replays.jobs import work_replay
from settlement_api.worker import drain
from tests.builders.api import PLATFORM, RunningApi, area_of, hospital_of, running_api, supplier_of
from tests.builders.stored_documents import (
    AREA,
    StoredDocuments,
    area_scope,
    seed_contract,
)

LOWERED = "XA10BA02000000000000001"
BEGUN = "XA10BA02000000000000002"
STEADY = "XA10BA02000000000000003"
BY_RECEIPT = {"date_basis": ["receipt_date"]}
JULY = {"from_month": "2026-07", "to_month": "2026-07"}
REPLAYS = {"replay", "replay_component", "replay_difference", "replay_line"}
TRAIL = {"outbox_event", "outbox_pending", "seal", "seal_head", "request_key"}


@pytest.fixture
def clock() -> Clock | None:
    return FixedClock(datetime(2026, 9, 20, 4, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_directory=tmp_path)


@pytest.fixture
async def api(
    database: Database, keyring: Keyring, settings: Settings
) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring, settings) as running:
        yield running


@pytest.fixture
async def documents(database: Database, owner_dsn: str) -> StoredDocuments:
    """Ordered on 1 July and received on the 5th: of one product the price was lowered on the 4th,
    another's contract began then, a third is as it was. A freight, and an order of June."""
    stored = StoredDocuments()
    for code in (LOWERED, BEGUN, STEADY):
        await seed_contract(database, supplier_id=stored.supplier_id, code=code)
    await change_contracts(owner_dsn)
    async with database.begin(area_scope()) as uow:
        for place, code in enumerate((LOWERED, BEGUN, STEADY)):
            number = f"PO-{place}"
            await stored.order(uow, number, product_code=code)
            reference: dict[str, Any] = {
                "order_number": number,
                "order_line_number": 1,
                "product_code": code,
            }
            await stored.receipt(uow, f"GR-{place}", **reference)
            await stored.invoice(uow, f"INV-{place}", **reference)
        await stored.invoice(
            uow, "INV-F", 1, 500, charge_kind="freight", product_code=None, quantity_milli=None
        )
        june = {"order_number": "PO-J", "order_line_number": 1, "product_code": LOWERED}
        day = datetime(2026, 6, 1, tzinfo=UTC).date()
        await stored.order(uow, "PO-J", product_code=LOWERED, order_date=day)
        await stored.receipt(uow, "GR-J", receipt_date=day, **june)
        await stored.invoice(uow, "INV-J", invoice_date=day, **june)
    return stored


async def change_contracts(owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("UPDATE contract SET valid_to = '2026-07-03' WHERE item_no = $1", LOWERED)
    await owner.execute(
        "WITH later AS ("
        " INSERT INTO contract (contract_code, item_no, round_id, product_id, manufacturer,"
        "  pack_price_micro, pack_size, pack_size_inferred, valid_from)"
        " SELECT contract_code, item_no, round_id, product_id, manufacturer, 9000000, pack_size,"
        "  pack_size_inferred, '2026-07-04' FROM contract WHERE item_no = $1 RETURNING id)"
        " INSERT INTO contract_scope (contract_id, scope_code) SELECT id, '370000' FROM later",
        LOWERED,
    )
    await owner.execute("UPDATE contract SET valid_from = '2026-07-04' WHERE item_no = $1", BEGUN)
    await owner.close()


async def live_tables(owner_dsn: str) -> dict[str, str]:
    """A checksum of every table but replays and the trail of what was asked."""
    owner = await asyncpg.connect(owner_dsn)
    names = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    sums = {
        name: await owner.fetchval(
            f"SELECT md5(coalesce(string_agg(md5(line::text), '' ORDER BY md5(line::text)), ''))"
            f" FROM {name} AS line"
        )
        for name in sorted({row[0] for row in names} - REPLAYS - TRAIL)
    }
    await owner.close()
    return sums


async def replayed(database: Database, **asked: Any) -> Any:
    """A replay worked off one component at a time, as it is told."""
    order = ReplayOrder.model_validate(JULY | asked)
    async with database.begin(area_scope()) as uow:
        replay_id = await service.request_replay(uow, order=order, areas=[AREA])
    await work_replay(database, area_code=AREA, replay_id=replay_id, components=1)
    async with database.begin(area_scope()) as uow:
        return await service.tell(uow, replay_id=replay_id, areas=[AREA])


def differences(part: Any) -> dict[tuple[str, str], tuple[str, str, int]]:
    """(ending, reason or route and kind) → yuan before, after, and the difference in lines."""
    return {
        (row["ending"], row["reason"] or f"{row['route']} {row['kind']}"): (
            row["amount_before"],
            row["amount_after"],
            row["lines_difference"],
        )
        for row in part["differences"]
    }


def assert_balanced(part: Any) -> None:
    for side in ("before", "after"):
        balance = part[side]
        net = yuan(balance["invoiced"]) - yuan(balance["credited"])
        ended = {name: yuan(balance[name]) for name in ("matched", "waiting", "held")}
        assert net == sum(ended.values())
        for ending, fen in ended.items():
            listed = [
                yuan(row[f"amount_{side}"])
                for row in part["differences"]
                if row["ending"] == ending
            ]
            assert sum(listed) == fen
        received = yuan(balance["received"]) - yuan(balance["returned"])
        parts = (balance[f"received_{name}"] for name in ("matched", "waiting", "held"))
        assert received == sum(yuan(text) for text in parts)


async def test_what_a_later_invoice_adds_counts_where_it_is_paid(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    """A line of July adds to one of June, one of August to one of July; another waits."""
    july, august = (datetime(2026, month, 2, tzinfo=UTC).date() for month in (7, 8))
    async with database.begin(area_scope()) as uow:
        for place, (blue, day) in enumerate((("J", july), ("2", august), ("none", july))):
            await documents.invoice(
                uow,
                f"INV-S{place}",
                0,
                300 + place,
                invoice_date=day,
                quantity_milli=None,
                product_code=LOWERED if blue == "J" else STEADY,
                blue_invoice_number=f"INV-{blue}",
                blue_line_number=1,
            )
    owner = await asyncpg.connect(owner_dsn)
    receipt = "UPDATE goods_receipt_line SET expiry_date = '2026-07-04' WHERE product_code = $1"
    await owner.execute(receipt, STEADY)
    await owner.close()
    told = await replayed(database, rules={"hold_expired_since": "2026-07-05"})
    (part,) = told.model_dump(mode="json")["areas"]
    assert_balanced(part)
    assert part["before"]["invoiced"] == "311.03"
    found = differences(part)
    assert found["waiting", "adjustment_without_invoice"] == ("3.02", "3.02", 0)
    assert found["held", "expired_lot"] == ("0.00", "100.00", 1)


async def test_papers_that_hold_move_no_return_and_nothing_that_later_lines_add(
    database: Database, documents: StoredDocuments
) -> None:
    """What lacks a paper is matched, and held: goods that went back come off it on both sides."""
    july = datetime(2026, 7, 6, tzinfo=UTC).date()
    async with database.begin(area_scope()) as uow:
        back = {"product_code": STEADY, "receipt_number": "GR-2", "receipt_line_number": 1}
        await documents.return_note(uow, "RN-1", 4, return_date=july, **back)
        raised = {"quantity_milli": None, "product_code": STEADY, "blue_invoice_number": "INV-2"}
        await documents.invoice(
            uow, "INV-S", 0, 300, invoice_date=july, blue_line_number=1, **raised
        )
    held = {"required_for": ["drug"], "effect": "held"}
    told = await replayed(database, rules={"trace_codes": held, "two_invoice_chain": held})
    (part,) = told.model_dump(mode="json")["areas"]
    assert part["status"] == "completed"
    assert_balanced(part)
    found = differences(part)
    assert found["matched", "direct goods"][1] == "0.00"
    assert yuan(found["held", "trace_code_missing"][1]) > 0
    assert part["after"]["returned"] == part["before"]["returned"] != "0"


async def test_another_date_basis_changes_price_and_route_and_both_sides_balance(
    database: Database, documents: StoredDocuments
) -> None:
    told = (await replayed(database, rules=BY_RECEIPT)).model_dump(mode="json")
    assert "as they are known now" in told["basis"]
    (part,) = told["areas"]
    assert (told["status"], part["components"], part["components_done"]) == ("completed", 4, 4)
    assert part["before"]["invoiced"] == "305.00", "June's invoice is of no month asked for"
    found = differences(part)
    assert found["matched", "direct goods"] == ("200.00", "290.00", 1)
    assert found["matched", "self goods"] == ("100.00", "0.00", -1)
    assert found["held", "price_above_contract"] == ("0.00", "10.00", 1)
    assert found["held", "charge_not_contracted"] == ("5.00", "5.00", 0)
    assert (part["order_lines"], part["changed_order_lines"]) == (3, 2)
    assert_balanced(part)
    assert told["stretches"][0]["pack"] == {"code": "shandong-base", "version": 1}
    assert told["stretches"][0]["alternative"]["date_basis"] == ["receipt_date"]


async def test_what_a_tolerance_lets_pass_is_shown_as_absorbed(
    database: Database, documents: StoredDocuments
) -> None:
    wide = [{"reason": "price_above_contract", "permyriad": 1_200}]
    told = (await replayed(database, rules=BY_RECEIPT | {"tolerances": wide})).model_dump(
        mode="json"
    )
    found = differences(told["total"])
    assert found["matched", "direct goods"] == ("200.00", "300.00", 1)
    assert found["absorbed", "price_above_contract"] == ("0.00", "10.00", 1)
    assert ("held", "price_above_contract") not in found
    assert_balanced(told["total"])


async def test_what_stands_before_is_what_was_matched_and_nothing_live_changes(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    async with database.begin(area_scope()) as uow:
        assert await match_area(uow) is not None
        await uow.execute("UPDATE payable SET status = 'committed' WHERE route = 'self'")
    before = await live_tables(owner_dsn)
    assert {
        "payable",
        "discrepancy",
        "transfer",
        "account_balance",
        "match_head",
        "match_run",
    } <= set(before)
    told = (await replayed(database, rules=BY_RECEIPT)).model_dump(mode="json")
    assert await live_tables(owner_dsn) == before
    async with database.begin(area_scope()) as uow:
        matched = await uow.fetch_value(
            "SELECT sum(payable.amount_minor)::bigint FROM payable"
            " JOIN invoice_line ON invoice_line.id = invoice_line_id"
            " WHERE invoice_date >= '2026-07-01' AND status <> 'superseded'"
        )
        assert yuan(told["total"]["before"]["matched"]) == matched
        assert await uow.fetch_value("SELECT count(*) FROM replay_component") == 0


async def test_the_same_rules_change_nothing(
    database: Database, documents: StoredDocuments
) -> None:
    told = (await replayed(database, pack={"code": "shandong-base", "version": 1})).model_dump(
        mode="json"
    )
    assert told["total"]["changed_order_lines"] == 0
    assert told["total"]["before"] == told["total"]["after"]
    assert {row["amount_difference"] for row in told["total"]["differences"]} == {"0.00"}


async def test_a_stored_pack_that_was_never_in_force_is_tried_by_its_name(
    *,
    api: RunningApi,
    database: Database,
    keyring: Keyring,
    settings: Settings,
    documents: StoredDocuments,
    owner_dsn: str,
) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "INSERT INTO rule_pack (code, version, valid_from, content, issuing_document, approved_by)"
        " SELECT code, 2, '2030-01-01', content || jsonb_build_object('version', 2, 'valid_from',"
        " '2030-01-01', 'date_basis', '[\"receipt_date\"]'::jsonb), issuing_document, approved_by"
        " FROM rule_pack"
    )
    await owner.close()
    bureau = await api.user(PLATFORM, Role.BUREAU_VIEWER)
    asked = await bureau.post(
        "/replays", json={**JULY, "pack": {"code": "shandong-base", "version": 2}}
    )
    assert asked.status_code == 202, asked.text
    assert asked.json()["status"] == "requested"
    areas = {part["area_code"] for part in asked.json()["areas"]}
    assert AREA in areas
    assert len(areas) > 1, "who names no area asks all of them"
    await drain(settings, database, keyring)
    path = f"/replays/{asked.json()['id']}"
    told = (await bureau.get(path)).json()
    assert (told["status"], told["total"]["changed_order_lines"]) == ("completed", 2)
    for part in (told["total"], *told["areas"]):
        assert_balanced(part)
    own = next(part for part in told["areas"] if part["area_code"] == AREA)
    assert own["differences"] == told["total"]["differences"]
    table = await bureau.get(f"{path}/lines.csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert sorted((row["order_number"], row["area_code"]) for row in rows) == [
        ("PO-0", AREA),
        ("PO-1", AREA),
    ]
    missing = await bureau.post(
        "/replays", json={**JULY, "pack": {"code": "shandong-base", "version": 9}}
    )
    assert (missing.status_code, missing.json()["code"]) == (404, "replay_pack_unknown")


async def test_changed_order_lines_are_paged(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    told = await replayed(database, rules=BY_RECEIPT)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    path = f"/replays/{told.id}/lines"
    first = (await viewer.get(f"{path}?limit=1")).json()
    second = (await viewer.get(f"{path}?limit=1&after={first['next']}")).json()
    assert second["next"] is None
    found = {row["order_number"]: row for row in (*first["items"], *second["items"])}
    lowered, begun = found["PO-0"], found["PO-1"]
    assert (lowered["amount_before"], lowered["amount_after"]) == ("100.00", "90.00")
    assert (lowered["reasons_before"], lowered["reasons_after"]) == ("", "price_above_contract")
    assert (begun["routes_before"], begun["routes_after"]) == ("self", "direct")
    assert (begun["amount_difference"], begun["quantity_after"]) == ("0.00", "10.000")
    listed = (await viewer.get("/replays")).json()["items"]
    assert [(row["id"], row["changed_order_lines"]) for row in listed] == [(str(told.id), 2)]


async def test_who_is_no_agency_and_no_bureau_asks_and_sees_nothing(
    api: RunningApi, database: Database, documents: StoredDocuments
) -> None:
    told = await replayed(database, rules=BY_RECEIPT)
    hospital = await api.user(hospital_of(documents.hospital_id, AREA), Role.HOSPITAL_CONFIRMER)
    supplier = await api.user(supplier_of(documents.supplier_id), Role.SUPPLIER)
    path = f"/replays/{told.id}"
    for party in (hospital, supplier):
        assert (await party.post("/replays", json={**JULY, "rules": BY_RECEIPT})).status_code == 403
        for asked in ("/replays", path, f"{path}/lines", f"{path}/lines.csv"):
            assert (await party.get(asked)).status_code == 403, asked
    stranger = await api.user(area_of("370200"), Role.AGENCY_MAKER)
    for asked in (path, f"{path}/lines", f"{path}/lines.csv"):
        assert (await stranger.get(asked)).json()["code"] == "replay_unknown"
    assert (await stranger.post(f"{path}/cancellation")).status_code == 404


async def test_what_was_cancelled_does_nothing_more(
    api: RunningApi,
    database: Database,
    keyring: Keyring,
    settings: Settings,
    documents: StoredDocuments,
) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    asked = (await maker.post("/replays", json={**JULY, "rules": BY_RECEIPT})).json()
    replay_id = UUID(asked["id"])
    async with database.begin(area_scope()) as uow:
        await service.start_replay(uow, replay_id=replay_id)
    async with database.begin(area_scope()) as uow:
        assert await service.work_chunk(uow, replay_id=replay_id, components=2)
    cancelled = await maker.post(f"/replays/{replay_id}/cancellation")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    await drain(settings, database, keyring)
    told = (await maker.get(f"/replays/{replay_id}")).json()
    assert (told["status"], told["total"]["components_done"]) == ("cancelled", 2)
    assert_balanced(told["total"])
    again = await maker.post(f"/replays/{replay_id}/cancellation")
    assert (again.status_code, again.json()["code"]) == (409, "replay_moved")
    assert (await maker.get(f"/replays/{uuid4()}")).json()["code"] == "replay_unknown"


async def test_a_chunk_that_was_cut_off_leaves_nothing_and_is_done_again(
    database: Database, documents: StoredDocuments
) -> None:
    whole = await replayed(database, rules=BY_RECEIPT)
    order = ReplayOrder.model_validate(JULY | {"rules": BY_RECEIPT})
    async with database.begin(area_scope()) as uow:
        replay_id = await service.request_replay(uow, order=order, areas=[AREA])
    async with database.begin(area_scope()) as uow:
        await service.start_replay(uow, replay_id=replay_id)
    with pytest.raises(ConnectionError):
        async with database.begin(area_scope()) as uow:
            assert await service.work_chunk(uow, replay_id=replay_id, components=3)
            raise ConnectionError("cut off before the commit")
    await work_replay(database, area_code=AREA, replay_id=replay_id, components=3)
    async with database.begin(area_scope()) as uow:
        told = await service.tell(uow, replay_id=replay_id, areas=[AREA])
    assert told.total == whole.total


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"rules": {"tolerance_of_everything": 1}}, 422, "replay_rules_refused"),
        ({"rules": {"date_basis": ["moon_phase"]}}, 422, "replay_rules_refused"),
        ({"rules": {"date_basis": []}}, 422, "replay_rules_refused"),
        ({"rules": {"authorization_required": "perhaps"}}, 422, "replay_rules_refused"),
        (
            {"rules": {"tolerances": [{"reason": "price_above_contract", "permyriad": 10_001}]}},
            *(422, "replay_rules_refused"),
        ),
        ({"rules": {"tolerances": [{"reason": "no_order"}]}}, 422, "replay_rules_refused"),
        ({"rules": {"tolerances": "all"}}, 422, "replay_rules_refused"),
        (
            {"rules": {"tolerances": [{"reason": "price_above_contract", "absolute": 5}]}},
            *(422, "replay_rules_refused"),
        ),
        ({"rules": BY_RECEIPT, "to_month": "2026-10"}, 422, "replay_months_to_come"),
        ({"rules": BY_RECEIPT, "to_month": "2026-06"}, 422, "invalid"),
        ({"rules": BY_RECEIPT, "to_month": "2026-13"}, 422, "invalid"),
        ({}, 422, "invalid"),
        ({"rules": {}, "pack": {"code": "shandong-base", "version": 1}}, 422, "invalid"),
    ],
)
async def test_rules_and_months_that_cannot_be_are_refused(
    api: RunningApi, body: dict[str, Any], status: int, code: str
) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    answer = await maker.post("/replays", json={**JULY, **body})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_the_command_prints_the_difference(
    database: Database, documents: StoredDocuments, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(BY_RECEIPT))
    out = Console(file=io.StringIO(), width=200)
    order = read_order("2026-06", "2026-07", None, rules)
    assert (
        await print_replay(database, order=order, area_code=AREA, as_json=False, console=out) == 0
    )
    said = out.file.getvalue()  # type: ignore[attr-defined]
    assert "documents as they are known now" in said
    assert "date_basis: ['order_date', 'receipt_date'] -> ['receipt_date']" in said
    assert "2 of 4 order lines change" in said
    wrong = read_order("2026-06", "2026-07", "shandong-base:7", None)
    assert (
        await print_replay(database, order=wrong, area_code=AREA, as_json=False, console=out) == 1
    )
