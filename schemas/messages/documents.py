"""Trade documents as they come in: one definition each, for single and for bulk intake.

The issuer is not on the wire: it follows from the kind (`schemas.codes.documents.ISSUERS`).
Quantities are in the unit named beside them. Limits are those of the domain (section 10).
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.codes.documents import ChargeKind, DocumentKind, LinkMode
from schemas.codes.hospital_codes import HOSPITAL_PATTERN, is_hospital_code
from schemas.codes.invoice_numbers import (
    INVOICE_PATTERN,
    canonical_invoice_number,
    is_invoice_number,
)
from schemas.codes.product_codes import (
    PRODUCT_PATTERN,
    TRACE_PATTERN,
    is_product_code,
    is_trace_code,
)
from schemas.codes.supplier_codes import (
    SUPPLIER_FOLDED,
    SUPPLIER_PATTERN,
    canonical_supplier_code,
    is_supplier_code,
)
from schemas.messages.base import Coded, Day, Message, Plain, Scaled

MAX_LINES: Final = 5_000
MAX_TRACE_CODES: Final = 5_000
"""Trace codes of one receipt line; more packs are received on more lines."""

QUANTITY: Final = Scaled(scale=3, minimum=1, maximum=10**12)
QUANTITY_OR_NONE: Final = Scaled(scale=3, minimum=0, maximum=10**12)
PRICE: Final = Scaled(scale=6, minimum=0, maximum=10**12)
INVOICE_PRICE: Final = Scaled(scale=13, minimum=0, maximum=10**19)
AMOUNT: Final = Scaled(scale=2, minimum=0, maximum=10**11)
TOTAL: Final = Scaled(scale=2, minimum=0, maximum=10**14)

Quantity = Annotated[str, QUANTITY]
"""More than 0 and at most 10^9 units, three decimals."""
QuantityOrZero = Annotated[str, QUANTITY_OR_NONE]
Price = Annotated[str, PRICE]
"""Yuan, tax-inclusive, at most 10^6 with six decimals."""
InvoicePrice = Annotated[str, INVOICE_PRICE]
"""Yuan, tax-exclusive, as an e-invoice states it: up to 13 decimals, kept as sent."""
Amount = Annotated[str, AMOUNT]
"""Yuan, 0 to 10^9 with two decimals."""
Total = Annotated[str, TOTAL]

HospitalCode = Annotated[str, Coded(is_hospital_code, "hospital code", HOSPITAL_PATTERN)]
SupplierCode = Annotated[
    str,
    Coded(
        is_supplier_code,
        "unified social credit code, nor an alias",
        SUPPLIER_PATTERN,
        canonical_supplier_code,
        SUPPLIER_FOLDED,
    ),
]
"""The supplier's USCC, or an alias on file for it, in any spelling; the canonical one in what is
read."""
ProductCode = Annotated[str, Coded(is_product_code, "product code", PRODUCT_PATTERN)]
InvoiceNumber = Annotated[
    str, Coded(is_invoice_number, "invoice number", INVOICE_PATTERN, canonical_invoice_number)
]
"""Any spelling of an invoice number; the canonical one in what is read."""
TraceCode = Annotated[str, Coded(is_trace_code, "trace code", TRACE_PATTERN)]
Number = Annotated[str, Plain(64)]
"""A number the issuer gave: kept as sent, compared character by character."""
Unit = Annotated[str, Plain(32)]
LotNumber = Annotated[str, Plain(64)]
Name = Annotated[str, Plain(200)]
LineNumber = Annotated[int, Field(ge=1, le=999_999)]


class Numbered(Protocol):
    """Anything with a line number: a pydantic line or a bulk line."""

    line_number: int


class DocumentMessage(Message):
    """The head that every document shares."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source_system: Annotated[str, Plain(64)]
    external_number: Number
    """The issuer's own number of the document."""
    revision: Annotated[int, Field(ge=1, le=9_999)] = 1
    hospital_code: HospitalCode
    supplier_uscc: SupplierCode


