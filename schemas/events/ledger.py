"""Facts of the ledger."""

from typing import ClassVar

from schemas.events.base import DomainEvent


class PeriodClosedEvent(DomainEvent):
    """A month of an area's books takes no more postings."""

    name: ClassVar[str] = "ledger.period.closed"

    period: str
    """'YYYY-MM'."""
