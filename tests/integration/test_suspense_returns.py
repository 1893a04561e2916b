"""Money that comes back: marked in part, or without our id, and how people end what waits."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from schemas.codes.bank_statements import FileSource, SuspenseResolution
from schemas.codes.ledger import AccountKind
from schemas.codes.payments import DecisionKind
from schemas.times import Clock
from settlement_api.bank_statements.service import import_file
from settlement_api.decisions import service as decisions
from settlement_api.decisions.errors import DecisionNotAllowed
from settlement_api.encryption import Keyring
from settlement_api.outcomes.errors import MoneyPromisedAgain, ReturnUnfit
from settlement_api.persistence import Database
from settlement_api.readiness import payment_alarms
from settlement_api.statement_files.service import store_file
from settlement_api.suspense import service as suspense
from settlement_api.suspense.errors import PaymentDecides, ReturnNeedsPayment
from settlement_api.suspense.jobs import open_disbelieved
from settlement_api.unit_of_work import Actor
from settlement_api.verification.policy import Standing
from settlement_api.verification.service import run_verification
from tests.builders import bank_statements as build
from tests.builders.payment_stage import BEHAVIOR, MovableClock, Stage, make_stage
from tests.builders.payments import (
    AREA,
    START,
    Part,
    ReleasedBatch,
    released_batch,
    running_bank,
)

FIRST, SECOND = (Actor("user", uuid4(), name) for name in ("first", "second"))
RETURN = SuspenseResolution.PAYMENT_RETURN
DISBELIEVED = DecisionKind.DISBELIEVED
ASKED = {"suspense_is_waiting", "bookings_are_posted"}
PARTS = [Part(1, 33_33, 11_11), Part(2, 33_33, 0), Part(3, 33_34, 33_34)]


@dataclass
class Desk:
    """A paid payment of 100 yuan, its bank's statements, and two people."""

    stage: Stage
    batch: ReleasedBatch
    attempt: UUID
    days: int = 0

    async def read(self, *entries: Any, account_id: UUID | None = None) -> None:
        """The statement of the next day."""
        self.days += 1
        on = (START + timedelta(days=self.days - 1)).date()
        account = account_id or self.batch.account_id
        async with self.stage.area() as uow:
            file_id = await store_file(
                uow,
                keyring=self.stage.keyring,
                agency_account_id=account,
                body=uuid4().bytes,
                source=FileSource.UPLOADED,
            )
            statement = build.statement(
                *entries, on=on, number=None, opening=100_000_00, sequence=None
            )
            await import_file(
                uow,
                keyring=self.stage.keyring,
                file_id=file_id,
                statements=[statement],
                xsd_valid=True,
            )

    async def case(self) -> UUID:
        (row,) = await self.stage.rows("SELECT id FROM suspense_case WHERE status <> 'resolved'")
        return UUID(int=row.id.int)

    async def propose(self, resolution: SuspenseResolution, attempt: UUID | None = None) -> UUID:
        case_id = await self.case()
        async with self.stage.area(FIRST) as uow:
            await suspense.propose_resolution(
                uow, case_id=case_id, resolution=resolution, note="?", attempt_id=attempt
            )
        return case_id

    async def confirm(self, case_id: UUID) -> None:
        async with self.stage.area(SECOND) as uow:
            await suspense.confirm_resolution(uow, case_id=case_id)

    async def decide(self, kind: DecisionKind, about: list[UUID] | None = None) -> None:
        async with self.stage.area(FIRST) as uow:
            decision = await decisions.propose_decision(
                uow, attempt_id=self.attempt, kind=kind, reason="?", evidence_ids=about or []
            )
        async with self.stage.area(SECOND) as uow:
            await decisions.confirm_decision(uow, decision_id=decision)

    async def disbelieve(self, *about: UUID) -> None:
        """People's correction, and what its event makes the job do."""
        await self.decide(DISBELIEVED, list(about))
        told = {"area_code": AREA, "attempt_id": str(self.attempt), "kind": DISBELIEVED}
        named = [str(one) for one in about]
        await open_disbelieved(self.stage.context, told | {"evidence_ids": named})

    async def evidence(self, where: str) -> list[UUID]:
        rows = await self.stage.rows(f"SELECT id FROM payment_evidence WHERE {where} ORDER BY id")
        return [UUID(int=row.id.int) for row in rows]

    async def books_hold(self) -> bool:
        results = await run_verification(
            self.stage.database, chain_key=self.stage.keyring.chain_key
        )
        asked = [result for result in results if result.invariant.name in ASKED]
        return [result.standing for result in asked] == [Standing.HELD] * len(ASKED)


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running_bank(tmp_path_factory.mktemp("bank"), BEHAVIOR) as running:
        running.fund(10_000_000_00)
        yield running


