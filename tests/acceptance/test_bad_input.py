"""Everything that should not come in: refused with its place, nothing half-stored, never a 500."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
import structlog

from schemas.codes.roles import ROLES_OF, PartyKind
from schemas.codes.uscc import with_check_character
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.intakes.jobs import apply_intake
from settlement_api.observability import configure_logging
from settlement_api.persistence import Database
from settlement_api.reconciliation.service import match_area
from settlement_api.unit_of_work import AreaScope
from tests.acceptance import garbage
from tests.acceptance.garbage import BROKEN_FILES, Operation
from tests.acceptance.looking import PROBLEM, Refusals, count_rows, count_stored
from tests.builders import documents as build
from tests.builders.api import (
    PLATFORM,
    Caller,
    RunningApi,
    area_of,
    hospital_of,
    running_api,
    supplier_of,
)
from tests.builders.documents import Trade
from tests.builders.parties import csv_file, payee_account_row, supplier_row

JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
LIMIT = 1 << 20


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of refusals are no news; what is logged as an error still is."""
    before = structlog.get_config()
    configure_logging("error")
    yield
    structlog.configure(**before)


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


@pytest.fixture
async def api(database: Database, keyring: Keyring, trade: Trade) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring, Settings(body_limit_bytes=LIMIT)) as running:
        yield running


@pytest.fixture
async def callers(api: RunningApi, trade: Trade) -> list[Caller]:
    """Somebody of every kind of party who may do all that its kind may do."""
    return [
        await api.user(area_of(build.AREA), *ROLES_OF[PartyKind.AREA]),
        await api.administrator(build.AREA),
        await api.user(PLATFORM, *ROLES_OF[PartyKind.PLATFORM]),
        await api.user(hospital_of(trade.hospital_id, build.AREA), *ROLES_OF[PartyKind.HOSPITAL]),
        await api.user(supplier_of(trade.supplier_id), *ROLES_OF[PartyKind.SUPPLIER]),
    ]


async def in_turns(work: Iterable[Any], *, at_once: int = 4) -> None:
    """Awaits coroutines, a few at a time."""
    gate = asyncio.Semaphore(at_once)

    async def one(coroutine: Any) -> None:
        async with gate:
            await coroutine

    await asyncio.gather(*(one(coroutine) for coroutine in work))


async def operations_of(api: RunningApi) -> list[Operation]:
    document = (await api.client.get("/docs/openapi.json")).json()
    found = list(garbage.operations(document))
    assert len(found) > 80
    return found


def fill(operation: Operation, **given: Any) -> str:
    """The path with something plausible in its places."""
    path = operation.path
    for name in operation.parameters("path"):
        default = "370100" if name in ("period", "kind") else str(uuid4())
        path = path.replace(f"{{{name}}}", str(given.get(name, default)))
    return path


@dataclass(frozen=True)
class Sent:
    """What one request says beside who asks."""

    body: bytes = b"{"
    params: Mapping[str, str] | None = None
    path: str | None = None

    def __str__(self) -> str:
        return f"{self.path or ''} {self.params or ''} {self.body[:100]!r}"


async def most_able(callers: list[Caller], operation: Operation) -> Caller:
    """The first who is not turned away for who they are."""
    for caller in callers:
        answer = await caller.request(
            operation.method.upper(), fill(operation), content=b"{", headers=JSON
        )
        if answer.status_code not in (401, 403):
            return caller
    return callers[0]


async def look_at_every(
    api: RunningApi,
    callers: list[Caller],
    sent: Callable[[Operation], Iterable[Sent]],
    *,
    may: bool,
) -> Refusals:
    """Sends to every operation what `sent` makes for it."""
    refusals = Refusals()

    async def send(caller: Caller, operation: Operation, one: Sent) -> None:
        answer = await caller.request(
            operation.method.upper(),
            one.path or fill(operation),
            params=one.params,
            content=one.body,
            headers=JSON,
        )
        refusals.look(operation.name, one, answer, may=may or operation.path in LINE_RESULTS)

    for operation in await operations_of(api):
        if wanted := list(sent(operation)):
            caller = await most_able(callers, operation)
            await in_turns(send(caller, operation, one) for one in wanted)
    return refusals


