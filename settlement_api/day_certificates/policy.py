"""How a day of an account is certified: the bank's book beside ours, and why they differ. Pure.

The bank's book is its statements in their chain, and every entry once. Less all entries up to some
instant, every balance that a whole chain states comes to the same figure, the base of the account.
So a change of the base between two statements is money that moved in between without an entry of
ours (a gap), and within one is money the statement's own entries do not make. The changes add up:
with what the ledger has not booked, or on another day, they make the difference of the books.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise
from typing import Final
from uuid import UUID

from schemas.codes.day_certificates import BankBook, DayFindingKind, DayVerdict
from schemas.money import Money
from schemas.problems import Fault

MAX_DAYS: Final = 62
"""Two months at a time: what a person reads, and what a spreadsheet shows."""
DAY: Final = timedelta(days=1)
WITHOUT_BANK: Final = frozenset(
    {
        DayFindingKind.STATEMENT_MISSING,
        DayFindingKind.FILE_UNREAD,
        DayFindingKind.DAY_UNBALANCED,
    }
)


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement of the account. `repeats`: it brought lines or a name that others had;
    `jumps`: it does not follow the one before by number or balance.
    """

    id: UUID
    sequence: int | None
    from_date: date
    to_date: date
    opening: int
    closing: int
    repeats: bool
    jumps: bool = False


@dataclass(frozen=True, slots=True)
class Entries:
    """Sums of entries that one statement brought first, of one day at the bank, fen.

    `posted_day` is where the ledger booked them; None when it has not.
    """

    statement_id: UUID
    day: date
    posted_day: date | None
    count: int
    credits: int
    debits: int


@dataclass(frozen=True, slots=True)
class Posted:
    """What the ledger booked on the bank account on one day; `openings` is part of it, net."""

    day: date
    debits: int
    credits: int
    openings: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Entries of one day that nothing explains, fen."""

    day: date
    count: int
    credits: int
    debits: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that was stored and not booked; `day` only where it was fetched for one."""

    file_id: UUID
    day: date | None
    received_on: date


@dataclass(frozen=True, slots=True)
class Account:
    """All that is known of an account up to some day; statements in the order of their chain."""

    statements: Sequence[Stated]
    entries: Sequence[Entries]
    posted: Sequence[Posted]
    waiting: Sequence[Waiting] = ()
    unread: Sequence[Unread] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why a day is not agreed: fen it makes, since when, and what it is about.

    `about` is a statement, or a stored file.
    """

    kind: DayFindingKind
    amount: Money
    since: date | None = None
    about: UUID | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One book's day in fen; opening + in − out = closing, or the book does not add up."""

    opening: Money
    money_in: Money
    money_out: Money
    closing: Money

    @property
    def missing(self) -> Money:
        """What the closing has that opening and movements do not make."""
        return Money(self.closing - self.opening - self.money_in + self.money_out)


@dataclass(frozen=True, slots=True)
class DayCertificate:
    """A day of an account: both books, and everything between them."""

    day: date
    book: BankBook
    bank: Side | None
    ledger: Side
    entry_count: int
    unexplained: Waiting
    waiting_before: Waiting
    statement_ids: tuple[UUID, ...]
    findings: tuple[Finding, ...]

    @property
    def difference(self) -> Money | None:
        """The bank's closing less the ledger's; None without the bank's."""
        return None if self.bank is None else Money(self.bank.closing - self.ledger.closing)

    @property
    def verdict(self) -> DayVerdict:
        """How the day ended."""
        kinds = {finding.kind for finding in self.findings}
        opened_in_gap = any(
            finding.kind is DayFindingKind.GAP and finding.since == self.day
            for finding in self.findings
        )
        if kinds & WITHOUT_BANK or opened_in_gap:
            return DayVerdict.INCOMPLETE
        return DayVerdict.LISTED if kinds else DayVerdict.AGREED


def faults_of_days(first: date, last: date, *, today: date) -> list[Fault]:
    """Why no certificates can be drawn up of these days."""
    faults = []
    if first > last:
        faults.append(Fault("from_date", "order", "the first day is after the last"))
    elif (last - first).days >= MAX_DAYS:
        faults.append(Fault("to_date", "too_many", f"more than {MAX_DAYS} days"))
    if last >= today:
        faults.append(Fault("to_date", "not_over", "the day is not over"))
    return faults


