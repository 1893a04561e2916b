"""Payments as the API shows them, and what people decide about them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.codes.payments import (
    AnswerFinding,
    DecisionKind,
    DecisionState,
    EvidenceSource,
    Outcome,
    PaymentPurpose,
)
from schemas.messages.base import Message, Plain, YuanText

Reason = Annotated[str, Plain(200)]


class PaymentMessage(Message):
    """One payment; its payee's account number is hidden but for the last four digits."""

    id: UUID
    area_code: str
    payment_batch_id: UUID | None
    supplier_id: UUID | None
    scheme: str
    purpose: PaymentPurpose
    payee_name: str
    payee_account_masked: str
    amount: YuanText
    returned: YuanText
    item_count: int
    outcome: Outcome


class EvidenceMessage(Message):
    """One thing known about an attempt, and who or what said so.

    `about`: the evidence that people's decision confirms, dismisses or does not believe.
    """

    id: UUID
    source: EvidenceSource
    meaning: str
    code: str
    reason_code: str | None
    amount: YuanText | None
    code_map_version: str
    happened_at: datetime | None
    learned_at: datetime
    decided_by_first: UUID | None
    decided_by_second: UUID | None
    about: list[UUID]


class AttemptMessage(Message):
    """One try at the bank: what we decided, what the bank did, and the evidence for it."""

    id: UUID
    attempt_no: int
    end_to_end_id: str
    decision_state: DecisionState
    outcome: Outcome
    amount: YuanText
    returned: YuanText
    sent_at: datetime | None
    evidence: list[EvidenceMessage]


class PaymentWithEvidence(Message):
    """A payment with every attempt; to suppliers, without them."""

    payment: PaymentMessage
    attempts: list[AttemptMessage]


class OddAnswerMessage(Message):
    """An answer of the bank that changed nothing and that a person must look at."""

    id: UUID
    submission_id: UUID
    message_id: str
    payment_batch_id: UUID | None
    source: EvidenceSource
    finding: AnswerFinding
    http_status: int | None
    received_at: datetime


class NewStop(Message):
    """Why sending must stop."""

    reason: Reason


class StopMessage(Message):
    """A stop thrown or lifted."""

    id: UUID
    in_force: bool


class NewDecision(Message):
    """What one person proposes about an attempt the bank left open or in doubt."""

    kind: DecisionKind
    evidence_ids: list[UUID] = Field(
        default=[],
        max_length=100,
        description="The evidence it is about: needed to disbelieve, which ends a conflict; of"
        " returns, all that wait if empty.",
    )
    reason: Reason = Field(description="What it rests on: a call, a letter, a statement.")


class DecisionMessage(Message):
    """A decision: proposed by one person, in force once a second one has confirmed it."""

    id: UUID
    confirmed: bool
