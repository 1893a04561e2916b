"""What a file must be before it is kept as a statement: XML that ends, and declares nothing."""

from collections.abc import Mapping
from typing import Final

from lxml import etree

from settlement_api.statement_files.errors import StatementBroken

PIECE_BYTES: Final = 1 << 20


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
