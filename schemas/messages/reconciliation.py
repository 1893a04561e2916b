"""Payables, discrepancies and match runs as they are shown, and what people say about them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from schemas.codes.holds import ActingParty
from schemas.codes.reconciliation import (
    DiscrepancyEffect,
    DiscrepancyReason,
    DiscrepancyStatus,
    DueDateState,
    MatchTrigger,
    PayableKind,
    PayableStatus,
    Route,
)
from schemas.messages.base import Message, QuantityText, YuanText


class PayableMessage(Message):
    """One payable (应付明细): the unit of application, confirmation, payment and monitoring."""

    id: UUID
    kind: PayableKind
    status: PayableStatus
    route: Route
    quantity: QuantityText = Field(description="In the product's smallest unit.")
    amount: YuanText
    product_code: str
    hospital_id: UUID
    supplier_id: UUID
    order_line_id: UUID
    receipt_line_id: UUID | None
    invoice_line_id: UUID | None
    adjusts_payable_id: UUID | None
    contract_id: UUID | None
    decision_context_id: UUID
    match_run_id: UUID
    superseded_by_run_id: UUID | None
    basis_date: date
    clock_start_date: date
    due_date: date | None
    due_date_state: DueDateState


class DiscrepancyMessage(Message):
    """A quantity or amount that is not simply payable, its reason, and what was compared.

    `cure` would make it payable and `acts` must see to it, by `act_by`: the day that people set,
    else the rule pack's. No `act_by_state` where nobody must act (any more).
    """

    id: UUID
    reason: DiscrepancyReason
    effect: DiscrepancyEffect
    status: DiscrepancyStatus
    quantity: QuantityText
    amount: YuanText
    compared: dict[str, Any]
    component_code: str
    hospital_id: UUID
    supplier_id: UUID
    order_line_id: UUID | None
    receipt_line_id: UUID | None
    invoice_line_id: UUID | None
    other_line_id: UUID | None
    match_run_id: UUID
    superseded_by_run_id: UUID | None
    note: str | None
    acts: ActingParty
    cure: str
    cure_zh: str
    act_by: date | None
    act_by_state: DueDateState | None


class OverdueMessage(Message):
    """Discrepancies of one reason that nobody acted on by their day; `oldest` is the first day."""

    reason: DiscrepancyReason
    acts: ActingParty
    count: int
    quantity: QuantityText
    amount: YuanText
    oldest: date


class ForecastMessage(Message):
    """Where an order line will probably go, and how much of it is matched."""

    route: Route
    reason: DiscrepancyReason | None
    contract_id: UUID | None
    matched: QuantityText
    open: QuantityText


class LineExplanation(Message):
    """Everything matching has to say about one order line; superseded results left out."""

    order_line_id: UUID
    forecast: ForecastMessage
    payables: list[PayableMessage]
    discrepancies: list[DiscrepancyMessage]


class MatchRunMessage(Message):
    """One match run: what came in ended matched, waiting or held."""

    id: UUID
    run_number: int
    trigger: MatchTrigger
    intake_id: UUID | None
    match_request_id: UUID | None
    matched_at: datetime
    order_lines: int
    payables_inserted: int
    payables_superseded: int
    discrepancies_inserted: int
    discrepancies_superseded: int
    invoiced: YuanText
    credited: YuanText
    matched: YuanText
    waiting: YuanText
    held: YuanText
    absorbed: YuanText = Field(
        description="Differences that tolerances let pass: part of what is matched."
    )