@pytest.mark.timeout(1_200)  # thousands of requests: minutes on a busy machine
async def test_no_command_swallows_a_broken_body(
    api: RunningApi, callers: list[Caller], owner_dsn: str
) -> None:
    engaged = await callers[0].post("/payments/stops", json={"reason": "so that none follows"})
    assert engaged.status_code == 201
    before = await count_stored(owner_dsn)
    refusals = await look_at_every(api, callers, _broken, may=False)
    assert not refusals.improper, "\n".join(refusals.improper[:80])
    assert refusals.statuses[422] > 1_000, "most of it reached the reading of content"
    assert await count_stored(owner_dsn) == before


@pytest.mark.timeout(1_200)
async def test_no_path_and_no_question_is_answered_with_a_500(
    api: RunningApi, callers: list[Caller], owner_dsn: str
) -> None:
    before = await count_rows(owner_dsn)
    refusals = await look_at_every(api, callers, _misdirected, may=True)
    assert not refusals.improper, "\n".join(refusals.improper[:80])
    assert refusals.statuses[200] > 100, "some questions are merely odd"
    assert await count_rows(owner_dsn) == before


SIDE_EFFECTS = {"/reconciliation/runs", "/identity/logout"}
"""Commands that take no body and are carried out whatever comes with them."""
LINE_RESULTS = {"/payee-accounts/verifications", "/intakes"}
"""Bulk commands that answer per line: an account that nobody knows is a line's result."""


def _broken(operation: Operation) -> Iterator[Sent]:
    if operation.schema() is not None:
        yield from (Sent(body=body) for body in garbage.broken_bodies(operation))


def _misdirected(operation: Operation) -> Iterator[Sent]:
    """Odd words at every place of the path and for everything that can be asked."""
    if operation.path in SIDE_EFFECTS:
        return
    for name in operation.parameters("query"):
        texts = garbage.CURSORS if name == "after" else garbage.TEXTS
        yield from (Sent(params={name: text}) for text in texts)
    steps = [*(quote(text, safe="") for text in garbage.ODD_TEXTS), "%ff%fe", "%2e%2e%2f"]
    for name in operation.parameters("path"):
        yield from (Sent(path=fill(operation, **{name: step})) for step in steps)


HEADERS = [
    *({"Authorization": text} for text in ("", "Bearer", "Bearer \u00ff", "Basic x", "x" * 9_000)),
    *({"X-Api-Key": text} for text in ("", "x", "\u00ff", "a" * 9_000)),
    *({"X-Area-Code": text} for text in ("", "999999", "' --", "\u00ff", "9" * 9_000)),
    *({"Idempotency-Key": text} for text in ("", "short", "x" * 129, "\u00ff" * 10, "a b c d e")),
    *({"Content-Type": text} for text in ("", "x", "text/html", "application/json; charset=utf-7")),
    *({"Content-Encoding": text} for text in ("gzip", "br", "x")),
    *({"X-Request-Id": text} for text in ("\u00ff", "x" * 9_000)),
    *({"Cookie": text} for text in ("zhijie_session=\u00ff", ";;;=", "a" * 9_000)),
    *({"Prefer": text} for text in ("wait=99999999", "wait=-1", "\u00ff")),
]


async def test_broken_headers_are_refused_or_make_no_difference(callers: list[Caller]) -> None:
    area, admin, platform, *_ = callers
    refusals = Refusals()
    for caller, path in (
        *((area, "/batches"), (admin, "/intakes"), (admin, "/documents/invoice")),
        (platform, "/imports/areas"),
    ):
        for changed in HEADERS:
            encoded = {name: text.encode("latin-1") for name, text in changed.items()}
            answer = await caller.post(path, content=b"{", headers={**JSON, **encoded})
            refusals.look(path, changed, answer)
    assert not refusals.improper, "\n".join(refusals.improper)


async def applied(caller: Caller, database: Database, answer: httpx.Response) -> dict[str, Any]:
    """The intake of an answer once the worker's job has applied it."""
    assert answer.status_code == 202, answer.text
    intake_id = answer.json()["id"]
    await apply_intake(database, intake_id=UUID(intake_id), body_limit=LIMIT)
    intake: dict[str, Any] = (await caller.get(f"/intakes/{intake_id}")).json()
    assert intake["state"] == "applied"
    return intake


# ── documents ───────────────────────────────────────────────────────────────────────────────

