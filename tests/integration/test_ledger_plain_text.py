"""An area's books read and balanced by beancount, which knows nothing of ours."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import asyncpg
import pytest

from schemas.problems import NotFound
from schemas.times import Clock
from settlement_api.encryption import Keyring
from settlement_api.ledger.export import write_plain_text
from settlement_api.ledger.service import post_entries
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders import ledger as build
from tests.builders.beancount import complaints, installed_checker
from tests.builders.payment_stage import MovableClock, Stage
from tests.builders.payments import AGENCY_ACCOUNT, AREA, START
from tests.builders.settled import settled_stage

POSTED = "SELECT count(*) FROM transfer WHERE state = 'posted'"


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed_checker(tmp_path_factory.mktemp("beancount"))


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture
async def stage(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path
) -> AsyncIterator[Stage]:
    """Three payments settled, one of them returned: both books, both schemes, a statement."""
    async with settled_stage(database, keyring, clock, tmp_path) as made:
        yield made


async def told(database: Database, area: str = AREA, until: date | None = None) -> str:
    text = StringIO()
    written = await write_plain_text(database, area_code=area, until=until, write=text.write)
    assert text.getvalue().count(" * ") == written
    return text.getvalue()


async def test_a_settled_area_reads_and_balances(
    stage: Stage, checker: Path, tmp_path: Path
) -> None:
    books = tmp_path / "books.beancount"
    text = await told(stage.database)
    books.write_text(text, encoding="utf-8")
    assert complaints(checker, books) == ""
    (posted,) = await stage.rows(POSTED)
    assert text.count(" * ") == posted.count > 10
    assert text.count(" balance ") == text.count(" open ") > 5
    assert {"Trade", "Fund-310"} <= set(re.findall(r":(Trade|Fund-310|Fund-390):", text))
    assert AGENCY_ACCOUNT.number not in text
    assert await told(stage.database) == text, "the same books are the same text"


async def test_a_text_that_was_changed_does_not_balance(
    stage: Stage, checker: Path, tmp_path: Path
) -> None:
    """By one fen, on one side or on both, in a balance, or by leaving out what follows."""
    text = await told(stage.database)
    legs = re.search(r"  \S+  (\d+\.\d\d) CNY\n  \S+  (-\1) CNY\n", text)
    assert legs is not None
    more = f"{legs[1][:-1]}{(int(legs[1][-1]) + 1) % 10}"
    one_side = text[: legs.start(1)] + more + text[legs.end(1) :]
    both = text.replace(legs[0], legs[0].replace(legs[1], more), 1)
    balance = re.search(r" balance \S+  -?\d+\.\d(\d) ~", text)
    assert balance is not None
    digit = str((int(balance[1]) + 1) % 10)
    stated = text[: balance.start(1)] + digit + text[balance.end(1) :]
    cut = text[: text.rindex("\n20")]
    books = tmp_path / "books.beancount"
    for changed, complaint in (
        (one_side, "Transaction does not balance"),
        (both, "Balance failed"),
        (stated, "Balance failed"),
        (cut, "Balance failed"),
    ):
        books.write_text(changed, encoding="utf-8")
        assert complaint in complaints(checker, books)


async def test_a_running_balance_that_is_wrong_is_found(
    stage: Stage, checker: Path, tmp_path: Path, owner_dsn: str
) -> None:
    owner = await asyncpg.connect(owner_dsn)
    try:
        done = await owner.execute(
            "UPDATE account_balance SET posted_debit_minor = posted_debit_minor + 1"
            " WHERE id = (SELECT id FROM account_balance ORDER BY posting_number DESC, id LIMIT 1)"
        )
    finally:
        await owner.close()
    assert done == "UPDATE 1"
    books = tmp_path / "books.beancount"
    books.write_text(await told(stage.database), encoding="utf-8")
    said = complaints(checker, books)
    assert said.count("Balance failed") == 1
    assert "(0.01 too" in said


async def test_the_books_until_a_day_are_what_was_posted_by_its_end(
    database: Database, checker: Path, tmp_path: Path
) -> None:
    """Booked ahead, back and pending: days of booking do not decide what stood posted."""
    ahead = build.fund_entry(7_05, booking_date=build.DAY + timedelta(days=20))
    pending = build.fund_entry(4_00, pending=True)
    later = build.fund_entry(1_11, booking_date=build.DAY - timedelta(days=20))
    async with database.begin(AreaScope(build.AREA), at=START) as uow:
        await post_entries(uow, entries=[ahead, pending, build.trade_entry(2_50)])
    async with database.begin(AreaScope(build.AREA), at=START + timedelta(days=1)) as uow:
        await post_entries(uow, entries=[later])
    books = tmp_path / "books.beancount"
    for until, transfers, advance in (
        (START.date(), 2, "7.05 ~ 0"),
        (None, 3, "8.16 ~ 0"),
        (START.date() - timedelta(days=1), 0, None),
    ):
        text = await told(database, build.AREA, until)
        books.write_text(text, encoding="utf-8")
        assert complaints(checker, books) == ""
        assert text.count(" * ") == transfers
        balances = re.findall(r"balance Assets:Fund-310:Advance:\S+  (.*) CNY", text)
        assert balances == ([] if advance is None else [advance])
        assert text.count("pending-debit: 4.00 CNY") == (0 if advance is None else 1)


async def test_the_command_writes_the_books_and_nothing_else(
    database: Database, state_directory: Path
) -> None:
    assert database.system_dsn is not None
    async with database.begin(AreaScope(build.AREA), at=START) as uow:
        await post_entries(uow, entries=[build.trade_entry(2_50)])
    addresses = {
        "ZHIJIE_DATABASE_DSN": database.dsn,
        "ZHIJIE_DATABASE_SYSTEM_DSN": database.system_dsn,
        "ZHIJIE_STATE_DIRECTORY": str(state_directory),
    }

    def export(area: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "settlement_api.cli", "ledger", "export", "--area", area]
        return subprocess.run(
            [*command, "--until", str(START.date())],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, **addresses},
        )

    done = export(build.AREA)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == await told(database, build.AREA, START.date())
    refused = export("999999")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no books" in refused.stderr


async def test_each_area_has_books_of_its_own(database: Database) -> None:
    for area, amount in ((build.AREA, 2_50), (build.OTHER_AREA, 3_75)):
        async with database.begin(AreaScope(area), at=START) as uow:
            await post_entries(uow, entries=[build.trade_entry(amount)])
    text = await told(database, build.AREA)
    assert "2.50 CNY" in text
    assert "3.75 CNY" not in text
    with pytest.raises(NotFound):
        await told(database, "999999")
