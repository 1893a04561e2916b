"""Documents as received, and one table per kind of line.

Line tables carry no foreign keys (references are checked set-wise at intake) and repeat the
parties and numbers of their document, so that matching reads them without a join.
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from schemas.codes.documents import (
    ChargeKind,
    DocumentKind,
    DocumentState,
    InvoiceFlag,
    sql_list,
)
from schemas.tables.base import (
    TenantRow,
    datetime,
    minor_field,
    recorded_at_field,
    system,
    tenant,
    text_field,
)


class DocumentGate(SQLModel, table=True):
    """One row per area that intake locks: shared for plain documents, exclusively for those
    that change what others mean (revisions, changes, cancellations), so that neither of two
    meeting in different transactions overlooks the other."""

    __tablename__ = "document_gate"
    __table_args__ = (tenant(updatable=("opened_at",)),)

    area_code: str = Field(sa_type=Text, primary_key=True)
    opened_at: datetime = recorded_at_field()


class Document(TenantRow, table=True):
    """One document of one revision. Never edited: only its state moves."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint(
            *("area_code", "source_system", "kind", "issuer_code", "external_number", "revision"),
            name="uq_document_identity",
        ),
        CheckConstraint(f"kind IN ({sql_list(DocumentKind)})", name="kind"),
        CheckConstraint(f"state IN ({sql_list(DocumentState)})", name="state"),
        CheckConstraint("revision >= 1", name="revision"),
        CheckConstraint("octet_length(content_sha256) = 32", name="content_sha256"),
        Index("ix_document_intake", "area_code", "intake_id"),
        Index(
            "ix_document_difference",
            *("area_code", "id"),
            postgresql_where=text("total_difference_minor <> 0"),
        ),
        Index("ix_document_hospital", "hospital_id", "id"),
        Index("ix_document_supplier", "supplier_id", "id"),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("state", "superseded_by_id"),
            without_foreign_keys=True,
        ),
    )

    kind: str = text_field()
    source_system: str = text_field()
    issuer_code: str = text_field()
    """The hospital code or the supplier's USCC, by the kind's issuer."""
    external_number: str = text_field()
    revision: int = Field(sa_type=Integer)
    hospital_id: UUID
    supplier_id: UUID
    supplier_alias: str | None = text_field(default=None, nullable=True)
    """The alias that the supplier was found by; none where the document states its USCC."""
    document_date: date | None = None
    stated_total_minor: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """Invoices and credit notes: the stated tax-inclusive total (价税合计)."""
    total_difference_minor: int = minor_field(default=0)
    """Stated total less the sum of the lines; not 0 means `amount_rounding` on the document."""
    content_sha256: bytes = Field(sa_type=LargeBinary)
    intake_id: UUID
    raw_position: int = Field(sa_type=BigInteger)
    """Where the document starts in the decoded (inflated, UTF-8) body, in bytes."""
    raw_length: int = Field(sa_type=BigInteger)
    state: str = text_field(default="effective")
    superseded_by_id: UUID | None = None
    recorded_at: datetime = recorded_at_field()


def _line_arguments(
    table: str, *constraints: Any, measured: tuple[str, ...] = ("quantity_milli",)
) -> tuple[Any, ...]:
    """Constraints, indexes and access that every line table shares.

    Indexes are not led by `area_code`: a hospital's rows lie in one area, and every leading
    column that tells nothing is paid for with each line of bulk intake.
    """
    return (
        CheckConstraint(f"state IN ({sql_list(DocumentState)})", name="state"),
        *constraints,
        Index(f"ix_{table}_hospital", "hospital_id", "id"),
        Index(f"ix_{table}_supplier", "supplier_id", "id"),
        Index(f"ix_{table}_document", "document_id"),
        Index(f"ix_{table}_component", "hospital_id", "supplier_id", "product_code"),
        Index(
            f"ix_{table}_unresolved",
            *("area_code", "id"),
            postgresql_where=text("NOT unit_factor_known AND product_code IS NOT NULL"),
        ),
        tenant(
            hospital=True,
            supplier=True,
            updatable=("state", *RESOLVED, *measured),
            without_foreign_keys=True,
        ),
    )


