"""The shape every domain event shares."""

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class DomainEvent(BaseModel):
    """A fact in the past tense, named `feature.noun.past` and versioned by its aggregate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]

    area_code: str | None
    """The area the fact belongs to; None for platform facts (users, imports)."""
    aggregate_id: UUID
    aggregate_version: int = 1
