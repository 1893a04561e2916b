"""Reads rows of cells as a statement, as a declared profile says. Pure.

Nothing is guessed: a profile is the one whose columns the header has, an amount is digits with at
most two decimals, a date has the declared form. Every line that does not hold is named.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from schemas.bank import (
    BankStatement,
    EntryDetail,
    StatementBalance,
    StatementEntry,
    StatementHeader,
)
from schemas.messages.statement_profiles import (
    MarkedAmount,
    SignedAmount,
    StatementProfile,
    TwoColumns,
)
from schemas.times import SHANGHAI
from settlement_api.statement_tables.errors import TableUnreadable

CURRENCY: Final = "CNY"
HEADER_WITHIN: Final = 60
"""Lines among which the header is: above it stand titles, the account, and balances."""
MOST_FAULTS: Final = 20
DAY: Final = timedelta(days=1)
_AMOUNT: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,4})?")
_THOUSANDS: Final = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})*(?:\.[0-9]{1,4})?")
_COLON: Final = "：:"
_PARTS: Final[Mapping[str, str]] = {
    "YYYY": "(?P<year>[0-9]{4})",
    "MM": "(?P<month>[0-9]{2})",
    "DD": "(?P<day>[0-9]{2})",
    "hh": "[0-9]{2}",
    "mm": "[0-9]{2}",
    "ss": "[0-9]{2}",
}

Cell = str | date
"""Days are cells of a workbook that are days; numbers come as texts."""
Rows = Sequence[tuple[int, Sequence[Cell]]]
"""Lines of a table by number."""


class _Fault(Exception):
    """Something of a line is not what the profile says."""


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry, the balance after it where the table has one, and its account."""

    entry: StatementEntry
    balance: int | None
    account: str


def header_line(rows: Rows, profile: StatementProfile) -> int | None:
    """Which of the rows (by place) names every column that the profile reads; None of none."""
    wanted = set(_names(profile))
    for place, (_, cells) in enumerate(rows[:HEADER_WITHIN]):
        if wanted <= {_text(cell) for cell in cells}:
            return place
    return None


def _names(profile: StatementProfile) -> Iterator[str]:
    columns = profile.columns
    yield from columns.remittance
    for name in type(columns).model_fields:
        found = getattr(columns, name)
        if isinstance(found, str):
            yield found
    amount = profile.amount
    if isinstance(amount, TwoColumns):
        yield from (amount.money_in, amount.money_out)
    else:
        yield amount.amount
    if isinstance(amount, MarkedAmount):
        yield amount.mark
    if profile.reversal is not None:
        yield profile.reversal.column


def statement_of(rows: Rows, profile: StatementProfile) -> BankStatement:
    """The statement of a table whose header is known. Raises TableUnreadable with every place."""
    place = header_line(rows, profile)
    if place is None:
        raise TableUnreadable(f"the header is not that of {profile.name}")
    table = _Table(profile, [_text(cell) for cell in rows[place][1]])
    inside, outside = table.split(rows[place + 1 :])
    read: list[_Read] = []
    faults: list[str] = []
    for number, cells in inside:
        try:
            read.append(table.entry(cells))
        except _Fault as fault:
            faults.append(f"line {number}: {fault}")
    try:
        around = _Around(profile, [*rows[:place], *outside])
        statement = _assembled(profile, read[::-1] if profile.newest_first else read, around)
    except _Fault as fault:
        faults.append(str(fault))
    if faults:
        left = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise TableUnreadable("; ".join(faults[:MOST_FAULTS]) + left)
    return statement


def _labels(profile: StatementProfile) -> list[str]:
    labels = profile.labels
    return list(filter(None, (getattr(labels, name) for name in type(labels).model_fields)))


def _label(cell: Cell) -> str:
    return _text(cell).rstrip(_COLON).strip()


