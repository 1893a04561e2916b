"""Which decisions stand for a content."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from schemas.codes.approvals import ApprovalStep, Decision, SubjectKind
from schemas.tables.approvals import Approval
from settlement_api.approvals.policy import Standing, Subject
from settlement_api.unit_of_work import UnitOfWork


async def standing_decisions(uow: UnitOfWork, *, subject: Subject) -> list[Standing]:
    """The decisions over exactly this content; those over an earlier content are void."""
    found = await uow.session.exec(
        select(Approval)
        .where(col(Approval.area_code) == uow.area_code)
        .where(col(Approval.subject_kind) == subject.kind)
        .where(col(Approval.subject_id) == subject.id)
        .where(col(Approval.content_hash) == subject.content_hash)
        .order_by(col(Approval.id))
    )
    return [Standing(ApprovalStep(row.step), Decision(row.decision), row.user_id) for row in found]


async def list_decisions(
    uow: UnitOfWork, *, kind: SubjectKind, subject_id: UUID
) -> Sequence[Approval]:
    """Every decision ever made about a subject, whatever its content then was, oldest first."""
    found = await uow.session.exec(
        select(Approval)
        .where(col(Approval.area_code) == uow.area_code)
        .where(col(Approval.subject_kind) == kind)
        .where(col(Approval.subject_id) == subject_id)
        .order_by(col(Approval.id))
    )
    return found.all()
