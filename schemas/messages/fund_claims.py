"""Fund claims on the wire: rows of an import, their results, capacities and offset instructions."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from schemas.codes.fund_claims import (
    ClaimStage,
    FundDocumentKind,
    FundRowOutcome,
    OffsetStatus,
    PrepaymentMovement,
)
from schemas.codes.parties import Scheme
from schemas.messages.base import Message, YuanText

MonthText = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
"""A month 'YYYY-MM'."""

HospitalCodeText = Annotated[str, StringConstraints(pattern=r"^[HP][0-9]{11}$")]

AmountText = Annotated[str, StringConstraints(pattern=r"^(0|[1-9][0-9]{0,10})(\.[0-9]{1,2})?$")]
"""An amount in yuan that is not negative, up to a hundred billion."""


class FundRow(Message):
    """One claim, advance or prepayment of one hospital, month and scheme, in one version."""

    kind: FundDocumentKind
    hospital_code: HospitalCodeText
    scheme: Scheme
    month: MonthText
    version: int = Field(ge=1, le=1_000_000)
    amount: AmountText
    stage: ClaimStage | None = None
    movement: PrepaymentMovement | None = None
    external_number: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    paid_date: date | None = None

    @model_validator(mode="after")
    def _has_the_columns_of_its_kind(self) -> Self:
        needed = {
            FundDocumentKind.CLAIM: {"stage"},
            FundDocumentKind.ADVANCE: {"external_number", "paid_date"},
            FundDocumentKind.PREPAYMENT: {"external_number", "paid_date", "movement"},
        }[self.kind]
        optional = ("stage", "movement", "external_number", "paid_date")
        given = {name for name in optional if getattr(self, name) is not None}
        if given != needed:
            raise ValueError(f"a {self.kind} has exactly {', '.join(sorted(needed))}")
        if self.paid_date is not None and not 2000 <= self.paid_date.year <= 2100:
            raise ValueError("paid_date lies outside 2000 to 2100")
        return self

    @property
    def aspect(self) -> str:
        """The stage of a claim, the movement of a prepayment, nothing for an advance."""
        return str(self.stage or self.movement or "")


class FundRowResult(Message):
    """What became of one row; `row_no` counts data rows from 1."""

    row_no: int
    outcome: FundRowOutcome
    reason: str | None = None
    message: str | None = None


class FundImportResult(Message):
    """received = accepted + unchanged + rejected."""

    id: UUID
    received: int
    accepted: int
    unchanged: int
    rejected: int
    rows: list[FundRowResult]


class ClaimCapacityView(Message):
    """How much of one hospital's claim of a month can be offset, is reserved and is consumed."""

    id: UUID
    hospital_id: UUID
    hospital_code: str
    scheme: Scheme
    month: MonthText
    available: YuanText
    reserved: YuanText
    consumed: YuanText
    excess: YuanText


class FundDocumentView(Message):
    """One stored version of a claim, advance or prepayment."""

    id: UUID
    hospital_id: UUID
    kind: FundDocumentKind
    aspect: str
    scheme: Scheme
    month: MonthText
    external_number: str
    version: int
    amount: YuanText
    paid_date: date | None
    state: str


class OffsetInstructionView(Message):
    """Tells the hospital's payer to pay this much less for the month; negative gives back."""

    id: UUID
    hospital_id: UUID
    hospital_code: str
    scheme: Scheme
    month: MonthText
    payment_batch_id: UUID
    instruction_no: int
    amount: YuanText
    status: OffsetStatus
    issued_at: datetime
    acknowledge_by_date: date | None
    acknowledged_at: datetime | None


class Acknowledgement(Message):
    """Which instructions finance acknowledges; all of them must still be unacknowledged."""

    instruction_ids: list[UUID] = Field(min_length=1, max_length=10_000)


class Acknowledged(Message):
    """How many instructions were acknowledged, over what sum."""

    status: Literal["acknowledged"] = "acknowledged"
    count: int
    amount: YuanText
