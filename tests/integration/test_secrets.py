"""What nobody may read out of the database: every text and every byte of it is searched."""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterable

import asyncpg
import pytest

from schemas.codes.roles import Role
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from tests.builders import parties as p
from tests.builders.api import RunningApi, area_of, running_api
from tests.builders.master_data import seed_master_data

PASSWORD, NEXT_PASSWORD = "a first password, long", "a second password, long"
PROPOSED, REFUSED = "6228000000004321", "6228-0000-0000-9876-x"

COLUMNS = """
SELECT format('SELECT %L || %L, %I::text FROM %I.%I WHERE %I IS NOT NULL',
    table_name, '.' || column_name, column_name, table_schema, table_name, column_name)
FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_type = 'BASE TABLE' AND table_schema IN ('public', 'jobs')
  AND data_type IN ('text', 'character varying', 'bytea', 'json', 'jsonb', 'ARRAY')
"""


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    await seed_master_data(database, keyring)
    async with running_api(database, keyring) as running:
        yield running


def written(secret: str) -> set[str]:
    """A secret as it may stand in a column: plain, its bytes in hex, base64, or a bare digest."""
    data = secret.encode()
    return {
        secret, data.hex(), base64.b64encode(data).decode().rstrip("="),
        hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest(),
    }  # fmt: skip


async def readable(owner_dsn: str, secrets: Iterable[str]) -> set[tuple[str, str]]:
    """Which secrets stand in which columns, as the schema's owner sees them."""
    owner = await asyncpg.connect(owner_dsn)
    try:
        tables = await owner.fetch(
            "SELECT oid::regclass::text AS name FROM pg_class WHERE relforcerowsecurity"
        )
        for table in tables:
            await owner.execute(f"ALTER TABLE {table['name']} NO FORCE ROW LEVEL SECURITY")
        forms = {form: secret for secret in secrets for form in written(secret)}
        cells = 0
        found = set()
        for column in await owner.fetch(COLUMNS):
            for where, value in await owner.fetch(column[0]):
                cells += 1
                found |= {(where, secret) for form, secret in forms.items() if form in value}
    finally:
        await owner.close()
    assert cells > 1_000, "the whole database was searched"
    return found


async def test_no_secret_stands_in_the_database(api: RunningApi, owner_dsn: str) -> None:
    administrator = await api.administrator()
    person = {
        "login_name": "maker", "display_name": "Maker", "password": PASSWORD,
        "party_kind": "area", "area_code": p.AREA, "roles": ["agency_maker"],
    }  # fmt: skip
    assert (await administrator.post("/identity/users", json=person)).status_code == 201
    key = await administrator.post(
        "/identity/keys",
        json={
            "name": "his",
            "party_kind": "platform",
            "roles": ["administrator"],
            "scopes": ["*:*"],
        },
    )
    assert key.status_code == 201, key.text
    opened = await api.client.post(
        "/identity/login", json={"login_name": "maker", "password": PASSWORD}
    )
    token = opened.json()["token"]
    changed = await api.client.post(
        "/identity/me/password",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "new-password"},
        json={"present": PASSWORD, "password": NEXT_PASSWORD},
    )
    assert changed.status_code == 204, changed.text
    maker = await api.user(area_of(p.AREA), Role.AGENCY_MAKER)
    supplier_id = (await maker.get("/suppliers")).json()["items"][2]["id"]
    account = {
        "account_number": PROPOSED, "account_name": "配送企业3", "cnaps_code": p.cnaps(3),
        "valid_from": "2026-03-01",
    }  # fmt: skip
    path = f"/suppliers/{supplier_id}/payee-accounts"
    assert (await maker.post(path, json=account)).status_code == 201
    refused = await maker.post(path, json=account | {"account_number": REFUSED})
    assert refused.status_code == 422, refused.text
    secrets = {PASSWORD, NEXT_PASSWORD, key.json()["secret"], PROPOSED, REFUSED}
    secrets |= {p.account_number(serial) for serial in (1, 2)}
    found = await readable(owner_dsn, secrets | {token})
    # Of random secrets a bare digest is what they are known by; of guessable ones it would be all.
    known_by = {("api_key.secret_hash", key.json()["secret"]), ("user_session.token_hash", token)}
    assert found == known_by
