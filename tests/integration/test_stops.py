"""The kill switch: what a conflict stopped stays so until the conflict is ended and two lift it."""

from collections.abc import Iterator
from uuid import UUID

import asyncpg
import pytest

from schemas.codes.payments import BookingKind, DecisionKind
from schemas.times import Clock
from settlement_api.decisions import service as decisions
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.stops import service as stops
from settlement_api.stops.errors import ConflictOpen
from settlement_api.stops.jobs import stop_line
from settlement_api.unit_of_work import Actor
from tests.builders.payment_stage import BEHAVIOR, MovableClock, Stage, booking, make_stage
from tests.builders.payments import (
    AGENCY_ACCOUNT,
    AREA,
    BankProcess,
    Part,
    released_batch,
    running_bank,
)

FIRST = Actor("user", UUID(int=7), "first")
SECOND = Actor("user", UUID(int=8), "second")


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcess]:
    with running_bank(tmp_path_factory.mktemp("bank"), BEHAVIOR) as running:
        running.fund(10_000_000_00)
        yield running


@pytest.fixture
async def stage(
    database: Database, keyring: Keyring, bank: BankProcess, clock: MovableClock
) -> Stage:
    return make_stage(database, keyring, bank, clock)


async def lift(stage: Stage, person: Actor) -> bool:
    """Whether the stop is still in force after this person's call."""
    async with stage.area(person) as uow:
        return (await stops.resume_sending(uow)).in_force


async def test_no_stop_is_lifted_before_the_conflict_is_ended(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 10_404, 0)]))
    (attempt,) = await stage.attempt_ids()
    await stage.book(booking(attempt, 10_404))
    assert await stage.outcomes() == ["conflict"]
    await stop_line(stage.context, {"area_code": AREA})
    (payment,) = await stage.rows("SELECT id FROM payment")
    for person in (FIRST, SECOND):
        with pytest.raises(ConflictOpen) as refused:
            await lift(stage, person)
        assert refused.value.facts == {"payment_ids": [payment.id]}
    await stage.book(booking(attempt, 10_404, BookingKind.RETURN))
    assert await stage.outcomes() == ["returned"], "what came back whole contradicts nothing"
    assert await lift(stage, FIRST)
    assert not await lift(stage, SECOND)


async def test_a_conflict_under_a_stop_that_a_person_threw_takes_two_people(stage: Stage) -> None:
    async with stage.area(FIRST) as uow:
        await stops.stop_sending(uow, reason="the bank called")
    await stop_line(stage.context, {"area_code": AREA})
    assert await lift(stage, FIRST)
    assert await lift(stage, FIRST)
    assert not await lift(stage, SECOND)
    told = await stage.rows("SELECT 1 FROM outbox_event WHERE name = 'payments.stop.engaged'")
    assert len(told) == 2, "of the person's stop and of the conflict"


async def test_who_proposed_before_a_conflict_came_proposed_nothing_about_it(stage: Stage) -> None:
    await stop_line(stage.context, {"area_code": AREA})
    assert await lift(stage, FIRST)
    await stop_line(stage.context, {"area_code": AREA})
    assert await lift(stage, SECOND)
    assert not await lift(stage, FIRST)


async def test_what_is_signed_to_pay_a_disputed_share_again_gives_it_back_under_the_stop(
    stage: Stage, owner_dsn: str
) -> None:
    """Frozen anew before the statement contradicted the refusal; then people believe the debit."""
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 10_404, 0)]))
    (attempt,) = await stage.attempt_ids()
    async with stage.area(FIRST) as uow:
        await stops.stop_sending(uow, reason="the bank called")
    again = await released_batch(
        stage.database, stage.keyring, [Part(1, 10_404, 0)], [Part(1, 20_00, 0)], batch_no=2
    )
    await same_share(owner_dsn)
    stage.bank.fund(100_00, "F2", AGENCY_ACCOUNT.number[:-1] + "1")
    await stage.pay(again)
    await stage.book(booking(attempt, 10_404))
    await stop_line(stage.context, {"area_code": AREA})
    for _ in range(2):
        await stage.tick()
    assert await stage.outcomes() == ["cancelled", "conflict", "unknown"]
    (refusal,) = await stage.rows(
        "SELECT id FROM payment_evidence WHERE attempt_id = :id AND meaning = 'rejected'",
        id=attempt,
    )
    async with stage.area(FIRST) as uow:
        decision = await decisions.propose_decision(
            uow, attempt_id=attempt, kind=DecisionKind.DISBELIEVED, reason="the statement",
            evidence_ids=[UUID(int=refusal.id.int)],
        )  # fmt: skip
    async with stage.area(SECOND) as uow:
        await decisions.confirm_decision(uow, decision_id=decision)
    assert await lift(stage, FIRST)
    assert not await lift(stage, SECOND)
    for _ in range(2):
        await stage.tick()
    assert await stage.outcomes() == ["cancelled", "debited", "in_settlement"]
    assert await stage.shares() == (20_00, 10_404, 0)


async def same_share(owner_dsn: str) -> None:
    """The first payment was for the share that the second batch pays again."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(
            "UPDATE payment_item SET payable_share_id = again.payable_share_id"
            " FROM payment_item AS again WHERE payment_item.is_final"
            " AND NOT again.is_final AND again.amount_minor = payment_item.amount_minor"
        )
    finally:
        await connection.close()
