"""Events of payments: what we prepared, signed, sent and stopped."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class BatchPrepared(DomainEvent):
    """Attempts were made for payments of a released batch and its money reserved in the ledger."""

    name: ClassVar[str] = "payments.batch.prepared"

    attempt_count: int
    control_sum_minor: int


class SubmissionStored(DomainEvent):
    """The exact bytes of one message were stored; they wait for the signature the bank wants."""

    name: ClassVar[str] = "payments.submission.stored"

    payment_batch_id: UUID | None
    message_id: str
    payment_count: int
    control_sum_minor: int
    body_sha256: str


class SubmissionSigned(DomainEvent):
    """The exact bytes of one message may be sent once.

    Where the bank wants it they were signed before, by the key named here, at that moment.
    """

    name: ClassVar[str] = "payments.submission.signed"

    payment_batch_id: UUID | None
    message_id: str
    payment_count: int
    control_sum_minor: int
    body_sha256: str
    signing_key: str | None = None
    signed_at: datetime | None = None
    signature_sha256: str | None = None


class SubmissionSending(DomainEvent):
    """The message is about to be put on the wire: from here on its outcome is the bank's."""

    name: ClassVar[str] = "payments.submission.sending"

    message_id: str
    payment_count: int
    control_sum_minor: int


class SubmissionWithdrawn(DomainEvent):
    """A signed message that was never sent is void: its payments are signed again in another."""

    name: ClassVar[str] = "payments.submission.withdrawn"

    payment_batch_id: UUID | None
    message_id: str


class SubmissionRedelivered(DomainEvent):
    """The same bytes are about to be put on the wire a second time, after a "not found"."""

    name: ClassVar[str] = "payments.submission.redelivered"

    message_id: str


class AttemptLeftOut(DomainEvent):
    """The attempt was voided before anything left: it may not be paid now, or not by this bank."""

    name: ClassVar[str] = "payments.attempt.left_out"

    payment_id: UUID
    reason: str
    faults: list[str]


class SendingStopped(DomainEvent):
    """The kill switch was thrown: nothing of the area is sent."""

    name: ClassVar[str] = "payments.stop.engaged"

    reason: str


class LiftingProposed(DomainEvent):
    """One person would lift the stop that a conflict set; a second one must."""

    name: ClassVar[str] = "payments.stop.lifting_proposed"


class SendingResumed(DomainEvent):
    """The kill switch was lifted."""

    name: ClassVar[str] = "payments.stop.lifted"


class AnswerOdd(DomainEvent):
    """An answer of the bank changed nothing and a person must look at it; the aggregate is it."""

    name: ClassVar[str] = "payments.answer.odd"

    submission_id: UUID
    finding: str
