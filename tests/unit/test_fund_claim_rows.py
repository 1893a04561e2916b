"""Rows of a fund file as read: every fault has a place, nothing is guessed."""

import json

import pytest

from schemas.messages.fund_claims import FundRow
from settlement_api.fund_claims.policy import NDJSON, Unreadable, read_rows
from settlement_api.spreadsheets import FileRefused

CLAIM = {
    "kind": "claim", "hospital_code": "H37010000001", "scheme": "310", "month": "2026-02",
    "version": "1", "amount": "1234.50", "stage": "settled",
}  # fmt: skip
ADVANCE = {key: value for key, value in CLAIM.items() if key != "stage"} | {
    "kind": "advance", "external_number": "A-1", "paid_date": "2026-02-09",
}  # fmt: skip


def _csv(*rows: dict[str, str], encoding: str = "utf-8") -> bytes:
    columns = sorted({name for row in rows for name in row})
    lines = [",".join(columns)] + [",".join(row.get(c, "") for c in columns) for row in rows]
    return "\n".join(lines).encode(encoding)


def test_claims_and_advances_are_read_from_one_table() -> None:
    claim, advance = read_rows(_csv(CLAIM, ADVANCE), media_type="text/csv")
    assert isinstance(claim, FundRow)
    assert isinstance(advance, FundRow)
    assert (claim.aspect, advance.aspect) == ("settled", "")


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "-1"},
        {"amount": "1.234"},
        {"amount": "1e3"},
        {"amount": "NaN"},
        {"amount": "9" * 30},
        {"month": "2026-13"},
        {"month": "9999-01"},
        {"scheme": "320"},
        {"version": "0"},
        {"hospital_code": "H3701"},
        {"stage": ""},
        {"external_number": "X-1"},
    ],
)
def test_a_bad_row_is_refused_with_its_place(change: dict[str, str]) -> None:
    bad, good = read_rows(_csv(CLAIM | change, CLAIM), media_type="text/csv")
    assert isinstance(bad, Unreadable)
    assert isinstance(good, FundRow)
    assert bad.message


def test_an_advance_without_its_number_is_refused() -> None:
    row = json.dumps(ADVANCE | {"external_number": None, "version": 1})
    (bad,) = read_rows(row.encode(), media_type=NDJSON)
    assert isinstance(bad, Unreadable)
    assert "external_number" in bad.message


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"kind": "claim"}\n{broken', "line 2"),
        (b"[1]", "line 1"),
        (b"\xff{}", "byte 0"),
        (b"[" * 100_000, "line 1"),
    ],
)
def test_a_broken_ndjson_file_is_refused_at_its_place(content: bytes, place: str) -> None:
    with pytest.raises(FileRefused) as refused:
        list(read_rows(content, media_type=NDJSON))
    assert refused.value.faults[0].place == place


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(FileRefused):
        list(read_rows(_csv(CLAIM | {"patient": "x"}), media_type="text/csv"))
