"""Matching's results: runs with control totals, payables, discrepancies, decisions, forecasts.

Indexes are led by what tells rows apart: `area_code` before it would only be compared in vain.
Payables and discrepancies carry no foreign keys to document lines: a run writes tens of thousands
of them at once and has just read the lines it points to (`zhijie verify` counts orphans).
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
)
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from schemas.codes.reconciliation import (
    DiscrepancyEffect,
    DiscrepancyReason,
    DiscrepancyStatus,
    DueDateState,
    MatchTrigger,
    PayableKind,
    PayableStatus,
    Route,
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


def _one_of(column: str, values: type[Any]) -> str:
    return f"{column} IN ({', '.join(repr(value.value) for value in values)})"


class MatchHead(TenantRow, table=True):
    """One row per area: its lock keeps two runs, or a run and an application, from overlapping."""

    __tablename__ = "match_head"
    __table_args__ = (
        UniqueConstraint("area_code"),
        tenant(updatable=("last_run_number",)),
    )

    last_run_number: int = minor_field(default=0)


class MatchRun(TenantRow, table=True):
    """One matching of touched components; what came in ended matched, waiting or held."""

    __tablename__ = "match_run"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "match_request_id"], ["match_request.area_code", "match_request.id"]
        ),
        UniqueConstraint("area_code", "run_number"),
        CheckConstraint(_one_of("trigger", MatchTrigger), name="trigger_known"),
        CheckConstraint(
            "received_milli - returned_milli = received_matched_milli + received_waiting_milli"
            " + received_held_milli",
            name="received_balanced",
        ),
        CheckConstraint(
            "invoiced_milli - credited_milli = invoiced_matched_milli + invoiced_waiting_milli"
            " + invoiced_held_milli",
            name="invoiced_balanced",
        ),
        CheckConstraint(
            "invoiced_minor - credited_minor = matched_minor + waiting_minor + held_minor",
            name="amount_balanced",
        ),
        tenant(),
    )

    run_number: int = minor_field()
    trigger: str = text_field()
    intake_id: UUID | None = None
    match_request_id: UUID | None = None
    """The run that people asked for and that this is a chunk of."""
    matched_at: datetime = instant_field()
    order_line_count: int = Field(sa_type=Integer)
    receipt_line_count: int = Field(sa_type=Integer)
    invoice_line_count: int = Field(sa_type=Integer)
    payables_inserted: int = Field(sa_type=Integer)
    payables_superseded: int = Field(sa_type=Integer)
    discrepancies_inserted: int = Field(sa_type=Integer)
    discrepancies_superseded: int = Field(sa_type=Integer)
    received_milli: int = minor_field()
    returned_milli: int = minor_field()
    received_matched_milli: int = minor_field()
    received_waiting_milli: int = minor_field()
    received_held_milli: int = minor_field()
    invoiced_milli: int = minor_field()
    credited_milli: int = minor_field()
    invoiced_matched_milli: int = minor_field()
    invoiced_waiting_milli: int = minor_field()
    invoiced_held_milli: int = minor_field()
    invoiced_minor: int = minor_field()
    credited_minor: int = minor_field()
    matched_minor: int = minor_field()
    waiting_minor: int = minor_field()
    held_minor: int = minor_field()
    absorbed_milli: int = minor_field()
    absorbed_minor: int = minor_field()
    """Differences that tolerances let pass: part of what is matched."""
    recorded_at: datetime = recorded_at_field()


class DecisionContext(TenantRow, table=True):
    """Everything a decision rested on besides its documents, stored once per digest."""

    __tablename__ = "decision_context"
    __table_args__ = (
        UniqueConstraint("area_code", "digest"),
        CheckConstraint("octet_length(digest) = 32", name="digest_sha256"),
        tenant(),
    )

    digest: bytes = Field(sa_type=LargeBinary)
    content: dict[str, Any] = Field(sa_type=JSONB)
    recorded_at: datetime = recorded_at_field()


class Payable(TenantRow, table=True):
    """One quantity slice of order, receipt and invoice line (应付明细): the unit of what follows.

    Not yet applied for it may be superseded by a later run; once committed it never changes, and
    a later correction is another payable that names it in `adjusts_payable_id`.
    """

    __tablename__ = "payable"
    __table_args__ = (
        CheckConstraint(_one_of("kind", PayableKind), name="kind_known"),
        CheckConstraint(_one_of("status", PayableStatus), name="status_known"),
        CheckConstraint(_one_of("route", Route), name="route_known"),
        CheckConstraint(_one_of("due_date_state", DueDateState), name="due_date_state_known"),
        CheckConstraint("(due_date IS NOT NULL) = (due_date_state = 'known')", name="due_date"),
        CheckConstraint(
            "(status = 'superseded') = (superseded_by_run_id IS NOT NULL)", name="superseded"
        ),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        CheckConstraint(
            "kind <> 'goods' OR (quantity_milli > 0 AND amount_minor > 0"
            " AND adjusts_payable_id IS NULL)",
            name="goods_positive",
        ),
        CheckConstraint(
            "kind <> 'return' OR (quantity_milli < 0 AND adjusts_payable_id IS NOT NULL)",
            name="return_negative",
        ),
        Index(
            "uq_payable_open_slice",
            *("order_line_id", "receipt_line_id", "invoice_line_id", "kind"),
            *("adjusts_payable_id", "contract_id", "route", "decision_context_id", "area_code"),
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=sql_text("status = 'open'"),
        ),
        Index(
            "ix_payable_component",
            *("hospital_id", "supplier_id", "component_code"),
            postgresql_where=sql_text("status <> 'superseded'"),
        ),
        Index(
            "ix_payable_adjusts",
            *("area_code", "adjusts_payable_id"),
            postgresql_where=sql_text("adjusts_payable_id IS NOT NULL"),
        ),
        Index(
            "ix_payable_undated",
            *("area_code", "id"),
            postgresql_where=sql_text(
                "due_date_state = 'pending_calendar' AND status <> 'superseded'"
            ),
        ),
        Index("ix_payable_hospital", "hospital_id", "id"),
        Index("ix_payable_supplier", "supplier_id", "id"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("status", "superseded_by_run_id", "due_date", "due_date_state"),
            without_foreign_keys=True,
        ),
    )

    match_run_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    component_code: str = text_field()
    """The product code: with hospital and supplier, the documents that were matched together."""
    order_line_id: UUID
    receipt_line_id: UUID | None = None
    invoice_line_id: UUID | None = None
    kind: str = text_field()
    adjusts_payable_id: UUID | None = None
    quantity_milli: int = minor_field()
    amount_minor: int = minor_field()
    contract_id: UUID | None = None
    route: str = text_field()
    decision_context_id: UUID
    basis_date: date
    clock_start_date: date
    due_date: date | None = None
    due_date_state: str = text_field()
    status: str = text_field(default="open", sa_column_kwargs={"server_default": "open"})
    superseded_by_run_id: UUID | None = None
    recorded_at: datetime = recorded_at_field()


class Discrepancy(TenantRow, table=True):
    """A quantity or amount that is not simply payable, with its reason and the values compared.

    `effect` says whether it waits, is held, or only informs. `other_line_id` is the return or
    credit line it is about.
    """

    __tablename__ = "discrepancy"
    __table_args__ = (
        CheckConstraint(_one_of("reason", DiscrepancyReason), name="reason_known"),
        CheckConstraint(_one_of("effect", DiscrepancyEffect), name="effect_known"),
        CheckConstraint(_one_of("status", DiscrepancyStatus), name="status_known"),
        CheckConstraint(
            "(status = 'superseded') = (superseded_by_run_id IS NOT NULL)", name="superseded"
        ),
        Index(
            "ix_discrepancy_component",
            *("hospital_id", "supplier_id", "component_code"),
            postgresql_where=sql_text("status <> 'superseded'"),
        ),
        Index(
            "ix_discrepancy_resolution",
            *("area_code", "resolution_id"),
            postgresql_where=sql_text("resolution_id IS NOT NULL"),
        ),
        Index(
            "ix_discrepancy_undated",
            *("area_code", "id"),
            postgresql_where=sql_text(
                "deadline_date IS NULL AND status <> 'superseded' AND effect IN ('waiting', 'held')"
            ),
        ),
        Index("ix_discrepancy_hospital", "hospital_id", "id"),
        Index("ix_discrepancy_supplier", "supplier_id", "id"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=(
                *("status", "superseded_by_run_id", "note", "resolved_by"),
                *("resolution_id", "act_by_date", "deadline_date"),
            ),
            without_foreign_keys=True,
        ),
    )

    match_run_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    component_code: str = text_field()
    """The product code, or `charge:` and the invoice number for what is not goods."""
    order_line_id: UUID | None = None
    receipt_line_id: UUID | None = None
    invoice_line_id: UUID | None = None
    other_line_id: UUID | None = None
    reason: str = text_field()
    effect: str = text_field()
    quantity_milli: int = minor_field()
    amount_minor: int = minor_field()
    compared: dict[str, Any] = Field(sa_type=JSONB)
    status: str = text_field(default="open", sa_column_kwargs={"server_default": "open"})
    superseded_by_run_id: UUID | None = None
    note: str | None = text_field(default=None, nullable=True)
    resolved_by: UUID | None = None
    resolution_id: UUID | None = None
    """What people decided, while it stands."""
    act_by_date: date | None = None
    """By when somebody is to act, as was decided; until when it sleeps."""
    deadline_date: date | None = None
    """By when whoever its reason asks is to act, by the rule pack of the day when its lines were
    first found wanting for it; none where nobody must, and until the calendar of its year is
    loaded."""
    found_date: date | None = None
    """The day when its lines were first found wanting for its reason, where one before it waited
    for the calendar; none elsewhere: it is the day of its run."""
    recorded_at: datetime = recorded_at_field()


class OrderLineForecast(TenantRow, table=True):
    """Where an order line will probably go, and how much of it is matched; `id` is its line's."""

    __tablename__ = "order_line_forecast"
    __table_args__ = (
        CheckConstraint(_one_of("route", Route), name="route_known"),
        CheckConstraint(
            f"reason IS NULL OR {_one_of('reason', DiscrepancyReason)}", name="reason_known"
        ),
        CheckConstraint("matched_milli >= 0 AND open_milli >= 0", name="quantity_not_negative"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("*",),
            without_foreign_keys=True,
            listed=False,
        ),
    )

    match_run_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    route: str = text_field()
    contract_id: UUID | None = None
    reason: str | None = text_field(default=None, nullable=True)
    matched_milli: int = Field(sa_type=BigInteger)
    open_milli: int = Field(sa_type=BigInteger)
