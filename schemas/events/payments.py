"""Events of payments: what we decided and sent, and what the bank's news changed."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.events.base import DomainEvent


class BatchPrepared(DomainEvent):
    """Attempts were made for payments of a released batch and its money reserved in the ledger."""

    name: ClassVar[str] = "payments.batch.prepared"

    attempt_count: int
    control_sum_minor: int


class SubmissionSigned(DomainEvent):
    """The exact bytes of one message were stored; they may be sent once."""

    name: ClassVar[str] = "payments.submission.signed"

    payment_batch_id: UUID | None
    message_id: str
    payment_count: int
    control_sum_minor: int
    body_sha256: str


class SubmissionSending(DomainEvent):
    """The message is about to be put on the wire: from here on its outcome is the bank's."""

    name: ClassVar[str] = "payments.submission.sending"

    message_id: str
    payment_count: int
    control_sum_minor: int


class AttemptUnfit(DomainEvent):
    """The bank could not carry the payment unchanged: the attempt was voided, never sent."""

    name: ClassVar[str] = "payments.attempt.unfit"

    payment_id: UUID
    faults: list[str]


class OutcomeChange(BaseModel):
    """One payment whose outcome is another now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payment_id: UUID
    attempt_id: UUID
    payee_account_id: UUID | None
    supplier_id: UUID | None
    payment_batch_id: UUID | None
    before: str
    after: str
    amount_minor: int
    returned_minor: int
    reason_code: str | None


class OutcomesChanged(DomainEvent):
    """News of the bank, or two people's decision, changed outcomes.

    `aggregate_id` is the message, statement or decision that brought the news; at most 1,000
    changes an event.
    """

    name: ClassVar[str] = "payments.outcomes.changed"

    changes: list[OutcomeChange]


class OutcomeConflict(DomainEvent):
    """News contradicts money that moved: sending has stopped until a person decides."""

    name: ClassVar[str] = "payments.outcome.conflicting"

    attempt_ids: list[UUID]


class DecisionProposed(DomainEvent):
    """One person proposed what happened to an attempt the bank left open."""

    name: ClassVar[str] = "payments.decision.proposed"

    attempt_id: UUID
    kind: str
    reason: str


class DecisionConfirmed(DomainEvent):
    """A second person confirmed it."""

    name: ClassVar[str] = "payments.decision.confirmed"

    attempt_id: UUID
    kind: str


class SendingStopped(DomainEvent):
    """The kill switch was thrown: nothing of the area is sent."""

    name: ClassVar[str] = "payments.stop.engaged"

    reason: str


class SendingResumed(DomainEvent):
    """The kill switch was lifted."""

    name: ClassVar[str] = "payments.stop.lifted"
