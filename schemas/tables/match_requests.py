"""Match runs that people ask for: what is left to do, what was done, and who wanted it."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlmodel import Field

from schemas.codes.requests import MatchRequestKind, RequestStatus
from schemas.tables.base import (
    TenantRow,
    datetime,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)

_KINDS = ", ".join(repr(str(kind)) for kind in MatchRequestKind)
_STATUSES = ", ".join(repr(str(status)) for status in RequestStatus)


class MatchRequest(TenantRow, table=True):
    """A run over an area as people see it: worked off in chunks, each a match run of its own.

    Totals are the sums of its match runs; `done_count` says how many of its components they cover.
    """

    __tablename__ = "match_request"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind_known"),
        CheckConstraint(f"status IN ({_STATUSES})", name="status_known"),
        CheckConstraint(
            "done_count >= 0 AND done_count <= coalesce(component_count, 0)", name="done"
        ),
        CheckConstraint(
            "status <> 'completed' OR done_count = component_count", name="completed_whole"
        ),
        CheckConstraint("(status = 'failed') = (failure IS NOT NULL)", name="failure_named"),
        CheckConstraint(
            "(status IN ('requested', 'running')) = (ended_at IS NULL)", name="ended_when_over"
        ),
        CheckConstraint(
            "invoiced_minor - credited_minor = matched_minor + waiting_minor + held_minor",
            name="amount_balanced",
        ),
        Index(
            "uq_match_request_active",
            "area_code",
            unique=True,
            postgresql_where=sql_text("status IN ('requested', 'running')"),
        ),
        tenant(updatable=("*",)),
    )

    kind: str = text_field()
    status: str = text_field()
    component_count: int | None = Field(default=None, sa_type=Integer)
    """None until the components are listed, when the run starts."""
    done_count: int = Field(default=0, sa_type=Integer)
    run_count: int = Field(default=0, sa_type=Integer)
    order_line_count: int = Field(default=0, sa_type=Integer)
    payables_inserted: int = Field(default=0, sa_type=Integer)
    payables_superseded: int = Field(default=0, sa_type=Integer)
    discrepancies_inserted: int = Field(default=0, sa_type=Integer)
    discrepancies_superseded: int = Field(default=0, sa_type=Integer)
    invoiced_minor: int = minor_field(default=0)
    credited_minor: int = minor_field(default=0)
    matched_minor: int = minor_field(default=0)
    waiting_minor: int = minor_field(default=0)
    held_minor: int = minor_field(default=0)
    requested_by: UUID | None = None
    requested_at: datetime = instant_field()
    started_at: datetime | None = instant_field(default=None, nullable=True)
    ended_at: datetime | None = instant_field(default=None, nullable=True)
    failure: str | None = text_field(default=None, nullable=True)
    """The code of the refusal it ended with."""
    recorded_at: datetime = recorded_at_field()


class MatchRequestComponent(TenantRow, table=True):
    """One component of a run that was asked for, by its place; gone when the run is complete."""

    __tablename__ = "match_request_component"
    __table_args__ = (
        UniqueConstraint("area_code", "match_request_id", "position"),
        tenant(deletable=True, without_foreign_keys=True),
    )

    match_request_id: UUID
    position: int = Field(sa_type=Integer)
    hospital_id: UUID
    supplier_id: UUID
    component_code: str = text_field()