RESOLVED = ("product_id", "unit_factor_known")
"""Found out later when the product or its unit comes on file after the line; with them, once,
the quantities and prices become those of the smallest unit."""


class LineRow(TenantRow):
    """What every line repeats of its document, and its product as sent and as found.

    Quantities are thousandths of the smallest unit when `unit_factor_known`, else thousandths
    of `unit` as sent.
    """

    document_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    line_number: int = Field(sa_type=Integer)
    state: str = text_field(default="effective")
    product_id: UUID | None = None
    product_code: str | None = text_field(default=None, nullable=True)
    unit: str | None = text_field(default=None, nullable=True)
    unit_factor_known: bool


class PurchaseOrderLine(LineRow, table=True):
    """A line of a purchase order, or of an order change that restates it.

    Per (hospital, supplier, order number, line) one row is effective: the newest change, else
    the order. A change to quantity 0 drops the line.
    """

    __tablename__ = "purchase_order_line"
    __table_args__ = (
        *_line_arguments(
            "purchase_order_line",
            CheckConstraint(
                "document_kind IN ('purchase_order', 'order_change')", name="document_kind"
            ),
            CheckConstraint(
                "quantity_milli > 0 OR (quantity_milli = 0 AND document_kind = 'order_change')",
                name="quantity",
            ),
            CheckConstraint("price_pack_size > 0", name="price_pack_size"),
            CheckConstraint("price_micro >= 0", name="price"),
            Index("ix_purchase_order_line_number", "hospital_id", "order_number"),
            measured=("quantity_milli", "price_micro", "price_pack_size"),
        ),
    )

    document_kind: str = text_field()
    order_number: str = text_field()
    contract_code: str | None = text_field(default=None, nullable=True)
    manufacturer: str | None = text_field(default=None, nullable=True)
    quantity_milli: int = minor_field()
    price_micro: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """Yuan * 10^6 per `price_pack_size` smallest units (units as sent, factor unknown)."""
    price_pack_size: int = Field(default=1, sa_type=BigInteger)
    price_decimals: int = Field(default=0, sa_type=Integer)
    """Decimals of the price as stated, for the tolerance of `amount_rounding`."""
    amount_minor: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """The line value as stated, tax-inclusive."""
    order_date: date | None = None
    required_date: date | None = None
    paid_offline: bool = False


class DespatchLine(LineRow, table=True):
    """A line of a despatch advice (配送单)."""

    __tablename__ = "despatch_line"
    __table_args__ = (
        *_line_arguments("despatch_line", CheckConstraint("quantity_milli > 0", name="quantity")),
    )

    despatch_number: str = text_field()
    order_number: str | None = text_field(default=None, nullable=True)
    order_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    quantity_milli: int = minor_field()
    lot_number: str | None = text_field(default=None, nullable=True)
    expiry_date: date | None = None
    despatch_date: date


class GoodsReceiptLine(LineRow, table=True):
    """A line of a goods receipt (收货验收): what was accepted and what was turned away."""

    __tablename__ = "goods_receipt_line"
    __table_args__ = (
        *_line_arguments(
            "goods_receipt_line",
            CheckConstraint(
                "accepted_milli >= 0 AND rejected_milli >= 0"
                " AND accepted_milli + rejected_milli > 0",
                name="quantity",
            ),
            Index("ix_goods_receipt_line_number", "hospital_id", "receipt_number"),
            measured=("accepted_milli", "rejected_milli"),
        ),
    )

    receipt_number: str = text_field()
    order_number: str | None = text_field(default=None, nullable=True)
    order_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    despatch_number: str | None = text_field(default=None, nullable=True)
    accepted_milli: int = minor_field()
    rejected_milli: int = minor_field(default=0)
    lot_number: str | None = text_field(default=None, nullable=True)
    expiry_date: date | None = None
    receipt_date: date
    """When the goods were received (happened)."""
    accepted_date: date | None = None
    """When they were accepted, from which payment is counted; None: when they were received."""
    recorded_date: date | None = None
    """When the hospital booked the receipt (learned)."""
    trace_code_count: int | None = Field(default=None, sa_type=Integer, nullable=True)
    """How many trace codes (追溯码) the line states; None: none."""


