"""Domain events as recorded: the append-only audit trail that jobs, feeds and seals follow."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from schemas.tables.base import (
    PlainRow,
    TenantRow,
    datetime,
    instant_field,
    recorded_at_field,
    system,
    tenant,
    text_field,
)


class OutboxEvent(TenantRow, table=True):
    """One fact of one area, with who did it and when; written in the transaction of the fact."""

    __tablename__ = "outbox_event"
    __table_args__ = (
        ForeignKeyConstraint(["area_code"], ["area.area_code"]),
        Index("ix_outbox_event_aggregate", "area_code", "aggregate_id", "aggregate_version"),
        tenant(),
    )

    name: str = text_field()
    aggregate_id: UUID
    aggregate_version: int = Field(sa_type=Integer)
    actor_kind: str = text_field()
    actor_id: UUID | None = None
    actor_name: str = text_field()
    facts: dict[str, Any] = Field(sa_type=JSONB)
    occurred_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class PlatformEvent(PlainRow, table=True):
    """One fact that belongs to no area: a user created, a key revoked, a file imported."""

    __tablename__ = "platform_event"
    __table_args__ = (system(updatable=()),)

    name: str = text_field()
    aggregate_id: UUID
    aggregate_version: int = Field(sa_type=Integer)
    actor_kind: str = text_field()
    actor_id: UUID | None = None
    actor_name: str = text_field()
    facts: dict[str, Any] = Field(sa_type=JSONB)
    occurred_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()