def certify(account: Account, first: date, last: date) -> list[DayCertificate]:
    """One certificate a day."""
    chain = _Chain(account)
    days = (first + number * DAY for number in range((last - first).days + 1))
    return [chain.certificate(day) for day in days]


@dataclass(frozen=True, slots=True)
class _Mark:
    """The base of the account as one end of a statement states it, and whether it is its close."""

    statement: Stated
    closes: bool
    base: int


class _Chain:
    """The account's statements and sums by day, added up once for all days asked for."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._places = {one.id: place for place, one in enumerate(account.statements)}
        nets: dict[date, int] = defaultdict(int)
        for row in account.entries:
            nets[row.day] += row.credits - row.debits
        self._days = sorted(nets)
        self._sums = [0, *accumulate(nets[day] for day in self._days)]
        self._of_day: dict[date, list[Entries]] = defaultdict(list)
        for row in account.entries:
            self._of_day[row.day].append(row)
        self._ends = [
            (_Mark(one, False, self._open_base(one)), _Mark(one, True, self._close_base(one)))
            for one in account.statements
        ]

    def _before(self, day: date) -> int:
        """Net of every entry before a day at the bank."""
        return self._sums[bisect_left(self._days, day)]

    def _through(self, day: date) -> int:
        return self._sums[bisect_right(self._days, day)]

    def _open_base(self, one: Stated) -> int:
        """A statement that goes on within a day opens after what the earlier ones of it brought."""
        earlier = 0
        if not one.repeats:
            place = self._places[one.id]
            earlier = sum(
                row.credits - row.debits
                for row in self._of_day.get(one.from_date, ())
                if self._places[row.statement_id] < place
            )
        return one.opening - self._before(one.from_date) - earlier

    def _close_base(self, one: Stated) -> int:
        later = 0
        if not one.repeats:
            place = self._places[one.id]
            later = sum(
                row.credits - row.debits
                for row in self._of_day.get(one.to_date, ())
                if self._places[row.statement_id] > place
            )
        return one.closing - self._through(one.to_date) + later

    def certificate(self, day: date) -> DayCertificate:
        """Both books of one day."""
        covering = [
            ends
            for ends in self._ends
            if ends[0].statement.from_date <= day <= ends[0].statement.to_date
        ]
        book, bank, base = self._bank(day, covering)
        ledger = self._ledger(day)
        unexplained = self._waiting(day, day)
        findings = [
            *self._unread(day, book),
            *self._missing_from_bank(day, book, bank),
            *self._differences(day, bank, ledger, base),
        ]
        if unexplained.count:
            net = Money(unexplained.credits - unexplained.debits)
            findings.append(Finding(DayFindingKind.UNEXPLAINED, net, day))
        return DayCertificate(
            day=day,
            book=book,
            bank=bank,
            ledger=ledger,
            entry_count=sum(row.count for row in self._of_day.get(day, ())),
            unexplained=unexplained,
            waiting_before=self._waiting(date.min, day - DAY),
            statement_ids=tuple(ends[0].statement.id for ends in covering),
            findings=tuple(findings),
        )

    def _bank(
        self, day: date, covering: Sequence[tuple[_Mark, _Mark]]
    ) -> tuple[BankBook, Side | None, int]:
        """The bank's book of a day, and the base that its closing stands on."""
        if covering:
            opens, closes = covering[0][0], covering[-1][1]
            first, last = opens.statement, closes.statement
            opening = first.opening if first.from_date == day else opens.base + self._before(day)
            base = closes.base if last.to_date == day else covering[-1][0].base
            closing = last.closing if last.to_date == day else base + self._through(day)
            rows = self._of_day.get(day, ())
            money_in = sum(row.credits for row in rows)
            money_out = sum(row.debits for row in rows)
            return BankBook.STATED, _side(opening, money_in, money_out, closing), base
        before, after = self._around(day)
        if before is not None and after is not None and _follows(before.statement, after.statement):
            closing = before.statement.closing
            return BankBook.PROVED_EMPTY, _side(closing, 0, 0, closing), before.base
        return BankBook.MISSING, None, 0

    def _around(self, day: date) -> tuple[_Mark | None, _Mark | None]:
        """The last statement that ends before a day, and the first that begins after it."""
        before = [ends[1] for ends in self._ends if ends[0].statement.to_date < day]
        after = [ends[0] for ends in self._ends if ends[0].statement.from_date > day]
        return (before[-1] if before else None), (after[0] if after else None)

    def _ledger(self, day: date) -> Side:
        posted = self._account.posted
        opening = sum(row.debits - row.credits for row in posted if row.day < day)
        money_in = sum(row.debits for row in posted if row.day == day)
        money_out = sum(row.credits for row in posted if row.day == day)
        return _side(opening, money_in, money_out, opening + money_in - money_out)

    def _waiting(self, first: date, last: date) -> Waiting:
        rows = [row for row in self._account.waiting if first <= row.day <= last]
        return Waiting(
            last,
            sum(row.count for row in rows),
            sum(row.credits for row in rows),
            sum(row.debits for row in rows),
        )

    def _unread(self, day: date, book: BankBook) -> Iterator[Finding]:
        """Files of the day; files of no named day only where the day has no statement."""
        for file in self._account.unread:
            unnamed = file.day is None and book is BankBook.MISSING and file.received_on >= day
            if file.day == day or unnamed:
                kind = DayFindingKind.FILE_UNREAD
                yield Finding(kind, Money(0), file.received_on, file.file_id)

    def _missing_from_bank(self, day: date, book: BankBook, bank: Side | None) -> Iterator[Finding]:
        if book is BankBook.MISSING:
            before, after = self._around(day)
            moved = 0 if before is None or after is None else after.base - before.base
            since = None if before is None else before.statement.to_date + DAY
            yield Finding(DayFindingKind.STATEMENT_MISSING, Money(moved), since)
        if bank is not None and bank.missing:
            yield Finding(DayFindingKind.DAY_UNBALANCED, bank.missing, day)

    def _differences(
        self, day: date, bank: Side | None, ledger: Side, base: int
    ) -> Iterator[Finding]:
        """Why the books differ at the end of a day; the amounts make the difference."""
        marks = [
            mark
            for opens, closes in self._ends
            if opens.statement.from_date <= day
            for mark in ((opens, closes) if opens.statement.to_date <= day else (opens,))
        ]
        if not marks:
            return
        causes = [*self._opening(day, marks[0]), *_breaks(marks, day), *self._elsewhere(day)]
        yield from causes
        if bank is not None:
            told = sum(cause.amount for cause in causes)
            left = bank.closing - ledger.closing - told
            if left:
                yield Finding(DayFindingKind.NOT_TOLD_APART, Money(left), day)

    def _opening(self, day: date, mark: _Mark) -> Iterator[Finding]:
        """What was on the account before its first statement, where two people did not book it."""
        transferred = sum(row.openings for row in self._account.posted if row.day <= day)
        if left := mark.base - transferred:
            one = mark.statement
            kind = DayFindingKind.OPENING_NOT_TRANSFERRED
            yield Finding(kind, Money(left), one.from_date, one.id)

    def _elsewhere(self, day: date) -> Iterator[Finding]:
        """Entries up to a day that the ledger booked after it or not, and the other way round."""
        sums: dict[tuple[DayFindingKind, date, UUID], int] = defaultdict(int)
        for row in self._account.entries:
            at_bank = row.day <= day
            booked = row.posted_day is not None and row.posted_day <= day
            if at_bank != booked:
                kind = (
                    DayFindingKind.NOT_POSTED
                    if row.posted_day is None
                    else DayFindingKind.POSTED_ON_ANOTHER_DAY
                )
                net = row.credits - row.debits
                sums[kind, row.day, row.statement_id] += net if at_bank else -net
        for (kind, since, statement_id), amount in sorted(sums.items()):
            yield Finding(kind, Money(amount), since, statement_id)


def _breaks(marks: Sequence[_Mark], day: date) -> Iterator[Finding]:
    """Where the base changes along the chain, and where today's statement skips a number."""
    for before, after in pairwise(marks):
        one, moved = after.statement, Money(after.base - before.base)
        if after.closes and moved:
            yield Finding(DayFindingKind.STATEMENT_UNBALANCED, moved, one.to_date, one.id)
        elif not after.closes and (moved or (one.jumps and one.from_date == day)):
            yield Finding(DayFindingKind.GAP, moved, one.from_date, one.id)


def _follows(before: Stated, after: Stated) -> bool:
    """Whether nothing can lie between: equal balances alone do not prove that no day is missing."""
    if before.sequence is None or after.sequence is None:
        return False
    return after.sequence == before.sequence + 1 and after.opening == before.closing


def _side(opening: int, money_in: int, money_out: int, closing: int) -> Side:
    return Side(Money(opening), Money(money_in), Money(money_out), Money(closing))
