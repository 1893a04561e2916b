"""Party rows and files with valid defaults, and the seeding of a small set of parties."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from schemas.codes.cnaps import with_check_digit
from schemas.codes.hospital_codes import hospital_code
from schemas.codes.uscc import with_check_character

AREA: Final = "370100"
OTHER_AREA: Final = "370200"


def uscc(serial: int = 1) -> str:
    """A valid USCC by serial number."""
    return with_check_character(f"91370000{serial:09d}")


def cnaps(serial: int = 1) -> str:
    """A valid CNAPS code by serial number."""
    return with_check_digit(f"1024510{serial:04d}")


def account_number(serial: int = 1) -> str:
    """A 19-digit account number by serial number."""
    return f"622848{serial:013d}"


def csv_file(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as a CSV file; the columns are those of the first row."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def area_row(**changes: Any) -> dict[str, Any]:
    return {"area_code": "990001", "name": "试验区", "province_code": "990000"} | changes


def agency_row(**changes: Any) -> dict[str, Any]:
    return {"area_code": AREA, "agency_code": "A3701", "name": "济南市医保经办机构"} | changes


def hospital_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    area = changes.get("area_code", AREA)
    return {
        "area_code": area,
        "hospital_code": hospital_code(area, serial),
        "name": f"第{serial}医院",
        "level": "三级甲等",
        "ownership": "公立",
    } | changes


def supplier_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {"uscc": uscc(serial), "name": f"配送企业{serial}", "is_sme": "否"} | changes


def supplier_alias_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {"alias": f"老字号（{serial}）", "uscc": uscc(serial)} | changes


def source_system_row(**changes: Any) -> dict[str, Any]:
    return {"code": "HIS-1", "name": "医院系统", "revision_profile": "refuse"} | changes


def payee_account_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "uscc": uscc(serial),
        "account_number": account_number(serial),
        "account_name": f"配送企业{serial}",
        "cnaps_code": cnaps(serial),
        "valid_from": "2025-01-01",
    } | changes


def agency_account_row(scheme: str = "310", **changes: Any) -> dict[str, Any]:
    return {
        "area_code": AREA,
        "agency_code": "A3701",
        "scheme": scheme,
        "account_number": account_number(900_000 + int(scheme)),
        "account_name": "济南市医保经办机构",
        "cnaps_code": cnaps(9),
        "valid_from": "2025-01-01",
        "valid_to": "",
    } | changes


def mandate_row(serial: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "hospital_code": hospital_code(AREA, serial),
        "document_reference": f"委托-{serial}",
        "valid_from": "2025-01-01",
        "valid_to": "2026-12-31",
    } | changes


def calendar_row(**changes: Any) -> dict[str, Any]:
    return {"day": "2015-01-01", "is_working": "否", "name": "元旦", "source": "test"} | changes
