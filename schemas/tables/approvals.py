"""Decisions by people over a subject and its content hash; another content needs new decisions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint

from schemas.codes.approvals import ApprovalStep, Decision, SubjectKind
from schemas.tables.base import (
    TenantRow,
    instant_field,
    recorded_at_field,
    tenant,
    text_field,
)


def _one_of(column: str, values: type[SubjectKind | ApprovalStep | Decision]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class Approval(TenantRow, table=True):
    """One decision of one person at one step about exactly this content. Append-only.

    One person decides once about one content, whatever the step: maker, checker and releaser are
    three people. A decision counts only for the content whose hash it carries.
    """

    __tablename__ = "approval"
    __table_args__ = (
        UniqueConstraint(
            "area_code",
            "subject_kind",
            "subject_id",
            "content_hash",
            "user_id",
            name="uq_approval_one_person_decides_once",
        ),
        UniqueConstraint(
            "area_code",
            "subject_kind",
            "subject_id",
            "content_hash",
            "step",
            name="uq_approval_one_decision_per_step",
        ),
        CheckConstraint(_one_of("subject_kind", SubjectKind), name="subject_kind_known"),
        CheckConstraint(_one_of("step", ApprovalStep), name="step_known"),
        CheckConstraint(_one_of("decision", Decision), name="decision_known"),
        CheckConstraint("octet_length(content_hash) = 32", name="content_hash_length"),
        tenant(),
    )

    subject_kind: str = text_field()
    subject_id: UUID
    content_hash: bytes
    step: str = text_field()
    decision: str = text_field()
    reason: str | None = text_field(default=None)
    user_id: UUID
    user_name: str = text_field()
    decided_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()
