"""Applies for what is payable and moves the lines: confirm, dispute, resolve, review."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from schemas.codes.applications import (
    DisputeResolution,
    LineEvent,
    LineOutcome,
    LineStatus,
    ReviewStep,
)
from schemas.events.applications import ApplicationSubmitted, ConfirmationOverdue, LinesMoved
from schemas.times import CalendarMissing
from settlement_api.applications import queries
from settlement_api.applications.errors import (
    LineRefused,
    LinesChanged,
    NothingToApplyFor,
    PayablesMoved,
    PeriodNotOpen,
    SameReviewer,
    SuppliersStillApply,
)
from settlement_api.applications.policy import (
    Expectation,
    LineDecision,
    LineMove,
    LineState,
    OpenPayable,
    applicable,
    judge,
    last_day_of,
    meets,
    month_of,
    open_periods_on,
)
from settlement_api.applications.queries import LineFilter
from settlement_api.applications.states import destination, origins
from settlement_api.approvals.service import deciding_person
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.service import commit_payables
from settlement_api.rule_packs.service import terms_in_force
from settlement_api.unit_of_work import UnitOfWork

_DECIDED = """
    line_id uuid PRIMARY KEY, to_status text, quantity_milli bigint, amount_minor bigint,
    rest_quantity_milli bigint, rest_amount_minor bigint, reason text, note text
