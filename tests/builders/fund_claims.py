"""Rows of a fund file with valid defaults."""

import csv
import io
from typing import Any

COLUMNS = (
    "kind", "hospital_code", "scheme", "month", "version", "amount", "stage", "movement",
    "external_number", "paid_date",
)  # fmt: skip
COMMON = {
    "hospital_code": "H37010000001",
    "scheme": "310",
    "month": "2026-02",
    "version": "1",
    "amount": "100.00",
}


def claim(**changes: Any) -> dict[str, Any]:
    """A settled claim of the first hospital built in the area."""
    return COMMON | {"kind": "claim", "stage": "settled"} | changes


def advance(**changes: Any) -> dict[str, Any]:
    """An advance already paid to it."""
    own = {"kind": "advance", "external_number": "A-1", "paid_date": "2026-02-15"}
    return COMMON | own | changes


def prepayment(**changes: Any) -> dict[str, Any]:
    """A prepayment granted, or due for recovery."""
    own = {
        "kind": "prepayment", "movement": "granted", "external_number": "P-1",
        "paid_date": "2026-01-10",
    }  # fmt: skip
    return COMMON | own | changes


def fund_file(*rows: dict[str, Any]) -> bytes:
    """The rows as a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
