"""Product and contract rows with valid defaults."""

from typing import Any

from tests.builders.parties import AREA, uscc


def product_code(serial: int = 1) -> str:
    """A western drug's code by serial number."""
    return f"XA10BA02{serial:015d}"


def product_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "product_code": product_code(serial),
        "name": f"药品{serial}",
        "kind": "drug",
        "specification": "10mg",
        "smallest_unit": "片",
        "units": "盒=28",
    } | changes


def round_row(**changes: Any) -> dict[str, Any]:
    return {"round_code": "4+7", "name": "国家集采", "level": "national"} | changes


def product_group_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "product_code": product_code(serial),
        "round_code": "4+7",
        "group_code": "metformin-oral",
    } | changes


def contract_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "contract_code": "VBP-1",
        "item_no": str(serial),
        "round_code": "4+7",
        "product_code": product_code(serial),
        "manufacturer": f"生产企业{serial}",
        "holder_uscc": uscc(500 + serial),
        "pack_price": "3.36",
        "pack_size": "28",
        "pack_size_inferred": "否",
        "scope_codes": "370000",
        "valid_from": "2025-01-01",
        "valid_to": "2026-12-31",
    } | changes


def charge_term_row(**changes: Any) -> dict[str, Any]:
    return {
        "contract_code": "VBP-1",
        "charge_kind": "运费",
        "terms": "另行支付",
        "most_percent": "2",
        "most_amount": "",
        "valid_from": "2025-01-01",
        "valid_to": "",
    } | changes


def authorization_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "product_code": product_code(serial),
        "uscc": uscc(1),
        "area_code": AREA,
        "valid_from": "2025-01-01",
        "valid_to": "",
    } | changes


def agreed_volume_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "area_code": AREA,
        "contract_code": "VBP-1",
        "item_no": str(serial),
        "manufacturer": f"生产企业{serial}",
        "scope_code": "370000",
        "year": "2025",
        "quantity": "120000",
    } | changes
