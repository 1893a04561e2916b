"""Tables out of CSV and XLSX files: bytes in, cells as text out, with the place of every fault.

Nothing is evaluated and nothing is guessed away: formulas, numbers that a spreadsheet has
rounded, broken encodings and ragged rows are faults with a place.
"""

import csv
import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from sys import intern
from typing import ClassVar, Final

from python_calamine import CalamineError, CalamineWorkbook

from schemas.problems import Fault, Invalid

MAX_FILE_BYTES: Final = 64 << 20
MAX_UNPACKED_BYTES: Final = 512 << 20
MAX_ROWS: Final = 500_000
UTF8_MARK: Final = b"\xef\xbb\xbf"
EXACT_FLOAT_LIMIT: Final = 10**15
"""Spreadsheets keep 15 significant digits: a longer number has already lost some."""
_FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?=.)(?![0-9.]+$)")
_FORMULA_ELEMENT: Final = re.compile(rb'<c r="([A-Z]+[0-9]+)"[^>]*><f[ >/]')
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ufffe\uffff]")
_KEPT_AS_TEXT: Final = re.compile(r'="([^"]*)"')
_BLANKS: Final = " \t\u3000\u00a0"
_CJK_IN_UTF8: Final = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}){2}")


_OPENS_FORMULA: Final = re.compile(r"[=+@\t\r\n＝＋－＠-](?!(?<=[+-])[0-9]+(?:\.[0-9]+)?$)")


def guarded(cell: object) -> str:
    """A cell of a table we write, as text: what a spreadsheet would take for a formula gets an
    apostrophe in front, so that nobody's order number is evaluated; plain numbers stay numbers."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if _OPENS_FORMULA.match(text) else text


class FileRefused(Invalid):
    """The file as a whole cannot be read as a table; no row of it was looked at."""

    code: ClassVar[str] = "file_refused"
    title: ClassVar[str] = "The file cannot be read as a table"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its line in the file (the header is line 1) and its filled cells by column."""

    number: int
    cells: dict[str, str]
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Sheet:
    """A table with named columns; empty rows are left out."""

    header: tuple[str, ...]
    rows: list[SheetRow]


def read_sheet(content: bytes) -> Sheet:
    """The first table of a CSV or XLSX file. Raises FileRefused with the place of each fault."""
    if len(content) > MAX_FILE_BYTES:
        raise _refused("file", "too_large", f"the file is larger than {MAX_FILE_BYTES} bytes")
    if content.startswith(b"PK\x03\x04"):
        return _table(_xlsx_lines(content))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refused("file", "old_format", "save the workbook as .xlsx or .csv")
    return _table(_csv_lines(_decoded(content)))


def read_cells(
    content: bytes, *, encoding: str | None = None, delimiter: str | None = None
) -> Iterator[tuple[int, list[str | date]]]:
    """Lines of a table wherever its header is, cells as texts and days: of the first sheet of a
    workbook, or of text in a declared encoding with a declared delimiter.

    A bank's words may begin like a formula, for nothing is evaluated. Raises FileRefused, for
    formulas of a workbook too.
    """
    if len(content) > MAX_FILE_BYTES:
        raise _refused("file", "too_large", f"the file is larger than {MAX_FILE_BYTES} bytes")
    if encoding is None or delimiter is None:
        lines = _xlsx_lines(content)
    else:
        lines = _csv_lines(_decode(content, encoding), delimiter)
    for count, line in enumerate(lines, start=1):
        if count > MAX_ROWS:
            raise _refused(f"line {line[0]}", "too_many_rows", f"more than {MAX_ROWS} rows")
        yield line[0], [_plain(cell, line[0]) for cell in line[1]]


def _plain(cell: object, line: int) -> str | date:
    """A cell as text or day, without what keeps spreadsheets from changing it."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        text, fault = _number(cell)
        if fault is not None:
            raise _refused(f"line {line}", *fault)
        return text
    text = "" if cell is None else str(cell)
    if "\x00" in text:
        raise _refused(f"line {line}", "control_character", "a cell holds a zero byte")
    text = text.strip(_BLANKS)
    kept = _KEPT_AS_TEXT.fullmatch(text)
    return (kept[1] if kept else text.removeprefix("'")).strip(_BLANKS)


def require_columns(sheet: Sheet, *, known: Sequence[str], required: Sequence[str]) -> None:
    """Refuses a file with columns that mean nothing here, or without those that must be there."""
    faults = [
        Fault(f"header, column {name}", "unknown_column", "this kind of file has no such column")
        for name in sheet.header
        if name not in known
    ]
    faults += [
        Fault("header", "missing_column", f"the column {name} is missing")
        for name in required
        if name not in sheet.header
    ]
    if faults:
        raise FileRefused(faults=faults)


def _refused(place: str, code: str, message: str) -> FileRefused:
    return FileRefused(message, faults=[Fault(place, code, message)])


def _decoded(content: bytes) -> str:
    """Text of UTF-8, UTF-16 with a byte order mark, or GB 18030; never of two of them mixed."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            return _decode(content, encoding)
    body = content.removeprefix(UTF8_MARK)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(body) < len(content):
            raise _bad_bytes(body, error, skipped=len(UTF8_MARK)) from error
    for number, line in enumerate(content.splitlines(), start=1):
        if _CJK_IN_UTF8.search(line) and _is_utf8(line):
            raise _refused(
                f"line {number}", "mixed_encodings", "some lines are UTF-8 and others are not"
            )
    return _decode(content, "gb18030")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise _bad_bytes(content, error) from error


