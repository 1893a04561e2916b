"""Payments to a simulated bank in a process of its own: paid once, whatever breaks in between.

The oracle is the bank's own book: money the bank moved = money our ledger and shares say.
"""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from bank_adapters.iso20022.adapter import Iso20022Adapter
from schemas.bank import BankMeaning, BankReply, RenderedMessage, Verdict
from schemas.codes.ledger import AccountKind, Book
from schemas.codes.payments import BookingKind, DecisionKind, EvidenceSource
from schemas.times import Clock
from settlement_api.batches.errors import ContentChanged
from settlement_api.decisions import service as decisions
from settlement_api.decisions.errors import DecisionNotAllowed, SamePerson
from settlement_api.encryption import Keyring
from settlement_api.jobs_context import JobContext
from settlement_api.ledger.queries import balances
from settlement_api.outcomes import service as outcomes
from settlement_api.outcomes.jobs import freeze_payees
from settlement_api.outcomes.policy import Fact, News, fold
from settlement_api.payments import jobs
from settlement_api.persistence import Database
from settlement_api.stops import service as stops
from settlement_api.stops.errors import AlreadyStopped
from settlement_api.stops.jobs import stop_line
from settlement_api.unit_of_work import Actor, PlatformScope, UnitOfWork
from tests.builders.payment_stage import BEHAVIOR, MovableClock, Stage, booking, make_stage
from tests.builders.payments import (
    AREA,
    START,
    BankProcess,
    Part,
    free_port,
    released_batch,
    running_bank,
    verified_account,
)


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running_bank(tmp_path_factory.mktemp("bank"), BEHAVIOR) as running:
        running.fund(10_000_000_00)
        yield running


@pytest.fixture
async def stage(
    database: Database, keyring: Keyring, bank: BankProcess, clock: MovableClock
) -> Stage:
    return make_stage(database, keyring, bank, clock)


async def test_a_batch_is_paid_once_and_everything_follows(stage: Stage) -> None:
    batch = await released_batch(
        stage.database,
        stage.keyring,
        [Part(1, 100_00, 80_00), Part(2, 50_00, 50_00)],
        [Part(1, 300_77, 0)],
    )
    await jobs.prepare(stage.context, batch.event)
    assert await stage.ledger(AccountKind.ADVANCE) == (0, 450_77)
    await stage.pay(batch)
    assert await stage.outcomes() == ["in_settlement"] * 2
    assert await stage.shares() == (450_77, 0, 0)
    await stage.ask_later()
    assert await stage.outcomes() == ["debited"] * 2
    assert await stage.shares() == (0, 450_77, 0)
    assert await stage.capacity() == (0, 130_00)
    assert await stage.ledger(AccountKind.ADVANCE) == (450_77, 0)
    assert await stage.ledger(AccountKind.IN_TRANSIT) == (-450_77, 0)
    assert await stage.ledger(AccountKind.OWED) == (450_77, 0)
    assert await stage.ledger(AccountKind.PAID_ON_MANDATE) == (-450_77, 0)
    moved = {out for out, _ in stage.bank.payments().values()}
    assert {150_00, 300_77} <= moved
    left = await stage.rows("SELECT 1 FROM submission WHERE next_inquiry_at IS NOT NULL")
    assert left == [], "nobody asks about what is decided"


async def test_bytes_at_rest_are_encrypted_and_are_what_was_signed(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 12_00, 0)]))
    (row,) = await stage.rows("SELECT body_ciphertext, key_id, message_id FROM submission")
    body = stage.keyring.decrypt(row.body_ciphertext, row.key_id, of=UUID(row.message_id))
    assert row.message_id.encode() in body
    assert b"6222020200110001" in body
    assert b"6222020200110001" not in bytes(row.body_ciphertext)


async def test_a_rejected_payment_gives_everything_back(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 10_404, 10_000)]))
    assert await stage.outcomes() == ["rejected"]
    assert await stage.shares() == (0, 0, 0)
    assert await stage.capacity() == (0, 0)
    assert await stage.ledger(AccountKind.ADVANCE) == (0, 0)
    (item,) = await stage.rows("SELECT is_final FROM payment_item")
    assert item.is_final, "its share can be frozen again"
    (event,) = await stage.rows("SELECT facts FROM outbox_event WHERE name LIKE 'outcomes.%'")
    assert event.facts["changes"][0]["reason_code"] == "AC04"


