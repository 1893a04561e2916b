"""Events of payment batches."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class _BatchFact(DomainEvent):
    agency_id: UUID
    agency_account_id: UUID
    scheme: str
    period: str
    payment_count: int
    control_sum_minor: int
    content_hash: str


class BatchFrozen(_BatchFact):
    """A batch's content was fixed: every eligible share taken or left out with its reason."""

    name: ClassVar[str] = "batches.batch.frozen"

    eligible_count: int
    left_out_count: int


class BatchApproved(_BatchFact):
    """A second person approved the content."""

    name: ClassVar[str] = "batches.batch.approved"


class BatchReleased(_BatchFact):
    """A third person released the batch: its payments may be made."""

    name: ClassVar[str] = "batches.batch.released"


class BatchHalted(DomainEvent):
    """A released batch is not what three people approved any more: it is sent no further."""

    name: ClassVar[str] = "batches.batch.halted"

    fault: str


class BatchResumed(DomainEvent):
    """A person has seen to a halted batch: it is compared with what was approved once more."""

    name: ClassVar[str] = "batches.batch.resumed"


class BatchVoided(_BatchFact):
    """The batch is void: its shares and the claim capacity it held are free again."""

    name: ClassVar[str] = "batches.batch.voided"

    reason: str
