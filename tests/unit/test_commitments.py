"""What is still to apply for after some was: whole sums per price version, route and month."""

from dataclasses import replace

import pytest

from reconciler.match_rules import MatchRules
from reconciler.outcome import KINDS, ROUTES
from schemas.codes.reconciliation import Route
from tests.builders.reconciliation import (
    UNIT,
    YUAN,
    Committed,
    Credit,
    Dossier,
    Invoice,
    Order,
    Paper,
    Receipt,
    Return,
    Terms,
)

MARCH, APRIL = 88, 91
"""Days of two months; so is the default day of a receipt, 110, of the second."""

Open = tuple[str, int, str, str, int, int]
"""Kind, position of the payable corrected or -1, receipt, invoice, units in thousandths, fen."""


def dossier(*papers: Paper, committed: list[Committed], terms: Terms | None = None) -> Dossier:
    return Dossier(list(papers), [terms or Terms("k")], committed=committed)


def still_open(dossier: Dossier, rules: MatchRules | None = None) -> list[Open]:
    receipts = [*dossier.names(Receipt), ""]
    invoices = [*dossier.names(Invoice), ""]
    return sorted(
        (
            str(KINDS[row["kind"]]),
            int(row["adjusts"]),
            receipts[max(row["receipt"], -1)],
            invoices[max(row["invoice"], -1)],
            int(row["quantity"]),
            int(row["amount"]),
        )
        for row in dossier.match(rules).payables
    )


WHOLE = Committed("o", "r", "i", 10 * UNIT, 10_000)
LINE = (Order("o"), Receipt("r", order="o"), Invoice("i", order="o"))


def test_what_was_applied_for_as_it_is_due_leaves_nothing_open() -> None:
    assert still_open(dossier(*LINE, committed=[WHOLE])) == []


def test_what_was_applied_for_in_part_leaves_the_rest_of_its_pair() -> None:
    part = replace(WHOLE, quantity=4 * UNIT, amount=4_000)
    assert still_open(dossier(*LINE, committed=[part])) == [("goods", -1, "r", "i", 6_000, 6_000)]


@pytest.mark.parametrize(
    ("price", "expected"),
    [(9, [("price_adj", 0, "r", "i", 0, -1_000)]), (10, []), (11, [])],
)
def test_a_price_cut_afterwards_is_one_correction_and_a_raise_is_none(
    price: int, expected: list[Open]
) -> None:
    """The stated amount stays what is due at most: a contract raised afterwards pays no more."""
    cut = dossier(*LINE, committed=[WHOLE], terms=Terms("k", price=price * YUAN))
    assert still_open(cut) == expected


def test_a_price_raised_again_gives_back_what_the_cut_took() -> None:
    cut = Committed("o", "r", "i", 0, -1_000, adjusts=0)
    assert still_open(dossier(*LINE, committed=[WHOLE, cut])) == [
        ("price_adj", 0, "r", "i", 0, 1_000)
    ]


def test_a_fen_of_rounding_is_told_from_a_price() -> None:
    committed = [replace(WHOLE, amount=9_999)]
    assert still_open(dossier(*LINE, committed=committed)) == [("rounding", 0, "r", "i", 0, 1)]
    committed = [replace(WHOLE, amount=9_998)]
    assert still_open(dossier(*LINE, committed=committed)) == [("price_adj", 0, "r", "i", 0, 2)]


def test_a_return_comes_off_the_payable_whose_receipt_it_names() -> None:
    papers = (
        Order("o"),
        Receipt("r1", 5, "o", day=110),
        Receipt("r2", 5, "o", day=111),
        Invoice("i", order="o"),
        Return("t", 2, receipt="r1"),
    )
    committed = [
        Committed("o", "r1", "i", 5 * UNIT, 5_000),
        Committed("o", "r2", "i", 5 * UNIT, 5_000, clock_day=111),
    ]
    assert still_open(dossier(*papers, committed=committed)) == [
        ("return", 0, "r1", "i", -2 * UNIT, -2_000)
    ]


def test_an_unnamed_fall_comes_off_the_newest_payable() -> None:
    """The invoice is credited, both receipts stand: the later slice is taken back."""
    papers = (
        Order("o"),
        Receipt("r1", 5, "o", day=110),
        Receipt("r2", 5, "o", day=111),
        Invoice("i", order="o"),
        Credit("c", "i", 3, 3_000),
    )
    committed = [
        Committed("o", "r1", "i", 5 * UNIT, 5_000),
        Committed("o", "r2", "i", 5 * UNIT, 5_000, clock_day=111),
    ]
    assert still_open(dossier(*papers, committed=committed)) == [
        ("return", 1, "r2", "i", -3 * UNIT, -3_000)
    ]


def test_of_two_payables_that_have_too_many_units_the_newer_gives_them_back() -> None:
    papers = (
        Order("o"),
        Receipt("r1", 3, "o", day=110),
        Receipt("r2", 3, "o", day=111),
        Receipt("r3", 2, "o", day=112),
        Invoice("i", order="o"),
    )
    committed = [
        Committed("o", "r1", "i", 5 * UNIT, 5_000),
        Committed("o", "r2", "i", 5 * UNIT, 5_000, clock_day=111),
    ]
    assert still_open(dossier(*papers, committed=committed)) == [
        ("return", 1, "r2", "i", -2 * UNIT, -2_000)
    ]


def test_of_two_payables_of_one_receipt_the_later_invoice_gives_back() -> None:
    papers = (
        Order("o"),
        Receipt("r", 10, "o"),
        Invoice("i1", 5, 5_000, "o", day=101),
        Invoice("i2", 5, 5_000, "o", day=102),
        Return("t", 3, receipt="r"),
    )
    committed = [
        Committed("o", "r", "i1", 5 * UNIT, 5_000),
        Committed("o", "r", "i2", 5 * UNIT, 5_000),
    ]
    assert still_open(dossier(*papers, committed=committed)) == [
        ("return", 1, "r", "i2", -3 * UNIT, -3_000)
    ]