@pytest.fixture
async def desk(
    database: Database, keyring: Keyring, bank: Any, clock: MovableClock
) -> AsyncIterator[Desk]:
    stage = make_stage(database, keyring, bank, clock)
    batch = await released_batch(database, keyring, PARTS)
    await stage.pay(batch)
    (attempt,) = await stage.attempt_ids()
    desk = Desk(stage, batch, attempt)
    await desk.read(build.entry(100_00, end_to_end_id=attempt.hex, on=START.date()))
    assert await stage.outcomes() == ["debited"]
    yield desk
    assert await desk.books_hold()


def back(amount: int, attempt: UUID | None = None, reason: str | None = None) -> Any:
    name = attempt.hex if attempt else None
    return build.entry(amount, credit=True, end_to_end_id=name, return_reason=reason)


async def test_a_marked_return_of_a_part_has_a_case_until_people_confirm_it(desk: Desk) -> None:
    await desk.read(back(50_01, desk.attempt, "AC04"))
    assert await desk.stage.outcomes() == ["suspect_return"]
    (case,) = await desk.stage.rows("SELECT reason, status FROM suspense_case")
    assert (case.reason, case.status) == ("partial_return", "open")
    with pytest.raises(PaymentDecides):
        await desk.propose(RETURN)
    await desk.decide(DecisionKind.RETURN_CONFIRMED)
    shares = await desk.stage.rows("SELECT returned_minor FROM payable_share ORDER BY id")
    assert sum(row.returned_minor for row in shares) == 50_01
    assert sorted(row.returned_minor for row in shares) == [16_67, 16_67, 16_67]
    await desk.confirm(await desk.propose(RETURN))
    assert await desk.stage.ledger(AccountKind.SUSPENSE) == (0, 0)


async def test_a_marked_return_of_the_whole_needs_nobody(desk: Desk) -> None:
    await desk.read(back(100_00, desk.attempt, "AC04"))
    assert await desk.stage.outcomes() == ["returned"]
    assert await desk.stage.rows("SELECT 1 FROM suspense_case") == []


async def test_a_return_without_our_id_is_tied_to_its_payment_by_two_people(desk: Desk) -> None:
    await desk.read(back(40_00))
    case = await desk.propose(RETURN, desk.attempt)
    assert await desk.stage.shares() == (0, 100_00, 0), "one person is not enough"
    await desk.confirm(case)
    assert await desk.stage.outcomes() == ["returned"]
    assert await desk.stage.shares() == (0, 100_00, 40_00)
    assert await desk.stage.ledger(AccountKind.SUSPENSE) == (0, 0)
    assert await desk.stage.ledger(AccountKind.ADVANCE) == (60_00, 0)
    await desk.read(back(60_01))
    with pytest.raises(ReturnUnfit):
        await desk.propose(RETURN, desk.attempt)
    await desk.read(back(60_00))
    open_cases = await desk.stage.rows(
        "SELECT id FROM suspense_case WHERE status = 'open' AND amount_minor = 6000"
    )
    async with desk.stage.area(FIRST) as uow:
        await suspense.propose_resolution(
            uow, case_id=open_cases[0].id, resolution=RETURN, note="?", attempt_id=desk.attempt
        )
    await desk.confirm(open_cases[0].id)
    assert await desk.stage.shares() == (0, 100_00, 100_00)
    assert await desk.stage.capacity() == (0, 0)


