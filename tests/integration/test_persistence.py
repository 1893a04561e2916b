"""Transactions, scopes and COPY behave as the house relies on."""

from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from asyncpg import PostgresError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from schemas.events.base import DomainEvent
from schemas.problems import Invalid
from settlement_api.persistence import Database
from settlement_api.refusals import Unavailable, database_problem
from settlement_api.unit_of_work import AreaScope, PlatformScope

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class Happened(DomainEvent):
    """An event of these tests."""

    name = "tests.thing.happened"
    what: str


async def _record(database: Database, area: str) -> None:
    async with database.begin(AreaScope(area), at=AT) as uow:
        await uow.record(Happened(area_code=area, aggregate_id=uuid4(), what="x"))


async def _count(database: Database, scope: AreaScope | PlatformScope) -> int:
    async with database.begin(scope) as uow:
        return int(await uow.fetch_value("SELECT count(*) FROM outbox_event"))


async def test_an_area_sees_only_its_own_events(database: Database) -> None:
    await _record(database, "370100")
    await _record(database, "370200")
    assert await _count(database, AreaScope("370100")) == 1
    async with database.system() as connection:
        everything = await connection.exec_driver_sql("SELECT count(*) FROM outbox_event")
        assert everything.scalar_one() == 2


async def test_without_an_area_tenant_tables_refuse(database: Database) -> None:
    with pytest.raises(PostgresError, match="permission denied"):
        await _count(database, PlatformScope())


async def test_an_event_of_another_area_cannot_be_written(database: Database) -> None:
    with pytest.raises(PostgresError, match="row-level security"):
        async with database.begin(AreaScope("370100"), at=AT) as uow:
            await uow.record(Happened(area_code="370200", aggregate_id=uuid4(), what="x"))


async def test_events_can_be_neither_changed_nor_deleted(database: Database) -> None:
    await _record(database, "370100")
    for statement in ("UPDATE outbox_event SET name = 'y'", "DELETE FROM outbox_event"):
        with pytest.raises(PostgresError, match="permission denied"):
            async with database.begin(AreaScope("370100")) as uow:
                await uow.execute(statement)


async def test_an_error_rolls_back_copied_rows_too(database: Database) -> None:
    with pytest.raises(RuntimeError, match="stop"):
        async with database.begin(AreaScope("370100"), at=AT) as uow:
            await uow.create_staging("staged", "n int")
            await uow.copy_rows("staged", ["n"], [(1,), (2,)])
            assert await uow.fetch_value("SELECT count(*) FROM staged") == 2
            await uow.record(Happened(area_code="370100", aggregate_id=uuid4(), what="x"))
            raise RuntimeError("stop")
    assert await _count(database, AreaScope("370100")) == 0


@pytest.mark.parametrize("code", ["37010", "370100'; --", "37010a", ""])
async def test_an_area_code_that_is_not_six_digits_is_a_defect(
    database: Database, code: str
) -> None:
    with pytest.raises(ValueError, match="six digits"):
        async with database.begin(AreaScope(code)):
            pass


async def test_a_refused_statement_does_not_tell_its_values(database: Database) -> None:
    question, secret = "SELECT 1 / (CAST(:secret AS bigint) - 421764)", 421764
    with pytest.raises(PostgresError) as by_driver:
        async with database.platform() as uow:
            await uow.execute(question.replace("421764", "421763 - 1"), secret=secret)
    assert str(secret) not in str(by_driver.value)
    with pytest.raises(DBAPIError, match="hide_parameters") as by_session:
        async with database.platform() as uow:
            connection = await uow.session.connection()
            await connection.execute(text(question), {"secret": secret})
    assert "parameters: " not in str(by_session.value)


async def test_a_value_no_column_takes_is_the_callers_fault_on_every_way(
    database: Database,
) -> None:
    with pytest.raises(Exception, match=r"int64|integer|range") as bound:
        async with database.platform() as uow:
            await uow.fetch_value("SELECT CAST(:number AS bigint)", number=2**70)
    with pytest.raises(Exception, match=r"int64|integer|range") as raw:
        async with database.platform() as uow:
            await uow.raw.fetchval("SELECT $1::bigint", 2**70)
    for error in (bound.value, raw.value):
        assert isinstance(database_problem(error), Invalid), repr(error)
    gone = asyncpg.InterfaceError("connection is closed")
    assert isinstance(database_problem(gone), Unavailable)
