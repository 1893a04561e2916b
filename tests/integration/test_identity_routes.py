"""Logging in and out, and the administration of people and keys, over HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.identity.errors import BootstrapClosed
from settlement_api.identity.passwords import DEMONSTRATION, is_weak
from settlement_api.identity.policy import FAILURES_ALLOWED
from settlement_api.identity.service import NewAccount, create_administrator, create_users
from settlement_api.persistence import Database
from tests.builders.api import PLATFORM, RunningApi, area_of, hospital_of, running_api, supplier_of

PASSWORD = "long enough for the law"
AREA = "370100"


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


def new_user(**changes: Any) -> dict[str, Any]:
    """A person who may be let in."""
    return {
        "login_name": "checker",
        "display_name": "Checker of Jinan",
        "password": PASSWORD,
        "party_kind": "area",
        "area_code": AREA,
        "roles": ["agency_checker"],
    } | changes


async def log_in(api: RunningApi, login_name: str, password: str = PASSWORD) -> Any:
    return await api.client.post(
        "/identity/login", json={"login_name": login_name, "password": password}
    )


async def let_in(api: RunningApi, login_name: str = "clerk") -> None:
    account = NewAccount(login_name, login_name, PASSWORD, area_of(AREA), (Role.AGENCY_MAKER,))
    async with api.database.platform() as uow:
        assert await create_users(uow, accounts=[account], cost=DEMONSTRATION)


async def test_the_first_administrator_logs_in_and_lets_others_in(api: RunningApi) -> None:
    async with api.database.platform() as uow:
        await create_administrator(uow, login_name="root", password=PASSWORD)
        with pytest.raises(BootstrapClosed):
            await create_administrator(uow, login_name="second", password=PASSWORD)
    token = (await log_in(api, "root")).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "first-user"}
    me = await api.client.get("/identity/me", headers=headers)
    assert me.json()["roles"] == ["administrator"]
    created = await api.client.post("/identity/users", headers=headers, json=new_user())
    assert created.status_code == 201, created.text
    assert created.json()["roles"] == ["agency_checker"]
    assert (await log_in(api, "checker")).status_code == 200


async def test_a_cookie_opens_the_same_session_until_logout(api: RunningApi) -> None:
    await let_in(api)
    answer = await log_in(api, "CLERK ")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await api.client.get("/identity/me")).status_code == 200
    token = answer.json()["token"]
    assert (await api.client.post("/identity/logout")).status_code == 204
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await api.client.get("/identity/me", headers=bearer)).status_code == 401


async def test_wrong_passwords_rest_the_account_and_say_no_more_than_that(
    api: RunningApi,
) -> None:
    await let_in(api)
    for _ in range(FAILURES_ALLOWED):
        assert (await log_in(api, "clerk", "wrong")).status_code == 401
    resting, nobody = await log_in(api, "clerk"), await log_in(api, "nobody")
    assert resting.status_code == nobody.status_code == 401
    told = [{k: v for k, v in r.json().items() if k != "request_id"} for r in (resting, nobody)]
    assert told[0] == told[1]
    async with api.database.platform() as uow:
        await uow.execute(
            "UPDATE user_account SET locked_until = clock_timestamp() - interval '1 second'"
        )
    assert (await log_in(api, "clerk")).status_code == 200


async def test_a_login_strengthens_a_hash_of_the_demonstration(api: RunningApi) -> None:
    await let_in(api)
    async with api.database.platform() as uow:
        before = await uow.fetch_value("SELECT password_hash FROM user_account")
    await log_in(api, "clerk")
    async with api.database.platform() as uow:
        after = await uow.fetch_value("SELECT password_hash FROM user_account")
    assert is_weak(before)
    assert not is_weak(after)
    assert (await log_in(api, "clerk")).status_code == 200


async def test_sessions_end_in_real_time(api: RunningApi) -> None:
    clerk = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    assert (await clerk.get("/identity/me")).status_code == 200
    async with api.database.platform() as uow:
        await uow.execute("DELETE FROM user_session")
        assert await uow.fetch_value("SELECT count(*) FROM user_session") == 0
    assert (await clerk.get("/identity/me")).status_code == 401


async def test_a_new_password_ends_every_session(api: RunningApi) -> None:
    await let_in(api)
    token = (await log_in(api, "clerk")).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "change-it"}
    body = {"present": PASSWORD, "password": "another long password"}
    wrong = await api.client.post(
        "/identity/me/password", headers=headers, json=body | {"present": "guess"}
    )
    assert wrong.status_code == 401
    done = await api.client.post("/identity/me/password", headers=headers, json=body)
    assert done.status_code == 204, done.text
    assert (await api.client.get("/identity/me", headers=headers)).status_code == 401
    assert (await log_in(api, "clerk", "another long password")).status_code == 200


async def test_a_disabled_person_is_out_at_once(api: RunningApi) -> None:
    administrator = await api.administrator()
    clerk = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    assert (await administrator.delete(f"/identity/users/{clerk.id}")).status_code == 204
    assert (await clerk.get("/identity/me")).status_code == 401
    assert (await administrator.delete(f"/identity/users/{uuid4()}")).status_code == 404


async def test_roles_are_set_anew_and_must_fit_the_party(api: RunningApi) -> None:
    administrator = await api.administrator()
    clerk = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    path = f"/identity/users/{clerk.id}/roles"
    answer = await administrator.put(path, json={"roles": ["finance", "agency_checker"]})
    assert answer.json()["roles"] == ["agency_checker", "finance"]
    answer = await administrator.put(path, json={"roles": ["supplier"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "roles_misfit")


async def test_an_areas_administrator_stays_in_the_area(api: RunningApi) -> None:
    local = await api.user(area_of(AREA), Role.ADMINISTRATOR)
    stranger = await api.user(area_of("370200"), Role.AGENCY_MAKER)
    assert (await local.post("/identity/users", json=new_user())).status_code == 201
    refused = await local.post(
        "/identity/users", json=new_user(login_name="other", area_code="370200")
    )
    assert refused.status_code == 403
    platform = new_user(login_name="boss", party_kind="platform", area_code=None)
    refused = await local.post("/identity/users", json=platform | {"roles": ["administrator"]})
    assert refused.status_code == 403
    assert (await local.delete(f"/identity/users/{stranger.id}")).status_code == 404
    shown = (await local.get("/identity/users")).json()["items"]
    assert {user["area_code"] for user in shown} == {AREA}


async def test_only_administrators_administer(api: RunningApi) -> None:
    for caller in (
        await api.user(area_of(AREA), Role.AGENCY_MAKER, Role.AGENCY_CHECKER),
        await api.user(hospital_of(uuid4(), AREA), Role.HOSPITAL_CLERK),
        await api.user(supplier_of(uuid4()), Role.SUPPLIER),
    ):
        assert (await caller.get("/identity/users")).status_code == 403
        assert (await caller.post("/identity/users", json=new_user())).status_code == 403
        assert (await caller.get("/identity/keys")).status_code == 403


async def test_a_misfitting_party_is_refused_with_every_fault(api: RunningApi) -> None:
    administrator = await api.administrator()
    body = new_user(party_kind="hospital", supplier_id=str(uuid4()), area_code=None)
    answer = await administrator.post("/identity/users", json=body)
    assert answer.status_code == 422
    assert {(fault["place"], fault["code"]) for fault in answer.json()["faults"]} == {
        ("/area_code", "needed"),
        ("/hospital_id", "needed"),
        ("/supplier_id", "not_allowed"),
    }


async def test_a_name_that_cannot_be_stored_is_refused_at_its_place(api: RunningApi) -> None:
    body = {"login_name": "cle\x00rk", "password": PASSWORD}
    answer = await api.client.post("/identity/login", json=body)
    assert (answer.status_code, [fault["place"] for fault in answer.json()["faults"]]) == (
        422,
        ["/login_name"],
    )


@pytest.mark.parametrize(
    "party",
    [
        {"party_kind": "area", "area_code": "999999", "roles": ["finance"]},
        {
            "party_kind": "hospital",
            "area_code": AREA,
            "hospital_id": str(uuid4()),
            "roles": ["hospital_clerk"],
        },
        {
            "party_kind": "supplier",
            "area_code": None,
            "supplier_id": str(uuid4()),
            "roles": ["supplier"],
        },
    ],
)
async def test_nobody_is_let_in_for_a_party_that_is_not_known(
    api: RunningApi, party: dict[str, Any]
) -> None:
    administrator = await api.administrator()
    answer = await administrator.post("/identity/users", json=new_user(**party))
    assert (answer.status_code, answer.json()["code"]) == (422, "party_misfit")


async def test_a_made_up_area_is_not_worked_in(api: RunningApi) -> None:
    administrator = await api.administrator("999999")
    answer = await administrator.get("/audit/events")
    assert (answer.status_code, answer.json()["code"]) == (404, "area_missing")


async def test_a_taken_login_name_is_a_conflict(api: RunningApi) -> None:
    administrator = await api.administrator()
    assert (await administrator.post("/identity/users", json=new_user())).status_code == 201
    answer = await administrator.post("/identity/users", json=new_user())
    assert (answer.status_code, answer.json()["code"]) == (409, "login_name_taken")


async def test_a_key_opens_its_scopes_until_revoked(api: RunningApi) -> None:
    administrator = await api.administrator()
    issued = await administrator.post(
        "/identity/keys",
        json={
            "name": "drug platform",
            "party_kind": "platform",
            "roles": ["administrator"],
            "scopes": ["identity:read"],
        },
    )
    assert issued.status_code == 201, issued.text
    key = {"X-Api-Key": issued.json()["secret"], "Idempotency-Key": uuid4().hex}
    assert (await api.client.get("/identity/users", headers=key)).status_code == 200
    refused = await api.client.post("/identity/users", headers=key, json=new_user())
    assert refused.status_code == 403
    assert (await api.client.get("/audit/dead-jobs", headers=key)).status_code == 403
    (shown,) = (await administrator.get("/identity/keys")).json()["items"]
    assert "secret" not in shown
    gone = await administrator.delete(f"/identity/keys/{shown['id']}")
    assert gone.status_code == 204
    assert (await api.client.get("/identity/users", headers=key)).status_code == 401


async def test_a_key_ends_in_real_time(api: RunningApi) -> None:
    administrator = await api.administrator()
    body = {
        "name": "yesterday's",
        "party_kind": "platform",
        "roles": ["bureau_viewer"],
        "scopes": ["*:read"],
        "expires_at": datetime(2020, 1, 1, tzinfo=UTC).isoformat(),
    }
    secret = (await administrator.post("/identity/keys", json=body)).json()["secret"]
    answer = await api.client.get("/identity/me", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


async def test_people_are_listed_page_by_page(api: RunningApi) -> None:
    administrator = await api.administrator()
    accounts = [
        NewAccount(f"person-{n:02}", "P", PASSWORD, area_of(AREA), (Role.FINANCE,))
        for n in range(7)
    ]
    async with api.database.platform() as uow:
        await create_users(uow, accounts=accounts, cost=DEMONSTRATION)
    seen, after = [], None
    while True:
        query = {"limit": 3} | ({"after": after} if after else {})
        page = (await administrator.get("/identity/users", params=query)).json()
        seen += [user["login_name"] for user in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == sorted(seen)
    assert len(seen) == 8
    for bad in ("%%%", "bm90IGpzb24", "WzEsMl0"):
        answer = await administrator.get("/identity/users", params={"after": bad})
        assert (answer.status_code, answer.json()["faults"][0]["place"]) == (422, "after")


async def test_secrets_are_not_kept(api: RunningApi) -> None:
    caller = await api.system(PLATFORM, Role.ADMINISTRATOR)
    person = await api.user(area_of(AREA), Role.FINANCE)
    async with api.database.platform() as uow:
        keys = await uow.fetch_all("SELECT CAST(api_key AS text) AS line FROM api_key")
        people = await uow.fetch_all("SELECT CAST(user_session AS text) AS line FROM user_session")
    assert keys
    assert people
    assert all(caller.token not in row.line for row in keys)
    assert all(person.token not in row.line for row in people)


async def test_a_password_that_somebody_else_chose_opens_nothing_but_its_change(
    api: RunningApi,
) -> None:
    administrator = await api.administrator()
    assert (await administrator.post("/identity/users", json=new_user())).status_code == 201
    token = (await log_in(api, "checker")).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await api.client.get("/identity/me", headers=headers)).status_code == 200
    for path in ("/hospitals", "/batches", "/payee-accounts"):
        refused = await api.client.get(path, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "password_initial")
    change = {"present": PASSWORD, "password": PASSWORD}
    for number, (password, status) in enumerate(((PASSWORD, 422), (PASSWORD + "!", 204))):
        answer = await api.client.post(
            "/identity/me/password",
            headers=headers | {"Idempotency-Key": f"password-{number}"},
            json=change | {"password": password},
        )
        assert answer.status_code == status, answer.text
    token = (await log_in(api, "checker", PASSWORD + "!")).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await api.client.get("/hospitals", headers=headers)).status_code == 200


async def test_nobody_grants_roles_to_themselves(api: RunningApi) -> None:
    local = await api.user(area_of(AREA), Role.ADMINISTRATOR)
    wanted = {"roles": ["administrator", "agency_maker", "agency_checker"]}
    refused = await local.put(f"/identity/users/{local.id}/roles", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_roles")
    assert (await local.get("/identity/me")).json()["roles"] == ["administrator"]
