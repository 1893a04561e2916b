"""A day of an account certified: two books beside each other, whatever is missing from either."""

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from schemas.codes.bank_statements import EntryClass
from schemas.codes.day_certificates import (
    BankBook,
    DayFindingKind,
    DayVerdict,
    ExplainedBy,
    SheetLanguage,
)
from schemas.messages.day_certificates import CertifiedEntryView
from settlement_api.day_certificates import export
from settlement_api.day_certificates.policy import (
    Account,
    DayCertificate,
    Entries,
    Posted,
    Stated,
    Unread,
    Waiting,
    certify,
    faults_of_days,
)

FIRST = date(2026, 3, 2)
DAY = timedelta(days=1)
CAUSES = frozenset(DayFindingKind) - {
    DayFindingKind.STATEMENT_MISSING,
    DayFindingKind.FILE_UNREAD,
    DayFindingKind.DAY_UNBALANCED,
    DayFindingKind.UNEXPLAINED,
}


def day(number: int) -> date:
    return FIRST + number * DAY


def statement(
    number: int, on: int, opening: int, closing: int, *, until: int | None = None, **more: bool
) -> Stated:
    last = day(on if until is None else until)
    return Stated(
        UUID(int=number),
        number,
        day(on),
        last,
        opening,
        closing,
        repeats=more.get("repeats", False),
        jumps=more.get("jumps", False),
    )


def moved(of: int, on: int, came: int = 0, went: int = 0, *, posted: int | None = -1) -> Entries:
    booked = None if posted is None else day(on if posted == -1 else posted)
    return Entries(UUID(int=of), day(on), booked, 1, came, went)


def posted(on: int, came: int = 0, went: int = 0, openings: int = 0) -> Posted:
    return Posted(day(on), came, went, openings)


def one(account: Account, on: int) -> DayCertificate:
    (certificate,) = certify(account, day(on), day(on))
    return certificate


def kinds(certificate: DayCertificate) -> list[tuple[DayFindingKind, int]]:
    return [(finding.kind, finding.amount) for finding in certificate.findings]


def test_two_books_that_say_the_same_agree() -> None:
    account = Account(
        [statement(1, 0, 0, 70), statement(2, 1, 70, 40)],
        [moved(1, 0, 100, 30), moved(2, 1, 0, 30)],
        [posted(0, 100, 30), posted(1, 0, 30)],
    )
    first, second = certify(account, day(0), day(1))
    for certificate in (first, second):
        assert certificate.bank == certificate.ledger
        assert (certificate.verdict, certificate.difference) == (DayVerdict.AGREED, 0)
    assert second.bank is not None
    assert (second.bank.opening, second.bank.money_out, second.bank.closing) == (70, 30, 40)


def test_a_day_without_a_statement_is_never_certified_by_equal_balances_alone() -> None:
    unnumbered = [
        Stated(UUID(int=1), None, day(0), day(0), 0, 5, repeats=False),
        Stated(UUID(int=2), None, day(2), day(2), 5, 5, repeats=False),
    ]
    account = Account(unnumbered, [moved(1, 0, 5)], [posted(0, 5)])
    empty = one(account, 1)
    assert (empty.book, empty.bank, empty.verdict) == (
        BankBook.MISSING,
        None,
        DayVerdict.INCOMPLETE,
    )
    numbered = Account(
        [statement(1, 0, 0, 5), statement(2, 2, 5, 5)], account.entries, account.posted
    )
    proved = one(numbered, 1)
    assert (proved.book, proved.verdict) == (BankBook.PROVED_EMPTY, DayVerdict.AGREED)
    assert proved.bank is not None
    assert proved.bank.closing == 5
    assert one(numbered, 3).book is BankBook.MISSING, "nothing is known of a day after the last"


