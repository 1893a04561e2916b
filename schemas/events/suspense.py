"""Events of suspense cases and funding sources."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from schemas.events.base import DomainEvent


class SuspenseMovedEvent(DomainEvent):
    """A suspense case was proposed, refused or resolved; the aggregate is the case.

    `attempt_ids`: the payments that a debit is said to be.
    """

    name: ClassVar[str] = "suspense.case.moved"

    status: str
    resolution: str | None = None
    attempt_ids: list[UUID] = Field(default_factory=list)


class FundingSourceRegistered(DomainEvent):
    """An account from which an agency account is funded was proposed or approved."""

    name: ClassVar[str] = "suspense.funding_source.registered"

    agency_account_id: UUID
    approved: bool