def _bad_bytes(content: bytes, error: UnicodeDecodeError, skipped: int = 0) -> FileRefused:
    line = content.count(b"\n", 0, error.start) + 1
    return _refused(
        f"line {line}, byte {error.start + skipped}",
        "bad_encoding",
        "the bytes are neither UTF-8, UTF-16 with a byte order mark, nor GB 18030",
    )


_Line = tuple[int, list[object]]
_BROKEN_ARCHIVE: Final = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError),
    *(ValueError, UnicodeDecodeError, struct.error),
)
"""What the archive reader raises on bytes that only begin like an archive."""


def _csv_lines(text: str, delimiter: str | None = None) -> Iterator[_Line]:
    head = text.partition("\n")[0]
    delimiter = delimiter or max(",\t;", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    started = 1
    try:
        for cells in reader:
            yield started, list(cells)
            started = reader.line_num + 1
    except csv.Error as error:
        raise _refused(f"line {started}", "bad_csv", str(error)) from error


def _xlsx_lines(content: bytes) -> Iterator[_Line]:
    _refuse_formulas(content)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, IndexError) as error:
        raise _refused("file", "bad_workbook", "the workbook cannot be opened") from error
    yield from ((number, list[object](cells)) for number, cells in enumerate(rows, start=1))


def _refuse_formulas(content: bytes) -> None:
    """A formula's value is whatever program last computed it: refused, with its cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise _refused("file", "too_large", "the workbook unpacks to too many bytes")
            sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            found = [
                cell.decode()
                for name in sorted(sheets)
                if name.endswith(".xml")
                for cell in _FORMULA_ELEMENT.findall(archive.read(name))
            ]
    except _BROKEN_ARCHIVE as error:
        raise _refused("file", "bad_workbook", "the workbook cannot be unpacked") from error
    if found:
        message = "the cell holds a formula; paste values instead"
        raise FileRefused(
            message, faults=[Fault(f"cell {cell}", "formula", message) for cell in found[:100]]
        )


def _table(lines: Iterator[_Line]) -> Sheet:
    header = _header(lines)
    rows: list[SheetRow] = []
    for number, cells in lines:
        if len(rows) >= MAX_ROWS:
            raise _refused(f"line {number}", "too_many_rows", f"more than {MAX_ROWS} rows")
        if any(cell not in ("", None) for cell in cells):
            rows.append(_row(number, header, cells))
    return Sheet(header, rows)


def _header(lines: Iterator[_Line]) -> tuple[str, ...]:
    _, cells = next(lines, (1, []))
    names = [str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise _refused("line 1", "no_header", "the first line must name the columns")
    faults = [
        Fault(f"header, column {position}", "unnamed_column", "the column has no name")
        for position, name in enumerate(names, start=1)
        if not name
    ]
    faults += [
        Fault(f"header, column {name}", "repeated_column", "the column is named twice")
        for name, times in Counter(names).items()
        if name and times > 1
    ]
    if faults:
        raise FileRefused(faults=faults)
    return tuple(names)


def _row(number: int, header: tuple[str, ...], cells: list[object]) -> SheetRow:
    found: dict[str, str] = {}
    faults: list[Fault] = []
    if any(cell not in ("", None) for cell in cells[len(header) :]):
        faults.append(Fault("", "too_many_cells", f"more than {len(header)} cells"))
    for name, cell in zip(header, cells, strict=False):
        text, fault = _cell(cell)
        if fault is not None:
            faults.append(Fault(name, *fault))
        elif text:
            found[name] = intern(text)  # codes and days repeat: a large file is held once
    return SheetRow(number, found, tuple(faults))


def _cell(cell: object) -> tuple[str, tuple[str, str] | None]:
    """A cell's text, or the code and message of its fault."""
    if isinstance(cell, str):
        text = cell.strip(" \u3000\u00a0")
        if _FORMULA.match(text):
            return "", ("formula", "the cell starts like a formula")
        if _CONTROL.search(text):
            return "", ("control_character", "the cell holds a line break or control character")
        return text, None
    if isinstance(cell, bool):
        return ("true" if cell else "false"), None
    if isinstance(cell, (int, float)):
        return _number(cell)
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == time() else cell).isoformat(), None
    if isinstance(cell, date):
        return cell.isoformat(), None
    return "", (None if cell is None else ("not_text", "the cell holds a time or duration"))


def _number(value: float) -> tuple[str, tuple[str, str] | None]:
    if abs(value) >= EXACT_FLOAT_LIMIT:
        return "", ("number_not_exact", "the spreadsheet rounded this number: store it as text")
    if value == int(value):
        return str(int(value)), None
    return format(value, ".15g"), None