class LineMessage(Message):
    """A line of a document; `fault` says what is wrong across its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    line_number: LineNumber

    @model_validator(mode="after")
    def _across_fields(self) -> "LineMessage":
        fault = LINE_RULES.get(type(self).__name__, _no_fault)(self)
        if fault:
            raise PydanticCustomError("line_incomplete", fault)
        return self


def _unique(lines: "list[LineMessage]") -> "list[LineMessage]":
    if len({line.line_number for line in lines}) != len(lines):
        raise PydanticCustomError("duplicate_line", "line numbers must differ")
    return lines


LINES: Final = (Field(min_length=1, max_length=MAX_LINES), AfterValidator(_unique))


class PurchaseOrderItem(LineMessage):
    """What is ordered at which tax-inclusive price."""

    product_code: ProductCode
    quantity: Quantity
    unit: Unit
    price: Price | None = None
    """Tax-inclusive, for `price_base_quantity` units; None when the order names no price."""
    price_base_quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """How many units the price buys: unit prices of packs can be repeating decimals."""
    amount: Amount | None = None
    """The line value as the order states it."""
    manufacturer: Name | None = None
    contract_code: Number | None = None
    required_date: Day | None = None
    paid_offline: bool = False
    """Paid outside the platform before cut-over: in neither flow, still counted."""


class PurchaseOrder(DocumentMessage):
    """A hospital's order (采购订单). No date: `order_date_missing`, the delivery date decides."""

    kind: Literal["purchase_order"] = "purchase_order"
    document_date: Day | None = None
    lines: Annotated[list[PurchaseOrderItem], *LINES]


class OrderChangeItem(PurchaseOrderItem):
    """An order line restated in full; quantity 0 drops it."""

    quantity: QuantityOrZero


class OrderChange(DocumentMessage):
    """Restates lines of an order; may arrive before the order itself."""

    kind: Literal["order_change"] = "order_change"
    document_date: Day
    order_number: Number
    lines: Annotated[list[OrderChangeItem], *LINES]


class OrderCancellation(DocumentMessage):
    """Takes back an order, or one line of it."""

    kind: Literal["order_cancellation"] = "order_cancellation"
    document_date: Day
    order_number: Number
    order_line_number: LineNumber | None = None
    reason: Name | None = None


class DespatchItem(LineMessage):
    """What was sent."""

    product_code: ProductCode
    quantity: Quantity
    unit: Unit
    order_number: Number | None = None
    order_line_number: LineNumber | None = None
    lot_number: LotNumber | None = None
    expiry_date: Day | None = None


class DespatchAdvice(DocumentMessage):
    """A supplier's delivery note (配送单); `document_date` is the day of despatch."""

    kind: Literal["despatch_advice"] = "despatch_advice"
    document_date: Day
    lines: Annotated[list[DespatchItem], *LINES]


class GoodsReceiptItem(LineMessage):
    """What was accepted and what was turned away; together more than nothing."""

    product_code: ProductCode
    accepted_quantity: QuantityOrZero
    rejected_quantity: QuantityOrZero = "0"
    unit: Unit
    order_number: Number | None = None
    order_line_number: LineNumber | None = None
    despatch_number: Number | None = None
    lot_number: LotNumber | None = None
    expiry_date: Day | None = None
    trace_codes: (
        Annotated[list[TraceCode], Field(min_length=1, max_length=MAX_TRACE_CODES)] | None
    ) = None
    """追溯码 of the packs accepted, each once: counted, and looked for on every other receipt."""


class GoodsReceipt(DocumentMessage):
    """A hospital's receipt (收货验收); `document_date` is the day the goods were received."""

    kind: Literal["goods_receipt"] = "goods_receipt"
    document_date: Day
    accepted_date: Day | None = None
    """The day the goods were accepted (验收), from which payment is counted; None: the day they
    were received."""
    recorded_date: Day | None = None
    """The day the hospital booked it, when it says so."""
    lines: Annotated[list[GoodsReceiptItem], *LINES]


class ReceiptCancellation(DocumentMessage):
    """Takes back a receipt, or one line of it."""

    kind: Literal["receipt_cancellation"] = "receipt_cancellation"
    document_date: Day
    receipt_number: Number
    receipt_line_number: LineNumber | None = None
    reason: Name | None = None


