"""Events of outcomes: what news of the bank, or two people, changed about payments."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.events.base import DomainEvent


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

    name: ClassVar[str] = "outcomes.payment.changed"

    changes: list[OutcomeChange]


class ConflictFound(DomainEvent):
    """News contradicts money that moved: sending stops until a person decides."""

    name: ClassVar[str] = "outcomes.conflict.found"

    attempt_ids: list[UUID]
