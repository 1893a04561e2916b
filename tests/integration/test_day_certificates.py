"""Certificates over HTTP: of real statements, walked to entries and postings, by whom may read."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from python_calamine import CalamineWorkbook

from schemas.bank import BankStatement
from schemas.codes.bank_statements import FileSource
from schemas.codes.roles import Role
from settlement_api.bank_statements.service import (
    confirm_opening,
    import_file,
    propose_opening,
)
from settlement_api.encryption import Keyring
from settlement_api.ledger.service import close_period
from settlement_api.persistence import Database
from settlement_api.statement_files.service import mark_unreadable, store_file
from settlement_api.suspense.service import register_funding_source
from settlement_api.unit_of_work import Actor, AreaScope
from tests.builders import bank_statements as build
from tests.builders.api import Caller, RunningApi, area_of, running_api

AREA = AreaScope("370100")
AT = datetime(2026, 3, 12, 4, tzinfo=UTC)
DAY = build.DAY
NEXT = DAY + timedelta(days=1)


class Bench:
    """An account that is given statements, and somebody who reads its certificates."""

    def __init__(self, database: Database, keyring: Keyring, account_id: UUID) -> None:
        self.database = database
        self.keyring = keyring
        self.account_id = account_id
        self.reader: Caller

    async def take(self, *statements: BankStatement, at: datetime = AT) -> list[UUID]:
        async with self.database.begin(AREA, at=at) as uow:
            file_id = await store_file(
                uow,
                keyring=self.keyring,
                agency_account_id=self.account_id,
                body=uuid4().bytes,
                source=FileSource.UPLOADED,
            )
            imported = await import_file(
                uow, keyring=self.keyring, file_id=file_id, statements=statements, xsd_valid=True
            )
        return [one.statement_id for one in imported]

    async def certificates(self, first: date, last: date) -> list[dict[str, Any]]:
        path = f"/day-certificates/{self.account_id}?from_date={first}&to_date={last}"
        answer = await self.reader.get(path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["certificates"]
        return found

    async def certificate(self, day: date) -> dict[str, Any]:
        (found,) = await self.certificates(day, day)
        return found

    async def entries(self, day: date, more: str = "") -> list[dict[str, Any]]:
        answer = await self.reader.get(
            f"/day-certificates/{self.account_id}/entries?day={day}{more}"
        )
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


@pytest.fixture
async def bench(database: Database, keyring: Keyring, api: RunningApi) -> Bench:
    async with database.begin(AREA, at=AT) as uow:
        account_id = await build.agency_account(uow, keyring)
        await register_funding_source(
            uow,
            keyring=keyring,
            agency_account_id=account_id,
            account_number=build.SPECIAL_ACCOUNT,
            account_name="财政专户",
            proposed_by=build.MAKER,
            approved_by=build.CHECKER,
        )
    made = Bench(database, keyring, account_id)
    made.reader = await api.user(area_of("370100"), Role.FINANCE)
    return made


def funding(amount: int = 100_000, **more: Any) -> Any:
    return build.entry(amount, credit=True, payer=build.SPECIAL_ACCOUNT, **more)


def kinds(certificate: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["kind"], one["amount"]) for one in certificate["findings"]]


async def test_a_day_is_walked_from_its_figures_to_entries_payments_and_postings(
    bench: Bench,
) -> None:
    async with bench.database.begin(AREA, at=AT) as uow:
        attempt = await build.sent_payment(uow, bench.keyring, account_id=bench.account_id)
    (statement_id,) = await bench.take(
        build.statement(funding(), build.entry(5_000, end_to_end_id=attempt.hex), build.entry(120))
    )
    found = await bench.certificate(DAY)
    assert found["bank"] == found["ledger"]
    assert found["bank"] == {
        "opening": "0.00",
        "money_in": "1000.00",
        "money_out": "51.20",
        "closing": "948.80",
    }
    assert (found["verdict"], found["difference"]) == ("listed", "0.00")
    assert kinds(found) == [("unexplained", "-1.20")]
    assert found["unexplained"] == {"entry_count": 1, "money_in": "0.00", "money_out": "1.20"}
    assert found["statement_ids"] == [str(statement_id)]
    entries = await bench.entries(DAY)
    assert [one["explained_by"] for one in entries] == ["funding", "payment", "nothing"]
    assert entries[1]["end_to_end_ids"] == [attempt.hex]
    assert all(one["transfer_id"] and one["posted_date"] == str(DAY) for one in entries)
    (waiting,) = await bench.entries(DAY, "&unexplained=true")
    assert waiting == entries[2]
    assert (waiting["owner_role"], waiting["suspense_reason"]) == ("finance", "unknown_debit")
    assert waiting["age_days"] >= 0
    first = await bench.reader.get(
        f"/day-certificates/{bench.account_id}/entries?day={DAY}&limit=2"
    )
    rest = await bench.entries(DAY, f"&after={first.json()['next']}")
    assert [*first.json()["items"], *rest] == entries


async def test_a_missing_day_and_the_gap_after_it_are_said_until_the_statement_comes(
    bench: Bench,
) -> None:
    third = DAY + timedelta(days=2)
    await bench.take(build.statement(funding()))
    await bench.take(build.statement(opening=130_000, on=third, sequence=3))
    agreed, missing, after = await bench.certificates(DAY, third)
    assert (agreed["verdict"], agreed["findings"]) == ("agreed", [])
    assert (missing["book"], missing["bank"], missing["difference"]) == ("missing", None, None)
    assert kinds(missing) == [("statement_missing", "300.00")]
    assert kinds(after) == [("gap", "300.00")]
    assert [one["verdict"] for one in (missing, after)] == ["incomplete", "incomplete"]
    late = funding(30_000, on=NEXT)
    await bench.take(build.statement(late, opening=100_000, on=NEXT, sequence=2))
    found = await bench.certificates(DAY, third)
    assert [one["verdict"] for one in found] == ["agreed"] * 3
    beyond = await bench.certificate(third + timedelta(days=1))
    assert (beyond["verdict"], kinds(beyond)) == ("incomplete", [("statement_missing", "0.00")])


async def test_a_closed_month_an_opening_and_a_statement_that_does_not_balance_are_told_apart(
    bench: Bench,
) -> None:
    at = AT + timedelta(days=40)
    async with bench.database.begin(AREA, actor=Actor("user", build.MAKER, "m"), at=at) as uow:
        await close_period(uow, period="2026-03")
    (statement_id,) = await bench.take(
        build.statement(funding(), opening=70_000, closing=170_005), at=at
    )
    found = await bench.certificate(DAY)
    assert kinds(found) == [
        ("day_unbalanced", "0.05"),
        ("opening_not_transferred", "700.00"),
        ("statement_unbalanced", "0.05"),
        ("posted_on_another_day", "1000.00"),
    ]
    assert {one["statement_id"] for one in found["findings"][1:]} == {str(statement_id)}
    assert (found["difference"], found["verdict"]) == ("1700.05", "incomplete")
    async with bench.database.begin(AREA, actor=Actor("user", build.MAKER, "m"), at=at) as uow:
        await propose_opening(uow, statement_id=statement_id)
    async with bench.database.begin(AREA, actor=Actor("user", build.CHECKER, "c"), at=at) as uow:
        await confirm_opening(uow, statement_id=statement_id)
    later = await bench.certificate(date(2026, 4, 21))
    assert kinds(later) == [("statement_missing", "0.00"), ("statement_unbalanced", "0.05")]
    assert later["ledger"]["closing"] == "1700.00"


async def test_entries_dated_outside_their_statement_count_in_it_and_are_told(
    bench: Bench,
) -> None:
    await bench.take(build.statement(funding()))
    before = build.entry(700, on=DAY - timedelta(days=1), reference="late")
    await bench.take(build.statement(before, opening=100_000, on=NEXT, sequence=2))
    first, second = await bench.certificates(DAY, NEXT)
    assert kinds(first) == [("posted_on_another_day", "7.00")]
    assert (first["verdict"], first["difference"]) == ("listed", "7.00")
    assert second["bank"]["money_out"] == "7.00"
    assert second["difference"] == "0.00"
    assert [one["booking_date"] for one in await bench.entries(NEXT)] == ["2026-03-04"]


async def test_a_file_that_was_not_booked_stands_in_the_certificate_of_its_day(
    bench: Bench,
) -> None:
    async with bench.database.begin(AREA, at=AT) as uow:
        file_id = await store_file(
            uow,
            keyring=bench.keyring,
            agency_account_id=bench.account_id,
            body=b"what is this",
            source=FileSource.FETCHED,
            statement_date=DAY,
        )
        await mark_unreadable(uow, file_id=file_id, fault="no statement")
    found = await bench.certificate(DAY)
    assert [one["file_id"] for one in found["findings"]] == [str(file_id), None]
    assert found["verdict"] == "incomplete"


async def test_what_people_said_of_an_entry_is_read_and_only_in_the_own_area(
    bench: Bench, api: RunningApi
) -> None:
    await bench.take(build.statement(build.entry(900, credit=True)))
    path = f"/day-certificates/{bench.account_id}"
    asked = f"{path}?from_date={DAY}&to_date={DAY}"
    auditor = await api.user(area_of("370100"), Role.BUREAU_VIEWER)
    assert (await auditor.get(asked)).status_code == 200
    elsewhere = await api.user(area_of("370200"), Role.FINANCE)
    refused = await elsewhere.get(asked)
    assert (refused.status_code, refused.json()["code"]) == (404, "agency_account_unknown")
    assert (await elsewhere.get(f"{path}/entries?day={DAY}")).json()["items"] == []
    for first, last, code in (
        (NEXT, DAY, "order"),
        (DAY, date(2099, 1, 1), "too_many"),
        (DAY - timedelta(days=61), date(2027, 1, 1), "too_many"),
    ):
        answer = await bench.reader.get(f"{path}?from_date={first}&to_date={last}")
        assert (answer.status_code, answer.json()["code"]) == (422, "certificate_days_unfit")
        assert code in {fault["code"] for fault in answer.json()["faults"]}


async def test_the_workbook_holds_days_findings_and_entries(bench: Bench) -> None:
    await bench.take(build.statement(funding(), build.entry(120)))
    asked = f"workbook.xlsx?from_date={DAY}&to_date={NEXT}"
    for language, verdict in (("zh", "差异已列明"), ("en", "differences listed")):
        path = f"/day-certificates/{bench.account_id}/{asked}&language={language}"
        answer = await bench.reader.get(path)
        assert answer.status_code == 200, answer.text
        with CalamineWorkbook.from_filelike(BytesIO(answer.content)) as book:
            days, findings, entries = (book.get_sheet_by_index(n).to_python() for n in range(3))
        assert days[1][:2] == ["2026-03-05", verdict]
        assert [row[0] for row in findings[1:]] == [str(DAY), str(NEXT)]
        assert [row[2:4] for row in entries[1:]] == [[1000.0, ""], ["", 1.2]]
