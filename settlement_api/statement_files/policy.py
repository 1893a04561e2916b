"""What a file is by its content, and that XML ends and declares nothing before it is kept."""

import re
from collections.abc import Mapping
from typing import Final

from lxml import etree

from schemas.codes.bank_statements import FileFormat
from settlement_api.statement_files.errors import StatementBroken

PIECE_BYTES: Final = 1 << 20
HEAD_BYTES: Final = 1 << 16
WORKBOOK: Final = b"PK\x03\x04"
OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
DELIMITERS: Final = (b",", b";", b"\t", b"|")
CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MT940_HEAD: Final = re.compile(rb"(?:\A|[\r\n])(?:\xef\xbb\xbf)?:20:[^<]*?[\r\n]:25[A-Z]?:")
"""A statement's reference at the beginning of a line, and its account after it."""


def format_of(body: bytes) -> FileFormat:
    """What a file is by its first bytes; names and media types are anybody's.

    What is none of the others is XML, or nothing.
    """
    if MT940_HEAD.search(body[:HEAD_BYTES]):
        return FileFormat.MT940
    if body.startswith(WORKBOOK):
        return FileFormat.XLSX
    return FileFormat.CSV if _is_table(body) else FileFormat.BANK_MESSAGE


def _is_table(body: bytes) -> bool:
    """Text of which some line has two delimiters, and that does not begin as markup."""
    head = body[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith((b"<", b"{", b"[")) or CONTROL.search(head):
        return False
    return any(line.count(mark) > 1 for line in head.splitlines() for mark in DELIMITERS)


def require_sound(body: bytes) -> None:
    """Raises StatementBroken for XML that is not plain; other formats are judged when they are
    read, so that what came is kept with what is wrong with it."""
    if body.startswith(OLD_WORKBOOK):
        message = "save the workbook as .xlsx or .csv"
        raise StatementBroken("old_format", message, line=1, column=1)
    if format_of(body) is FileFormat.BANK_MESSAGE:
        require_plain_xml(body)


class _Typed(Exception):
    """A document type is declared."""


class _Listener:
    """Hears the document without keeping any of it; a declaration of types ends it."""

    def doctype(self, *_: object) -> None:
        """Called at `<!DOCTYPE`: the only place where entities and outside files are named."""
        raise _Typed

    def start(self, tag: str | bytes, attrib: Mapping[str | bytes, str | bytes]) -> None:
        """Elements are nothing to us."""

    def end(self, tag: str | bytes) -> None:
        """Elements are nothing to us."""

    def data(self, data: str | bytes) -> None:
        """Text is nothing to us."""

    def comment(self, text: str | bytes) -> None:
        """Remarks are nothing to us."""

    def close(self) -> None:
        """Nothing was kept."""


def require_plain_xml(body: bytes) -> None:
    """Raises StatementBroken with the place where the bytes stop being plain XML.

    Entities and references to other files exist only with a document type, which no bank's
    statement declares.
    """
    parser = etree.XMLParser(
        target=_Listener(), resolve_entities=False, no_network=True, load_dtd=False
    )
    try:
        for start in range(0, len(body), PIECE_BYTES):
            parser.feed(body[start : start + PIECE_BYTES])
        parser.close()
    except _Typed as typed:
        line, column = _place(body, body.find(b"<!DOCTYPE"))
        message = "a document type is declared; statements have none"
        raise StatementBroken("document_type", message, line=line, column=column) from typed
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise StatementBroken(
            "not_xml", error.msg or "not XML", line=line, column=column
        ) from error


def _place(body: bytes, byte: int) -> tuple[int, int]:
    """Line and column of a byte, both from 1; the beginning when it was not found."""
    before = body[: max(byte, 0)]
    return before.count(b"\n") + 1, len(before) - before.rfind(b"\n")
