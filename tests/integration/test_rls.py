"""Who sees which rows, tried on every table with row security: none may be forgotten."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import pytest
from asyncpg import PostgresError
from sqlalchemy import Table

from schemas.tables.base import TableKind
from settlement_api.persistence import Database
from settlement_api.unit_of_work import (
    AreaScope,
    HospitalScope,
    PlatformScope,
    Scope,
    SupplierScope,
    UnitOfWork,
)
from tests.builders.any_rows import access_of, free_the_tables, insert_row, scoped_tables

AREAS = ("370100", "370200")
NAMES_PUBLIC_TO_PARTIES = {"agency", "hospital", "supplier"}
"""Tables whose rows parties see of others: names and codes, no amounts, no accounts."""


@dataclass(frozen=True)
class Place:
    """An area with a hospital and a supplier of its own, and a row of each in every table."""

    area_code: str
    hospital_id: UUID
    supplier_id: UUID


@pytest.fixture
async def places(owner_dsn: str) -> list[Place]:
    """Two places, every table holding the rows of both: a supplier sells in both areas."""
    shared = uuid4()
    made = [
        Place(AREAS[0], uuid4(), shared),
        Place(AREAS[0], uuid4(), uuid4()),
        Place(AREAS[1], uuid4(), shared),
    ]
    owner = await asyncpg.connect(owner_dsn)
    await free_the_tables(owner)
    for table in scoped_tables():
        for place in made:
            await insert_row(
                owner,
                table,
                area_code=place.area_code,
                hospital_id=place.hospital_id,
                supplier_id=place.supplier_id,
            )
        await owner.execute(f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY")
    await owner.close()
    return made


async def distinct(uow: UnitOfWork, table: Table, column: str) -> set[object]:
    rows = await uow.fetch_all(f"SELECT DISTINCT {column} AS value FROM {table.name}")
    return {row.value for row in rows}


async def is_refused(database: Database, scope: Scope, statement: str) -> bool:
    try:
        async with database.begin(scope) as uow:
            await uow.execute(statement)
    except PostgresError as error:
        if "permission denied" in str(error) or "row-level security" in str(error):
            return True
        raise
    return False


async def test_an_area_sees_its_own_rows_and_no_other(
    database: Database, places: list[Place]
) -> None:
    for table in scoped_tables():
        if access_of(table).kind is not TableKind.TENANT:
            continue
        for area_code in AREAS:
            async with database.begin(AreaScope(area_code)) as uow:
                assert await distinct(uow, table, "area_code") == {area_code}, table.name


async def test_without_an_area_there_are_no_rows(database: Database, places: list[Place]) -> None:
    for table in scoped_tables():
        if access_of(table).kind is TableKind.TENANT:
            select = f"SELECT * FROM {table.name}"
            assert await is_refused(database, PlatformScope(), select), table.name
            async with database.begin(PlatformScope()) as uow:
                await uow.execute("SET LOCAL ROLE zhijie_area")
                assert await uow.fetch_all(select) == [], table.name
    for role, flag in (("zhijie_hospital", "hospital"), ("zhijie_supplier", "supplier")):
        for table in scoped_tables():
            if getattr(access_of(table), flag) and table.name not in NAMES_PUBLIC_TO_PARTIES:
                async with database.begin(PlatformScope()) as uow:
                    await uow.execute(f"SET LOCAL ROLE {role}")
                    assert await uow.fetch_all(f"SELECT * FROM {table.name}") == [], table.name


@pytest.mark.parametrize("party", ["hospital", "supplier"])
async def test_a_party_sees_its_own_rows_and_no_other(
    database: Database, places: list[Place], party: str
) -> None:
    readable = 0
    for table in scoped_tables():
        for place in places:
            own = getattr(place, f"{party}_id")
            scope = HospitalScope(own) if party == "hospital" else SupplierScope(own)
            if not getattr(access_of(table), party):
                assert await is_refused(database, scope, f"SELECT * FROM {table.name}"), table.name
                continue
            column = "id" if table.name == party else f"{party}_id"
            if column not in table.columns:
                assert table.name in NAMES_PUBLIC_TO_PARTIES, f"{table.name} shows all to {party}s"
                continue
            async with database.begin(scope) as uow:
                assert await distinct(uow, table, column) == {own}, table.name
            readable += 1
    assert readable > 10


async def test_a_supplier_sees_its_rows_of_every_area(
    database: Database, places: list[Place]
) -> None:
    tables = [
        table
        for table in scoped_tables()
        if access_of(table).supplier
        and access_of(table).kind is TableKind.TENANT
        and "supplier_id" in table.columns
    ]
    assert tables
    for table in tables:
        async with database.begin(SupplierScope(places[0].supplier_id)) as uow:
            assert await distinct(uow, table, "area_code") == set(AREAS), table.name


async def test_a_party_writes_nothing_at_all(database: Database, places: list[Place]) -> None:
    for table in scoped_tables():
        first = next(iter(table.columns)).name
        for scope in (HospitalScope(places[0].hospital_id), SupplierScope(places[0].supplier_id)):
            for statement in (
                f"DELETE FROM {table.name}",
                f"INSERT INTO {table.name} DEFAULT VALUES",
                f"UPDATE {table.name} SET {first} = {first}",
            ):
                assert await is_refused(database, scope, statement), (table.name, statement)


async def test_an_area_writes_nothing_of_another(database: Database, places: list[Place]) -> None:
    for table in scoped_tables():
        access = access_of(table)
        if access.kind is not TableKind.TENANT:
            continue
        columns = access.updatable or ()
        names = [c.name for c in table.columns] if "*" in columns else list(columns)
        for name in names[:1]:
            async with database.begin(AreaScope(AREAS[0])) as uow:
                statement = f"UPDATE {table.name} SET {name} = {name} WHERE area_code = :other"
                assert await uow.execute(statement, other=AREAS[1]) == 0, table.name
        moved = f"INSERT INTO {table.name} SELECT * FROM {table.name} LIMIT 0"
        assert not await is_refused(database, AreaScope(AREAS[0]), moved), table.name
    stolen = (
        "INSERT INTO outbox_event (area_code, name, aggregate_id, aggregate_version, actor_kind,"
        f" actor_name, facts, occurred_at) SELECT '{AREAS[1]}', name, aggregate_id, 1, 'user',"
        " 'x', facts, occurred_at FROM outbox_event LIMIT 1"
    )
    assert await is_refused(database, AreaScope(AREAS[0]), stolen)


async def test_an_area_reads_parties_and_writes_none_of_them(
    database: Database, places: list[Place]
) -> None:
    for table in scoped_tables():
        if access_of(table).kind is not TableKind.PARTY:
            continue
        column = next(iter(access_of(table).updatable))
        async with database.begin(AreaScope(AREAS[0])) as uow:
            assert await uow.fetch_all(f"SELECT id FROM {table.name}"), table.name
        for statement in (
            f"UPDATE {table.name} SET {column} = {column}",
            f"INSERT INTO {table.name} SELECT * FROM {table.name}",
            f"DELETE FROM {table.name}",
        ):
            assert await is_refused(database, AreaScope(AREAS[0]), statement), statement
        async with database.platform() as uow:
            assert await uow.execute(f"UPDATE {table.name} SET {column} = {column}")


@pytest.mark.parametrize("table", ["user_account", "user_role", "user_session", "api_key"])
async def test_an_area_lets_nobody_in(database: Database, table: str) -> None:
    for statement in (
        f"SELECT * FROM {table}",
        f"INSERT INTO {table} DEFAULT VALUES",
        f"DELETE FROM {table}",
    ):
        assert await is_refused(database, AreaScope(AREAS[0]), statement), statement
    async with database.platform() as uow:
        await uow.fetch_all(f"SELECT * FROM {table}")


async def test_scopes_take_only_what_they_are(database: Database) -> None:
    for bad in ("37010", "3701000", "370100'; RESET ROLE; --", "３７０１００"):
        with pytest.raises(ValueError, match="six digits"):
            AreaScope(bad).statements()


async def test_a_scope_ends_with_its_transaction(database: Database, places: list[Place]) -> None:
    async with database.begin(AreaScope(AREAS[0])) as uow:
        assert await uow.fetch_value("SELECT current_user") == "zhijie_area"
    for _ in range(12):  # every connection of the pool, whichever was used before
        async with database.platform() as uow:
            assert await uow.fetch_value("SELECT current_user") == "zhijie_app"
            assert not await uow.fetch_value("SELECT current_setting('app.area_code', true)")