class _Table:
    """The lines under a header."""

    def __init__(self, profile: StatementProfile, header: Sequence[str]) -> None:
        self._profile = profile
        self._header = header
        self._days = _pattern(profile.date_format)
        self._others = (*profile.other_lines, *_labels(profile))

    def split(self, rows: Rows) -> tuple[Rows, Rows]:
        """Lines that are entries, and those below or between that are not."""
        inside: list[tuple[int, Sequence[Cell]]] = []
        outside: list[tuple[int, Sequence[Cell]]] = []
        for number, cells in rows:
            first = next(filter(None, map(_text, cells)), None)
            if first is not None:
                other = first.startswith(self._others) and not self._has_day(cells)
                (outside if other else inside).append((number, cells))
        return inside, outside

    def _has_day(self, cells: Sequence[Cell]) -> bool:
        line = dict(zip(self._header, cells, strict=False))
        cell = line.get(self._profile.columns.booking_date)
        return isinstance(cell, date) or self._days.fullmatch(_text(cell)) is not None

    def entry(self, cells: Sequence[Cell]) -> _Read:
        """One line. Raises _Fault."""
        if any(_text(cell) for cell in cells[len(self._header) :]):
            raise _Fault("more cells than columns")
        line = dict(zip(self._header, cells, strict=False))
        columns, profile = self._profile.columns, self._profile

        def text(column: str | None) -> str | None:
            return (_text(line.get(column)) or None) if column else None

        booked = self._day(line.get(columns.booking_date), columns.booking_date)
        value = line.get(columns.value_date) if columns.value_date else None
        fen = self._fen(line)
        words = [text(column) for column in columns.remittance]
        reversal = profile.reversal
        said = (text(reversal.column) or "") if reversal else ""
        entry = StatementEntry(
            entry_reference="",
            amount_minor=abs(fen),
            currency=self._currency(text(columns.currency)),
            credit=fen > 0,
            booked=True,
            reversal=reversal is not None and any(word in said for word in reversal.words),
            booking_date=booked,
            value_date=self._day(value, columns.value_date or "") if _text(value) else None,
            bank_reference=text(columns.bank_reference),
            details=(
                EntryDetail(
                    end_to_end_id=text(columns.end_to_end_id),
                    amount_minor=None,
                    return_reason=None,
                    counterparty_name=text(columns.counterparty_name),
                    counterparty_account=text(columns.counterparty_account),
                    remittance=" ".join(filter(None, words)) or None,
                ),
            ),
        )
        balance = line.get(columns.balance) if columns.balance else None
        return _Read(
            entry,
            _fen_of(balance, columns.balance, profile.thousands) if columns.balance else None,
            text(columns.account_number) or "",
        )

    def _day(self, cell: Cell | None, column: str) -> date:
        return _day_of(cell, column, self._days)

    def _currency(self, text: str | None) -> str:
        if text is None or text in self._profile.currency_names:
            return CURRENCY
        return text

    def _fen(self, line: Mapping[str, Cell]) -> int:
        """What the account got, in fen; below 0 where it gave. Never 0."""
        amount, thousands = self._profile.amount, self._profile.thousands
        if isinstance(amount, TwoColumns):
            fen = _of_two(line, amount, thousands)
        else:
            fen = _fen_of(line.get(amount.amount), amount.amount, thousands)
        if isinstance(amount, SignedAmount) and amount.inverted:
            fen = -fen
        if isinstance(amount, MarkedAmount):
            fen = _marked(fen, _text(line.get(amount.mark)), amount)
        if fen == 0:
            raise _Fault("an amount of 0")
        return fen


def _of_two(line: Mapping[str, Cell], amount: TwoColumns, thousands: bool) -> int:
    sides = []
    for column in (amount.money_in, amount.money_out):
        cell = line.get(column)
        fen = _fen_of(cell, column, thousands) if _text(cell) else 0
        if fen < 0:
            raise _Fault(f"column {column}: below 0")
        sides.append(fen)
    if all(sides):
        raise _Fault(f"both {amount.money_in} and {amount.money_out}")
    return sides[0] - sides[1]


def _marked(fen: int, mark: str, amount: MarkedAmount) -> int:
    if fen < 0:
        raise _Fault(f"column {amount.amount}: below 0")
    if mark in amount.marks_in:
        return fen
    if mark in amount.marks_out:
        return -fen
    raise _Fault(f"column {amount.mark}: neither in nor out: {mark[:20]!r}")


