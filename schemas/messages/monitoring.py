"""Monitoring on the wire: reports of own payments, indicators, ageing and ranking."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from schemas.codes.documents import ChargeKind
from schemas.codes.invoice_numbers import as_invoice_number
from schemas.codes.monitoring import InvoicedEnd, SelfPaymentFault, SelfPaymentOutcome, Voice
from schemas.codes.supplier_codes import canonical_supplier_code
from schemas.messages.base import Day, Message, Plain, QuantityText, YuanText
from schemas.messages.fund_claims import HospitalCodeText

PositiveYuan = Annotated[
    str,
    StringConstraints(pattern=r"^([1-9][0-9]{0,9}(\.[0-9]{1,2})?|0\.(0[1-9]|[1-9][0-9]?))$"),
]
"""An amount in yuan above zero."""
Reference = Annotated[str, Plain(64)]
SupplierCalled = Annotated[str, AfterValidator(canonical_supplier_code), Plain(100)]
"""A USCC or an alias, in any spelling. Whoever it is, or nobody, is said of each row: one mistyped
code refuses no other row."""
RateText = Annotated[str, StringConstraints(pattern=r"^(0\.[0-9]{4}|1\.0000)$")]
"""A share between 0 and 1 with four decimals."""
DaysText = Annotated[str, StringConstraints(pattern=r"^-?[0-9]+\.[0-9]$")]
"""Days with one decimal, weighted by amount."""


class SelfPaymentRow(Message):
    """One payment for one invoice, by the reference the bank gave it.

    The supplier is stated by its USCC or an alias on file, in any spelling, as documents do.
    """

    hospital_code: HospitalCodeText
    supplier_uscc: SupplierCalled
    invoice_number: Annotated[Reference, AfterValidator(as_invoice_number)]
    reference: Reference
    amount: PositiveYuan
    paid_date: Day


class SelfPaymentReport(Message):
    """Payments told in one call; whose voice it is follows from who tells."""

    payments: list[SelfPaymentRow] = Field(min_length=1, max_length=50_000)


class SelfPaymentRowResult(Message):
    """What became of one row; `row_no` counts from 1."""

    row_no: int
    outcome: SelfPaymentOutcome
    fault: SelfPaymentFault | None = None


class SelfPaymentReportResult(Message):
    """received = accepted + unchanged + rejected."""

    received: int
    accepted: int
    unchanged: int
    rejected: int
    rows: list[SelfPaymentRowResult]


class IndicatorMessage(Message):
    """Figures of one group's self-settled lines as of a day; rates are null with nothing due."""

    group_id: str
    group_name: str
    line_count: int
    amount: YuanText
    paid: YuanText
    open: YuanText
    credit: YuanText
    due_amount: YuanText
    on_time_rate_by_amount: RateText | None
    on_time_rate_by_count: RateText | None
    payback_days: DaysText | None
    open_age_days: DaysText | None
    ageing: dict[str, YuanText]
    conflicting_payments: int
    unmatched_paid: YuanText
    rank: int | None = None


class IndicatorReport(Message):
    """Indicators as of a day, as they were known on `known_on`."""

    as_of: Day
    known_on: Day
    voice: str
    groups: list[IndicatorMessage]


class InvoicedTotal(Message):
    """Invoice lines of one kind of charge that stand at one end for one reason, and their sum.

    A line that stands at two ends (paid in part) is counted at both.
    """

    charge_kind: ChargeKind
    end: InvoicedEnd
    reason: str
    line_count: int
    amount: YuanText


class InvoicedReport(Message):
    """Where every fen of the invoices of some days stands; the totals add up to `amount`."""

    amount: YuanText
    totals: list[InvoicedTotal]


class InvoicedPart(Message):
    """The part of an invoice line that stands at one end for one reason."""

    end: InvoicedEnd
    reason: str
    amount: YuanText