def test_goods_accepted_in_another_month_than_applied_for_move_to_that_month() -> None:
    """The claims of that month bear them; no goods went back."""
    papers = (Order("o", day=80), Receipt("r", order="o", day=APRIL), Invoice("i", order="o"))
    march = replace(WHOLE, clock_day=MARCH)
    assert still_open(dossier(*papers, committed=[march])) == [
        ("goods", -1, "r", "i", 10 * UNIT, 10_000),
        ("price_adj", 0, "r", "i", -10 * UNIT, -10_000),
    ]


def test_another_day_of_the_same_month_changes_nothing() -> None:
    papers = (Order("o", day=80), Receipt("r", order="o", day=APRIL), Invoice("i", order="o"))
    assert still_open(dossier(*papers, committed=[replace(WHOLE, clock_day=APRIL + 3)])) == []


VERSIONS = [Terms("a", valid_to=99), Terms("b", price=9 * YUAN, valid_from=100)]


def test_goods_that_a_document_puts_under_another_price_version_move_to_it_at_its_price() -> None:
    """The order was dated a day before the price changed, and is revised to the day it did."""
    moved = Dossier(list(LINE), VERSIONS, committed=[replace(WHOLE, basis_day=99)])
    assert still_open(moved) == [
        ("goods", -1, "r", "i", 10 * UNIT, 9_000),
        ("price_adj", 0, "r", "i", -10 * UNIT, -10_000),
    ]
    rows = moved.match().payables
    assert sorted(zip(rows["contract"].tolist(), rows["amount"].tolist(), strict=True)) == [
        (0, -10_000),
        (1, 9_000),
    ]


@pytest.mark.parametrize("then", [0, -1])
def test_a_price_version_that_is_found_later_changes_the_price_only(then: int) -> None:
    """Whatever contract it was applied for under, today's terms say what its day falls under."""
    committed = [replace(WHOLE, contract=then)]
    assert still_open(Dossier(list(LINE), VERSIONS, committed=committed)) == [
        ("price_adj", 0, "r", "i", 0, -1_000)
    ]


def test_what_the_hospital_settles_itself_stays_with_it_when_a_contract_comes() -> None:
    committed = [replace(WHOLE, contract=-1, route=ROUTES.index(Route.SELF))]
    assert still_open(dossier(*LINE, committed=committed)) == []
    cut = dossier(*LINE, committed=committed, terms=Terms("k", price=9 * YUAN))
    assert cut.match().payables["route"].tolist() == [ROUTES.index(Route.SELF)]


def test_an_earlier_receipt_that_comes_late_is_given_the_invoice_that_is_free() -> None:
    """By date it would take the invoice that is applied for already, of which nothing is left."""
    papers = (
        Order("o", 20, day=80),
        Receipt("r1", 10, "o", day=MARCH),
        Receipt("r2", 10, "o", day=APRIL),
        Invoice("i1", 10, 10_000, "o", day=90),
        Invoice("i2", 10, 10_000, "o", day=95),
    )
    committed = [Committed("o", "r2", "i1", 10 * UNIT, 10_000, clock_day=APRIL)]
    assert still_open(dossier(*papers, committed=committed)) == [
        ("goods", -1, "r1", "i2", 10 * UNIT, 10_000)
    ]


def test_what_lines_no_longer_there_were_applied_for_comes_off_the_oldest_others() -> None:
    """A receipt is replaced by two: six of the ten units are taken as those applied for."""
    papers = (
        Order("o"),
        Receipt("r1", 5, "o", day=110),
        Receipt("r2", 5, "o", day=111),
        Invoice("i", order="o"),
    )
    committed = [Committed("o", "gone", "i", 6 * UNIT, 6_000)]
    assert still_open(dossier(*papers, committed=committed)) == [
        ("goods", -1, "r2", "i", 4 * UNIT, 4_000)
    ]


def test_open_fen_are_shared_out_over_the_goods_of_their_group_to_the_fen() -> None:
    papers = (
        Order("o", price=None),
        Receipt("r1", 3, "o", day=110),
        Receipt("r2", 3, "o", day=111),
        Receipt("r3", 4, "o", day=112),
        Invoice("i", 10, 1_000, "o"),
    )
    committed = [Committed("o", "gone", "i", 1 * UNIT, 101)]
    found = still_open(dossier(*papers, committed=committed))
    assert [row[2:] for row in found] == [
        ("r1", "i", 2 * UNIT, 200),
        ("r2", "i", 3 * UNIT, 299),
        ("r3", "i", 4 * UNIT, 400),
    ]


def test_units_worth_no_fen_stand_on_what_is_open_of_their_group() -> None:
    """Of a hundred units at a hundredth of a fen, one slice bears the fen of all."""
    papers = (
        Order("o", 100, price=100, decimals=6),
        Receipt("r1", 30, "o", day=110),
        Receipt("r2", 70, "o", day=111),
        Invoice("i", 100, 1, "o"),
    )
    committed = [Committed("o", "gone", "i", 20 * UNIT, 5)]
    rows = dossier(*papers, committed=committed, terms=Terms("k", price=100, decimals=6))
    outcome = rows.match()
    worthy = outcome.target[outcome.target["amount"] != 0]
    assert int(outcome.payables["amount"].sum()) == int(worthy["amount"].sum()) - 5
    assert int(outcome.payables["quantity"].sum()) == int(worthy["quantity"].sum()) - 20 * UNIT
