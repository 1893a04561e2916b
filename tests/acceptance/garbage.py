"""What nobody should send: broken values and bodies for any operation of the API's own document."""

import copy
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

HUGE = 10**30
DEEP = b"[" * 50_000 + b"]" * 50_000
METHODS = ("get", "post", "put", "patch", "delete")
Schema = Mapping[str, Any]

VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 0.5, HUGE, -HUGE, "", " ", "NaN", "Infinity", "-0.00", "1e400"),
    *("\x00", "a\x00b", "\ud800", "\u202e", "=1+1", "9" * 40, "x" * 70_000, "<!DOCTYPE x>"),
    *("9999-12-31", "0000-00-00", "2026-13-45", "2026-07-01T00:00:00Z", "not-a-uuid"),
    *("00000000-0000-0000-0000-000000000000", "91370100000000001X", "999999999999"),
    *([], {}, [None], [[]], [HUGE], {"$ref": "#"}, [{}] * 3),
)
ODD_TEXTS: tuple[str, ...] = (
    *("\x00", "a\x00b", "-1", "0", "1.5", "NaN", str(HUGE), "x" * 3_000, "not-a-uuid"),
    *("9999-12-31", "0001-01-01", "2026-13-45", "' OR 1=1 --", "😀"),
)
CURSORS: tuple[str, ...] = (
    *("WzFd", "W251bGxd", "WyJcdTAwMDAiXQ", "W10", "Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5XQ", "!!!"),
    *("WyJub3QtYS11dWlkIl0", "WyJhIiwiYiJd", "WyJhIiwiYiIsImMiXQ"),
)
"""Of our own form: [1], [null], ["\\u0000"], [], [huge], ["not-a-uuid"], ["a", "b"], three."""
TEXTS: tuple[str, ...] = ("", *ODD_TEXTS)
BODIES: tuple[bytes, ...] = (
    *(b"", b"{", b"nonsense", b"null", b"[]", b"{}", b"0", b'""', b"NaN", b"Infinity", DEEP),
    *(b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"a": NaN}', b'{"a": 1e999}', b'{"a": 1}{}'),
    *(b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b'{"a": "\xff\xfe"}', b'{"a": "\xb9\xfa"}'),
    *(b"\x1f\x8b\x08\x00", b"\x00" * 64, b'{"a": "\\ud800"}', b'{"a": "\\u0000"}'),
)


@dataclass(frozen=True)
class Operation:
    """One operation of the OpenAPI document."""

    method: str
    path: str
    described: Mapping[str, Any]
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What failures are reported under."""
        return f"{self.method.upper()} {self.path}"

    def parameters(self, place: str) -> list[str]:
        """Names of its parameters in a place (path, query)."""
        every = self.described.get("parameters", ())
        return [one["name"] for one in every if one["in"] == place]

    def schema(self) -> Schema | None:
        """The schema of its JSON body."""
        content = self.described.get("requestBody", {}).get("content", {})
        media = content.get("application/json")
        return None if media is None else resolve(media["schema"], self.document)


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation the API says it has."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(method, path, item[method], document)


def resolve(schema: Schema, document: Mapping[str, Any]) -> Schema:
    """A schema without the reference it may be."""
    while "$ref" in schema:
        place: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        schema = place
    return schema


def example(schema: Schema, document: Mapping[str, Any]) -> Any:
    """Something that has the form a schema asks for (what it refers to does not exist)."""
    schema = resolve(schema, document)
    for choice in ("oneOf", "anyOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0], document)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            members = schema.get("properties", {})
            return {name: example(one, document) for name, one in members.items()}
        case "array":
            return [example(schema["items"], document)] if "items" in schema else []
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return False
        case "null":
            return None
    return _text(schema)


def _text(schema: Schema) -> str:
    match schema.get("format"):
        case "uuid":
            return str(uuid4())
        case "date":
            return "2026-07-01"
        case "date-time":
            return "2026-07-01T00:00:00Z"
    pattern = schema.get("pattern", "")
    if "[0-9]" in pattern and "{4}-" in pattern:
        return "2026-07"
    if "[0-9]" in pattern:
        return "1"
    return "x" * max(1, schema.get("minLength", 1))


def broken_bodies(operation: Operation) -> Iterator[bytes]:
    """Bodies that cannot be read, then readable ones with one member at a time gone wrong."""
    yield from BODIES
    schema = operation.schema()
    if schema is None:
        return
    sound = example(schema, operation.document)
    yield _bytes({**sound, "surprise": 1} if isinstance(sound, dict) else [sound])
    for place in _places(sound):
        for value in VALUES:
            yield _bytes(_with(sound, place, value))
        yield _bytes(_without(sound, place))


def _bytes(content: Any) -> bytes:
    return json.dumps(content).encode()


def _places(content: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every member and element."""
    inner = content.items() if isinstance(content, dict) else ()
    inner = enumerate(content) if isinstance(content, list) else inner
    for key, value in inner:
        yield (*before, key)
        yield from _places(value, (*before, key))


def _with(content: Any, place: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(content)
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return changed


def _without(content: Any, place: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(content)
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    del holder[place[-1]]
    return changed


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of these files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def torn_inside() -> bytes:
    """A zip whose directory is whole but whose compressed bytes are not."""
    content = bytearray(zipped({"xl/worksheets/sheet1.xml": bytes(range(256)) * 400}))
    content[60:120] = b"\xff" * 60
    return bytes(content)


BROKEN_FILES: dict[str, bytes] = {
    "empty": b"",
    "no zip": b"PK\x03\x04 but nothing follows",
    "a zip that is no workbook": zipped({"a.txt": b"x"}),
    "a torn zip": zipped({"xl/worksheets/sheet1.xml": bytes(range(256)) * 40})[:-30],
    "a zip torn inside": torn_inside(),
    "an unpacking bomb": zipped({"xl/worksheets/sheet1.xml": b" " * (520 << 20)}),
    "a workbook of entities": zipped(
        {"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;'}
    ),
    "an old workbook": b"\xd0\xcf\x11\xe0" + b"\x00" * 600,
    "half a character": "area_code,name\n370100,济".encode()[:-1],
    "two encodings": "area_code,name\n370100,济南济南\n".encode() + "青岛".encode("gb18030"),
    "NUL": b"area_code,name\x00\n370100,x\n",
    "unclosed quote": b'area_code,name\n"370100,x\n',
    "columns twice": b"area_code,area_code\n1,2\n",
    "columns unknown": b"nothing,known\n1,2\n",
    "no columns": b"\n\n\n",
    "binary": bytes(range(256)) * 8,
}
