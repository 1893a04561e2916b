"""Properties of matching: order of arrival, conservation, exactness, target minus committed."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler import columns as c
from reconciler.exact_arithmetic import multiply_divide, ratio_key, round_share, stretch
from reconciler.outcome import EFFECTS, Outcome, reason_code
from reconciler.tolerance import amount_band, price_band
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason
from schemas.money import round_half_up
from tests.builders.reconciliation import (
    YUAN,
    Credit,
    Dossier,
    Invoice,
    Link,
    Order,
    Paper,
    Receipt,
    Return,
    Terms,
    payables,
)

ORDERS, RECEIPTS, INVOICES = ("o1", "o2", "o3"), ("r1", "r2", "r3", "r4"), ("i1", "i2", "i3", "i4")

few = st.integers(min_value=1, max_value=12)
DAYS: Final = (87, 88, 89, 90, 91, 92)
"""The last days of one month and the first of the next, in which another price may be in force."""
PRICES: Final = (3 * YUAN, 9 * YUAN, 10 * YUAN)
days, prices = st.sampled_from(DAYS), st.sampled_from(PRICES)
ENDS = (DiscrepancyEffect.WAITING, DiscrepancyEffect.HELD)
NOTHING = reason_code(DiscrepancyReason.NOTHING_TO_PAY)


def maybe(names: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return st.one_of(st.none(), st.sampled_from(names))


@st.composite
def dossiers(draw: st.DrawFn) -> Dossier:
    papers: list[Paper] = []
    for name in draw(st.sets(st.sampled_from(ORDERS), min_size=1)):
        price = draw(st.sampled_from((None, 0, 3 * YUAN, 10 * YUAN)))
        day = draw(st.one_of(st.none(), days))
        papers.append(Order(name, draw(few), price=price, day=day, pack=draw(few)))
    papers += [
        Receipt(
            name,
            draw(few),
            draw(maybe(ORDERS)),
            day=draw(days),
            accepted=draw(st.one_of(st.none(), days)),
        )
        for name in draw(st.sets(st.sampled_from(RECEIPTS)))
    ]
    papers += [
        Invoice(
            name,
            draw(few),
            draw(st.integers(min_value=0, max_value=9_999)),
            draw(maybe(ORDERS)),
            draw(maybe(RECEIPTS)),
            day=draw(days),
        )
        for name in draw(st.sets(st.sampled_from(INVOICES)))
    ]
    for number in range(draw(st.integers(min_value=0, max_value=2))):
        fen, blue = draw(st.integers(1, 3_000)), draw(st.sampled_from(INVOICES))
        papers.append(Invoice(f"s{number}", 0, fen, blue=blue, day=draw(days)))
        papers.append(Return(f"t{number}", draw(few), draw(maybe(RECEIPTS)), draw(maybe(ORDERS))))
        papers.append(
            Credit(f"c{number}", draw(maybe(INVOICES)), draw(few), draw(st.integers(0, 5_000)))
        )
        papers.append(
            Link(
                f"l{number}",
                draw(st.sampled_from(INVOICES)),
                draw(st.sampled_from(ORDERS)),
                draw(maybe(RECEIPTS)),
                draw(few),
                draw(st.integers(0, 9_999)),
                draw(st.integers(0, 9_999)),
                uneven=draw(st.booleans()),
            )
        )
    changed = draw(days)
    contracts = [
        Terms("k", draw(prices), pack=draw(few), valid_to=changed - 1),
        Terms("l", draw(prices), pack=draw(few), valid_from=changed),
    ]
    return Dossier(papers, contracts[: draw(st.integers(0, 2))])


def everything(dossier: Dossier, outcome: Outcome) -> list[object]:
    discrepancies = Counter(map(tuple, outcome.discrepancies.tolist()))
    return [payables(dossier, outcome), discrepancies, outcome.totals, outcome.forecasts.tolist()]


@given(dossiers(), st.integers(min_value=0, max_value=10**6))
@settings(max_examples=80, deadline=None)
def test_documents_are_laid_by_what_they_say_not_as_they_came(dossier: Dossier, seed: int) -> None:
    other = dossier.shuffled(seed)
    assert everything(dossier, dossier.match()) == everything(other, other.match())


def placed(dossier: Dossier, mark: str, pool: int) -> list[Paper]:
    """The papers as those of component number `pool`, their names led by `mark`."""
    papers: list[Paper] = []
    for paper in dossier.papers:
        changes: dict[str, Any] = {"name": mark + paper.name}
        if hasattr(paper, "pool"):
            changes["pool"] = pool
        for side in ("order", "receipt", "invoice", "blue"):
            if getattr(paper, side, None) is not None:
                changes[side] = mark + getattr(paper, side)
        papers.append(replace(paper, **changes))
    return papers


@given(dossiers(), dossiers(), st.permutations((0, 3)), st.permutations(("a", "b")))
@settings(max_examples=60, deadline=None)
def test_the_order_of_arrival_never_changes_the_result(
    first: Dossier, second: Dossier, pools: list[int], marks: list[str]
) -> None:
    """Components are numbered as they are met, and their rows come interleaved: each is matched
    as if it were alone."""
    papers, alone = [], []
    for dossier, pool, mark in zip((first, second), pools, marks, strict=True):
        own = Dossier(placed(dossier, mark, pool), first.contracts)
        papers += own.papers
        alone += payables(own, Dossier(placed(dossier, mark, 0), first.contracts).match())
    both = Dossier(papers, first.contracts)
    assert payables(both, both.match()) == sorted(alone)


@given(dossiers())
@settings(max_examples=80, deadline=None)
def test_no_line_gives_more_than_it_has_and_nothing_is_lost(dossier: Dossier) -> None:
    columns, outcome = dossier.columns(), dossier.match()
    assert outcome.totals.balanced()
    for side, rows in (
        ("order", columns.orders),
        ("receipt", columns.receipts),
        ("invoice", columns.invoices),
    ):
        taken = Counter[int]()
        for row in outcome.target:
            taken[int(row[side])] += int(row["quantity"])
        assert all(taken[row] <= rows["quantity"][row] for row in taken)
    assert (outcome.target["quantity"] > 0).all()
    assert (outcome.target["amount"] >= 0).all()


@given(dossiers())
@settings(max_examples=50, deadline=None)
def test_no_slice_is_paid_above_its_caps(dossier: Dossier) -> None:
    """Per order line: at most the exact price of what is matched, plus tolerance and rounding; the
    order's price gives way to what later invoices add, the contract's never does.
    """
    columns, outcome = dossier.columns(), dossier.match()
    later, contracts = columns.supplements, columns.contracts
    for row, line in enumerate(columns.orders):
        every = outcome.target[outcome.target["order"] == row]
        raised = int(columns.invoices["amount"][later["invoice"]].sum())
        agreed = [(terms, every[every["contract"] == at], 0) for at, terms in enumerate(contracts)]
        for terms, slices, more in ((line, every, raised), *agreed):
            if terms["price"] < 0:
                continue
            units = Fraction(int(slices["quantity"].sum()), 1_000)
            exact = units * int(terms["price"]) / int(terms["pack"]) / 10_000
            tolerance = units / int(terms["pack"]) / 2 if terms["price"] else 0
            assert int(slices["amount"].sum()) <= exact + tolerance + 1 + slices.size + more


@given(dossiers())
@settings(max_examples=120, deadline=None)
def test_every_line_ends_matched_waiting_or_discrepant_to_the_last_unit_and_fen(
    dossier: Dossier,
) -> None:
    """Per receipt line: what is returned of it, matched, waiting, held. Per invoice line: what is
    credited of it (never more than it has), matched, waiting, held."""
    columns, outcome = dossier.columns(), dossier.match()
    found, target = outcome.discrepancies, outcome.target[outcome.target["amount"] != 0]
    ends = np.isin(found["effect"], [EFFECTS.index(effect) for effect in ENDS])
    rows = found[ends & (found["other"] < 0)]
    of_receipt = rows[(rows["invoice"] < 0) | (rows["reason"] == NOTHING) & (rows["order"] >= 0)]
    returned = 0
    for line, receipt in enumerate(columns.receipts):
        gone = int(receipt["quantity"]) - units_of(target, of_receipt, "receipt", line)
        assert gone >= 0, "a received unit ended twice"
        returned += gone
    assert returned == outcome.totals.returned
    assert returned <= int(columns.returns["quantity"].sum())
    lines, later = columns.invoices, columns.supplements
    paid_with = np.arange(lines.size)  # what a later invoice adds is paid with the line it names
    there = later["blue"] >= 0
    paid_with[later["invoice"][there]] = later["blue"][there]
    for measure in ("quantity", "amount"):
        due, ended = Counter[int](), Counter[int]()
        for line, invoice in enumerate(lines):
            credited = columns.credits[columns.credits["invoice"] == line][measure].sum()
            due[paid_with[line]] += max(int(invoice[measure]) - int(credited), 0)
            ended[paid_with[line]] += units_of(target, rows, "invoice", line, measure)
        assert due == ended, measure


def units_of(target: c.Rows, found: c.Rows, side: str, line: int, measure: str = "quantity") -> int:
    return sum(int(part[measure][part[side] == line].sum()) for part in (target, found))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_products_past_64_bits_equal_fractions(data: st.DataObject) -> None:
    wide = st.integers(min_value=0, max_value=10**12)
    a, b = data.draw(wide), data.draw(wide)
    d = data.draw(st.integers(min_value=1 + (a * b >> 62), max_value=10**14))
    one = [np.array([value], np.int64) for value in (a, b, d)]
    quotient, remainder = multiply_divide(*one)
    assert (int(quotient[0]), int(remainder[0])) == divmod(a * b, d)
    share = round_share(*(np.array([value], np.int64) for value in (-a, b, d)))
    assert int(share[0]) == round_half_up(-a * b, d)


@given(
    st.integers(min_value=0, max_value=10**11),
    st.lists(st.integers(min_value=1, max_value=10**11), min_size=1, max_size=9),
)
@settings(deadline=None)
def test_parts_always_add_up_to_the_whole(total: int, parts: list[int]) -> None:
    end = np.cumsum(np.array(parts, np.int64))
    whole = np.full(end.size, end[-1])
    amounts = stretch(np.full(end.size, total), end - parts, end, whole)
    assert int(amounts.sum()) == total
    assert (amounts >= 0).all()


@given(
    st.integers(min_value=1, max_value=10**12),
    st.integers(min_value=0, max_value=10**12),
    st.integers(min_value=1, max_value=10**6),
    st.integers(min_value=0, max_value=6),
)
@settings(max_examples=100, deadline=None)
def test_price_band_equals_fractions(quantity: int, price: int, pack: int, decimals: int) -> None:
    band = price_band(*(np.array([value], np.int64) for value in (quantity, price, pack, decimals)))
    fen = Fraction(price * quantity, pack * 10**7)
    half = Fraction(10 ** (6 - max(decimals, 2)) * quantity, 2 * pack * 10**7) if price else 0
    assume(fen + half < 10**17)  # beyond: test_bands_beyond_any_amount_stay_there
    exact = round_half_up(fen.numerator, fen.denominator)
    assert int(band.exact[0]) == exact
    assert int(band.most[0]) == max(exact, (fen + half).__floor__())
    assert int(band.least[0]) == min(exact, max(fen - half, Fraction(0)).__ceil__())


@given(
    *(st.integers(min_value=1, max_value=10**12) for _ in range(2)),
    *(st.integers(min_value=1, max_value=2**31 - 1) for _ in range(2)),
)
@settings(max_examples=100, deadline=None)
def test_unit_prices_are_ordered_as_fractions(p: int, q: int, n: int, m: int) -> None:
    keys = ratio_key(np.array([p, q], np.int64), np.array([n, m], np.int64))
    first, second = (tuple(int(part[row]) for part in keys) for row in (0, 1))
    assert (first < second) == (Fraction(p, n) < Fraction(q, m))
    assert (first == second) == (Fraction(p, n) == Fraction(q, m))


def test_rows_travel_through_binary_copy_unchanged() -> None:
    layout = c.CopyLayout((("id", "uuid"), ("n", "int8"), ("day", "int4"), ("flag", "bool")))
    ids = np.frombuffer(bytes(range(48)), "V16")
    raw = layout.write(
        {
            "id": ids,
            "n": np.array([1, -2, 2**62]),
            "day": np.array([0, 1, c.NO_DAY]),
            "flag": np.array([True, False, True]),
        }
    )
    rows = layout.read(raw)
    assert rows["n"].tolist() == [1, -2, 2**62]
    assert rows["flag"].tolist() == [True, False, True]
    wanted = np.concatenate((ids[::-1], np.zeros(1, "V16"), np.frombuffer(b"x" * 16, "V16")))
    assert c.row_of(wanted, ids).tolist() == [2, 1, 0, c.UNNAMED, c.ABSENT]


def test_bands_beyond_any_amount_stay_there() -> None:
    """An order of a thousandth at a billion yuan caps an invoice of a billion units."""

    def one(value: int) -> c.Integers:
        return np.array([value], np.int64)

    share = amount_band(one(10**12), one(10**11), one(1))
    priced = price_band(one(10**12), one(10**18), one(1), one(2))
    for band in (share, priced):
        assert band.least[0] == band.exact[0] == band.most[0] == 10**17
