"""Settlement applications and their lines: what a supplier asks for and how each line stands."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from schemas.codes.applications import DisputeReason, LineEvent, LineStatus
from schemas.tables.base import (
    TenantRow,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)


def _one_of(column: str, values: type[DisputeReason | LineEvent | LineStatus]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class SettlementApplication(TenantRow, table=True):
    """What one supplier applies for at one hospital for one period; `run_no` counts repetitions.

    Count and amount are those at submission; how the lines stand is computed from them.
    """

    __tablename__ = "settlement_application"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "hospital_id"], ["hospital.area_code", "hospital.id"]),
        ForeignKeyConstraint(["supplier_id"], ["supplier.id"]),
        UniqueConstraint("area_code", "hospital_id", "supplier_id", "period", "run_no"),
        Index("ix_settlement_application_hospital", "hospital_id", "id"),
        Index("ix_settlement_application_supplier", "supplier_id", "id"),
        Index(
            "ix_settlement_application_deadline",
            "area_code",
            "confirm_by_date",
            postgresql_where=text("confirm_by_date IS NOT NULL"),
        ),
        CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="period_form"),
        CheckConstraint("run_no > 0", name="run_no_positive"),
        CheckConstraint("line_count > 0", name="line_count_positive"),
        tenant(hospital=True, supplier=True, updatable=("reminded_date", "reminder_count")),
    )

    hospital_id: UUID
    supplier_id: UUID
    period: str = text_field()
    run_no: int
    line_count: int
    amount_minor: int = minor_field()
    submitted_by: UUID | None = None
    submitted_at: datetime = instant_field()
    confirm_by_date: date | None = None
    reminded_date: date | None = None
    reminder_count: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    recorded_at: datetime = recorded_at_field()


class ApplicationCounter(TenantRow, table=True):
    """The last application number of a hospital, supplier and period."""

    __tablename__ = "application_counter"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "hospital_id"], ["hospital.area_code", "hospital.id"]),
        ForeignKeyConstraint(["supplier_id"], ["supplier.id"]),
        UniqueConstraint("area_code", "hospital_id", "supplier_id", "period"),
        CheckConstraint("last_run_no > 0", name="last_run_no_positive"),
        tenant(updatable=("last_run_no",)),
    )

    hospital_id: UUID
    supplier_id: UUID
    period: str = text_field()
    last_run_no: int


class ApplicationLine(TenantRow, table=True):
    """One payable, or the part of it that has one status; the parts add up to the payable.

    `accepted_at` is never before the area's sealed cut-off, so a batch frozen at a cut-off can
    never gain a line later. `shares_fixed` once its fund shares exist.
    """

    __tablename__ = "application_line"
    __table_args__ = (
        UniqueConstraint("area_code", "payable_id", "part_no"),
        Index("ix_application_line_application", "area_code", "application_id", "id"),
        Index("ix_application_line_hospital", "hospital_id", "id"),
        Index("ix_application_line_supplier", "supplier_id", "id"),
        Index(
            "ix_application_line_waiting",
            "area_code",
            "status",
            "hospital_id",
            "id",
            postgresql_where=text("status IN ('submitted','confirmed','disputed','under_review')"),
        ),
        Index(
            "ix_application_line_shares_due",
            "area_code",
            "accepted_at",
            postgresql_where=text("status = 'accepted' AND NOT shares_fixed"),
        ),
        CheckConstraint(_one_of("status", LineStatus), name="status_known"),
        CheckConstraint(
            f"dispute_reason IS NULL OR {_one_of('dispute_reason', DisputeReason)}",
            name="dispute_reason_known",
        ),
        CheckConstraint(
            "status <> 'disputed' OR dispute_reason IS NOT NULL", name="dispute_has_reason"
        ),
        CheckConstraint("part_no > 0", name="part_no_positive"),
        CheckConstraint(
            "(status IN ('confirmed','under_review','accepted')) <= (confirmed_by IS NOT NULL)",
            name="confirmed_by_somebody",
        ),
        CheckConstraint(
            "(status IN ('under_review','accepted')) <= (first_reviewed_by IS NOT NULL)",
            name="first_reviewed_by_somebody",
        ),
        CheckConstraint(
            "(status = 'accepted') <= (re_reviewed_by IS NOT NULL AND accepted_at IS NOT NULL)",
            name="re_reviewed_by_somebody",
        ),
        CheckConstraint("first_reviewed_by <> re_reviewed_by", name="two_reviewers"),
        CheckConstraint("NOT shares_fixed OR status = 'accepted'", name="shares_only_accepted"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=(
                "quantity_milli",
                "amount_minor",
                "status",
                "dispute_reason",
                "dispute_note",
                "confirmed_by",
                "confirmed_at",
                "first_reviewed_by",
                "first_reviewed_at",
                "re_reviewed_by",
                "accepted_at",
                "shares_fixed",
            ),
            without_foreign_keys=True,
        ),
    )

    application_id: UUID
    payable_id: UUID
    part_no: int
    hospital_id: UUID
    supplier_id: UUID
    quantity_milli: int = minor_field()
    amount_minor: int = minor_field()
    status: str = text_field()
    dispute_reason: str | None = text_field(default=None)
    dispute_note: str | None = text_field(default=None)
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = instant_field(default=None)
    first_reviewed_by: UUID | None = None
    first_reviewed_at: datetime | None = instant_field(default=None)
    re_reviewed_by: UUID | None = None
    accepted_at: datetime | None = instant_field(default=None)
    shares_fixed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    recorded_at: datetime = recorded_at_field()


class ApplicationLineTransition(TenantRow, table=True):
    """One move of one line: from where, to where, by whom, why. Append-only."""

    __tablename__ = "application_line_transition"
    __table_args__ = (
        Index("ix_application_line_transition_line", "area_code", "application_line_id", "id"),
        CheckConstraint(_one_of("to_status", LineStatus), name="to_status_known"),
        CheckConstraint(_one_of("event", LineEvent), name="event_known"),
        tenant(without_foreign_keys=True),
    )

    application_line_id: UUID
    event: str = text_field()
    from_status: str | None = text_field(default=None)
    to_status: str = text_field()
    quantity_milli: int = minor_field()
    amount_minor: int = minor_field()
    reason: str | None = text_field(default=None)
    actor_id: UUID | None = None
    moved_at: datetime = instant_field()


class AcceptanceSeal(TenantRow, table=True):
    """The latest sealed cut-off of an area; acceptance share-locks it, freezing moves it."""

    __tablename__ = "acceptance_seal"
    __table_args__ = (UniqueConstraint("area_code"), tenant(updatable=("sealed_until",)))

    sealed_until: datetime = instant_field()
