"""The books of a month as an XLSX workbook: trial balance, account statements, vouchers. Pure.

The same books are the same bytes.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook

from schemas.money import MINOR_PER_YUAN, format_yuan, yuan_in_words
from settlement_api.spreadsheets import EXACT_FLOAT_LIMIT, guarded
from settlement_api.vouchers.policy import MonthBooks, Paper, PaperLine, TrialRow, Words

MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's properties know no zone
"""Said to be when the file was made, so that its bytes tell of the books only."""
MONEY_FORMAT: Final = "#,##0.00"
Cell = str | int | Decimal


def write_workbook(books: MonthBooks, words: Words) -> bytes:
    """The workbook's bytes. Cells of names are text, whatever they begin with."""
    out = BytesIO()
    workbook = Workbook(out, {"in_memory": True})
    workbook.set_properties({"title": words.trial_balance, "created": MADE})
    sheets = _Sheets(workbook)
    sheets.add(words.trial_balance, [*_head(books, words), *_trial(books, words)])
    sheets.add(words.statement, list(_statements(books, words)))
    sheets.add(words.vouchers, list(_vouchers(books, words)))
    workbook.close()
    return out.getvalue()


def money(amount: int) -> Cell:
    """A cell that can be summed, unless a spreadsheet would round it: then its text."""
    if abs(amount) >= EXACT_FLOAT_LIMIT:
        return format_yuan(amount)
    return Decimal(amount) / MINOR_PER_YUAN


class _Sheets:
    """Sheets of a workbook, all written in one manner."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._money = workbook.add_format({"num_format": MONEY_FORMAT})

    def add(self, name: str, rows: Sequence[Sequence[Cell]]) -> None:
        sheet = self._workbook.add_worksheet(name)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 9, 22)
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(at, place, cell, self._money)
                elif isinstance(cell, int):
                    sheet.write_number(at, place, cell)
                else:
                    sheet.write_string(at, place, guarded(cell))


def _head(books: MonthBooks, words: Words) -> list[list[Cell]]:
    part = books.plan.sides[books.side]
    return [
        [words.sides[books.side], words.trial_balance],
        [words.owner, books.owner or words.every_owner],
        [words.area, books.area_code or ""],
        [words.period, books.period],
        [words.scheme, books.scheme or ""],
        [words.standard, part.standard_en if words.language == "en" else part.standard],
        [words.plan, books.plan.code],
        [],
    ]


def _trial(books: MonthBooks, words: Words) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        ["", words.account, "", words.opening, words.debit, words.credit, words.closing]
    ]
    rows += [_trial_row(row, words) for row in books.trial]
    rows += [
        [words.classes[kind], words.total, "", "", money(debit), money(credit), ""]
        for kind, (debit, credit) in books.sums.items()
    ]
    return rows


def _trial_row(row: TrialRow, words: Words) -> list[Cell]:
    return [
        words.classes[row.account.entry_class],
        row.account.code,
        words.name_of(row.account),
        *(money(amount) for amount in (row.opening, row.debit, row.credit, row.closing)),
    ]


def _statements(books: MonthBooks, words: Words) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for row in books.trial:
        account = row.account
        rows += [
            [words.account, account.code, words.name_of(account)],
            [
                *(words.date, words.number, words.summary, words.partner),
                *(words.debit, words.credit, words.balance),
            ],
            [words.opening, "", "", "", "", "", money(row.opening)],
        ]
        for paper, line, balance in books.statement(account.code):
            day = [paper.day.isoformat(), paper.name, words.basis(paper.basis_kind)]
            moved = [money(line.debit), money(line.credit), money(balance)]
            rows.append([*day, line.partner or "", *moved])
        rows += [[words.closing, "", "", "", "", "", money(row.closing)], []]
    return rows


def _vouchers(books: MonthBooks, words: Words) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [
            *(words.date, words.number, words.scheme, words.owner, words.summary),
            *("", words.account, "", words.partner, words.debit, words.credit, words.in_words),
        ]
    ]
    for paper in books.papers:
        rows += [_voucher_row(paper, line, words) for line in paper.lines]
    return rows


def _voucher_row(paper: Paper, line: PaperLine, words: Words) -> list[Cell]:
    first = line.line_number == 1
    return [
        paper.day.isoformat(),
        paper.name,
        paper.scheme or words.trade,
        paper.owner or "",
        words.basis(paper.basis_kind),
        words.classes[line.account.entry_class],
        line.account.code,
        words.name_of(line.account),
        line.partner or "",
        money(line.debit) if line.debit else "",
        money(line.credit) if line.credit else "",
        yuan_in_words(paper.total) if first else "",
    ]
