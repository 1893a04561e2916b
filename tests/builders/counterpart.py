"""Our payments on one side, a mock-bank on the other, a faulty line between, and who judges.

The judge is the bank's own book: what it moved for each instruction, and in all.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from schemas.codes.ledger import AccountKind
from schemas.codes.payments import DecisionKind, Outcome
from schemas.times import SHANGHAI, business_date
from settlement_api.bank_statements import jobs as statements
from settlement_api.config import ClockKind, Settings
from settlement_api.decisions import service as decisions
from settlement_api.decisions.errors import DecisionNotAllowed
from settlement_api.encryption import Keyring
from settlement_api.jobs_context import JobContext
from settlement_api.payments import jobs
from settlement_api.persistence import Database
from settlement_api.suspense.service import register_funding_source
from settlement_api.unit_of_work import Actor
from tests.builders.faulty_line import Line, Temper, running_line
from tests.builders.mock_bank import MockBank, Moved, running_mock_bank, synthetic_iban
from tests.builders.payment_stage import MovableClock, Stage
from tests.builders.payments import AREA, BankProcess, Part, ReleasedBatch, released_batch

TREASURY: Final = synthetic_iban("37009000000000010")
"""The special account, from which the agency's accounts are funded."""
TEN: Final = time(10)
CLOSED_PAYEE: Final = synthetic_iban("62220202001109990")
"""A payee's account that the bank holds, and has closed: it refuses what is for it."""
FIRST, SECOND = (Actor("user", uuid4(), name) for name in ("first", "second"))
PAID: Final = frozenset({Outcome.DEBITED, Outcome.CREDITED})
UNPAID: Final = frozenset({Outcome.REJECTED, Outcome.CANCELLED, Outcome.NOT_SENT})


def agency_iban(number: int) -> str:
    """The n-th of the agency's accounts."""
    return synthetic_iban(f"3700010000000{number:04d}")


@dataclass
class Verdicts:
    """What two books differ in; nothing is right."""

    wrong: list[str] = field(default_factory=list)
    """Instructions of which we say what their book does not."""
    twice: list[str] = field(default_factory=list)
    """Payments that left the bank more than once, for good."""
    undecided: list[str] = field(default_factory=list)
    """Instructions of which the evidence does not say enough yet."""
    to_come: int = 0
    """How many instructions the bank will still book, or give back."""
    bank_minor: int = 0
    """Fen that the bank moved for good, by its own book."""
    ledger_minor: int = 0
    """Fen that our ledger says were paid and did not come back."""


