"""One command, one effect: whatever is sent again, at the same time, or with other words."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from tests.builders.api import Caller, RunningApi, area_of, running_api

PASSWORD = "long enough for the law"


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


@pytest.fixture
async def administrator(api: RunningApi) -> Caller:
    return await api.administrator()


def new_user(login_name: str = "somebody") -> dict[str, Any]:
    return {
        "login_name": login_name,
        "display_name": "Somebody",
        "password": PASSWORD,
        "party_kind": "area",
        "area_code": "370100",
        "roles": ["finance"],
    }


async def count_people(api: RunningApi) -> int:
    async with api.database.platform() as uow:
        return int(await uow.fetch_value("SELECT count(*) FROM user_account"))


async def test_the_same_command_again_gets_the_same_answer(
    api: RunningApi, administrator: Caller
) -> None:
    first = await administrator.post("/identity/users", key="key-00001", json=new_user())
    again = await administrator.post("/identity/users", key="key-00001", json=new_user())
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert await count_people(api) == 2


async def test_another_body_under_the_same_key_is_refused(administrator: Caller) -> None:
    await administrator.post("/identity/users", key="key-00001", json=new_user())
    other = await administrator.post("/identity/users", key="key-00001", json=new_user("other"))
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    elsewhere = await administrator.post("/identity/keys", key="key-00001", json=new_user())
    assert elsewhere.status_code in {409, 422}


async def test_keys_of_two_callers_are_two_keys(api: RunningApi, administrator: Caller) -> None:
    local = await api.user(area_of("370100"), Role.ADMINISTRATOR)
    first = await administrator.post("/identity/users", key="key-00001", json=new_user("one"))
    second = await local.post("/identity/users", key="key-00001", json=new_user("two"))
    assert (first.status_code, second.status_code) == (201, 201)


async def test_a_refused_command_leaves_its_key_free(administrator: Caller) -> None:
    misfit = new_user() | {"roles": ["supplier"]}
    refused = await administrator.post("/identity/users", key="key-00001", json=misfit)
    assert refused.status_code == 422
    done = await administrator.post("/identity/users", key="key-00001", json=new_user())
    assert done.status_code == 201


async def test_a_command_without_a_key_is_refused(api: RunningApi, administrator: Caller) -> None:
    for key in ("", "short", "k" * 129, "with a space"):
        headers = {"Idempotency-Key": key}
        answer = await administrator.post("/identity/users", json=new_user(), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_needed")
    assert await count_people(api) == 1


async def test_a_command_still_under_way_is_told_so(api: RunningApi, administrator: Caller) -> None:
    async with api.database.platform() as uow:
        await uow.execute(
            "INSERT INTO request_key (client_id, key, fingerprint)"
            " VALUES (:client, 'key-00001', sha256('x'))",
            client=administrator.id,
        )
        answer = await administrator.post("/identity/users", key="key-00001", json=new_user())
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_flight")


async def test_sixteen_at_once_have_one_effect(api: RunningApi, administrator: Caller) -> None:
    answers = await asyncio.gather(
        *(
            administrator.post("/identity/users", key="key-00001", json=new_user())
            for _ in range(16)
        )
    )
    seen = Counter(answer.status_code for answer in answers)
    assert seen[201] >= 1
    assert set(seen) <= {201, 409}
    assert await count_people(api) == 2
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1


async def test_a_stored_answer_is_committed_with_its_effect_or_not_at_all(
    api: RunningApi, administrator: Caller, owner_dsn: str
) -> None:
    """The commit itself fails (a deferred constraint): 500, no person, no kept answer."""
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'not today' USING ERRCODE = 'XX000'; END $$;"
        "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON user_account"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    answer = await administrator.post("/identity/users", key="key-00001", json=new_user())
    assert (answer.status_code, answer.json()["code"]) == (500, "defect")
    assert "not today" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    await owner.execute("DROP TRIGGER refuse ON user_account")
    await owner.close()
    assert await count_people(api) == 1
    again = await administrator.post("/identity/users", key="key-00001", json=new_user())
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers


async def test_old_answers_are_forgotten(
    api: RunningApi, administrator: Caller, owner_dsn: str
) -> None:
    from settlement_api.identity.service import forget_old

    await administrator.post("/identity/users", key="key-00001", json=new_user())
    async with api.database.platform() as uow:
        await forget_old(uow)
        assert await uow.fetch_value("SELECT count(*) FROM request_key") == 1
        await uow.execute(
            "INSERT INTO request_key (client_id, key, fingerprint, recorded_at)"
            " VALUES (:client, 'old-key-1', sha256('x'), clock_timestamp() - interval '8 days')",
            client=uuid4(),
        )
        await forget_old(uow)
        assert await uow.fetch_value("SELECT count(*) FROM request_key") == 1


async def test_the_secret_of_a_key_is_kept_nowhere(administrator: Caller, owner_dsn: str) -> None:
    new_key = {
        "name": "hospital system",
        "party_kind": "area",
        "area_code": "370100",
        "roles": ["finance"],
        "scopes": ["*:*"],
    }
    issued = await administrator.post("/identity/keys", key="key-00001", json=new_key)
    assert issued.status_code == 201, issued.text
    again = await administrator.post("/identity/keys", key="key-00001", json=new_key)
    assert (again.status_code, again.json()["code"]) == (409, "answer_not_kept")
    secret = issued.json()["secret"]
    owner = await asyncpg.connect(owner_dsn)
    tables = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables:
        for row in await owner.fetch(f'SELECT * FROM "{table}"'):
            assert secret not in repr(tuple(row)), table
    await owner.close()


async def test_what_a_command_says_cannot_be_guessed_from_its_fingerprint(
    api: RunningApi, administrator: Caller
) -> None:
    answer = await administrator.post("/identity/users", key="key-00001", json=new_user())
    async with api.database.platform() as uow:
        kept = await uow.fetch_value("SELECT fingerprint FROM request_key")
    command, body = b"POST\0/identity/users\0\0", answer.request.content
    for place in (b"", b"PlatformScope()\0", b"\0"):
        assert kept != sha256(command + place + body).digest()


async def test_the_same_command_in_another_area_is_another_command(administrator: Caller) -> None:
    reason = {"reason": "the bank reports a fault"}
    here, there = ({"X-Area-Code": area} for area in ("370100", "370200"))
    first = await administrator.post("/payments/stops", key="stop-all", json=reason, headers=here)
    assert first.status_code == 201, first.text
    other = await administrator.post("/payments/stops", key="stop-all", json=reason, headers=there)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    again = await administrator.post("/payments/stops", key="stop-all", json=reason, headers=here)
    assert (again.status_code, again.content) == (201, first.content)