class InvoicedLine(Message):
    """One effective invoice line; its parts add up to its stated amount, tax included."""

    id: UUID
    invoice_number: str
    line_number: int
    charge_kind: ChargeKind
    hospital_id: UUID
    supplier_id: UUID
    amount: YuanText
    parts: list[InvoicedPart]


class DrawnVolume(Message):
    """An agreed volume and how much of it was drawn: matched under the contract in its year.

    More than agreed is shown, never blocked. Quantities in smallest units.
    """

    id: UUID
    contract_code: str
    item_no: str
    manufacturer: str
    scope_code: str
    year: int
    agreed: QuantityText
    drawn: QuantityText
    amount: YuanText
    is_over_agreed: bool


class OwnPaymentLaid(Message):
    """Fen of an own payment on a line that an invoice it names stands behind."""

    self_payment_id: UUID
    payable_id: UUID
    amount: YuanText


class OwnPaymentRest(Message):
    """Fen of an own payment that are on no line; `proposed`: in a proposal for people."""

    self_payment_id: UUID
    amount: YuanText
    reason: Literal["invoice_unknown", "overpaid", "unnamed"]
    proposed: bool


class OwnDebtOpen(Message):
    """What is still owed on a line that the hospital settles itself."""

    payable_id: UUID
    amount: YuanText


class OwnPaymentProposal(Message):
    """Rests that add up to what is open on these lines: something to look at, evidence of nothing.

    `tied`: others fit as well.
    """

    self_payment_ids: list[UUID]
    payable_ids: list[UUID]
    amount: YuanText
    tied: bool


class OwnPaymentNear(Message):
    """An open invoice that one payment may have been for, and what of it: nearly the number that it
    names, or nearly the amount. Something to look at, evidence of nothing.

    `rank` is from 1 among those of the payment, `score` of 100; `tied`: another has as many points.
    `amount` is what would be laid on its lines.
    """

    self_payment_ids: list[UUID] = Field(min_length=1, max_length=1)
    payable_ids: list[UUID]
    invoice_number: str
    amount: YuanText
    rank: int
    score: int
    tied: bool
    fits: list[str]


class OwnProposalAcceptance(Message):
    """A proposal or a near match, as it is shown now, and why somebody says that it holds.

    `tied` is what is shown with it: whoever accepts one of several that fit knows that they do.
    """

    hospital_id: UUID
    supplier_id: UUID
    self_payment_ids: list[UUID] = Field(min_length=1, max_length=1_000)
    payable_ids: list[UUID] = Field(min_length=1, max_length=1_000)
    tied: bool = False
    reason: Annotated[str, Plain(500)]


class OwnUsesWithdrawal(Message):
    """Payments of which what was said that they were for does not hold, and why."""

    hospital_id: UUID
    supplier_id: UUID
    self_payment_ids: list[UUID] = Field(min_length=1, max_length=1_000)
    reason: Annotated[str, Plain(500)]


class OwnPaymentUse(Message):
    """Fen of an own payment that were for an invoice, as a person said; 0: not any more."""

    self_payment_id: UUID
    invoice_number: str
    amount: YuanText


class OwnPaymentUses(Message):
    """What a person just said of own payments, in the voice of whoever says it."""

    voice: Voice
    uses: list[OwnPaymentUse]


class SelfPaymentMatches(Message):
    """Own payments of one hospital to one supplier beside what it owes it.

    The payments told are `laid` and `rests` together; what is owed is `laid` and `open` together.
    `near` are near matches of what is left, by payment, the likeliest first; like proposals they
    pay nothing. `searched_all` is false where too much fits for every group to be looked at.
    """

    as_of: date
    voice: Voice
    laid: list[OwnPaymentLaid]
    rests: list[OwnPaymentRest]
    open: list[OwnDebtOpen]
    proposals: list[OwnPaymentProposal]
    near: list[OwnPaymentNear]
    searched_all: bool