async def test_a_return_reopens_exactly_its_amount(stage: Stage) -> None:
    batch = await released_batch(
        stage.database, stage.keyring, [Part(1, 70_00, 70_00), Part(2, 31_00, 1_00)]
    )
    await stage.pay(batch)
    (attempt,) = await stage.attempt_ids()
    debit, back = booking(attempt, 101_00), booking(attempt, 101_00, BookingKind.RETURN)
    assert await stage.book(debit) == set()
    assert await stage.book(back, booking(uuid4(), 1)) != set(), "what is not ours is given back"
    await stage.book(debit, back)
    assert await stage.outcomes() == ["returned"]
    assert await stage.shares() == (0, 101_00, 101_00)
    assert await stage.capacity() == (0, 0)
    assert await stage.ledger(AccountKind.SUSPENSE) == (101_00, 0)
    assert await stage.ledger(AccountKind.ADVANCE) == (0, 0)
    assert await stage.ledger(AccountKind.OWED) == (0, 0)


async def test_a_partial_return_waits_for_two_people_and_loses_no_fen(stage: Stage) -> None:
    parts = [Part(1, 33_33, 11_11), Part(2, 33_33, 0), Part(3, 33_34, 33_34)]
    await stage.pay(await released_batch(stage.database, stage.keyring, parts))
    (attempt,) = await stage.attempt_ids()
    await stage.book(booking(attempt, 100_00))
    await stage.book(booking(attempt, 50_01, BookingKind.RETURN))
    assert await stage.outcomes() == ["suspect_return"]
    assert await stage.shares() == (0, 100_00, 0)
    await decide(stage, attempt, DecisionKind.RETURN_CONFIRMED)
    assert await stage.outcomes() == ["returned"]
    assert await stage.shares() == (0, 100_00, 50_01)
    assert await stage.ledger(AccountKind.ADVANCE) == (49_99, 0)


async def decide(stage: Stage, attempt_id: UUID, kind: DecisionKind) -> None:
    first, second = (Actor("user", uuid4(), name) for name in ("first", "second"))
    async with stage.area(first) as uow:
        decision = await decisions.propose_decision(
            uow, attempt_id=attempt_id, kind=kind, reason="a call to the bank"
        )
    with pytest.raises(SamePerson):
        async with stage.area(first) as uow:
            await decisions.confirm_decision(uow, decision_id=decision)
    async with stage.area(second) as uow:
        await decisions.confirm_decision(uow, decision_id=decision)
    await jobs.try_again(
        stage.context, {"area_code": AREA, "attempt_id": str(attempt_id), "kind": kind}
    )


async def test_a_502_after_acting_is_unknown_then_asked_and_never_sent_again(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 77_33, 0)]))
    assert await stage.outcomes() == ["unknown"]
    await stage.tick()
    assert await stage.outcomes() == ["unknown"], "not yet time to ask"
    await stage.ask_later()
    assert await stage.outcomes() == ["debited"]
    assert [out for out, _ in stage.bank.payments().values() if out == 77_33] == [77_33]


async def test_what_was_lost_before_the_bank_is_delivered_again_as_the_same_bytes(
    stage: Stage,
) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 78_11, 0)]))
    assert await stage.outcomes() == ["unknown"]
    await stage.ask_later()
    await stage.ask_later()
    assert await stage.outcomes() == ["debited"]
    assert len(await stage.rows("SELECT 1 FROM submission")) == 1
    assert [out for out, _ in stage.bank.payments().values() if out == 78_11] == [78_11]


async def test_a_double_answer_is_one_piece_of_evidence(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 79_66, 0)]))
    assert len(await stage.rows("SELECT 1 FROM payment_evidence")) == 1


async def test_a_forgotten_line_is_paid_by_a_new_attempt_after_two_people_decide(
    stage: Stage,
) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 30_606, 606)]))
    (attempt,) = await stage.attempt_ids()
    with pytest.raises(DecisionNotAllowed):
        await decide(stage, attempt, DecisionKind.NOT_SENT)
    await stage.ask_later()
    await stage.ask_later()
    with pytest.raises(DecisionNotAllowed, match="statement"):
        await decide(stage, attempt, DecisionKind.NOT_SENT)
    await stage.book(day=START.date())
    await decide(stage, attempt, DecisionKind.NOT_SENT)
    assert await stage.shares() == (30_606, 0, 0), "the money stays reserved"
    attempts = await stage.attempt_ids()
    assert len(attempts) == 2
    assert await stage.ledger(AccountKind.ADVANCE) == (0, 30_606)
    await stage.tick()
    await stage.book(booking(attempts[1], 30_606))
    assert await stage.outcomes() == ["debited"]
    assert await stage.ledger(AccountKind.ADVANCE) == (30_606, 0)


