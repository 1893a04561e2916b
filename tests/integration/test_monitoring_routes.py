"""Own payments told by three voices over HTTP, and who may see which figures."""

from datetime import UTC, date, datetime

import pytest

from schemas.codes.roles import Role
from schemas.times import Clock, FixedClock
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders.api import PLATFORM, area_of, hospital_of, running_api, supplier_of
from tests.builders.batches import Scene

AREA = "370100"


@pytest.fixture
def clock() -> Clock | None:
    return FixedClock(datetime(2026, 6, 1, 4, tzinfo=UTC))


async def test_three_voices_and_their_views(database: Database, keyring: Keyring) -> None:
    async with database.begin(AreaScope(AREA)) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        code = await uow.fetch_value("SELECT hospital_code FROM hospital")
        uscc = await uow.fetch_value("SELECT uscc FROM supplier")
    payment = {
        "hospital_code": code,
        "supplier_uscc": uscc,
        "invoice_number": "INV-1",
        "reference": "R1",
        "amount": "12.50",
        "paid_date": date(2026, 5, 1).isoformat(),
    }
    path = "/monitoring/self-payments"
    async with running_api(database, keyring) as api:
        clerk = await api.user(hospital_of(hospital, AREA), Role.HOSPITAL_CLERK)
        seller = await api.user(supplier_of(supplier), Role.SUPPLIER)
        finance = await api.user(area_of(AREA), Role.FINANCE)
        viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
        bureau = await api.user(PLATFORM, Role.BUREAU_VIEWER)
        told = await clerk.post(path, json={"payments": [payment]})
        assert (told.status_code, told.json()["accepted"]) == (200, 1), told.text
        assert (await seller.post(path, json={"payments": [payment]})).status_code == 400
        named = f"{path}?area_code={AREA}"
        assert (await seller.post(named, json={"payments": [payment]})).json()["accepted"] == 1
        assert (await finance.post(path, json={"payments": [payment]})).json()["accepted"] == 1
        assert (await viewer.post(path, json={"payments": [payment]})).status_code == 403
        wrong = payment | {"amount": "0.00", "paid_date": "9999-01-01", "extra": 1}
        refused = await clerk.post(path, json={"payments": [wrong]})
        assert 400 <= refused.status_code < 500
        own = await clerk.get("/monitoring/indicators")
        assert own.json()["groups"][0]["unmatched_paid"] == "12.50"
        assert own.json()["groups"][0]["rank"] is None
        listed = await viewer.get("/monitoring/indicators?group_by=hospital&minimum=0")
        for wrong in ("NaN", "1e3", "0.001", "１"):
            refused = await viewer.get(
                "/monitoring/indicators", params={"group_by": "hospital", "minimum": wrong}
            )
            assert [fault["place"] for fault in refused.json()["faults"]] == ["minimum"]
        assert listed.status_code == 200, listed.text
        assert (await seller.get("/monitoring/indicators")).status_code == 403
        future = await viewer.get("/monitoring/indicators?as_of=2027-01-01")
        assert (future.status_code, future.json()["code"]) == (422, "as_of_future")
        province = await bureau.get("/monitoring/province")
        assert [one["group_id"] for one in province.json()["groups"]] == [AREA]
        assert (await viewer.get("/monitoring/province")).status_code == 403


async def test_shortfall_cases_over_http(database: Database, keyring: Keyring) -> None:
    async with running_api(database, keyring) as api:
        finance = await api.user(area_of(AREA), Role.FINANCE)
        viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
        listed = await viewer.get("/shortfall-cases")
        assert listed.json() == {"items": [], "next": None}
        carried = await finance.post("/shortfall-cases/carry", json={"month": "2026-05"})
        assert (carried.status_code, carried.json()) == (200, {"amount": "0.00"})
        refused = await viewer.post("/shortfall-cases/carry", json={"month": "2026-05"})
        assert refused.status_code == 403