class ChargeItem(LineMessage):
    """A charge: goods with product and quantity, or freight, insurance and the like."""

    charge_kind: ChargeKind = ChargeKind.GOODS
    product_code: ProductCode | None = None
    quantity: Quantity | None = None
    unit: Unit | None = None
    price: InvoicePrice | None = None
    net_amount: Amount
    """金额, without tax."""
    tax_amount: Amount
    """税额; the line's settled amount is net and tax together."""
    order_number: Number | None = None
    order_line_number: LineNumber | None = None
    receipt_number: Number | None = None
    receipt_line_number: LineNumber | None = None
    upstream_invoice_number: InvoiceNumber | None = None
    """The manufacturer's invoice to the distributor for these goods (两票制): that it is named is
    all that is checked."""


class InvoiceItem(ChargeItem):
    """What is charged. A goods line that names an earlier (blue) invoice bears no quantity: its
    amount is what a price raised afterwards adds to that line.
    """

    blue_invoice_number: InvoiceNumber | None = None
    blue_line_number: LineNumber | None = None
    """None: the first line of the product on that invoice."""
    lot_number: LotNumber | None = None
    """Paired with receipts of the same lot first."""


class Invoice(DocumentMessage):
    """A supplier's invoice (发票); its external number is the invoice number."""

    kind: Literal["invoice"] = "invoice"
    external_number: InvoiceNumber
    document_date: Day
    total_amount: Total
    """价税合计 as stated. When the lines do not add up to it the document carries
    `amount_rounding`; it is not refused."""
    lines: Annotated[list[InvoiceItem], *LINES]


class InvoiceVoid(DocumentMessage):
    """Takes back a whole invoice (作废)."""

    kind: Literal["invoice_void"] = "invoice_void"
    document_date: Day
    invoice_number: InvoiceNumber
    reason: Name | None = None


class CreditNoteItem(ChargeItem):
    """What is credited; amounts and quantities are positive.

    Without a quantity (or with 0) only the price is lowered (折让): then the amount is not 0.
    """

    quantity: QuantityOrZero | None = None
    blue_line_number: LineNumber | None = None


class CreditNote(DocumentMessage):
    """A red invoice (红字发票); amounts are positive and count against the blue one."""

    kind: Literal["credit_note"] = "credit_note"
    external_number: InvoiceNumber
    document_date: Day
    total_amount: Total
    blue_invoice_number: InvoiceNumber | None = None
    lines: Annotated[list[CreditNoteItem], *LINES]


class InvoiceLinkItem(LineMessage):
    """Binds an invoice line to an order line or a receipt line."""

    invoice_number: InvoiceNumber
    invoice_line_number: LineNumber
    order_number: Number | None = None
    order_line_number: LineNumber | None = None
    receipt_number: Number | None = None
    receipt_line_number: LineNumber | None = None
    quantity: Quantity | None = None
    """In the invoice line's unit; None binds the whole line."""
    mode: LinkMode = LinkMode.QUANTITY
    """`lines_to_invoice`: items of this link that name one invoice are the whole of it.
    `line_to_invoices`: items that name one line are all of its invoices, and those are its alone.
    The totals of both sides are equal, or all goods lines of the invoices are held."""


class InvoiceLink(DocumentMessage):
    """Says which orders or receipts invoice lines belong to, after the fact."""

    kind: Literal["invoice_link"] = "invoice_link"
    document_date: Day
    lines: Annotated[list[InvoiceLinkItem], *LINES]


class ReturnNoteItem(LineMessage):
    """What goes back."""

    product_code: ProductCode
    quantity: Quantity
    unit: Unit
    order_number: Number | None = None
    order_line_number: LineNumber | None = None
    receipt_number: Number | None = None
    receipt_line_number: LineNumber | None = None
    lot_number: LotNumber | None = None


class ReturnNote(DocumentMessage):
    """A hospital's return of goods (退货单); `document_date` is the day they went back."""

    kind: Literal["return_note"] = "return_note"
    document_date: Day
    lines: Annotated[list[ReturnNoteItem], *LINES]


