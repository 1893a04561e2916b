"""Who may decide at which step: three different people, in order, over one unchanged content."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from schemas.codes.approvals import ApprovalStep, Decision, SubjectKind

ORDER: Final = (ApprovalStep.MAKER, ApprovalStep.CHECKER, ApprovalStep.RELEASER)


@dataclass(frozen=True)
class Subject:
    """What is decided about, in exactly the content whose SHA-256 is given."""

    kind: SubjectKind
    id: UUID
    content_hash: bytes


@dataclass(frozen=True)
class Standing:
    """A decision that stands for the present content."""

    step: ApprovalStep
    decision: Decision
    user_id: UUID


class Hindrance(StrEnum):
    """Why somebody may not decide now."""

    SAME_PERSON = "same_person"
    STEP_DECIDED = "step_decided"
    STEP_TOO_EARLY = "step_too_early"
    REJECTED_BEFORE = "rejected_before"


def hindrance(
    standing: Sequence[Standing], *, step: ApprovalStep, user_id: UUID
) -> Hindrance | None:
    """What keeps `user_id` from deciding at `step`, or None.

    Every step before must stand approved for this very content, and each by another person
    (domain.md section 12, invariant 7).
    """
    if any(each.decision is Decision.REJECTED for each in standing):
        return Hindrance.REJECTED_BEFORE
    if any(each.step is step for each in standing):
        return Hindrance.STEP_DECIDED
    if any(each.user_id == user_id for each in standing):
        return Hindrance.SAME_PERSON
    done = {each.step for each in standing}
    if not done.issuperset(ORDER[: ORDER.index(step)]):
        return Hindrance.STEP_TOO_EARLY
    return None
