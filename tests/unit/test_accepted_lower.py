"""Invoice lines that people accepted at a lower amount: the most that is paid on them."""

import pytest

from reconciler.outcome import EFFECTS, REASONS
from schemas.codes.reconciliation import DiscrepancyEffect as Effect
from tests.builders.reconciliation import (
    UNIT,
    YUAN,
    Committed,
    Credit,
    Invoice,
    Order,
    Paper,
    Receipt,
    Terms,
    payables,
)
from tests.unit.test_purchase_matching import corrections, matched

CONTRACT = (Terms("k", price=10 * YUAN),)
GOODS = (Order("o"), Receipt("r", order="o"))  # 10 units


@pytest.mark.parametrize(
    ("papers", "paid", "held"),
    [
        ((Invoice("i", order="o", lowered=9_000),), 9_000, [("accepted_lower", 1_000)]),
        # Prices are held against what was accepted: here it is still above the contract's.
        (
            (Invoice("i", 10, 12_000, "o", lowered=11_000),),
            10_000,
            [("accepted_lower", 1_000), ("price_above_contract", 1_000)],
        ),
        ((Invoice("i", 10, 12_000, "o", lowered=9_500),), 9_500, [("accepted_lower", 2_500)]),
        # A credit note for the difference is that very difference: nothing is taken off twice.
        ((Invoice("i", order="o", lowered=9_000), Credit("c", "i", 0, 1_000)), 9_000, []),
        (
            (Invoice("i", order="o", lowered=9_000), Credit("c", "i", 0, 600)),
            9_000,
            [("accepted_lower", 400)],
        ),
        # Of a line whose quantity is credited in part, its part counts.
        (
            (Invoice("i", order="o", lowered=9_000), Credit("c", "i", 4, 4_000)),
            5_400,
            [("accepted_lower", 600)],
        ),
        # More than is stated accepts nothing that was not.
        ((Invoice("i", 10, 9_000, "o", lowered=9_500),), 9_000, []),
    ],
)
def test_a_line_is_paid_at_most_what_it_was_accepted_at(
    papers: tuple[Paper, ...], paid: int, held: list[tuple[str, int]]
) -> None:
    dossier = matched(*GOODS, *papers, contracts=CONTRACT)
    outcome = dossier.match()
    assert sum(row[-1] for row in payables(dossier, outcome)) == paid
    rows = outcome.discrepancies[outcome.discrepancies["effect"] == EFFECTS.index(Effect.HELD)]
    assert [(str(REASONS[row["reason"]]), int(row["amount"])) for row in rows] == held
    totals = outcome.totals
    assert totals.invoiced - totals.credited == paid + totals.invoiced_held


def test_what_waits_waits_with_what_it_states_and_parts_add_up() -> None:
    """Three receipts of 3, 3 and 1 units; three units are not received: each has its part."""
    parts = tuple(Receipt(name, units, order="o") for name, units in (("a", 3), ("b", 3), ("c", 1)))
    line = Invoice("i", 10, 10_000, "o", lowered=9_995)
    dossier = matched(Order("o"), *parts, line, contracts=CONTRACT)
    outcome = dossier.match()
    amounts = [row[-1] for row in payables(dossier, outcome)]
    assert amounts == [2_999, 2_998, 1_000]  # 9,995 x 3/10, 6/10 and 7/10, rounded and subtracted
    assert outcome.totals.invoiced_waiting == 3_000
    assert outcome.totals.invoiced_held == 7_000 - sum(amounts)


def test_what_was_applied_for_is_corrected_by_the_difference() -> None:
    dossier = matched(*GOODS, Invoice("i", order="o", lowered=9_000), contracts=CONTRACT)
    dossier.committed.append(Committed("o", "r", "i", 10 * UNIT, 10_000))
    assert corrections(dossier) == [("price_adj", 0, 0, -1_000)]


def test_what_waits_says_how_much_was_stated_and_how_much_was_matched() -> None:
    line = Invoice("i", 15, 15_000, "o")
    outcome = matched(Order("o", 20), Receipt("r", 10, "o"), line).match()
    (row,) = outcome.discrepancies
    assert (row["quantity"], row["stated"], row["allowed"]) == (5 * UNIT, 15 * UNIT, 10 * UNIT)
