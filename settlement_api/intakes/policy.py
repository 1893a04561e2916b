"""Reads a bulk body as it streams: inflating, decoding, cutting into records. Pure.

The same reader checks a body while it is received and reads it again when it is applied, so
that both see the same records at the same places.
"""

import codecs
import csv
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol

import msgspec

from schemas.codes.documents import DocumentKind, IntakeFormat
from schemas.messages.bulk import SHAPES
from schemas.messages.documents import MAX_LINES
from schemas.problems import Fault
from settlement_api.intakes.errors import BodyBroken, IntakeTooLarge, MediaUnknown

LARGEST_RECORD: Final = 8 << 20
LARGEST_ARRAY: Final = 32 << 20
INFLATE_STEP: Final = 1 << 20
UTF8_BOM: Final = codecs.BOM_UTF8
FOREIGN_BOMS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
FORMATS: Final = {
    "application/x-ndjson": IntakeFormat.NDJSON,
    "application/ndjson": IntakeFormat.NDJSON,
    "application/jsonl": IntakeFormat.NDJSON,
    "application/json": IntakeFormat.JSON,
    "text/csv": IntakeFormat.CSV,
}
ENCODINGS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
}
_SYNTAX: Final = msgspec.json.Decoder(msgspec.Raw)
_ARRAY: Final = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class BodyForm:
    """How a body is laid out, as its headers declare it."""

    format: IntakeFormat
    encoding: str
    compressed: bool
    kind: DocumentKind | None


@dataclass(frozen=True, slots=True)
class Record:
    """One document of a body, as JSON, with its place and digest.

    `number` to `last_number` are the lines, elements or CSV rows it was made of (1-based);
    `position` and `length` are bytes of the decoded body.
    """

    number: int
    last_number: int
    position: int
    length: int
    sha256: bytes
    content: bytes
    faults: tuple[Fault, ...] = ()

    @property
    def count(self) -> int:
        """How many received records it stands for."""
        return self.last_number - self.number + 1


def parse_form(
    *, content_type: str, content_encoding: str, encoding: str | None, kind: DocumentKind | None
) -> BodyForm:
    """The form a request declares. Raises MediaUnknown."""
    media, _, parameters = content_type.lower().partition(";")
    charset = encoding or "utf-8"
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "charset":
            charset = value.strip('"')
    chosen = FORMATS.get(media.strip())
    known = ENCODINGS.get(charset.lower())
    packing = content_encoding.strip().lower()
    if chosen is None or known is None or packing not in ("", "identity", "gzip"):
        raise MediaUnknown(content_type=content_type, content_encoding=content_encoding)
    return BodyForm(chosen, known, packing == "gzip", kind)


class BodyReader:
    """Takes the bytes of a body as they came and gives its records.

    Raises BodyBroken at the first byte that cannot be read, IntakeTooLarge over `limit` decoded
    bytes.
    """

    def __init__(self, form: BodyForm, *, limit: int) -> None:
        self._inflater = Inflater() if form.compressed else None
        self._text = TextReader(form.encoding)
        self._cutter = make_cutter(form)
        self.limit = limit
        self._size = 0

    def feed(self, raw: bytes) -> Iterator[Record]:
        """The records that end within these bytes."""
        for piece in self._inflated(raw):
            self._size += len(piece)
            if self._size > self.limit:
                raise IntakeTooLarge(limit_bytes=self.limit)
            yield from self._cutter.feed(self._decoded(piece))

    def finish(self) -> Iterator[Record]:
        """The records that only the end of the body completes."""
        if self._inflater:
            self._inflater.finish(self._text.line)
        yield from self._cutter.feed(self._text.finish())
        yield from self._cutter.finish()

    def _inflated(self, raw: bytes) -> Iterable[bytes]:
        if self._inflater is None:
            return (raw,)
        return self._inflater.feed(raw, self._text.line)

    def _decoded(self, piece: bytes) -> bytes:
        return self._text.feed(piece)


