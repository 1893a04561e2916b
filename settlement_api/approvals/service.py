"""Records decisions; the features whose subjects they are decide what follows."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from schemas.codes.approvals import ApprovalStep, Decision
from schemas.events.approvals import DecisionRecorded
from schemas.tables.approvals import Approval
from settlement_api.approvals import queries
from settlement_api.approvals.errors import AlreadyDecided, NotAPerson, SamePerson, StepTooEarly
from settlement_api.approvals.policy import Hindrance, Subject, hindrance
from settlement_api.unit_of_work import UnitOfWork

_REFUSALS = {
    Hindrance.SAME_PERSON: SamePerson,
    Hindrance.STEP_DECIDED: AlreadyDecided,
    Hindrance.REJECTED_BEFORE: AlreadyDecided,
    Hindrance.STEP_TOO_EARLY: StepTooEarly,
}


def deciding_person(uow: UnitOfWork) -> UUID:
    """The id of the person who acts. Raises NotAPerson for systems and jobs."""
    if uow.actor.kind != "user" or uow.actor.id is None:
        raise NotAPerson
    return uow.actor.id


async def record_decision(
    uow: UnitOfWork,
    *,
    subject: Subject,
    step: ApprovalStep,
    decision: Decision = Decision.APPROVED,
    reason: str | None = None,
) -> UUID:
    """Records what the acting person decided at `step`; returns the person's id.

    Raises NotAPerson, SamePerson, AlreadyDecided or StepTooEarly. Two people deciding at once
    are told apart by the table's unique keys, so the second is refused, not blocked for good.
    """
    user_id = deciding_person(uow)
    standing = await queries.standing_decisions(uow, subject=subject)
    why_not = hindrance(standing, step=step, user_id=user_id)
    if why_not is not None:
        raise _REFUSALS[why_not](step=step)
    approval = Approval(
        area_code=uow.area_code,
        subject_kind=subject.kind,
        subject_id=subject.id,
        content_hash=subject.content_hash,
        step=step,
        decision=decision,
        reason=reason,
        user_id=user_id,
        user_name=uow.actor.name,
        decided_at=uow.at,
    )
    await _insert(uow, approval)
    await uow.record(
        DecisionRecorded(
            area_code=uow.area_code,
            aggregate_id=subject.id,
            subject_kind=subject.kind,
            content_hash=subject.content_hash.hex(),
            step=step,
            decision=decision,
            reason=reason,
        )
    )
    return user_id


async def _insert(uow: UnitOfWork, approval: Approval) -> None:
    values = approval.model_dump(exclude={"id", "recorded_at"})
    connection = await uow.session.connection()
    written = await connection.execute(insert(Approval).values(values).on_conflict_do_nothing())
    if written.rowcount != 1:
        raise AlreadyDecided(step=approval.step)
