"""Events of what people decide about discrepancies."""

from typing import ClassVar
from uuid import UUID

from schemas.events.base import DomainEvent


class ResolutionMoved(DomainEvent):
    """A decision was proposed, took effect, was rejected, undone, or lapsed; fen.

    The aggregate is the decision; what it was about stands in its rows.
    """

    name: ClassVar[str] = "resolutions.resolution.moved"

    action: str
    status: str
    reason_code: str
    remark: str
    content_hash: str
    item_count: int
    amount_minor: int
    undoes_resolution_id: UUID | None = None
