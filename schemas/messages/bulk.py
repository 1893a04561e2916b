"""The bulk path's document types, derived by code from the one definition of each message.

msgspec decodes several times faster than pydantic but stops at the first fault and knows no
check digits. So it only says yes: whatever it doubts is read again by pydantic, which decides
and names every fault. A test proves that both accept and refuse the same documents.
"""

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Annotated, Any, Final, Literal

import annotated_types
import msgspec
from pydantic.fields import FieldInfo

from schemas.codes.documents import DocumentKind
from schemas.messages.base import CalendarDay, Coded, Message, Plain, Scaled
from schemas.messages.documents import LINE_RULES, MESSAGES

Check = Callable[[Any], bool]
Marker = Scaled | Coded | Plain | CalendarDay


@dataclass(frozen=True)
class Each:
    """The check of a list whose every text has to pass."""

    accepts: Check

    def __call__(self, texts: Iterable[str]) -> bool:
        return all(map(self.accepts, texts))


@dataclass(frozen=True)
class Shape:
    """A derived Struct and the checks that its decoder does not make."""

    struct: type[msgspec.Struct]
    checks: Mapping[str, Check]
    rule: Callable[[Any], str | None] | None = None
    lines: "Shape | None" = None


def derive(message: type[Message]) -> Shape:
    """The Shape of a message: same fields, defaults, ranges and limits, unknown fields refused."""
    fields: list[tuple[Any, ...]] = []
    checks: dict[str, Check] = {}
    lines: Shape | None = None
    for name, info in message.model_fields.items():
        if name == "kind":
            continue
        if name == "lines":
            lines = derive(typing.get_args(info.annotation)[0])
            fields.append((name, Annotated[list[lines.struct], _limits(info)]))  # type: ignore[name-defined]
            continue
        fields.append(_field(name, info))
        check = _check(info)
        if check:
            checks[name] = check
    kind = message.model_fields.get("kind")
    struct = msgspec.defstruct(
        f"Bulk{message.__name__}",
        fields,
        kw_only=True,
        gc=False,
        forbid_unknown_fields=True,
        omit_defaults=True,  # what is encoded again has no member that was not stated (`repeats`)
        tag_field="kind" if kind else None,
        tag=kind.default if kind else None,
    )
    return Shape(struct, checks, LINE_RULES.get(message.__name__), lines)


def _field(name: str, info: FieldInfo) -> tuple[Any, ...]:
    base = _plain_type(info.annotation)
    limits = _limits(info) or _limits_inside(info.annotation)
    annotation = Annotated[base, limits] if limits else base
    if _is_optional(info.annotation):
        annotation = annotation | None
    if info.is_required():
        return (name, annotation)
    return (name, annotation, info.default)


def _is_optional(annotation: Any) -> bool:
    return types.NoneType in typing.get_args(annotation)


def _inner(annotation: Any) -> Any:
    """The annotation without `| None`."""
    if not _is_optional(annotation):
        return annotation
    return next(part for part in typing.get_args(annotation) if part is not types.NoneType)


def _plain_type(annotation: Any) -> Any:
    """The bare type msgspec decodes: closed lists become literals, so that values stay `str`."""
    bare = _inner(annotation)
    if typing.get_origin(bare) is Annotated:
        bare = typing.get_args(bare)[0]
    if typing.get_origin(bare) is list:
        return list[_plain_type(typing.get_args(bare)[0])]  # type: ignore[misc]
    if isinstance(bare, type) and issubclass(bare, StrEnum):
        return Literal[tuple(member.value for member in bare)]
    return bare


def _limits(info: FieldInfo) -> msgspec.Meta | None:
    return _meta(info.metadata)


def _limits_inside(annotation: Any) -> msgspec.Meta | None:
    bare = _inner(annotation)
    if typing.get_origin(bare) is not Annotated:
        return None
    metadata: list[Any] = []
    for item in typing.get_args(bare)[1:]:
        metadata += item.metadata if isinstance(item, FieldInfo) else [item]
    return _meta(metadata)


def _meta(metadata: Iterable[Any]) -> msgspec.Meta | None:
    options: dict[str, Any] = {}
    for item in metadata:
        match item:
            case annotated_types.Ge(ge):
                options["ge"] = ge
            case annotated_types.Le(le):
                options["le"] = le
            case annotated_types.MinLen(length):
                options["min_length"] = length
            case annotated_types.MaxLen(length):
                options["max_length"] = length
    return msgspec.Meta(**options) if options else None


def _check(info: FieldInfo) -> Check | None:
    inside = typing.get_args(_inner(info.annotation))[1:] if info.annotation else ()
    for marker in (*info.metadata, *inside):
        if isinstance(marker, Marker):
            return _or_none(marker.accepts) if _is_optional(info.annotation) else marker.accepts
    return _check_of_each(info.annotation)


def _check_of_each(annotation: Any) -> Check | None:
    """The check of a list of marked texts."""
    bare = _inner(annotation)
    if typing.get_origin(bare) is Annotated:
        bare = typing.get_args(bare)[0]
    if typing.get_origin(bare) is not list:
        return None
    (element,) = typing.get_args(bare)
    markers = [part for part in typing.get_args(element)[1:] if isinstance(part, Marker)]
    return Each(markers[0].accepts) if markers else None


def _or_none(accepts: Check) -> Check:
    return lambda value: value is None or accepts(value)


SHAPES: Final[Mapping[DocumentKind, Shape]] = {
    kind: derive(message) for kind, message in MESSAGES.items()
}
_ANY: Final[Any] = typing.Union[tuple(shape.struct for shape in SHAPES.values())]  # noqa: UP007
DECODER: Final = msgspec.json.Decoder(_ANY)
"""Decodes any document by its `kind`; raises msgspec.ValidationError or DecodeError."""
DECODERS: Final = {kind: msgspec.json.Decoder(shape.struct) for kind, shape in SHAPES.items()}


def doubtful(shape: Shape, documents: Sequence[Any]) -> set[int]:
    """Positions of decoded documents of one kind that pydantic would have to look at.

    Column by column: a check runs over one field of every line at once.
    """
    found = _failing(shape.checks, documents)
    if shape.lines is None:
        return found
    numbers = attrgetter("line_number")
    for position, document in enumerate(documents):
        if len(set(map(numbers, document.lines))) != len(document.lines):
            found.add(position)
    lines = [line for document in documents for line in document.lines]
    failing = _failing(shape.lines.checks, lines)
    if shape.lines.rule:
        failing |= {at for at, line in enumerate(lines) if shape.lines.rule(line)}
    if failing:
        owners = [at for at, document in enumerate(documents) for _ in document.lines]
        found |= {owners[at] for at in failing}
    return found


def _failing(checks: Mapping[str, Check], rows: Sequence[Any]) -> set[int]:
    """Rows with a field that fails its check; equal values of a column are checked once."""
    failing: set[int] = set()
    for name, check in checks.items():
        column = list(map(attrgetter(name), rows))
        if isinstance(check, Each):
            failing |= {at for at, texts in enumerate(column) if texts and not check(texts)}
            continue
        if not all(map(check, set(column))):
            failing |= {at for at, value in enumerate(column) if not check(value)}
    return failing
