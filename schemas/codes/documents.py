"""Closed lists of the documents feature: kinds, who issues them, states and line outcomes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class DocumentKind(StrEnum):
    """Every document that can come in; corrections and cancellations are documents too."""

    PURCHASE_ORDER = "purchase_order"
    ORDER_CHANGE = "order_change"
    ORDER_CANCELLATION = "order_cancellation"
    DESPATCH_ADVICE = "despatch_advice"
    GOODS_RECEIPT = "goods_receipt"
    RECEIPT_CANCELLATION = "receipt_cancellation"
    INVOICE = "invoice"
    INVOICE_VOID = "invoice_void"
    CREDIT_NOTE = "credit_note"
    INVOICE_LINK = "invoice_link"
    RETURN_NOTE = "return_note"


class Issuer(StrEnum):
    """Which party of a trade issues a document."""

    HOSPITAL = "hospital"
    SUPPLIER = "supplier"


ISSUERS: Final[Mapping[DocumentKind, Issuer]] = {
    DocumentKind.PURCHASE_ORDER: Issuer.HOSPITAL,
    DocumentKind.ORDER_CHANGE: Issuer.HOSPITAL,
    DocumentKind.ORDER_CANCELLATION: Issuer.HOSPITAL,
    DocumentKind.DESPATCH_ADVICE: Issuer.SUPPLIER,
    DocumentKind.GOODS_RECEIPT: Issuer.HOSPITAL,
    DocumentKind.RECEIPT_CANCELLATION: Issuer.HOSPITAL,
    DocumentKind.INVOICE: Issuer.SUPPLIER,
    DocumentKind.INVOICE_VOID: Issuer.SUPPLIER,
    DocumentKind.CREDIT_NOTE: Issuer.SUPPLIER,
    DocumentKind.INVOICE_LINK: Issuer.SUPPLIER,
    DocumentKind.RETURN_NOTE: Issuer.HOSPITAL,
}
"""Who issues each kind: the issuer is part of a document's identity."""


class DocumentState(StrEnum):
    """Whether a document, or one line of it, still counts. Matching reads `effective` only."""

    EFFECTIVE = "effective"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class ChargeKind(StrEnum):
    """What an invoice line charges; only goods are contracted."""

    GOODS = "goods"
    FREIGHT = "freight"
    INSURANCE = "insurance"
    OTHER = "other"


class LinkMode(StrEnum):
    """What an invoice link says: a quantity of a line; that several lines are one whole invoice; or
    that one line is several whole invoices, which are its own alone. Totals of the last two agree.
    """

    QUANTITY = "quantity"
    LINES_TO_INVOICE = "lines_to_invoice"
    LINE_TO_INVOICES = "line_to_invoices"


class IntakeFormat(StrEnum):
    """How a bulk body is laid out."""

    NDJSON = "ndjson"
    JSON = "json"
    CSV = "csv"


class IntakeState(StrEnum):
    """How far an intake has come."""

    RECEIVING = "receiving"
    REFUSED = "refused"
    RECEIVED = "received"
    APPLIED = "applied"


class RecordOutcome(StrEnum):
    """What became of one record of an intake: received = accepted + unchanged + rejected."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class InvoiceFlag(StrEnum):
    """What the province-wide registry found against an invoice number."""

    DUPLICATE = "invoice_duplicate"
    OVERDRAWN = "invoice_overdrawn"


def sql_list(values: type[StrEnum]) -> str:
    """The members of a closed list as an SQL list, for CHECK constraints."""
    return ", ".join(f"'{member.value}'" for member in values)