async def test_a_late_refusal_of_what_was_not_sent_leaves_the_next_attempts_money_reserved(
    stage: Stage,
) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 30_606, 606)]))
    (attempt,) = await stage.attempt_ids()
    await stage.ask_later()
    await stage.ask_later()
    await stage.book(day=START.date())
    await decide(stage, attempt, DecisionKind.NOT_SENT)
    refusal = News(attempt, EvidenceSource.STATUS_INQUIRY, BankMeaning.REJECTED, "RJCT", "test")
    async with stage.area() as uow:
        await outcomes.record_news(uow, cause_id=uuid4(), news=[refusal])
    assert await stage.shares() == (30_606, 0, 0)
    assert await stage.capacity() == (606, 0)
    await stage.book(booking((await stage.attempt_ids())[1], 30_606))
    assert await stage.shares() == (0, 30_606, 0)


@pytest.mark.parametrize("word", [BankMeaning.PENDING, BankMeaning.DUPLICATE])
async def test_what_the_bank_has_spoken_of_cannot_be_decided_as_not_sent(
    stage: Stage, word: BankMeaning
) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 30_606, 606)]))
    (attempt,) = await stage.attempt_ids()
    spoken = News(attempt, EvidenceSource.STATUS_INQUIRY, word, "test", "test")
    async with stage.area() as uow:
        await outcomes.record_news(uow, cause_id=uuid4(), news=[spoken])
    await stage.ask_later()
    await stage.ask_later()
    await stage.book(day=START.date())
    with pytest.raises(DecisionNotAllowed, match="has"):
        await decide(stage, attempt, DecisionKind.NOT_SENT)


async def test_bytes_with_a_payment_that_was_not_sent_never_go_out_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered = lose_deliveries(monkeypatch, 2)
    batch = await released_batch(
        stage.database, stage.keyring, [Part(1, 40_001, 0)], [Part(1, 38_002, 0)]
    )
    await stage.pay(batch)
    (attempt,) = await stage.rows("SELECT id FROM payment_attempt WHERE amount_minor = 40001")
    await stage.ask_later()
    await stage.ask_later()
    await stage.book(day=START.date())
    with pytest.raises(DecisionNotAllowed, match="twice"):
        await decide(stage, attempt.id, DecisionKind.NOT_SENT)
    await stage.ask_later()
    with pytest.raises(DecisionNotAllowed, match="statement"):
        await decide(stage, attempt.id, DecisionKind.NOT_SENT)
    await stage.book(day=START.date() + timedelta(days=1))
    await decide(stage, attempt.id, DecisionKind.NOT_SENT)
    await stage.tick()
    await stage.ask_later()
    assert sorted(delivered.values()) == [1, 2]
    moved = [out for out, _ in stage.bank.payments().values() if out in {40_001, 38_002}]
    assert moved == [40_001]


def lose_deliveries(monkeypatch: pytest.MonkeyPatch, deliveries: int) -> dict[str, int]:
    """The first message's first deliveries get lost; how often each message was delivered."""
    delivered: dict[str, int] = {}
    submit = Iso20022Adapter.submit

    async def losing(adapter: Iso20022Adapter, message: RenderedMessage) -> BankReply:
        delivered[message.message_id] = delivered.get(message.message_id, 0) + 1
        first = next(iter(delivered))
        if message.message_id == first and delivered[first] <= deliveries:
            return BankReply(Verdict.UNKNOWN, None, b"", "lost on the way")
        return await submit(adapter, message)

    monkeypatch.setattr(Iso20022Adapter, "submit", losing)
    return delivered