def test_what_moved_while_statements_are_missing_is_told_and_carried_on() -> None:
    account = Account(
        [statement(1, 0, 0, 100), statement(3, 2, 130, 130, jumps=True), statement(4, 3, 130, 120)],
        [moved(1, 0, 100), moved(4, 3, 0, 10)],
        [posted(0, 100), posted(3, 0, 10)],
    )
    missing, after, later = certify(account, day(1), day(3))
    assert kinds(missing) == [(DayFindingKind.STATEMENT_MISSING, 30)]
    assert missing.findings[0].since == day(1)
    assert kinds(after) == [(DayFindingKind.GAP, 30)]
    assert (after.verdict, after.difference) == (DayVerdict.INCOMPLETE, 30)
    assert kinds(later) == [(DayFindingKind.GAP, 30)]
    assert (later.verdict, later.difference) == (DayVerdict.LISTED, 30), "listed with its day"
    assert later.findings[0].since == day(2)


def test_a_number_skipped_with_equal_balances_is_a_gap_of_nothing_on_its_day() -> None:
    account = Account([statement(1, 0, 0, 0), statement(3, 1, 0, 0, jumps=True)], [], [])
    assert kinds(one(account, 1)) == [(DayFindingKind.GAP, 0)]
    assert one(account, 1).verdict is DayVerdict.INCOMPLETE


def test_a_statement_that_does_not_balance_says_so_on_its_day_and_is_listed_later() -> None:
    account = Account(
        [statement(1, 0, 0, 99), statement(2, 1, 99, 99)], [moved(1, 0, 100)], [posted(0, 100)]
    )
    bad, later = certify(account, day(0), day(1))
    assert kinds(bad) == [
        (DayFindingKind.DAY_UNBALANCED, -1),
        (DayFindingKind.STATEMENT_UNBALANCED, -1),
    ]
    assert bad.verdict is DayVerdict.INCOMPLETE
    assert (kinds(later), later.verdict) == (
        [(DayFindingKind.STATEMENT_UNBALANCED, -1)],
        DayVerdict.LISTED,
    )


def test_an_opening_nobody_booked_and_entries_booked_late_make_the_difference() -> None:
    account = Account(
        [statement(1, 0, 500, 600), statement(2, 1, 600, 600)],
        [moved(1, 0, 60, posted=1), moved(1, 0, 40, posted=None)],
        [posted(1, 60)],
    )
    first, second = certify(account, day(0), day(1))
    assert first.difference == 600
    assert kinds(first) == [
        (DayFindingKind.OPENING_NOT_TRANSFERRED, 500),
        (DayFindingKind.NOT_POSTED, 40),
        (DayFindingKind.POSTED_ON_ANOTHER_DAY, 60),
    ]
    assert (second.difference, len(second.findings)) == (540, 2)
    booked = Account(account.statements, account.entries, [posted(1, 560, 0, 500)])
    assert kinds(one(booked, 1)) == [(DayFindingKind.NOT_POSTED, 40)]


def test_money_in_the_ledger_that_no_statement_brought_is_not_told_apart() -> None:
    account = Account([statement(1, 0, 0, 10)], [moved(1, 0, 10)], [posted(0, 11)])
    assert kinds(one(account, 0)) == [(DayFindingKind.NOT_TOLD_APART, -1)]


def test_a_statement_given_twice_in_a_day_counts_its_entries_once() -> None:
    noon = statement(1, 0, 0, 10)
    evening = statement(2, 0, 10, 15)
    whole = statement(3, 0, 0, 15, repeats=True)
    entries = [moved(1, 0, 10), moved(2, 0, 5)]
    for statements in ([noon, evening], [noon, evening, whole]):
        certificate = one(Account(statements, entries, [posted(0, 15)]), 0)
        assert certificate.verdict is DayVerdict.AGREED, certificate.findings
        assert certificate.bank is not None
        assert (certificate.bank.opening, certificate.bank.closing) == (0, 15)


def test_days_inside_a_months_statement_have_balances_of_their_own() -> None:
    account = Account(
        [statement(1, 0, 7, 37, until=4)],
        [moved(1, 1, 20), moved(1, 3, 10)],
        [posted(0, 7, 0, 7), posted(1, 20), posted(3, 10)],
    )
    found = certify(account, day(0), day(4))
    assert [c.bank.closing for c in found if c.bank] == [7, 27, 27, 37, 37]
    assert {c.verdict for c in found} == {DayVerdict.AGREED}


