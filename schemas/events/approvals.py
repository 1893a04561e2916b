"""Events of decisions by people."""

from typing import ClassVar

from schemas.codes.approvals import ApprovalStep, Decision, SubjectKind
from schemas.events.base import DomainEvent


class DecisionRecorded(DomainEvent):
    """A person decided about one content of the aggregate."""

    name: ClassVar[str] = "approvals.decision.recorded"

    subject_kind: SubjectKind
    content_hash: str
    step: ApprovalStep
    decision: Decision
    reason: str | None = None
