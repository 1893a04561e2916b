"""What the fund owes hospitals, month by month and scheme by scheme, and how much of it is bound.

Claims, advances and prepayments are versioned documents; `claim_capacity` is the guarded balance
that batches reserve from, booked debits consume and returns release (domain.md section 6).
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from schemas.codes.fund_claims import (
    ClaimStage,
    FundDocumentState,
    OffsetStatus,
    PrepaymentMovement,
)
from schemas.codes.parties import Scheme
from schemas.tables.base import (
    TenantRow,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)

SCHEME_KNOWN = f"scheme IN ({', '.join(repr(str(scheme)) for scheme in Scheme)})"
MONTH_FORM = "month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'"
ZERO = {"server_default": text("0")}


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def _of_hospital() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["area_code", "hospital_id"], ["hospital.area_code", "hospital.id"])


class FundImport(TenantRow, table=True):
    """One imported file of fund documents: its bytes' digest and what became of its rows."""

    __tablename__ = "fund_import"
    __table_args__ = (
        CheckConstraint("octet_length(content_sha256) = 32", name="digest_length"),
        CheckConstraint(
            "received_count = accepted_count + unchanged_count + rejected_count",
            name="rows_add_up",
        ),
        tenant(),
    )

    content_sha256: bytes
    content: bytes
    media_type: str = text_field()
    received_count: int
    accepted_count: int
    unchanged_count: int
    rejected_count: int
    imported_by: UUID | None = None
    imported_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class FundDocument(TenantRow, table=True):
    """A claim, advance or prepayment of one hospital, month and scheme, in one version.

    `aspect` is the stage of a claim and the movement of a prepayment. A claim is one figure per
    stage, so it has no number of its own. A prepayment the hospital holds is a second claim on
    it: what is due lowers the claim that can be offset, and never funds a payment.
    """

    __tablename__ = "fund_document"
    __table_args__ = (
        _of_hospital(),
        ForeignKeyConstraint(
            ["area_code", "fund_import_id"], ["fund_import.area_code", "fund_import.id"]
        ),
        UniqueConstraint(
            "area_code",
            "hospital_id",
            "month",
            "scheme",
            "kind",
            "aspect",
            "external_number",
            "version",
            name="uq_fund_document_identity",
        ),
        Index(
            "uq_fund_document_effective",
            "area_code",
            "hospital_id",
            "month",
            "scheme",
            "kind",
            "aspect",
            "external_number",
            unique=True,
            postgresql_where=text("state = 'effective'"),
        ),
        Index("ix_fund_document_hospital", "hospital_id", "id"),
        CheckConstraint(SCHEME_KNOWN, name="scheme_known"),
        CheckConstraint(MONTH_FORM, name="month_form"),
        CheckConstraint(_one_of("state", FundDocumentState), name="state_known"),
        CheckConstraint(
            f"kind = 'claim' AND {_one_of('aspect', ClaimStage)} AND external_number = ''"
            " AND paid_date IS NULL"
            " OR kind = 'advance' AND aspect = '' AND external_number <> ''"
            " AND paid_date IS NOT NULL"
            f" OR kind = 'prepayment' AND {_one_of('aspect', PrepaymentMovement)}"
            " AND external_number <> '' AND paid_date IS NOT NULL",
            name="kind_has_its_columns",
        ),
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("amount_minor >= 0", name="amount_not_negative"),
        tenant(hospital=True, updatable=("state",)),
    )

    hospital_id: UUID
    scheme: str = text_field()
    month: str = text_field()
    kind: str = text_field()
    aspect: str = text_field()
    external_number: str = text_field()
    version: int
    amount_minor: int = minor_field()
    paid_date: date | None = None
    state: str = text_field()
    fund_import_id: UUID
    recorded_at: datetime = recorded_at_field()