def test_what_waits_is_told_of_the_day_and_of_those_before() -> None:
    waiting = [Waiting(day(0), 1, 3, 0), Waiting(day(1), 1, 0, 4), Waiting(day(1), 1, 9, 0)]
    account = Account(
        [statement(1, 0, 0, 3), statement(2, 1, 3, 8)],
        [moved(1, 0, 3), moved(2, 1, 9, 4)],
        [posted(0, 3), posted(1, 9, 4)],
        waiting,
    )
    second = one(account, 1)
    assert (second.unexplained.count, second.waiting_before.count) == (2, 1)
    assert (second.unexplained.credits, second.unexplained.debits) == (9, 4)
    assert (kinds(second), second.verdict) == (
        [(DayFindingKind.UNEXPLAINED, 5)],
        DayVerdict.LISTED,
    )


def test_a_file_that_was_not_booked_is_named() -> None:
    dated = Unread(UUID(int=8), day(0), day(1))
    undated = Unread(UUID(int=9), None, day(1))
    account = Account([statement(1, 0, 0, 0)], [], [], unread=[dated, undated])
    assert [f.about for f in one(account, 0).findings] == [dated.file_id]
    missing = one(account, 1)
    assert [f.about for f in missing.findings] == [undated.file_id, None]
    assert missing.verdict is DayVerdict.INCOMPLETE


def test_only_days_that_are_over_and_in_order_are_certified() -> None:
    today = day(5)
    assert [f.code for f in faults_of_days(day(2), day(1), today=today)] == ["order"]
    assert [f.code for f in faults_of_days(day(0), day(5), today=today)] == ["not_over"]
    assert [f.code for f in faults_of_days(day(-62), day(0), today=today)] == ["too_many"]
    assert not faults_of_days(day(-61), day(0), today=today)


class World:
    """A bank's true book, the statements that were made of it, and a ledger that took them."""

    def __init__(self, draw: Random, *, whole: bool) -> None:
        """Statements of one or more days, of a day or part of it; some lost, some unbalanced; some
        entries booked late, and some never. A `whole` world has none of these faults."""
        self._draw = draw
        self._whole = whole
        self._balance = first = draw.randrange(0, 50)
        self._entries: list[Entries] = []
        self._statements: list[Stated] = []
        self._ledger: dict[date, list[int]] = {}
        self._number = 0
        self.closings: list[int] = []
        if draw.random() < 0.7:
            self._ledger[day(0)] = [first, 0, first]
        at, length = 0, draw.randrange(1, 9)
        while at < length:
            at += self._days(at, min(draw.choice([1, 1, 1, 3]), length - at))
        sums = [Posted(on, *figures) for on, figures in self._ledger.items()]
        self._draw.shuffle(self._entries)
        self.account = Account(self._statements, self._entries, sums)

    def _faulty(self, chance: float) -> bool:
        return not self._whole and self._draw.random() < chance

    def _days(self, at: int, span: int) -> int:
        """The days of one statement, or a day in one or two of them; how many days."""
        lost = self._faulty(0.2)
        for part in range(self._draw.choice([1, 1, 2]) if span == 1 else 1):
            self._number += 1
            opening = self._balance
            closings = [self._day(at + inside, lost) for inside in range(span)]
            self.closings[at:] = closings if part == 0 else closings[-1:]
            if not lost:
                closing = self._balance + (self._draw.randrange(1, 5) if self._faulty(0.2) else 0)
                made = statement(self._number, at, opening, closing, until=at + span - 1)
                self._statements.append(made)
        return span

    def _day(self, on: int, lost: bool) -> int:
        for _ in range(self._draw.randrange(0, 3)):
            came, went = self._draw.randrange(0, 9), self._draw.randrange(0, 9)
            self._balance += came - went
            if not lost:
                self._book(on, came, went)
        return self._balance

    def _book(self, on: int, came: int, went: int) -> None:
        late = on + (self._draw.choice([-1, 1, 2]) if self._faulty(0.2) else 0)
        never = self._faulty(0.1)
        self._entries.append(moved(self._number, on, came, went, posted=None if never else late))
        if not never:
            books = self._ledger.setdefault(day(late), [0, 0, 0])
            books[0] += came
            books[1] += went


