"""Events of matching."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class MatchRunCompleted(DomainEvent):
    """Touched components were matched; the aggregate is the run. Amounts in fen."""

    name: ClassVar[str] = "reconciliation.run.completed"

    run_number: int
    trigger: str
    intake_id: UUID | None
    payables_inserted: int
    payables_superseded: int
    discrepancies_inserted: int
    discrepancies_superseded: int
    matched_minor: int
    waiting_minor: int
    held_minor: int


class DiscrepanciesDated(DomainEvent):
    """Days to act by were set once the calendar of their year was known."""

    name: ClassVar[str] = "reconciliation.discrepancies.dated"

    discrepancy_count: int


class PayablesDated(DomainEvent):
    """Payables that waited for a year's calendar got their due dates; the aggregate is the step."""

    name: ClassVar[str] = "reconciliation.payables.dated"

    payable_count: int


class MatchRunRequested(DomainEvent):
    """Somebody asked for the whole area to be matched again; the aggregate is the request."""

    name: ClassVar[str] = "reconciliation.run.requested"


class MatchRequestProgressed(DomainEvent):
    """A chunk of a run was matched; the aggregate is the request, the version its match run's
    number."""

    name: ClassVar[str] = "reconciliation.request.progressed"

    done_count: int
    component_count: int


class MatchRequestCompleted(DomainEvent):
    """Every component of a run that somebody asked for was matched. Amounts in fen."""

    name: ClassVar[str] = "reconciliation.request.completed"

    component_count: int
    run_count: int
    order_line_count: int
    matched_minor: int
    waiting_minor: int
    held_minor: int


class MatchRequestCancelled(DomainEvent):
    """Somebody ended a run before it was over; what was matched stands."""

    name: ClassVar[str] = "reconciliation.request.cancelled"


class MatchRequestResumed(DomainEvent):
    """Somebody let a run go on where it was cancelled or failed."""

    name: ClassVar[str] = "reconciliation.request.resumed"


class MatchRequestFailed(DomainEvent):
    """A run ended with a refusal (its code); people may resume it."""

    name: ClassVar[str] = "reconciliation.request.failed"

    failure: str