WRONG_DOCUMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "check character": (build.purchase_order(supplier_uscc="91370100000000001X"), "/supplier_uscc"),
    "hospital code": (build.purchase_order(hospital_code="37010000001"), "/hospital_code"),
    "year 9999": (build.purchase_order(document_date="9999-12-31"), "/document_date"),
    "no such day": (build.purchase_order(document_date="2026-02-30"), "/document_date"),
    "a time for a day": (build.goods_receipt(document_date="2026-07-01T00:00"), "/document_date"),
    "huge revision": (build.purchase_order(revision=garbage.HUGE), "/revision"),
    "true for one": (build.purchase_order(revision=True), "/revision"),
    "NUL": (build.purchase_order(external_number="PO\x00"), "/external_number"),
    "unknown member": (build.purchase_order(surprise=1), "/surprise"),
    "no lines": (build.purchase_order(lines=[]), "/lines"),
    "negative": (
        build.purchase_order(lines=[build.order_item(quantity="-1")]),
        "/lines/0/quantity",
    ),
    "zero": (build.purchase_order(lines=[build.order_item(quantity="0")]), "/lines/0/quantity"),
    "nothing received": (
        build.goods_receipt(lines=[build.receipt_item(accepted_quantity="0")]),
        "/lines/0",
    ),
    "30 digits": (
        build.purchase_order(lines=[build.order_item(amount="9" * 30)]),
        "/lines/0/amount",
    ),
    "a number for a decimal": (
        build.purchase_order(lines=[build.order_item(quantity=100)]),
        "/lines/0/quantity",
    ),
    "NaN in words": (
        build.purchase_order(lines=[build.order_item(price="NaN")]),
        "/lines/0/price",
    ),
    "the same line twice": (
        build.purchase_order(lines=[build.order_item(), build.order_item()]),
        "/lines",
    ),
    "invoice number": (build.invoice("26372000"), "/external_number"),
}


async def test_a_wrong_document_is_refused_alone_and_in_bulk(
    database: Database, callers: list[Caller], owner_dsn: str
) -> None:
    before = await count_rows(owner_dsn)
    for name, (document, place) in WRONG_DOCUMENTS.items():
        body = json.dumps(document).encode()
        alone = await callers[1].post(f"/documents/{document['kind']}", content=body, headers=JSON)
        assert (alone.status_code, alone.headers["content-type"]) == (422, PROBLEM), name
        assert place in [fault["place"] for fault in alone.json()["faults"]], (name, alone.text)
    assert await count_rows(owner_dsn) == before
    lines = [build.purchase_order("SOUND"), *(one for one, _ in WRONG_DOCUMENTS.values())]
    body = b"".join(json.dumps(document).encode() + b"\n" for document in lines)
    answer = await callers[1].post("/intakes", content=body, headers=NDJSON)
    intake = await applied(callers[1], database, answer)
    wrong = len(WRONG_DOCUMENTS)
    assert (intake["received"], intake["accepted"], intake["rejected"]) == (wrong + 1, 1, wrong)
    results = (await callers[1].get(f"/intakes/{intake['id']}/results")).json()["items"]
    for result, (name, (_, place)) in zip(results[1:], WRONG_DOCUMENTS.items(), strict=True):
        assert place in [fault["place"] for fault in result["faults"]], (name, result)


async def test_all_faults_of_a_document_are_named_at_once(callers: list[Caller]) -> None:
    line = build.order_item(quantity="0", price="NaN", unit="", product_code="?", line_number=0)
    document = build.purchase_order(
        hospital_code="?", supplier_uscc="?", document_date="9999-12-31", surprise=1, lines=[line]
    )
    answer = await callers[1].post("/documents/purchase_order", json=document)
    assert answer.status_code == 422
    assert {fault["place"] for fault in answer.json()["faults"]} == {
        *("/hospital_code", "/supplier_uscc", "/document_date", "/surprise"),
        *("/lines/0/quantity", "/lines/0/price", "/lines/0/unit", "/lines/0/product_code"),
        "/lines/0/line_number",
    }


UNKNOWN = "XA01ABA060A001010999999"


