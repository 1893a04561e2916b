"""How long money waits in suspense, for whom, and what is past its deadline."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from schemas.codes.bank_statements import FileSource, SuspenseResolution
from schemas.codes.roles import Role
from schemas.times import SystemClock, business_date
from settlement_api.bank_statements.service import import_file
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.statement_files.service import store_file
from settlement_api.suspense.queries import list_cases
from settlement_api.suspense.service import confirm_resolution, propose_resolution
from settlement_api.unit_of_work import Actor, AreaScope
from tests.builders import bank_statements as build
from tests.builders.api import area_of, running_api

AREA = AreaScope("370100")
AT = datetime(2026, 3, 6, 4, tzinfo=UTC)
MAKER = Actor("user", build.MAKER, "maker")
CHECKER = Actor("user", build.CHECKER, "checker")


async def an_account_with_two_unknown_credits(database: Database, keyring: Keyring) -> UUID:
    """Of 8 and 9 yuan, in suspense since 6 March with a deadline of five working days."""
    async with database.begin(AREA, at=AT) as uow:
        account_id = await build.agency_account(uow, keyring)
        file_id = await store_file(
            uow,
            keyring=keyring,
            agency_account_id=account_id,
            body=uuid4().bytes,
            source=FileSource.UPLOADED,
        )
        unknown = (build.entry(800, credit=True), build.entry(900, credit=True))
        await import_file(
            uow,
            keyring=keyring,
            file_id=file_id,
            statements=[build.statement(*unknown)],
            xsd_valid=True,
        )
    return account_id


async def overdue_on(database: Database, day: date) -> list[int]:
    async with database.begin(AREA) as uow:
        cases = await list_cases(uow, status=None, overdue_on=day, after=None, limit=9)
    return sorted(case.amount_minor for case in cases)


async def test_money_is_overdue_from_the_day_after_its_deadline_until_it_is_resolved(
    database: Database, keyring: Keyring
) -> None:
    account_id = await an_account_with_two_unknown_credits(database, keyring)
    deadline = date(2026, 3, 13)
    assert await overdue_on(database, deadline) == []
    assert await overdue_on(database, deadline + timedelta(days=1)) == [800, 900]
    later = AT + timedelta(days=10)
    async with database.begin(AREA) as uow:
        case = await uow.fetch_value("SELECT id FROM suspense_case WHERE amount_minor = 800")
    async with database.begin(AREA, actor=MAKER, at=later) as uow:
        await propose_resolution(
            uow, case_id=case, resolution=SuspenseResolution.FUNDING, note="专户补款"
        )
    assert await overdue_on(database, date(2026, 3, 20)) == [800, 900], "one person is not two"
    async with database.begin(AREA, actor=CHECKER, at=later) as uow:
        await confirm_resolution(uow, case_id=case)
    assert await overdue_on(database, date(2026, 3, 20)) == [900]
    async with running_api(database, keyring) as api:
        viewer = await api.user(area_of("370100"), Role.BUREAU_VIEWER)

        async def ask(more: str) -> list[dict[str, Any]]:
            answer = await viewer.get(f"/suspense-cases?{more}")
            assert answer.status_code == 200, answer.text
            found: list[dict[str, Any]] = answer.json()["items"]
            return found

        waiting, resolved = await ask(f"agency_account_id={account_id}")
        assert (resolved["age_days"], resolved["overdue"]) == (10, False), "it ages no more"
        assert resolved["resolved_at"] is not None
        today = business_date(await SystemClock().now())
        assert waiting["age_days"] == (today - business_date(AT)).days
        assert (waiting["overdue"], waiting["owner_role"]) == (today > deadline, "finance")
        assert await ask("overdue=true") == ([waiting] if today > deadline else [])
        assert await ask(f"agency_account_id={uuid4()}") == []