@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_causes_always_make_the_difference_to_the_fen(seed: int) -> None:
    made = World(Random(seed), whole=False)
    for certificate in certify(made.account, day(-1), day(len(made.closings) + 3)):
        if certificate.difference is None:
            assert certificate.verdict is DayVerdict.INCOMPLETE
            continue
        causes = [f for f in certificate.findings if f.kind in CAUSES]
        assert sum(f.amount for f in causes) == certificate.difference, certificate
        assert not any(f.kind is DayFindingKind.NOT_TOLD_APART for f in causes), certificate
        if certificate.difference:
            assert certificate.verdict is not DayVerdict.AGREED


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_whole_chain_gives_the_banks_own_balance_of_every_day(seed: int) -> None:
    made = World(Random(seed), whole=True)
    opened = not any(posting.openings for posting in made.account.posted)
    found = certify(made.account, day(0), day(len(made.closings) - 1))
    for certificate, closing in zip(found, made.closings, strict=True):
        assert certificate.bank is not None
        assert certificate.bank.closing == closing
        assert certificate.bank.missing == 0
        told = {finding.kind for finding in certificate.findings}
        assert told <= {DayFindingKind.OPENING_NOT_TRANSFERRED}
        assert opened or not told


def entry_view(**more: object) -> CertifiedEntryView:
    given = {
        "id": UUID(int=5),
        "statement_id": UUID(int=1),
        "line_number": 1,
        "detail_number": 1,
        "amount": "12.30",
        "is_credit": True,
        "booking_date": FIRST,
        "value_date": None,
        "bank_reference": None,
        "counterparty_name": None,
        "counterparty_last4": None,
        "remittance": "=cmd|' /C calc'!A0",
        "entry_class": EntryClass.FUNDING,
        "explained_by": ExplainedBy.FUNDING,
        "end_to_end_ids": [],
        "transfer_id": None,
        "posting_number": 3,
        "posted_date": FIRST,
        "suspense_case_id": None,
        "suspense_reason": None,
        "resolution": None,
        "owner_role": None,
        "due_date": None,
        "age_days": None,
        "overdue": False,
    }
    return CertifiedEntryView.model_validate(given | more)


@pytest.mark.parametrize("language", list(SheetLanguage))
def test_the_workbook_says_what_the_certificates_say_in_both_languages(
    language: SheetLanguage,
) -> None:
    account = Account([statement(1, 0, 0, 1_229)], [moved(1, 0, 1_230)], [posted(0, 1_230)], [], [])
    at = datetime(2026, 3, 9, 4, tzinfo=UTC)
    found = certify(account, day(0), day(1))
    body = export.write_workbook(found, [entry_view()], language=language, at=at)
    assert body == export.write_workbook(found, [entry_view()], language=language, at=at)
    with CalamineWorkbook.from_filelike(BytesIO(body)) as book:
        days, findings, entries = (book.get_sheet_by_index(n).to_python() for n in range(3))
    assert days[1][0] == "2026-03-02"
    assert days[1][3:7] == [0, 12.3, 0, 12.29]
    assert days[2][3:7] == [""] * 4, "no bank's figures of a day that no statement covers"
    assert days[4][1] == "2026-03-09 12:00:00+08:00"
    assert [row[2] for row in findings[1:]] == [-0.01, -0.01, 0, -0.01]
    assert entries[1][2:4] == [12.3, ""]
    assert entries[1][8] == "=cmd|' /C calc'!A0", "a text, never a formula"
    chinese = language is SheetLanguage.ZH
    assert days[1][1] == (
        "银行资料不全，不能确认" if chinese else "bank's book incomplete: not certified"
    )


def test_every_code_has_words_in_both_languages() -> None:
    tables = (
        (export.VERDICTS, DayVerdict),
        (export.BOOKS, BankBook),
        (export.FINDINGS, DayFindingKind),
        (export.EXPLAINED, ExplainedBy),
    )
    for table, codes in tables:
        assert set(table) == set(codes)
        assert all(chinese and english for chinese, english in table.values())
