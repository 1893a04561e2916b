"""The kill switch of an area, thrown and lifted."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text

from schemas.tables.base import TenantRow, instant_field, tenant, text_field


class PaymentStop(TenantRow, table=True):
    """The kill switch: while a row of an area is not lifted, nothing of it is sent.

    `engaged_by` is None when the platform stopped itself over contradicting news. `conflict_at` is
    when such news last came, whoever had thrown it: from then on one person proposes to lift it
    and another one does.
    """

    __tablename__ = "payment_stop"
    __table_args__ = (
        CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="lifted_together"),
        CheckConstraint(
            "lifted_by IS NULL OR conflict_at IS NULL"
            " OR coalesce(lift_proposed_by <> lifted_by, false)",
            name="conflict_lifted_by_two",
        ),
        Index(
            "uq_payment_stop_in_force",
            "area_code",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
        CheckConstraint(
            "engaged_by IS NOT NULL OR conflict_at IS NOT NULL", name="engaged_by_somebody"
        ),
        tenant(updatable=("conflict_at", "lift_proposed_by", "lifted_by", "lifted_at")),
    )

    reason: str = text_field()
    engaged_by: UUID | None = None
    engaged_at: datetime = instant_field()
    conflict_at: datetime | None = instant_field(default=None)
    lift_proposed_by: UUID | None = None
    lifted_by: UUID | None = None
    lifted_at: datetime | None = instant_field(default=None)
