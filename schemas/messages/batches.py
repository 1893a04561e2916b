"""Payment batches on the wire: freezing, deciding, and frozen content that can be checked."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, StringConstraints

from schemas.codes.approvals import ApprovalStep, Decision
from schemas.codes.batches import BatchStatus, ExclusionReason, ShortfallPolicy
from schemas.codes.parties import Scheme
from schemas.messages.base import Message, YuanText
from schemas.messages.fund_claims import MonthText


class NewBatch(Message):
    """Freeze one agency's scheme at a cut-off (now, when none is given)."""

    agency_id: UUID
    scheme: Scheme
    period: MonthText
    cutoff_at: AwareDatetime | None = None


class BatchVoid(Message):
    """Why a batch is voided."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class BatchDecision(Message):
    """What is decided about: a batch whose content hash is still the one the person saw."""

    content_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ExclusionTotalView(Message):
    """How many shares one reason left out, and how much."""

    reason: ExclusionReason
    count: int
    amount: YuanText


class DecisionView(Message):
    """Who decided what about which content."""

    step: ApprovalStep
    decision: Decision
    user_id: UUID
    user_name: str
    content_hash: str
    decided_at: datetime


class BatchView(Message):
    """A batch's frozen totals and where it stands; eligible = taken + left out, in both."""

    id: UUID
    agency_id: UUID
    agency_account_id: UUID
    scheme: Scheme
    period: MonthText
    batch_no: int
    status: BatchStatus
    cutoff_at: datetime
    available: YuanText
    eligible_count: int
    eligible_amount: YuanText
    taken_count: int
    left_out_count: int
    left_out_amount: YuanText
    payment_count: int
    control_sum: YuanText
    set_off_amount: YuanText
    planned_recovery: YuanText
    shortfall: YuanText
    shortfall_policy: ShortfallPolicy
    rule_pack: str
    content_hash: str
    made_by: UUID
    approved_by: UUID | None
    released_by: UUID | None
    released_at: datetime | None
    voided_by: UUID | None
    void_reason: str | None
    halted_at: datetime | None
    """Its rows are not what was approved any more: nothing of it is sent until it is resumed."""
    exclusions: list[ExclusionTotalView] | None = None
    decisions: list[DecisionView] | None = None


class BatchPaymentView(Message):
    """One payment of the frozen content; of the account only the last four digits."""

    id: UUID
    supplier_id: UUID | None
    payee_name: str
    payee_cnaps_code: str
    payee_account: str
    amount: YuanText
    item_count: int
    remittance: str


class PaymentItemView(Message):
    """The part of one payable share that a payment pays."""

    id: UUID
    payable_share_id: UUID
    hospital_id: UUID
    amount: YuanText
    recovery: YuanText


class ExclusionView(Message):
    """One share, or the rest of one, left out; a pending correction has no share yet."""

    id: UUID
    application_line_id: UUID
    payable_share_id: UUID | None
    hospital_id: UUID
    supplier_id: UUID
    reason: ExclusionReason
    amount: YuanText


class RecoveryView(Message):
    """What the batch pays for one hospital, covered by its claim or short."""

    id: UUID
    hospital_id: UUID
    cash: YuanText
    planned_recovery: YuanText
    shortfall: YuanText


class SetOffView(Message):
    """An amount of a negative share set against a positive one."""

    id: UUID
    negative_share_id: UUID
    positive_share_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    amount: YuanText
    is_voided: bool
