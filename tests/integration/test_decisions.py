"""Two people end a conflict by naming the evidence they do not believe; money moves exactly once.

What is tried is every shape of a conflict: refused yet booked, paid by a word that is taken back,
another amount, said not to be sent yet booked, more back than went out.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from bank_adapters.iso20022.adapter import Iso20022Adapter
from schemas.bank import BankMeaning, BankReply, Verdict
from schemas.codes.ledger import AccountKind
from schemas.codes.payments import BookingKind, DecisionKind, EvidenceSource
from schemas.times import Clock
from settlement_api.decisions import service as decisions
from settlement_api.decisions.errors import DecisionNotAllowed, DecisionNotOpen
from settlement_api.encryption import Keyring
from settlement_api.outcomes.errors import MoneyPromisedAgain
from settlement_api.outcomes.policy import News
from settlement_api.outcomes.service import record_news
from settlement_api.payments import jobs
from settlement_api.payments.queries import list_odd_answers
from settlement_api.persistence import Database
from settlement_api.readiness import payment_alarms
from settlement_api.stops import service as stops
from settlement_api.stops.jobs import stop_line
from settlement_api.suspense.jobs import open_disbelieved
from settlement_api.unit_of_work import Actor
from tests.builders.payment_stage import BEHAVIOR, MovableClock, Stage, booking, make_stage
from tests.builders.payments import AREA, START, BankProcess, Part, released_batch, running_bank

FIRST, SECOND = (Actor("user", uuid4(), name) for name in ("first", "second"))
DISBELIEVED = DecisionKind.DISBELIEVED


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("bank")
    with running_bank(folder, BEHAVIOR) as running:
        running.fund(10_000_000_00)
        yield running


@pytest.fixture
async def stage(
    database: Database, keyring: Keyring, bank: BankProcess, clock: MovableClock
) -> Stage:
    return make_stage(database, keyring, bank, clock)


async def paying(stage: Stage, amount: int, recovery: int = 0) -> UUID:
    """A payment that went to the bank; the id of its attempt."""
    parts = [Part(1, amount, recovery)]
    await stage.pay(await released_batch(stage.database, stage.keyring, parts))
    (attempt,) = await stage.attempt_ids()
    return attempt


async def hear(stage: Stage, attempt: UUID, meaning: BankMeaning) -> None:
    news = News(attempt, EvidenceSource.STATUS_INQUIRY, meaning, meaning.upper(), "test")
    async with stage.area() as uow:
        await record_news(uow, cause_id=uuid4(), news=[news])


async def evidence(stage: Stage, attempt: UUID, *meanings: str) -> list[UUID]:
    rows = await stage.rows(
        "SELECT id FROM payment_evidence WHERE attempt_id = :id AND meaning = ANY(:meanings)"
        " ORDER BY id",
        id=attempt,
        meanings=list(meanings),
    )
    return [UUID(int=row.id.int) for row in rows]


async def decide(
    stage: Stage, attempt: UUID, kind: DecisionKind, about: Sequence[UUID] = ()
) -> None:
    decision = await propose(stage, attempt, kind, about)
    async with stage.area(SECOND) as uow:
        await decisions.confirm_decision(uow, decision_id=decision)
    told = {"area_code": AREA, "attempt_id": str(attempt), "kind": kind}
    await jobs.try_again(stage.context, told)
    await open_disbelieved(stage.context, told | {"evidence_ids": [str(one) for one in about]})


async def propose(
    stage: Stage, attempt: UUID, kind: DecisionKind, about: Sequence[UUID] = ()
) -> UUID:
    async with stage.area(FIRST) as uow:
        return await decisions.propose_decision(
            uow, attempt_id=attempt, kind=kind, reason="the bank's letter", evidence_ids=about
        )


async def test_refused_yet_booked_is_paid_once_people_do_not_believe_the_refusal(
    stage: Stage,
) -> None:
    attempt = await paying(stage, 10_404, 10_000)
    await stage.book(booking(attempt, 10_404))
    assert await stage.outcomes() == ["conflict"]
    assert await stage.shares() == (0, 0, 0), "the refusal freed them"
    await decide(stage, attempt, DISBELIEVED, await evidence(stage, attempt, "rejected"))
    assert await stage.outcomes() == ["debited"]
    assert await stage.shares() == (0, 10_404, 0)
    assert await stage.capacity() == (0, 10_000)
    assert await stage.ledger(AccountKind.ADVANCE) == (10_404, 0)
    assert await stage.ledger(AccountKind.IN_TRANSIT) == (-10_404, 0)
    await stage.book(booking(attempt, 10_404, BookingKind.RETURN))
    assert await stage.shares() == (0, 10_404, 10_404)
    assert await stage.capacity() == (0, 0)
    assert await stage.ledger(AccountKind.ADVANCE) == (0, 0)


async def test_freed_money_that_another_payment_holds_is_not_paid_by_a_correction(
    stage: Stage,
) -> None:
    attempt = await paying(stage, 10_404)
    await stage.book(booking(attempt, 10_404))
    async with stage.area() as uow:
        await uow.execute("UPDATE payable_share SET reserved_minor = 1")
    refused = await evidence(stage, attempt, "rejected")
    with pytest.raises(MoneyPromisedAgain):
        await decide(stage, attempt, DISBELIEVED, refused)
    assert await stage.outcomes() == ["conflict"]
    await stage.book(booking(attempt, 10_404, BookingKind.RETURN))
    assert await stage.outcomes() == ["returned"], "money that came back whole contradicts nothing"


async def test_a_debit_is_booked_though_another_payment_uses_the_freed_claim(stage: Stage) -> None:
    attempt = await paying(stage, 10_404, 10_000)
    await stage.book(booking(attempt, 10_404))
    async with stage.area() as uow:
        await uow.execute("UPDATE claim_capacity SET available_minor = 9999, reserved_minor = 1")
    await decide(stage, attempt, DISBELIEVED, await evidence(stage, attempt, "rejected"))
    assert await stage.outcomes() == ["debited"]
    assert await stage.capacity() == (1, 10_000)
    (claim,) = await stage.rows("SELECT excess_minor FROM claim_capacity")
    assert claim.excess_minor == 2


async def test_paid_by_a_word_that_people_do_not_believe_is_unpaid(stage: Stage) -> None:
    attempt = await paying(stage, 51_00, 50_00)
    await hear(stage, attempt, BankMeaning.DEBITED)
    assert await stage.shares() == (0, 51_00, 0)
    await hear(stage, attempt, BankMeaning.REJECTED)
    assert await stage.outcomes() == ["conflict"]
    await decide(stage, attempt, DISBELIEVED, await evidence(stage, attempt, "debited"))
    assert await stage.outcomes() == ["rejected"]
    assert await stage.shares() == (0, 0, 0)
    assert await stage.capacity() == (0, 0)
    for kind in (AccountKind.ADVANCE, AccountKind.IN_TRANSIT, AccountKind.OWED):
        assert await stage.ledger(kind) == (0, 0)


async def test_a_booking_of_another_amount_waits_in_suspense_until_the_bank_corrects_it(
    stage: Stage,
) -> None:
    attempt = await paying(stage, 52_00)
    wrong = booking(attempt, 52_01)
    await stage.book(wrong)
    assert await stage.outcomes() == ["conflict"]
    await decide(stage, attempt, DISBELIEVED, await evidence(stage, attempt, "booked_debit"))
    assert await stage.outcomes() == ["in_settlement"]
    assert await stage.shares() == (52_00, 0, 0), "what it holds stays reserved"
    assert await stage.ledger(AccountKind.SUSPENSE) == (52_01, 0)
    await stage.book(wrong, booking(attempt, 52_00))
    assert await stage.outcomes() == ["debited"]
    assert await stage.shares() == (0, 52_00, 0)
    assert await stage.ledger(AccountKind.IN_TRANSIT) == (-104_01, 0)


async def said_not_sent(stage: Stage) -> UUID:
    attempt = await paying(stage, 30_606, 606)
    await stage.ask_later()
    await stage.ask_later()
    await stage.book(day=START.date())
    await decide(stage, attempt, DecisionKind.NOT_SENT)
    return attempt


async def test_said_not_sent_yet_booked_takes_over_from_an_attempt_that_has_not_left(
    stage: Stage,
) -> None:
    attempt = await said_not_sent(stage)
    await stage.book(booking(attempt, 30_606))
    assert await stage.outcomes() == ["conflict"]
    await stop_line(stage.context, {"area_code": AREA})
    await stage.tick()
    await decide(stage, attempt, DISBELIEVED, await evidence(stage, attempt, "not_sent"))
    assert await stage.outcomes() == ["debited"]
    assert await stage.shares() == (0, 30_606, 0)
    assert await stage.capacity() == (0, 606)
    assert await stage.ledger(AccountKind.ADVANCE) == (30_606, 0)
    later = await stage.rows("SELECT outcome FROM payment_attempt WHERE attempt_no = 2")
    assert [row.outcome for row in later] == ["cancelled"]
    left = await stage.rows("SELECT 1 FROM submission WHERE state = 'signed'")
    assert left == [], "nothing of it will leave"


async def test_paid_by_two_attempts_is_no_correction_but_a_return(stage: Stage) -> None:
    attempt = await said_not_sent(stage)
    await stage.tick()
    await stage.book(booking((await stage.attempt_ids())[1], 30_606))
    await stage.book(booking(attempt, 30_606))
    with pytest.raises(MoneyPromisedAgain):
        await decide(stage, attempt, DISBELIEVED, await evidence(stage, attempt, "not_sent"))
    await stage.book(booking(attempt, 30_606, BookingKind.RETURN))
    assert await stage.outcomes() == ["debited"]
    assert await stage.shares() == (0, 61_212, 30_606)
    assert await stage.capacity() == (0, 606)
    assert await stage.ledger(AccountKind.ADVANCE) == (30_606, 0)


async def test_more_back_than_went_out_is_ended_by_naming_the_entry_that_is_not_ours(
    stage: Stage,
) -> None:
    attempt = await paying(stage, 53_00)
    await stage.book(booking(attempt, 53_00), booking(attempt, 53_00, BookingKind.RETURN))
    await stage.book(booking(attempt, 7, BookingKind.SUSPECTED_RETURN))
    assert await stage.outcomes() == ["conflict"]
    extra = await evidence(stage, attempt, "suspected_return")
    await decide(stage, attempt, DISBELIEVED, extra)
    assert await stage.outcomes() == ["returned"]
    assert await stage.shares() == (0, 53_00, 53_00)


async def test_a_dismissed_return_hides_no_later_one(stage: Stage) -> None:
    attempt = await paying(stage, 54_00)
    await stage.book(booking(attempt, 54_00))
    await stage.book(booking(attempt, 1_00, BookingKind.SUSPECTED_RETURN))
    await decide(stage, attempt, DecisionKind.RETURN_DISMISSED)
    assert await stage.outcomes() == ["debited"]
    await stage.book(booking(attempt, 2_00, BookingKind.SUSPECTED_RETURN))
    assert await stage.outcomes() == ["suspect_return"]
    await decide(stage, attempt, DecisionKind.RETURN_CONFIRMED)
    assert await stage.outcomes() == ["returned"]
    assert await stage.shares() == (0, 54_00, 2_00)


async def test_a_correction_is_refused_without_a_conflict_and_a_proposal_can_be_withdrawn(
    stage: Stage,
) -> None:
    attempt = await paying(stage, 55_00)
    await stage.book(booking(attempt, 55_00))
    (debit,) = await evidence(stage, attempt, "booked_debit")
    with pytest.raises(DecisionNotAllowed, match="not a conflict"):
        await propose(stage, attempt, DISBELIEVED, [debit])
    await hear(stage, attempt, BankMeaning.REJECTED)
    decision = await propose(stage, attempt, DISBELIEVED, [debit])
    with pytest.raises(DecisionNotAllowed, match="another proposal"):
        await propose(stage, attempt, DISBELIEVED, [debit])
    async with stage.area(SECOND) as uow:
        await decisions.withdraw_decision(uow, decision_id=decision)
    with pytest.raises(DecisionNotOpen):
        async with stage.area(SECOND) as uow:
            await decisions.confirm_decision(uow, decision_id=decision)
    await decide(stage, attempt, DISBELIEVED, await evidence(stage, attempt, "rejected"))
    assert await stage.outcomes() == ["debited"]


async def test_what_a_conflict_stopped_is_lifted_by_a_second_person(stage: Stage) -> None:
    await stop_line(stage.context, {"area_code": AREA})
    for person, in_force in ((FIRST, True), (FIRST, True), (SECOND, False)):
        async with stage.area(person) as uow:
            assert (await stops.resume_sending(uow)).in_force is in_force


REPORT = (
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
    "<GrpHdr><MsgId>R</MsgId><CreDtTm>2026-08-03T10:00:00+08:00</CreDtTm></GrpHdr>"
    "<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001</OrgnlMsgNmId>"
    "<GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
)


@pytest.mark.parametrize(
    ("message", "status", "finding"),
    [("", "XXXX", "unrecognized_code"), ("another", "RJCT", "other_message")],
)
async def test_an_odd_answer_changes_nothing_is_listed_and_told_of(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, message: str, status: str, finding: str
) -> None:
    await paying(stage, 56_00)

    async def odd(adapter: Iso20022Adapter, message_id: str, name: str | None = None) -> BankReply:
        body = REPORT.format(message=message or message_id, status=status)
        return BankReply(Verdict.UNKNOWN, 200, body.encode())

    monkeypatch.setattr(Iso20022Adapter, "inquire", odd)
    await stage.ask_later()
    assert await stage.outcomes() == ["in_settlement"]
    async with stage.area() as uow:
        (listed,) = await list_odd_answers(uow, after=None, limit=10)
    assert listed.finding == finding
    (told,) = await stage.rows("SELECT facts FROM outbox_event WHERE name = 'payments.answer.odd'")
    assert told.facts["finding"] == finding
    assert await odd_alarm(stage) == 1
    monkeypatch.undo()
    await stage.ask_later()
    assert await odd_alarm(stage) == 0, "the bank answered the same question clearly"
    async with stage.area() as uow:
        assert await list_odd_answers(uow, after=None, limit=10) == []


async def test_an_odd_answer_about_what_is_settled_alarms_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt = await paying(stage, 56_00)

    async def odd(adapter: Iso20022Adapter, message_id: str, name: str | None = None) -> BankReply:
        return BankReply(Verdict.UNKNOWN, 200, b"<html/>")

    monkeypatch.setattr(Iso20022Adapter, "inquire", odd)
    await stage.ask_later()
    assert await odd_alarm(stage) == 1
    await stage.book(booking(attempt, 56_00))
    assert await stage.outcomes() == ["debited"]
    assert await odd_alarm(stage) == 0, "nothing of that message is open any more"


async def odd_alarm(stage: Stage) -> int:
    alarms = {row.alarm: row.found for row in await payment_alarms(stage.database)}
    return int(alarms["odd_answer"])
