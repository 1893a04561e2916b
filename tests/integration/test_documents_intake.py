"""Documents over HTTP: single and bulk, what is stored, what is refused, and what is never lost."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.codes.roles import Role
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.intakes.jobs import announce_intake, apply_intake
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, HospitalScope, SupplierScope
from tests.builders import documents as build
from tests.builders.api import Caller, RunningApi, hospital_of, running_api, supplier_of
from tests.builders.documents import Trade

NDJSON = {"Content-Type": "application/x-ndjson"}
LIMIT = 1 << 20
CHUNK_APPLIED = "documents.intake_chunk.applied"
LINE = build.ndjson(build.purchase_order("PO-1"))


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


@pytest.fixture
async def api(database: Database, keyring: Keyring, trade: Trade) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring, Settings(body_limit_bytes=LIMIT)) as running:
        yield running


@pytest.fixture
async def admin(api: RunningApi) -> Caller:
    return await api.administrator()


async def rows(
    database: Database, table: str, *, area_code: str = build.AREA, order: str = "id"
) -> list[Any]:
    async with database.begin(AreaScope(area_code)) as uow:
        return list(await uow.fetch_all(f"SELECT * FROM {table} ORDER BY {order}"))


async def send(caller: Caller, document: dict[str, Any]) -> httpx.Response:
    return await caller.post(f"/documents/{document['kind']}", json=document)


async def stored(caller: Caller, document: dict[str, Any]) -> UUID:
    answer = await send(caller, document)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def post_bulk(
    caller: Caller, body: bytes, *, headers: dict[str, str] | None = None, query: str = ""
) -> httpx.Response:
    return await caller.post(f"/intakes{query}", content=body, headers=headers or NDJSON)


async def apply_bulk(
    caller: Caller,
    database: Database,
    body: bytes,
    *,
    headers: dict[str, str] | None = None,
    query: str = "",
) -> dict[str, Any]:
    answer = await post_bulk(caller, body, headers=headers, query=query)
    assert answer.status_code == 202, answer.text
    intake_id = answer.json()["id"]
    await apply_intake(database, intake_id=UUID(intake_id), body_limit=LIMIT)
    await announce_intake(database, intake_id=UUID(intake_id))
    intake: dict[str, Any] = (await caller.get(f"/intakes/{intake_id}")).json()
    assert intake["state"] == "applied"
    assert intake["received"] == intake["accepted"] + intake["unchanged"] + intake["rejected"]
    return intake


async def results(caller: Caller, intake: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await caller.get(f"/intakes/{intake['id']}/results", params={"limit": 500})
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


# ── one document ────────────────────────────────────────────────────────────────────────────


async def test_an_order_is_stored_with_quantities_in_the_smallest_unit(
    database: Database, admin: Caller, trade: Trade
) -> None:
    await stored(admin, build.purchase_order())
    (line,) = await rows(database, "purchase_order_line")
    assert (line.product_id, line.unit, line.unit_factor_known) == (trade.drug_id, "盒", True)
    assert (line.quantity_milli, line.amount_minor) == (1_000_000, 125_000)
    assert (line.price_micro, line.price_pack_size, line.price_decimals) == (12_500_000, 10, 1)
    assert (line.hospital_id, line.supplier_id) == (trade.hospital_id, trade.supplier_id)


async def test_every_kind_is_stored(database: Database, admin: Caller) -> None:
    ids = {await stored(admin, make()): make()["kind"] for make in build.EVERY_KIND}
    assert {row.id: row.kind for row in await rows(database, "document")} == ids


async def test_every_kind_again_is_unchanged_and_stores_nothing_new(
    database: Database, admin: Caller
) -> None:
    body = build.ndjson(*(make() for make in build.EVERY_KIND))
    first = await apply_bulk(admin, database, body)
    again = await apply_bulk(admin, database, body)
    assert (first["accepted"], again["unchanged"]) == (len(build.EVERY_KIND),) * 2
    same = {result["document_id"] for result in await results(admin, first)}
    assert same == {result["document_id"] for result in await results(admin, again)}
    assert len(await rows(database, "document")) == len(build.EVERY_KIND)


async def test_the_same_document_twice_answers_with_the_first_result(admin: Caller) -> None:
    first = await send(admin, build.purchase_order())
    again = await send(admin, build.purchase_order())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert again.json()["outcome"] == "unchanged"


async def test_other_content_under_the_same_number_is_refused(
    database: Database, admin: Caller
) -> None:
    await stored(admin, build.purchase_order())
    answer = await send(admin, build.purchase_order(document_date="2026-07-02"))
    assert (answer.status_code, answer.json()["code"]) == (409, "identity_conflict")
    assert len(await rows(database, "document")) == 1


async def test_only_the_issuer_is_shown_the_hashes(
    api: RunningApi, admin: Caller, trade: Trade
) -> None:
    await stored(admin, build.purchase_order())
    other = build.purchase_order(document_date="2026-07-02")
    clerk = await api.user(hospital_of(trade.hospital_id, build.AREA), Role.HOSPITAL_CLERK)
    assert "sha256" in (await send(clerk, other)).json()["detail"]
    assert "sha256" not in (await send(admin, other)).json()["detail"]


async def test_a_document_with_faults_is_refused_with_all_of_them(
    database: Database, admin: Caller
) -> None:
    bad = build.purchase_order(supplier_uscc="x", lines=[build.order_item(quantity="-1")])
    answer = await send(admin, bad)
    assert answer.status_code == 422
    places = {fault["place"] for fault in answer.json()["faults"]}
    assert places == {"/supplier_uscc", "/lines/0/quantity"}
    assert await rows(database, "document") == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"source_system": "nobody"}, "/source_system"),
        ({"hospital_code": "H37010099999"}, "/hospital_code"),
        ({"supplier_uscc": "91350100M000100Y43"}, "/supplier_uscc"),
    ],
)
async def test_unknown_source_hospital_or_supplier_is_refused(
    admin: Caller, changes: dict[str, str], place: str
) -> None:
    answer = await send(admin, build.purchase_order(**changes))
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["faults"]] == [place]


async def test_unknown_product_contract_and_references_are_accepted(
    database: Database, admin: Caller
) -> None:
    line = build.order_item(product_code=build.CONSUMABLE, contract_code="no such contract")
    await stored(admin, build.purchase_order(lines=[line]))
    await stored(admin, build.goods_receipt(lines=[build.receipt_item(order_number="none")]))
    (order,) = await rows(database, "purchase_order_line")
    assert (order.product_id, order.unit_factor_known, order.quantity_milli) == (
        None,
        False,
        100_000,
    )


async def test_a_quantity_that_does_not_come_out_whole_is_kept_as_sent(
    database: Database, admin: Caller
) -> None:
    lines = [
        build.order_item(1, unit="箱", quantity="0.003"),
        build.order_item(2, unit="箱", quantity="0.001"),
        build.order_item(3, unit="瓶", quantity="5"),
    ]
    await stored(admin, build.purchase_order(lines=lines))
    found = await rows(database, "purchase_order_line", order="line_number")
    assert [(line.quantity_milli, line.unit_factor_known) for line in found] == [
        (10, True),
        (1, False),
        (5_000, False),
    ]
    assert (found[0].price_micro, found[0].price_pack_size) == (37_500_000, 10)


async def test_parties_send_only_what_they_issue_and_see_only_their_own(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    clerk = await api.user(hospital_of(trade.hospital_id, build.AREA), Role.HOSPITAL_CLERK)
    supplier = await api.user(supplier_of(trade.supplier_id), Role.SUPPLIER)
    stranger = await api.user(supplier_of(trade.other_supplier_id), Role.SUPPLIER)
    assert (await send(clerk, build.purchase_order())).status_code == 201
    assert (await send(supplier, build.invoice())).status_code == 201
    assert (await send(clerk, build.invoice("26372000000000000002"))).status_code == 403
    assert (await send(supplier, build.purchase_order("PO-2"))).status_code == 403
    assert (await send(stranger, build.invoice("26372000000000000003"))).status_code == 403
    abroad = build.purchase_order("PO-3", hospital_code=build.OTHER_HOSPITAL_CODE)
    assert (await send(clerk, abroad)).status_code == 403
    assert len((await clerk.get("/documents")).json()["items"]) == 2
    assert len((await supplier.get("/documents")).json()["items"]) == 2
    assert (await stranger.get("/documents")).json()["items"] == []
    for scope, count in (
        (HospitalScope(trade.hospital_id), 1),
        (HospitalScope(trade.other_hospital_id), 0),
        (SupplierScope(trade.supplier_id), 1),
        (SupplierScope(trade.other_supplier_id), 0),
    ):
        async with database.begin(scope) as uow:
            assert await uow.fetch_value("SELECT count(*) FROM purchase_order_line") == count


# ── bulk: form ──────────────────────────────────────────────────────────────────────────────


async def test_a_bulk_body_is_split_over_areas_and_every_line_gets_its_result(
    database: Database, admin: Caller
) -> None:
    good = build.purchase_order("PO-1")
    abroad = build.purchase_order("PO-1", hospital_code=build.OTHER_HOSPITAL_CODE)
    unknown = build.purchase_order("PO-2", hospital_code="H37010099999")
    faulty = build.purchase_order("PO-3", lines=[])
    changed = build.purchase_order("PO-1", document_date="2026-07-09")
    body = build.ndjson(good, abroad, unknown, faulty) + b"\n" + build.ndjson(good, changed)
    intake = await apply_bulk(admin, database, body)
    assert [intake[name] for name in ("received", "accepted", "unchanged", "rejected")] == [
        *(6, 2, 1, 3)
    ]
    found = {row["record_number"]: row for row in await results(admin, intake)}
    assert {at: row["outcome"] for at, row in found.items()} == {
        1: "accepted",
        2: "accepted",
        3: "rejected",
        4: "rejected",
        6: "unchanged",
        7: "rejected",
    }
    assert found[7]["faults"][0]["code"] == "identity_conflict"
    assert len(await rows(database, "document")) == 1
    assert len(await rows(database, "document", area_code=build.OTHER_AREA)) == 1
    events = await rows(database, "outbox_event")
    assert [event.name for event in events] == [CHUNK_APPLIED, "documents.intake.applied"]
    assert (events[0].facts["document_count"], events[0].facts["more_follows"]) == (1, True)


async def test_applying_again_after_a_crash_changes_nothing(
    database: Database, admin: Caller
) -> None:
    body = build.ndjson(*(build.purchase_order(f"PO-{n}") for n in range(5)))
    intake = await apply_bulk(admin, database, body)
    async with database.platform() as uow:
        # As if the process had died between the last chunk and the end.
        await uow.execute("UPDATE intake SET state = 'received', announced_at = NULL")
    await apply_intake(database, intake_id=UUID(intake["id"]), body_limit=LIMIT)
    again = (await admin.get(f"/intakes/{intake['id']}")).json()
    assert (again["state"], again["accepted"]) == ("applied", 5)
    assert len(await rows(database, "document")) == 5
    assert len(await rows(database, "outbox_event")) == 2, "one chunk, and its end"


async def test_an_apply_that_is_interrupted_anywhere_goes_on_and_counts_once(
    database: Database, admin: Caller
) -> None:
    codes = (build.HOSPITAL_CODE, build.OTHER_HOSPITAL_CODE)
    body = build.ndjson(
        *(build.purchase_order(f"PO-{n}", hospital_code=codes[n % 2]) for n in range(600)),
        *(build.purchase_order(f"PX-{n}", lines=[]) for n in range(3)),
    )
    answer = await post_bulk(admin, body)
    intake_id, attempts = UUID(answer.json()["id"]), 0
    while (await admin.get(f"/intakes/{intake_id}")).json()["state"] != "applied":
        attempts += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(0.03 * attempts):
                await apply_intake(database, intake_id=intake_id, body_limit=LIMIT)
    intake = (await admin.get(f"/intakes/{intake_id}")).json()
    assert attempts > 1
    assert (intake["received"], intake["accepted"], intake["rejected"]) == (603, 600, 3)
    for area_code in (build.AREA, build.OTHER_AREA):
        assert len(await rows(database, "document", area_code=area_code)) == 300
        assert len(await rows(database, "purchase_order_line", area_code=area_code)) == 300


async def test_two_workers_on_one_intake_apply_it_once(database: Database, admin: Caller) -> None:
    body = build.ndjson(*(build.purchase_order(f"PO-{n}") for n in range(50)))
    intake_id = UUID((await post_bulk(admin, body)).json()["id"])
    await asyncio.gather(
        *(apply_intake(database, intake_id=intake_id, body_limit=LIMIT) for _ in range(2))
    )
    intake = (await admin.get(f"/intakes/{intake_id}")).json()
    assert (intake["state"], intake["accepted"]) == ("applied", 50)
    assert len(await rows(database, "purchase_order_line")) == 50


async def test_waiting_is_answered_with_the_applied_intake(
    database: Database, admin: Caller
) -> None:
    async def apply_soon() -> None:
        while True:
            async with database.platform() as uow:
                waiting = await uow.fetch_value("SELECT id FROM intake WHERE state = 'received'")
            if waiting is not None:
                return await apply_intake(database, intake_id=waiting, body_limit=LIMIT)

    body = build.ndjson(build.purchase_order())
    answer, _ = await asyncio.gather(
        post_bulk(admin, body, headers=NDJSON | {"Prefer": "wait=20"}), apply_soon()
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "applied")


async def test_the_raw_bytes_come_back_exactly(database: Database, admin: Caller) -> None:
    body = gzip.compress(b"\xef\xbb\xbf" + build.ndjson(build.purchase_order()))
    intake = await apply_bulk(admin, database, body, headers=NDJSON | {"Content-Encoding": "gzip"})
    assert intake["sha256"] == sha256(body).hexdigest()
    assert (await admin.get(f"/intakes/{intake['id']}/raw")).content == body
    assert intake["accepted"] == 1


async def test_a_json_array_and_gb18030_are_read(database: Database, admin: Caller) -> None:
    array = json.dumps([build.purchase_order("PO-1"), build.goods_receipt()]).encode()
    intake = await apply_bulk(admin, database, array, headers={"Content-Type": "application/json"})
    assert intake["accepted"] == 2
    chinese = build.ndjson(build.purchase_order("采购-1")).decode().encode("gb18030")
    intake = await apply_bulk(
        admin, database, chinese, headers={"Content-Type": "application/x-ndjson; charset=gb18030"}
    )
    assert intake["accepted"] == 1
    numbers = {row.external_number for row in await rows(database, "document")}
    assert "采购-1" in numbers


CSV = {"Content-Type": "text/csv"}
CSV_QUERY = "?kind=purchase_order"
CSV_HEAD = (
    "source_system,external_number,hospital_code,supplier_uscc,document_date,"
    "line_number,product_code,quantity,unit,price,manufacturer"
)


def csv_row(number: str, line: int, *, quantity: str = "3", manufacturer: str = "") -> str:
    head = f"his,{number},{build.HOSPITAL_CODE},{build.SUPPLIER_USCC},2026-07-01"
    return f"{head},{line},{build.DRUG},{quantity},盒,12.5,{manufacturer}"


async def test_csv_rows_of_one_number_are_one_document(database: Database, admin: Caller) -> None:
    quoted = csv_row("PO-2", 1, manufacturer='"甲, ""乙""\n厂"')
    text = [CSV_HEAD, csv_row("PO-1", 1), csv_row("PO-1", 2), quoted, csv_row("PO-3", 1) + "\r"]
    text += [csv_row("PO-4", 1, quantity="none")]
    intake = await apply_bulk(
        admin, database, "\n".join(text).encode(), headers=CSV, query=CSV_QUERY
    )
    assert (intake["received"], intake["accepted"], intake["rejected"]) == (5, 3, 2)
    found = await results(admin, intake)
    assert [(row["record_number"], row["last_record_number"]) for row in found][:1] == [(1, 2)]
    lines = await rows(database, "purchase_order_line", order="order_number, line_number")
    assert [line.order_number for line in lines] == ["PO-1", "PO-1", "PO-3"]
    assert {row["faults"][0]["place"] for row in found if row["faults"]} == {
        "/lines/0/manufacturer",
        "/lines/0/quantity",
    }


# ── bulk: what breaks ───────────────────────────────────────────────────────────────────────


BROKEN: list[tuple[bytes, dict[str, str], str, str, int | None]] = [
    (LINE + b'{"kind": \n' + LINE, NDJSON, "", "syntax", 2),
    (LINE + LINE[:50], NDJSON, "", "syntax", 2),
    (LINE + b"[" * 100_000 + b"\n", NDJSON, "", "syntax", 2),
    (LINE + b'{"a": NaN}\n', NDJSON, "", "syntax", 2),
    (LINE + "{\"a\": \"中\"}\n".encode("gb18030"), NDJSON, "", "encoding", 2),
    (b"\xff\xfe" + LINE.decode().encode("utf-16-le"), NDJSON, "", "encoding", 1),
    (LINE + "中".encode()[:2], NDJSON, "", "encoding", 2),
    (b"\xef\xbb\xbf" + LINE, NDJSON | {"Content-Type": "application/x-ndjson;charset=gbk"},
     "", "encoding", 1),
    (gzip.compress(LINE * 50)[:-20], NDJSON | {"Content-Encoding": "gzip"},
     "", "gzip_truncated", None),
    (LINE, NDJSON | {"Content-Encoding": "gzip"}, "", "gzip", 1),
    (b"[{}, {]", {"Content-Type": "application/json"}, "", "syntax", 1),
    (b"{}", {"Content-Type": "application/json"}, "", "syntax", 1),
    (f"{CSV_HEAD}\n{csv_row('PO-1', 1)},more\n".encode(), CSV, CSV_QUERY, "csv", 2),
    (f'{CSV_HEAD}\n"{csv_row("PO-1", 1)}\n'.encode(), CSV, CSV_QUERY, "csv", 2),
    (f"{CSV_HEAD},patient\n".encode(), CSV, CSV_QUERY, "csv_header", 1),
    (b"", CSV, CSV_QUERY, "csv_header", 1),
    (f"{CSV_HEAD}\n{csv_row('PO-1', 1, manufacturer='=cmd()')}\n".encode(),
     CSV, CSV_QUERY, "formula", 2),
    (f"{CSV_HEAD}\n{csv_row('@SUM(1)', 1)}\n".encode(), CSV, CSV_QUERY, "formula", 2),
]  # fmt: skip


async def test_a_body_that_breaks_is_refused_with_its_place_and_its_bytes_are_kept(
    database: Database, admin: Caller
) -> None:
    for body, headers, query, reason, line in BROKEN:
        answer = await post_bulk(admin, body, headers=headers, query=query)
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert (problem["code"], problem["reason"]) == ("body_broken", reason)
        assert line in (None, problem["line"])
        path = f"/intakes/{problem['intake_id']}"
        intake = (await admin.get(path)).json()
        assert (intake["state"], intake["refusal"]["reason"]) == ("refused", reason)
        assert (await admin.get(f"{path}/raw")).content == body
    assert await rows(database, "document") == []


async def test_bodies_over_the_limit_and_bombs_are_too_large(
    database: Database, admin: Caller
) -> None:
    packed = NDJSON | {"Content-Encoding": "gzip"}
    for body, headers in (
        (LINE * (LIMIT // len(LINE) + 1), NDJSON),
        (gzip.compress(b" " * (50 * LIMIT)), packed),
        (gzip.compress(b"\n" * (2 * LIMIT)), packed),
    ):
        answer = await post_bulk(admin, body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "intake_too_large")
    assert await rows(database, "document") == []


@pytest.mark.parametrize(
    ("headers", "query", "code"),
    [
        ({"Content-Type": "text/plain"}, "", "media_unknown"),
        (NDJSON | {"Content-Encoding": "br"}, "", "media_unknown"),
        (NDJSON | {"Content-Type": "application/x-ndjson; charset=big5"}, "", "media_unknown"),
        (CSV, "", "kind_needed"),
    ],
)
async def test_bodies_of_another_form_are_refused(
    admin: Caller, headers: dict[str, str], query: str, code: str
) -> None:
    answer = await post_bulk(admin, LINE, headers=headers, query=query)
    assert answer.status_code in (415, 422)
    assert answer.json()["code"] == code


async def test_an_intake_is_shown_only_to_its_own_party(
    api: RunningApi, database: Database, trade: Trade
) -> None:
    clerk = await api.user(hospital_of(trade.hospital_id, build.AREA), Role.HOSPITAL_CLERK)
    other = await api.user(
        hospital_of(trade.other_hospital_id, build.OTHER_AREA), Role.HOSPITAL_CLERK
    )
    body = build.ndjson(build.purchase_order(), build.invoice())
    intake = await apply_bulk(clerk, database, body)
    assert (intake["accepted"], intake["rejected"]) == (1, 1)
    for path in ("", "/results", "/raw"):
        assert (await other.get(f"/intakes/{intake['id']}{path}")).status_code == 404


async def test_results_are_paged_and_filtered(database: Database, admin: Caller) -> None:
    body = build.ndjson(*(build.purchase_order(f"PO-{n}") for n in range(5)))
    intake = await apply_bulk(admin, database, body + build.ndjson(build.purchase_order(lines=[])))
    path, seen, after = f"/intakes/{intake['id']}/results", [], None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = (await admin.get(path, params=query)).json()
        seen += [row["record_number"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [1, 2, 3, 4, 5, 6]
    rejected = (await admin.get(path, params={"outcome": "rejected"})).json()["items"]
    assert [row["record_number"] for row in rejected] == [6]
