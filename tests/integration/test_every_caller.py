"""Every question asked by every kind of caller, with and without an area: answered or refused."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from litestar import get
from litestar.di import NamedDependency

from schemas.codes.roles import ROLES_OF, PartyKind, Role
from settlement_api.app import create_app
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.identity.policy import Party
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, UnitOfWork
from tests.builders.api import (
    PLATFORM,
    Caller,
    RunningApi,
    area_of,
    hospital_of,
    running_api,
    supplier_of,
)
from tests.builders.batches import Scene

AREA = "370100"
ODD_AREAS = ("000000", "999999", "abc", "", "37010", "3701000", "370100'--")
ODD = "?limit=0&after=%00&period=x&from_date=9999-99-99&area_code=abc&as_of=-1&group_by=%C3%28"
BOLD = {"administrator in an area", "hospital", "supplier"}
"""Who also asks with odd parameters."""


@dataclass(frozen=True)
class Parties:
    """Somebody of each kind, with rows of their own to see."""

    clerk: Party
    seller: Party


@pytest.fixture
async def parties(database: Database) -> Parties:
    async with database.begin(AreaScope(AREA)) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
    return Parties(hospital_of(hospital, AREA), supplier_of(supplier))


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


def questions(database: Database, keyring: Keyring) -> Iterator[str]:
    """Every path that is asked with GET, ids made up."""
    app = create_app(Settings(), database, keyring)
    for path in sorted(
        {route.path_format for route in app.routes if "GET" in getattr(route, "methods", ())}
    ):
        if not path.startswith(("/docs", "/ready", "/metrics")):
            with_ids = re.sub(r"\{[^}]*id\}", str(uuid4()), path)
            yield re.sub(r"\{[^}]*\}", "2026-07", with_ids)


async def everybody(api: RunningApi, parties: Parties) -> dict[str, Caller]:
    """One caller of every kind; people and systems."""
    return {
        "administrator": await api.user(PLATFORM, Role.ADMINISTRATOR),
        "bureau": await api.user(PLATFORM, Role.BUREAU_VIEWER),
        "administrator in an area": await api.administrator(AREA),
        "platform's key": await api.system(PLATFORM, *ROLES_OF[PartyKind.PLATFORM]),
        "area": await api.user(area_of(AREA), *ROLES_OF[PartyKind.AREA]),
        "hospital": await api.user(parties.clerk, *ROLES_OF[PartyKind.HOSPITAL]),
        "supplier": await api.user(parties.seller, *ROLES_OF[PartyKind.SUPPLIER]),
    }


def defects(answers: Iterable[tuple[str, httpx.Response]]) -> list[str]:
    return [f"{who}: {answer.text}" for who, answer in answers if answer.status_code >= 500]


async def test_no_question_of_anybody_ends_in_a_defect(
    api: RunningApi, parties: Parties, database: Database, keyring: Keyring
) -> None:
    paths = list(questions(database, keyring))
    assert {"/documents", "/reconciliation/payables", "/payments"} <= set(paths)
    answers = [
        (f"{who} {path}{odd}", await caller.get(f"{path}{odd}"))
        for who, caller in (await everybody(api, parties)).items()
        for path in paths
        for odd in (("", ODD) if who in BOLD else ("",))
    ]
    assert not defects(answers)
    assert sum(answer.status_code == 200 for _, answer in answers) > len(paths)


@get("/forgetful")
async def forgetful(uow: NamedDependency[UnitOfWork]) -> int:
    """A route that forgot to ask whether an area is named."""
    return int(await uow.fetch_value("SELECT count(*) FROM payable"))


async def test_the_tables_refusal_is_a_missing_area_to_people_of_the_platform(
    api: RunningApi, database: Database, keyring: Keyring
) -> None:
    app = create_app(Settings(), database, keyring)
    app.register(forgetful)
    transport = httpx.ASGITransport(app=cast(Any, app), raise_app_exceptions=False)
    person = await api.user(PLATFORM, Role.ADMINISTRATOR)
    async with httpx.AsyncClient(transport=transport, base_url="http://zhijie.test") as client:
        person.client = client
        refused = await person.get("/forgetful")
        answered = await person.get("/forgetful", headers={"X-Area-Code": AREA})
    assert (refused.status_code, refused.json()["code"]) == (400, "area_needed")
    assert (answered.status_code, answered.text) == (200, "0")


PAYMENT = {
    "hospital_code": "H37010000001",
    "supplier_uscc": "91370100MA3C0000XX",
    "invoice_number": "INV-1",
    "reference": "R1",
    "amount": "12.50",
    "paid_date": "2026-05-01",
}


async def test_a_made_up_area_is_refused_and_leaves_no_event(
    api: RunningApi, parties: Parties, database: Database
) -> None:
    seller = await api.user(parties.seller, Role.SUPPLIER)
    for odd in ODD_AREAS:
        told = await seller.post(
            "/monitoring/self-payments", params={"area_code": odd}, json={"payments": [PAYMENT]}
        )
        assert (told.status_code, told.json()["code"]) in {
            (404, "area_missing"),
            (400, "area_needed"),
        }, (odd, told.text)
        applied = await seller.post("/applications", json={"area_code": odd, "period": "2026-05"})
        assert applied.status_code in {404, 422}, (odd, applied.text)
    async with database.system() as connection:
        events = await connection.exec_driver_sql("SELECT count(*) FROM outbox_event")
        assert events.scalar_one() == 0
