"""A released batch through a bank with a front end: sent, asked about, stated, in the ledger.

The bank books one debit for the package; the oracle is its own book.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from schemas.codes.banks import CodeMeaning, Dialect
from schemas.codes.ledger import AccountKind
from schemas.times import Clock
from settlement_api.bank_statements import jobs as statements
from settlement_api.config import ClockKind, Settings
from settlement_api.encryption import Keyring
from settlement_api.jobs_context import JobContext
from settlement_api.persistence import Database
from settlement_api.suspense.service import register_funding_source
from tests.builders.payment_stage import BEHAVIOR, MovableClock, Stage
from tests.builders.payments import AREA, BankProcess, Part, released_batch, running_bank

CODES = {
    "E0001": CodeMeaning.REJECTED,
    "E0003": CodeMeaning.NOT_FOUND,
    "E0004": CodeMeaning.NOT_FOUND,
}


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[BankProcess]:
    with running_bank(tmp_path, BEHAVIOR) as running:
        running.fund(10_000_00)
        yield running


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture
def stage(database: Database, keyring: Keyring, bank: BankProcess, clock: MovableClock) -> Stage:
    async def enqueue(name: str, payload: dict[str, object]) -> None:
        raise AssertionError("payments enqueue nothing")

    settings = Settings(
        clock=ClockKind.SIMULATED,
        bank_url=bank.url,
        bank_dialect=Dialect.DIRECT_CONNECT_XML,
        bank_customer_id="370100000001",
        bank_codes=CODES,
    )
    context = JobContext(database, clock, settings, keyring, enqueue)
    return Stage(database, keyring, bank, context, clock)


async def fetch_tomorrow(stage: Stage) -> None:
    stage.clock.pass_by(timedelta(hours=24))
    await statements.fetch(stage.context, {"area_code": AREA})


async def funded(stage: Stage, account_id: UUID) -> None:
    async with stage.area() as uow:
        await register_funding_source(
            uow,
            keyring=stage.keyring,
            agency_account_id=account_id,
            account_number="0",
            account_name="财政专户",
            proposed_by=uuid4(),
            approved_by=uuid4(),
        )


async def test_one_debit_for_the_package_is_every_payment_of_it(stage: Stage) -> None:
    batch = await released_batch(
        stage.database, stage.keyring, [Part(1, 100_00, 80_00)], [Part(2, 300_77, 0)]
    )
    await funded(stage, batch.account_id)
    await stage.pay(batch)
    assert await stage.outcomes() == ["unknown"] * 2, "result 9 decides nothing"
    await fetch_tomorrow(stage)
    assert await stage.outcomes() == ["debited"] * 2, "the booking is the truth, nobody was asked"
    assert await stage.shares() == (0, 400_77, 0)
    assert await stage.ledger(AccountKind.BANK) == (10_000_00 - 400_77, 0)
    assert await stage.ledger(AccountKind.SUSPENSE) == (0, 0)
    book = stage.bank.book()
    assert book["balance_minor"] == 10_000_00 - 400_77
    assert book["booked_payments"] == 2


@pytest.mark.parametrize("ending", ["11", "33"])
async def test_a_lost_answer_is_never_a_failure_and_pays_once(stage: Stage, ending: str) -> None:
    """11: the package never came; 33: the bank acted and its front end gave an error."""
    amount = int(f"123{ending}")
    batch = await released_batch(stage.database, stage.keyring, [Part(1, amount, 0)])
    await funded(stage, batch.account_id)
    await stage.pay(batch)
    assert await stage.outcomes() == ["unknown"]
    await stage.ask_later()
    await stage.ask_later()
    assert await stage.outcomes() == ["debited"]
    assert await stage.shares() == (0, amount, 0)
    assert stage.bank.book()["debited_minor"] == amount


async def test_a_refused_line_gives_its_money_back_and_the_debit_is_of_the_others(
    stage: Stage,
) -> None:
    batch = await released_batch(
        stage.database, stage.keyring, [Part(1, 10_404, 10_000)], [Part(2, 55_00, 0)]
    )
    await funded(stage, batch.account_id)
    await stage.pay(batch)
    await stage.ask_later()
    assert await stage.outcomes() == ["debited", "rejected"]
    await fetch_tomorrow(stage)
    assert await stage.shares() == (0, 55_00, 0)
    assert await stage.ledger(AccountKind.BANK) == (10_000_00 - 55_00, 0)
    assert await stage.ledger(AccountKind.SUSPENSE) == (0, 0)
    assert stage.bank.book()["debited_minor"] == 55_00