"""
_DECIDED_COLUMNS = (
    "line_id", "to_status", "quantity_milli", "amount_minor",
    "rest_quantity_milli", "rest_amount_minor", "reason", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Submitted:
    """One application as submitted; amount in fen."""

    id: UUID
    hospital_id: UUID
    supplier_id: UUID
    run_no: int
    line_count: int
    amount_minor: int


@dataclass(frozen=True)
class Moved:
    """What a bulk command moved: lines and their sum in fen."""

    line_count: int
    amount_minor: int


@dataclass(frozen=True)
class LineResult:
    """What became of one line of a bulk decision; `code` says why it was refused."""

    line_id: UUID
    outcome: LineOutcome
    code: str | None = None


async def submit_applications(
    uow: UnitOfWork,
    *,
    period: str,
    supplier_id: UUID | None = None,
    hospital_id: UUID | None = None,
) -> list[Submitted]:
    """Applies for every open direct payable of a period ('YYYY-MM') and what was left before it.

    Returns are always included up to today: nobody leaves out what reduces the pay. One
    application per hospital and supplier, all in a handful of statements; the payables are
    committed and never change again. Without `supplier_id` or `hospital_id` all of the area's
    are applied for. Raises PeriodNotOpen, NothingToApplyFor, PayablesMoved.
    """
    if period not in (open_periods := open_periods_on(uow.on)):
        raise PeriodNotOpen(period=period, open=list(open_periods))
    found = await _applicable(
        uow, upto=last_day_of(period), supplier_id=supplier_id, hospital_id=hospital_id
    )
    if not found:
        raise NothingToApplyFor(period=period)
    return await _submit(uow, found, period)


async def apply_for_returns(uow: UnitOfWork) -> list[Submitted]:
    """Applies for every return of the area up to today that its supplier has left out.

    What came back after payment counts although the supplier never applies again; the hospital
    confirms it and the agency reviews it like any other line. Raises PayablesMoved.
    """
    found = await _applicable(uow, upto=uow.on, only_returns=True)
    return await _submit(uow, found, month_of(uow.on)) if found else []


async def require_deadline_passed(uow: UnitOfWork) -> None:
    """The agency applies for returns once the suppliers' days of the month are over.

    The pack's day, moved to a working day. Raises SuppliersStillApply.
    """
    terms = await terms_in_force(uow, uow.on)
    deadline = uow.on.replace(day=terms.pack.deadlines.apply_by_day_of_month)
    with suppress(CalendarMissing):
        deadline = terms.calendar.on_or_after(deadline)
    if uow.on <= deadline:
        raise SuppliersStillApply(until=deadline)


async def _applicable(
    uow: UnitOfWork,
    *,
    upto: date,
    supplier_id: UUID | None = None,
    hospital_id: UUID | None = None,
    only_returns: bool = False,
) -> list[OpenPayable]:
    """Open payables, without those that what was withdrawn or rejected keeps back."""
    rows = await uow.fetch_all(
        load_sql(__file__, "open_payables"),
        area_code=uow.area_code,
        upto=upto,
        today=uow.on,
        supplier_id=supplier_id,
        hospital_id=hospital_id,
        only_returns=only_returns,
    )
    found = [OpenPayable(**row._mapping) for row in rows]
    rooms = await queries.rooms_for_corrections(
        uow,
        original_ids={
            row.adjusts_payable_id
            for row in found
            if row.is_limited and row.adjusts_payable_id is not None
        },
    )
    return applicable(found, rooms)


async def _submit(uow: UnitOfWork, found: Sequence[OpenPayable], period: str) -> list[Submitted]:
    wanted = [row.id for row in found]
    committed = await commit_payables(uow, payable_ids=wanted)
    if len(committed) != len(wanted):
        raise PayablesMoved
    deadline = await _confirmation_deadline(uow)
    limited = [row for row in found if row.is_limited and row.amount_minor < 0]
    rows = await uow.fetch_all(
        load_sql(__file__, "insert_applications"),
        area_code=uow.area_code,
        payable_ids=wanted,
        limited_ids=[row.id for row in limited],
        period=period,
        actor_id=uow.actor.id,
        at=uow.at,
        confirm_by_date=deadline,
    )
    originals = {row.adjusts_payable_id for row in limited}
    await _release_corrections(uow, {each for each in originals if each is not None})
    submitted = [Submitted(**row._mapping) for row in rows]
    await uow.record_all([_submission(uow.area_code, each, period, deadline) for each in submitted])
    return submitted


async def _release_corrections(uow: UnitOfWork, original_ids: set[UUID]) -> None:
    """Submits waiting returns as far as the parts of their originals that stand have room."""
    rooms = await queries.rooms_for_corrections(uow, original_ids=original_ids)
    if rooms:
        await uow.execute(
            load_sql(__file__, "release_corrections"),
            area_code=uow.area_code,
            original_ids=list(rooms),
            rooms=list(rooms.values()),
            actor_id=uow.actor.id,
            at=uow.at,
        )


def _submission(
    area_code: str, submitted: Submitted, period: str, deadline: date | None
) -> ApplicationSubmitted:
    return ApplicationSubmitted(
        area_code=area_code,
        aggregate_id=submitted.id,
        hospital_id=submitted.hospital_id,
        supplier_id=submitted.supplier_id,
        period=period,
        run_no=submitted.run_no,
        line_count=submitted.line_count,
        amount_minor=submitted.amount_minor,
        confirm_by_date=deadline,
    )


async def _confirmation_deadline(uow: UnitOfWork) -> date | None:
    """The last working day to confirm on; None beyond the loaded calendar (pending)."""
    terms = await terms_in_force(uow, uow.on)
    try:
        days = terms.pack.deadlines.confirm_within_working_days
        return terms.calendar.add_working_days(uow.on, days)
    except CalendarMissing:
        return None


async def decide_lines(uow: UnitOfWork, *, decisions: Sequence[LineDecision]) -> list[LineResult]:
    """A hospital confirms or disputes lines one by one, each with its own result.

    Confirming part of a line splits it: the rest becomes a disputed line, so that no line has
    two states and the undisputed part goes on (domain.md section 6).
    """
    wanted = LineFilter(line_ids=[decision.line_id for decision in decisions])
    lines = {line.id: line for line in await queries.lock_lines(uow, wanted=wanted)}
    moves, unchanged, refusals = judge(decisions, lines)
    await _apply(uow, moves)
    return [
        *(LineResult(move.line_id, LineOutcome.DONE) for move in moves),
        *(LineResult(line_id, LineOutcome.UNCHANGED) for line_id in unchanged),
        *(LineResult(refusal.line_id, LineOutcome.REFUSED, refusal.code) for refusal in refusals),
    ]


async def _apply(uow: UnitOfWork, moves: Sequence[LineMove]) -> None:
    if not moves:
        return
    await uow.keep_staging({"decided_line": _DECIDED})
    records = [tuple(getattr(move, column) for column in _DECIDED_COLUMNS) for move in moves]
    await uow.copy_rows("decided_line", _DECIDED_COLUMNS, records)
    done = await uow.fetch_one(
        load_sql(__file__, "apply_decisions"),
        area_code=uow.area_code,
        actor_id=uow.actor.id,
        at=uow.at,
    )
    assert done is not None
    assert done.moved_count == len(moves), "locked lines moved under us"
    for status, event in (
        (LineStatus.CONFIRMED, LineEvent.CONFIRM),
        (LineStatus.DISPUTED, LineEvent.DISPUTE),
    ):
        mine = [move for move in moves if move.to_status is status]
        if mine:
            await _record(uow, event, Moved(len(mine), sum(move.amount_minor for move in mine)))


async def confirm_undisputed(
    uow: UnitOfWork,
    *,
    hospital_id: UUID,
    application_id: UUID | None,
    expected: Expectation,
) -> Moved:
    """Confirms every line of a hospital (or one application) that still waits for it.

    Raises LinesChanged when their number or sum is not what the person saw.
    """
    wanted = LineFilter(
        statuses=origins(LineEvent.CONFIRM), hospital_id=hospital_id, application_id=application_id
    )
    return await _move_expected(uow, LineEvent.CONFIRM, wanted, expected, application_id)


async def review_lines(
    uow: UnitOfWork,
    *,
    step: ReviewStep,
    application_id: UUID | None,
    expected: Expectation,
) -> Moved:
    """First review or re-review of everything that waits for it, by two different people.

    A re-review takes only lines whose first review somebody else made. Raises LinesChanged.
    """
    person = deciding_person(uow)
    if step is ReviewStep.FIRST:
        wanted = LineFilter(statuses=(LineStatus.CONFIRMED,), application_id=application_id)
        return await _move_expected(uow, LineEvent.REVIEW, wanted, expected, application_id)
    wanted = LineFilter(
        statuses=(LineStatus.UNDER_REVIEW,),
        application_id=application_id,
        not_first_reviewed_by=person,
    )
    return await _move_expected(uow, LineEvent.RE_REVIEW, wanted, expected, application_id)


async def review_line(uow: UnitOfWork, *, line_id: UUID, step: ReviewStep) -> None:
    """Reviews one line. Raises LineRefused, SameReviewer."""
    person = deciding_person(uow)
    event = LineEvent.REVIEW if step is ReviewStep.FIRST else LineEvent.RE_REVIEW
    line = await _lock_one(uow, line_id, event)
    if event is LineEvent.RE_REVIEW and line.first_reviewed_by == person:
        raise SameReviewer
    await _move(uow, event, [line])


async def reject_line(uow: UnitOfWork, *, line_id: UUID, reason: str) -> None:
    """The agency refuses a confirmed line, saying why. Raises LineRefused, NotAPerson."""
    deciding_person(uow)
    line = await _lock_one(uow, line_id, LineEvent.REJECT)
    await _require_room_without(uow, line)
    await _move(uow, LineEvent.REJECT, [line], reason=reason)


async def resolve_dispute(
    uow: UnitOfWork, *, line_id: UUID, resolution: DisputeResolution, note: str | None
) -> None:
    """Ends a dispute: confirmed by the hospital, or withdrawn by the supplier.

    What reduces a supplier's pay is not the supplier's to withdraw. Raises LineRefused.
    """
    event = LineEvent.RESOLVE if resolution is DisputeResolution.CONFIRMED else LineEvent.WITHDRAW
    line = await _lock_one(uow, line_id, event)
    if event is LineEvent.WITHDRAW:
        if line.amount_minor < 0:
            raise LineRefused(reason="return_not_withdrawable")
        await _require_room_without(uow, line)
    await _move(uow, event, [line], reason=note)


async def _require_room_without(uow: UnitOfWork, line: LineState) -> None:
    """Refused where the rest would be less than the returns that were applied for against it."""
    rooms = await queries.rooms_for_corrections(uow, original_ids={line.payable_id})
    if line.amount_minor > 0 and rooms[line.payable_id] < line.amount_minor:
        raise LineRefused(reason="returns_outstanding")


async def reinstate_line(uow: UnitOfWork, *, line_id: UUID) -> None:
    """Applies again for a line withdrawn or rejected; it waits for confirmation.

    Returns that were netted against it count again. Raises LineRefused.
    """
    line = await _lock_one(uow, line_id, LineEvent.REINSTATE)
    await _move(uow, LineEvent.REINSTATE, [line])
    await _release_corrections(uow, {line.payable_id})


async def _lock_one(uow: UnitOfWork, line_id: UUID, event: LineEvent) -> LineState:
    lines = await queries.lock_lines(uow, wanted=LineFilter(line_ids=[line_id]))
    if len(lines) != 1 or lines[0].status not in origins(event):
        raise LineRefused(reason=f"not_open_for_{event}")
    return lines[0]


async def _move_expected(
    uow: UnitOfWork,
    event: LineEvent,
    wanted: LineFilter,
    expected: Expectation,
    application_id: UUID | None,
) -> Moved:
    lines = await queries.lock_lines(uow, wanted=wanted)
    if not meets(expected, lines):
        raise LinesChanged(count=len(lines), amount_minor=sum(line.amount_minor for line in lines))
    return await _move(uow, event, lines, application_id=application_id)


async def _move(
    uow: UnitOfWork,
    event: LineEvent,
    lines: Sequence[LineState],
    *,
    reason: str | None = None,
    application_id: UUID | None = None,
) -> Moved:
    if not lines:
        return Moved(0, 0)
    row = await uow.fetch_one(
        load_sql(__file__, "move_lines"),
        area_code=uow.area_code,
        line_ids=[line.id for line in lines],
        from_statuses=list(origins(event)),
        to_status=destination(event),
        event=event,
        actor_id=uow.actor.id,
        at=uow.at,
        accepted_at=await _acceptance(uow, event),
        reason=reason,
    )
    assert row is not None
    assert row.line_count == len(lines), "locked lines moved under us"
    moved = Moved(row.line_count, row.amount_minor)
    await _record(uow, event, moved, application_id)
    return moved


async def _acceptance(uow: UnitOfWork, event: LineEvent) -> datetime | None:
    return await queries.acceptance_instant(uow) if event is LineEvent.RE_REVIEW else None


async def _record(
    uow: UnitOfWork, event: LineEvent, moved: Moved, application_id: UUID | None = None
) -> None:
    await uow.record(
        LinesMoved(
            area_code=uow.area_code,
            aggregate_id=application_id or uuid4(),
            event=event,
            line_count=moved.line_count,
            amount_minor=moved.amount_minor,
            application_id=application_id,
        )
    )


async def remind_of_overdue(uow: UnitOfWork) -> int:
    """Reminds of applications the hospital has let pass its deadline, once a day each.

    Silence is never consent: nothing is confirmed (domain.md section 6). Returns how many.
    """
    rows = await uow.fetch_all(
        load_sql(__file__, "overdue_confirmations"), area_code=uow.area_code, on=uow.on
    )
    await uow.record_all(
        [
            ConfirmationOverdue(
                area_code=uow.area_code,
                aggregate_id=row.id,
                aggregate_version=1 + row.reminder_count,
                hospital_id=row.hospital_id,
                supplier_id=row.supplier_id,
                confirm_by_date=row.confirm_by_date,
                line_count=row.line_count,
                amount_minor=row.amount_minor,
                reminder_no=row.reminder_count,
            )
            for row in rows
        ]
    )
    return len(rows)
