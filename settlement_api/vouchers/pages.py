"""The books of a month as PDF: trial balance, account statements, one voucher after another. Pure.

The font is one of Adobe's Chinese character collection that every reader brings: nothing has to
be installed or embedded. The same books are the same bytes.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Final

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

from schemas.money import format_yuan, yuan_in_words
from settlement_api.vouchers.policy import MonthBooks, Paper, Words

FONT: Final = "STSong-Light"
SIZE: Final = 8
TITLE_SIZE: Final = 12
MARGIN: Final = 36
LEADING: Final = 13
GAP: Final = 4
"""Between the text of two columns, points."""
MONEY_WIDTH: Final = 78
RIGHT: Final = "right"
LEFT: Final = "left"

Column = tuple[int, str]
"""Width in points, and to which side its cells are set."""
TRIAL: Final[Sequence[Column]] = (
    (40, LEFT), (48, LEFT), (123, LEFT), *[(MONEY_WIDTH, RIGHT)] * 4,
)  # fmt: skip
STATEMENT: Final[Sequence[Column]] = (
    (54, LEFT), (46, LEFT), (94, LEFT), (95, LEFT), *[(MONEY_WIDTH, RIGHT)] * 3,
)  # fmt: skip
VOUCHER: Final[Sequence[Column]] = (
    (48, LEFT), (48, LEFT), (157, LEFT), (114, LEFT), *[(MONEY_WIDTH, RIGHT)] * 2,
)  # fmt: skip


def write_pages(books: MonthBooks, words: Words) -> bytes:
    """The document's bytes, A4."""
    registerFont(UnicodeCIDFont(FONT))
    out = BytesIO()
    paper = _Paper(Canvas(out, pagesize=A4, invariant=1, pageCompression=1), words)
    _trial(paper, books, words)
    _statements(paper, books, words)
    for one in books.papers:
        _voucher(paper, one, words)
    paper.close()
    return out.getvalue()


class _Paper:
    """Lines set from the top of a page to its foot, and on to the next one."""

    def __init__(self, canvas: Any, words: Words) -> None:
        self._canvas, self._words, self._page = canvas, words, 0
        self._width, self._height = A4
        self._y = 0
        self.turn()

    def turn(self) -> None:
        """Begins a page, with its number at the foot."""
        if self._page:
            self._canvas.showPage()
        self._page += 1
        self._y = int(self._height) - MARGIN
        self._canvas.setFont(FONT, SIZE)
        told = self._words.page.format(page=self._page)
        self._canvas.drawCentredString(self._width / 2, MARGIN / 2, told)

    def room(self, lines: int) -> None:
        """Turns the page unless so many lines, or a whole page of them, fit on this one."""
        wanted = min(lines * LEADING, int(self._height) - 3 * MARGIN)
        if self._y - wanted < MARGIN:
            self.turn()

    def title(self, text: str) -> None:
        """A heading of its own line."""
        self.room(3)
        self._canvas.setFont(FONT, TITLE_SIZE)
        self._canvas.drawString(MARGIN, self._y, text)
        self._canvas.setFont(FONT, SIZE)
        self._y -= LEADING + GAP

    def say(self, text: str) -> None:
        """A line of text, cut to the width of the page."""
        self.room(1)
        self._canvas.drawString(MARGIN, self._y, _cut(text, int(self._width) - 2 * MARGIN))
        self._y -= LEADING

    def row(self, columns: Sequence[Column], cells: Sequence[str]) -> None:
        """Cells beside each other; names are cut to their column, amounts never."""
        self.room(1)
        left = MARGIN
        for (width, side), cell in zip(columns, cells, strict=True):
            if side == RIGHT:
                self._canvas.drawRightString(left + width, self._y, cell)
            else:
                self._canvas.drawString(left, self._y, _cut(cell, width - GAP))
            left += width
        self._y -= LEADING

    def rule(self) -> None:
        """A line across the page, under what was said last."""
        at = self._y + LEADING - GAP
        self._canvas.line(MARGIN, at, self._width - MARGIN, at)
        self._y -= GAP

    def close(self) -> None:
        """Ends the document."""
        self._canvas.showPage()
        self._canvas.save()


def _cut(text: str, width: int) -> str:
    if stringWidth(text, FONT, SIZE) <= width:
        return text
    while text and stringWidth(f"{text}…", FONT, SIZE) > width:
        text = text[:-1]
    return f"{text}…"


def _trial(paper: _Paper, books: MonthBooks, words: Words) -> None:
    part = books.plan.sides[books.side]
    paper.title(f"{words.sides[books.side]}　{words.trial_balance}　{books.period}")
    paper.say(f"{words.owner}: {books.owner or words.every_owner}")
    paper.say(f"{words.area}: {books.area_code or ''}　{words.scheme}: {books.scheme or ''}")
    standard = part.standard_en if words.language == "en" else part.standard
    paper.say(f"{words.standard}: {standard}")
    paper.say(f"{words.plan}: {books.plan.code}")
    amounts = (words.opening, words.debit, words.credit, words.closing)
    paper.row(TRIAL, ("", "", words.account, *amounts))
    paper.rule()
    for row in books.trial:
        account = row.account
        head = (words.classes[account.entry_class], account.code, words.name_of(account))
        told = (row.opening, row.debit, row.credit, row.closing)
        paper.row(TRIAL, (*head, *(format_yuan(amount) for amount in told)))
    paper.rule()
    for kind, (debit, credit) in books.sums.items():
        sums = ("", format_yuan(debit), format_yuan(credit), "")
        paper.row(TRIAL, (words.classes[kind], "", words.total, *sums))


def _statements(paper: _Paper, books: MonthBooks, words: Words) -> None:
    paper.turn()
    for row in books.trial:
        paper.title(f"{words.statement}　{row.account.code} {words.name_of(row.account)}")
        heads = (words.date, words.number, words.summary, words.partner)
        paper.row(STATEMENT, (*heads, words.debit, words.credit, words.balance))
        paper.rule()
        paper.row(STATEMENT, (words.opening, *[""] * 5, format_yuan(row.opening)))
        for one, line, balance in books.statement(row.account.code):
            day = (str(one.day), one.name, words.basis(one.basis_kind), line.partner or "")
            moved = (*_sides(line.debit, line.credit), format_yuan(balance))
            paper.row(STATEMENT, (*day, *moved))
        paper.row(STATEMENT, (words.closing, *[""] * 5, format_yuan(row.closing)))
        paper.say("")


def _voucher(paper: _Paper, one: Paper, words: Words) -> None:
    paper.room(len(one.lines) + 9)
    paper.title(f"{words.voucher}　{one.name}　{one.day}")
    for told in _told(one, words):
        paper.say(told)
    paper.row(VOUCHER, ("", "", words.account, words.partner, words.debit, words.credit))
    paper.rule()
    for line in one.lines:
        account = line.account
        head = (words.classes[account.entry_class], account.code, words.name_of(account))
        paper.row(VOUCHER, (*head, line.partner or "", *_sides(line.debit, line.credit)))
    paper.rule()
    paper.say(f"{words.in_words}: {yuan_in_words(one.total)}　¥{format_yuan(one.total)}")
    paper.say(words.signatures)
    paper.say("")


def _told(one: Paper, words: Words) -> Iterator[str]:
    yield f"{words.owner}: {one.owner or words.area + ' ' + one.area_code}"
    yield f"{words.summary}: {words.basis(one.basis_kind)}　{one.basis_id}"


def _sides(debit: int, credit: int) -> tuple[str, str]:
    return (format_yuan(debit) if debit else "", format_yuan(credit) if credit else "")
