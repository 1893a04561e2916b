"""What people decided about discrepancies, and the links they made. Rows are only ever added.

A decision moves its status and nothing else; taking one back is another decision. What it was
about is kept as it was found: documents are revised afterwards and discrepancies superseded.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Integer
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason, DiscrepancyStatus
from schemas.codes.resolutions import (
    ResolutionAction,
    ResolutionReason,
    ResolutionStatus,
    SentTo,
)
from schemas.tables.base import (
    TenantRow,
    datetime,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)

_LIVE = "status IN ('proposed', 'effective')"


def _one_of(column: str, values: type[Any]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class Resolution(TenantRow, table=True):
    """One decision about one or many discrepancies, or about where an invoice line belongs."""

    __tablename__ = "resolution"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "undoes_resolution_id"],
            ["resolution.area_code", "resolution.id"],
            name="fk_resolution_undoes",
        ),
        CheckConstraint(_one_of("action", ResolutionAction), name="action_known"),
        CheckConstraint(_one_of("reason_code", ResolutionReason), name="reason_code_known"),
        CheckConstraint(_one_of("status", ResolutionStatus), name="status_known"),
        CheckConstraint(f"sent_to IS NULL OR {_one_of('sent_to', SentTo)}", name="sent_to_known"),
        CheckConstraint("btrim(remark) <> ''", name="remark_given"),
        CheckConstraint(
            "(action = 'undo') = (undoes_resolution_id IS NOT NULL)", name="undo_names_another"
        ),
        CheckConstraint("(action = 'send_back') = (sent_to IS NOT NULL)", name="sent_to_somebody"),
        CheckConstraint(
            "action NOT IN ('send_back', 'snooze') OR act_by_date IS NOT NULL", name="act_by_date"
        ),
        CheckConstraint("item_count > 0", name="item_count_positive"),
        CheckConstraint("stake_minor >= 0", name="stake_not_negative"),
        CheckConstraint("octet_length(content_hash) = 32", name="content_hash_length"),
        CheckConstraint("decided_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "NOT needs_two OR status IN ('proposed') OR decided_by IS NOT NULL",
            name="second_person",
        ),
        Index(
            "uq_resolution_undone_once",
            *("area_code", "undoes_resolution_id"),
            unique=True,
            postgresql_where=sql_text(f"undoes_resolution_id IS NOT NULL AND {_LIVE}"),
        ),
        Index(
            "ix_resolution_snoozed",
            *("area_code", "act_by_date"),
            postgresql_where=sql_text("action = 'snooze' AND status = 'effective'"),
        ),
        tenant(updatable=("status", "decided_by", "decided_at", "before", "after")),
    )

    action: str = text_field()
    reason_code: str = text_field()
    remark: str = text_field()
    sent_to: str | None = text_field(default=None, nullable=True)
    act_by_date: date | None = None
    undoes_resolution_id: UUID | None = None
    item_count: int = Field(sa_type=Integer)
    """Discrepancies, or parts of the invoice line."""
    amount_minor: int = minor_field()
    """Stated amounts together, fen, with their signs."""
    stake_minor: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """What is at stake, fen; none where a quantity has no price yet."""
    needs_two: bool
    content_hash: bytes
    before: dict[str, Any] = Field(sa_type=JSONB)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB, nullable=True)
    status: str = text_field(default="proposed")
    proposed_by: UUID
    proposed_at: datetime = instant_field()
    decided_by: UUID | None = None
    """Who confirmed or rejected it; none where one person was enough."""
    decided_at: datetime | None = instant_field(default=None, nullable=True)
    recorded_at: datetime = recorded_at_field()


class ResolutionFinding(TenantRow, table=True):
    """A discrepancy as it was when somebody decided about it: a run that finds it anew sees that.

    Lines are named by the ids they then had; those that took their numbers since are the same.
    """

    __tablename__ = "resolution_finding"
    __table_args__ = (
        CheckConstraint(_one_of("reason", DiscrepancyReason), name="reason_known"),
        CheckConstraint(_one_of("effect", DiscrepancyEffect), name="effect_known"),
        CheckConstraint(_one_of("status_after", DiscrepancyStatus), name="status_after_known"),
        CheckConstraint(_one_of("status", ResolutionStatus), name="status_known"),
        Index(
            "uq_resolution_finding_decided_once",
            *("area_code", "discrepancy_id"),
            unique=True,
            postgresql_where=sql_text(_LIVE),
        ),
        Index(
            "ix_resolution_finding_component",
            *("hospital_id", "supplier_id", "component_code"),
            postgresql_where=sql_text("status = 'effective'"),
        ),
        Index("ix_resolution_finding_resolution", "area_code", "resolution_id"),
        Index("ix_resolution_finding_hospital", "hospital_id", "id"),
        Index("ix_resolution_finding_supplier", "supplier_id", "id"),
        tenant(hospital=True, supplier=True, updatable=("status",), without_foreign_keys=True),
    )

    resolution_id: UUID
    discrepancy_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    component_code: str = text_field()
    order_line_id: UUID | None = None
    receipt_line_id: UUID | None = None
    invoice_line_id: UUID | None = None
    other_line_id: UUID | None = None
    reason: str = text_field()
    effect: str = text_field()
    quantity_milli: int = minor_field()
    amount_minor: int = minor_field()
    status_after: str = text_field()
    status: str = text_field(default="proposed")
    recorded_at: datetime = recorded_at_field()


class ResolutionLink(TenantRow, table=True):
    """What somebody decided about an invoice line by its number: where a quantity of it belongs, an
    order or receipt line by name, or `accepted_minor`, the most that the whole line is paid (fen).

    Matching reads effective ones, links before those that documents make.
    """

    __tablename__ = "resolution_link"
    __table_args__ = (
        CheckConstraint(_one_of("status", ResolutionStatus), name="status_known"),
        CheckConstraint("quantity_milli > 0", name="quantity_positive"),
        CheckConstraint(
            "(order_number IS NULL) = (order_line_number IS NULL)"
            " AND (receipt_number IS NULL) = (receipt_line_number IS NULL)"
            " AND num_nonnulls(order_number, receipt_number, accepted_minor) = 1"
            " AND (accepted_minor IS NULL OR quantity_milli IS NULL)",
            name="one_target",
        ),
        CheckConstraint("accepted_minor > 0", name="accepted_positive"),
        Index(
            "uq_resolution_link_made_once",
            *("area_code", "supplier_id", "invoice_number", "invoice_line_number"),
            *("order_number", "order_line_number", "receipt_number", "receipt_line_number"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sql_text(_LIVE),
        ),
        Index(
            "ix_resolution_link_component",
            *("hospital_id", "supplier_id", "component_code"),
            postgresql_where=sql_text("status = 'effective'"),
        ),
        Index("ix_resolution_link_resolution", "area_code", "resolution_id"),
        Index("ix_resolution_link_hospital", "hospital_id", "id"),
        Index("ix_resolution_link_supplier", "supplier_id", "id"),
        tenant(hospital=True, supplier=True, updatable=("status",), without_foreign_keys=True),
    )

    resolution_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    component_code: str = text_field()
    line_number: int = Field(sa_type=Integer)
    invoice_number: str = text_field()
    invoice_line_number: int = Field(sa_type=Integer)
    order_number: str | None = text_field(default=None, nullable=True)
    order_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    receipt_number: str | None = text_field(default=None, nullable=True)
    receipt_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    quantity_milli: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """Thousandths of the invoice line's unit as sent; None binds the whole line."""
    accepted_minor: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    status: str = text_field(default="proposed")
    recorded_at: datetime = recorded_at_field()
