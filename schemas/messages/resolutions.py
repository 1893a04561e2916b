"""What people decide about discrepancies, as it is sent and shown, and suggestions to them."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason, DiscrepancyStatus
from schemas.codes.resolutions import (
    ResolutionAction,
    ResolutionReason,
    ResolutionStatus,
    SentTo,
)
from schemas.messages.base import Message, QuantityText, Remark, Scaled, YuanText

Number = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LinkedQuantity = Annotated[str, Scaled(scale=3, minimum=1, maximum=10**15)]
MarkingAction = Literal["explain", "correct", "write_off", "send_back", "snooze", "to_check"]


class _Decided(Message):
    """Why: both are always said."""

    reason_code: ResolutionReason
    remark: Remark


class Marking(_Decided):
    """Marks one discrepancy, or many; matching goes on as before."""

    action: MarkingAction
    sent_to: SentTo | None = Field(default=None, description="With `send_back`.")
    act_by_date: date | None = Field(
        default=None, description="By when to act; with `snooze` until when it sleeps."
    )

    @model_validator(mode="after")
    def _said_in_full(self) -> Self:
        if (self.action == "send_back") != (self.sent_to is not None):
            raise ValueError("sent_to goes with send_back, and only there")
        if self.action in ("send_back", "snooze") and self.act_by_date is None:
            raise ValueError("send_back and snooze need act_by_date")
        return self


class NewMarking(Marking):
    """What somebody decides about one discrepancy."""

    discrepancy_id: UUID


class MarkingFilter(Message):
    """Which open discrepancies are meant; at least one condition, all of them hold."""

    reason: DiscrepancyReason | None = None
    effect: DiscrepancyEffect | None = None
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    component_code: str | None = None
    least_amount: YuanText | None = Field(default=None, description="Without sign, inclusive.")
    most_amount: YuanText | None = Field(default=None, description="Without sign, inclusive.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(value is None for value in self.model_dump().values()):
            raise ValueError("an empty filter would mean everything")
        return self


class BulkMarking(Marking):
    """One decision about every open discrepancy of a filter, if it is still as expected."""

    filter: MarkingFilter
    expected_count: int = Field(ge=1)
    expected_sum: YuanText = Field(description="Of the amounts as listed, with their signs.")


class LinkPart(Message):
    """Where a quantity of an invoice line belongs: an order line, or a receipt line, by number.

    The line may arrive later.
    """

    order_number: Number | None = None
    order_line_number: int | None = Field(default=None, ge=1, le=2**31 - 1)
    receipt_number: Number | None = None
    receipt_line_number: int | None = Field(default=None, ge=1, le=2**31 - 1)
    quantity: LinkedQuantity | None = Field(
        default=None, description="In the invoice line's unit as sent; none means all of it."
    )

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        order = (self.order_number is None, self.order_line_number is None)
        receipt = (self.receipt_number is None, self.receipt_line_number is None)
        if {order, receipt} != {(True, True), (False, False)}:
            raise ValueError("name one order line or one receipt line, number and line")
        return self


class NewLink(_Decided):
    """Binds an invoice line to one line (`link`), or parts of it to several (`split`)."""

    invoice_line_id: UUID
    parts: list[LinkPart] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _parts_have_quantities(self) -> Self:
        if len(self.parts) > 1 and any(part.quantity is None for part in self.parts):
            raise ValueError("each part of a split has its quantity")
        return self


class NewAcceptance(_Decided):
    """Accepts an invoice line at a lower amount than it states."""

    invoice_line_id: UUID
    amount: YuanText = Field(description="For the whole line, tax included.")


class Undoing(_Decided):
    """Takes a decision back, by a decision of its own."""


class Rejection(Message):
    """Why a second person does not agree."""

    remark: Remark


class FoundGroup(Message):
    """Discrepancies of one reason, effect and status, together."""

    reason: DiscrepancyReason
    effect: DiscrepancyEffect
    status: DiscrepancyStatus
    count: int
    quantity: QuantityText
    amount: YuanText


class ResolutionSummary(Message):
    """How things stood: of marked discrepancies themselves; of links, their whole component."""

    payables: int | None
    payable_amount: YuanText | None
    discrepancies: list[FoundGroup]


class ResolutionMessage(Message):
    """One decision. `after` is there once it took effect; two people differ."""

    id: UUID
    action: ResolutionAction
    reason_code: ResolutionReason
    remark: str
    status: ResolutionStatus
    sent_to: SentTo | None
    act_by_date: date | None
    undoes_resolution_id: UUID | None
    item_count: int
    amount: YuanText
    at_stake: YuanText | None
    needs_two: bool
    before: ResolutionSummary
    after: ResolutionSummary | None
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None


class ResolvedFindingMessage(Message):
    """A discrepancy as it was when somebody decided about it."""

    id: UUID
    resolution_id: UUID
    discrepancy_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    component_code: str
    reason: DiscrepancyReason
    effect: DiscrepancyEffect
    quantity: QuantityText
    amount: YuanText
    status_after: DiscrepancyStatus
    status: ResolutionStatus


class ResolvedLinkMessage(Message):
    """A quantity of an invoice line that people bound to another, or what they accepted it at."""

    id: UUID
    resolution_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    component_code: str
    invoice_number: str
    invoice_line_number: int
    order_number: str | None
    order_line_number: int | None
    receipt_number: str | None
    receipt_line_number: int | None
    quantity: QuantityText | None
    accepted: YuanText | None
    status: ResolutionStatus


class SuggestionMessage(Message):
    """A line that may belong to a discrepancy's; nothing is done about it by itself."""

    rank: int
    tied: bool = Field(description="Another one fits exactly as well.")
    score: int = Field(description="Of 100.")
    kind: Literal["order_line", "receipt_line", "invoice_line"]
    line_id: UUID
    number: str
    line_number: int
    product_code: str
    quantity: QuantityText
    fits: list[str] = Field(description="What agrees: product, quantity, amount, number, day.")
