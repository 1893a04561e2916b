"""What three people approved is what the bank gets, now or never: nothing altered, nothing late."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from bank_adapters.iso20022.adapter import Iso20022Adapter
from schemas.bank import BankReply, RenderedMessage, Verdict
from schemas.codes.payments import DecisionKind
from schemas.times import Clock
from settlement_api.batches.errors import BatchNotHalted, ContentChanged
from settlement_api.batches.service import halt_batch, resume_batch
from settlement_api.decisions import service as decisions
from settlement_api.decisions.errors import DecisionNotAllowed
from settlement_api.encryption import AlteredBytes, Keyring
from settlement_api.parties.service import freeze_account
from settlement_api.payments import jobs, service
from settlement_api.persistence import Database, load_sql
from settlement_api.readiness import payment_alarms
from settlement_api.stops import service as stops
from settlement_api.unit_of_work import Actor
from tests.builders.payment_stage import MovableClock, Stage, make_stage
from tests.builders.payments import (
    AREA,
    START,
    BankProcess,
    Part,
    ReleasedBatch,
    released_batch,
    running_bank,
    verified_account,
)

PERSON = Actor("user", UUID(int=7), "releaser")
SECOND = Actor("user", UUID(int=8), "second")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BankProcess]:
    with running_bank(tmp_path_factory.mktemp("bank")) as running:
        running.fund(10_000_000_00)
        yield running


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture
async def stage(
    database: Database, keyring: Keyring, bank: BankProcess, clock: MovableClock
) -> Stage:
    return make_stage(database, keyring, bank, clock)


@pytest.fixture
async def batch(stage: Stage) -> ReleasedBatch:
    """Two payments to two accounts."""
    return await released_batch(
        stage.database, stage.keyring, [Part(1, 61_00, 61_00)], [Part(2, 62_00, 0)]
    )


async def alter(owner_dsn: str, sql: str) -> None:
    """What only the owner of the database can do."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def nothing_leaves(stage: Stage) -> None:
    """Neither now nor on any later turn; and it was said once, for people to see."""
    await stage.ask_later()
    assert await stage.rows("SELECT 1 FROM submission WHERE state = 'sending'") == []
    assert await stage.outcomes() == ["unknown"] * 2
    events = await stage.rows("SELECT 1 FROM outbox_event WHERE name = 'batches.batch.halted'")
    assert len(events) == 1


ALTERATIONS = [
    "UPDATE payment SET payee_name = '别家公司' WHERE amount_minor = 6100",
    "UPDATE payment SET amount_minor = 6101 WHERE amount_minor = 6100",
    "UPDATE payment SET purpose = 'supplier_refund' WHERE amount_minor = 6100",
    "UPDATE payment SET payee_cnaps_code = '102451000099' WHERE amount_minor = 6100",
    "UPDATE payment SET payee_account_blind_index = sha256('x') WHERE amount_minor = 6100",
]


@pytest.mark.parametrize("sql", ALTERATIONS)
async def test_a_payment_altered_after_approval_is_not_prepared(
    stage: Stage, batch: ReleasedBatch, owner_dsn: str, sql: str
) -> None:
    await alter(owner_dsn, sql)
    with pytest.raises(ContentChanged):
        await jobs.prepare(stage.context, batch.event)
    assert await stage.rows("SELECT 1 FROM payment_attempt") == []
    await nothing_leaves(stage)


async def test_a_payment_altered_after_it_was_prepared_is_not_signed(
    stage: Stage, batch: ReleasedBatch, owner_dsn: str
) -> None:
    await jobs.prepare(stage.context, batch.event)
    await alter(owner_dsn, ALTERATIONS[0])
    with pytest.raises(ContentChanged):
        await jobs.sign(stage.context, batch.event)
    await nothing_leaves(stage)


async def test_a_halted_batch_goes_on_only_once_it_is_what_was_approved_again(
    stage: Stage, batch: ReleasedBatch, owner_dsn: str
) -> None:
    await jobs.prepare(stage.context, batch.event)
    await alter(owner_dsn, "UPDATE payment SET remittance = remittance || '!'")
    for _ in range(2):
        with pytest.raises(ContentChanged):
            await jobs.sign(stage.context, batch.event)
        async with stage.area(PERSON) as uow:
            await resume_batch(uow, batch_id=batch.id)
    await alter(owner_dsn, "UPDATE payment SET remittance = rtrim(remittance, '!')")
    await stage.tick()
    await stage.tick()
    assert await stage.outcomes() == ["in_settlement"] * 2
    with pytest.raises(BatchNotHalted):
        async with stage.area(PERSON) as uow:
            await resume_batch(uow, batch_id=batch.id)