async def test_contradicting_news_stops_the_line_and_posts_nothing(stage: Stage) -> None:
    batch = await released_batch(stage.database, stage.keyring, [Part(1, 10_404, 0)])
    await stage.pay(batch)
    (attempt,) = await stage.attempt_ids()
    await stage.book(booking(attempt, 10_404))
    assert await stage.outcomes() == ["conflict"]
    assert await stage.shares() == (0, 0, 0)
    await stop_line(stage.context, {"area_code": AREA})
    other = await released_batch(stage.database, stage.keyring, [Part(1, 5_00, 0)], batch_no=2)
    await stage.pay(other)
    signed = await stage.rows("SELECT 1 FROM submission WHERE state = 'signed'")
    assert len(signed) == 1, "nothing is sent while the line stands"


async def test_the_kill_switch_holds_what_is_signed_and_loses_nothing(stage: Stage) -> None:
    person = Actor("user", uuid4(), "releaser")
    async with stage.area(person) as uow:
        await stops.stop_sending(uow, reason="the bank called")
    with pytest.raises(AlreadyStopped):
        async with stage.area(person) as uow:
            await stops.stop_sending(uow, reason="again")
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 6_00, 0)]))
    assert await stage.outcomes() == ["unknown"]
    assert await stage.rows("SELECT 1 FROM submission WHERE state = 'sending'") == []
    async with stage.area(person) as uow:
        await stops.resume_sending(uow)
    await stage.tick()
    assert await stage.outcomes() == ["in_settlement"]


async def test_a_name_that_the_bank_cannot_carry_is_never_sent(stage: Stage) -> None:
    batch = await released_batch(
        stage.database, stage.keyring, [Part(1, 8_00, 8_00)], name="\U00020000药业"
    )
    await stage.pay(batch)
    assert await stage.outcomes() == ["cancelled"]
    assert await stage.shares() == (0, 0, 0)
    assert await stage.rows("SELECT 1 FROM submission") == []


async def test_a_batch_that_fails_keeps_no_other_from_the_bank(stage: Stage) -> None:
    sound = await released_batch(stage.database, stage.keyring, [Part(1, 9_00, 0)])
    await jobs.prepare(stage.context, sound.event)
    await jobs.sign(stage.context, sound.event)
    await released_batch(stage.database, stage.keyring, [Part(1, 8_00, 0)], batch_no=2)
    async with stage.area() as uow:
        await uow.execute(
            "INSERT INTO payment_item (area_code, payment_id, payable_share_id, hospital_id,"
            " supplier_id, amount_minor) SELECT area_code, payment_id, uuidv7(), hospital_id,"
            " supplier_id, 1 FROM payment_item WHERE amount_minor = 800"
        )
    with pytest.raises(ExceptionGroup) as raised:
        await stage.tick()
    assert raised.group_contains(ContentChanged)
    assert await stage.outcomes() == ["in_settlement", "unknown"]
    await stage.ask_later()
    assert await stage.outcomes() == ["debited", "unknown"], "halted, it troubles nobody any more"


async def test_payments_that_differ_from_the_approved_batch_are_not_prepared(stage: Stage) -> None:
    batch = await released_batch(stage.database, stage.keyring, [Part(1, 8_00, 0)])
    async with stage.area() as uow:
        await uow.execute(
            "INSERT INTO payment_item (area_code, payment_id, payable_share_id, hospital_id,"
            " supplier_id, amount_minor) SELECT area_code, payment_id, uuidv7(), hospital_id,"
            " supplier_id, 1 FROM payment_item"
        )
    with pytest.raises(ContentChanged):
        await jobs.prepare(stage.context, batch.event)


async def test_a_bank_that_is_down_leaves_the_message_signed(
    database: Database, keyring: Keyring, clock: MovableClock, tmp_path: Path
) -> None:
    port = free_port()
    with running_bank(tmp_path, port=port) as bank:
        bank.fund(100_00)
        stage = make_stage(database, keyring, bank, clock)
    batch = await released_batch(database, keyring, [Part(1, 9_00, 0)])
    await stage.pay(batch)
    assert await stage.rows("SELECT 1 FROM submission WHERE state = 'sending'") == []
    with running_bank(tmp_path, port=port):
        await stage.tick()
        assert await stage.outcomes() == ["in_settlement"]


class Death(BaseException):
    """The process ends here: nothing after it runs, what was committed stays."""


