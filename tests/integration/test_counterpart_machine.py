"""Any order of work, faults, time, statements and decisions, against a bank that others wrote.

A machine draws what happens next; after every step the invariants of payments hold (banks.md,
section 5), and whatever happened, in the end the bank's own book is ours.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

import asyncpg
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from schemas.codes.bank_statements import FileSource
from schemas.codes.ledger import AccountKind
from settlement_api.bank_statements import jobs as statements
from settlement_api.embedded_postgres import APPLICATION, SUPERUSER, SYSTEM, EmbeddedServer
from settlement_api.encryption import Keyring
from settlement_api.outcomes.policy import fact_of, fold
from settlement_api.persistence import Database
from settlement_api.statement_files.service import store_file
from settlement_api.stops import service as stops
from settlement_api.unit_of_work import Actor
from tests.builders.counterpart import CLOSED_PAYEE, Counterpart, open_counterpart, settle_down
from tests.builders.faulty_line import KILLS, Fault
from tests.builders.payment_stage import MovableClock
from tests.builders.payments import AREA
from tests.conftest import TEMPLATE

T = TypeVar("T")
ORDINARY_PAYEE = "6222020200110001"
TEMPERS: tuple[dict[str, Any], ...] = (
    {},
    {"behaviour": "return-later", "parameters": {"days": 1, "reason": "AC04"}},
    {"behaviour": "return-later", "parameters": {"days": 3, "reason": "AC06"}},
    {"behaviour": "silent"},
)
FAULTS = sorted(set(Fault) - KILLS)
_numbers = count(1)


class Journeys(RuleBasedStateMachine):
    """One agency, its bank and its people."""

    postgres: ClassVar[EmbeddedServer]
    keyring: ClassVar[Keyring]
    folder: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.stopped = False
        self.batches: list[Any] = []

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(step)

    @initialize(
        deduplicates=st.booleans(), faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=3)
    )
    def open(self, deduplicates: bool, faults: list[Fault]) -> None:
        """A bank, and a first batch on its way: a run without any would prove nothing."""
        self.run(self._open(deduplicates))
        self.send(account=0, amounts=[10_00, 20_00], refused=True, faults=faults)

    async def _open(self, deduplicates: bool) -> None:
        name = f"machine_{next(_numbers)}"
        owner = await asyncpg.connect(self.postgres.dsn(SUPERUSER, "postgres"))
        await owner.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        await owner.close()
        clock = MovableClock()
        database = Database(
            self.postgres.dsn(APPLICATION, name),
            system_dsn=self.postgres.dsn(SYSTEM, name),
            clock=clock,
        )
        self.stack.push_async_callback(database.close)
        folder = self.folder / name
        folder.mkdir()
        self.counterpart: Counterpart = await self.stack.enter_async_context(
            open_counterpart(database, self.keyring, clock, folder, deduplicates=deduplicates)
        )
        self.accounts = [
            self.counterpart.open_account(number, funds=1_000_000_00, **temper)
            for number, temper in enumerate(TEMPERS, start=1)
        ]

    # --- what may happen ---

    @rule(
        account=st.integers(0, len(TEMPERS) - 1),
        amounts=st.lists(st.integers(1, 500_000), min_size=1, max_size=4),
        refused=st.booleans(),
        faults=st.lists(st.sampled_from(FAULTS), max_size=3),
    )
    def send(self, account: int, amounts: list[int], refused: bool, faults: list[Fault]) -> None:
        """A batch goes to the bank over a line that fails then, and when it is asked at first.

        Perhaps with a payment to a closed account: a silent bank would not say so.
        """
        payees = [ORDINARY_PAYEE] * len(amounts)
        if refused and TEMPERS[account].get("behaviour") != "silent":
            payees[0] = CLOSED_PAYEE
        released = self.counterpart.release(self.accounts[account], amounts, payees)
        self.batches.append(self.run(released))
        self.counterpart.line.temper.next[:] = faults
        self.run(self.counterpart.pay(self.batches[-1]))

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def work_on_a_batch(self, data: st.DataObject) -> None:
        """Also one that was worked on before: an event comes twice, somebody clicks twice."""
        batch = data.draw(st.sampled_from(self.batches))
        self.run(self.counterpart.pay(batch))

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def work_side_by_side(self, data: st.DataObject) -> None:
        """Two workers at once."""
        batch = data.draw(st.sampled_from(self.batches))

        async def both() -> None:
            await asyncio.gather(*(self.counterpart.pay(batch) for _ in range(2)))

        self.run(both())

    @rule(fault=st.sampled_from(FAULTS))
    def fault_comes(self, fault: Fault) -> None:
        """What will happen to the next call."""
        self.counterpart.line.temper.next.append(fault)

    @rule(minutes=st.sampled_from([6, 30, 70, 480]))
    def time_passes(self, minutes: int) -> None:
        self.run(self.counterpart.wait(minutes=minutes))

    @rule()
    def night_passes(self) -> None:
        self.run(self.counterpart.next_morning())

    @rule()
    def fetch_statements(self) -> None:
        self.run(self.counterpart.fetch())

    @precondition(lambda self: self.counterpart.line.statements)
    @rule(data=st.data())
    def bring_a_statement(self, data: st.DataObject) -> None:
        """By hand, any that the bank ever gave: again, or before those of earlier days."""
        known = [key for key in self.counterpart.line.statements if key[0] in self._paying()]
        if known:
            self.run(self._bring(data.draw(st.sampled_from(sorted(known)))))

    def _paying(self) -> dict[str, Any]:
        return self.counterpart.accounts

    async def _bring(self, key: Any) -> None:
        counterpart = self.counterpart
        async with counterpart.area() as uow:
            file_id = await store_file(
                uow,
                keyring=counterpart.keyring,
                agency_account_id=counterpart.accounts[key[0]],
                body=counterpart.line.statements[key],
                source=FileSource.UPLOADED,
            )
        payload = {"area_code": AREA, "aggregate_id": str(file_id)}
        await statements.read(counterpart.context, payload)

    @rule()
    def throw_or_lift_the_kill_switch(self) -> None:
        self.run(self._switch())

    async def _switch(self) -> None:
        async with self.counterpart.area(Actor("user", uuid4(), "releaser")) as uow:
            if self.stopped:
                await stops.resume_sending(uow)
            else:
                await stops.stop_sending(uow, reason="the bank called")
        self.stopped = not self.stopped

    # --- what always holds ---

    @invariant()
    def no_book_contradicts_another(self) -> None:
        judged = self.run(self.counterpart.judge())
        assert (judged.wrong, judged.twice) == ([], [])

    @invariant()
    def one_attempt_is_open_and_its_message_left_after_it_said_so(self) -> None:
        counterpart = self.counterpart
        several = self.run(
            counterpart.rows(
                "SELECT payment_id FROM payment_attempt WHERE NOT is_final"
                " GROUP BY payment_id HAVING count(*) > 1"
            )
        )
        assert several == []
        gone = {
            row.message_id
            for row in self.run(
                counterpart.rows("SELECT message_id FROM submission WHERE state <> 'signed'")
            )
        }
        assert set(counterpart.line.reports) <= gone

    @invariant()
    def outcomes_are_what_the_evidence_says(self) -> None:
        for row, facts in self.run(self._evidence()):
            folded = fold(facts, amount_minor=row.amount_minor)
            assert (folded.outcome, folded.returned_minor) == (row.outcome, row.returned_minor)
            assert fold([*facts][::-1], amount_minor=row.amount_minor) == folded

    async def _evidence(self) -> list[tuple[Any, list[Any]]]:
        attempts = await self.counterpart.rows(
            "SELECT id, outcome, returned_minor, amount_minor FROM payment_attempt"
        )
        evidence = await self.counterpart.rows(
            "SELECT id, attempt_id, meaning, amount_minor, about FROM payment_evidence"
        )
        return [
            (row, [fact_of(one) for one in evidence if one.attempt_id == row.id])
            for row in attempts
        ]

    @invariant()
    def shares_and_ledger_say_the_same(self) -> None:
        if self.batches:
            _, paid, returned = self.run(self.counterpart.shares())
            owed, _ = self.run(self.counterpart.ledger(AccountKind.OWED))
            assert owed == paid - returned

    # --- how it ends ---

    def teardown(self) -> None:
        try:
            if hasattr(self, "counterpart"):
                self.run(self._end())
        finally:
            self.run(self.stack.aclose())
            self.runner.close()

    async def _end(self) -> None:
        """The line is mended, the switch lifted, every statement brought: both books agree."""
        counterpart = self.counterpart
        counterpart.line.temper.next.clear()
        if self.stopped:
            await self._switch()
        for batch in self.batches:
            await counterpart.pay(batch)
        for _ in range(3):
            await counterpart.next_morning()
            for key in sorted(counterpart.line.statements):
                if key[0] in counterpart.accounts:
                    await self._bring(key)
        judged = await settle_down(counterpart, mornings=30)
        assert (judged.wrong, judged.twice, judged.undecided) == ([], [], [])
        assert judged.bank_minor == judged.ledger_minor


@pytest.mark.timeout(900)
def test_whatever_happens_the_banks_book_is_ours(
    postgres: EmbeddedServer, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> None:
    Journeys.postgres, Journeys.keyring = postgres, keyring
    Journeys.folder = tmp_path_factory.mktemp("machine")
    run_state_machine_as_test(
        Journeys,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
