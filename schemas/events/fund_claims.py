"""Events of fund claims and offsets."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class ClaimRecorded(DomainEvent):
    """An import changed what the fund owes hospitals in `months`; the aggregate is the import."""

    name: ClassVar[str] = "fund_claims.claim.recorded"

    months: list[str]
    accepted_count: int
    unchanged_count: int
    rejected_count: int


class OffsetIssued(DomainEvent):
    """Hospitals' payers were told to pay less; the aggregate is the payment batch."""

    name: ClassVar[str] = "fund_claims.offset.issued"

    instruction_count: int
    amount_minor: int


class OffsetAcknowledged(DomainEvent):
    """Finance says these instructions are acted on; the aggregate is the payment batch."""

    name: ClassVar[str] = "fund_claims.offset.acknowledged"

    instruction_ids: list[UUID]
    amount_minor: int


class OffsetOverdue(DomainEvent):
    """Instructions of a batch are not acknowledged in time: the hospitals would be paid in full.

    The aggregate is the payment batch; told once a business day.
    """

    name: ClassVar[str] = "fund_claims.offset.overdue"

    instruction_count: int
    amount_minor: int
    acknowledge_by_date: date
    """The earliest of the days that have passed."""
    reminder_no: int
