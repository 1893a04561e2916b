"""Events of recoveries."""

from typing import ClassVar

from schemas.events.base import DomainEvent


class ShortfallChanged(DomainEvent):
    """What a batch paid beyond its hospitals' claims is another now; the aggregate is the batch."""

    name: ClassVar[str] = "recoveries.shortfall.changed"

    hospital_count: int
    shortfall_minor: int
    recovered_minor: int


class AdvanceRecovered(DomainEvent):
    """Acknowledged instructions were booked against advances; the aggregate is the batch."""

    name: ClassVar[str] = "recoveries.advance.recovered"

    instruction_count: int
    amount_minor: int