def dying_after(stage: Stage, commits: int) -> Stage:
    """The same stage whose process dies when its transaction number `commits` has committed."""
    left = [commits]
    begin = stage.database.begin

    class Mortal(Database):
        def __init__(self) -> None:
            self.__dict__ = stage.database.__dict__

        def begin(self, *scope: Any, **options: Any) -> Any:
            return _Mortal(begin(*scope, **options), left)

    mortal = Mortal()
    context = JobContext(
        mortal, stage.clock, stage.context.settings, stage.keyring, stage.context.enqueue
    )
    return Stage(mortal, stage.keyring, stage.bank, context, stage.clock)


class _Mortal:
    def __init__(self, inner: Any, left: list[int]) -> None:
        self._inner, self._left = inner, left

    async def __aenter__(self) -> UnitOfWork:
        if self._left[0] <= 0:
            raise Death
        uow: UnitOfWork = await self._inner.__aenter__()
        return uow

    async def __aexit__(self, *error: Any) -> None:
        await self._inner.__aexit__(*error)
        self._left[0] -= 1


@pytest.mark.parametrize("commits", range(12))
async def test_a_process_that_dies_between_any_two_steps_pays_once(
    stage: Stage, commits: int
) -> None:
    """Dies after each commit in turn, the socket included, and starts again from what it finds."""
    amount = 90_000 + commits
    batch = await released_batch(stage.database, stage.keyring, [Part(1, amount, amount)])
    with pytest.raises(Death):
        while True:
            await dying_after(stage, commits).pay(batch)
            commits = 0
    await stage.tick()
    for _ in range(3):
        await stage.ask_later()
    assert await stage.outcomes() == ["debited"]
    assert await stage.shares() == (0, amount, 0)
    assert await stage.capacity() == (0, amount)
    assert await stage.ledger(AccountKind.ADVANCE) == (amount, 0)
    assert [out for out, _ in stage.bank.payments().values() if out == amount] == [amount]


async def test_two_workers_on_one_batch_send_one_message(stage: Stage) -> None:
    batch = await released_batch(stage.database, stage.keyring, [Part(1, 95_01, 0)])
    await asyncio.gather(stage.pay(batch), stage.pay(batch))
    assert len(await stage.rows("SELECT 1 FROM submission")) == 1
    assert [out for out, _ in stage.bank.payments().values() if out == 95_01] == [95_01]


async def test_a_statement_alone_decides_when_the_bank_stays_silent(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 96_33, 0)]))
    (attempt,) = await stage.attempt_ids()
    entry = booking(attempt, 96_33)
    await stage.book(entry)
    await stage.book(entry)
    assert await stage.outcomes() == ["debited"]
    assert await stage.shares() == (0, 96_33, 0)


async def test_a_debit_of_another_amount_is_a_conflict(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 97_01, 0)]))
    (attempt,) = await stage.attempt_ids()
    await stage.book(booking(attempt, 97_02))
    assert await stage.outcomes() == ["conflict"]


async def test_evidence_replayed_from_zero_gives_the_same_tables(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 98_01, 0)]))
    await stage.ask_later()
    (row,) = await stage.rows(
        "SELECT a.outcome, array_agg(e.meaning ORDER BY e.id) AS meanings FROM payment_attempt a"
        " JOIN payment_evidence e ON e.attempt_id = a.id GROUP BY 1"
    )
    assert fold(map(Fact, row.meanings), amount_minor=98_01).outcome == row.outcome


async def test_an_account_that_sent_money_back_is_paid_no_more(stage: Stage) -> None:
    supplier_id, account_id = uuid4(), uuid4()
    async with stage.area() as uow:
        await uow.switch(PlatformScope())
        await verified_account(uow, supplier_id, account_id, stage.keyring)
    change = {"payee_account_id": str(account_id), "after": "returned", "reason_code": None}
    for _ in range(2):
        await freeze_payees(stage.context, {"area_code": AREA, "changes": [change]})
    (row,) = await stage.rows(
        "SELECT verification_state FROM payee_account WHERE id = :id", id=account_id
    )
    assert row.verification_state == "frozen"


async def test_ledger_books_balance_by_shape(stage: Stage) -> None:
    await stage.pay(await released_batch(stage.database, stage.keyring, [Part(1, 99_01, 0)]))
    await stage.ask_later()
    async with stage.area() as uow:
        for book in (Book.FUND, Book.TRADE):
            found = await balances(uow, book=book)
            assert found
            assert sum(balance.net for balance in found) == 0