async def test_strangers_are_refused_but_unknown_goods_and_references_wait(
    database: Database, callers: list[Caller]
) -> None:
    admin = callers[1]
    for stranger in (
        {"hospital_code": "H37010009999"},
        {"supplier_uscc": with_check_character("91370100000009999")},
        {"source_system": "nobody"},
    ):
        answer = await admin.post(
            "/documents/purchase_order", json=build.purchase_order(**stranger)
        )
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM), answer.text
        assert [fault["place"] for fault in answer.json()["faults"]] == [f"/{next(iter(stranger))}"]
    unknown = build.order_item(product_code=UNKNOWN, contract_code="NONE")
    for document in (
        build.purchase_order(lines=[unknown]),
        build.goods_receipt(lines=[build.receipt_item(order_number="NEVER-SEEN")]),
        build.goods_receipt("GR-2", lines=[build.receipt_item(product_code=UNKNOWN)]),
        build.invoice(lines=[build.invoice_item(order_number="NEVER-SEEN")]),
        build.order_change(order_number="NEVER-SEEN"),
        build.credit_note(blue_invoice_number="26372000000000000777"),
    ):
        answer = await admin.post(f"/documents/{document['kind']}", json=document)
        assert answer.status_code == 201, answer.text
    async with database.begin(AreaScope(build.AREA)) as uow:
        assert await match_area(uow) is not None
    page = (await admin.get("/reconciliation/discrepancies")).json()["items"]
    found = {row["reason"] for row in page}
    assert found >= {"credit_without_invoice", "product_unknown"}
    assert "not_invoiced" not in found, "the product is what has to be told first"
    payables = (await admin.get("/reconciliation/payables")).json()["items"]
    assert [row for row in payables if row["route"] == "direct"] == []


# ── bulk bodies ─────────────────────────────────────────────────────────────────────────────