async def test_an_unnamed_return_needs_a_payment_that_was_made_and_has_not_come_back(
    desk: Desk,
) -> None:
    await desk.read(back(100_00))
    with pytest.raises(ReturnNeedsPayment):
        await desk.propose(RETURN)
    with pytest.raises(ReturnNeedsPayment):
        await desk.propose(SuspenseResolution.FUNDING, desk.attempt)
    with pytest.raises(ReturnUnfit):
        await desk.propose(RETURN, uuid4())
    case = await desk.propose(RETURN, desk.attempt)
    await desk.read(back(100_00, desk.attempt, "AC04"))
    with pytest.raises(ReturnUnfit):
        await desk.confirm(case)
    assert await desk.stage.shares() == (0, 100_00, 100_00)


async def test_a_named_entry_is_funding_only_once_dismissed_and_stays_so(desk: Desk) -> None:
    await desk.read(back(100_00, desk.attempt))
    for resolution in (SuspenseResolution.FUNDING, SuspenseResolution.BANK_ERROR):
        with pytest.raises(PaymentDecides):
            await desk.propose(resolution)
    await desk.decide(DecisionKind.RETURN_DISMISSED)
    with pytest.raises(PaymentDecides):
        await desk.propose(RETURN)
    await desk.confirm(await desk.propose(SuspenseResolution.FUNDING))
    assert await desk.stage.ledger(AccountKind.FUND_TRANSFERS) == (-100_00, 0)
    assert await desk.stage.shares() == (0, 100_00, 0)


async def test_a_debit_that_people_disown_waits_in_suspense_with_an_owner(desk: Desk) -> None:
    await desk.read(build.entry(1_23, end_to_end_id=desk.attempt.hex))
    assert await desk.stage.outcomes() == ["conflict"]
    (wrong,) = await desk.stage.rows("SELECT id FROM payment_evidence WHERE amount_minor = 123")
    await desk.decide(DecisionKind.DISBELIEVED, [UUID(int=wrong.id.int)])
    assert await desk.stage.outcomes() == ["debited"]
    told = {
        "area_code": AREA,
        "attempt_id": str(desk.attempt),
        "kind": DecisionKind.DISBELIEVED,
        "evidence_ids": [str(wrong.id)],
    }
    for _ in range(2):
        await open_disbelieved(desk.stage.context, told)
    (case,) = await desk.stage.rows("SELECT reason, is_credit, amount_minor FROM suspense_case")
    assert (case.reason, case.is_credit, case.amount_minor) == ("disbelieved", False, 1_23)
    assert await desk.stage.ledger(AccountKind.SUSPENSE) == (1_23, 0)
    await desk.confirm(await desk.propose(SuspenseResolution.BANK_ERROR))


async def test_a_return_that_people_disown_opens_its_case_again(desk: Desk) -> None:
    await desk.read(back(60_00, desk.attempt))
    await desk.decide(DecisionKind.RETURN_CONFIRMED)
    await desk.confirm(await desk.propose(RETURN))
    await desk.read(back(50_00, desk.attempt, "AC04"))
    assert await desk.stage.outcomes() == ["conflict"]
    (first,) = await desk.stage.rows(
        "SELECT id FROM payment_evidence WHERE amount_minor = 6000 AND source = 'statement_booking'"
    )
    await desk.decide(DecisionKind.DISBELIEVED, [UUID(int=first.id.int)])
    assert await desk.stage.shares() == (0, 100_00, 0)
    told = {
        "area_code": AREA,
        "attempt_id": str(desk.attempt),
        "kind": DecisionKind.DISBELIEVED,
        "evidence_ids": [str(first.id)],
    }
    await open_disbelieved(desk.stage.context, told)
    cases = await desk.stage.rows("SELECT reason, status FROM suspense_case ORDER BY amount_minor")
    assert [tuple(case) for case in cases] == [
        ("partial_return", "open"),
        ("disbelieved", "open"),
    ]


async def test_money_that_a_case_took_out_of_suspense_is_not_taken_out_again(desk: Desk) -> None:
    await desk.read(back(100_00, desk.attempt, "AC04"))
    await desk.read(back(7, desk.attempt))
    assert await desk.stage.outcomes() == ["conflict"]
    await desk.disbelieve(*await desk.evidence("meaning = 'booked_return'"))
    await desk.decide(DecisionKind.RETURN_DISMISSED)
    assert await desk.stage.outcomes() == ["debited"]
    (case,) = await desk.stage.rows("SELECT id FROM suspense_case WHERE amount_minor = 10000")
    async with desk.stage.area(FIRST) as uow:
        await suspense.propose_resolution(
            uow, case_id=case.id, resolution=SuspenseResolution.FUNDING, note="?"
        )
    await desk.confirm(case.id)
    correction = await desk.evidence("meaning = 'disbelieved'")
    with pytest.raises(DecisionNotAllowed, match="resolved in suspense"):
        await desk.decide(DISBELIEVED, correction)
    assert await desk.stage.ledger(AccountKind.SUSPENSE) == (-7, 0)


