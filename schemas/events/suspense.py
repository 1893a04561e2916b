"""Events of suspense cases and funding sources."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class SuspenseMovedEvent(DomainEvent):
    """A suspense case was proposed, refused or resolved; the aggregate is the case."""

    name: ClassVar[str] = "suspense.case.moved"

    status: str
    resolution: str | None = None


class FundingSourceRegistered(DomainEvent):
    """An account from which an agency account is funded was proposed or approved."""

    name: ClassVar[str] = "suspense.funding_source.registered"

    agency_account_id: UUID
    approved: bool