class Inflater:
    """gzip, member after member, never more than a megabyte at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._consumed = 0
        self._started = False

    def feed(self, raw: bytes, line: int) -> Iterator[bytes]:
        """What these bytes inflate to, in steps."""
        rest = raw
        while rest:
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            self._started = True
            try:
                piece = self._member.decompress(rest, INFLATE_STEP)
            except zlib.error as error:
                place = self._consumed + len(raw) - len(rest)
                raise BodyBroken("gzip", f"not gzip: {error}", line=line, byte=place) from error
            rest = self._member.unconsumed_tail or self._member.unused_data
            if piece:
                yield piece
        self._consumed += len(raw)

    def finish(self, line: int) -> None:
        """Raises BodyBroken when the last member is incomplete."""
        if not (self._started and self._member.eof):
            message = "the gzip stream ends before it is complete"
            raise BodyBroken("gzip_truncated", message, line=line, byte=self._consumed)


class TextReader:
    """Checks UTF-8 (a BOM is dropped) or turns GB18030 into it, across any cuts."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._start: bytes | None = b""
        self._pending = b""
        self._bytes = 0
        self.line = 1

    def feed(self, raw: bytes) -> bytes:
        """The same text in UTF-8; a character cut in half is held back."""
        if self._start is not None:
            raw = self._start + raw
            if len(raw) < 4:
                self._start = raw
                return b""
            raw = self._without_bom(raw)
        return self._take(raw, final=False)

    def finish(self) -> bytes:
        """What was held back; raises BodyBroken for half a character."""
        rest = self._without_bom(self._start) if self._start is not None else b""
        return self._take(rest, final=True)

    def _without_bom(self, raw: bytes) -> bytes:
        self._start = None
        if raw.startswith(FOREIGN_BOMS):
            raise BodyBroken("encoding", "the body is in UTF-16 or UTF-32", line=1, byte=0)
        if not raw.startswith(UTF8_BOM):
            return raw
        if self._encoding != "utf-8":
            message = f"declared {self._encoding}, but begins with the mark of UTF-8"
            raise BodyBroken("encoding", message, line=1, byte=0)
        self._bytes += len(UTF8_BOM)
        return raw[len(UTF8_BOM) :]

    def _take(self, raw: bytes, *, final: bool) -> bytes:
        try:
            text = self._decoder.decode(raw, final)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            place = self._bytes + len(raw) - len(error.object) + error.start
            line = self.line + before.count(b"\n")
            message = f"not {self._encoding}: {error.reason}"
            raise BodyBroken("encoding", message, line=line, byte=place) from error
        self._bytes += len(raw)
        self.line += raw.count(b"\n")
        if self._encoding != "utf-8":
            return text.encode()
        if not self._pending and self._decoder.getstate()[0] == b"":
            return raw
        whole = self._pending + raw
        kept = len(self._decoder.getstate()[0])
        self._pending = whole[len(whole) - kept :] if kept else b""
        return whole[: len(whole) - kept] if kept else whole


class Cutter(Protocol):
    """Cuts decoded bytes into records."""

    def feed(self, text: bytes) -> Iterator[Record]:
        """Records that end here."""

    def finish(self) -> Iterator[Record]:
        """Records that the end completes."""


def make_cutter(form: BodyForm) -> Cutter:
    """The cutter of a format."""
    match form.format:
        case IntakeFormat.NDJSON:
            return LineCutter()
        case IntakeFormat.JSON:
            return ArrayCutter()
        case IntakeFormat.CSV:
            assert form.kind is not None, "CSV rows need a kind"
            return RowCutter(form.kind)