class _Around:
    """What stands above and below the table."""

    def __init__(self, profile: StatementProfile, rows: Iterable[tuple[int, Sequence[Cell]]]):
        self._lines = [(number, [cell for cell in cells if _text(cell)]) for number, cells in rows]
        self._profile = profile
        self._days = _pattern(profile.date_format)
        self._labels = set(_labels(profile))

    def find(self, label: str | None) -> tuple[str, Cell] | None:
        """Where a labelled value stands (for faults), and the value; None where there is none.

        Said twice with two values, it is none.
        """
        if label is None:
            return None
        found: list[tuple[str, Cell]] = []
        behind = tuple(label + colon for colon in _COLON)
        for number, cells in self._lines:
            for at, cell in enumerate(cells):
                text = _text(cell)
                if _label(cell) == label:
                    # A label right behind a label: the first has no value.
                    if at + 1 == len(cells) or _label(cells[at + 1]) in self._labels:
                        continue
                    found.append((f"line {number}, {label}", cells[at + 1]))
                elif text.startswith(behind) and (rest := text[len(label) + 1 :].strip()):
                    found.append((f"line {number}, {label}", rest))
        if len({_text(value) for _, value in found}) > 1:
            raise _Fault(f"{found[1][0]}: said before, and differently")
        return found[0] if found else None

    def fen(self, label: str | None) -> int | None:
        found = self.find(label)
        if found is None:
            return None
        return _fen_of(found[1], found[0], self._profile.thousands)

    def day(self, label: str | None) -> date | None:
        found = self.find(label)
        return None if found is None else _day_of(found[1], found[0], self._days)

    def text(self, label: str | None) -> str | None:
        found = self.find(label)
        return None if found is None else _text(found[1])


def _assembled(profile: StatementProfile, read: Sequence[_Read], around: _Around) -> BankStatement:
    """Labelled balances and days first, else those of the lines. Raises _Fault."""
    labels = profile.labels
    days = [one.entry.booking_date for one in read if one.entry.booking_date is not None]
    first = around.day(labels.first_day) or min(days, default=None)
    last = around.day(labels.last_day) or max(days, default=None)
    if first is None or last is None:
        raise _Fault("no entries, and no days said: of which days it is cannot be told")
    if first > last:
        raise _Fault("the last day is before the first")
    opening, closing = around.fen(labels.opening), around.fen(labels.closing)
    if read and read[0].balance is not None and read[-1].balance is not None:
        entry = read[0].entry
        moved = entry.amount_minor if entry.credit else -entry.amount_minor
        opening = read[0].balance - moved if opening is None else opening
        closing = read[-1].balance if closing is None else closing
    number = around.text(labels.number) or ""
    sequence = int(number) if re.fullmatch("[0-9]{1,9}", number) and int(number) > 1 else None
    header = StatementHeader(
        statement_id=f"{profile.code}-{number or '0'}-{first.isoformat()}-{last.isoformat()}",
        sequence=sequence,
        account_number=_account(read, around.text(labels.account_number)),
        created_at=None,
        from_at=datetime.combine(first, time(), SHANGHAI),
        to_at=datetime.combine(last + DAY, time(), SHANGHAI),
    )
    stated = (("OPBD", opening, first), ("CLBD", closing, last))
    balances = [
        StatementBalance(code, amount, CURRENCY, on)
        for code, amount, on in stated
        if amount is not None
    ]
    return BankStatement(header, tuple(balances), [one.entry for one in read])


def _account(read: Sequence[_Read], labelled: str | None) -> str:
    named = {one.account for one in read if one.account} | ({labelled} if labelled else set())
    if len(named) > 1:
        raise _Fault("lines of more than one account")
    if not named:
        raise _Fault("no account is named")
    return re.sub(r"[ -]", "", named.pop())


def _text(cell: Cell | None) -> str:
    return cell.isoformat() if isinstance(cell, date) else cell or ""


def _fen_of(cell: Cell | None, place: str, thousands: bool) -> int:
    text = _text(cell)
    shape = _THOUSANDS if thousands and "," in text else _AMOUNT
    if not shape.fullmatch(text):
        raise _Fault(f"{place}: not an amount: {text[:40]!r}")
    scaled = Decimal(text.replace(",", "")) * 100
    if scaled != scaled.to_integral_value():
        raise _Fault(f"{place}: more than two decimals: {text[:40]!r}")
    return int(scaled)


def _pattern(date_format: str) -> re.Pattern[str]:
    pattern = re.escape(date_format)
    for part, digits in _PARTS.items():
        pattern = pattern.replace(part, digits)
    return re.compile(pattern)


def _day_of(cell: Cell | None, place: str, days: re.Pattern[str]) -> date:
    """The day of a cell: of a date as a spreadsheet keeps it, or of text in the declared form."""
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    found = days.fullmatch(text)
    if found is None:
        raise _Fault(f"{place}: not a date of the declared form: {text[:40]!r}")
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError as error:
        raise _Fault(f"{place}: there is no such day: {text[:40]!r}") from error
