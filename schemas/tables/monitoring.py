"""What hospitals paid suppliers themselves, in up to three voices that may disagree."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint

from schemas.codes.monitoring import Voice
from schemas.tables.base import (
    TenantRow,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class SelfPayment(TenantRow, table=True):
    """One payment of a hospital for one invoice, named by its bank reference."""

    __tablename__ = "self_payment"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "hospital_id"], ["hospital.area_code", "hospital.id"]),
        UniqueConstraint("area_code", "hospital_id", "supplier_id", "invoice_number", "reference"),
        Index("ix_self_payment_hospital", "hospital_id", "id"),
        Index("ix_self_payment_supplier", "supplier_id", "id"),
        tenant(hospital=True, supplier=True, updatable=("last_told_at",)),
    )

    hospital_id: UUID
    supplier_id: UUID
    invoice_number: str = text_field()
    reference: str = text_field()
    last_told_at: datetime = instant_field()
    """When a voice last spoke of it; whoever is about to listen moves it, one after another."""
    recorded_at: datetime = recorded_at_field()


class SelfPaymentUse(TenantRow, table=True):
    """What a person of one voice says that a payment was for: so many fen of it for an invoice.

    Append-only: the last word of a voice about a payment and an invoice counts, 0 takes it back.
    It changes no payment; figures of that voice are laid by it from when it was said.
    """

    __tablename__ = "self_payment_use"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "self_payment_id"], ["self_payment.area_code", "self_payment.id"]
        ),
        Index("ix_self_payment_use_hospital", "hospital_id", "id"),
        Index("ix_self_payment_use_supplier", "supplier_id", "id"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("btrim(reason) <> ''", name="reason_said"),
        CheckConstraint(_one_of("voice", Voice), name="voice_known"),
        tenant(hospital=True, supplier=True),
    )

    self_payment_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    voice: str = text_field()
    invoice_number: str = text_field()
    amount_minor: int = minor_field()
    reason: str = text_field()
    said_by: UUID
    said_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class SelfPaymentVoice(TenantRow, table=True):
    """What one voice says of a payment: how much, on which day, and when we learned it."""

    __tablename__ = "self_payment_voice"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "self_payment_id"], ["self_payment.area_code", "self_payment.id"]
        ),
        UniqueConstraint("area_code", "self_payment_id", "voice"),
        Index("ix_self_payment_voice_hospital", "hospital_id", "id"),
        Index("ix_self_payment_voice_supplier", "supplier_id", "id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint(_one_of("voice", Voice), name="voice_known"),
        tenant(hospital=True, supplier=True),
    )

    self_payment_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    voice: str = text_field()
    amount_minor: int = minor_field()
    paid_date: date
    learned_at: datetime = instant_field()
    told_by: UUID | None = None
    recorded_at: datetime = recorded_at_field()