@dataclass
class LineCutter:
    """NDJSON: one JSON object a line; empty lines are counted and passed over."""

    _tail: bytes = b""
    _line: int = 0
    _position: int = 0

    def feed(self, text: bytes) -> Iterator[Record]:
        lines = (self._tail + text).split(b"\n") if self._tail else text.split(b"\n")
        self._tail = lines.pop()
        if len(self._tail) > LARGEST_RECORD:
            raise IntakeTooLarge("one line is too long", limit_bytes=LARGEST_RECORD)
        for line in lines:
            yield from self._record(line)
            self._position += len(line) + 1

    def finish(self) -> Iterator[Record]:
        yield from self._record(self._tail)

    def _record(self, line: bytes) -> Iterator[Record]:
        self._line += 1
        content = line.strip()
        if not content:
            return
        try:
            _SYNTAX.decode(content)
        except (msgspec.DecodeError, RecursionError) as error:
            place = self._position + _byte_of(error)
            message = f"line {self._line} is not JSON: {error}"
            raise BodyBroken("syntax", message, line=self._line, byte=place) from error
        digest = sha256(content).digest()
        yield Record(self._line, self._line, self._position, len(line), digest, content)


def _byte_of(error: Exception) -> int:
    """The offset that msgspec names in its message, 0 when it names none."""
    _, _, tail = str(error).rpartition("(byte ")
    digits = tail.rstrip(")")
    return int(digits) if digits.isdigit() else 0


@dataclass
class ArrayCutter:
    """A JSON array of documents: for bodies small enough to be held; larger ones are NDJSON."""

    _parts: list[bytes] = field(default_factory=list)
    _size: int = 0

    def feed(self, text: bytes) -> Iterator[Record]:
        self._size += len(text)
        if self._size > LARGEST_ARRAY:
            message = "a JSON array is held in memory; send larger bodies as NDJSON"
            raise IntakeTooLarge(message, limit_bytes=LARGEST_ARRAY)
        self._parts.append(text)
        return iter(())

    def finish(self) -> Iterator[Record]:
        body = b"".join(self._parts)
        self._parts = []
        try:
            elements = _ARRAY.decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            place = _byte_of(error)
            line = body.count(b"\n", 0, place) + 1
            raise BodyBroken(
                "syntax", f"not a JSON array: {error}", line=line, byte=place
            ) from error
        start = 0
        for number, element in enumerate(elements, 1):
            content = bytes(element)
            start = body.index(content, start)
            digest = sha256(content).digest()
            yield Record(number, number, start, len(content), digest, content)
            start += len(content)


FORMULA_MARKS: Final = ("=", "+", "-", "@", "\t", "\r")
IDENTITY_COLUMNS: Final = (
    *("source_system", "external_number", "revision", "hospital_code", "supplier_uscc"),
)
WHOLE_NUMBERS: Final = frozenset(
    {
        *("revision", "line_number", "order_line_number", "receipt_line_number"),
        *("invoice_line_number", "blue_line_number", "price_base_quantity"),
    }
)
TRUTHS: Final = {"true": True, "false": False, "1": True, "0": False}
BOOLEANS: Final = frozenset({"paid_offline"})
LISTS: Final = frozenset({"trace_codes"})
"""Columns whose cells hold several texts, parted by semicolons."""


@dataclass
class _Row:
    """A CSV row as it came."""

    number: int
    position: int
    raw: bytes
    cells: dict[str, str]