async def test_a_second_debit_and_its_reversal_leave_suspense_empty(desk: Desk) -> None:
    again = build.entry(100_00, end_to_end_id=desk.attempt.hex)
    await desk.read(again, back(100_00, desk.attempt, "AC04"))
    assert await desk.stage.outcomes() == ["conflict"]
    assert await desk.stage.shares() == (0, 100_00, 0), "the supplier has the money"
    second = (await desk.evidence("meaning = 'booked_debit'"))[-1]
    await desk.disbelieve(second, *await desk.evidence("meaning = 'booked_return'"))
    assert await desk.stage.outcomes() == ["debited"]
    assert await desk.stage.shares() == (0, 100_00, 0)
    assert await desk.stage.ledger(AccountKind.SUSPENSE) == (0, 0)
    assert await desk.stage.ledger(AccountKind.IN_TRANSIT) == (0, 0)


async def test_a_second_debit_after_the_money_was_promised_again_ends_in_suspense(
    desk: Desk,
) -> None:
    await desk.read(back(100_00, desk.attempt, "AC04"))
    async with desk.stage.area() as uow:  # a later batch takes what came back
        await uow.execute("UPDATE payable_share SET reserved_minor = returned_minor")
    again = build.entry(100_00, end_to_end_id=desk.attempt.hex)
    await desk.read(again)
    assert await desk.stage.outcomes() == ["conflict"], "the statement is read: no job fails"
    alarms = {row.alarm: row.found for row in await payment_alarms(desk.stage.database)}
    assert alarms["conflict"] == 1
    second = (await desk.evidence("meaning = 'booked_debit'"))[-1]
    with pytest.raises(MoneyPromisedAgain, match="first confirm what came back"):
        await desk.disbelieve(second)
    async with desk.stage.area(SECOND) as uow:
        (proposal,) = await uow.fetch_all(
            "SELECT id FROM payment_decision WHERE confirmed_by IS NULL"
        )
        await decisions.withdraw_decision(uow, decision_id=proposal.id)
    await desk.decide(DecisionKind.RETURN_CONFIRMED)
    await desk.disbelieve(second)
    assert await desk.stage.outcomes() == ["returned"]
    assert await desk.stage.shares() == (100_00, 100_00, 100_00), "the later payment is untouched"
    (case,) = await desk.stage.rows("SELECT owner_role, is_credit, status FROM suspense_case")
    assert tuple(case) == ("finance", False, "open")


async def test_a_debit_after_a_return_waits_for_people_and_every_entry_has_a_case(
    desk: Desk,
) -> None:
    await desk.read(back(100_00, desk.attempt, "AC04"))
    await desk.read(build.entry(100_00, end_to_end_id=desk.attempt.hex))
    assert await desk.stage.outcomes() == ["conflict"]
    assert await desk.stage.shares() == (0, 100_00, 100_00), "people decide what to take back"
    await desk.disbelieve((await desk.evidence("meaning = 'booked_debit'"))[-1])
    assert await desk.stage.outcomes() == ["suspect_return"]
    (returned,) = await desk.evidence("meaning = 'booked_return'")
    await desk.decide(DecisionKind.RETURN_DISMISSED)
    told = {
        "area_code": AREA,
        "attempt_id": str(desk.attempt),
        "kind": DecisionKind.RETURN_DISMISSED,
        "evidence_ids": [str(returned)],
    }
    await open_disbelieved(desk.stage.context, told)
    assert await desk.stage.outcomes() == ["debited"]
    cases = await desk.stage.rows("SELECT is_credit, status FROM suspense_case ORDER BY is_credit")
    assert [tuple(case) for case in cases] == [(False, "open"), (True, "open")]
    assert await desk.stage.ledger(AccountKind.SUSPENSE) == (0, 0)
