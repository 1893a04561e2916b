"""What the database itself refuses about people, keys and kept answers."""

import pytest
from asyncpg import PostgresError

from settlement_api.persistence import Database

HOSPITAL = "'0198a000-0000-7000-8000-000000000001'"
ACCOUNT = (
    "INSERT INTO user_account (login_name, display_name, password_hash, party_kind, area_code,"
    " hospital_id, supplier_id) VALUES ({})"
)
KEY = (
    "INSERT INTO api_key (name, secret_hash, party_kind, area_code, roles, scopes)"
    " VALUES ('k', {hash}, {kind}, {area}, {roles}, {scopes})"
)
GOOD_KEY = {
    "hash": "sha256('a')",
    "kind": "'area'",
    "area": "'370100'",
    "roles": "ARRAY['finance']",
    "scopes": "ARRAY['any']",
}


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        (f"'a', 'A', 'x', 'hospital', NULL, {HOSPITAL}, NULL", "party"),
        (f"'a', 'A', 'x', 'supplier', NULL, {HOSPITAL}, NULL", "party"),
        ("'a', 'A', 'x', 'area', NULL, NULL, NULL", "party"),
        ("'a', 'A', 'x', 'platform', '370100', NULL, NULL", "party"),
        ("'a', 'A', 'x', 'nobody', NULL, NULL, NULL", "party"),
        ("'Upper', 'A', 'x', 'platform', NULL, NULL, NULL", "login_name_lower"),
    ],
)
async def test_accounts_that_cannot_be(database: Database, values: str, constraint: str) -> None:
    with pytest.raises(PostgresError, match=f"ck_user_account_{constraint}"):
        async with database.platform() as uow:
            await uow.execute(ACCOUNT.format(values))


async def test_a_role_of_another_party_cannot_be_stored(database: Database) -> None:
    for role, kind, fault in (
        ("supplier", "area", "ck_user_role_role_of_party"),
        ("supplier", "supplier", "fk_user_role"),
    ):
        with pytest.raises(PostgresError, match=fault):
            async with database.platform() as uow:
                await uow.execute(ACCOUNT.format("'a', 'A', 'x', 'area', '370100', NULL, NULL"))
                await uow.execute(
                    "INSERT INTO user_role (user_id, role, party_kind)"
                    " SELECT id, :role, :kind FROM user_account",
                    role=role,
                    kind=kind,
                )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"hash": "'short'"}, "secret_hash_length"),
        ({"area": "NULL"}, "party"),
        ({"roles": "ARRAY['supplier']"}, "roles_of_party"),
        ({"scopes": "ARRAY[]::text[]"}, "scopes_given"),
    ],
)
async def test_keys_that_cannot_be(
    database: Database, change: dict[str, str], constraint: str
) -> None:
    async with database.platform() as uow:
        await uow.execute(KEY.format(**GOOD_KEY))
    with pytest.raises(PostgresError, match=f"ck_api_key_{constraint}"):
        async with database.platform() as uow:
            await uow.execute(KEY.format(**(GOOD_KEY | {"hash": "sha256('b')"} | change)))
    with pytest.raises(PostgresError, match="uq_api_key_secret_hash"):
        async with database.platform() as uow:
            await uow.execute(KEY.format(**GOOD_KEY))