async def test_a_hash_that_nobody_approved_pays_nothing(
    stage: Stage, batch: ReleasedBatch, owner_dsn: str
) -> None:
    await alter(owner_dsn, "DELETE FROM approval WHERE step = 'checker'")
    with pytest.raises(ContentChanged):
        await jobs.prepare(stage.context, batch.event)
    await nothing_leaves(stage)


async def test_swapped_ciphertexts_pay_nobody(
    stage: Stage, batch: ReleasedBatch, owner_dsn: str
) -> None:
    """The hash does not see ciphertexts: the row that they were made for does."""
    await jobs.prepare(stage.context, batch.event)
    await alter(
        owner_dsn,
        "UPDATE payment SET payee_account_ciphertext = other.payee_account_ciphertext"
        " FROM payment AS other WHERE other.id <> payment.id",
    )
    with pytest.raises(AlteredBytes):
        await jobs.sign(stage.context, batch.event)
    await nothing_leaves(stage)


async def test_altered_bytes_of_a_signed_message_are_not_sent(
    stage: Stage, batch: ReleasedBatch, owner_dsn: str
) -> None:
    await jobs.prepare(stage.context, batch.event)
    await jobs.sign(stage.context, batch.event)
    await alter(owner_dsn, "UPDATE submission SET body_sha256 = sha256('x')")
    (message,) = await stage.rows("SELECT id FROM submission")
    with pytest.raises(AlteredBytes):
        await jobs.send(stage.context, {"area_code": AREA, "aggregate_id": str(message.id)})
    await nothing_leaves(stage)


async def halt(stage: Stage, batch: ReleasedBatch) -> None:
    async with stage.area() as uow:
        await halt_batch(uow, batch_id=batch.id, fault="bytes were altered")


async def go_on(stage: Stage, batch: ReleasedBatch) -> None:
    async with stage.area(PERSON) as uow:
        await resume_batch(uow, batch_id=batch.id)


async def test_a_halted_batch_is_not_sent_and_somebody_is_told(
    stage: Stage, batch: ReleasedBatch
) -> None:
    await jobs.prepare(stage.context, batch.event)
    await jobs.sign(stage.context, batch.event)
    await halt(stage, batch)
    (message,) = await stage.rows("SELECT id FROM submission")
    await jobs.send(stage.context, {"area_code": AREA, "aggregate_id": str(message.id)})
    assert await stage.rows("SELECT 1 FROM submission WHERE state = 'sending'") == []
    assert dict(map(tuple, await payment_alarms(stage.database)))["halted"] == 1
    await go_on(stage, batch)
    await stage.tick()
    assert await stage.outcomes() == ["in_settlement"] * 2
    assert dict(map(tuple, await payment_alarms(stage.database)))["halted"] == 0


# --- held back: by a kill switch, a bank that is down, a weekend --------------------------------


async def held(stage: Stage, batch: ReleasedBatch) -> None:
    """Signed, but not sent: somebody stopped the line."""
    async with stage.area(PERSON) as uow:
        await stops.stop_sending(uow, reason="a call")
    await stage.pay(batch)


async def goes_on(stage: Stage) -> None:
    async with stage.area(SECOND) as uow:
        await stops.resume_sending(uow)
    await stage.tick()
    await stage.tick()


async def test_what_was_held_past_its_day_is_signed_anew_for_the_day_it_is_sent(
    stage: Stage, batch: ReleasedBatch
) -> None:
    await held(stage, batch)
    stage.clock.pass_by(timedelta(days=5))  # to a Saturday
    await goes_on(stage)
    sent = await stage.rows("SELECT state, execution_date FROM submission ORDER BY recorded_at")
    assert [(row.state, f"{row.execution_date:%a}") for row in sent] == [
        ("voided", "Mon"),
        ("sending", "Mon"),
    ]
    assert sent[1].execution_date - sent[0].execution_date == timedelta(days=7)
    assert sorted(await stage.outcomes()) == ["in_settlement"] * 2
    assert len(await stage.attempt_ids()) == 2, "the same attempts: nothing of them ever left"


async def test_an_account_frozen_meanwhile_is_not_paid_and_its_shares_are_free(
    stage: Stage, batch: ReleasedBatch
) -> None:
    await held(stage, batch)
    (payment,) = await stage.rows(
        "SELECT supplier_id, payee_account_id FROM payment WHERE amount_minor = 6100"
    )
    async with stage.database.platform() as uow:
        await verified_account(uow, payment.supplier_id, payment.payee_account_id, stage.keyring)
        await freeze_account(uow, account_id=payment.payee_account_id, reason="money came back")
    await goes_on(stage)
    await left_out(stage, "account_blocked")


