"""Invoices that suppliers should issue, and what becomes of a draft before it is issued."""

from datetime import date

from pydantic import Field

from schemas.codes.holds import ActingParty, HoldType
from schemas.codes.proposals import CheckOutcome, NoProposal, RateSource
from schemas.codes.reconciliation import (
    DiscrepancyEffect,
    DiscrepancyReason,
    DueDateState,
    PayableKind,
    Route,
)
from schemas.messages.base import Message, QuantityText, YuanText


class LineReferences(Message):
    """The order line and receipt line that an invoice line is to name."""

    order_number: str
    order_line_number: int
    receipt_number: str
    receipt_line_number: int


class ProposedLine(LineReferences):
    """A goods line as the invoice should state it."""

    line_number: int
    product_code: str
    product_name: str | None
    quantity: QuantityText
    unit: str
    tax_rate_percent: int
    tax_rate_source: RateSource
    net_amount: YuanText
    tax_amount: YuanText
    total_amount: YuanText = Field(
        description="Net and tax together: the lowest that order and contract price allow."
    )


class UnproposedLine(LineReferences):
    """Accepted goods that wait for an invoice and have no amount to propose."""

    product_code: str
    quantity: QuantityText
    unit: str
    why: NoProposal


class InvoiceProposal(Message):
    """One invoice to be issued to one hospital, for all of its orders on this page or one order."""

    area_code: str
    hospital_code: str
    order_number: str | None = Field(description="Where one proposal per order was asked for.")
    lines: list[ProposedLine]
    net_amount: YuanText
    tax_amount: YuanText
    total_amount: YuanText
    remark: str = Field(description="For the invoice's remark field: hospital, orders, receipts.")
    not_proposed: list[UnproposedLine]


class PaidPart(Message):
    """A part of a draft's line that will be payable, and when."""

    kind: PayableKind
    quantity: QuantityText = Field(description="In the smallest unit of the product.")
    amount: YuanText
    route: Route
    order_number: str
    order_line_number: int
    receipt_number: str | None
    receipt_line_number: int | None
    due_date: date | None
    due_date_state: DueDateState
    apply_by: date | None = Field(
        description="Last day of the application that takes it: the pack's day of the month, moved"
        " to a working day, of this month where that is still to come and the goods were accepted"
        " before this month, else of the month after acceptance or after today, whichever is later."
        " None where the fund does not pay it, or the calendar of that year is not loaded."
    )
    earliest_payment: date | None = Field(
        description="The first working day after the hospital's working days of confirmation,"
        " counted from `apply_by`. Reviews, shortfalls and disputes can only make it later."
    )


class CheckFinding(Message):
    """Why a part of a line is not payable, or what matching remarks; as for stored invoices."""

    reason: DiscrepancyReason
    effect: DiscrepancyEffect
    quantity: QuantityText
    amount: YuanText
    compared: dict[str, int] = Field(
        description="`stated` and `allowed` in the unit the reason speaks of: fen, thousandths of"
        " the smallest unit, or days since 1970."
    )
    rule: str
    hold: HoldType
    acts: ActingParty
    cure: str
    cure_zh: str


class CheckedLine(Message):
    """One line of a draft: what will be paid of it, and exactly what will not."""

    line_number: int
    outcome: CheckOutcome
    stated: YuanText
    payable: YuanText
    parts: list[PaidPart]
    findings: list[CheckFinding]


class InvoiceCheck(Message):
    """What becomes of a draft invoice if it is sent now as it stands. Nothing was stored."""

    invoice_number: str
    hospital_code: str
    checked_on: date
    outcome: CheckOutcome
    number_is_taken: bool = Field(
        description="The number was claimed before, in any area of the province; by whom is not"
        " told. The lines say whether that holds them."
    )
    stated: YuanText
    payable: YuanText
    total_difference: YuanText = Field(
        description="The stated total less the sum of the lines; informs only."
    )
    lines: list[CheckedLine]
