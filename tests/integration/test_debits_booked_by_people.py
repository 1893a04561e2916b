"""A debit that names nothing becomes payments by the word of two people, and by nothing less."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from schemas.codes.bank_statements import SuspenseResolution
from schemas.codes.ledger import AccountKind
from schemas.codes.payments import DecisionKind, EvidenceSource
from schemas.codes.roles import Role
from schemas.times import FixedClock
from settlement_api.approvals.errors import NotAPerson
from settlement_api.bank_statements.queries import match_waiting
from settlement_api.config import Settings
from settlement_api.decisions import service as decisions
from settlement_api.decisions.errors import DecisionNotAllowed
from settlement_api.encryption import Keyring
from settlement_api.jobs_context import JobContext
from settlement_api.outcomes.errors import DebitUnfit
from settlement_api.outcomes.policy import News
from settlement_api.outcomes.service import record_news
from settlement_api.persistence import Database
from settlement_api.suspense import service
from settlement_api.suspense.errors import (
    DebitNeedsPayments,
    DebitSaidBefore,
    ResolutionUnfit,
    SuspenseMoved,
)
from settlement_api.suspense.jobs import open_disbelieved
from settlement_api.unit_of_work import Actor
from tests.builders import bank_statements as build
from tests.builders.api import area_of, running_api
from tests.integration.test_bank_statements import AREA, AT, CHECKER, MAKER, Bench
from tests.integration.test_collective_entries import broken, debit, outcomes, sent

PAYMENTS = SuspenseResolution.PAYMENTS
THIRD = Actor("user", uuid4(), "third")


@pytest.fixture
async def bench(database: Database, keyring: Keyring) -> Bench:
    async with database.begin(AREA, at=AT) as uow:
        account_id = await build.agency_account(uow, keyring)
    return Bench(database, keyring, account_id)


async def case(bench: Bench, amount: int) -> UUID:
    found = await bench.value(f"SELECT id FROM suspense_case WHERE amount_minor = {amount}")
    return UUID(int=found.int)


async def propose(
    bench: Bench, case_id: UUID, attempts: list[UUID], *, actor: Actor = MAKER
) -> None:
    async with bench.database.begin(AREA, actor=actor, at=AT) as uow:
        await service.propose_resolution(
            uow, case_id=case_id, resolution=PAYMENTS, note="by phone", attempt_ids=attempts
        )


async def confirm(bench: Bench, case_id: UUID, *, actor: Actor = CHECKER) -> None:
    async with bench.database.begin(AREA, actor=actor, at=AT) as uow:
        await service.confirm_resolution(uow, case_id=case_id)


async def nets(bench: Bench) -> tuple[int, int, int]:
    """What stands on bank, in transit and suspense, debits less credits, in fen."""
    bank = await bench.net(AccountKind.BANK)
    return bank, await bench.net(AccountKind.IN_TRANSIT), await bench.net(AccountKind.SUSPENSE)


async def test_two_people_book_a_debit_as_the_payments_of_a_proposal(bench: Bench) -> None:
    await sent(bench)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    async with bench.database.begin(AREA) as uow:
        (proposal,) = (await match_waiting(uow, agency_account_id=bench.account_id)).proposals
    attempts = [UUID(hex=key) for key in proposal.payments]
    case_id = await case(bench, 4_000)
    await propose(bench, case_id, attempts)
    assert await outcomes(bench) == ["unknown"] * 3, "one person's word books nothing"
    assert await nets(bench) == (-4_000, 0, 4_000)
    await confirm(bench, case_id)
    assert await outcomes(bench) == ["debited"] * 3
    assert await nets(bench) == (-4_000, 4_000, 0)
    assert await broken(bench) == []
    async with bench.database.begin(AREA) as uow:
        evidence = await uow.fetch_all(
            "SELECT amount_minor, decided_by_first, decided_by_second, statement_entry_id"
            " FROM payment_evidence WHERE meaning = 'booked_debit' ORDER BY amount_minor"
        )
        told = await uow.fetch_all(
            "SELECT facts ->> 'status' AS status, facts -> 'attempt_ids' AS attempts"
            " FROM outbox_event WHERE name = 'suspense.case.moved' ORDER BY id"
        )
        assert (await match_waiting(uow, agency_account_id=bench.account_id)).amount == 0
    assert [one.amount_minor for one in evidence] == [500, 1_000, 2_500]
    assert {(one.decided_by_first, one.decided_by_second) for one in evidence} == {
        (build.MAKER, build.CHECKER)
    }
    assert [one.status for one in told] == ["proposed", "resolved"]
    assert all(sorted(one.attempts) == sorted(map(str, attempts)) for one in told)


async def test_nobody_confirms_alone_and_no_machine_proposes(bench: Bench) -> None:
    _, attempts = await sent(bench)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    case_id = await case(bench, 4_000)
    with pytest.raises(NotAPerson):
        await propose(bench, case_id, attempts, actor=Actor.system("matcher"))
    await propose(bench, case_id, attempts)
    with pytest.raises(SuspenseMoved):
        await confirm(bench, case_id, actor=MAKER)
    with pytest.raises(SuspenseMoved):
        await propose(bench, case_id, attempts, actor=THIRD)
    async with bench.database.begin(AREA, actor=THIRD, at=AT) as uow:
        await service.refuse_resolution(uow, case_id=case_id)
    with pytest.raises(SuspenseMoved):
        await confirm(bench, case_id)
    assert await outcomes(bench) == ["unknown"] * 3
    assert await nets(bench) == (-4_000, 0, 4_000)


async def test_only_sent_payments_of_the_account_that_make_the_sum_fit(
    bench: Bench, keyring: Keyring
) -> None:
    _, attempts = await sent(bench)
    async with bench.database.begin(AREA, at=AT) as uow:
        other = await build.agency_account(uow, keyring, number="3700100000000318")
        _, foreign = await build.sent_message(
            uow, keyring, account_id=other, amounts=[1_000, 2_500, 500]
        )
        await uow.execute(
            "UPDATE payment_attempt SET decision_state = 'signed' WHERE amount_minor = 2500"
        )
    await bench.take(build.statement(debit(4_000), build.entry(7, credit=True), opening=10_000))
    case_id = await case(bench, 4_000)
    for wrong in (attempts, attempts[:2], foreign, [*attempts[:2], uuid4()]):
        with pytest.raises(DebitUnfit):
            await propose(bench, case_id, wrong)
    with pytest.raises(DebitNeedsPayments):
        await propose(bench, case_id, [])
    with pytest.raises(ResolutionUnfit):
        await propose(bench, await case(bench, 7), attempts)


async def test_what_the_bank_booked_meanwhile_is_not_booked_again(bench: Bench) -> None:
    _, attempts = await sent(bench)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    case_id = await case(bench, 4_000)
    await propose(bench, case_id, attempts)
    named = build.entry(500, end_to_end_id=attempts[2].hex)
    await bench.take(build.statement(named, opening=6_000, sequence=2))
    with pytest.raises(DebitUnfit):
        await confirm(bench, case_id)
    assert await outcomes(bench) == ["debited", "unknown", "unknown"]
    assert await nets(bench) == (-4_500, 500, 4_000)
    assert await broken(bench) == []


async def test_a_part_that_is_disbelieved_waits_again_and_can_be_another_payment(
    bench: Bench,
) -> None:
    """The bank books one of them by name after all: the people were wrong about that one."""
    _, attempts = await sent(bench)
    _, others = await sent(bench, 500)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    case_id = await case(bench, 4_000)
    await propose(bench, case_id, attempts)
    await confirm(bench, case_id)
    named = build.entry(500, end_to_end_id=attempts[2].hex)
    await bench.take(build.statement(named, opening=6_000, sequence=2))
    assert (await outcomes(bench)).count("conflict") == 1
    wrong = await bench.value(
        f"SELECT id FROM payment_evidence WHERE source = 'human_decision'"
        f" AND attempt_id = '{attempts[2]}'"
    )
    await disbelieve(bench, attempts[2], wrong)
    assert await nets(bench) == (-4_500, 4_000, 500)
    assert await broken(bench) == []
    async with bench.database.begin(AREA) as uow:
        assert (await match_waiting(uow, agency_account_id=bench.account_id)).amount == 500
    await propose(bench, case_id, others)
    await confirm(bench, case_id)
    assert await outcomes(bench) == ["debited"] * 4
    assert await nets(bench) == (-4_500, 4_500, 0)
    assert await broken(bench) == []


async def twice_corrected(bench: Bench) -> tuple[list[UUID], UUID, UUID]:
    """People booked a debit as three payments, and do not believe it of the last one while the bank
    refuses that; then the bank says that it was debited, and they do not believe the refusal.

    Gives the three, the debit's case, which waits for the last one's part, and the correction.
    """
    _, attempts = await sent(bench)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    case_id = await case(bench, 4_000)
    await propose(bench, case_id, attempts)
    await confirm(bench, case_id)
    for heard, wrong in (("rejected", "booked_debit"), ("debited", "rejected")):
        await hear(bench, attempts[2], heard)
        await disbelieve(bench, attempts[2], await evidence(bench, attempts[2], wrong))
    assert await outcomes(bench) == ["debited"] * 3
    assert await nets(bench) == (-4_000, 3_500, 500)
    corrected = await bench.value(
        f"SELECT id FROM payment_evidence WHERE meaning = 'disbelieved'"
        f" AND about @> ARRAY['{await evidence(bench, attempts[2], 'booked_debit')}'::uuid]"
    )
    return attempts, case_id, UUID(int=corrected.int)


async def evidence(bench: Bench, attempt_id: UUID, meaning: str) -> UUID:
    found = await bench.value(
        f"SELECT id FROM payment_evidence WHERE attempt_id = '{attempt_id}'"
        f" AND meaning = '{meaning}'"
    )
    return UUID(int=found.int)


async def test_what_people_do_not_believe_is_believed_again_and_not_said_again(
    bench: Bench,
) -> None:
    """Said again, it would be no new evidence, and the debit would be booked without any."""
    attempts, case_id, correction = await twice_corrected(bench)
    with pytest.raises(DebitSaidBefore):
        await propose(bench, case_id, attempts[2:])
    assert await nets(bench) == (-4_000, 3_500, 500)
    assert await ended(bench, 4_000) == NOTHING
    await disbelieve(bench, attempts[2], correction)
    assert await nets(bench) == (-4_000, 4_000, 0)
    assert await ended(bench, 4_000) == ("resolved", "payments", sorted(attempts), *BY_BOTH)
    assert await broken(bench) == []
    taken_back = await bench.value(
        f"SELECT id FROM payment_evidence WHERE about = ARRAY['{correction}'::uuid]"
    )
    await disbelieve(bench, attempts[2], taken_back)
    assert await nets(bench) == (-4_000, 3_500, 500)
    assert await ended(bench, 4_000) == NOTHING
    async with bench.database.begin(AREA) as uow:
        assert (await match_waiting(uow, agency_account_id=bench.account_id)).amount == 500


async def test_a_part_is_not_given_away_while_it_is_believed_again(bench: Bench) -> None:
    """Two pairs of people at the same moment: the rest of a debit is one payment, not two."""
    attempts, case_id, correction = await twice_corrected(bench)
    _, others = await sent(bench, 500)
    await propose(bench, case_id, others)
    decision = await propose_disbelief(bench, attempts[2], correction)
    async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
        await decisions.confirm_decision(uow, decision_id=decision)
        confirming = asyncio.create_task(confirm(bench, case_id))
        await asyncio.sleep(0.2)
        assert not confirming.done()
    with pytest.raises(DebitUnfit):
        await confirming
    assert await nets(bench) == (-4_000, 4_000, 0)


async def test_a_part_is_not_believed_again_while_it_is_given_away(bench: Bench) -> None:
    attempts, case_id, correction = await twice_corrected(bench)
    _, others = await sent(bench, 500)
    await propose(bench, case_id, others)
    decision = await propose_disbelief(bench, attempts[2], correction)

    async def believe_again() -> None:
        async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
            await decisions.confirm_decision(uow, decision_id=decision)

    async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
        await service.confirm_resolution(uow, case_id=case_id)
        believing = asyncio.create_task(believe_again())
        await asyncio.sleep(0.2)
        assert not believing.done()
    with pytest.raises(DecisionNotAllowed):
        await believing
    assert await nets(bench) == (-4_000, 4_000, 0)
    assert await broken(bench) == []


async def _unasked(job: str, payload: dict[str, Any]) -> None:
    raise AssertionError(job)


async def propose_disbelief(bench: Bench, attempt_id: UUID, *evidence_ids: UUID) -> UUID:
    kind = DecisionKind.DISBELIEVED
    async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
        return await decisions.propose_decision(
            uow, attempt_id=attempt_id, kind=kind, reason="?", evidence_ids=evidence_ids
        )


async def disbelieve(bench: Bench, attempt_id: UUID, *evidence_ids: UUID) -> None:
    kind = DecisionKind.DISBELIEVED
    decision = await propose_disbelief(bench, attempt_id, *evidence_ids)
    async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
        await decisions.confirm_decision(uow, decision_id=decision)
    payload = {"area_code": AREA.area_code, "attempt_id": str(attempt_id), "kind": kind}
    context = JobContext(bench.database, FixedClock(AT), Settings(), bench.keyring, _unasked)
    named = [str(evidence_id) for evidence_id in evidence_ids]
    await open_disbelieved(context, payload | {"evidence_ids": named})


async def ended(bench: Bench, amount: int) -> tuple[Any, ...]:
    """How the case of that many fen stands: resolution, its payments and who ended it."""
    async with bench.database.begin(AREA) as uow:
        row = await uow.fetch_one(
            "SELECT status, resolution, attempt_ids, proposed_by, confirmed_by FROM suspense_case"
            f" WHERE amount_minor = {amount}"
        )
    assert row is not None
    return (row.status, row.resolution, sorted(row.attempt_ids), row.proposed_by, row.confirmed_by)


NOTHING = ("open", None, [], None, None)
BY_BOTH = (build.MAKER, build.CHECKER)


async def hear(bench: Bench, attempt_id: UUID, meaning: str) -> None:
    """The bank says so when it is asked."""
    news = News(attempt_id, EvidenceSource.STATUS_INQUIRY, meaning, meaning, "map-1")
    async with bench.database.begin(AREA, at=AT) as uow:
        await record_news(uow, cause_id=uuid4(), news=[news])


async def test_of_two_bookings_disbelieved_together_one_is_said_again(bench: Bench) -> None:
    """Neither is had back alone: the correction is about both, and both contradict each other."""
    _, attempts = await sent(bench)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    case_id, last = await case(bench, 4_000), attempts[2]
    await propose(bench, case_id, attempts)
    await confirm(bench, case_id)
    named = build.entry(500, end_to_end_id=last.hex)
    await bench.take(build.statement(named, opening=6_000, sequence=2))
    await hear(bench, last, "debited")
    async with bench.database.begin(AREA) as uow:
        booked = await uow.fetch_all(
            f"SELECT id FROM payment_evidence WHERE attempt_id = '{last}'"
            " AND meaning = 'booked_debit'"
        )
    await disbelieve(bench, last, *(row.id for row in booked))
    assert await nets(bench) == (-4_500, 3_500, 1_000)
    with pytest.raises(DecisionNotAllowed, match="contradicts"):
        await propose_disbelief(bench, last, await evidence(bench, last, "disbelieved"))
    async with bench.database.begin(AREA) as uow:
        (proposal,) = (await match_waiting(uow, agency_account_id=bench.account_id)).proposals
    assert proposal.payments == (last.hex,)
    await propose(bench, case_id, [last])
    assert await nets(bench) == (-4_500, 3_500, 1_000), "one person's word books nothing"
    with pytest.raises(SuspenseMoved):
        await confirm(bench, case_id, actor=MAKER)
    await confirm(bench, case_id)
    assert await outcomes(bench) == ["debited"] * 3
    assert await nets(bench) == (-4_500, 4_000, 500)
    assert await broken(bench) == []
    once_more = replace(named, bank_reference="B-3")  # what was said again is not believed either
    await bench.take(build.statement(once_more, opening=5_500, sequence=3))
    async with bench.database.begin(AREA) as uow:
        (again,) = await uow.fetch_all(
            f"SELECT id FROM payment_evidence WHERE attempt_id = '{last}'"
            " AND source = 'human_decision' AND meaning = 'booked_debit'"
            f" AND NOT id = ANY(ARRAY[{', '.join(repr(str(row.id)) for row in booked)}]::uuid[])"
        )
    await disbelieve(bench, last, again.id)
    assert await nets(bench) == (-5_000, 4_000, 1_000)
    assert await ended(bench, 4_000) == NOTHING
    assert await broken(bench) == ["never_paid_twice"], "the bank says that it debited it twice"


async def test_a_booking_by_name_that_is_believed_again_ends_its_case(bench: Bench) -> None:
    _, (attempt,) = await sent(bench, 500)
    named = build.entry(500, end_to_end_id=attempt.hex)
    await bench.take(build.statement(named, opening=10_000))
    for heard, wrong in (("rejected", "booked_debit"), ("debited", "rejected")):
        await hear(bench, attempt, heard)
        await disbelieve(bench, attempt, await evidence(bench, attempt, wrong))
    assert (await nets(bench), await ended(bench, 500)) == ((-500, 0, 500), NOTHING)
    booked = await evidence(bench, attempt, "booked_debit")
    correction = await bench.value(
        f"SELECT id FROM payment_evidence WHERE about = ARRAY['{booked}'::uuid]"
    )
    await disbelieve(bench, attempt, correction)
    assert await nets(bench) == (-500, 500, 0)
    assert await ended(bench, 500) == ("resolved", "payments", [attempt], *BY_BOTH)
    # And not believed once more: the case waits anew.
    taken_back = await bench.value(
        f"SELECT id FROM payment_evidence WHERE about = ARRAY['{correction}'::uuid]"
    )
    await disbelieve(bench, attempt, taken_back)
    assert (await nets(bench), await ended(bench, 500)) == ((-500, 0, 500), NOTHING)
    assert await broken(bench) == []
    case_id = await case(bench, 500)
    async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
        await service.propose_resolution(
            uow, case_id=case_id, resolution=SuspenseResolution.BANK_ERROR, note="it reverses it"
        )
    await confirm(bench, case_id)
    assert (await ended(bench, 500))[:2] == ("resolved", "bank_error")


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed", "in doubt"])
async def test_a_return_that_is_believed_again_ends_its_case_once_it_is_beyond_doubt(
    bench: Bench, confirmed: bool
) -> None:
    """Two of five fen came back; the bank then says that the payment was never made."""
    _, (attempt,) = await sent(bench, 500)
    named = build.entry(500, end_to_end_id=attempt.hex)
    back = build.entry(200, end_to_end_id=attempt.hex, credit=True)
    await bench.take(build.statement(named, back, opening=10_000))
    returned = await evidence(bench, attempt, "suspected_return")
    if confirmed:
        async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
            decision = await decisions.propose_decision(
                uow, attempt_id=attempt, kind=DecisionKind.RETURN_CONFIRMED, reason="?"
            )
        async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
            await decisions.confirm_decision(uow, decision_id=decision)
    await hear(bench, attempt, "rejected")
    rejected = await evidence(bench, attempt, "rejected")
    await disbelieve(bench, attempt, returned, rejected)
    correction = await evidence(bench, attempt, "disbelieved")
    assert (await outcomes(bench), await ended(bench, 200)) == (["debited"], NOTHING)
    await hear(bench, attempt, "cancelled")
    await disbelieve(bench, attempt, rejected, await evidence(bench, attempt, "cancelled"))
    assert await ended(bench, 200) == NOTHING
    await disbelieve(bench, attempt, correction)
    if confirmed:
        assert await outcomes(bench) == ["returned"]
        assert await ended(bench, 200) == ("resolved", "payment_return", [], *BY_BOTH)
    else:
        assert (await outcomes(bench), await ended(bench, 200)) == (["suspect_return"], NOTHING)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("confirmed_by = proposed_by, status = 'resolved', resolved_at = now()", "two_people"),
        ("attempt_ids = '{}'", "attempts_of_a_debit"),
        ("is_credit = true", "attempts_of_a_debit"),
    ],
    ids=["one person", "no payments", "a credit"],
)
async def test_the_database_wants_two_people_and_their_payments(
    bench: Bench, owner_dsn: str, change: str, constraint: str
) -> None:
    _, attempts = await sent(bench)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    await propose(bench, await case(bench, 4_000), attempts)
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute("ALTER TABLE suspense_case NO FORCE ROW LEVEL SECURITY")
        with pytest.raises(asyncpg.CheckViolationError, match=constraint):
            await owner.execute(f"UPDATE suspense_case SET {change}")
    finally:
        await owner.close()


async def test_the_database_takes_no_debit_without_an_entry(bench: Bench) -> None:
    _, attempts = await sent(bench)
    async with bench.database.begin(AREA, at=AT) as uow:
        with pytest.raises(asyncpg.CheckViolationError, match="debits_are_of_entries"):
            await uow.raw.execute(
                "INSERT INTO payment_evidence (area_code, attempt_id, source, meaning, code,"
                " amount_minor, code_map_version, digest, decided_by_first, decided_by_second,"
                " learned_at) VALUES ('370100', $1, 'human_decision', 'booked_debit', 'x', 1000,"
                " 'x', sha256('x'), $2, $3, now())",
                attempts[0],
                build.MAKER,
                build.CHECKER,
            )


async def test_over_http_by_a_maker_and_a_checker(bench: Bench, keyring: Keyring) -> None:
    _, attempts = await sent(bench)
    await bench.take(build.statement(debit(4_000), opening=10_000))
    path = f"/suspense-cases/{await case(bench, 4_000)}"
    body: dict[str, Any] = {
        "resolution": "payments",
        "end_to_end_ids": [one.hex for one in attempts],
        "note": "the bank said so by phone",
    }
    async with running_api(bench.database, keyring) as api:
        maker = await api.user(area_of(AREA.area_code), Role.AGENCY_MAKER)
        checker = await api.user(area_of(AREA.area_code), Role.AGENCY_CHECKER)
        releaser = await api.user(area_of(AREA.area_code), Role.AGENCY_RELEASER)
        assert (await releaser.post(f"{path}/propose", json=body)).status_code == 403
        short = body | {"end_to_end_ids": body["end_to_end_ids"][:1]}
        unfit = await maker.post(f"{path}/propose", json=short)
        assert (unfit.status_code, unfit.json()["code"]) == (409, "payment_debit_unfit")
        assert (await maker.post(f"{path}/propose", json=body)).status_code == 200
        (shown,) = (await checker.get("/suspense-cases")).json()["items"]
        assert sorted(shown["end_to_end_ids"]) == sorted(body["end_to_end_ids"])
        alone = await maker.post(f"{path}/confirm")
        assert (alone.status_code, alone.json()["code"]) == (409, "suspense_case_moved")
        assert (await checker.post(f"{path}/confirm")).status_code == 200
    assert await outcomes(bench) == ["debited"] * 3
