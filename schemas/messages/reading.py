"""Reads a document from its bytes: the fast way when nothing is doubtful, else with every fault."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from schemas.codes.documents import DocumentKind
from schemas.codes.supplier_codes import canonical_supplier_code
from schemas.messages.bulk import DECODER, DECODERS, SHAPES, derive, doubtful
from schemas.messages.documents import MESSAGES, DocumentMessage
from schemas.messages.repeats import pointer_step, repeated_members, repeats
from schemas.problems import Fault

MAX_FAULTS: Final = 1_000
BREAK: Final = re.compile(r"at line (\d+) column (\d+)")
HEAD_CHECKS: Final = derive(DocumentMessage).checks

CODES: Final[Mapping[str, str]] = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "json_invalid": "syntax",
    "literal_error": "not_in_list",
    "enum": "not_in_list",
    "too_short": "too_few_lines",
    "too_long": "too_many_lines",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "date_limits": "out_of_range",
    "decimal_limits": "bad_number",
    "bad_code": "bad_code",
    "bad_text": "bad_text",
    "bad_date": "bad_date",
    "date_from_datetime_parsing": "bad_date",
    "date_parsing": "bad_date",
    "line_incomplete": "line_incomplete",
    "duplicate_line": "duplicate_line",
}
"""Fault codes of ours for pydantic's error types; every other type means a wrong JSON type. A
member stated twice, which pydantic does not see, is a `repeated_member`."""


def decode_fast(raw: bytes, kind: DocumentKind | None = None) -> Any | None:
    """The derived Struct of a document whose JSON has the right shape, else None.

    The caller still has to ask `doubtful` (many documents at once) before trusting it.
    """
    try:
        return (DECODERS[kind] if kind else DECODER).decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def kind_of(document: msgspec.Struct) -> DocumentKind:
    """The kind of a decoded document."""
    return DocumentKind(str(document.__struct_config__.tag))


def read(raw: bytes, kind: DocumentKind | None = None) -> Any:
    """The derived Struct of one document, or the tuple of everything that is wrong with it."""
    document = decode_fast(raw, kind)
    if (
        document is not None
        and not doubtful(SHAPES[kind_of(document)], [document])
        and not repeats(raw, document, kind_known=kind is not None)
    ):
        return document
    return read_slowly(raw, kind)


def read_slowly(raw: bytes, kind: DocumentKind | None = None) -> Any:
    """As `read`, by the message definition itself."""
    if kind is None:
        found = _stated_kind(raw)
        if isinstance(found, Fault):
            return (found, *repeated_members(raw))
        kind = found
    try:
        message = MESSAGES[kind].model_validate_json(raw)
    except ValidationError as error:
        return _faults(error.errors(include_url=False), raw)
    if repeated := repeated_members(raw):
        return tuple(repeated[:MAX_FAULTS])
    return msgspec.convert(message.model_dump(mode="json"), SHAPES[kind].struct)


def _stated_kind(raw: bytes) -> DocumentKind | Fault:
    try:
        content = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return _broken(raw, error)
    if not isinstance(content, dict):
        return Fault("", "wrong_type", "a document is a JSON object")
    if "kind" not in content:
        return Fault("/kind", "missing", "the document does not say its kind")
    try:
        return DocumentKind(content["kind"])
    except ValueError:
        return Fault("/kind", "not_in_list", "there is no such kind of document")


def _broken(raw: bytes, error: Exception) -> Fault:
    """Where a text stops being JSON: pydantic's parser names line and column, msgspec a byte at
    most. What only the latter refuses has no place."""
    try:
        from_json(raw, allow_inf_nan=False)
    except ValueError as told:
        return Fault(_line_and_column(str(told)), "syntax", f"not valid JSON: {told}")
    return Fault("", "syntax", f"not valid JSON: {error}")


def _line_and_column(message: str) -> str:
    """The place in a parser's sentence, as the place of other files is written."""
    found = BREAK.search(message)
    return f"line {found[1]}, column {found[2]}" if found else ""


def _faults(errors: Sequence[ErrorDetails], raw: bytes) -> tuple[Fault, ...]:
    faults = [_fault(error) for error in errors]
    if not any(fault.code == "duplicate_line" for fault in faults):
        faults += _duplicate_lines(raw)
    faults += repeated_members(raw)
    if len(faults) > MAX_FAULTS:
        rest = Fault("", "more_faults", f"{len(faults) - MAX_FAULTS} more faults are not shown")
        return (*faults[:MAX_FAULTS], rest)
    return tuple(faults)


def _fault(error: ErrorDetails) -> Fault:
    if error["type"] == "json_invalid":
        return Fault(_line_and_column(error["msg"]), "syntax", error["msg"])
    place = "".join(f"/{pointer_step(part)}" for part in error["loc"])
    return Fault(place, CODES.get(error["type"], "wrong_type"), error["msg"])


def _duplicate_lines(raw: bytes) -> list[Fault]:
    """Line numbers used twice, also where other faults keep the lines from being read."""
    try:
        content = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    lines = content.get("lines") if isinstance(content, dict) else None
    seen: set[int] = set()
    faults = []
    for at, line in enumerate(lines if isinstance(lines, list) else ()):
        number = line.get("line_number") if isinstance(line, dict) else None
        if isinstance(number, int) and number in seen:
            place = f"/lines/{at}/line_number"
            faults.append(Fault(place, "duplicate_line", f"line {number} is there already"))
        elif isinstance(number, int):
            seen.add(number)
    return faults


class Parties(msgspec.Struct, frozen=True):
    """The source and the parties that a document names; None where it names none."""

    source_system: str | None = None
    hospital_code: str | None = None
    supplier_uscc: str | None = None


def stated_parties(raw: bytes) -> Parties:
    """What a document with faults still says of its source and parties, where that has no fault
    itself: well-formed codes, which a registry can be asked for."""
    try:
        content = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Parties()
    if not isinstance(content, dict):
        return Parties()
    said = {name: content.get(name) for name in Parties.__struct_fields__}
    if isinstance(spelled := said["supplier_uscc"], str):
        said["supplier_uscc"] = canonical_supplier_code(spelled)
    return Parties(
        **{
            name: text
            for name, text in said.items()
            if isinstance(text, str) and HEAD_CHECKS[name](text)
        }
    )


def read_many(contents: Sequence[bytes], kind: DocumentKind | None = None) -> list[Any]:
    """As `read`, for many documents: the checks run column by column over each kind."""
    documents = [decode_fast(content, kind) for content in contents]
    positions: dict[str, list[int]] = {}
    for at, document in enumerate(documents):
        if document is not None:
            positions.setdefault(document.__struct_config__.tag, []).append(at)
    for tag, places in positions.items():
        chosen = [documents[at] for at in places]
        for doubted in doubtful(SHAPES[DocumentKind(tag)], chosen):
            documents[places[doubted]] = None
    for at, (content, document) in enumerate(zip(contents, documents, strict=True)):
        if document is not None and repeats(content, document, kind_known=kind is not None):
            documents[at] = None
    return [
        read_slowly(content, kind) if document is None else document
        for content, document in zip(contents, documents, strict=True)
    ]
