"""Settlement applications on the wire: applying, deciding line by line or in bulk, reviewing."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.codes.applications import (
    DisputeReason,
    DisputeResolution,
    LineDecisionKind,
    LineEvent,
    LineOutcome,
    LineStatus,
    ReviewStep,
)
from schemas.messages.base import Message, QuantityText, YuanText
from schemas.messages.fund_claims import HospitalCodeText, MonthText

AreaCodeText = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
NoteText = Annotated[str, StringConstraints(min_length=1, max_length=500)]
MAX_DECISIONS = 10_000


class NewApplication(Message):
    """Apply for everything open and direct up to the end of `period`, in an area or a hospital."""

    area_code: AreaCodeText
    period: MonthText
    hospital_code: HospitalCodeText | None = None


class SubmittedApplication(Message):
    """One application just submitted."""

    id: UUID
    hospital_id: UUID
    supplier_id: UUID
    run_no: int
    line_count: int
    amount: YuanText


class SubmittedApplications(Message):
    """All applications of one command, with their totals."""

    application_count: int
    line_count: int
    amount: YuanText
    applications: list[SubmittedApplication]


class StatusTotal(Message):
    """How many lines stand in a status, and their sum."""

    status: LineStatus
    line_count: int
    amount: YuanText


class ApplicationView(Message):
    """An application as submitted, and how its lines stand now (only when shown alone)."""

    id: UUID
    area_code: str
    hospital_id: UUID
    supplier_id: UUID
    period: MonthText
    run_no: int
    line_count: int
    amount: YuanText
    submitted_at: datetime
    confirm_by_date: date | None
    reminder_count: int
    totals: list[StatusTotal] | None = None


class ApplicationLineView(Message):
    """One line: a payable, or the part of it that has one status. Quantity in smallest units."""

    id: UUID
    application_id: UUID
    payable_id: UUID
    part_no: int
    hospital_id: UUID
    supplier_id: UUID
    order_number: str | None
    order_line_number: int | None
    product_code: str | None
    quantity: QuantityText
    amount: YuanText
    status: LineStatus
    dispute_reason: DisputeReason | None
    dispute_note: str | None
    confirmed_at: datetime | None
    accepted_at: datetime | None


class LineMoveView(Message):
    """One move of one line."""

    event: LineEvent
    from_status: LineStatus | None
    to_status: LineStatus
    quantity: QuantityText
    amount: YuanText
    reason: str | None
    actor_id: UUID | None
    moved_at: datetime


class LineDecisionMessage(Message):
    """What the hospital says about a line.

    A confirmation with a smaller `quantity` than the line's splits it: the rest is disputed for
    `reason`. A dispute is of the whole line.
    """

    line_id: UUID
    decision: LineDecisionKind
    quantity: QuantityText | None = None
    reason: DisputeReason | None = None
    note: NoteText | None = None


class LineDecisions(Message):
    """Decisions about many lines; each gets its own result."""

    decisions: list[LineDecisionMessage] = Field(min_length=1, max_length=MAX_DECISIONS)


class LineDecisionResult(Message):
    """What became of one line; `code` says why it was refused."""

    line_id: UUID
    outcome: LineOutcome
    code: str | None = None


class LineDecisionResults(Message):
    """done + unchanged + refused = received."""

    received: int
    done: int
    unchanged: int
    refused: int
    results: list[LineDecisionResult]


class BulkConfirmation(Message):
    """Confirm every line that waits, of one application or of the hospital: as seen, or refused."""

    application_id: UUID | None = None
    expected_count: int = Field(ge=0)
    expected_amount: YuanText


class BulkReview(Message):
    """Review everything that waits for a step, of one application or of the area, as seen."""

    step: ReviewStep
    application_id: UUID | None = None
    expected_count: int = Field(ge=0)
    expected_amount: YuanText


class BulkMoved(Message):
    """What a bulk command moved."""

    line_count: int
    amount: YuanText


class LineReview(Message):
    """Which of the two reviews."""

    step: ReviewStep


class LineRejection(Message):
    """Why the agency refuses a line."""

    reason: NoteText


class DisputeEnd(Message):
    """How a dispute ends; the supplier only withdraws, the hospital only confirms."""

    resolution: DisputeResolution
    note: NoteText | None = None
