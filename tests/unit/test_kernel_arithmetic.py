"""Exact arithmetic, laying and tolerances of the kernel, rule by rule, at their edges."""

import numpy as np
import pytest

from reconciler.axis import begins, expand, lay, running_start
from reconciler.columns import INVOICE_LINE, UNNAMED, Integers
from reconciler.exact_arithmetic import multiply_divide, ratio_key, round_share
from reconciler.match_rules import MatchRules
from reconciler.outcome import REASONS
from reconciler.purchase_matching import match_purchases
from reconciler.tolerance import Tolerance, amount_band, price_band, room_above
from schemas.codes.reconciliation import DiscrepancyReason
from tests.builders.reconciliation import Dossier, Invoice, Order, Receipt, Terms

ABOVE = DiscrepancyReason.PRICE_ABOVE_CONTRACT


def of(*values: int) -> Integers:
    return np.array(values, np.int64)


def test_rows_of_no_group_or_nothing_are_not_laid() -> None:
    laid = lay(of(0, -1, 1, 1), of(5, 9, 0, 4), of(-1, 0, 1, 1), of(9, 3, 2, 9))
    assert list(zip(laid.supply, laid.demand, laid.quantity, strict=True)) == [
        (0, 1, 3),
        (3, 2, 2),
        (3, 3, 2),
    ]


def test_quantities_end_to_end_touch_and_do_not_overlap() -> None:
    laid = lay(of(0, 0), of(4, 6), of(0, 0), of(4, 6))
    assert list(zip(laid.supply, laid.demand, laid.quantity, strict=True)) == [(0, 0, 4), (1, 1, 6)]


def test_running_starts_begin_anew_with_every_group() -> None:
    assert running_start(of(3, 3, 5, 5, 5), of(2, 4, 1, 1, 1)).tolist() == [0, 2, 0, 1, 2]
    assert begins(of(3, 3, 5)).tolist() == [True, False, True]


def test_ranges_that_end_before_they_begin_are_empty() -> None:
    rows, numbers = expand(of(2, 5, 7), of(4, 3, 8))
    assert (rows.tolist(), numbers.tolist()) == ([0, 0, 2], [2, 3, 7])


@pytest.mark.parametrize(
    ("total", "part", "whole", "share"),
    [(1, 1, 2, 1), (-1, 1, 2, -1), (5, 1, 3, 2), (4, 1, 3, 1), (7, 0, 3, 0), (0, 1, 3, 0)],
)
def test_halves_are_rounded_away_from_zero(total: int, part: int, whole: int, share: int) -> None:
    assert round_share(of(total), of(part), of(whole)).tolist() == [share]


def test_products_up_to_the_last_bit_are_exact_and_beyond_refused() -> None:
    for a, b in ((2**31, 2**30), (2**31, 2**31 - 1), (2**40, 2**40)):
        quotient, rest = multiply_divide(of(a), of(b), of(b - 1))
        assert (int(quotient[0]), int(rest[0])) == divmod(a * b, b - 1)
    assert multiply_divide(of(), of(), of())[0].size == 0
    widest = 2**60 - 1
    quotient, rest = multiply_divide(of(widest), of(widest), of(widest))
    assert (int(quotient[0]), int(rest[0])) == (widest, 0)
    with pytest.raises(OverflowError):
        multiply_divide(of(2**61), of(2**61), of(1))


def test_unit_prices_that_differ_in_the_last_bit_are_told_apart() -> None:
    keys = ratio_key(of(10**12 - 1, 10**12 - 1), of(2**31 - 1, 2**31 - 2))
    assert tuple(int(part[0]) for part in keys) < tuple(int(part[1]) for part in keys)


def test_the_nearest_fractions_there_are_keep_their_order() -> None:
    """2^30 x (2^31 - 3) is (2^30 - 1) x (2^31 - 1) - 1: the two differ by less than 2^-61."""
    keys = ratio_key(of(2**30, 2**30 - 1), of(2**31 - 1, 2**31 - 3))
    assert keys[0].tolist() == [0, 0]
    assert keys[1][0] == keys[1][1], "their first 31 bits are the same"
    assert keys[2][0] < keys[2][1]


