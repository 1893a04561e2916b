"""Tables are read from CSV and XLSX without guessing, and every fault has a place."""

import csv
import io
import zipfile
from datetime import date

import pytest
import xlsxwriter

from settlement_api import spreadsheets
from settlement_api.replays.routes import as_csv
from settlement_api.spreadsheets import FileRefused, guarded, read_sheet, require_columns

TEXT = "code,name\nA,济南市中心医院\nB,青岛市立医院\n"


def refusal(content: bytes) -> tuple[str, str]:
    with pytest.raises(FileRefused) as caught:
        read_sheet(content)
    fault = caught.value.faults[0]
    return fault.place, fault.code


def names(content: bytes) -> list[str]:
    return [row.cells["name"] for row in read_sheet(content).rows]


def workbook(*rows: list[object], formula: str | None = None) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(
        target, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}
    ) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if formula:
            sheet.write_formula("B2", formula)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_usual_encodings_and_marks_are_read(encoding: str) -> None:
    assert names(TEXT.encode(encoding)) == ["济南市中心医院", "青岛市立医院"]


def test_mixed_encodings_are_refused_with_the_line() -> None:
    lines = TEXT.split("\n")
    mixed = "\n".join(lines[:2]).encode() + b"\n" + lines[2].encode("gb18030") + b"\n"
    assert refusal(mixed) == ("line 2", "mixed_encodings")


def test_broken_bytes_are_refused_with_their_place() -> None:
    assert refusal(b"\xef\xbb\xbfcode,name\nA,\xff\n") == ("line 2, byte 15", "bad_encoding")
    assert refusal(b"code,name\nA,\xff\xff\n")[1] == "bad_encoding"
    assert refusal(b"\xff\xfe\x00")[1] == "bad_encoding"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters_follow_the_header(delimiter: str) -> None:
    assert names(TEXT.replace(",", delimiter).encode()) == ["济南市中心医院", "青岛市立医院"]


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd", "-1+1", '"\t=1"'])
def test_formulas_in_csv_are_faults_of_their_cell(cell: str) -> None:
    (row,) = read_sheet(f"code,name\nA,{cell}\n".encode()).rows
    assert [(fault.place, fault.code) for fault in row.faults] == [("name", "formula")]


@pytest.mark.parametrize("cell", ["-1.5", "+3", "4+7", "-", "#102198**Didanosine", "a=b"])
def test_numbers_and_names_are_no_formulas(cell: str) -> None:
    assert names(f"code,name\nA,{cell}\n".encode()) == [cell]


def test_control_characters_and_surplus_cells_are_faults() -> None:
    rows = read_sheet(b'code,name\nA,"x\ny"\nB,x,surplus\nC,\x00\n').rows
    assert [[fault.code for fault in row.faults] for row in rows] == [
        ["control_character"],
        ["too_many_cells"],
        ["control_character"],
    ]
    assert [row.number for row in rows] == [2, 4, 5]


def test_empty_rows_and_cells_are_left_out() -> None:
    sheet = read_sheet("code,name,\n\nA,\u3000 ,\n,,\n".encode())
    assert sheet.header == ("code", "name")
    assert [(row.number, row.cells) for row in sheet.rows] == [(3, {"code": "A"})]


def test_headers_must_name_every_column_once() -> None:
    assert refusal(b"") == ("line 1", "no_header")
    assert refusal(b"a,,b\n1,2,3\n") == ("header, column 2", "unnamed_column")
    assert refusal(b"a,b,a\n1,2,3\n") == ("header, column a", "repeated_column")
    assert refusal(b'a,b\n1,"2\n') == ("line 2", "bad_csv")


def test_columns_are_asked_for_and_no_others() -> None:
    sheet = read_sheet(b"a,b\n1,2\n")
    require_columns(sheet, known=["a", "b", "c"], required=["a"])
    with pytest.raises(FileRefused) as caught:
        require_columns(sheet, known=["a", "c"], required=["c"])
    assert [fault.code for fault in caught.value.faults] == ["unknown_column", "missing_column"]


def test_workbook_cells_become_plain_text() -> None:
    content = workbook(
        ["code", "name", "price", "day", "flag"], [370100, "济南", 3.36, date(2025, 1, 1), True]
    )
    (row,) = read_sheet(content).rows
    assert row.cells == {
        "code": "370100",
        "name": "济南",
        "price": "3.36",
        "day": "2025-01-01",
        "flag": "true",
    }


def test_numbers_a_workbook_rounded_are_faults() -> None:
    (row,) = read_sheet(workbook(["code", "name"], [6228480000000000001, "x"])).rows
    assert [fault.code for fault in row.faults] == ["number_not_exact"]


def test_formulas_in_workbooks_are_refused_with_their_cell() -> None:
    content = workbook(["code", "name"], ["A", "x"], formula="=1+1")
    assert refusal(content) == ("cell B2", "formula")


def test_what_is_no_workbook_is_refused() -> None:
    whole = workbook(["code"], ["A"])
    assert refusal(whole[: len(whole) // 2]) == ("file", "bad_workbook")
    assert refusal(b"PK\x03\x04garbage") == ("file", "bad_workbook")
    assert refusal(b"\xd0\xcf\x11\xe0old") == ("file", "old_format")
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("hello.txt", "no workbook")
    assert refusal(empty.getvalue()) == ("file", "bad_workbook")


def test_files_over_the_limit_are_refused() -> None:
    assert refusal(b"x" * (spreadsheets.MAX_FILE_BYTES + 1)) == ("file", "too_large")


FORMULAS = [
    "=1+1",
    "+1-2",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "-",
    "+",
    "-1.0=",
    "--1",
]


def test_what_a_spreadsheet_would_evaluate_is_written_as_text() -> None:
    assert [guarded(text) for text in FORMULAS] == [f"'{text}" for text in FORMULAS]
    plain = ["PO-1", "-12.00", "+5", "0.50", "采购=1", "", " =1"]
    assert [guarded(text) for text in plain] == plain
    assert (guarded(None), guarded(-3)) == ("", "-3")


def test_an_order_number_is_never_a_formula_in_a_table_we_send() -> None:
    written = as_csv([("area_code", "order_number"), ("370100", '=HYPERLINK("http://x","y")')])
    (row,) = csv.DictReader(io.StringIO(written.decode()))
    assert row["order_number"] == '\'=HYPERLINK("http://x","y")'
