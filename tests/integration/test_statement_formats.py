"""Statements in other formats than camt.053, sent over HTTP: booked alike, or kept with a fault."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from schemas.bank import BankStatement, EntryDetail, StatementEntry
from schemas.codes.roles import Role
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
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

    async def send(self, body: bytes) -> dict[str, Any]:
        """What became of a file once the worker has read it."""
        path = f"/bank-statements?agency_account_id={self.account_id}"
        taken = await self.maker.post(path, content=body)
        assert taken.status_code == 202, taken.text
        await drain(Settings(), self.database, self.keyring)
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
