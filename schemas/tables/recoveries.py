"""Shortfalls of hospitals and returns carried for suppliers, and how both are made good."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text

from schemas.tables.base import (
    TenantRow,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)

MONTH = "month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'"


class ShortfallCase(TenantRow, table=True):
    """What a batch paid for one hospital beyond the claim of `month`, carried to later months.

    `shortfall_minor` follows the payments: a return lowers it. It is open while
    `recovered_minor` is less.
    """

    __tablename__ = "shortfall_case"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "payment_batch_id"], ["payment_batch.area_code", "payment_batch.id"]
        ),
        ForeignKeyConstraint(["area_code", "hospital_id"], ["hospital.area_code", "hospital.id"]),
        UniqueConstraint("area_code", "payment_batch_id", "hospital_id"),
        Index("ix_shortfall_case_hospital", "hospital_id", "id"),
        Index(
            "ix_shortfall_case_open",
            *("area_code", "hospital_id", "scheme", "month"),
            postgresql_where=text("recovered_minor < shortfall_minor"),
        ),
        CheckConstraint("scheme IN ('310', '390')", name="scheme_known"),
        CheckConstraint(MONTH, name="month_form"),
        CheckConstraint("shortfall_minor >= 0", name="shortfall_not_negative"),
        CheckConstraint(
            "recovered_minor BETWEEN 0 AND shortfall_minor", name="recovered_within_shortfall"
        ),
        tenant(hospital=True, updatable=("shortfall_minor", "recovered_minor")),
    )

    payment_batch_id: UUID
    hospital_id: UUID
    scheme: str = text_field()
    month: str = text_field()
    shortfall_minor: int = minor_field()
    recovered_minor: int = minor_field()
    opened_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class ShortfallRecovery(TenantRow, table=True):
    """A part of a shortfall taken from a later month's claim; negative when it was given back."""

    __tablename__ = "shortfall_recovery"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "shortfall_case_id"], ["shortfall_case.area_code", "shortfall_case.id"]
        ),
        Index("ix_shortfall_recovery_case", "area_code", "shortfall_case_id"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        CheckConstraint(MONTH, name="month_form"),
        tenant(),
    )

    shortfall_case_id: UUID
    month: str = text_field()
    amount_minor: int = minor_field()
    recovered_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class SettledBatch(TenantRow, table=True):
    """A batch whose payments were all certain when its offsets were issued: later news find it
    by themselves, and nobody needs to look at it again."""

    __tablename__ = "settled_batch"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "payment_batch_id"], ["payment_batch.area_code", "payment_batch.id"]
        ),
        UniqueConstraint("area_code", "payment_batch_id"),
        tenant(),
    )

    payment_batch_id: UUID
    settled_at: datetime = instant_field()


class CarriedReturn(TenantRow, table=True):
    """Returns of a supplier to a hospital that outweigh what is to be paid, scheme by scheme.

    Carried from batch to batch; `receivable_at` when it was carried for the rule pack's months
    and is to be collected from the supplier, `closed_at` when later deliveries have netted it.
    """

    __tablename__ = "carried_return"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "hospital_id"], ["hospital.area_code", "hospital.id"]),
        ForeignKeyConstraint(["supplier_id"], ["supplier.id"]),
        Index(
            "uq_carried_return_open",
            *("area_code", "hospital_id", "supplier_id", "scheme"),
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_carried_return_hospital", "hospital_id", "id"),
        Index("ix_carried_return_supplier", "supplier_id", "id"),
        CheckConstraint("scheme IN ('310', '390')", name="scheme_known"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("amount_minor", "receivable_at", "closed_at"),
        ),
    )

    hospital_id: UUID
    supplier_id: UUID
    scheme: str = text_field()
    amount_minor: int = minor_field()
    """What the supplier owes by the latest look."""
    carried_since: date
    receivable_at: datetime | None = instant_field(default=None)
    closed_at: datetime | None = instant_field(default=None)
    recorded_at: datetime = recorded_at_field()
