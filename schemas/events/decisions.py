"""Events of decisions: what people said of attempts that the bank left open or in doubt."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class DecisionProposed(DomainEvent):
    """One person proposed what happened to an attempt the bank left open or in doubt."""

    name: ClassVar[str] = "decisions.decision.proposed"

    attempt_id: UUID
    kind: str
    evidence_ids: list[UUID]
    reason: str


class DecisionConfirmed(DomainEvent):
    """A second person confirmed it."""

    name: ClassVar[str] = "decisions.decision.confirmed"

    attempt_id: UUID
    kind: str
    evidence_ids: list[UUID]


class DecisionWithdrawn(DomainEvent):
    """A proposal was taken back before a second person confirmed it."""

    name: ClassVar[str] = "decisions.decision.withdrawn"

    attempt_id: UUID
