"""Lots: which goods of an order line go with which invoice, and which go back."""

from datetime import date, timedelta

import pytest

from reconciler.columns import EPOCH
from reconciler.match_rules import MatchRules
from tests.builders.reconciliation import (
    UNIT,
    YUAN,
    Committed,
    Invoice,
    Order,
    Receipt,
    Return,
    payables,
    reasons,
)
from tests.unit.test_purchase_matching import matched

A, B = 11, -12


def pairs(*papers: Order | Receipt | Invoice | Return) -> list[tuple[str, str, str, int]]:
    """Order, receipt, invoice and units of what is to be paid."""
    dossier = matched(*papers)
    return [
        (order, receipt, invoice, units // UNIT)
        for _, order, receipt, invoice, units, _ in payables(dossier, dossier.match())
    ]


def test_an_invoice_is_paired_with_receipts_of_its_lot_first() -> None:
    goods = (Order("o", 20), Receipt("r1", 10, "o", lot=A), Receipt("r2", 10, "o", lot=B))
    billed = (Invoice("i1", 6, 6_000, "o", lot=B), Invoice("i2", 10, 10_000, "o"))
    assert pairs(*goods, *billed) == [("o", "r1", "i2", 10), ("o", "r2", "i1", 6)]
    # Without a lot on the invoice the older goods go first.
    billed = (Invoice("i1", 6, 6_000, "o"), Invoice("i2", 10, 10_000, "o"))
    assert pairs(*goods, *billed) == [
        ("o", "r1", "i1", 6),
        ("o", "r1", "i2", 4),
        ("o", "r2", "i2", 6),
    ]


def test_more_than_came_of_a_lot_is_laid_first_in_first_out() -> None:
    goods = (Order("o", 20), Receipt("r1", 10, "o", lot=A), Receipt("r2", 10, "o", lot=B))
    assert pairs(*goods, Invoice("i1", 15, 15_000, "o", lot=B)) == [
        ("o", "r1", "i1", 5),
        ("o", "r2", "i1", 10),
    ]


def test_a_lot_moves_nothing_to_another_order_line() -> None:
    goods = (
        Order("o1", 10, day=99),
        Order("o2", 10),
        Receipt("r1", 10, "o1", lot=A),
        Receipt("r2", 10, "o2", lot=B),
    )
    assert pairs(*goods, Invoice("i", 10, 10_000, "o1", lot=B)) == [("o1", "r1", "i", 10)]
    # An invoice that names no order is laid as one without a lot is.
    assert pairs(*goods, Invoice("i", 10, 10_000, lot=B)) == [("o1", "r1", "i", 10)]


@pytest.mark.parametrize("order", ["o", None])
def test_a_return_comes_off_its_lot_before_the_newest(order: str | None) -> None:
    goods = (
        Order("o", 20),
        Receipt("r1", 10, "o", day=110, lot=A),
        Receipt("r2", 10, "o", day=111, lot=B),
        Invoice("i", 20, 20_000, "o"),
    )
    assert pairs(*goods, Return("t", 3, order=order, lot=A))[0] == ("o", "r1", "i", 7)
    assert pairs(*goods, Return("t", 3, order=order))[1] == ("o", "r2", "i", 7)
    # What is more than came of the lot comes off the newest, as does what is of no lot that came.
    assert pairs(*goods, Return("t", 13, order=order, lot=A)) == [("o", "r2", "i", 7)]
    assert pairs(*goods, Return("t", 3, order=order, lot=5))[1] == ("o", "r2", "i", 7)


def test_a_return_after_payment_takes_back_what_was_paid_for_its_lot() -> None:
    dossier = matched(
        Order("o", 20),
        Receipt("r1", 10, "o", day=110, lot=A),
        Receipt("r2", 10, "o", day=111, lot=B),
        Invoice("i", 20, 20_000, "o"),
        Return("t", 3, lot=A),
    )
    dossier.committed += [
        Committed("o", "r1", "i", 10 * UNIT, 10_000),
        Committed("o", "r2", "i", 10 * UNIT, 10_000),
    ]
    assert payables(dossier, dossier.match()) == [("return", "o", "r1", "i", -3 * UNIT, -3_000)]


RECEIVED = EPOCH + timedelta(days=110)


@pytest.mark.parametrize(
    ("since", "paid", "held"),
    [(None, 10_000, 0), (RECEIVED, 0, 10_000), (RECEIVED + timedelta(days=1), 10_000, 0)],
)
def test_a_pack_decides_what_an_expired_lot_does(since: date | None, paid: int, held: int) -> None:
    dossier = matched(
        Order("o"), Receipt("r", order="o", day=110, expiry=109), Invoice("i", order="o")
    )
    outcome = dossier.match(MatchRules(hold_expired_since=since))
    assert reasons(outcome) == [("expired_lot", 10 * UNIT, 10_000)]
    totals = outcome.totals
    assert (totals.invoiced_matched, totals.invoiced_held) == (paid, held)
    assert (totals.received_matched, totals.received_held) == (paid * 1, held * 1)
    assert sum(row[5] for row in payables(dossier, outcome)) == paid


def test_of_expired_goods_paid_offline_nothing_is_held() -> None:
    dossier = matched(
        Order("o", offline=True, price=10 * YUAN),
        Receipt("r", order="o", day=110, expiry=109),
        Invoice("i", order="o"),
    )
    assert dossier.match(MatchRules(hold_expired_since=RECEIVED)).totals.invoiced_held == 0