class InvoiceLine(LineRow, table=True):
    """A line of an invoice or of a credit note; amounts are positive in both."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        *_line_arguments(
            "invoice_line",
            CheckConstraint("document_kind IN ('invoice', 'credit_note')", name="document_kind"),
            CheckConstraint(f"charge_kind IN ({sql_list(ChargeKind)})", name="charge_kind"),
            CheckConstraint("quantity_milli > 0", name="quantity"),
            CheckConstraint(
                "charge_kind <> 'goods' OR product_code IS NOT NULL"
                " AND (quantity_milli IS NOT NULL OR document_kind = 'credit_note'"
                " OR blue_invoice_number IS NOT NULL)",
                name="goods",
            ),
            CheckConstraint(
                "document_kind = 'credit_note' OR blue_invoice_number IS NULL"
                " OR charge_kind = 'goods' AND quantity_milli IS NULL AND total_minor > 0",
                name="adds_to_another",
            ),
            CheckConstraint(
                "document_kind = 'invoice' OR quantity_milli IS NOT NULL OR total_minor > 0",
                name="credit",
            ),
            CheckConstraint("net_minor >= 0 AND tax_minor >= 0", name="amounts"),
            CheckConstraint("total_minor = net_minor + tax_minor", name="total"),
            Index("ix_invoice_line_number", "supplier_id", "invoice_number"),
            Index(
                "ix_invoice_line_raising",
                *("hospital_id", "supplier_id"),
                postgresql_where=text(
                    "document_kind = 'invoice' AND blue_invoice_number IS NOT NULL"
                ),
            ),
            Index(
                "ix_invoice_line_charged_order",
                *("area_code", "hospital_id", "order_number"),
                postgresql_where=text("charge_kind <> 'goods' AND order_number IS NOT NULL"),
            ),
            Index(
                "ix_invoice_line_charge_credited",
                *("supplier_id", "blue_invoice_number"),
                postgresql_where=text("charge_kind <> 'goods' AND blue_invoice_number IS NOT NULL"),
            ),
        ),
    )

    document_kind: str = text_field()
    invoice_number: str = text_field()
    charge_kind: str = text_field()
    order_number: str | None = text_field(default=None, nullable=True)
    order_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    receipt_number: str | None = text_field(default=None, nullable=True)
    receipt_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    blue_invoice_number: str | None = text_field(default=None, nullable=True)
    """Credit notes: the invoice (and its line) that is credited. Invoices: the earlier invoice
    whose price this line raises, without a quantity."""
    blue_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    upstream_invoice_number: str | None = text_field(default=None, nullable=True)
    """The manufacturer's invoice to the distributor, as the supplier names it."""
    quantity_milli: int | None = Field(default=None, sa_type=BigInteger, nullable=True)
    """None on charges, and where only the price is lowered (折让) or raised."""
    lot_number: str | None = text_field(default=None, nullable=True)
    price_text: str | None = text_field(default=None, nullable=True)
    """The tax-exclusive unit price exactly as stated (up to 13 decimals)."""
    net_minor: int = minor_field()
    tax_minor: int = minor_field()
    total_minor: int = minor_field()
    """Stated tax-inclusive amount of the line (金额 + 税额)."""
    invoice_date: date


class ReturnNoteLine(LineRow, table=True):
    """A line of a return note (退货单)."""

    __tablename__ = "return_note_line"
    __table_args__ = (
        *_line_arguments(
            "return_note_line", CheckConstraint("quantity_milli > 0", name="quantity")
        ),
    )

    return_number: str = text_field()
    order_number: str | None = text_field(default=None, nullable=True)
    order_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    receipt_number: str | None = text_field(default=None, nullable=True)
    receipt_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    quantity_milli: int = minor_field()
    lot_number: str | None = text_field(default=None, nullable=True)
    return_date: date


