"""Statements fetched from the simulated bank over HTTP, and files that come by upload."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from bank_adapters.simulator.messages import BookedEntry, write_statement
from schemas.codes.bank_statements import FileSource
from schemas.codes.roles import Role
from schemas.times import FixedClock, business_date
from settlement_api.bank_statements import jobs
from settlement_api.bank_statements.queries import list_accounts
from settlement_api.config import ClockKind, Settings
from settlement_api.encryption import Keyring
from settlement_api.jobs_context import JobContext
from settlement_api.persistence import Database
from settlement_api.rule_packs.errors import NoRulePack
from settlement_api.statement_files.service import store_file
from settlement_api.suspense.service import register_funding_source
from settlement_api.unit_of_work import AreaScope
from settlement_api.worker import drain
from tests.builders import bank_statements as build
from tests.builders.api import RunningApi, area_of, running_api
from tests.builders.payments import START, running_bank

AREA = AreaScope("370100")
OTHER_NUMBER = "3700100000000390"


@pytest.fixture
async def account(database: Database, keyring: Keyring) -> UUID:
    """An agency account, funded from the special account."""
    async with database.begin(AREA, at=START) as uow:
        account_id = await build.agency_account(uow, keyring)
        await register_funding_source(
            uow,
            keyring=keyring,
            agency_account_id=account_id,
            account_number="0",  # the simulated bank's default payer
            account_name="财政专户",
            proposed_by=build.MAKER,
            approved_by=build.CHECKER,
        )
    return account_id


def context_at(database: Database, keyring: Keyring, instant: datetime, url: str) -> JobContext:
    """What a job is given at an instant."""

    async def enqueue(name: str, payload: dict[str, Any]) -> None:
        raise AssertionError("fetching enqueues nothing")

    settings = Settings(clock=ClockKind.SIMULATED, bank_url=url)
    return JobContext(database, FixedClock(instant), settings, keyring, enqueue)


async def rows(database: Database, sql: str) -> list[tuple[Any, ...]]:
    async with database.begin(AREA) as uow:
        return [tuple(row) for row in await uow.fetch_all(sql)]


async def test_every_day_is_fetched_once_and_in_order(
    database: Database, keyring: Keyring, account: UUID, tmp_path: Path
) -> None:
    opened = business_date(START)
    with running_bank(tmp_path) as bank:
        bank.fund(50_000, account=build.ACCOUNT_NUMBER)
        for days in (3, 3, 5):
            at = START + timedelta(days=days)
            bank.move_clock(at)
            context = context_at(database, keyring, at, bank.url)
            await jobs.fetch(context, {"area_code": AREA.area_code})
    found = await rows(
        database,
        "SELECT from_date, to_date, continuity, closing_minor FROM bank_statement ORDER BY 1",
    )
    assert [row[0] for row in found] == [opened + timedelta(days=at) for at in range(5)]
    assert [row[1] for row in found] == [row[0] for row in found]
    assert [row[2] for row in found] == ["first", *["continuous"] * 4]
    assert {row[3] for row in found} == {50_000}
    assert await rows(database, "SELECT entry_class FROM statement_entry") == [("funding",)]
    assert await rows(database, "SELECT DISTINCT xsd_valid FROM statement_file") == [(True,)]


async def test_an_account_with_a_fault_keeps_no_other_from_its_statements(
    database: Database, keyring: Keyring, account: UUID, owner_dsn: str, tmp_path: Path
) -> None:
    """The account that is asked about first cannot be read: not today, not tomorrow."""
    async with database.begin(AREA, at=START) as uow:
        other = await build.agency_account(uow, keyring, number=OTHER_NUMBER, scheme="390")
        (first, *_) = await list_accounts(uow)
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "UPDATE agency_account SET account_ciphertext = sha256('x') WHERE id = $1", first.id
    )
    await owner.close()
    (sound,) = {str(account), str(other)} - {str(first.id)}
    with running_bank(tmp_path) as bank:
        for number in (build.ACCOUNT_NUMBER, OTHER_NUMBER):
            bank.fund(50_000, reference=number, account=number)
        for days in (2, 3):
            bank.move_clock(START + timedelta(days=days))
            context = context_at(database, keyring, START + timedelta(days=days), bank.url)
            with pytest.raises(ExceptionGroup) as failed:
                await jobs.fetch(context, {"area_code": AREA.area_code})
            assert len(failed.value.exceptions) == 1, "of that account alone"
            covered = await rows(
                database, "SELECT agency_account_id::text, count(*) FROM bank_statement GROUP BY 1"
            )
            assert covered == [(sound, days)]


async def test_a_silent_bank_changes_nothing(
    database: Database, keyring: Keyring, account: UUID
) -> None:
    context = context_at(database, keyring, START, "http://127.0.0.1:9")
    await jobs.fetch(context, {"area_code": AREA.area_code, "through": "2026-08-02"})
    assert await rows(database, "SELECT count(*) FROM statement_file") == [(0,)]


async def test_an_uploaded_statement_is_read_in_the_background(
    database: Database, keyring: Keyring, account: UUID
) -> None:
    on = date(2026, 3, 5)
    entry = BookedEntry(1, on, 7_000, None, "财政专户", "0", "拨款", None)
    body = write_statement(
        account=build.ACCOUNT_NUMBER, on=on, sequence=1, opening=0, entries=[entry]
    )
    path = f"/bank-statements?agency_account_id={account}"
    async with running_api(database, keyring) as api:
        maker = await api.user(area_of(AREA.area_code), Role.AGENCY_MAKER)
        taken = await maker.post(path, content=body)
        assert taken.status_code == 202, taken.text
        broken = await maker.post(path, content=b"<Document><broken")
        entities = await maker.post(
            path,
            content=b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>',
        )
        assert (broken.status_code, entities.status_code) == (422, 422)
        other = await maker.post(path, content=b"<Document><Statement/></Document>")
        assert other.status_code == 202
        empty = await maker.post(path, content=b"")
        assert (empty.status_code, empty.json()["code"]) == (422, "statement_body_unfit")
        await drain(Settings(), database, keyring)
        await _says_what_became_of_both(api, taken.json(), other.json())
        listed = (await maker.get("/bank-statements")).json()["items"]
        assert [one["closing"] for one in listed] == ["70.00"]
        entries = await maker.get(f"/bank-statements/{listed[0]['id']}/entries")
        assert [one["entry_class"] for one in entries.json()["items"]] == ["funding"]
        balances = (await maker.get("/bank-statements/balances")).json()["accounts"]
        assert balances[0]["statement_closing"] == balances[0]["ledger_balance"] == "70.00"
        clerk = await api.user(area_of("370200"), Role.AGENCY_MAKER)
        assert (await clerk.get("/bank-statements")).json()["items"] == []
    states = await rows(database, "SELECT state FROM statement_file ORDER BY state")
    assert states == [("read",), ("unreadable",)]


async def _says_what_became_of_both(
    api: RunningApi, taken: dict[str, str], other: dict[str, str]
) -> None:
    finance = await api.user(area_of(AREA.area_code), Role.FINANCE)
    files = (await finance.get("/bank-statements/files")).json()["items"]
    assert [(one["id"], one["state"]) for one in files] == [
        (other["file_id"], "unreadable"),
        (taken["file_id"], "read"),
    ]
    (unreadable,) = (await finance.get("/bank-statements/files?file_state=unreadable")).json()[
        "items"
    ]
    one = await finance.get(f"/bank-statements/files/{other['file_id']}")
    assert one.json() == unreadable == files[0]
    assert unreadable["fault"] == "line 1: not an account statement"
    assert (unreadable["source"], files[1]["fault"]) == ("uploaded", None)
    assert unreadable["received_by"] == files[1]["received_by"] is not None
    elsewhere = await api.user(area_of("370200"), Role.FINANCE)
    assert (await elsewhere.get("/bank-statements/files")).json()["items"] == []
    hidden = await elsewhere.get(f"/bank-statements/files/{other['file_id']}")
    assert hidden.status_code == 404


DAMAGE = {
    "opening": (b"OPBD", b"ITBD", "statement_unfit: /Stmt/Bal: no opening balance (OPBD)"),
    "amount": (b">70.00<", b">seventy<", "line 2, Bal: not an amount: 'seventy'"),
}


async def test_an_unreadable_statement_says_why_and_where(
    database: Database, keyring: Keyring, account: UUID
) -> None:
    on = date(2026, 3, 5)
    entry = BookedEntry(1, on, 7_000, None, "财政专户", "0", "拨款", None)
    sound = write_statement(
        account=build.ACCOUNT_NUMBER, on=on, sequence=1, opening=0, entries=[entry]
    )
    async with running_api(database, keyring) as api:
        maker = await api.user(area_of(AREA.area_code), Role.AGENCY_MAKER)
        for before, after, fault in DAMAGE.values():
            body = sound.replace(before, after)
            taken = await maker.post(f"/bank-statements?agency_account_id={account}", content=body)
            path = f"/bank-statements/files/{taken.json()['file_id']}"
            assert (await maker.get(path)).json()["state"] == "received"
            await drain(Settings(), database, keyring)
            said = (await maker.get(path)).json()
            assert (said["state"], said["fault"]) == ("unreadable", fault)


async def test_a_sound_file_waits_for_what_it_lacks(
    database: Database, keyring: Keyring, account: UUID
) -> None:
    on = date(2026, 3, 5)
    entry = BookedEntry(1, on, 900, None, "某人", "12345678", "?", None)
    body = write_statement(
        account=build.ACCOUNT_NUMBER, on=on, sequence=1, opening=0, entries=[entry]
    )
    async with database.begin(AREA, at=START) as uow:
        file_id = await store_file(
            uow,
            keyring=keyring,
            agency_account_id=account,
            body=body,
            source=FileSource.UPLOADED,
        )
    wanted = {"area_code": AREA.area_code, "aggregate_id": str(file_id)}
    context = context_at(database, keyring, START, "http://127.0.0.1:9")
    database.clock = FixedClock(datetime(1999, 1, 1, tzinfo=UTC))
    with pytest.raises(NoRulePack):
        await jobs.read(context, wanted)
    assert await rows(database, "SELECT state FROM statement_file") == [("received",)]
    database.clock = context.clock
    await jobs.read(context, wanted)
    assert await rows(database, "SELECT state FROM statement_file") == [("read",)]


async def test_people_end_suspense_and_finance_closes_the_month(
    database: Database, keyring: Keyring, account: UUID
) -> None:
    on = date(2026, 3, 5)
    entry = BookedEntry(1, on, 900, None, "某人", "12345678", "?", None)
    body = write_statement(
        account=build.ACCOUNT_NUMBER, on=on, sequence=1, opening=0, entries=[entry]
    )
    async with running_api(database, keyring) as api:
        maker = await api.user(area_of(AREA.area_code), Role.AGENCY_MAKER)
        checker = await api.user(area_of(AREA.area_code), Role.AGENCY_CHECKER)
        finance = await api.user(area_of(AREA.area_code), Role.FINANCE)
        viewer = await api.user(area_of(AREA.area_code), Role.BUREAU_VIEWER)
        await maker.post(f"/bank-statements?agency_account_id={account}", content=body)
        await drain(Settings(), database, keyring)
        (case,) = (await viewer.get("/suspense-cases?status=open")).json()["items"]
        path = f"/suspense-cases/{case['id']}"
        said = {"resolution": "funding", "note": "专户补款"}
        assert (await viewer.post(f"{path}/propose", json=said)).status_code == 403
        assert (await maker.post(f"{path}/propose", json=said)).status_code == 200
        assert (await maker.post(f"{path}/confirm")).status_code == 409
        assert (await checker.post(f"{path}/confirm")).status_code == 200
        source = {
            "agency_account_id": str(account),
            "account_number": "12345678",
            "account_name": "专户",
        }
        made = await maker.post("/funding-sources", json=source)
        assert made.status_code == 201, made.text
        approve = f"/funding-sources/{made.json()['id']}/approve"
        assert (await maker.post(approve)).status_code == 409
        assert (await checker.post(approve)).status_code == 200
        balances = (await viewer.get("/ledger/balances?kind=fund_transfers")).json()["items"]
        assert [one["net"] for one in balances] == ["-9.00"]
        moved = await viewer.get(f"/ledger/accounts/{balances[0]['account_id']}/transfers")
        assert [one["amount"] for one in moved.json()["items"]] == ["9.00"]
        assert (await finance.post("/ledger/periods/2026-3/close")).status_code == 404
        closed = await finance.post("/ledger/periods/2026-03/close")
        assert closed.status_code == 200, closed.text
        again = await finance.post("/ledger/periods/2026-03/close")
        assert (again.status_code, again.json()["code"]) == (409, "ledger_period_closed")
