"""Members that a JSON object states twice: readers of JSON keep the last of them and say nothing.

Every colon outside a string is a member, and what decoding drops is gone when the rest is encoded
again. So counting colons tells exactly whether anything was dropped, at a fraction of what
looking at every object in Python costs; only a document with repeats is looked through for them.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from schemas.problems import Fault

_ENCODER: Final = msgspec.json.Encoder()
_ANYTHING: Final = msgspec.json.Decoder()
_STATES_KIND: Final = b'{"kind":'


def repeats(raw: bytes, document: msgspec.Struct | None = None, *, kind_known: bool = True) -> bool:
    """Whether some object of a readable JSON text states a member twice.

    `document`: what was decoded from the text; its encoding leaves out defaults and so never has
    more members than the text stated. With `kind_known` the text need not have stated its kind,
    which the encoding has: then only a text that begins with it is compared.
    """
    if b"\\u003a" in raw or b"\\u003A" in raw:
        return any(_repeated(raw))
    stated = raw.count(b":")
    comparable = document is not None and (not kind_known or raw.startswith(_STATES_KIND))
    if comparable and _ENCODER.encode(document).count(b":") == stated:
        return False
    try:
        return _ENCODER.encode(_ANYTHING.decode(raw)).count(b":") != stated
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return any(_repeated(raw))


def repeated_members(raw: bytes) -> list[Fault]:
    """A fault at the place of every member that is stated more than once; none where the text is
    no JSON, which is another fault."""
    return list(_repeated(raw)) if repeats(raw) else []


class _Object(dict[str, Any]):
    """A JSON object that remembers what it was told more than once."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        found.repeated = tuple(
            name for name, times in Counter(name for name, _ in pairs).items() if times > 1
        )
    return found


def _repeated(raw: bytes) -> Iterator[Fault]:
    try:
        content = json.loads(raw.decode(), object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return
    if isinstance(content, dict | list):
        yield from _below(content, "")


def _below(content: Any, place: str) -> Iterator[Fault]:
    if isinstance(content, _Object):
        for name in content.repeated:
            message = "this member is stated more than once"
            yield Fault(f"{place}/{pointer_step(name)}", "repeated_member", message)
    parts = content.items() if isinstance(content, dict) else enumerate(content)
    for step, part in parts:
        if isinstance(part, dict | list):
            yield from _below(part, f"{place}/{pointer_step(step)}")


def pointer_step(part: int | str) -> str:
    """A reference token of a JSON pointer (RFC 6901); long ones are cut."""
    return str(part)[:80].replace("~", "~0").replace("/", "~1")