@pytest.mark.parametrize(
    ("tolerance", "cap", "room"),
    [
        (Tolerance(ABOVE, absolute=5), 1_000, 5),
        (Tolerance(ABOVE, permyriad=100), 1_000, 10),
        (Tolerance(ABOVE, permyriad=100), 1_099, 10),
        (Tolerance(ABOVE, absolute=5, permyriad=100), 1_000, 5),
        (Tolerance(ABOVE, absolute=5, permyriad=100, greater=True), 1_000, 10),
        (Tolerance(ABOVE), 1_000_000, 0),
        (Tolerance(ABOVE, absolute=0, permyriad=100), 1_000, 0),
    ],
)
def test_how_much_may_lie_above_a_cap(tolerance: Tolerance, cap: int, room: int) -> None:
    lines = np.zeros(1, INVOICE_LINE)
    assert room_above([tolerance], ABOVE, of(cap), lines).tolist() == [room]
    assert room_above([tolerance], DiscrepancyReason.NO_PRICE, of(cap), lines).tolist() == [0]


def test_a_document_shares_its_tolerance_out_by_what_its_lines_state() -> None:
    lines = np.zeros(3, INVOICE_LINE)
    lines["amount"], lines["document_start"] = [500, 250, 250], [0, 500, 750]
    lines["document_total"] = 1_000
    whole = Tolerance(ABOVE, absolute=101, per_document=True)
    found = room_above([whole], ABOVE, of(1, 1, 1), lines)
    assert found.tolist() == [51, 25, 25]
    lines["document_total"] = 0  # nobody asked for it: a line alone is its document so far
    assert room_above([whole], ABOVE, of(1, 1, 1), lines).tolist() == [101, 34, 25]


@pytest.mark.parametrize(
    ("price", "decimals", "band"),
    [
        (10_000_000, 0, (999_500, 1_000_000, 1_000_500)),
        (10_000_000, 2, (999_500, 1_000_000, 1_000_500)),
        (10_000_000, 3, (999_950, 1_000_000, 1_000_050)),
        (10_000_000, 9, (1_000_000, 1_000_000, 1_000_000)),
        (0, 2, (0, 0, 0)),
        (1_000, 2, (0, 100, 600)),
    ],
)
def test_half_a_unit_of_the_last_stated_decimal_is_tolerated(
    price: int, decimals: int, band: tuple[int, int, int]
) -> None:
    """A thousand units; a price is held to have been stated in fen at least."""
    found = price_band(of(1_000_000), of(price), of(1), of(decimals))
    assert (int(found.least[0]), int(found.exact[0]), int(found.most[0])) == band


def test_an_amount_stated_for_nothing_is_no_division_by_it() -> None:
    assert amount_band(of(5), of(7), of(0)).exact.tolist() == [35]


def test_the_first_order_number_of_all_is_one_as_well() -> None:
    """Numbers of orders named without a line count from 0."""
    papers = [Order("a", day=90), Order("b", day=95), Receipt("r"), Invoice("i")]
    columns = Dossier(list(papers), [Terms("k")]).columns()
    columns.orders["bill"] = [1, 0]
    columns.receipts["bill"] = columns.invoices["bill"] = 0
    target = match_purchases(columns, MatchRules()).target
    assert target["order"].tolist() == [1]


def test_an_invoice_of_the_first_order_number_in_another_unit_says_so() -> None:
    columns = Dossier([Order("a", unit=7), Invoice("i")], [Terms("k")]).columns()
    columns.orders["bill"] = columns.invoices["bill"] = 0
    columns.invoices["pool"] = UNNAMED
    found = match_purchases(columns, MatchRules()).discrepancies
    assert [REASONS[row] for row in found["reason"]] == [DiscrepancyReason.UNIT_NOT_CONVERTIBLE]
