"""Who may do what in the database: one role migrates, one works, and neither is the other."""

import os
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from settlement_api.embedded_postgres import APPLICATION, MIGRATOR, OWNER, SUPERUSER, EmbeddedServer
from settlement_api.migrations import check, migrate
from tests.builders.any_rows import free_the_tables, insert_row, scoped_tables

WORKING_ROLES = ("zhijie_app", "zhijie_area", "zhijie_hospital", "zhijie_supplier")
CHANGES_OF_SHAPE = (
    "CREATE TABLE stranger (n int)",
    "CREATE SCHEMA stranger",
    "ALTER TABLE payment ADD COLUMN stranger int",
    "ALTER TABLE payment NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE payment DISABLE ROW LEVEL SECURITY",
    "DROP POLICY payment_area ON payment",
    "CREATE INDEX ON payment (area_code)",
    "DROP TABLE payment",
    "TRUNCATE payment",
    "CREATE ROLE stranger",
    "ALTER TABLE payment OWNER TO zhijie_app",
    "SET ROLE zhijie_owner",
)


@pytest.fixture
async def migrator(
    postgres: EmbeddedServer, database_name: str
) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A connection as the migrator, before it takes any role."""
    connection = await asyncpg.connect(postgres.dsn(MIGRATOR, database_name))
    yield connection
    await connection.close()


@pytest.fixture
async def fresh(postgres: EmbeddedServer) -> AsyncIterator[str]:
    """The name of an empty database of the owner, as an administrator makes it."""
    name = f"fresh_{os.getpid()}"
    superuser = await asyncpg.connect(postgres.dsn(SUPERUSER, "postgres"))
    await superuser.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    yield name
    await superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await superuser.close()


async def test_the_application_changes_no_table(
    postgres: EmbeddedServer, database_name: str
) -> None:
    application = await asyncpg.connect(postgres.dsn(APPLICATION, database_name))
    try:
        for role in WORKING_ROLES:
            for statement in CHANGES_OF_SHAPE:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with application.transaction():
                        await application.execute(f"SET LOCAL ROLE {role}")
                        await application.execute(statement)
    finally:
        await application.close()


async def test_the_migrator_makes_the_schema_and_the_owner_owns_it(
    postgres: EmbeddedServer, fresh: str
) -> None:
    dsn = postgres.dsn(MIGRATOR, fresh)
    await migrate(dsn)
    await check(dsn)
    migrator = await asyncpg.connect(dsn)
    try:
        owners = await migrator.fetch(
            "SELECT DISTINCT pg_get_userbyid(relowner) AS name FROM pg_class"
            " WHERE relnamespace IN ('public'::regnamespace, 'jobs'::regnamespace)"
        )
        assert [row["name"] for row in owners] == [OWNER]
    finally:
        await migrator.close()


async def test_the_migrator_has_no_power_but_to_act_as_the_owner(
    migrator: "asyncpg.Connection[Any]",
) -> None:
    row = await migrator.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit FROM pg_roles"
        " WHERE rolname = current_user"
    )
    assert row is not None
    assert not any(row.values())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await migrator.execute("CREATE TABLE stranger (n int)")
    for other in (APPLICATION, "zhijie_system", "zhijie_area"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await migrator.execute(f"SET ROLE {other}")
    owner = await migrator.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = $1", OWNER
    )
    assert owner is not None
    assert not any(owner.values())


async def test_the_migrator_reads_no_row_of_a_tenant_or_party(
    migrator: "asyncpg.Connection[Any]", owner_dsn: str
) -> None:
    """Nor as the owner: row security is forced and no policy is made for it."""
    superuser = await asyncpg.connect(owner_dsn)
    try:
        await free_the_tables(superuser)
        for table in scoped_tables():
            await insert_row(
                superuser, table, area_code="370100", hospital_id=uuid4(), supplier_id=uuid4()
            )
            await superuser.execute(f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY")
            assert await superuser.fetch(f"SELECT 1 FROM {table.name}"), table.name
    finally:
        await superuser.close()
    for table in scoped_tables():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await migrator.fetch(f"SELECT 1 FROM {table.name}")
    await migrator.execute(f"SET ROLE {OWNER}")
    for table in scoped_tables():
        assert await migrator.fetch(f"SELECT 1 FROM {table.name}") == [], table.name
