"""Events of monitoring."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class SelfPaymentsTold(DomainEvent):
    """One voice told of payments that hospitals made themselves; the aggregate is the call."""

    name: ClassVar[str] = "monitoring.self_payments.told"

    voice: str
    received_count: int
    accepted_count: int
    unchanged_count: int
    rejected_count: int


class SelfPaymentUsesSaid(DomainEvent):
    """A person said what own payments were for, or took that back (`taken_back`); the aggregate is
    the step."""

    name: ClassVar[str] = "monitoring.self_payments.uses_said"

    voice: str
    hospital_id: UUID
    supplier_id: UUID
    self_payment_ids: list[UUID]
    reason: str
    taken_back: bool
