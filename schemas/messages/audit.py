"""The sealed trail and dead jobs on the wire."""

from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.messages.base import Message


class SealedEvent(Message):
    """One event in its sealed place; digests in hexadecimal."""

    number: int
    event_id: UUID
    name: str
    aggregate_id: UUID
    aggregate_version: int
    actor_kind: str
    actor_id: UUID | None
    actor_name: str
    facts: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    salt: str
    digest: str
    link: str


class ChainMessage(Message):
    """What a walk along an area's chain found."""

    area_code: str
    length: int
    link: str
    faults: list[str]


class DeadJob(Message):
    """A job that failed for the last time and waits for somebody."""

    id: int
    name: str
    attempts: int
    failed_at: datetime
    payload: dict[str, Any]
    error_type: str | None
    error_message: str | None
