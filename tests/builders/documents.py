"""Valid documents as plain dictionaries; every keyword replaces a member."""

import json
from typing import Any

from schemas.codes.uscc import with_check_character

HOSPITAL_CODE = "H37010000001"
SUPPLIER_USCC = with_check_character("91370100000000001")
DRUG = "XA01ABA060A001010100001"
CONSUMABLE = "C0101010010000000001"
INVOICE_NUMBER = "26372000000000000001"
CREDIT_NUMBER = "26372000000000000999"


def _head(kind: str, number: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "source_system": "his",
        "external_number": number,
        "hospital_code": HOSPITAL_CODE,
        "supplier_uscc": SUPPLIER_USCC,
        "document_date": "2026-07-01",
    }


def order_item(line_number: int = 1, **changes: Any) -> dict[str, Any]:
    line = {"line_number": line_number, "product_code": DRUG, "quantity": "100", "unit": "盒"}
    return line | {"price": "12.5", "amount": "1250.00"} | changes


def purchase_order(number: str = "PO-1", **changes: Any) -> dict[str, Any]:
    return _head("purchase_order", number) | {"lines": [order_item()]} | changes


def order_change(
    number: str = "OC-1", order_number: str = "PO-1", **changes: Any
) -> dict[str, Any]:
    body = {"order_number": order_number, "lines": [order_item(quantity="60")]}
    return _head("order_change", number) | body | changes


def order_cancellation(
    number: str = "OX-1", order_number: str = "PO-1", **changes: Any
) -> dict[str, Any]:
    return _head("order_cancellation", number) | {"order_number": order_number} | changes


def despatch_advice(number: str = "DA-1", **changes: Any) -> dict[str, Any]:
    line = {"line_number": 1, "product_code": DRUG, "quantity": "100", "unit": "盒"}
    line |= {"order_number": "PO-1", "order_line_number": 1, "lot_number": "L1"}
    return _head("despatch_advice", number) | {"lines": [line]} | changes


def receipt_item(line_number: int = 1, **changes: Any) -> dict[str, Any]:
    line = {"line_number": line_number, "product_code": DRUG, "accepted_quantity": "100"}
    line |= {"unit": "盒", "order_number": "PO-1", "order_line_number": 1}
    return line | {"lot_number": "L1", "expiry_date": "2028-01-31"} | changes


def goods_receipt(number: str = "GR-1", **changes: Any) -> dict[str, Any]:
    return _head("goods_receipt", number) | {"lines": [receipt_item()]} | changes


def receipt_cancellation(
    number: str = "RX-1", receipt_number: str = "GR-1", **changes: Any
) -> dict[str, Any]:
    return _head("receipt_cancellation", number) | {"receipt_number": receipt_number} | changes


def invoice_item(line_number: int = 1, **changes: Any) -> dict[str, Any]:
    line = {"line_number": line_number, "product_code": DRUG, "quantity": "100", "unit": "盒"}
    line |= {"price": "11.0619469026549", "net_amount": "1106.19", "tax_amount": "143.81"}
    return line | {"order_number": "PO-1", "order_line_number": 1} | changes


def invoice(number: str = INVOICE_NUMBER, **changes: Any) -> dict[str, Any]:
    body = {"total_amount": "1250.00", "lines": [invoice_item()]}
    return _head("invoice", number) | body | changes


def invoice_void(
    number: str = "IV-1", invoice_number: str = INVOICE_NUMBER, **changes: Any
) -> dict[str, Any]:
    return _head("invoice_void", number) | {"invoice_number": invoice_number} | changes


def credit_note(number: str = CREDIT_NUMBER, **changes: Any) -> dict[str, Any]:
    body = {"total_amount": "1250.00", "blue_invoice_number": INVOICE_NUMBER}
    return _head("credit_note", number) | body | {"lines": [invoice_item()]} | changes


def invoice_link(number: str = "IL-1", **changes: Any) -> dict[str, Any]:
    line = {"line_number": 1, "invoice_number": INVOICE_NUMBER, "invoice_line_number": 1}
    line |= {"order_number": "PO-1", "order_line_number": 1}
    return _head("invoice_link", number) | {"lines": [line]} | changes


def return_note(number: str = "RN-1", **changes: Any) -> dict[str, Any]:
    line = {"line_number": 1, "product_code": DRUG, "quantity": "10", "unit": "盒"}
    line |= {"receipt_number": "GR-1", "receipt_line_number": 1}
    return _head("return_note", number) | {"lines": [line]} | changes


EVERY_KIND = (
    purchase_order,
    order_change,
    order_cancellation,
    despatch_advice,
    goods_receipt,
    receipt_cancellation,
    invoice,
    invoice_void,
    credit_note,
    invoice_link,
    return_note,
)


def as_bytes(document: dict[str, Any]) -> bytes:
    """The document as one NDJSON line without its end."""
    return json.dumps(document, ensure_ascii=False).encode()


def ndjson(*documents: dict[str, Any]) -> bytes:
    """A bulk body, one document a line."""
    return b"".join(as_bytes(document) + b"\n" for document in documents)
