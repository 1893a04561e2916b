"""Valid documents as plain dictionaries; every keyword replaces a member."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from schemas.codes.uscc import with_check_character
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope

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


def price_reduction(number: str = CREDIT_NUMBER, **changes: Any) -> dict[str, Any]:
    """A credit note that lowers the price of what was invoiced, not its quantity."""
    line = {"line_number": 1, "product_code": DRUG, "net_amount": "13.27", "tax_amount": "1.73"}
    return credit_note(number, **({"total_amount": "15.00", "lines": [line]} | changes))


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


# ── parties that the documents name ─────────────────────────────────────────────────────────

AREA = "370100"
OTHER_AREA = "370200"
OTHER_HOSPITAL_CODE = "H37020000001"
OTHER_SUPPLIER_USCC = with_check_character("91370200000000002")


@dataclass(frozen=True)
class Trade:
    """Ids of the parties and the product that the documents above name."""

    hospital_id: UUID
    other_hospital_id: UUID
    supplier_id: UUID
    other_supplier_id: UUID
    drug_id: UUID


async def seed_trade(database: Database) -> Trade:
    """Two hospitals in two areas, two suppliers, one drug (盒 = 10 片, 箱 = 10/3 片), sources
    `his` and `tax` (refuse repeated numbers) and `old` (counts revisions by arrival)."""
    async with database.platform() as uow:
        await uow.execute(
            "INSERT INTO source_system (code, name, revision_profile)"
            " VALUES ('his', 'his', 'refuse'), ('tax', 'tax', 'refuse'),"
            " ('old', 'old', 'next_revision')"
        )
        suppliers = [
            await uow.fetch_value(
                "INSERT INTO supplier (uscc, name, name_pinyin, is_sme)"
                " VALUES (:uscc, :uscc, 'x', false) RETURNING id",
                uscc=uscc,
            )
            for uscc in (SUPPLIER_USCC, OTHER_SUPPLIER_USCC)
        ]
        drug_id = await uow.fetch_value(
            "INSERT INTO product"
            " (product_code, name, name_pinyin, kind, specification, smallest_unit)"
            " VALUES (:code, 'drug', 'drug', 'drug', '10mg', '片') RETURNING id",
            code=DRUG,
        )
        await uow.execute(
            "INSERT INTO product_unit (product_id, unit, numerator, denominator)"
            " VALUES (:id, '片', 1, 1), (:id, '盒', 10, 1), (:id, '箱', 10, 3)",
            id=drug_id,
        )
    hospitals = [
        await _seed_hospital(database, area_code, code)
        for area_code, code in ((AREA, HOSPITAL_CODE), (OTHER_AREA, OTHER_HOSPITAL_CODE))
    ]
    return Trade(*hospitals, *suppliers, drug_id)


async def _seed_hospital(database: Database, area_code: str, code: str) -> UUID:
    async with database.begin(AreaScope(area_code)) as uow:
        hospital_id: UUID = await uow.fetch_value(
            "INSERT INTO hospital"
            " (area_code, hospital_code, name, name_pinyin, level, ownership)"
            " VALUES (:area_code, :code, :code, 'x', 'unknown', 'unknown') RETURNING id",
            area_code=area_code,
            code=code,
        )
        await uow.execute(
            "INSERT INTO hospital_registry (hospital_code, area_code, hospital_id)"
            " VALUES (:code, :area_code, :hospital_id)",
            code=code,
            area_code=area_code,
            hospital_id=hospital_id,
        )
    return hospital_id
