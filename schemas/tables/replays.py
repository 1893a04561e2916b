"""Replays: past months matched again under other rules, beside what the rules of then say."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from schemas.codes.replays import ReplayEnding
from schemas.codes.requests import RequestStatus
from schemas.tables.base import (
    TenantRow,
    datetime,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)

_STATUSES = ", ".join(repr(str(status)) for status in RequestStatus)
_ENDINGS = ", ".join(repr(str(ending)) for ending in ReplayEnding)


def _balanced(side: str) -> list[CheckConstraint]:
    return [
        CheckConstraint(
            f"invoiced_minor - credited_minor = matched_{side}_minor + waiting_{side}_minor"
            f" + held_{side}_minor",
            name=f"amount_balanced_{side}",
        ),
        CheckConstraint(
            f"received_milli - returned_milli = matched_{side}_milli + waiting_{side}_milli"
            f" + held_{side}_milli",
            name=f"quantity_balanced_{side}",
        ),
    ]


class Replay(TenantRow, table=True):
    """One area's part of a replay: the same id in every area it was asked for.

    Amounts are of invoice lines dated in the months, quantities of receipt lines dated in them.
    """

    __tablename__ = "replay"
    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUSES})", name="status_known"),
        CheckConstraint("from_month ~ '^[0-9]{4}-[0-9]{2}$'", name="from_month_form"),
        CheckConstraint("to_month ~ '^[0-9]{4}-[0-9]{2}$'", name="to_month_form"),
        CheckConstraint("from_month <= to_month", name="months_in_order"),
        CheckConstraint(
            "done_count >= 0 AND done_count <= coalesce(component_count, 0)", name="done"
        ),
        CheckConstraint(
            "status <> 'completed' OR done_count = component_count", name="completed_whole"
        ),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failure_named"),
        *_balanced("before"),
        *_balanced("after"),
        tenant(updatable=("*",)),
    )

    from_month: str = text_field()
    to_month: str = text_field()
    stretches: list[dict[str, Any]] = Field(sa_type=JSONB)
    """Days of one pack each: first_day, last_day, pack (code, version), base and alternative
    rules."""
    alternative: dict[str, Any] = Field(sa_type=JSONB)
    """What was asked: `pack` (code, version) or `rules`."""
    status: str = text_field()
    component_count: int | None = Field(default=None, sa_type=Integer)
    done_count: int = Field(default=0, sa_type=Integer)
    order_line_count: int = Field(default=0, sa_type=Integer)
    changed_count: int = Field(default=0, sa_type=Integer)
    invoiced_minor: int = minor_field(default=0)
    credited_minor: int = minor_field(default=0)
    matched_before_minor: int = minor_field(default=0)
    waiting_before_minor: int = minor_field(default=0)
    held_before_minor: int = minor_field(default=0)
    matched_after_minor: int = minor_field(default=0)
    waiting_after_minor: int = minor_field(default=0)
    held_after_minor: int = minor_field(default=0)
    received_milli: int = minor_field(default=0)
    returned_milli: int = minor_field(default=0)
    matched_before_milli: int = minor_field(default=0)
    waiting_before_milli: int = minor_field(default=0)
    held_before_milli: int = minor_field(default=0)
    matched_after_milli: int = minor_field(default=0)
    waiting_after_milli: int = minor_field(default=0)
    held_after_milli: int = minor_field(default=0)
    requested_by: UUID | None = None
    requested_at: datetime = instant_field()
    started_at: datetime | None = instant_field(default=None, nullable=True)
    ended_at: datetime | None = instant_field(default=None, nullable=True)
    failure: str | None = text_field(default=None, nullable=True)
    recorded_at: datetime = recorded_at_field()


class ReplayComponent(TenantRow, table=True):
    """One component that a replay is about, by its place; gone when the replay is complete."""

    __tablename__ = "replay_component"
    __table_args__ = (
        UniqueConstraint("area_code", "replay_id", "position"),
        tenant(deletable=True, without_foreign_keys=True),
    )

    replay_id: UUID
    position: int = Field(sa_type=Integer)
    hospital_id: UUID
    supplier_id: UUID
    component_code: str = text_field()


class ReplayDifference(TenantRow, table=True):
    """Lines, quantity and fen of one ending before and after: by reason, or by route and kind."""

    __tablename__ = "replay_difference"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "replay_id"], ["replay.area_code", "replay.id"]),
        UniqueConstraint("area_code", "replay_id", "ending", "reason", "route", "kind"),
        CheckConstraint(f"ending IN ({_ENDINGS})", name="ending_known"),
        CheckConstraint("(ending = 'matched') = (reason = '')", name="reason_of_the_rest"),
        CheckConstraint("(ending = 'matched') = (route <> '')", name="route_of_matched"),
        CheckConstraint("(ending = 'matched') = (kind <> '')", name="kind_of_matched"),
        tenant(updatable=("*",)),
    )

    replay_id: UUID
    ending: str = text_field()
    reason: str = text_field()
    route: str = text_field()
    kind: str = text_field()
    lines_before: int = Field(sa_type=Integer)
    lines_after: int = Field(sa_type=Integer)
    before_milli: int = minor_field()
    after_milli: int = minor_field()
    before_minor: int = minor_field()
    after_minor: int = minor_field()


class ReplayLine(TenantRow, table=True):
    """One order line whose result changes; routes, kinds and reasons as sorted, joined codes."""

    __tablename__ = "replay_line"
    __table_args__ = (
        UniqueConstraint("area_code", "replay_id", "order_line_id"),
        Index("ix_replay_line_listed", "area_code", "replay_id", "id"),
        tenant(without_foreign_keys=True),
    )

    replay_id: UUID
    order_line_id: UUID
    before_milli: int = minor_field()
    after_milli: int = minor_field()
    before_minor: int = minor_field()
    after_minor: int = minor_field()
    routes_before: str = text_field()
    routes_after: str = text_field()
    reasons_before: str = text_field()
    reasons_after: str = text_field()
