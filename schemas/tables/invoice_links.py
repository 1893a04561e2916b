"""Invoice links as received: which lines invoice lines belong to, by the names of both."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, text
from sqlmodel import Field

from schemas.codes.documents import DocumentState, LinkMode, sql_list
from schemas.tables.base import TenantRow, tenant, text_field


class InvoiceLinkLine(TenantRow, table=True):
    """Binds a quantity of an invoice line to an order line or a receipt line by name."""

    __tablename__ = "invoice_link_line"
    __table_args__ = (
        CheckConstraint(f"state IN ({sql_list(DocumentState)})", name="state"),
        CheckConstraint("quantity_milli > 0", name="quantity"),
        CheckConstraint("order_number IS NOT NULL OR receipt_number IS NOT NULL", name="target"),
        CheckConstraint(f"mode IN ({sql_list(LinkMode)})", name="mode"),
        CheckConstraint("mode = 'quantity' OR quantity_milli IS NULL", name="mode_quantity"),
        *(
            # Nothing but links by totals is looked for by what it names.
            Index(
                f"ix_invoice_link_line_{name}",
                *("area_code", "hospital_id", f"{name}_number"),
                postgresql_where=text("mode <> 'quantity'"),
            )
            for name in ("order", "receipt")
        ),
        Index("ix_invoice_link_line_hospital", "hospital_id", "id"),
        Index("ix_invoice_link_line_supplier", "supplier_id", "id"),
        Index("ix_invoice_link_line_document", "area_code", "document_id"),
        Index(
            "ix_invoice_link_line_invoice",
            *("area_code", "supplier_id", "invoice_number", "invoice_line_number"),
        ),
        tenant(hospital=True, supplier=True, updatable=("state",), without_foreign_keys=True),
    )

    document_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    line_number: int = Field(sa_type=Integer)
    state: str = text_field(default="effective")
    link_number: str = text_field()
    link_date: date
    invoice_number: str = text_field()
    invoice_line_number: int = Field(sa_type=Integer)
    order_number: str | None = text_field(default=None, nullable=True)
    order_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    receipt_number: str | None = text_field(default=None, nullable=True)
    receipt_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    quantity_milli: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """Thousandths of the invoice line's unit as sent; None binds the whole line."""
    mode: str = text_field(default="quantity")
