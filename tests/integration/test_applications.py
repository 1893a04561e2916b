"""Applications on a real database: everything applied for once, each line on its own way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg import PostgresError
from sqlalchemy import Row

from schemas.codes.applications import (
    DisputeReason,
    DisputeResolution,
    LineDecisionKind,
    LineOutcome,
    ReviewStep,
)
from settlement_api.applications import service
from settlement_api.applications.errors import (
    LineRefused,
    LinesChanged,
    NothingToApplyFor,
    PeriodNotOpen,
    SameReviewer,
)
from settlement_api.applications.policy import Expectation, LineDecision
from settlement_api.batches import service as batches
from settlement_api.batches.errors import NothingEligible
from settlement_api.features import collect_jobs
from settlement_api.persistence import Database
from settlement_api.unit_of_work import Actor, AreaScope, HospitalScope, SupplierScope, UnitOfWork
from tests.builders.batches import (
    AREA,
    AT,
    CHECKER,
    CONFIRMER,
    MAKER,
    PERIOD,
    Scene,
    insert,
)

SUPPLIER_USER = Actor("user", UUID(int=9), "supplier")


@asynccontextmanager
async def _as(database: Database, actor: Actor, *, days: int = 0) -> AsyncIterator[UnitOfWork]:
    at = AT + timedelta(days=days)
    async with database.begin(AreaScope(AREA), actor=actor, at=at) as uow:
        yield uow


async def _lines(uow: UnitOfWork) -> Sequence[Row[Any]]:
    return await uow.fetch_all(
        "SELECT id, payable_id, application_id, part_no, status, quantity_milli, amount_minor,"
        " dispute_reason, accepted_at FROM application_line ORDER BY amount_minor, part_no"
    )


async def _submitted(database: Database, *amounts: int) -> tuple[UUID, UUID]:
    """One hospital and supplier with submitted lines of these amounts."""
    async with _as(database, SUPPLIER_USER) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        for amount in amounts:
            await scene.payable(hospital, supplier, amount, status="open")
        await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
    return hospital, supplier


def _confirm(line_id: UUID, quantity: int | None = None) -> LineDecision:
    reason = None if quantity is None else DisputeReason.QUANTITY_DIFFERS
    return LineDecision(line_id, LineDecisionKind.CONFIRM, quantity, reason)


def _dispute(line_id: UUID) -> LineDecision:
    return LineDecision(line_id, LineDecisionKind.DISPUTE, None, DisputeReason.NOT_RECEIVED)


async def test_a_supplier_applies_for_everything_open_and_direct_of_the_period(
    database: Database,
) -> None:
    async with _as(database, SUPPLIER_USER) as uow:
        scene = Scene(uow)
        near, far = await scene.hospital(), await scene.hospital()
        supplier, other = await scene.supplier(), await scene.supplier()
        for hospital in (near, far):
            await scene.payable(hospital, supplier, 100, status="open")
            await scene.payable(hospital, supplier, 50, status="open")
        await scene.payable(near, other, 1, status="open")
        await scene.payable(near, supplier, 2, status="open", route="self")
        await scene.payable(near, supplier, 4, status="open", started=date(2026, 3, 1))
        applications = await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
        statuses = await uow.fetch_all(
            "SELECT status, sum(amount_minor)::bigint AS amount FROM payable GROUP BY status"
        )
        moves = await uow.fetch_value("SELECT count(*) FROM application_line_transition")
    assert {each.hospital_id for each in applications} == {near, far}
    assert [(a.line_count, a.amount_minor, a.run_no) for a in applications] == [(2, 150, 1)] * 2
    assert {row.status: row.amount for row in statuses} == {"committed": 300, "open": 7}
    assert moves == 4


async def test_applying_again_finds_nothing_until_more_is_open(database: Database) -> None:
    hospital, supplier = await _submitted(database, 100)
    with pytest.raises(NothingToApplyFor):
        async with _as(database, SUPPLIER_USER) as uow:
            await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
    async with _as(database, SUPPLIER_USER) as uow:
        await Scene(uow).payable(hospital, supplier, -30, status="open", adjusts=uuid4())
        (second,) = await service.submit_applications(uow, period=PERIOD, hospital_id=hospital)
    assert (second.run_no, second.amount_minor) == (2, -30)


async def test_the_correction_of_a_withdrawn_line_stays_open(database: Database) -> None:
    hospital, supplier = await _submitted(database, 100)
    async with _as(database, CONFIRMER) as uow:
        (line,) = await _lines(uow)
        await service.decide_lines(uow, decisions=[_dispute(line.id)])
        await service.resolve_dispute(
            uow, line_id=line.id, resolution=DisputeResolution.WITHDRAWN, note="agreed"
        )
        await Scene(uow).payable(hospital, supplier, -100, status="open", adjusts=line.payable_id)
        with pytest.raises(NothingToApplyFor):
            await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
        await service.reinstate_line(uow, line_id=line.id)
        (again,) = await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
    assert again.amount_minor == -100


async def test_rejected_goods_stay_so_when_their_month_changes_until_the_line_is_reinstated(
    database: Database,
) -> None:
    """The receipt is revised into another month: taken back there and due here, of one line."""
    lines = {"order_line": uuid4(), "receipt_line": uuid4()}
    async with _as(database, SUPPLIER_USER) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.payable(hospital, supplier, 100, status="open", **lines)
        await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
    async with _as(database, CONFIRMER) as uow:
        (line,) = await _lines(uow)
        await service.decide_lines(uow, decisions=[_confirm(line.id)])
    async with _as(database, MAKER) as uow:
        await service.reject_line(uow, line_id=line.id, reason="not these goods")
        scene = scene_of(uow, scene)
        back = {"adjusts": line.payable_id, "moved": True}
        await scene.payable(hospital, supplier, -100, status="open", **lines, **back)
        moved = {"started": date(2026, 2, 20)} | lines
        await scene.payable(hospital, supplier, 100, status="open", **moved)
        await scene.payable(hospital, supplier, 7, status="open", quantity=700, **moved)
    async with _as(database, SUPPLIER_USER) as uow:
        (rest,) = await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
        assert (rest.line_count, rest.amount_minor) == (1, 7), "what came besides is applied for"
        with pytest.raises(NothingToApplyFor):
            await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
        await service.reinstate_line(uow, line_id=line.id)
        (again,) = await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
    assert (again.line_count, again.amount_minor) == (2, 0)


@pytest.mark.parametrize("period", ["2099-12", "2026-04", "2026-01", "2025-02"])
async def test_only_the_running_month_and_the_one_before_are_applied_for(
    database: Database, period: str
) -> None:
    async with _as(database, SUPPLIER_USER) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.payable(hospital, supplier, 100, status="open")
        with pytest.raises(PeriodNotOpen):
            await service.submit_applications(uow, period=period, supplier_id=supplier)


async def test_a_supplier_cannot_leave_a_return_out_by_naming_a_month_before_it(
    database: Database,
) -> None:
    async with _as(database, SUPPLIER_USER) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.payable(hospital, supplier, 100, status="open")
        await scene.payable(
            hospital, supplier, -30, status="open", adjusts=uuid4(), started=date(2026, 3, 9)
        )
        await scene.payable(
            hospital, supplier, -7, status="open", adjusts=uuid4(), started=date(2026, 3, 11)
        )
        (applied,) = await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
    assert applied.amount_minor == 70


async def test_returns_count_although_the_supplier_never_applies_again(database: Database) -> None:
    """The job that follows a freeze applies for them; the next batch nets them."""
    assert "applications.apply_for_returns" in collect_jobs().subscriptions["batches.batch.frozen"]
    async with _as(database, MAKER) as uow:
        scene = await Scene(uow).open()
        hospital, supplier = await scene.hospital(), await scene.supplier()
        paid = await scene.accepted(hospital, supplier, 100)
        await scene.payable(hospital, supplier, -30, status="open", adjusts=paid)
        await scene.payable(hospital, supplier, 55, status="open")
        await batches.freeze_batch(uow, order=scene.order())
    async with _as(database, Actor.system("applications.apply_for_returns")) as uow:
        (applied,) = await service.apply_for_returns(uow)
        assert (applied.amount_minor, applied.line_count) == (-30, 1)
        assert await service.apply_for_returns(uow) == []
    async with _as(database, CONFIRMER) as uow:
        await service.confirm_undisputed(
            uow, hospital_id=hospital, application_id=applied.id, expected=Expectation(1, -30)
        )
    for actor, step in ((MAKER, ReviewStep.FIRST), (CHECKER, ReviewStep.SECOND)):
        async with _as(database, actor, days=1) as uow:
            await service.review_lines(
                uow, step=step, application_id=None, expected=Expectation(1, -30)
            )
    async with _as(database, MAKER, days=2) as uow:
        await scene_of(uow, scene).accepted(hospital, supplier, 80, accepted_at=uow.at)
        batch = await batches.freeze_batch(uow, order=scene.order(cutoff_at=uow.at))
    assert (batch.control_sum_minor, batch.set_off_minor) == (50, 30)


def scene_of(uow: UnitOfWork, before: Scene) -> Scene:
    """The scene going on in another transaction."""
    return Scene(uow, before.agency_id, before.accounts, before.serial())


async def _partly_withdrawn(database: Database, returned: int) -> tuple[UUID, UUID, UUID, UUID]:
    """100 applied for, 60 confirmed, 40 disputed and withdrawn; then so much comes back."""
    hospital, supplier = await _submitted(database, 100)
    async with _as(database, CONFIRMER) as uow:
        (line,) = await _lines(uow)
        await service.decide_lines(uow, decisions=[_confirm(line.id, 6_000)])
        rest = next(each for each in await _lines(uow) if each.status == "disputed")
        await service.resolve_dispute(
            uow, line_id=rest.id, resolution=DisputeResolution.WITHDRAWN, note=None
        )
        await Scene(uow).payable(
            hospital, supplier, -returned, status="open", adjusts=line.payable_id
        )
    return hospital, supplier, line.id, rest.id


async def _standing(uow: UnitOfWork) -> list[tuple[str, int, int]]:
    return [(line.status, line.amount_minor, line.quantity_milli) for line in await _lines(uow)]


async def test_a_return_takes_back_what_of_its_original_was_not_withdrawn(
    database: Database,
) -> None:
    """100 = 60 confirmed + 40 withdrawn, all of it returned: 60 is taken back, 40 waits."""
    _, supplier, _, withdrawn = await _partly_withdrawn(database, 100)
    async with _as(database, SUPPLIER_USER) as uow:
        await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
        assert await _standing(uow) == [
            ("submitted", -60, -6_000), ("withdrawn", -40, -4_000),
            ("withdrawn", 40, 4_000), ("confirmed", 60, 6_000),
        ]  # fmt: skip
        await service.reinstate_line(uow, line_id=withdrawn)
        assert await _standing(uow) == [
            ("submitted", -60, -6_000), ("submitted", -40, -4_000),
            ("submitted", 40, 4_000), ("confirmed", 60, 6_000),
        ]  # fmt: skip


async def test_a_small_return_of_a_partly_withdrawn_original_counts_whole(
    database: Database,
) -> None:
    _, supplier, confirmed, _ = await _partly_withdrawn(database, 50)
    async with _as(database, SUPPLIER_USER) as uow:
        await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
        assert (await _standing(uow))[0] == ("submitted", -50, -10_000)
    async with _as(database, MAKER) as uow:
        with pytest.raises(LineRefused) as refused:
            await service.reject_line(uow, line_id=confirmed, reason="a doubt")
    assert refused.value.facts["reason"] == "returns_outstanding"


async def test_a_supplier_cannot_withdraw_its_own_return(database: Database) -> None:
    hospital, supplier = await _submitted(database, 100)
    async with _as(database, CONFIRMER) as uow:
        await Scene(uow).payable(hospital, supplier, -30, status="open", adjusts=uuid4())
        await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
        (negative, _) = await _lines(uow)
        await service.decide_lines(uow, decisions=[_dispute(negative.id)])
        with pytest.raises(LineRefused) as refused:
            await service.resolve_dispute(
                uow, line_id=negative.id, resolution=DisputeResolution.WITHDRAWN, note=None
            )
        assert refused.value.facts["reason"] == "return_not_withdrawable"
        await service.resolve_dispute(
            uow, line_id=negative.id, resolution=DisputeResolution.CONFIRMED, note=None
        )


async def test_two_suppliers_presses_of_the_button_apply_once(database: Database) -> None:
    async with _as(database, SUPPLIER_USER) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.payable(hospital, supplier, 100, status="open")

    async def press() -> bool:
        try:
            async with _as(database, SUPPLIER_USER) as uow:
                await service.submit_applications(uow, period=PERIOD, supplier_id=supplier)
        except Exception:
            return False
        return True

    assert sorted(await asyncio.gather(*(press() for _ in range(4)))) == [False] * 3 + [True]
    async with _as(database, MAKER) as uow:
        assert len(await _lines(uow)) == 1


async def test_an_undisputed_line_never_waits_for_a_disputed_one(database: Database) -> None:
    hospital, _ = await _submitted(database, 100, 200, 1_001)
    async with _as(database, CONFIRMER) as uow:
        small, middle, large = await _lines(uow)
        results = await service.decide_lines(
            uow,
            decisions=[_dispute(small.id), _confirm(large.id, 3_000), _confirm(uuid4())],
        )
        assert [result.outcome for result in results] == [
            LineOutcome.DONE, LineOutcome.DONE, LineOutcome.REFUSED,
        ]  # fmt: skip
        moved = await service.confirm_undisputed(
            uow, hospital_id=hospital, application_id=None, expected=Expectation(1, 200)
        )
        lines = await _lines(uow)
    assert moved.line_count == 1
    assert [(line.status, line.amount_minor, line.part_no) for line in lines] == [
        ("disputed", 100, 1),
        ("confirmed", 200, 1),
        ("confirmed", 300, 1),
        ("disputed", 701, 2),
    ]
    assert middle.id in {line.id for line in lines if line.status == "confirmed"}


async def test_bulk_confirmation_is_refused_when_the_lines_have_changed(
    database: Database,
) -> None:
    hospital, _ = await _submitted(database, 100, 200)
    for expected in (Expectation(2, 299), Expectation(1, 300)):
        with pytest.raises(LinesChanged) as refused:
            async with _as(database, CONFIRMER) as uow:
                await service.confirm_undisputed(
                    uow, hospital_id=hospital, application_id=None, expected=expected
                )
        assert refused.value.facts == {"count": 2, "amount_minor": 300}


async def test_two_people_review_and_the_line_is_accepted(database: Database) -> None:
    hospital, _ = await _submitted(database, 100, 200)
    all_of_it = Expectation(2, 300)
    async with _as(database, CONFIRMER) as uow:
        await service.confirm_undisputed(
            uow, hospital_id=hospital, application_id=None, expected=all_of_it
        )
    async with _as(database, MAKER) as uow:
        await service.review_lines(
            uow, step=ReviewStep.FIRST, application_id=None, expected=all_of_it
        )
        line_id = (await _lines(uow))[0].id
        with pytest.raises(SameReviewer):
            await service.review_line(uow, line_id=line_id, step=ReviewStep.SECOND)
        with pytest.raises(LinesChanged):
            await service.review_lines(
                uow, step=ReviewStep.SECOND, application_id=None, expected=all_of_it
            )
    async with _as(database, CHECKER) as uow:
        moved = await service.review_lines(
            uow, step=ReviewStep.SECOND, application_id=None, expected=all_of_it
        )
        assert {line.status for line in await _lines(uow)} == {"accepted"}
        with pytest.raises(LineRefused):
            await service.reject_line(uow, line_id=line_id, reason="too late")
        moves = await uow.fetch_all(
            "SELECT event FROM application_line_transition WHERE application_line_id = :id"
            " ORDER BY id",
            id=line_id,
        )
    assert (moved.line_count, moved.amount_minor) == (2, 300)
    assert [row.event for row in moves] == ["submit", "confirm", "review", "re_review"]


async def test_what_is_accepted_after_a_sealed_cutoff_counts_after_it(
    database: Database,
) -> None:
    await _submitted(database, 100)
    async with _as(database, CONFIRMER) as uow:
        (line,) = await _lines(uow)
        await service.decide_lines(uow, decisions=[_confirm(line.id)])
    async with _as(database, MAKER) as uow:
        await service.review_line(uow, line_id=line.id, step=ReviewStep.FIRST)
        scene = await Scene(uow).open()
        with pytest.raises(NothingEligible):
            await batches.freeze_batch(uow, order=scene.order())
    async with _as(database, CHECKER) as uow:
        await service.review_line(uow, line_id=line.id, step=ReviewStep.SECOND)
        (line,) = await _lines(uow)
    assert line.accepted_at == AT + timedelta(microseconds=1)
    async with _as(database, MAKER) as uow:
        with pytest.raises(NothingEligible):
            await batches.freeze_batch(uow, order=Scene(uow, agency_id=scene.agency_id).order())


async def test_a_freeze_waits_for_acceptances_under_way(database: Database) -> None:
    await _submitted(database, 100)
    async with _as(database, CONFIRMER) as uow:
        (line,) = await _lines(uow)
        await service.decide_lines(uow, decisions=[_confirm(line.id)])
    async with _as(database, MAKER) as uow:
        await service.review_line(uow, line_id=line.id, step=ReviewStep.FIRST)
        agency_id = (await Scene(uow).open()).agency_id

    async def freeze() -> int:
        async with _as(database, MAKER) as uow:
            order = Scene(uow, agency_id=agency_id).order()
            return (await batches.freeze_batch(uow, order=order)).control_sum_minor

    async with _as(database, CHECKER) as uow:
        await service.review_line(uow, line_id=line.id, step=ReviewStep.SECOND)
        freezing = asyncio.create_task(freeze())
        await asyncio.sleep(0.2)
        assert not freezing.done()
    assert await freezing == 100


async def test_silence_is_reminded_of_and_never_consent(database: Database) -> None:
    await _submitted(database, 100)
    reminders = []
    for days in (0, 60, 60, 61):
        async with _as(database, Actor.system("applications.remind"), days=days) as uow:
            reminders.append(await service.remind_of_overdue(uow))
            (line,) = await _lines(uow)
            assert line.status == "submitted"
    assert reminders == [0, 1, 0, 1]


async def test_each_party_sees_only_its_own_lines(database: Database) -> None:
    hospital, supplier = await _submitted(database, 100)
    async with _as(database, SUPPLIER_USER) as uow:
        scene = Scene(uow, _serial=100)
        other_hospital, other = await scene.hospital(), await scene.supplier()
        await scene.payable(other_hospital, other, 5, status="open")
        await service.submit_applications(uow, period=PERIOD, supplier_id=other)
    for scope, amounts in (
        (HospitalScope(hospital), [100]),
        (HospitalScope(other_hospital), [5]),
        (SupplierScope(supplier), [100]),
        (SupplierScope(uuid4()), []),
    ):
        async with database.begin(scope, at=AT) as uow:
            assert [line.amount_minor for line in await _lines(uow)] == amounts


LINE: dict[str, Any] = {
    "area_code": AREA, "application_id": uuid4(), "payable_id": uuid4(), "part_no": 1,
    "hospital_id": uuid4(), "supplier_id": uuid4(), "quantity_milli": 1, "amount_minor": 1,
    "status": "submitted",
}  # fmt: skip
REVIEWED = {
    "status": "accepted", "confirmed_by": CONFIRMER.id, "first_reviewed_by": MAKER.id,
    "re_reviewed_by": CHECKER.id, "accepted_at": AT,
}  # fmt: skip
WRONG_LINES: list[tuple[str, dict[str, Any]]] = [
    ("two_reviewers", REVIEWED | {"re_reviewed_by": MAKER.id}),
    ("re_reviewed_by_somebody", REVIEWED | {"re_reviewed_by": None}),
    ("re_reviewed_by_somebody", REVIEWED | {"accepted_at": None}),
    ("first_reviewed_by_somebody", REVIEWED | {"first_reviewed_by": None}),
    ("confirmed_by_somebody", REVIEWED | {"confirmed_by": None}),
    ("dispute_has_reason", {"status": "disputed"}),
    ("dispute_reason_known", {"status": "disputed", "dispute_reason": "mood"}),
    ("shares_only_accepted", {"shares_fixed": True}),
    ("status_known", {"status": "draft"}),
    ("part_no_positive", {"part_no": 0}),
]


async def test_a_line_cannot_be_in_a_wrong_state(database: Database) -> None:
    for constraint, changes in WRONG_LINES:
        with pytest.raises(PostgresError, match=f"ck_application_line_{constraint}"):
            async with _as(database, MAKER) as uow:
                await insert(uow, "application_line", **LINE | changes)
    async with _as(database, MAKER) as uow:
        await insert(uow, "application_line", **LINE | REVIEWED)
    with pytest.raises(PostgresError, match="uq_application_line"):
        async with _as(database, MAKER) as uow:
            await insert(uow, "application_line", **LINE)
