"""Keyset pages: a list in a stable order and the cursor after its last row."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from schemas.problems import Fault, Invalid

T = TypeVar("T")


class HasId(Protocol):
    """A row that can be listed by its id."""

    @property
    def id(self) -> UUID: ...


Identified = TypeVar("Identified", bound=HasId)

MAX_LIMIT: Final = 500
DEFAULT_LIMIT: Final = 50


class Page(BaseModel, Generic[T]):
    """Some rows and where to go on; `next` is None on the last page."""

    model_config = ConfigDict(frozen=True)

    items: list[T]
    next: str | None = Field(default=None, description="Give it back as `after`.")


def encode_cursor(*key: str | int | None) -> str:
    """An opaque cursor from the sort key of the last row shown (UUIDs and dates as text)."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(after: str, *, size: int) -> tuple[str | int | None, ...]:
    """The sort key of `size` parts inside a cursor. Raises Invalid for one we never gave."""
    key = decode_key(after, list[str | int | None])
    if len(key) != size:
        raise _bad_cursor()
    return tuple(key)


def decode_key(after: str, kind: type[T]) -> T:
    """The sort key inside a cursor, as its list gives it out (say `tuple[int, UUID]`).

    Raises Invalid for one we never gave.
    """
    try:
        text = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4))
        return msgspec.json.decode(text, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise _bad_cursor() from error


def _bad_cursor() -> Invalid:
    return Invalid(faults=[Fault("after", "bad_cursor", "not a cursor that was given out")])


def page_of(rows: Sequence[T], *, limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """A page from `limit + 1` rows asked for: the extra row only says that there is more."""
    shown = list(rows[:limit])
    more = len(rows) > limit
    return Page(items=shown, next=cursor_of(shown[-1]) if more else None)


def decode_id(after: str | None) -> UUID | None:
    """The id inside a cursor of a list in the order of its ids. Raises Invalid."""
    if after is None:
        return None
    return decode_key(after, tuple[UUID])[0]


def page_by_id(rows: Sequence[Identified], *, limit: int) -> "Page[Identified]":
    """A page of messages in the order of their ids."""
    return page_of(rows, limit=limit, cursor_of=lambda row: encode_cursor(str(row.id)))
