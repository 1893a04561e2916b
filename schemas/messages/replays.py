"""Replays on the wire: what is asked, and the difference that other rules would have made."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from schemas.codes.reconciliation import DiscrepancyReason, PayableKind, Route
from schemas.codes.replays import ReplayEnding
from schemas.codes.requests import RequestStatus
from schemas.messages.base import Message, QuantityText, YuanText

MonthText = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]

AS_OF_NOW: Final = (
    "Replayed on the documents as they are known now, not as they were known then; nothing counts"
    " as applied for, and nothing live is changed."
)


class PackName(Message):
    """One stored version of a rule pack."""

    code: str = Field(min_length=1, max_length=64)
    version: int = Field(ge=1, le=2**31 - 1)


class ReplayOrder(Message):
    """Months to replay, and the rules to replay them under: a stored pack, or rules given.

    Rules that are not given are those of the pack in force then.
    """

    from_month: MonthText
    to_month: MonthText
    pack: PackName | None = None
    rules: dict[str, Any] | None = Field(default=None, max_length=50)

    @model_validator(mode="after")
    def _one_alternative(self) -> "ReplayOrder":
        if (self.pack is None) == (self.rules is None):
            raise ValueError("give either a pack or rules")
        if self.from_month > self.to_month:
            raise ValueError("from_month is after to_month")
        return self


class ReplayStretch(Message):
    """Days that one pack was in force for, with the rules compared on them."""

    first_day: date
    last_day: date
    pack: PackName
    base: dict[str, Any]
    alternative: dict[str, Any]


class ReplayBalance(Message):
    """Control totals of one side: invoiced - credited = matched + waiting + held (yuan); so do the
    quantities received."""

    invoiced: YuanText
    credited: YuanText
    matched: YuanText
    waiting: YuanText
    held: YuanText
    received: QuantityText
    returned: QuantityText
    received_matched: QuantityText
    received_waiting: QuantityText
    received_held: QuantityText


class DifferenceMessage(Message):
    """What ended so before and after. Lines are payables or discrepancies; `difference` is after
    less before."""

    ending: ReplayEnding
    reason: DiscrepancyReason | None
    route: Route | None
    kind: PayableKind | None
    lines_before: int
    lines_after: int
    lines_difference: int
    quantity_before: QuantityText
    quantity_after: QuantityText
    quantity_difference: QuantityText
    amount_before: YuanText
    amount_after: YuanText
    amount_difference: YuanText


class ReplayPart(Message):
    """One area, or the total of all."""

    area_code: str | None = Field(description="None for the total.")
    status: RequestStatus
    failure: str | None
    components: int | None
    components_done: int
    order_lines: int
    changed_order_lines: int
    before: ReplayBalance
    after: ReplayBalance
    differences: list[DifferenceMessage]


class ReplayMessage(Message):
    """A replay: what was asked, how far it is, and the difference by area and in total."""

    id: UUID
    basis: str = AS_OF_NOW
    from_month: str
    to_month: str
    pack: PackName | None
    rules: dict[str, Any] | None
    stretches: list[ReplayStretch]
    status: RequestStatus
    requested_by: UUID | None
    requested_at: datetime
    total: ReplayPart
    areas: list[ReplayPart]


class ReplayLineMessage(Message):
    """An order line that other rules would have settled differently."""

    id: UUID
    order_line_id: UUID
    hospital_code: str | None
    supplier_uscc: str | None
    order_number: str
    line_number: int
    product_code: str | None
    quantity_before: QuantityText
    quantity_after: QuantityText
    amount_before: YuanText
    amount_after: YuanText
    amount_difference: YuanText
    routes_before: str
    routes_after: str
    reasons_before: str
    reasons_after: str


class ReplayBrief(Message):
    """A replay in a list."""

    id: UUID
    from_month: str
    to_month: str
    status: RequestStatus
    changed_order_lines: int
    requested_by: UUID | None
    requested_at: datetime
