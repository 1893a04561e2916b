"""Events of settlement applications and their lines."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from schemas.codes.applications import LineEvent
from schemas.events.base import DomainEvent


class ApplicationSubmitted(DomainEvent):
    """A supplier applied at one hospital for one period."""

    name: ClassVar[str] = "applications.application.submitted"

    hospital_id: UUID
    supplier_id: UUID
    period: str
    run_no: int
    line_count: int
    amount_minor: int
    confirm_by_date: date | None


class LinesMoved(DomainEvent):
    """Lines moved by one command; the aggregate is the command's own id.

    Each line's move is a row of `application_line_transition` with the same instant and actor.
    """

    name: ClassVar[str] = "applications.lines.moved"

    event: LineEvent
    line_count: int
    amount_minor: int
    application_id: UUID | None = None


class ConfirmationOverdue(DomainEvent):
    """Lines of an application still wait for the hospital after its deadline (silence = remind)."""

    name: ClassVar[str] = "applications.confirmation.overdue"

    hospital_id: UUID
    supplier_id: UUID
    confirm_by_date: date
    line_count: int
    amount_minor: int
    reminder_no: int
