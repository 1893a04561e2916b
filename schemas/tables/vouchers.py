"""Vouchers (记账凭证) of the three sides of a settlement, derived from the ledger's transfers.

A voucher is never changed: when the ledger reverses, a further voucher follows. Rows are the
hospital's or the supplier's own where `hospital_id` or `supplier_id` is filled, and the fund's
where neither is.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Integer, UniqueConstraint
from sqlmodel import Field

from schemas.tables.base import (
    TenantRow,
    datetime,
    instant_field,
    minor_field,
    recorded_at_field,
    tenant,
    text_field,
)

OWNER = (
    "(hospital_id IS NOT NULL) = (side = 'hospital')"
    " AND (supplier_id IS NOT NULL) = (side = 'supplier')"
)


class VoucherHead(TenantRow, table=True):
    """Up to which posting a ledger (`id` is the ledger's) has its vouchers; locked by issuing."""

    __tablename__ = "voucher_head"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "id"], ["ledger.area_code", "ledger.id"]),
        CheckConstraint("through_number >= 0", name="through_number"),
        tenant(updatable=("through_number", "issued_at")),
    )

    through_number: int = minor_field()
    issued_at: datetime = instant_field()


class Voucher(TenantRow, table=True):
    """What one posting of the ledger means in the books of one side, for one basis and day.

    `voucher_number` has no gap in the series of an owner, ledger and period, and follows the order
    of posting: the same ledger always gives the same numbers. `total_minor` is what its financial
    lines debit.
    """

    __tablename__ = "voucher"
    __table_args__ = (
        ForeignKeyConstraint(
            ["area_code", "ledger_id", "posting_number"],
            [
                "ledger_posting.area_code",
                "ledger_posting.ledger_id",
                "ledger_posting.posting_number",
            ],
            name="fk_voucher_posting",
        ),
        ForeignKeyConstraint(["area_code", "hospital_id"], ["hospital.area_code", "hospital.id"]),
        ForeignKeyConstraint(["supplier_id"], ["supplier.id"]),
        Index(
            "uq_voucher_number",
            "area_code",
            "side",
            "hospital_id",
            "supplier_id",
            "ledger_id",
            "period",
            "voucher_number",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_voucher_basis", "area_code", "basis_kind", "basis_id"),
        Index("ix_voucher_hospital", "hospital_id", "id"),
        Index("ix_voucher_supplier", "supplier_id", "id"),
        CheckConstraint("side IN ('hospital', 'supplier', 'fund')", name="side"),
        CheckConstraint(OWNER, name="owner"),
        CheckConstraint("voucher_number > 0", name="voucher_number"),
        CheckConstraint("total_minor > 0", name="total"),
        CheckConstraint(
            "period = extract(year FROM voucher_date)::text || '-'"
            " || lpad(extract(month FROM voucher_date)::text, 2, '0')",
            name="period",
        ),
        tenant(hospital=True, supplier=True),
    )

    side: str = text_field()
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    ledger_id: UUID
    scheme: str = text_field()
    posting_number: int = minor_field()
    basis_kind: str = text_field()
    basis_id: UUID
    period: str = text_field()
    voucher_date: date
    voucher_number: int = minor_field()
    plan_code: str = text_field()
    """Which account plan named its accounts: code and version."""
    total_minor: int = minor_field()
    issued_at: datetime = instant_field()
    recorded_at: datetime = recorded_at_field()


class VoucherLine(TenantRow, table=True):
    """One account debited or credited; budget lines (预算会计) balance among themselves.

    `partner_id` is the hospital or supplier for whom the account is kept, told by `partner_kind`;
    `hospital_id` and `supplier_id` are, as on the voucher, whose books these are.
    """

    __tablename__ = "voucher_line"
    __table_args__ = (
        ForeignKeyConstraint(["area_code", "voucher_id"], ["voucher.area_code", "voucher.id"]),
        UniqueConstraint("area_code", "voucher_id", "line_number"),
        CheckConstraint("side IN ('hospital', 'supplier', 'fund')", name="side"),
        CheckConstraint(OWNER, name="owner"),
        CheckConstraint("entry_class IN ('financial', 'budget')", name="entry_class"),
        CheckConstraint("(debit_minor > 0) <> (credit_minor > 0)", name="one_side"),
        CheckConstraint("debit_minor >= 0 AND credit_minor >= 0", name="not_negative"),
        CheckConstraint("partner_kind IN ('', 'hospital', 'supplier')", name="partner_kind"),
        CheckConstraint("(partner_kind = '') = (partner_id IS NULL)", name="partner"),
        tenant(hospital=True, supplier=True, listed=False),
    )

    voucher_id: UUID
    line_number: int = Field(sa_type=Integer)
    side: str = text_field()
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    entry_class: str = text_field()
    account_code: str = text_field()
    role: str = text_field()
    partner_kind: str = text_field()
    partner_id: UUID | None = None
    debit_minor: int = minor_field()
    credit_minor: int = minor_field()