@dataclass
class Counterpart(Stage):
    """A stage whose bank is a mock-bank behind a line."""

    own_bank: MockBank
    line: Line
    accounts: dict[str, UUID] = field(default_factory=dict)
    _batches: int = 0

    # --- the day's work ---

    def open_account(self, number: int, *, funds: int = 0, **behaviour: Any) -> str:
        """An agency account at the bank, funded today; its IBAN. It is overdrawn at will."""
        name = f"A{number}"
        iban = self.own_bank.open_account(name, f"3700010000000{number:04d}", **behaviour)
        if funds:
            self.own_bank.fund(name, funds, payer=TREASURY)
        return iban

    async def release(
        self, account: str, amounts: Sequence[int], payees: Sequence[str] = ()
    ) -> ReleasedBatch:
        """A batch from an account, released by three people; half of each amount is recovered."""
        self._batches += 1
        payments = [[Part(1, amount, amount // 2)] for amount in amounts]
        batch = await released_batch(
            self.database,
            self.keyring,
            *payments,
            batch_no=self._batches,
            account=account,
            payees=payees,
        )
        if account not in self.accounts:
            self.accounts[account] = batch.account_id
            async with self.area() as uow:
                await register_funding_source(
                    uow,
                    keyring=self.keyring,
                    agency_account_id=batch.account_id,
                    account_number=TREASURY,
                    account_name="财政专户",
                    proposed_by=uuid4(),
                    approved_by=uuid4(),
                )
        return batch

    async def wait(self, **pause: float) -> None:
        """Time passes, and the worker has a turn."""
        self.clock.pass_by(timedelta(**pause))
        await self.tick()

    async def next_morning(self) -> None:
        """Ten o'clock of the next day: the bank is asked, statements are fetched, people decide,
        and what they decided is done."""
        day = business_date(self.clock.instant) + timedelta(days=1)
        self.clock.instant = datetime.combine(day, TEN, SHANGHAI)
        await self.tick()
        await self.fetch()
        await self.decide_not_sent()
        await self.tick()

    async def fetch(self) -> None:
        """Every statement that the bank has and we have not read."""
        await statements.fetch(self.context, {"area_code": AREA})

    async def decide_not_sent(self) -> int:
        """Two people say "not sent" wherever the house lets them; of how many attempts."""
        rows = await self.rows(
            "SELECT id FROM payment_attempt WHERE decision_state = 'sending'"
            " AND outcome = 'unknown' ORDER BY id"
        )
        return sum([await self._decide_not_sent(row.id) for row in rows])

    async def _decide_not_sent(self, attempt_id: UUID) -> bool:
        kind = DecisionKind.NOT_SENT
        try:
            async with self.area(FIRST) as uow:
                decision = await decisions.propose_decision(
                    uow, attempt_id=attempt_id, kind=kind, reason="银行称未收到"
                )
        except DecisionNotAllowed:
            return False
        async with self.area(SECOND) as uow:
            await decisions.confirm_decision(uow, decision_id=decision)
        told = {"area_code": AREA, "attempt_id": str(attempt_id), "kind": kind}
        await jobs.try_again(self.context, told)
        return True

    # --- judging ---

    async def judge(self) -> Verdicts:
        """Our verdicts against the bank's own book, as both stand now."""
        book = self.own_bank.book()
        rows = await self.rows(
            "SELECT payment_id, end_to_end_id, amount_minor, outcome, is_final,"
            " posted_paid_minor - posted_returned_minor AS net_minor FROM payment_attempt"
            " ORDER BY id"
        )
        found = Verdicts(bank_minor=sum(moved.net for moved in book.values()))
        found.to_come = sum(moved.more_to_come for moved in book.values())
        found.ledger_minor = (await self.ledger(AccountKind.OWED))[0]
        stayed: dict[UUID, int] = {}
        for row in rows:
            moved = book.pop(row.end_to_end_id, Moved())
            stays = moved.times_debited - moved.returned // row.amount_minor
            stayed[row.payment_id] = stayed.get(row.payment_id, 0) + stays
            if _is_wrong(row, moved):
                found.wrong.append(f"{row.end_to_end_id}: {row.outcome}, but the bank: {moved}")
            elif row.outcome not in PAID | UNPAID | {Outcome.RETURNED}:
                found.undecided.append(f"{row.end_to_end_id}: {row.outcome}, the bank: {moved}")
        found.twice = [str(payment_id) for payment_id, times in stayed.items() if times > 1]
        found.wrong += [f"{name}: the bank moved what we never sent" for name in book]
        return found


def _is_wrong(row: Any, moved: Moved) -> bool:
    """Whether we are sure of what the bank's book denies; what we do not know yet is not wrong.

    A return that the bank has booked and not stated yet leaves "debited" right until then.
    """
    if row.outcome in PAID:
        return moved.times_debited != 1 or moved.debited != row.amount_minor
    if row.outcome == Outcome.RETURNED:
        return moved.returned != row.amount_minor
    if row.outcome in UNPAID:
        return bool(moved.debited) or row.net_minor != 0
    return bool(row.net_minor) and row.outcome not in (Outcome.SUSPECT_RETURN, Outcome.CONFLICT)


@asynccontextmanager
async def open_counterpart(
    database: Database,
    keyring: Keyring,
    clock: MovableClock,
    folder: Path,
    *,
    temper: Temper | None = None,
    deduplicates: bool = True,
    forgetful: bool = False,
) -> AsyncIterator[Counterpart]:
    """A mock-bank, a line to it and the stage before both, for the time of the block.

    mock-bank takes a message id once; without `deduplicates` it has not declared that, and what
    it does not know is never delivered again. A `forgetful` one even pays what comes again.
    """
    kind = ClockKind.SIMULATED if deduplicates else ClockKind.SYSTEM
    with running_mock_bank(folder, forgetful=forgetful) as bank:
        bank.open_account("PAYEE", "62220202001109990", behaviour="closed-account")
        async with running_line(bank, temper or Temper(), clock) as line:
            settings = Settings(bank_url=line.url, clock=kind, bank_states_rest_days=False)

            async def enqueue(name: str, payload: dict[str, Any]) -> None:
                raise AssertionError(f"nothing here enqueues: {name}")

            context = JobContext(database, clock, settings, keyring, enqueue)
            process = BankProcess(line.url, bank.process)
            yield Counterpart(database, keyring, process, context, clock, bank, line)


async def settle_down(counterpart: Counterpart, *, mornings: int) -> Verdicts:
    """Mornings pass until nothing is open on either side and every statement is read; the judgement
    then, or after so many mornings. At no time is anything wrong, or paid twice.
    """
    for _ in range(mornings):
        judged = await counterpart.judge()
        assert (judged.wrong, judged.twice) == ([], [])
        read = judged.bank_minor == judged.ledger_minor
        if read and not judged.undecided and not judged.to_come:
            break
        await counterpart.next_morning()
    return await counterpart.judge()
