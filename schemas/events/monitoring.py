"""Events of monitoring."""

from typing import ClassVar

from schemas.events.base import DomainEvent


class SelfPaymentsTold(DomainEvent):
    """One voice told of payments that hospitals made themselves; the aggregate is the call."""

    name: ClassVar[str] = "monitoring.self_payments.told"

    voice: str
    received_count: int
    accepted_count: int
    unchanged_count: int
    rejected_count: int
