"""What a rule pack lets pass above a price or an order: exactly so much, and written down."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.match_rules import MatchRules
from reconciler.outcome import EFFECTS, REASONS, Outcome
from reconciler.purchase_matching import match_purchases
from reconciler.tolerance import Tolerance
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason
from tests.builders.reconciliation import Dossier, Invoice, Order, Paper, Receipt, Terms
from tests.unit.test_purchase_matching_properties import dossiers

Reason = DiscrepancyReason
YUAN = 1_000_000
UNIT = 1_000
GOODS = (Order("o"), Receipt("r", order="o"))  # 10 units
AGREED = [Terms("k", price=10 * YUAN)]  # 100.00 yuan for them


def match(*papers: Paper, tolerance: Tolerance | None = None) -> Outcome:
    rules = MatchRules(tolerances=(tolerance,) if tolerance else ())
    return Dossier([*GOODS, *papers], AGREED).match(rules)


def said(outcome: Outcome, effect: DiscrepancyEffect) -> list[tuple[str, int, int]]:
    rows = outcome.discrepancies
    chosen = rows[rows["effect"] == EFFECTS.index(effect)]
    return [
        (str(REASONS[row["reason"]]), int(row["quantity"]), int(row["amount"])) for row in chosen
    ]


@pytest.mark.parametrize(
    ("tolerance", "most"),
    [
        (Tolerance(Reason.PRICE_ABOVE_CONTRACT, absolute=30), 10_030),
        (Tolerance(Reason.PRICE_ABOVE_CONTRACT, permyriad=50), 10_050),
        (Tolerance(Reason.PRICE_ABOVE_CONTRACT, absolute=30, permyriad=50), 10_030),
        (Tolerance(Reason.PRICE_ABOVE_CONTRACT, absolute=30, permyriad=50, greater=True), 10_050),
    ],
)
def test_an_amount_is_paid_up_to_the_tolerance_and_capped_beyond_it(
    tolerance: Tolerance, most: int
) -> None:
    orders = replace(tolerance, reason=Reason.PRICE_DIFFERS_FROM_ORDER)
    rules = MatchRules(tolerances=(tolerance, orders))
    at = Dossier([*GOODS, Invoice("i", amount=most, order="o")], AGREED).match(rules)
    assert at.target["amount"].tolist() == [most]
    assert (Reason.PRICE_ABOVE_CONTRACT, 0, most - 10_000) in said(at, DiscrepancyEffect.ABSORBED)
    assert not said(at, DiscrepancyEffect.HELD)
    above = Dossier([*GOODS, Invoice("i", amount=most + 1, order="o")], AGREED).match(rules)
    assert above.target["amount"].tolist() == [10_000]
    assert said(above, DiscrepancyEffect.HELD) == [
        (Reason.PRICE_ABOVE_CONTRACT, 0, most + 1 - 10_000)
    ]


def test_a_tolerance_of_one_reason_says_nothing_of_another() -> None:
    only_order = Tolerance(Reason.PRICE_DIFFERS_FROM_ORDER, absolute=1_000)
    outcome = match(Invoice("i", amount=10_500, order="o"), tolerance=only_order)
    assert outcome.target["amount"].tolist() == [10_000]


def test_without_a_tolerance_nothing_above_the_price_is_paid() -> None:
    outcome = match(Invoice("i", amount=10_500, order="o"))
    assert outcome.target["amount"].tolist() == [10_000]
    assert not said(outcome, DiscrepancyEffect.ABSORBED)


def test_a_tolerance_of_a_document_is_shared_by_its_lines_to_the_fen() -> None:
    """100 fen for an invoice of 3 lines: 33, 34 and 33, whichever line is matched alone."""
    whole = Tolerance(Reason.PRICE_ABOVE_CONTRACT, absolute=100, per_document=True)
    rules = MatchRules(tolerances=(whole, replace(whole, reason=Reason.PRICE_DIFFERS_FROM_ORDER)))
    most = []
    for place in range(3):
        for amount in range(10_032, 10_037):
            columns = Dossier([*GOODS, Invoice("i", amount=amount, order="o")], AGREED).columns()
            columns.invoices["document_start"] = place * amount
            columns.invoices["document_total"] = 3 * amount
            outcome = match_purchases(columns, rules)
            if outcome.target["amount"][0] == 10_000:
                most.append(amount - 1 - 10_000)
                break
    assert sum(most) == 100


@pytest.mark.parametrize(("accepted", "paid", "absorbed"), [(10, 10, 0), (11, 11, 1), (13, 12, 2)])
def test_goods_over_the_order_are_payable_as_far_as_tolerated(
    accepted: int, paid: int, absorbed: int
) -> None:
    more = Tolerance(Reason.QUANTITY_OVER_ORDER, permyriad=2_000)
    papers: list[Paper] = [
        Order("o"),
        Receipt("r", accepted, order="o"),
        Invoice("i", accepted, amount=accepted * 1_000, order="o"),
    ]
    outcome = Dossier(papers, AGREED).match(MatchRules(tolerances=(more,)))
    assert outcome.target["quantity"].sum() == paid * UNIT
    over = [row for row in said(outcome, DiscrepancyEffect.ABSORBED) if row[1]]
    assert over == ([(Reason.QUANTITY_OVER_ORDER, absorbed * UNIT, 0)] if absorbed else [])


def test_goods_go_over_no_order_while_another_has_room() -> None:
    more = Tolerance(Reason.QUANTITY_OVER_ORDER, absolute=5 * UNIT)
    papers: list[Paper] = [Order("a"), Order("b"), Receipt("r", 20)]
    outcome = Dossier(papers, AGREED).match(MatchRules(tolerances=(more,)))
    assert not said(outcome, DiscrepancyEffect.ABSORBED)


TOLERANCES = st.lists(
    st.builds(
        Tolerance,
        st.sampled_from(
            [
                Reason.PRICE_ABOVE_CONTRACT,
                Reason.PRICE_DIFFERS_FROM_ORDER,
                Reason.QUANTITY_OVER_ORDER,
            ]
        ),
        absolute=st.none() | st.integers(0, 5_000),
        permyriad=st.integers(0, 10_000),
        greater=st.booleans(),
    ),
    unique_by=lambda tolerance: tolerance.reason,
    max_size=3,
).map(tuple)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(dossiers(), TOLERANCES)
def test_what_is_absorbed_is_never_more_than_is_let_pass(
    dossier: Dossier, tolerances: tuple[Tolerance, ...]
) -> None:
    """The totals balance with any tolerances, and a pack of none absorbs rounding only."""
    strict = dossier.match(MatchRules())
    loose = dossier.match(MatchRules(tolerances=tolerances))
    assert strict.totals.balanced()
    assert loose.totals.balanced()
    rounding = REASONS.index(Reason.AMOUNT_ROUNDING)
    absorbed = strict.discrepancies["effect"] == EFFECTS.index(DiscrepancyEffect.ABSORBED)
    assert (strict.discrepancies["reason"][absorbed] == rounding).all()
    given_reasons = [REASONS.index(tolerance.reason) for tolerance in tolerances]
    over = loose.discrepancies["effect"] == EFFECTS.index(DiscrepancyEffect.ABSORBED)
    assert np.isin(loose.discrepancies["reason"][over], [rounding, *given_reasons]).all()