SOUND = build.ndjson(*(build.purchase_order(f"PO-{number}") for number in range(50)))
PACKED = gzip.compress(SOUND)
GZIP = NDJSON | {"Content-Encoding": "gzip"}
CSV = {"Content-Type": "text/csv"}
BOMB = gzip.compress(b" " * (50 << 20))
CSV_TABLE = (
    "source_system,external_number,hospital_code,supplier_uscc,line_number,product_code,quantity,unit\n"
    f"his,PO-1,{build.HOSPITAL_CODE},{build.SUPPLIER_USCC},1,{build.DRUG},{{quantity}},盒\n"
)
BROKEN_BODIES: dict[str, tuple[bytes, dict[str, str], int]] = {
    "cut line": (SOUND + b'{"kind": "purchase_order", ', NDJSON, 422),
    "broken in the middle": (SOUND[: len(SOUND) // 2] + b"}{\n" + SOUND, NDJSON, 422),
    "NaN": (SOUND + b'{"a": NaN}\n', NDJSON, 422),
    "two encodings": (SOUND + "国药".encode("gb18030") + b"\n", NDJSON, 422),
    "UTF-16": (SOUND.decode().encode("utf-16"), NDJSON, 422),
    "half a pair": (SOUND + b'{"external_number": "\\ud800"}\n', NDJSON, 422),
    "second BOM": (SOUND + b"\xef\xbb\xbf" + SOUND, NDJSON, 422),
    "deep": (SOUND + garbage.DEEP + b"\n", NDJSON, 422),
    "NUL": (SOUND + b"\x00\n", NDJSON, 422),
    "truncated gzip": (PACKED[:-20], GZIP, 422),
    "not gzip": (SOUND, GZIP, 422),
    "torn gzip": (PACKED[:200] + b"\xff" * 50 + PACKED[250:], GZIP, 422),
    "gzip bomb": (BOMB, GZIP, 413),
    "too long": (b" " * (LIMIT + 1), NDJSON, 413),
    "unclosed array": (b"[" + SOUND.strip().replace(b"\n", b","), JSON, 422),
    "not an array": (b'{"a": 1}', JSON, 422),
    "unclosed quote": (b'external_number,line_number\n"PO-1,1\n', CSV, 422),
    "a formula": (CSV_TABLE.format(quantity="=1+1").encode(), CSV, 422),
    "media": (SOUND, {"Content-Type": "application/vnd.ms-excel"}, 415),
    "packing": (SOUND, NDJSON | {"Content-Encoding": "br"}, 415),
    "charset": (SOUND, {"Content-Type": "application/x-ndjson; charset=utf-7"}, 415),
}


async def test_a_broken_body_is_refused_as_a_whole_with_line_and_byte(
    callers: list[Caller], owner_dsn: str
) -> None:
    before = await count_rows(owner_dsn)
    for name, (body, headers, status) in BROKEN_BODIES.items():
        query = "?kind=purchase_order" if headers is CSV else ""
        answer = await callers[1].post(f"/intakes{query}", content=body, headers=headers)
        heading = (answer.status_code, answer.headers["content-type"])
        assert heading == (status, PROBLEM), (name, answer.text)
        problem = answer.json()
        if status == 422:
            assert min(problem["line"], problem["byte"] + 1) >= 1, (name, problem)
        if status != 415:
            kept = (await callers[1].get(f"/intakes/{problem['intake_id']}")).json()
            assert kept["state"] == "refused", name
    assert await count_rows(owner_dsn) == before


# ── files ───────────────────────────────────────────────────────────────────────────────────


IMPORTS = ("areas", "payee-accounts", "contracts")


async def test_a_file_that_is_no_table_is_refused_everywhere(
    callers: list[Caller], owner_dsn: str
) -> None:
    before = await count_rows(owner_dsn)
    places = [(callers[2], f"/imports/{kind}") for kind in IMPORTS]
    for (caller, path), (name, content) in product(
        [*places, (callers[0], "/fund-imports")], BROKEN_FILES.items()
    ):
        answer = await caller.post(path, content=content, headers=CSV)
        heading = (answer.status_code, answer.headers["content-type"])
        assert heading == (422, PROBLEM), (path, name, answer.text)
        assert all(fault["place"] for fault in answer.json()["faults"]), (path, name)
        assert answer.json()["faults"], (path, name)
    assert await count_rows(owner_dsn) == before


async def test_rows_with_wrong_cells_are_named_cell_by_cell(
    callers: list[Caller], owner_dsn: str
) -> None:
    wrong = {
        "area_code": "=1+1",
        "hospital_code": "H1",
        "name": "a\tb",
        "level": "no such level",
        "ownership": "x" * 5_000,
    }
    before = await count_stored(owner_dsn)
    answer = await callers[2].post("/imports/hospitals", content=csv_file([wrong]), headers=CSV)
    assert answer.status_code == 200
    report = answer.json()
    assert (report["received"], report["rejected"]) == (1, 1)
    faulty = {fault["column"] for fault in report["results"][0]["faults"]}
    assert len(faulty) >= 3, report
    for kind, row, column in (
        ("suppliers", supplier_row(uscc="91370000000000001X"), "uscc"),
        ("payee-accounts", payee_account_row(cnaps_code="102451000012"), "cnaps_code"),
    ):
        answer = await callers[2].post(f"/imports/{kind}", content=csv_file([row]), headers=CSV)
        results = answer.json()["results"]
        assert column in [fault["column"] for fault in results[0]["faults"]], results
    assert await count_stored(owner_dsn) == before


BROKEN_STATEMENTS: dict[str, bytes] = {
    "no XML": b"date,amount\n2026-07-01,1.00\n",
    "cut": b"<Document><BkToCstmrStmt><Stmt>",
    "entities": b'<?xml version="1.0"?>\n<!DOCTYPE d [<!ENTITY x "y">]><Document>&x;</Document>',
    "outside file": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
    "outside type": b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd"><Document/>',
    "laughs": b'<!DOCTYPE d [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><Document>&b;</Document>',
    "undeclared entity": b"<Document>&x;</Document>",
    "NUL": b"<Document>\x00</Document>",
    "two encodings": "<Document>国药".encode() + "国药</Document>".encode("gb18030"),
    "encoding unknown": b'<?xml version="1.0" encoding="nonsense"?><Document/>',
}


async def test_a_statement_that_is_no_plain_xml_is_refused_with_its_place(
    callers: list[Caller], owner_dsn: str
) -> None:
    before = await count_rows(owner_dsn)
    path = f"/bank-statements?agency_account_id={uuid4()}"
    for name, body in BROKEN_STATEMENTS.items():
        answer = await callers[0].post(path, content=body)
        heading = (answer.status_code, answer.headers["content-type"])
        assert heading == (422, PROBLEM), (name, answer.text)
        assert answer.json()["faults"][0]["place"].startswith("line "), (name, answer.text)
    assert await count_rows(owner_dsn) == before
