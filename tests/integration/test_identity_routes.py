"""Logging in and out, and the administration of people and keys, over HTTP."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.identity.service import create_administrator
from settlement_api.persistence import Database
from tests.builders.api import PLATFORM, RunningApi, area_of, hospital_of, running_api

PASSWORD = "long enough for the law"


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


async def test_the_first_administrator_logs_in_and_lets_others_in(api: RunningApi) -> None:
    async with api.database.platform() as uow:
        await create_administrator(uow, login_name="root", password=PASSWORD)
    answer = await api.client.post(
        "/identity/login", json={"login_name": "root", "password": PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    me = await api.client.get("/identity/me", headers=headers)
    assert me.json()["roles"] == ["administrator"]
    created = await api.client.post(
        "/identity/users",
        headers=headers | {"Idempotency-Key": "first-user"},
        json={
            "login_name": "checker",
            "display_name": "Checker of Jinan",
            "password": PASSWORD,
            "party_kind": "area",
            "area_code": "370100",
            "roles": ["agency_checker"],
        },
    )
    assert created.status_code == 201, created.text
    assert created.json()["roles"] == ["agency_checker"]
