"""How rows of a fund file are read, and what a movement of claim capacity is. Pure."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from schemas.messages.fund_claims import FundRow
from schemas.problems import Fault

MAX_ROWS: Final = 200_000
COLUMNS: Final = tuple(FundRow.model_fields)


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


class FileUnreadable(ValueError):
    """The file as a whole cannot be read; `fault` says where and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def read_rows(content: bytes, *, media_type: str) -> Iterator[ReadRow]:
    """Each data row of a CSV (with header) or NDJSON file, in order.

    Raises FileUnreadable where the file breaks: not UTF-8, an unknown or missing column, a line
    that is no JSON object, too many rows.
    """
    text = _decode(content)
    raw = _csv_rows(text) if media_type == "text/csv" else _json_rows(text)
    for row_no, values in enumerate(raw, start=1):
        if row_no > MAX_ROWS:
            raise FileUnreadable(Fault(f"row {row_no}", "too_many_rows", f"more than {MAX_ROWS}"))
        yield _fund_row(values)


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
        raise FileUnreadable(Fault(place, "encoding", "the file is not UTF-8")) from error


def _csv_rows(text: str) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", strict=True)
    try:
        unknown = set(reader.fieldnames or ()) - set(COLUMNS)
        missing = {"kind", "hospital_code", "amount"} - set(reader.fieldnames or ())
        if unknown or missing:
            names = ", ".join(sorted(unknown | missing))
            message = f"unknown or missing columns: {names}"
            raise FileUnreadable(Fault("line 1", "columns", message))
        for row in reader:
            yield {name: value for name, value in row.items() if value not in ("", None)}
    except csv.Error as error:
        place = f"line {reader.line_num}"
        raise FileUnreadable(Fault(place, "csv", str(error))) from error


def _json_rows(text: str) -> Iterator[dict[str, Any]]:
    for line_no, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            fault = Fault(f"line {line_no}", "json", "the line is not JSON")
            raise FileUnreadable(fault) from error
        if not isinstance(values, dict):
            raise FileUnreadable(Fault(f"line {line_no}", "json", "the line is not an object"))
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
