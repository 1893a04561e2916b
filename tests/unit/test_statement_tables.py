"""Tables of entries: read back as they were written, by what a profile declares."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.bank import BankStatement, EntryDetail, StatementEntry
from schemas.codes.bank_statements import FileFormat
from schemas.messages.statement_profiles import StatementProfile
from settlement_api.statement_files.errors import StatementBroken
from settlement_api.statement_files.policy import format_of, require_sound
from settlement_api.statement_tables.errors import ProfilesBroken, TableUnreadable
from settlement_api.statement_tables.service import OWN, Declared, load_profiles, read_table
from tests.builders import statement_texts as build

OWN_PROFILE = json.loads((OWN / "zhijie-table-1.json").read_text("utf-8"))
OURS = load_profiles(None)


def as_read(one: BankStatement) -> BankStatement:
    """What a table can say of a statement: its own name, and reversals by their words."""
    opening, closing = one.balances
    name = f"zhijie-table-{one.header.sequence}-{opening.on}-{closing.on}"
    entries = [
        msgspec.structs.replace(entry, reversal="冲正" in (entry.details[0].remittance or ""))
        for entry in one.entries
    ]
    header = replace(one.header, statement_id=name)
    return BankStatement(header, one.balances, entries)


def read(body: bytes, profiles: list[Declared] | None = None) -> BankStatement:
    return read_table(body, format_of(body), OURS if profiles is None else profiles)[1]


def declared(**changes: Any) -> Declared:
    return Declared(StatementProfile.model_validate({**OWN_PROFILE, **changes}), bytes(32))


def random_statement(draw: Random) -> BankStatement:
    (one,) = build.random_chain(draw, days=1)
    entries = [
        msgspec.structs.replace(
            entry,
            details=(
                EntryDetail(
                    build.hex_id(draw) if draw.random() < 0.3 else None,
                    None,
                    None,
                    draw.choice([None, "某配送企业", "=SUM(A1)", "-减号"]),
                    draw.choice([None, "6222000000000000123"]),
                    draw.choice([None, "冲正", "药械, 结算", '引"号', "+86"]),
                ),
            ),
        )
        for entry in one.entries
    ]
    return BankStatement(one.header, one.balances, entries)


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32), form=st.sampled_from(["csv", "bom", "gbk", "xlsx", "cells"]))
def test_random_statements_are_read_back_from_every_form(seed: int, form: str) -> None:
    made = random_statement(Random(seed))
    rows = build.table_rows(made)
    profiles = OURS
    if form in ("csv", "bom"):
        body = build.write_csv(rows).encode("utf-8-sig" if form == "bom" else "utf-8")
    elif form == "gbk":
        body = build.write_csv(rows, delimiter="|").encode("gbk")
        profiles = [declared(encoding="gbk", delimiter="|")]
    else:
        body = build.write_xlsx(rows, days=form == "cells", numbers=form == "cells")
    assert format_of(body) is (FileFormat.XLSX if form in ("xlsx", "cells") else FileFormat.CSV)
    assert read(body, profiles) == as_read(made)


ENTRY = StatementEntry(
    "",
    12_345,
    "CNY",
    True,
    True,
    False,
    date(2026, 3, 5),
    date(2026, 3, 4),
    "B1",
    (EntryDetail(None, None, None, "某企业", "6222", "结算"),),
)
SOUND = build.statement(
    5,
    date(2026, 3, 5),
    1_000,
    13_345 - 50,
    [ENTRY, msgspec.structs.replace(ENTRY, credit=False, amount_minor=50)],
)
TEXT = build.write_csv(build.table_rows(SOUND))

SIGNS: dict[str, tuple[dict[str, Any], list[str], list[list[str]]]] = {
    "signed": ({"kind": "signed", "amount": "金额"}, ["金额"], [["123.45"], ["-0.50"]]),
    "inverted": (
        {"kind": "signed", "amount": "金额", "inverted": True},
        ["金额"],
        [["-123.45"], ["0.50"]],
    ),
    "marked": (
        {
            "kind": "marked",
            "amount": "发生额",
            "mark": "借贷",
            "marks_in": ["贷", "C"],
            "marks_out": ["借"],
        },
        ["发生额", "借贷"],
        [["123.45", "C"], ["0.50", "借"]],
    ),
    "two_columns": (
        {"kind": "two_columns", "money_in": "贷方", "money_out": "借方"},
        ["借方", "贷方"],
        [["0.00", "123.45"], ["0.50", ""]],
    ),
}


@pytest.mark.parametrize("sign", SIGNS)
def test_every_convention_of_signs_and_a_running_balance(sign: str) -> None:
    """Balances of the lines, times of day, thousands, the newest line first, GBK."""
    amount, names, cells = SIGNS[sign]
    bank = StatementProfile.model_validate(
        {
            "code": "some-bank",
            "version": 3,
            "title": "某银行网银导出",
            "date_format": "YYYY年MM月DD日 hh:mm:ss",
            "amount": amount,
            "columns": {
                "booking_date": "交易时间",
                "balance": "余额",
                "account_number": "本方账号",
                "currency": "币种",
            },
            "newest_first": True,
            "thousands": True,
        }
    )
    own = ["2026年03月05日 09:30:00", "'3700 1000 0000 0310", "人民币"]
    rows = [
        ["某银行账户明细"],
        ["交易时间", "本方账号", "币种", *names, "余额", "备注"],
        [*own, *cells[1], "1,132.95", ""],
        [*own, *cells[0], "1,133.45", "x"],
    ]
    one = read(build.write_csv(rows).encode("gbk"), [Declared(bank, bytes(32))])
    assert [(e.credit, e.amount_minor) for e in one.entries] == [(True, 12_345), (False, 50)]
    assert [b.amount_minor for b in one.balances] == [101_000, 113_295]
    assert one.header.account_number == "3700100000000310"
    assert one.header.from_at is not None
    assert one.header.from_at.date() == date(2026, 3, 5)
    assert one.header.sequence is None


def changed(old: str, new: str) -> Callable[[], bytes]:
    def body() -> bytes:
        assert old in TEXT
        return TEXT.replace(old, new, 1).encode()

    return body


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "three_decimals": (changed("123.45", "123.456"), "line 6: 收入: more than two decimals"),
    "words": (changed("123.45", "壹佰"), "line 6: 收入: not an amount"),
    "thousands": (changed("123.45", '"1,123.45"'), "line 6: 收入: not an amount"),
    "exponent": (changed("123.45", "1e3"), "line 6: 收入: not an amount"),
    "wide_digits": (changed("123.45", "１２３"), "line 6: 收入: not an amount"),
    "infinite": (changed("123.45", "inf"), "line 6: 收入: not an amount"),
    "below_0": (changed("123.45", "-123.45"), "line 6: column 收入: below 0"),
    "both": (changed("123.45,", "123.45,1.00"), "line 6: both 收入 and 支出"),
    "neither": (changed("123.45", ""), "line 6: an amount of 0"),
    "no_day": (changed("2026-03-05,2026-03-04,123", ",2026-03-04,123"), "line 6: 入账日期"),
    "no_such_day": (changed("2026-03-05,2026-03-04,123", "2026-02-30,,123"), "no such day"),
    "other_form": (changed("2026-03-05,2026-03-04,123", "05/03/2026,,123"), "line 6: 入账日期"),
    "too_many_cells": (changed("结算\r\n", "结算,x\r\n"), "line 6: more cells than columns"),
    "said_twice": (changed("合计", "期初余额,9.99\r\n合计"), "said before, and differently"),
    "opening_words": (changed("期初余额,10.00", "期初余额,ten"), "line 3, 期初余额: not an amount"),
    "days_backwards": (changed("终止日期,2026-03-05", "终止日期,2026-03-01"), "before the first"),
    "no_account": (changed(f"账号：,{build.NUMBER},", "账号：,,"), "no account is named"),
    "other_header": (changed("银行流水号", "流水"), "no profile reads this table"),
    "gbk": (lambda: TEXT.encode("gbk"), "no profile reads this table"),
    "mixed": (
        lambda: TEXT.encode().replace("结算".encode(), "结算".encode("gbk"), 1),
        "line 6, byte",
    ),
    "other_workbook": (
        lambda: build.write_xlsx([["a", "b"], ["c"]]),
        "no profile reads this table",
    ),
    "quote_open": (changed("结算", '"结算'), "no profile reads this table"),
}


@pytest.mark.parametrize("damage", HOSTILE)
def test_what_is_not_as_declared_is_refused_with_its_line(damage: str) -> None:
    body, said = HOSTILE[damage]
    with pytest.raises(TableUnreadable) as refused:
        read_table(body(), format_of(body()), OURS)
    assert said in str(refused.value), str(refused.value)


def test_the_sound_table_is_read() -> None:
    assert read(TEXT.encode()) == as_read(SOUND)


def test_every_line_with_a_fault_is_named_and_long_lists_are_cut() -> None:
    rows = build.table_rows(SOUND)
    rows[6:6] = [["2026-13-01", "", "1.00"]] * 30
    with pytest.raises(TableUnreadable) as refused:
        read(build.write_csv(rows).encode())
    assert str(refused.value).count("no such day") == 20
    assert str(refused.value).endswith("and 10 more")


def test_a_line_with_a_day_is_an_entry_whatever_it_begins_with() -> None:
    """A payer called like a line of totals is still a payer."""
    columns = {"booking_date": "日期", "counterparty_name": "户名", "account_number": "账号"}
    bank = declared(columns={**columns, "balance": "余额"}, labels={}, reversal=None)
    rows = [
        ["户名", "日期", "账号", "收入", "支出", "余额"],
        ["合计医药公司", "2026-03-05", build.NUMBER, "1.00", "", "3.00"],
        ["合计", "", "", "1.00", "", ""],
    ]
    one = read(build.write_csv(rows).encode(), [bank])
    assert [e.details[0].counterparty_name for e in one.entries] == ["合计医药公司"]
    assert [b.amount_minor for b in one.balances] == [200, 300]


def test_a_table_without_entries_has_the_days_that_it_says_or_none() -> None:
    empty = build.statement(5, date(2026, 3, 5), 7, 7, [])
    assert read(build.write_csv(build.table_rows(empty)).encode()) == as_read(empty)
    rows = build.table_rows(empty)
    del rows[1]
    with pytest.raises(TableUnreadable, match="cannot be told"):
        read(build.write_csv(rows).encode())


def test_numbers_that_a_spreadsheet_rounded_and_formulas_are_refused() -> None:
    path_of: dict[str, Any] = {"rounded": 3700100000000310.0, "formula": "=1+1"}
    for name, cell in path_of.items():
        target = BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            for line, cells in enumerate(build.table_rows(SOUND)):
                sheet.write_row(line, 0, cells)
            (sheet.write_formula if name == "formula" else sheet.write_number)(0, 1, cell)
        with pytest.raises(TableUnreadable, match=r"rounded|formula"):
            read(target.getvalue())


def test_of_two_profiles_that_fit_none_is_guessed() -> None:
    other = declared(code="other")
    with pytest.raises(TableUnreadable, match=r"more than one profile.*other:1"):
        read(TEXT.encode(), [*OURS, other])


def write(directory: Path, name: str, **changes: Any) -> None:
    (directory / name).write_text(json.dumps({**OWN_PROFILE, **changes}), "utf-8")


def test_the_latest_version_of_a_declared_profile_reads(tmp_path: Path) -> None:
    write(tmp_path, "a.json", code="bank", version=1)
    write(tmp_path, "b.json", code="bank", version=2, encoding="gbk")
    profiles = load_profiles(tmp_path)
    assert [one.profile.name for one in profiles] == ["bank:2", "zhijie-table:1"]
    used, _ = read_table(TEXT.encode("gbk"), FileFormat.CSV, profiles)
    assert (used.profile.name, len(used.sha256)) == ("bank:2", 32)


BROKEN: dict[str, dict[str, Any]] = {
    "declared before": {},
    "columns": {"columns": {}},
    "balances": {"labels": {"account_number": "账号"}},
    "account": {"labels": {"opening": "a", "closing": "b"}},
    "date_format": {"date_format": "MM/DD/YY 00"},
    "extra": {"program": "rm"},
    "encoding": {"encoding": "latin-1"},
    "kind": {"amount": {"kind": "guess"}},
}


@pytest.mark.parametrize("said", BROKEN)
def test_a_profile_that_says_too_little_or_too_much_is_refused(said: str, tmp_path: Path) -> None:
    write(tmp_path, "x.json", **BROKEN[said], title="anders")
    with pytest.raises(ProfilesBroken, match=r"x\.json"):
        load_profiles(tmp_path)
    if said != "declared before":
        with pytest.raises(ValidationError):
            StatementProfile.model_validate({**OWN_PROFILE, **BROKEN[said]})


def test_formats_are_told_by_content() -> None:
    assert format_of(TEXT.encode()) is FileFormat.CSV
    assert format_of(TEXT.encode("gbk")) is FileFormat.CSV
    for body in (b"", b"<a,b,c>", b'{"a": 1, "b": 2, "c": 3}', b"%PDF\x00,,,", b"a,b"):
        assert format_of(body) is FileFormat.BANK_MESSAGE
    with pytest.raises(StatementBroken, match="save the workbook"):
        require_sound(b"\xd0\xcf\x11\xe0old")


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_damaged_tables_are_read_or_refused_and_never_anything_else(seed: int) -> None:
    draw = Random(seed)
    rows = build.table_rows(random_statement(draw))
    body = bytearray(
        build.write_xlsx(rows) if draw.random() < 0.3 else build.write_csv(rows).encode()
    )
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(body))
        if draw.random() < 0.5:
            body[at] = draw.choice(b',"\n0-.\xe9\x00')
        else:
            del body[at : at + draw.randrange(1, 30)]
    try:
        read_table(bytes(body), format_of(bytes(body)), OURS)
    except TableUnreadable:
        return
