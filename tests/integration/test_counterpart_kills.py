"""A worker is killed by SIGKILL at every single moment of a payment's journey, one after another.

The moments are enumerated, not drawn: before and after each commit, before and after the bank acts
on each call. A worker that finds what is left goes on, and the bank's own book says: paid once.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from schemas.times import Clock
from settlement_api.config import ClockKind
from settlement_api.embedded_postgres import APPLICATION, SYSTEM, EmbeddedServer
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from tests.builders.counterpart import Counterpart, open_counterpart, settle_down
from tests.builders.faulty_line import Fault
from tests.builders.mortal_worker import NEVER, Order, Zygote, running_zygote
from tests.builders.payment_stage import MovableClock
from tests.builders.payments import AREA

APART = timedelta(minutes=20)
MOST_MOMENTS = 60


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@dataclass
class Scene:
    """A bank, and workers that are killed."""

    counterpart: Counterpart
    zygote: Zygote
    order: Order
    account: str
    amount: int = 10_00

    async def new_payment(self) -> Order:
        """A batch of one payment, of an amount of its own, released now; the order to pay it."""
        self.counterpart.clock.pass_by(APART)
        self.amount += 1
        batch = await self.counterpart.release(self.account, [self.amount])
        return replace(self._now(), payload=batch.event)

    def _now(self) -> Order:
        return replace(self.order, instant=self.counterpart.clock.instant.isoformat())

    async def go_on(self, order: Order) -> None:
        """Another worker, which nobody kills, does what is left; mornings pass until it is known
        what became of the payment, so that nothing of it is left to the next."""
        self.counterpart.clock.pass_by(APART)
        left = replace(order, instant=self._now().instant, moment=NEVER)
        assert not await self.zygote.do(left)
        await self.end_well()

    async def fetch_order(self, account_id: UUID) -> Order:
        """The order to fetch the statements of an account."""
        payload = {"area_code": AREA, "agency_account_id": str(account_id)}
        return replace(self._now(), payload=payload, statements_only=True)

    async def end_well(self) -> None:
        """By the bank's own book: each payment debited once, and known to be."""
        judged = await settle_down(self.counterpart, mornings=9)
        assert (judged.wrong, judged.twice, judged.undecided) == ([], [], [])
        paid = sorted(moved.debited for moved in self.counterpart.own_bank.book().values())
        assert paid == list(range(10_01, self.amount + 1))
        assert judged.bank_minor == judged.ledger_minor == sum(paid)
        assert await self.counterpart.shares() == (0, sum(paid), 0)


@pytest.fixture
def forgets() -> bool:
    """Override with True for a bank that pays whatever comes again, and has declared nothing."""
    return False


@pytest.fixture
async def counterpart(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path, *, forgets: bool
) -> AsyncIterator[Counterpart]:
    async with open_counterpart(
        database, keyring, clock, tmp_path, deduplicates=not forgets, forgetful=forgets
    ) as opened:
        yield opened


@pytest.fixture
async def scene(
    counterpart: Counterpart, postgres: EmbeddedServer, database_name: str, state_directory: Path
) -> AsyncIterator[Scene]:
    order = Order(
        dsn=postgres.dsn(APPLICATION, database_name),
        system_dsn=postgres.dsn(SYSTEM, database_name),
        state=str(state_directory),
        bank_url=counterpart.line.url,
        instant="",
        payload={},
        deduplicates=counterpart.context.settings.clock is ClockKind.SIMULATED,
    )
    async with running_zygote() as zygote:
        yield Scene(counterpart, zygote, order, counterpart.open_account(1))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("forgets", [False, True])
async def test_killed_before_and_after_every_commit_of_sending(
    scene: Scene, *, forgets: bool
) -> None:
    """The order never reaches a bank that takes it once, is denied, and goes out once more; or it
    reaches one that would pay it again each time."""
    for moment in range(MOST_MOMENTS):
        scene.counterpart.line.temper.next = [] if forgets else [Fault.LOST_BEFORE]
        order = replace(await scene.new_payment(), moment=moment)
        if not await scene.zygote.do(order):
            break
        scene.counterpart.line.temper.next = []
        await scene.go_on(order)
    assert (14 if forgets else 20) <= moment < MOST_MOMENTS, (
        "there are so many moments, and each was one's last"
    )
    await scene.end_well()


@pytest.mark.parametrize("killed", [Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
@pytest.mark.parametrize("calls_before", [0, 1, 2])
async def test_killed_in_the_middle_of_every_call(
    scene: Scene, killed: Fault, calls_before: int
) -> None:
    """The order is lost, asked about and given again: a worker dies in each of the three calls."""
    order = await scene.new_payment()
    line = scene.counterpart.line
    line.temper.next = [*[Fault.LOST_BEFORE, None][:calls_before], killed]
    line.victim = asyncio.get_running_loop().create_future()
    assert await scene.zygote.do(order, victim=line.victim)
    await scene.go_on(order)


async def test_killed_before_and_after_every_commit_of_a_statement(scene: Scene) -> None:
    """Each of many accounts is fetched by a worker that dies a moment later than the one before."""
    accounts = []
    for number in range(2, 14):
        scene.account = scene.counterpart.open_account(number)
        order = await scene.new_payment()
        assert not await scene.zygote.do(order)
        accounts.append(scene.counterpart.accounts[scene.account])
    scene.counterpart.clock.pass_by(timedelta(days=1))
    for moment, account_id in enumerate(accounts):
        order = replace(await scene.fetch_order(account_id), moment=moment)
        if not await scene.zygote.do(order):
            break
        assert not await scene.zygote.do(replace(order, moment=NEVER))
    assert 8 <= moment < len(accounts) - 1, "there are so many moments, and each was one's last"
    await scene.end_well()
