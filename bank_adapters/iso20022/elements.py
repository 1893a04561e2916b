"""Elements of bank messages by local name, so that every version of a message is read.

They come from parsers that load nothing from outside, and document types are refused. What cannot
be read is an UnreadableMessage.
"""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from lxml import etree

from bank_adapters.errors import UnreadableMessage
from schemas.money import parse_scaled
from schemas.times import SHANGHAI

MAX_FEN: Final = 10**18
"""ISO amounts have at most 18 digits."""


def safe_parser() -> etree.XMLParser:
    """A parser that loads nothing from outside and expands no entity."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


@lru_cache(maxsize=4_096)
def name_of_tag(tag: object) -> str:
    """The name behind the namespace; comments and instructions have a function for a tag."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return name_of_tag(element.tag)


def child_of(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first descendant along a path of local names."""
    for name in path:
        if element is None:
            return None
        for child in element:
            if name_of_tag(child.tag) == name:
                element = child
                break
        else:
            return None
    return element


def text_of(element: etree._Element | None, *path: str) -> str | None:
    """The stripped text along a path of local names; None when absent or empty."""
    found = child_of(element, *path)
    return (found.text or "").strip() or None if found is not None else None


def parse_message(body: bytes) -> etree._Element:
    """A whole small message. Raises UnreadableMessage for broken XML or a document type."""
    try:
        root = etree.fromstring(body, safe_parser())
    except etree.XMLSyntaxError as error:
        raise UnreadableMessage(f"not well-formed XML: {error.msg}") from error
    refuse_document_type(root)
    return root


def refuse_document_type(element: etree._Element) -> None:
    """Raises UnreadableMessage where the message of the element declares a document type."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise UnreadableMessage("a document type is not allowed")


def amount_of(text: str | None) -> int:
    """Fen of an ISO decimal; more than two decimals cannot be money here."""
    if text is None:
        raise UnreadableMessage("an amount is missing")
    try:
        return parse_scaled(text, scale=2)
    except ValueError:
        pass
    try:
        scaled = Decimal(text) * 100
    except InvalidOperation as error:
        raise UnreadableMessage(f"not an amount: {text[:40]!r}") from error
    if not scaled.is_finite() or abs(scaled) > MAX_FEN or scaled != scaled.to_integral_value():
        raise UnreadableMessage(f"not an amount in fen: {text[:40]!r}")
    return int(scaled)


@lru_cache(maxsize=64)
def day_of(text: str | None) -> date | None:
    """An ISO day, or the day of an instant as it is written. A statement names few days, each of
    them very often."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise UnreadableMessage(f"not a date: {text[:40]!r}") from error


def instant_of(text: str | None) -> datetime | None:
    """An ISO instant in UTC; without an offset it is meant in Asia/Shanghai."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableMessage(f"not an instant: {text[:40]!r}") from error
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=SHANGHAI)
    return instant.astimezone(UTC)


def instant_at(element: etree._Element, *path: str) -> datetime | None:
    """The instant along a path of local names; a fault of it names its line."""
    found = child_of(element, *path)
    if found is None:
        return None
    try:
        return instant_of(text_of(found))
    except UnreadableMessage as error:
        raise placed(found, error) from error


def placed(element: etree._Element, error: UnreadableMessage) -> UnreadableMessage:
    """A fault of an element with its line and name."""
    return UnreadableMessage(f"line {element.sourceline}, {local_name(element)}: {error}")
