"""The reader of bulk bodies: the same records wherever the network cuts the bytes."""

import gzip
import json
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codes.documents import DocumentKind, IntakeFormat
from settlement_api.intakes.errors import BodyBroken, IntakeTooLarge
from settlement_api.intakes.policy import BodyForm, BodyReader, Record, parse_form
from tests.builders import documents as build

LIMIT = 1 << 20
DOCUMENTS = [build.purchase_order(f"采购-{n}😀") for n in range(4)]
LINES = b"\n" + b"\r\n".join(map(build.as_bytes, DOCUMENTS)) + b"\n\n"
HEAD = "source_system,external_number,hospital_code,supplier_uscc,line_number,manufacturer"
ROWS = "\n".join(
    [
        HEAD,
        *(f'his,采-{n // 2},H37010000001,X,{n},"甲, ""乙""\n丙{n}"' for n in range(6)),
    ]
).encode()


def form(layout: str = "ndjson", *, encoding: str = "utf-8", compressed: bool = False) -> BodyForm:
    kind = DocumentKind.PURCHASE_ORDER if layout == "csv" else None
    return BodyForm(IntakeFormat(layout), encoding, compressed, kind)


def read_all(body: bytes, of: BodyForm, cuts: list[int], *, limit: int = LIMIT) -> list[Record]:
    reader = BodyReader(of, limit=limit)
    edges = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    records = [record for start, end in pairwise(edges) for record in reader.feed(body[start:end])]
    return records + list(reader.finish())


BODIES = {
    "ndjson": (LINES, form()),
    "ndjson with a mark": (b"\xef\xbb\xbf" + LINES, form()),
    "ndjson gzip": (gzip.compress(LINES), form(compressed=True)),
    "ndjson gzip in members": (
        gzip.compress(LINES[:700]) + gzip.compress(LINES[700:]),
        form(compressed=True),
    ),
    "ndjson gb18030": (LINES.decode().encode("gb18030"), form(encoding="gb18030")),
    "json": (json.dumps(DOCUMENTS, ensure_ascii=False).encode(), form("json")),
    "csv": (ROWS, form("csv")),
    "csv gb18030": (ROWS.decode().encode("gb18030"), form("csv", encoding="gb18030")),
}


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(BODIES)), st.lists(st.integers(0, 5_000), max_size=12))
def test_the_same_records_wherever_the_bytes_are_cut(name: str, cuts: list[int]) -> None:
    body, of = BODIES[name]
    whole = read_all(body, of, [])
    assert read_all(body, of, cuts) == whole
    assert len(whole) == (3 if name.startswith("csv") else 4)


def test_records_lie_where_they_say() -> None:
    for record in read_all(LINES, form(), [100, 900]):
        assert LINES[record.position : record.position + record.length].strip() == record.content
    array, of = BODIES["json"]
    for record in read_all(array, of, []):
        assert array[record.position : record.position + record.length] == record.content


def test_lines_keep_their_numbers_past_empty_ones() -> None:
    assert [record.number for record in read_all(LINES, form(), [])] == [2, 3, 4, 5]


def test_csv_rows_become_documents_with_their_range() -> None:
    records = read_all(ROWS, form("csv"), [])
    assert [(record.number, record.last_number) for record in records] == [(1, 2), (3, 4), (5, 6)]
    lines = json.loads(records[1].content)["lines"]
    assert [line["manufacturer"] for line in lines] == ['甲, "乙"\n丙2', '甲, "乙"\n丙3']


def test_a_csv_cell_holds_trace_codes_parted_by_semicolons() -> None:
    body = (
        "source_system,external_number,hospital_code,supplier_uscc,line_number,trace_codes\n"
        "his,GR-1,H37010000001,X,1,81;82\nhis,GR-1,H37010000001,X,2,\n"
    )
    receipts = BodyForm(IntakeFormat("csv"), "utf-8", False, DocumentKind.GOODS_RECEIPT)
    (record,) = read_all(body.encode(), receipts, [])
    lines = json.loads(record.content)["lines"]
    assert lines == [{"line_number": 1, "trace_codes": ["81", "82"]}, {"line_number": 2}]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(BODIES)), st.data())
def test_damage_anywhere_is_refused_or_read_but_never_raises_otherwise(
    name: str, data: st.DataObject
) -> None:
    body, of = BODIES[name]
    at = data.draw(st.integers(0, len(body) - 1))
    damaged = body[:at] + data.draw(st.binary(max_size=3)) + body[at + 1 :]
    with suppress(BodyBroken, IntakeTooLarge):
        assert all(record.content for record in read_all(damaged, of, [at]))


def test_a_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(b"\n" * (64 << 20))
    with pytest.raises(IntakeTooLarge):
        read_all(bomb, form(compressed=True), [], limit=1 << 20)


@pytest.mark.parametrize(
    ("line", "byte", "body"),
    [
        (2, 15, b'{"a": 1}\n{"b":!}\n'),
        (3, 9, b'{"a": 1}\n' + b"\n" + b"\xff"),
    ],
)
def test_a_break_names_its_line_and_byte(line: int, byte: int, body: bytes) -> None:
    with pytest.raises(BodyBroken) as caught:
        read_all(body, form(), [3])
    assert caught.value.line == line
    assert abs(caught.value.byte - byte) <= 1


def test_forms_are_read_from_headers() -> None:
    found = parse_form(
        content_type='text/csv; charset="GBK"',
        content_encoding="gzip",
        encoding=None,
        kind=DocumentKind.INVOICE,
    )
    assert found == BodyForm(IntakeFormat.CSV, "gb18030", True, DocumentKind.INVOICE)