class DocumentCancellation(TenantRow, table=True):
    """What a cancellation takes back: a whole document, or one line of it."""

    __tablename__ = "document_cancellation"
    __table_args__ = (
        CheckConstraint(f"state IN ({sql_list(DocumentState)})", name="state"),
        CheckConstraint(
            "target_kind IN ('purchase_order', 'goods_receipt', 'invoice')", name="target_kind"
        ),
        Index("ix_document_cancellation_hospital", "hospital_id", "id"),
        Index("ix_document_cancellation_supplier", "supplier_id", "id"),
        Index("ix_document_cancellation_document", "area_code", "document_id"),
        Index(
            "ix_document_cancellation_target",
            *("area_code", "hospital_id", "supplier_id", "target_kind", "target_number"),
        ),
        tenant(hospital=True, supplier=True, updatable=("state",), without_foreign_keys=True),
    )

    document_id: UUID
    hospital_id: UUID
    supplier_id: UUID
    state: str = text_field(default="effective")
    target_kind: str = text_field()
    target_number: str = text_field()
    target_line_number: int | None = Field(default=None, sa_type=Integer, nullable=True)
    """None takes back every line."""
    cancelled_date: date
    reason: str | None = text_field(default=None, nullable=True)


class DocumentRegistry(SQLModel, table=True):
    """Province-wide: the area that a supplier-issued document's number belongs to.

    A hospital's own numbers lie in the hospital's area; a supplier sells in every area, and there
    `uq_document_identity` sees one area only. All revisions of a number are of one area.
    """

    __tablename__ = "document_registry"
    __table_args__ = (system(updatable=()),)

    source_system: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    issuer_code: str = Field(primary_key=True, sa_type=Text)
    external_number: str = Field(primary_key=True, sa_type=Text)
    area_code: str = text_field(foreign_key="area.area_code")


class TraceCode(SQLModel, table=True):
    """One receipt line's claim on a trace code (追溯码), province-wide.

    `is_repeated`: this claim counts and another one does, a function of the claims that count.
    """

    __tablename__ = "trace_code"
    __table_args__ = (
        CheckConstraint("place >= 0", name="place"),
        CheckConstraint("is_active OR NOT is_repeated", name="repeated"),
        Index("ix_trace_code_line", "area_code", "document_id", "line_number"),
        Index(
            "ix_trace_code_repeated",
            *("area_code", "document_id", "line_number"),
            postgresql_where=text("is_repeated"),
        ),
        Index("ix_trace_code_counted", "code", "is_repeated", postgresql_where=text("is_active")),
        system(),
    )

    code: str = Field(primary_key=True, sa_type=Text)
    place: int = Field(primary_key=True, sa_type=Integer)
    """0 is the claim that was laid first, whose row all who claim the code lock."""
    area_code: str = text_field()
    document_id: UUID
    line_number: int = Field(sa_type=Integer)
    is_active: bool = True
    """False once the line is superseded or cancelled."""
    is_repeated: bool = False


class InvoiceRegistry(SQLModel, table=True):
    """Province-wide: an invoice number, and what is wrong with the claims laid on it.

    `flag` is a function of the active claims alone, never of who came first.
    """

    __tablename__ = "invoice_registry"
    __table_args__ = (
        CheckConstraint(f"flag IS NULL OR flag IN ({sql_list(InvoiceFlag)})", name="flag"),
        system(),
    )

    invoice_key: str = Field(primary_key=True, sa_type=Text)
    """The invoice number: unique in the country, whoever sends it."""
    total_minor: int = minor_field()
    """The least total that an active claim states."""
    claimed_minor: int = minor_field()
    flag: str | None = text_field(default=None, nullable=True)


class InvoiceClaim(SQLModel, table=True):
    """One document's claim on an invoice number."""

    __tablename__ = "invoice_claim"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index("ix_invoice_claim_document", "area_code", "document_id"),
        system(),
    )

    invoice_key: str = Field(primary_key=True, sa_type=Text)
    area_code: str = Field(primary_key=True, sa_type=Text)
    document_id: UUID = Field(primary_key=True)
    total_minor: int = minor_field()
    amount_minor: int = minor_field()
    is_active: bool = True
    """False once the document is superseded or voided."""
