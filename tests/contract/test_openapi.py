"""The OpenAPI document and every refusal of the edge: described, stable, and never a 500."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from schemas.codes.roles import Role
from schemas.messages.documents import MESSAGES
from settlement_api.encryption import Keyring
from settlement_api.generated_docs import problem_classes
from settlement_api.persistence import Database
from tests.builders.api import PLATFORM, Caller, RunningApi, area_of, running_api

PROBLEM = "application/problem+json"


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


@pytest.fixture
async def administrator(api: RunningApi) -> Caller:
    return await api.administrator("370100")


async def read_document(api: RunningApi) -> dict[str, Any]:
    answer = await api.client.get("/docs/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = json.loads(answer.content)
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                yield path, method, item[method]


SESSIONS = {"/identity/login", "/identity/logout"}
QUESTIONS = {"/invoice-checks"}
"""Asked with a body; nothing is stored, so nothing can happen twice."""
PUBLIC = {"/identity/login", "/health", "/ready", "/metrics"}


async def test_every_operation_documents_its_problems_and_its_key(api: RunningApi) -> None:
    document = await read_document(api)
    assert document["openapi"].startswith("3.1")
    problem = document["components"]["schemas"]["ProblemDocument"]
    assert {"type", "title", "status", "code", "detail"} <= set(problem["properties"])
    count = 0
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation.get("description") or operation.get("summary"), where
        for status, response in operation["responses"].items():
            if int(status) >= 400 and (path, status) != ("/ready", "503"):
                assert list(response["content"]) == [PROBLEM], (where, status)
        assert {"400", "404", "405", "422", "500", "503"} <= set(operation["responses"]), where
        command = method != "get"
        assert ("409" in operation["responses"]) == command, where
        headers = [p["name"] for p in operation.get("parameters", []) if p["in"] == "header"]
        once = command and path not in SESSIONS | QUESTIONS
        assert ("Idempotency-Key" in headers) == once, where
        assert (operation.get("security") == []) == (path in PUBLIC), where
        assert ("X-Area-Code" in headers) == (path not in PUBLIC), where
        assert ("requestBody" in operation) == ("415" in operation["responses"]), where
        count += 1
    assert count > 10
    away = document["paths"]["/ready"]["get"]["responses"]["503"]
    assert list(away["content"]) == ["application/json"]


async def test_every_status_of_a_problem_is_documented_where_it_may_be_met(api: RunningApi) -> None:
    """No refusal that the code can raise has a status that the commands do not name."""
    document = await read_document(api)
    named = set(document["paths"]["/intakes"]["post"]["responses"])
    raised = {str(problem.status) for problem in problem_classes()}
    assert {"405", "409", "413", "415"} <= raised
    assert raised <= named


async def test_bodies_read_by_the_routes_themselves_are_documented(api: RunningApi) -> None:
    document = await read_document(api)
    bodies = {
        path: document["paths"][path]["post"]["requestBody"]["content"]
        for path in (
            *("/documents/{kind}", "/intakes", "/imports/{kind}"),
            *("/fund-imports", "/bank-statements"),
        )
    }
    kinds = bodies["/documents/{kind}"]["application/json"]["schema"]["oneOf"]
    assert {kind["$ref"].rpartition("/")[2] for kind in kinds} == {
        message.__name__ for message in MESSAGES.values()
    }
    invoice = document["components"]["schemas"]["Invoice"]
    assert "supplier_uscc" in invoice["required"]
    assert set(bodies["/intakes"]) == {"application/x-ndjson", "application/json", "text/csv"}
    assert "text/csv" in bodies["/imports/{kind}"]
    assert "application/x-ndjson" in bodies["/fund-imports"]
    assert list(bodies["/bank-statements"]) == ["application/xml"]
    prefer = document["paths"]["/intakes"]["post"]["parameters"]
    assert "Prefer" in {parameter["name"] for parameter in prefer}


async def test_every_reference_leads_somewhere(api: RunningApi) -> None:
    document = await read_document(api)

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            target = part.get("$ref")
            if isinstance(target, str):
                place: Any = document
                for step in target.removeprefix("#/").split("/"):
                    place = place[step]
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk(document)


async def test_the_page_loads_nothing_from_elsewhere(api: RunningApi) -> None:
    page = await api.client.get("/docs")
    assert page.status_code == 200
    head = page.text.split("</head>")[0]
    assert "http://" not in head
    assert "https://" not in head
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui-standalone-preset.js"):
        assert name in head
        asset = await api.client.get(f"/docs/assets/{name}")
        assert asset.status_code == 200
        assert len(asset.content) > 10_000
    # Swagger UI 4 refuses OpenAPI 3.1: the version served must know it.
    bundle = (await api.client.get("/docs/assets/swagger-ui-bundle.js")).text
    assert "3\\.1\\." in bundle or "openapi: 3.1" in bundle or '"3.1' in bundle


GOOD = {
    "login_name": "somebody",
    "display_name": "Somebody",
    "password": "long enough for the law",
    "party_kind": "area",
    "area_code": "370100",
    "roles": ["finance"],
}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{", 400, "malformed_body"),
        (b'{"login_name": NaN}', 400, "malformed_body"),
        (b"\xff\xfe{}", 400, "malformed_body"),
        (b'{"login_name": "\xc3\x28"}', 400, "malformed_body"),
        (b"[" * 100_000, 400, "malformed_body"),
        (b"null", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"123456789012345678901234567890", 422, "invalid"),
        (json.dumps(GOOD | {"unknown": 1}).encode(), 422, "invalid"),
        (json.dumps(GOOD | {"display_name": "a\x00b"}).encode(), 422, "invalid"),
        (json.dumps(GOOD | {"login_name": 10**30}).encode(), 422, "invalid"),
        (json.dumps(GOOD | {"hospital_id": "not-a-uuid"}).encode(), 422, "invalid"),
        (json.dumps(GOOD | {"roles": ["king"]}).encode(), 422, "invalid"),
        (json.dumps(GOOD | {"roles": []}).encode(), 422, "invalid"),
        (b" " * (5 << 20), 413, "body_too_large"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_bad_bodies_are_refused_with_their_places(
    administrator: Caller, body: bytes, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await administrator.post("/identity/users", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == PROBLEM
    document = answer.json()
    assert document["type"] == f"urn:zhijie:problem:{code}"
    assert document["status"] == status
    assert document["request_id"] == answer.headers["x-request-id"]


async def test_all_faults_of_a_body_are_named_at_once(administrator: Caller) -> None:
    body = GOOD | {"login_name": "X", "password": "short", "roles": ["finance", "king"], "x": 1}
    answer = await administrator.post("/identity/users", json=body)
    places = {fault["place"] for fault in answer.json()["faults"]}
    assert places == {"/login_name", "/password", "/roles/1", "/x"}


async def test_a_nul_in_a_question_is_named(administrator: Caller) -> None:
    answer = await administrator.get("/documents", params={"external_number": "P\0", "limit": 5})
    (fault,) = answer.json()["faults"]
    assert (answer.status_code, fault["place"], fault["code"]) == (
        422,
        "external_number",
        "bad_text",
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/identity/nowhere", 404),
        ("/identity/users?limit=0", 422),
        ("/identity/users?limit=501", 422),
        ("/identity/users?limit=many", 422),
        ("/identity/users?after=%00", 422),
        ("/identity/login", 405),
    ],
)
async def test_bad_paths_and_parameters_are_problems(
    administrator: Caller, path: str, status: int
) -> None:
    answer = await administrator.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer zs_unknown"},
        {"X-Api-Key": "zk_unknown"},
        {"X-Api-Key": "zs_a session is no key"},
        {"Cookie": "zhijie_session=%00"},
    ],
)
async def test_nobody_gets_nothing(api: RunningApi, headers: dict[str, str]) -> None:
    answer = await api.client.get("/identity/me", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_an_area_is_chosen_only_where_permitted(api: RunningApi) -> None:
    maker = await api.user(area_of("370100"), Role.BUREAU_VIEWER)
    elsewhere = {"X-Area-Code": "370200"}
    assert (await maker.get("/audit/events", headers=elsewhere)).status_code == 403
    assert (await maker.get("/audit/events")).status_code == 200
    viewer = await api.user(PLATFORM, Role.BUREAU_VIEWER)
    assert (await viewer.get("/audit/events")).json()["code"] == "area_needed"
    assert (await viewer.get("/audit/events", headers=elsewhere)).status_code == 200
    for bad in ("3702", "37010x", "٣٧٠١٠٠".encode(), "370100'; --"):
        answer = await viewer.get("/audit/events", headers={"X-Area-Code": bad})
        assert (answer.status_code, answer.json()["code"]) == (400, "area_needed")


async def test_request_ids_are_taken_over_when_plain(api: RunningApi) -> None:
    answer = await api.client.get("/health", headers={"X-Request-Id": "order-import-17"})
    assert answer.headers["x-request-id"] == "order-import-17"
    answer = await api.client.get("/health", headers={"X-Request-Id": "bad id\t"})
    assert answer.headers["x-request-id"] != "bad id\t"


async def test_health_and_figures_need_nobody(api: RunningApi) -> None:
    assert (await api.client.get("/health")).json() == {"status": "ok"}
    assert "zhijie_http_requests_total" in (await api.client.get("/metrics")).text
    ready = await api.client.get("/ready")
    assert (ready.status_code, ready.json()["worker"]) == (503, "not seen")