async def test_a_mandate_that_ended_meanwhile_is_not_used(
    stage: Stage, batch: ReleasedBatch, owner_dsn: str
) -> None:
    await held(stage, batch)
    await alter(
        owner_dsn,
        "UPDATE mandate SET valid_to = '2026-08-02' FROM payment_item AS item"
        " WHERE item.hospital_id = mandate.hospital_id AND item.amount_minor = 6100",
    )
    await goes_on(stage)
    await left_out(stage, "mandate_ended")


async def left_out(stage: Stage, reason: str) -> None:
    """The payment of 61 yuan was voided for that reason, the other one went."""
    rows = await stage.rows("SELECT amount_minor, outcome FROM payment ORDER BY amount_minor")
    assert [(row.amount_minor, row.outcome) for row in rows] == [
        (61_00, "cancelled"),
        (62_00, "in_settlement"),
    ]
    assert await stage.shares() == (62_00, 0, 0)
    assert await stage.capacity() == (0, 0)
    (event,) = await stage.rows(
        "SELECT facts FROM outbox_event WHERE name = 'payments.attempt.left_out'"
    )
    assert event.facts["reason"] == reason


# --- the same bytes once more -------------------------------------------------------------------


async def test_who_withdraws_a_message_and_who_sends_it_do_not_wait_for_each_other(
    stage: Stage, batch: ReleasedBatch
) -> None:
    """Both take the attempts first: one of them gets the message, neither is cut off."""
    await jobs.prepare(stage.context, batch.event)
    await jobs.sign(stage.context, batch.event)
    (message,) = await stage.rows("SELECT id FROM submission")

    async def send() -> object:
        async with stage.area() as uow:
            return await service.begin_sending(uow, submission_id=message.id, spacing_seconds=60)

    async with stage.area() as uow:
        await uow.fetch_all(
            load_sql(service.__file__, "lock_message"), area_code=AREA, submission_id=message.id
        )
        sending = asyncio.create_task(send())
        await asyncio.sleep(0.5)
        assert not sending.done()
        assert await service.withdraw(uow, submission_id=message.id) == batch.id
    assert await sending is None, "it is withdrawn: nothing leaves"
    assert await stage.rows("SELECT 1 FROM submission WHERE state = 'sending'") == []