class ClaimCapacity(TenantRow, table=True):
    """How much of one month's claim can be offset, and how much is reserved and consumed.

    `excess_minor` stands where a later version of the claim fell below what was already bound, or
    where the bank paid what a refusal had freed and another payment holds by now: the shortfall
    is shown, never hidden, and nothing more can be reserved until it is gone.
    """

    __tablename__ = "claim_capacity"
    __table_args__ = (
        _of_hospital(),
        UniqueConstraint("area_code", "hospital_id", "scheme", "month"),
        Index("ix_claim_capacity_hospital", "hospital_id", "id"),
        CheckConstraint(SCHEME_KNOWN, name="scheme_known"),
        CheckConstraint(MONTH_FORM, name="month_form"),
        CheckConstraint("available_minor >= 0", name="available_not_negative"),
        CheckConstraint("reserved_minor >= 0", name="reserved_not_negative"),
        CheckConstraint("consumed_minor >= 0", name="consumed_not_negative"),
        CheckConstraint("excess_minor >= 0", name="excess_not_negative"),
        CheckConstraint(
            "reserved_minor + consumed_minor <= available_minor + excess_minor",
            name="bound_within_available",
        ),
        tenant(
            hospital=True,
            updatable=("available_minor", "reserved_minor", "consumed_minor", "excess_minor"),
        ),
    )

    hospital_id: UUID
    scheme: str = text_field()
    month: str = text_field()
    available_minor: int = minor_field()
    reserved_minor: int = minor_field(default=0, sa_column_kwargs=ZERO)
    consumed_minor: int = minor_field(default=0, sa_column_kwargs=ZERO)
    excess_minor: int = minor_field(default=0, sa_column_kwargs=ZERO)
    recorded_at: datetime = recorded_at_field()


class OffsetInstruction(TenantRow, table=True):
    """Tells whoever pays the hospital to pay this much less for the month (抵扣).

    Each says the difference to what was instructed before for the same batch, so a return later
    is a further, negative one. Until acknowledged the month's net payment is not final.
    """

    __tablename__ = "offset_instruction"
    __table_args__ = (
        _of_hospital(),
        ForeignKeyConstraint(
            ["area_code", "payment_batch_id"], ["payment_batch.area_code", "payment_batch.id"]
        ),
        UniqueConstraint(
            "area_code", "payment_batch_id", "hospital_id", "scheme", "month", "instruction_no"
        ),
        Index("ix_offset_instruction_hospital", "hospital_id", "id"),
        Index(
            "ix_offset_instruction_unacknowledged",
            "area_code",
            "issued_at",
            postgresql_where=text("status = 'issued'"),
        ),
        CheckConstraint(SCHEME_KNOWN, name="scheme_known"),
        CheckConstraint(MONTH_FORM, name="month_form"),
        CheckConstraint(
            _one_of("status", OffsetStatus),
            name="status_known",
        ),
        CheckConstraint("instruction_no > 0", name="instruction_no_positive"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        CheckConstraint("reminder_count >= 0", name="reminders_counted"),
        CheckConstraint(
            "(status = 'acknowledged') = (acknowledged_by IS NOT NULL)"
            " AND (acknowledged_by IS NULL) = (acknowledged_at IS NULL)",
            name="acknowledged_by_somebody",
        ),
        tenant(
            hospital=True,
            updatable=(
                "status",
                "acknowledged_by",
                "acknowledged_at",
                "reminded_date",
                "reminder_count",
            ),
        ),
    )

    hospital_id: UUID
    scheme: str = text_field()
    month: str = text_field()
    payment_batch_id: UUID
    instruction_no: int
    amount_minor: int = minor_field()
    status: str = text_field()
    issued_at: datetime = instant_field()
    acknowledge_by_date: date | None = None
    """The last working day to acknowledge on; None beyond the loaded calendar."""
    reminded_date: date | None = None
    reminder_count: int = Field(default=0, sa_column_kwargs=ZERO)
    acknowledged_by: UUID | None = Field(default=None)
    acknowledged_at: datetime | None = instant_field(default=None)
    recorded_at: datetime = recorded_at_field()