class RowCutter:
    """CSV: adjacent rows of one document number are its lines; the first row names columns."""

    def __init__(self, kind: DocumentKind) -> None:
        shape = SHAPES[kind]
        self._kind = kind
        self._head = tuple(shape.struct.__struct_fields__)
        self._item = shape.lines.struct.__struct_fields__ if shape.lines else ()
        self._columns: list[str] | None = None
        self._tail = b""
        self._line = 0
        self._rows = 0
        self._position = 0
        self._group: list[_Row] = []

    def feed(self, text: bytes) -> Iterator[Record]:
        lines = (self._tail + text).split(b"\n")
        self._tail = lines.pop()
        held = b""
        for line in lines:
            held = held + b"\n" + line if held else line
            if held.count(b'"') % 2:
                if len(held) > LARGEST_RECORD:
                    raise IntakeTooLarge("one row is too long", limit_bytes=LARGEST_RECORD)
                continue
            yield from self._row(held)
            held = b""
        if held:
            self._tail = held + b"\n" + self._tail
        if len(self._tail) > LARGEST_RECORD:
            raise IntakeTooLarge("one row is too long", limit_bytes=LARGEST_RECORD)

    def finish(self) -> Iterator[Record]:
        if self._tail:
            yield from self._row(self._tail)
        if self._columns is None:
            raise BodyBroken("csv_header", "there is no header row", line=1, byte=0)
        yield from self._flush()

    def _row(self, raw: bytes) -> Iterator[Record]:
        cells = self._cells(raw)
        if self._columns is None:
            self._columns = self._header(cells)
        elif cells:
            self._rows += 1
            row = _Row(self._rows, self._position, raw, self._named(cells))
            if self._group and not self._belongs(row):
                yield from self._flush()
            self._group.append(row)
        self._line += raw.count(b"\n") + 1
        self._position += len(raw) + 1

    def _cells(self, raw: bytes) -> list[str]:
        text = raw.removesuffix(b"\r").decode()
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            raise self._broken("csv", f"row cannot be read: {error}") from error
        return rows[0] if rows else []

    def _broken(self, reason: str, message: str) -> BodyBroken:
        return BodyBroken(reason, message, line=self._line + 1, byte=self._position)

    def _header(self, cells: list[str]) -> list[str]:
        columns = [cell.strip() for cell in cells]
        known = {*self._head, *self._item} - {"lines"}
        unknown = sorted(set(columns) - known)
        missing = sorted(set(IDENTITY_COLUMNS) - {"revision"} - set(columns))
        if unknown or missing or len(set(columns)) != len(columns):
            message = f"unknown columns {unknown}, missing columns {missing}, or one twice"
            raise self._broken("csv_header", message)
        return columns

    def _named(self, cells: list[str]) -> dict[str, str]:
        assert self._columns is not None
        if len(cells) != len(self._columns):
            message = f"{len(cells)} cells in a table of {len(self._columns)} columns"
            raise self._broken("csv", message)
        for column, cell in zip(self._columns, cells, strict=True):
            if cell.startswith(FORMULA_MARKS):
                raise self._broken("formula", f"the cell of column {column} begins a formula")
        return {
            column: cell for column, cell in zip(self._columns, cells, strict=True) if cell != ""
        }

    def _belongs(self, row: _Row) -> bool:
        first = self._group[0].cells
        same = all(first.get(column) == row.cells.get(column) for column in IDENTITY_COLUMNS)
        return same and bool(self._item) and len(self._group) <= MAX_LINES

    def _flush(self) -> Iterator[Record]:
        if not self._group:
            return
        rows, self._group = self._group, []
        raw = b"\n".join(row.raw for row in rows)
        header = ",".join(self._columns or ()).encode()
        yield Record(
            rows[0].number,
            rows[-1].number,
            rows[0].position,
            len(raw),
            sha256(header + b"\n" + raw).digest(),
            self._content(rows),
            tuple(self._differences(rows)),
        )

    def _content(self, rows: list[_Row]) -> bytes:
        document: dict[str, object] = {"kind": self._kind.value}
        first = rows[0].cells
        document |= {name: _value(name, first[name]) for name in self._head if name in first}
        if self._item:
            document["lines"] = [
                {name: _value(name, row.cells[name]) for name in self._item if name in row.cells}
                for row in rows
            ]
        return msgspec.json.encode(document)

    def _differences(self, rows: list[_Row]) -> Iterator[Fault]:
        """Rows of one document must say the same of the document itself."""
        first = rows[0].cells
        for row in rows[1:]:
            for name in self._head:
                if row.cells.get(name) != first.get(name):
                    message = f"row {row.number} says otherwise than row {rows[0].number}"
                    yield Fault(f"/{name}", "rows_differ", message)


def _value(name: str, cell: str) -> object:
    """A cell as JSON: whole numbers and truths by column, everything else stays text."""
    if name in WHOLE_NUMBERS and cell.isascii() and cell.isdigit() and len(cell) < 19:
        return int(cell)
    if name in LISTS:
        return cell.split(";")
    return TRUTHS.get(cell.lower(), cell) if name in BOOLEANS else cell