def lose_everything(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every message gets lost on its way to the bank; their ids as they are put on the wire."""
    lost: list[str] = []

    async def losing(adapter: Iso20022Adapter, message: RenderedMessage) -> BankReply:
        lost.append(message.message_id)
        return BankReply(Verdict.UNKNOWN, None, b"", "lost on the way")

    monkeypatch.setattr(Iso20022Adapter, "submit", losing)
    return lost


async def test_who_decides_while_the_bytes_go_out_again_waits_and_is_refused(
    stage: Stage, batch: ReleasedBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = lose_everything(monkeypatch)
    monkeypatch.setattr(jobs, "_deliver_again", nothing)
    await stage.pay(batch)
    await stage.ask_later()
    await stage.ask_later()
    await stage.book(day=START.date())
    (message,) = await stage.rows("SELECT id, message_id FROM submission")
    attempt = (await stage.attempt_ids())[0]
    async with stage.area(PERSON) as uow:
        decision = await decisions.propose_decision(
            uow, attempt_id=attempt, kind=DecisionKind.NOT_SENT, reason="a call"
        )
    async with stage.area() as uow:
        assert await service.begin_redelivery(
            uow, submission_id=message.id, message_id=message.message_id
        )
        confirming = asyncio.create_task(confirm(stage, decision))
        await asyncio.sleep(0.5)
        assert not confirming.done(), "it waits for the delivery to be written down"
    with pytest.raises(DecisionNotAllowed, match="not found"):
        await confirming
    assert lost == [message.message_id]


async def nothing(*args: Any) -> None:
    return None


async def confirm(stage: Stage, decision: UUID) -> None:
    async with stage.area(SECOND) as uow:
        await decisions.confirm_decision(uow, decision_id=decision)


async def test_bytes_whose_second_delivery_was_begun_go_out_no_third_time(
    stage: Stage, batch: ReleasedBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after it wrote the delivery down: whether it happened, nobody knows."""
    lost = lose_everything(monkeypatch)
    await stage.pay(batch)
    (message,) = await stage.rows("SELECT id, message_id FROM submission")
    async with stage.area() as uow:
        await service.begin_redelivery(uow, submission_id=message.id, message_id=message.message_id)
    for _ in range(3):
        await stage.ask_later()
    assert lost == [message.message_id]


async def test_a_halted_batch_is_not_delivered_again(
    stage: Stage, batch: ReleasedBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = lose_everything(monkeypatch)
    await stage.pay(batch)
    await halt(stage, batch)
    await stage.ask_later()
    assert len(lost) == 1
    await go_on(stage, batch)
    await stage.ask_later()
    assert len(lost) == 2


async def test_a_second_try_asks_again_whether_the_payment_may_be_made(
    stage: Stage, batch: ReleasedBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_everything(monkeypatch)
    monkeypatch.setattr(jobs, "_deliver_again", nothing)
    await stage.pay(batch)
    await stage.ask_later()
    await stage.ask_later()
    await stage.book(day=START.date())
    (payment,) = await stage.rows(
        "SELECT attempt.id, supplier_id, payee_account_id FROM payment JOIN payment_attempt"
        " AS attempt ON attempt.payment_id = payment.id WHERE payment.amount_minor = 6100"
    )
    async with stage.database.platform() as uow:
        await verified_account(uow, payment.supplier_id, payment.payee_account_id, stage.keyring)
        await freeze_account(uow, account_id=payment.payee_account_id, reason="money came back")
    async with stage.area(PERSON) as uow:
        decision = await decisions.propose_decision(
            uow, attempt_id=payment.id, kind=DecisionKind.NOT_SENT, reason="a call"
        )
    await confirm(stage, decision)
    again = {"area_code": AREA, "attempt_id": str(payment.id), "kind": DecisionKind.NOT_SENT}
    await jobs.try_again(stage.context, again)
    await stage.tick()
    tried = await stage.rows(
        "SELECT outcome FROM payment_attempt WHERE amount_minor = 6100 ORDER BY attempt_no"
    )
    assert [row.outcome for row in tried] == ["not_sent", "cancelled"]
    assert await stage.shares() == (62_00, 0, 0), "what was left out is free again"
    assert await stage.capacity() == (0, 0)


async def test_what_was_not_sent_is_tried_again_although_its_job_died(
    stage: Stage, batch: ReleasedBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_everything(monkeypatch)
    monkeypatch.setattr(jobs, "_deliver_again", nothing)
    await stage.pay(batch)
    await stage.ask_later()
    await stage.ask_later()
    await stage.book(day=START.date())
    attempt = (await stage.attempt_ids())[0]
    async with stage.area(PERSON) as uow:
        decision = await decisions.propose_decision(
            uow, attempt_id=attempt, kind=DecisionKind.NOT_SENT, reason="a call"
        )
    await confirm(stage, decision)
    for _ in range(2):
        await stage.tick()
    assert len(await stage.attempt_ids()) == 3, "one of them anew, once"
    assert await stage.shares() == (123_00, 0, 0)


async def test_people_s_word_that_it_was_not_sent_comes_first(
    stage: Stage, batch: ReleasedBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_everything(monkeypatch)
    monkeypatch.setattr(jobs, "_deliver_again", nothing)
    await stage.pay(batch)
    await stage.ask_later()
    await stage.ask_later()
    await stage.book(day=START.date())
    (message,) = await stage.rows("SELECT id, message_id FROM submission")
    async with stage.area(PERSON) as uow:
        decision = await decisions.propose_decision(
            uow,
            attempt_id=(await stage.attempt_ids())[0],
            kind=DecisionKind.NOT_SENT,
            reason="a call",
        )
    await confirm(stage, decision)
    async with stage.area() as uow:
        assert not await service.begin_redelivery(
            uow, submission_id=message.id, message_id=message.message_id
        )


# --- what the database refuses ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("UPDATE payment SET scheme = '390'", "fk_payment_(batch|account)_of_its_scheme"),
        ("UPDATE payment_batch SET scheme = '390'", "fk_payment_batch"),
        ("UPDATE agency_account SET scheme = '390'", "of_its_scheme"),
        ("UPDATE submission SET delivery_count = 3", "delivered_once_or_twice"),
        ("UPDATE submission SET delivered_at = NULL", "delivered_once_or_twice"),
    ],
)
async def test_schemes_cannot_cross_and_deliveries_are_counted(
    stage: Stage, batch: ReleasedBatch, owner_dsn: str, sql: str, rule: str
) -> None:
    await stage.pay(batch)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=rule):
        await alter(owner_dsn, sql)
