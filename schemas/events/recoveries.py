"""Events of recoveries."""

from datetime import date
from typing import ClassVar
from uuid import UUID

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


class ReceivableOpened(DomainEvent):
    """Returns that outweigh what is to be paid were carried too long: the supplier owes them."""

    name: ClassVar[str] = "recoveries.receivable.opened"

    hospital_id: UUID
    supplier_id: UUID
    scheme: str
    amount_minor: int
    carried_since: date
