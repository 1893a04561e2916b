"""Payments over HTTP: who sees what, the kill switch, and decisions of two people."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from schemas.codes.payments import BookingKind
from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.outcomes.policy import Booking
from settlement_api.outcomes.service import record_bookings
from settlement_api.payments.service import prepare_batch
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders.api import RunningApi, area_of, hospital_of, running_api, supplier_of
from tests.builders.payments import AREA, Part, ReleasedBatch, released_batch


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


async def a_batch(api: RunningApi, keyring: Keyring) -> ReleasedBatch:
    return await released_batch(
        api.database, keyring, [Part(1, 10_00, 0)], [Part(1, 20_50, 0)], [Part(2, 30_00, 0)]
    )


async def test_payments_are_listed_page_by_page(api: RunningApi, keyring: Keyring) -> None:
    await a_batch(api, keyring)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    first = (await viewer.get("/payments?limit=2")).json()
    rest = (await viewer.get("/payments", params={"limit": 2, "after": first["next"]})).json()
    shown = first["items"] + rest["items"]
    assert sorted(payment["amount"] for payment in shown) == ["10.00", "20.50", "30.00"]
    assert rest["next"] is None
    assert {len(payment["payee_account_masked"]) for payment in shown} == {8}
    assert "622202" not in str(shown)


async def test_a_supplier_sees_only_payments_to_itself(api: RunningApi, keyring: Keyring) -> None:
    batch = await a_batch(api, keyring)
    async with api.database.begin(AreaScope(AREA)) as uow:
        mine = await uow.fetch_value(
            "SELECT supplier_id FROM payment WHERE id = :id", id=batch.payment_ids[0]
        )
    supplier = await api.user(supplier_of(UUID(int=mine.int)), Role.SUPPLIER)
    listed = (await supplier.get("/payments")).json()["items"]
    assert [payment["id"] for payment in listed] == [str(batch.payment_ids[0])]
    other = await supplier.get(f"/payments/{batch.payment_ids[1]}")
    assert (other.status_code, other.json()["code"]) == (404, "payment_not_found")
    async with api.database.begin(AreaScope(AREA)) as uow:
        await uow.execute("UPDATE payment SET is_released = false")
    assert (await supplier.get("/payments")).json()["items"] == [], "frozen, or voided: not yet"
    unseen = await supplier.get(f"/payments/{batch.payment_ids[0]}")
    assert unseen.status_code == 404
    stranger = await api.user(supplier_of(uuid4()), Role.SUPPLIER)
    assert (await stranger.get("/payments")).json()["items"] == []


async def test_another_area_and_hospitals_see_nothing(api: RunningApi, keyring: Keyring) -> None:
    batch = await a_batch(api, keyring)
    neighbor = await api.user(area_of("370200"), Role.AGENCY_CHECKER)
    assert (await neighbor.get("/payments")).json()["items"] == []
    assert (await neighbor.get(f"/payments/{batch.payment_ids[0]}")).status_code == 404
    hospital = await api.user(hospital_of(uuid4(), AREA), Role.HOSPITAL_CLERK)
    assert (await hospital.get("/payments")).status_code == 403


async def test_one_payment_shows_its_attempts_and_evidence(
    api: RunningApi, keyring: Keyring
) -> None:
    batch = await a_batch(api, keyring)
    attempt_id = await _book_first(api, batch)
    viewer = await api.user(area_of(AREA), Role.BUREAU_VIEWER)
    shown = (await viewer.get(f"/payments/{batch.payment_ids[0]}")).json()
    assert shown["payment"]["outcome"] == "debited"
    (attempt,) = shown["attempts"]
    assert attempt["end_to_end_id"] == attempt_id.hex
    (evidence,) = attempt["evidence"]
    assert (evidence["meaning"], evidence["amount"]) == ("booked_debit", "10.00")


async def _book_first(
    api: RunningApi, batch: ReleasedBatch, kind: BookingKind = BookingKind.DEBIT
) -> UUID:
    async with api.database.begin(AreaScope(AREA)) as uow:
        await prepare_batch(uow, batch_id=batch.id)
        found = await uow.fetch_value(
            "SELECT id FROM payment_attempt WHERE payment_id = :id", id=batch.payment_ids[0]
        )
        account_id = await uow.fetch_value("SELECT id FROM agency_account LIMIT 1")
        attempt_id = UUID(int=found.int)
        booking = Booking(attempt_id.hex, kind, 10_00, uuid4())
        await record_bookings(
            uow, cause_id=uuid4(), bookings=[booking], agency_account_id=account_id
        )
    return attempt_id


async def test_the_kill_switch_takes_the_right_role_and_is_thrown_once(api: RunningApi) -> None:
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    body = {"reason": "the bank reports a fault"}
    assert (await maker.post("/payments/stops", json=body)).status_code == 403
    finance = await api.user(area_of(AREA), Role.FINANCE)
    thrown = await finance.post("/payments/stops", json=body)
    assert (thrown.status_code, thrown.json()["in_force"]) == (201, True)
    again = await finance.post("/payments/stops", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "payments_already_stopped")
    system = await api.system(area_of(AREA), Role.FINANCE)
    refused = await system.post("/payments/stops/lifting")
    assert (refused.status_code, refused.json()["code"]) == (403, "approval_not_a_person")
    assert (await finance.post("/payments/stops/lifting")).status_code == 200
    late = await finance.post("/payments/stops/lifting")
    assert (late.status_code, late.json()["code"]) == (409, "payments_not_stopped")


async def test_two_different_people_recognize_a_return(api: RunningApi, keyring: Keyring) -> None:
    batch = await a_batch(api, keyring)
    attempt_id = await _book_first(api, batch)
    path = f"/payment-attempts/{attempt_id}/decisions"
    wish = {"kind": "return_confirmed", "reason": "the bank's letter of 5 August"}
    first = await api.user(area_of(AREA), Role.FINANCE)
    second = await api.user(area_of(AREA), Role.AGENCY_CHECKER)
    early = await first.post(path, json=wish)
    assert (early.status_code, early.json()["code"]) == (409, "payment_decision_not_allowed")
    await _book_first(api, batch, BookingKind.SUSPECTED_RETURN)
    proposed = await first.post(path, json=wish)
    assert proposed.status_code == 201, proposed.text
    confirm = f"/payment-decisions/{proposed.json()['id']}/confirmation"
    alone = await first.post(confirm)
    assert (alone.status_code, alone.json()["code"]) == (409, "payment_decision_same_person")
    assert (await second.post(confirm)).json()["confirmed"]
    shown = (await second.get(f"/payments/{batch.payment_ids[0]}")).json()["payment"]
    assert (shown["outcome"], shown["returned"]) == ("returned", "10.00")
    assert (await second.post(confirm)).json()["code"] == "payment_decision_not_open"
    unknown = await first.post(f"/payment-attempts/{uuid4()}/decisions", json=wish)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "payment_attempt_not_found")