class _ChargeLike(Protocol):
    charge_kind: str
    product_code: str | None
    quantity: str | None
    unit: str | None
    net_amount: str
    tax_amount: str


class _InvoiceLike(_ChargeLike, Protocol):
    blue_invoice_number: str | None
    blue_line_number: int | None


class _ReceiptLike(Protocol):
    accepted_quantity: str
    rejected_quantity: str
    trace_codes: list[str] | None


class _LinkLike(Protocol):
    order_number: str | None
    order_line_number: int | None
    receipt_number: str | None
    receipt_line_number: int | None
    quantity: str | None
    mode: str


def _no_fault(_line: object) -> str | None:
    return None


def _charge_is_named(line: _InvoiceLike) -> str | None:
    if line.blue_invoice_number is None:
        if line.blue_line_number is not None:
            return "a blue_line_number needs its blue_invoice_number"
        return _goods_are_named(line)
    if line.charge_kind != "goods" or line.product_code is None:
        return "a line that raises another's price names that line's product"
    if line.quantity is not None:
        return "a line that raises another's price bears no quantity"
    if not _states_an_amount(line):
        return "a line that raises another's price states by how much"
    return None


def _states_an_amount(line: _ChargeLike) -> bool:
    return bool(AMOUNT.parse(line.net_amount) or AMOUNT.parse(line.tax_amount))


def _goods_are_named(line: _ChargeLike) -> str | None:
    if line.charge_kind == "goods":
        if line.product_code is None or line.quantity is None or line.unit is None:
            return "a goods line needs product_code, quantity and unit"
    elif line.quantity is not None and line.unit is None:
        return "a quantity needs its unit"
    return None


def _credit_is_named(line: _ChargeLike) -> str | None:
    if line.quantity is not None and QUANTITY.accepts(line.quantity):
        return _goods_are_named(line)
    if line.charge_kind == "goods" and line.product_code is None:
        return "a goods line needs product_code"
    if not _states_an_amount(line):
        return "a line credits a quantity or an amount"
    return None


def _something_came(line: _ReceiptLike) -> str | None:
    if line.trace_codes and len(set(line.trace_codes)) < len(line.trace_codes):
        return "a trace code stands on the line twice"
    if QUANTITY.accepts(line.accepted_quantity) or QUANTITY.accepts(line.rejected_quantity):
        return None
    return "accepted_quantity and rejected_quantity are both 0"


def _something_is_linked(line: _LinkLike) -> str | None:
    if line.order_number is None and line.receipt_number is None:
        return "a link names an order_number or a receipt_number"
    if line.mode == "quantity":
        return None
    if line.quantity is not None:
        return "a link by totals states no quantity"
    order = line.order_number is not None and line.order_line_number is not None
    receipt = line.receipt_number is not None and line.receipt_line_number is not None
    if not (order or receipt):
        return "a link by totals names an order line or a receipt line"
    return None


LINE_RULES: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "InvoiceItem": _charge_is_named,
    "CreditNoteItem": _credit_is_named,
    "GoodsReceiptItem": _something_came,
    "InvoiceLinkItem": _something_is_linked,
}
"""Rules across the fields of a line, by the name of its message; shared with the bulk path."""

MESSAGES: Final[Mapping[DocumentKind, type[DocumentMessage]]] = {
    DocumentKind.PURCHASE_ORDER: PurchaseOrder,
    DocumentKind.ORDER_CHANGE: OrderChange,
    DocumentKind.ORDER_CANCELLATION: OrderCancellation,
    DocumentKind.DESPATCH_ADVICE: DespatchAdvice,
    DocumentKind.GOODS_RECEIPT: GoodsReceipt,
    DocumentKind.RECEIPT_CANCELLATION: ReceiptCancellation,
    DocumentKind.INVOICE: Invoice,
    DocumentKind.INVOICE_VOID: InvoiceVoid,
    DocumentKind.CREDIT_NOTE: CreditNote,
    DocumentKind.INVOICE_LINK: InvoiceLink,
    DocumentKind.RETURN_NOTE: ReturnNote,
}
"""The one definition of each kind."""
