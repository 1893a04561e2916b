"""Payment batches with their frozen content, and the guarded balance of every payable share.

A share is what one scheme bears of one accepted line; it is paid once because its balance says
so, not because a row may exist only once (architecture.md, "Pay once is a balance").
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from schemas.codes.batches import BatchStatus, ExclusionReason, ShortfallPolicy
from schemas.tables.base import (
    TenantRow,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)
from schemas.tables.fund_claims import MONTH_FORM, SCHEME_KNOWN, ZERO

OPEN_MINOR = "confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor"


def _one_of(column: str, values: type[BatchStatus | ExclusionReason | ShortfallPolicy]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class PayableShare(TenantRow, table=True):
    """What one scheme bears of one accepted line, fixed at the first freeze, and its balance.

    A positive share is reserved, paid, returned and set off up to what was confirmed. A negative
    one (a return, a price cut) is only set off, against positive shares of the same hospital,
    supplier and scheme; its `set_off_minor` is negative too.
    """

    __tablename__ = "payable_share"
    __table_args__ = (
        UniqueConstraint("area_code", "application_line_id", "scheme"),
        Index("ix_payable_share_payable", "area_code", "payable_id"),
        Index(
            "ix_payable_share_open",
            "area_code",
            "scheme",
            "id",
            postgresql_where=text(f"{OPEN_MINOR} <> 0"),
        ),
        Index(
            "ix_payable_share_reserved",
            "area_code",
            "scheme",
            postgresql_where=text("reserved_minor > 0"),
        ),
        CheckConstraint(SCHEME_KNOWN, name="scheme_known"),
        CheckConstraint("confirmed_minor <> 0", name="confirmed_not_zero"),
        CheckConstraint("reserved_minor >= 0", name="reserved_not_negative"),
        CheckConstraint("paid_minor >= 0", name="paid_not_negative"),
        CheckConstraint("returned_minor BETWEEN 0 AND paid_minor", name="returned_within_paid"),
        CheckConstraint(
            "confirmed_minor < 0 OR set_off_minor >= 0"
            " AND reserved_minor + paid_minor - returned_minor + set_off_minor"
            " <= confirmed_minor",
            name="never_more_than_confirmed",
        ),
        CheckConstraint(
            "confirmed_minor > 0 OR reserved_minor = 0 AND paid_minor = 0"
            " AND set_off_minor BETWEEN confirmed_minor AND 0",
            name="negative_only_set_off",
        ),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("reserved_minor", "paid_minor", "returned_minor", "set_off_minor"),
            without_foreign_keys=True,
            listed=False,
        ),
    )

    payable_id: UUID
    application_line_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    scheme: str = text_field()
    confirmed_minor: int = minor_field()
    reserved_minor: int = minor_field(default=0, sa_column_kwargs=ZERO)
    paid_minor: int = minor_field(default=0, sa_column_kwargs=ZERO)
    returned_minor: int = minor_field(default=0, sa_column_kwargs=ZERO)
    set_off_minor: int = minor_field(default=0, sa_column_kwargs=ZERO)
    recorded_at: datetime = recorded_at_field()


class SetOff(TenantRow, table=True):
    """An amount of a negative share set against a positive one; voided with its batch."""

    __tablename__ = "set_off"
    __table_args__ = (
        Index("ix_set_off_batch", "area_code", "payment_batch_id"),
        Index("ix_set_off_negative", "area_code", "negative_share_id"),
        Index("ix_set_off_positive", "area_code", "positive_share_id"),
        CheckConstraint("amount_minor > 0", name="amount_positive"),
        CheckConstraint("negative_share_id <> positive_share_id", name="two_shares"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("is_voided",),
            without_foreign_keys=True,
            listed=False,
        ),
    )

    payment_batch_id: UUID
    negative_share_id: UUID
    positive_share_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    amount_minor: int = minor_field()
    is_voided: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class PaymentBatch(TenantRow, table=True):
    """What one agency pays in one scheme at one sealed cut-off: frozen content and three people.

    `content_hash` is SHA-256 over the canonical rows of payments, items, set-offs, exclusions and
    recoveries; accounts enter by blind index. It is computed again from the rows at every
    decision, so a changed row voids the approvals. `period` is the claim month offset against.
    """

    __tablename__ = "payment_batch"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "agency_id"], ["agency.area_code", "agency.id"]),
        ForeignKeyConstraint(
            ["area_code", "agency_account_id", "scheme"],
            ["agency_account.area_code", "agency_account.id", "agency_account.scheme"],
            name="fk_payment_batch_account_of_its_scheme",
        ),
        UniqueConstraint("area_code", "agency_id", "scheme", "period", "batch_no"),
        UniqueConstraint("area_code", "id", "scheme", name="uq_payment_batch_scheme"),
        CheckConstraint(SCHEME_KNOWN, name="scheme_known"),
        CheckConstraint(MONTH_FORM.replace("month", "period", 1), name="period_form"),
        CheckConstraint(_one_of("status", BatchStatus), name="status_known"),
        CheckConstraint("octet_length(content_hash) = 32", name="content_hash_length"),
        CheckConstraint(
            "eligible_count = taken_count + left_out_count", name="every_share_has_a_place"
        ),
        CheckConstraint(
            "eligible_minor = control_sum_minor + left_out_minor", name="every_fen_has_a_place"
        ),
        CheckConstraint("payment_count >= 0 AND control_sum_minor >= 0", name="sums_not_negative"),
        CheckConstraint(
            "control_sum_minor = planned_recovery_minor + shortfall_minor"
            " AND planned_recovery_minor >= 0 AND shortfall_minor >= 0",
            name="recovery_and_shortfall_add_up",
        ),
        CheckConstraint("made_by <> approved_by", name="maker_is_not_checker"),
        CheckConstraint("made_by <> released_by", name="maker_is_not_releaser"),
        CheckConstraint("approved_by <> released_by", name="checker_is_not_releaser"),
        CheckConstraint(
            "(status IN ('approved','released')) <= (approved_by IS NOT NULL)",
            name="approved_by_somebody",
        ),
        CheckConstraint(
            "(status = 'released') = (released_by IS NOT NULL)"
            " AND (released_by IS NULL) = (released_at IS NULL)",
            name="released_by_somebody",
        ),
        CheckConstraint(
            "(status = 'voided') = (voided_by IS NOT NULL)"
            " AND (voided_by IS NULL) = (void_reason IS NULL)",
            name="voided_by_somebody",
        ),
        tenant(
            updatable=(
                "status",
                "approved_by",
                "approved_at",
                "released_by",
                "released_at",
                "voided_by",
                "voided_at",
                "void_reason",
                "content_hash",
                "halted_at",
                "version",
            )
        ),
    )

    agency_id: UUID
    agency_account_id: UUID
    scheme: str = text_field()
    period: str = text_field()
    batch_no: int
    status: str = text_field()
    cutoff_at: datetime = instant_field()
    available_minor: int = minor_field()
    eligible_count: int
    eligible_minor: int = minor_field()
    taken_count: int
    left_out_count: int
    left_out_minor: int = minor_field()
    payment_count: int
    control_sum_minor: int = minor_field()
    set_off_minor: int = minor_field()
    planned_recovery_minor: int = minor_field()
    shortfall_minor: int = minor_field()
    shortfall_policy: str = text_field()
    rule_pack_code: str = text_field()
    rule_pack_version: int
    content_hash: bytes
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    made_by: UUID
    made_at: datetime = instant_field()
    approved_by: UUID | None = None
    approved_at: datetime | None = instant_field(default=None)
    released_by: UUID | None = None
    released_at: datetime | None = instant_field(default=None)
    voided_by: UUID | None = None
    voided_at: datetime | None = instant_field(default=None)
    void_reason: str | None = text_field(default=None)
    halted_at: datetime | None = instant_field(default=None)
    """Its rows are not what three people approved: nothing more of it is signed or sent."""
    recorded_at: datetime = recorded_at_field()


class BatchCounter(TenantRow, table=True):
    """The last number given to a batch of an agency, scheme and month: no gaps, no rivals."""

    __tablename__ = "batch_counter"
    __table_args__ = (
        UniqueConstraint("area_code", "agency_id", "scheme", "period"),
        ForeignKeyConstraint(["area_code", "agency_id"], ["agency.area_code", "agency.id"]),
        CheckConstraint("last_no > 0", name="last_no_positive"),
        tenant(updatable=("last_no",)),
    )

    agency_id: UUID
    scheme: str = text_field()
    period: str = text_field()
    last_no: int


class BatchExclusion(TenantRow, table=True):
    """An eligible share, or the rest of one, that a batch left out, and why.

    A line whose shares cannot be fixed yet has none and is left out as a whole: its month's claims
    are not imported (`claims_pending`), or what it corrects has no shares (`original_pending`).
    """

    __tablename__ = "batch_exclusion"
    __table_args__ = (
        UniqueConstraint("area_code", "payment_batch_id", "application_line_id"),
        Index("ix_batch_exclusion_line", "area_code", "application_line_id"),
        CheckConstraint(_one_of("reason", ExclusionReason), name="reason_known"),
        CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
        CheckConstraint(
            "(payable_share_id IS NULL) = (reason IN ('claims_pending', 'original_pending'))",
            name="share_or_pending",
        ),
        tenant(hospital=True, supplier=True, without_foreign_keys=True, listed=False),
    )

    payment_batch_id: UUID
    application_line_id: UUID
    payable_share_id: UUID | None = None
    hospital_id: UUID
    supplier_id: UUID
    reason: str = text_field()
    amount_minor: int = minor_field()


class BatchRecovery(TenantRow, table=True):
    """What a batch pays for one hospital, and how it is to be made good: planned or short.

    `planned_recovery_minor` is reserved from the month's claim; `shortfall_minor` follows the
    shortfall policy of the rule pack.
    """

    __tablename__ = "batch_recovery"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "payment_batch_id"], ["payment_batch.area_code", "payment_batch.id"]
        ),
        UniqueConstraint("area_code", "payment_batch_id", "hospital_id"),
        Index("ix_batch_recovery_hospital", "hospital_id", "id"),
        CheckConstraint("cash_minor > 0", name="cash_positive"),
        CheckConstraint(
            "planned_recovery_minor >= 0 AND shortfall_minor >= 0"
            " AND cash_minor = planned_recovery_minor + shortfall_minor",
            name="recovery_and_shortfall_add_up",
        ),
        tenant(hospital=True),
    )

    payment_batch_id: UUID
    hospital_id: UUID
    cash_minor: int = minor_field()
    planned_recovery_minor: int = minor_field()
    shortfall_minor: int = minor_field()
