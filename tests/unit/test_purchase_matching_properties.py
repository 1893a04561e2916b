"""Properties of matching: order of arrival, conservation, exactness, target minus committed."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciler import columns as c
from reconciler.exact_arithmetic import multiply_divide, ratio_key, round_share, stretch
from reconciler.outcome import Outcome
from reconciler.tolerance import amount_band, price_band
from schemas.money import round_half_up
from tests.builders.reconciliation import (
    YUAN,
    Committed,
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
days = st.integers(min_value=90, max_value=94)


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
            )
        )
    contracts = [Terms("k", draw(st.sampled_from((3, 9, 10))) * YUAN, pack=draw(few))]
    return Dossier(papers, contracts)


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
    later = columns.supplements
    for row, line in enumerate(columns.orders):
        every = outcome.target[outcome.target["order"] == row]
        raised = int(columns.invoices["amount"][later["invoice"]].sum())
        for terms, slices, more in (
            (line, every, raised),
            (columns.contracts[0], every[every["contract"] == 0], 0),
        ):
            if terms["price"] < 0:
                continue
            units = Fraction(int(slices["quantity"].sum()), 1_000)
            exact = units * int(terms["price"]) / int(terms["pack"]) / 10_000
            tolerance = units / int(terms["pack"]) / 2 if terms["price"] else 0
            assert int(slices["amount"].sum()) <= exact + tolerance + 1 + slices.size + more


def per_order(
    dossier: Dossier, outcome: Outcome, committed: list[Committed]
) -> dict[str, tuple[int, int]]:
    totals: dict[str, tuple[int, int]] = {}
    opened = [(row[1], row[4], row[5]) for row in payables(dossier, outcome)]
    for name, quantity, amount in [
        *opened,
        *((row.order, row.quantity, row.amount) for row in committed),
    ]:
        before = totals.get(name, (0, 0))
        totals[name] = (before[0] + quantity, before[1] + amount)
    return {name: total for name, total in totals.items() if total != (0, 0)}


def commit(dossier: Dossier, outcome: Outcome, choice: int) -> list[Committed]:
    """Commits every open payable whose position the bits of `choice` pick."""
    orders, receipts = dossier.names(Order), dossier.names(Receipt)
    invoices = dossier.names(Invoice)

    def name(names: list[str], row: int) -> str:
        return names[row] if row >= 0 else "gone"

    return [
        Committed(
            orders[row["order"]],
            name(receipts, row["receipt"]),
            name(invoices, row["invoice"]),
            int(row["quantity"]),
            int(row["amount"]),
            int(row["adjusts"]),
        )
        for position, row in enumerate(outcome.payables)
        if choice >> position & 1
    ]


@given(dossiers(), st.lists(st.integers(0, 2**8 - 1), min_size=1, max_size=4))
@settings(max_examples=120, deadline=None)
def test_open_plus_committed_is_the_target_whatever_was_committed_on_the_way(
    dossier: Dossier, choices: list[int]
) -> None:
    """Documents arrive in stretches, after each of which some payables are applied for."""
    papers = dossier.papers
    orders = [paper for paper in papers if isinstance(paper, Order)]
    rest = [paper for paper in papers if not isinstance(paper, Order)]
    committed: list[Committed] = []
    for number, choice in enumerate(choices, 1):
        seen = orders + rest[: len(rest) * number // len(choices)]
        stage = Dossier(seen, dossier.contracts, committed=committed)
        outcome = stage.match()
        committed = committed + commit(stage, outcome, choice)
    last = Dossier(papers, dossier.contracts, committed=committed)
    outcome = last.match()
    wanted: dict[str, tuple[int, int]] = {}
    for _, order, _, _, _, amount in payables(last, Dossier(papers, dossier.contracts).match()):
        wanted[order] = (0, wanted.get(order, (0, 0))[1] + amount)
    reached = {name: total[1] for name, total in per_order(last, outcome, committed).items()}
    assert {k: v for k, v in reached.items() if v} == {k: v[1] for k, v in wanted.items() if v[1]}
    corrections = [(row.adjusts, row.amount) for row in committed if row.adjusts >= 0]
    corrections += [(int(row["adjusts"]), int(row["amount"])) for row in outcome.payables]
    for position, original in enumerate(committed):
        if original.adjusts < 0:
            corrected = sum(amount for adjusts, amount in corrections if adjusts == position)
            assert original.amount + corrected >= 0, "more is taken back than was applied for"


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
