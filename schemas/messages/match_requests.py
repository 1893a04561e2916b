"""A run that somebody asked for, as it is shown while it goes on and after."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from schemas.codes.requests import MatchRequestKind, RequestStatus
from schemas.messages.base import Message, YuanText


class MatchRequestMessage(Message):
    """Progress and totals; as documents go on arriving, each chunk is of its own moment."""

    id: UUID
    kind: MatchRequestKind
    status: RequestStatus
    failure: str | None = Field(description="The code of the refusal it ended with.")
    components: int | None = Field(
        description="Hospital × supplier × product to be matched; none before it has started."
    )
    components_done: int
    runs: int = Field(description="Match runs made for it, one a chunk.")
    order_lines: int
    payables_inserted: int
    payables_superseded: int
    discrepancies_inserted: int
    discrepancies_superseded: int
    invoiced: YuanText
    credited: YuanText
    matched: YuanText
    waiting: YuanText
    held: YuanText
    requested_by: UUID | None
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
