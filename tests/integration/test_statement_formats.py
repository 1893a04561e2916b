"""Statements in other formats than camt.053, sent over HTTP: booked alike, or kept with a fault."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest

from schemas.bank import BankStatement, EntryDetail, StatementEntry
from schemas.codes.roles import Role
from schemas.times import FixedClock
from settlement_api.bank_statements import jobs
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.jobs_context import JobContext
from settlement_api.persistence import Database
from settlement_api.statement_tables.errors import ProfilesBroken
from settlement_api.statement_tables.service import OWN
from settlement_api.unit_of_work import AreaScope
from settlement_api.worker import drain
from tests.builders import bank_statements as build
from tests.builders import statement_texts as texts
from tests.builders.api import Caller, RunningApi, area_of, running_api

AREA = AreaScope("370100")
DAY = date(2026, 3, 5)
AT = datetime(2026, 3, 5, 4, tzinfo=UTC)


class Desk:
    """Somebody who sends statement files of one account and looks at what became of them."""

    def __init__(
        self, database: Database, keyring: Keyring, account_id: UUID, maker: Caller
    ) -> None:
        self.database = database
        self.keyring = keyring
        self.account_id = account_id
        self.maker = maker
        self.settings = Settings()

    async def send(self, body: bytes) -> dict[str, Any]:
        """What became of a file once the worker has read it."""
        path = f"/bank-statements?agency_account_id={self.account_id}"
        taken = await self.maker.post(path, content=body)
        assert taken.status_code == 202, taken.text
        await drain(self.settings, self.database, self.keyring)
        shown = await self.maker.get(f"/bank-statements/files/{taken.json()['file_id']}")
        told: dict[str, Any] = shown.json()
        return told

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.database.begin(AREA) as uow:
            return [tuple(row) for row in await uow.fetch_all(sql)]

    async def certificate(self, day: date) -> dict[str, Any]:
        path = f"/day-certificates/{self.account_id}?from_date={day}&to_date={day}"
        (found,) = (await self.maker.get(path)).json()["certificates"]
        told: dict[str, Any] = found
        return told


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


@pytest.fixture
async def desk(database: Database, keyring: Keyring, api: RunningApi) -> Desk:
    async with database.begin(AREA, at=AT) as uow:
        account_id = await build.agency_account(uow, keyring)
    maker = await api.user(area_of("370100"), Role.AGENCY_MAKER)
    return Desk(database, keyring, account_id, maker)


def entry(
    fen: int, *, credit: bool = False, reversal: bool = False, text: str = ""
) -> StatementEntry:
    detail = EntryDetail(None, None, None, None, None, text or None)
    return StatementEntry("", fen, "CNY", credit, True, reversal, DAY, DAY, None, (detail,))


def day(number: int, *entries: StatementEntry, opening: int = 0) -> BankStatement:
    moved = sum(one.amount_minor if one.credit else -one.amount_minor for one in entries)
    return texts.statement(number, DAY, opening, opening + moved, entries)


async def test_a_payment_and_its_return_are_known_in_mt940(desk: Desk) -> None:
    async with desk.database.begin(AREA, at=AT) as uow:
        attempt = await build.sent_payment(uow, desk.keyring, account_id=desk.account_id)
    paid = day(2, entry(90_000, credit=True), entry(5_000, text=f"{attempt.hex} 药械结算"))
    told = await desk.send(texts.write_mt940([paid], encoding="gb18030"))
    assert (told["state"], told["format"], told["xsd_valid"]) == ("read", "mt940", None)
    assert await desk.rows("SELECT outcome FROM payment_attempt") == [("debited",)]
    found = await desk.certificate(DAY)
    assert (found["bank"], found["difference"]) == (found["ledger"], "0.00")
    assert found["bank"]["closing"] == "850.00"
    back = entry(5_000, credit=True, reversal=True, text=f"{attempt.hex} 退汇")
    next_day = texts.statement(3, DAY + timedelta(days=1), 85_000, 90_000, [back])
    await desk.send(texts.write_mt940([next_day]))
    assert await desk.rows("SELECT outcome FROM payment_attempt") == [("returned",)]
    assert await desk.rows("SELECT continuity FROM bank_statement ORDER BY from_date") == [
        ("first",),
        ("continuous",),
    ]


async def test_one_debit_for_a_message_is_taken_apart_in_mt940(desk: Desk) -> None:
    async with desk.database.begin(AREA, at=AT) as uow:
        message, attempts = await build.sent_message(
            uow, desk.keyring, account_id=desk.account_id, amounts=[1_000, 2_000, 3_000]
        )
    booked = day(2, entry(6_000, text=f"{message} batch"), opening=10_000)
    assert (await desk.send(texts.write_mt940([booked])))["state"] == "read"
    assert await desk.rows("SELECT count(*), sum(amount_minor)::bigint FROM statement_entry") == [
        (len(attempts), 6_000)
    ]
    assert await desk.rows("SELECT DISTINCT outcome FROM payment_attempt") == [("debited",)]


async def test_mt940_of_another_account_or_that_is_not_plain_is_kept_and_not_booked(
    desk: Desk,
) -> None:
    sound = texts.write_mt940([day(2, entry(90_000, credit=True))])
    bad = {
        sound.replace(b"0310CNY", b"0999CNY"): "statement_of_another_account",
        sound.replace(b"C900,", b"C900,005"): "line 5, :61: not money",
        sound.replace(b":60F:", b":60X:"): "line 4, :60X: there is no such field",
        sound.replace(b"CNY0,", b"USD0,"): "/Stmt/Bal: not CNY; /Stmt/Ntry[1]: not CNY",
        sound.replace(b"NONREF", b"\xff\xff"): "neither UTF-8 nor GB 18030",
    }
    for body, said in bad.items():
        told = await desk.send(body)
        assert (told["state"], told["format"]) == ("unreadable", "mt940")
        assert said in told["fault"], told["fault"]
    assert await desk.rows("SELECT count(*) FROM statement_entry") == [(0,)]
    assert await desk.rows("SELECT count(*) FROM statement_file") == [(len(bad),)]
    unbalanced = sound.replace(b":62F:C260305CNY900,", b":62F:C260305CNY900,01")
    assert (await desk.send(unbalanced))["state"] == "read"
    found = await desk.certificate(DAY)
    assert found["verdict"] == "incomplete"
    assert found["findings"][0]["kind"] == "day_unbalanced"


async def test_any_chain_of_days_in_mt940_comes_to_the_banks_balances(desk: Desk) -> None:
    made = texts.random_chain(Random(20260305), days=6)
    body = texts.write_mt940(made)
    assert (await desk.send(body))["state"] == "read"
    kept = await desk.rows(
        "SELECT opening_minor, closing_minor, balanced, continuity FROM bank_statement ORDER BY"
        " from_date"
    )
    wanted = [tuple(one.amount_minor for one in each.balances) for each in made]
    assert [row[:2] for row in kept] == wanted
    assert {row[2] for row in kept} == {True}
    assert [row[3] for row in kept] == ["first", *["continuous"] * 5]
    again = await desk.send(body)
    assert again["state"] == "read"
    assert await desk.rows("SELECT count(*) FROM bank_statement") == [(6,)]


async def test_tables_are_booked_as_a_profile_reads_them(desk: Desk, tmp_path: Path) -> None:
    made = texts.random_chain(Random(7), days=4)
    rows = [texts.table_rows(one) for one in made]
    bodies = [
        (texts.write_csv(rows[0]).encode(), "csv"),
        (texts.write_xlsx(rows[1]), "xlsx"),
        (texts.write_xlsx(rows[2], days=True, numbers=True), "xlsx"),
        (texts.write_csv(rows[3], delimiter=";").replace("附言", "摘要").encode("gbk"), "csv"),
    ]
    own = json.loads((OWN / "zhijie-table-1.json").read_text("utf-8"))
    theirs = {**own, "code": "some-bank", "version": 4, "encoding": "gbk", "delimiter": ";"}
    declared = json.dumps(theirs, ensure_ascii=False).replace("附言", "摘要")
    (tmp_path / "some-bank.json").write_text(declared, "utf-8")
    desk.settings = Settings(statement_profiles=tmp_path)
    used = []
    for body, form in bodies:
        told = await desk.send(body)
        assert (told["state"], told["format"], told["xsd_valid"]) == ("read", form, None)
        used.append(told["profile"])
    assert used == ["zhijie-table:1"] * 3 + ["some-bank:4"]
    kept = await desk.rows(
        "SELECT opening_minor, closing_minor, balanced, continuity FROM bank_statement ORDER BY"
        " from_date"
    )
    assert [row[:2] for row in kept] == [
        tuple(one.amount_minor for one in each.balances) for each in made
    ]
    assert [row[2:] for row in kept] == [(True, "first"), *[(True, "continuous")] * 3]
    digests = await desk.rows("SELECT DISTINCT encode(profile_sha256, 'hex') FROM statement_file")
    wanted = {sha256((tmp_path / "some-bank.json").read_bytes()).hexdigest()}
    wanted.add(sha256((OWN / "zhijie-table-1.json").read_bytes()).hexdigest())
    assert {one for (one,) in digests} == wanted


async def test_tables_that_no_profile_reads_or_of_others_are_kept_with_their_fault(
    desk: Desk,
) -> None:
    sound = texts.write_csv(texts.table_rows(day(5, entry(90_000, credit=True))))
    bad = {
        sound.replace("银行流水号", "流水"): "no profile reads this table",
        sound.replace("900.00,", "900.001,", 1): "line 6: 收入: more than two decimals",
        sound.replace(texts.NUMBER, "3700100000000999"): "statement_of_another_account",
        sound.replace("2026-03-05,2026-03-05", "2026-02-30,2026-03-05"): "no such day",
        sound.replace("期初余额", "期初"): "no opening balance",
        sound.replace("2026-03-05", "1926-03-05"): "not a day of this century",
        sound.replace("900.00,", "90000000000001.00,", 1): "not an amount that can be booked",
    }
    for text, said in bad.items():
        assert text != sound
        told = await desk.send(text.encode())
        assert (told["state"], told["format"], told["profile"]) == ("unreadable", "csv", None)
        assert said in told["fault"], told["fault"]
    assert (await desk.send(sound.encode("gbk")))["state"] == "unreadable"
    assert await desk.rows("SELECT count(*) FROM statement_entry") == [(0,)]
    assert (await desk.send(sound.encode()))["state"] == "read"
    for body in (b"\xd0\xcf\x11\xe0 old", b"a,b", b"%PDF\x00,,,,"):
        path = f"/bank-statements?agency_account_id={desk.account_id}"
        answer = await desk.maker.post(path, content=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "statement_broken")


async def test_days_taken_in_one_format_are_not_taken_in_another(desk: Desk) -> None:
    """Other formats have other words for an entry: it would be booked a second time."""
    made = texts.random_chain(Random(11), days=3)
    first = texts.write_mt940(made[:2])
    assert (await desk.send(first))["state"] == "read"
    booked = await desk.rows("SELECT count(*), sum(amount_minor)::bigint FROM statement_entry")
    again = await desk.send(texts.write_csv(texts.table_rows(made[1])).encode())
    assert again["state"] == "unreadable"
    assert "these days were taken as mt940" in again["fault"]
    assert booked == await desk.rows(
        "SELECT count(*), sum(amount_minor)::bigint FROM statement_entry"
    )
    next_day = await desk.send(texts.write_csv(texts.table_rows(made[2])).encode())
    assert next_day["state"] == "read", "the format may change from one day to the next"
    assert (await desk.send(texts.write_xlsx(texts.table_rows(made[2]))))["state"] == "read"
    continuity = await desk.rows("SELECT continuity FROM bank_statement ORDER BY id")
    assert continuity == [("first",), ("continuous",), ("continuous",), ("overlap",)]
    found = await desk.certificate(texts.FIRST + timedelta(days=2))
    assert (found["verdict"] == "incomplete", found["bank"]["closing"]) == (
        False,
        texts.yuan(made[2].balances[1].amount_minor),
    )


async def test_a_broken_profile_stops_no_file_for_good(desk: Desk, tmp_path: Path) -> None:
    """It is the operators' fault, not the file's: the file waits, and is read once it is mended."""
    (tmp_path / "bad.json").write_text("{}", "utf-8")
    desk.settings = Settings(statement_profiles=tmp_path)
    body = texts.write_csv(texts.table_rows(day(5, entry(90_000, credit=True)))).encode()
    path = f"/bank-statements?agency_account_id={desk.account_id}"
    taken = await desk.maker.post(path, content=body)
    file_id = taken.json()["file_id"]
    settings = desk.settings
    context = JobContext(desk.database, FixedClock(AT), settings, desk.keyring, nothing_enqueued)
    payload = {"area_code": AREA.area_code, "aggregate_id": file_id}
    with pytest.raises(ProfilesBroken, match=r"bad\.json"):
        await jobs.read(context, payload)
    assert await desk.rows("SELECT state FROM statement_file") == [("received",)]
    (tmp_path / "bad.json").unlink()
    await jobs.read(context, payload)
    assert await desk.rows("SELECT state FROM statement_file") == [("read",)]


async def nothing_enqueued(name: str, payload: dict[str, Any]) -> None:
    raise AssertionError(f"nothing here enqueues: {name}")
