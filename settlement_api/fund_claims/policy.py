"""How rows of a fund file are read, and what a movement of claim capacity is. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from schemas.messages.fund_claims import FundRow
from schemas.problems import Fault
from settlement_api.spreadsheets import FileRefused, read_sheet, require_columns

MAX_ROWS: Final = 200_000
COLUMNS: Final = tuple(FundRow.model_fields)
REQUIRED: Final = tuple(name for name, field in FundRow.model_fields.items() if field.is_required())
NDJSON: Final = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class CapacityPart:
    """An amount (fen, >= 0) of one hospital's claim of one month ('YYYY-MM') and scheme."""

    hospital_id: UUID
    scheme: str
    month: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that is no fund document, and why."""

    reason: str
    message: str


ReadRow = FundRow | Unreadable


def read_rows(content: bytes, *, media_type: str) -> Iterator[ReadRow]:
    """Each data row of a table (CSV, XLSX) or NDJSON file, in order.

    Raises FileRefused where the file as a whole breaks: its encoding, an unknown or missing
    column, a line that is no JSON object, too many rows.
    """
    rows = _json_rows(content) if media_type == NDJSON else _sheet_rows(content)
    for row_no, row in enumerate(rows, start=1):
        if row_no > MAX_ROWS:
            raise _refused(f"row {row_no}", "too_many_rows", f"more than {MAX_ROWS} rows")
        yield row if isinstance(row, Unreadable) else _fund_row(row)


def _refused(place: str, code: str, message: str) -> FileRefused:
    return FileRefused(faults=[Fault(place, code, message)])


def _sheet_rows(content: bytes) -> Iterator[dict[str, Any] | Unreadable]:
    sheet = read_sheet(content)
    require_columns(sheet, known=COLUMNS, required=REQUIRED)
    for row in sheet.rows:
        if row.faults:
            yield Unreadable("invalid", "; ".join(fault.message for fault in row.faults))
        else:
            yield {name: value for name, value in row.cells.items() if value}


def _json_rows(content: bytes) -> Iterator[dict[str, Any]]:
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
        raise _refused(place, "bad_encoding", "the file is not UTF-8") from error
    for line_no, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise _refused(f"line {line_no}", "json", "the line is not JSON") from error
        if not isinstance(values, dict):
            raise _refused(f"line {line_no}", "json", "the line is not a JSON object")
        yield values


def _fund_row(values: dict[str, Any]) -> ReadRow:
    try:
        return FundRow.model_validate(values)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        named = ("/".join(str(part) for part in fault["loc"]) or "row" for fault in faults)
        said = "; ".join(
            f"{place}: {fault['msg']}" for place, fault in zip(named, faults, strict=True)
        )
        return Unreadable("invalid", said)
