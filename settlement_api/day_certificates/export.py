"""Certificates and the entries behind them as a workbook, in Chinese or English."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

from xlsxwriter import Workbook

from schemas.codes.day_certificates import (
    BankBook,
    DayFindingKind,
    DayVerdict,
    ExplainedBy,
    SheetLanguage,
)
from schemas.messages.day_certificates import CertifiedEntryView
from schemas.money import format_yuan
from schemas.times import SHANGHAI
from settlement_api.day_certificates.policy import DayCertificate, Side

MAX_SHEET_ENTRIES: Final = 50_000
"""Entries of one workbook: it is made while somebody waits."""

_Words = Mapping[str, tuple[str, str]]
"""Chinese and English of what is printed."""

TITLES: Final[_Words] = {
    "days": ("每日对账单", "Days"),
    "findings": ("差异及说明", "Findings"),
    "entries": ("流水明细", "Entries"),
    "drawn_up": ("出具时间", "Drawn up at"),
}
DAY_COLUMNS: Final[_Words] = {
    "day": ("日期", "Day"),
    "verdict": ("结论", "Verdict"),
    "book": ("银行对账单", "Bank statement"),
    "bank_opening": ("银行期初余额", "Bank: opening"),
    "bank_in": ("银行收入", "Bank: in"),
    "bank_out": ("银行支出", "Bank: out"),
    "bank_closing": ("银行期末余额", "Bank: closing"),
    "ledger_opening": ("账面期初余额", "Ledger: opening"),
    "ledger_in": ("账面收入", "Ledger: in"),
    "ledger_out": ("账面支出", "Ledger: out"),
    "ledger_closing": ("账面期末余额", "Ledger: closing"),
    "difference": ("差额（银行减账面）", "Difference (bank less ledger)"),
    "entries": ("笔数", "Entries"),
    "unexplained": ("未说明笔数", "Unexplained entries"),
    "unexplained_in": ("未说明收入", "Unexplained in"),
    "unexplained_out": ("未说明支出", "Unexplained out"),
    "waiting_before": ("以前日期未说明笔数", "Unexplained of earlier days"),
}
FINDING_COLUMNS: Final[_Words] = {
    "day": ("日期", "Day"),
    "kind": ("差异", "Finding"),
    "amount": ("金额", "Amount"),
    "since": ("起始日期", "Since"),
    "about": ("所指对账单或文件", "Statement or file"),
}
ENTRY_COLUMNS: Final[_Words] = {
    "booking_date": ("入账日期", "Booked"),
    "line": ("行号", "Line"),
    "in": ("收入", "In"),
    "out": ("支出", "Out"),
    "explained_by": ("说明", "Explained by"),
    "payments": ("付款端到端标识", "Payments"),
    "counterparty": ("对方户名", "Counterparty"),
    "last4": ("对方账号尾号", "Account ends in"),
    "remittance": ("附言", "Remittance"),
    "reference": ("银行流水号", "Bank reference"),
    "posted": ("记账日期", "Posted"),
    "posting": ("记账序号", "Posting"),
    "owner": ("责任岗位", "Owner"),
    "due": ("处理期限", "Due"),
    "age": ("挂账天数", "Age in days"),
    "overdue": ("已逾期", "Overdue"),
    "id": ("流水标识", "Entry id"),
}
VERDICTS: Final[Mapping[DayVerdict, tuple[str, str]]] = {
    DayVerdict.AGREED: ("相符", "agreed"),
    DayVerdict.LISTED: ("差异已列明", "differences listed"),
    DayVerdict.INCOMPLETE: ("银行资料不全，不能确认", "bank's book incomplete: not certified"),
}
BOOKS: Final[Mapping[BankBook, tuple[str, str]]] = {
    BankBook.STATED: ("有", "stated"),
    BankBook.PROVED_EMPTY: ("无对账单，前后序号与余额相接", "none; numbers and balances join"),
    BankBook.MISSING: ("缺失", "missing"),
}
FINDINGS: Final[Mapping[DayFindingKind, tuple[str, str]]] = {
    DayFindingKind.STATEMENT_MISSING: ("缺少当日银行对账单", "no statement of the day"),
    DayFindingKind.FILE_UNREAD: ("对账单文件未能读取入账", "a statement file was not booked"),
    DayFindingKind.DAY_UNBALANCED: (
        "银行期初加减流水不等于期末",
        "the bank's opening and entries do not make its closing",
    ),
    DayFindingKind.GAP: ("对账单不衔接", "the statement does not join the one before"),
    DayFindingKind.STATEMENT_UNBALANCED: (
        "以前对账单自身不平",
        "an earlier statement does not balance",
    ),
    DayFindingKind.OPENING_NOT_TRANSFERRED: (
        "首份对账单期初余额尚未双人入账",
        "the first opening balance was not booked by two people",
    ),
    DayFindingKind.POSTED_ON_ANOTHER_DAY: (
        "银行与账面记账日期不同",
        "the ledger booked entries on another day",
    ),
    DayFindingKind.NOT_POSTED: ("银行流水未记账", "entries are not in the ledger"),
    DayFindingKind.NOT_TOLD_APART: ("原因不明的差额", "a difference nothing accounts for"),
    DayFindingKind.UNEXPLAINED: ("当日流水未说明（挂账）", "entries of the day are unexplained"),
}
EXPLAINED: Final[Mapping[ExplainedBy, tuple[str, str]]] = {
    ExplainedBy.PAYMENT: ("本系统付款", "a payment of ours"),
    ExplainedBy.RETURN: ("付款退回", "a payment came back"),
    ExplainedBy.FUNDING: ("拨款", "funding"),
    ExplainedBy.PEOPLE: ("双人认定", "two people"),
    ExplainedBy.NOTHING: ("未说明", "nothing"),
}
LARGEST_NUMBER: Final = 10**15
"""A spreadsheet keeps 15 digits: larger amounts in fen are written as text."""


def write_workbook(
    certificates: Sequence[DayCertificate],
    entries: Sequence[CertifiedEntryView],
    *,
    language: SheetLanguage,
    at: datetime,
) -> bytes:
    """Three sheets: days, findings, entries. Texts are written as texts, never as formulas."""
    spoken = 0 if language is SheetLanguage.ZH else 1
    target = BytesIO()
    # The same figures give the same bytes, so that two copies can be compared.
    with Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": at.astimezone(SHANGHAI).replace(tzinfo=None)})
        money = book.add_format({"num_format": "#,##0.00"})
        days = _Sheet(book.add_worksheet(TITLES["days"][spoken]), money, spoken)
        days.header(DAY_COLUMNS)
        for one in certificates:
            days.row(_day_cells(one, spoken))
        days.row([])
        instant = at.astimezone(SHANGHAI).isoformat(sep=" ", timespec="seconds")
        days.row([TITLES["drawn_up"][spoken], instant])
        findings = _Sheet(book.add_worksheet(TITLES["findings"][spoken]), money, spoken)
        findings.header(FINDING_COLUMNS)
        for one in certificates:
            for each in one.findings:
                about = None if each.about is None else str(each.about)
                kind = FINDINGS[each.kind][spoken]
                findings.row([one.day, kind, _yuan(each.amount), each.since, about])
        listed = _Sheet(book.add_worksheet(TITLES["entries"][spoken]), money, spoken)
        listed.header(ENTRY_COLUMNS)
        for entry in entries:
            listed.row(_entry_cells(entry, spoken))
    return target.getvalue()


class _Sheet:
    """A worksheet written from top to bottom."""

    def __init__(self, sheet: Any, money: Any, spoken: int) -> None:
        self._sheet = sheet
        self._money = money
        self._spoken = spoken
        self._next = 0

    def header(self, columns: _Words) -> None:
        names = [columns[name][self._spoken] for name in columns]
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(names) - 1, 18)
        self.row(names)

    def row(self, cells: Sequence[str | int | date | Decimal | None]) -> None:
        for column, cell in enumerate(cells):
            if isinstance(cell, Decimal):
                self._sheet.write_number(self._next, column, cell, self._money)
            elif isinstance(cell, int):
                self._sheet.write_number(self._next, column, cell)
            elif cell is not None:
                self._sheet.write_string(self._next, column, str(cell))
        self._next += 1


def _yuan(amount: int) -> Decimal | str:
    if abs(amount) >= LARGEST_NUMBER:
        return format_yuan(amount)
    return Decimal(amount).scaleb(-2)


def _side_cells(side: Side | None) -> list[Decimal | str | None]:
    if side is None:
        return [None] * 4
    figures = (side.opening, side.money_in, side.money_out, side.closing)
    return [_yuan(figure) for figure in figures]


def _day_cells(one: DayCertificate, spoken: int) -> list[str | int | date | Decimal | None]:
    return [
        one.day,
        VERDICTS[one.verdict][spoken],
        BOOKS[one.book][spoken],
        *_side_cells(one.bank),
        *_side_cells(one.ledger),
        None if one.difference is None else _yuan(one.difference),
        one.entry_count,
        one.unexplained.count,
        _yuan(one.unexplained.credits),
        _yuan(one.unexplained.debits),
        one.waiting_before.count,
    ]


def _entry_cells(entry: CertifiedEntryView, spoken: int) -> list[str | int | date | Decimal | None]:
    amount = Decimal(entry.amount) if len(entry.amount) <= 16 else entry.amount
    return [
        entry.booking_date,
        f"{entry.line_number}.{entry.detail_number}",
        amount if entry.is_credit else None,
        None if entry.is_credit else amount,
        EXPLAINED[entry.explained_by][spoken],
        "\n".join(entry.end_to_end_ids) or None,
        entry.counterparty_name,
        entry.counterparty_last4,
        entry.remittance,
        entry.bank_reference,
        entry.posted_date,
        entry.posting_number,
        entry.owner_role,
        entry.due_date,
        entry.age_days,
        ("是", "yes")[spoken] if entry.overdue else None,
        str(entry.id),
    ]
