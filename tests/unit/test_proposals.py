"""What receipts call for is payable once invoiced exactly so, whatever prices and parts."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import columns as c
from reconciler.axis import total_by
from reconciler.draft import NO_AMOUNT, propose_lines
from reconciler.match_rules import MatchRules
from reconciler.outcome import EFFECTS, REASONS, Outcome
from reconciler.purchase_matching import match_purchases
from schemas.codes.proposals import CheckOutcome
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason
from schemas.times import WorkingCalendar
from settlement_api.invoice_checks.policy import application_days, outcome_of, sums_up
from settlement_api.proposals.policy import (
    LONGEST_REMARK,
    RATES,
    quantity_in_unit,
    rate_of,
    remark_of,
    split_tax,
)
from tests.builders.reconciliation import UNIT, YUAN, Dossier, Invoice, Order, Receipt, Terms

RULES = MatchRules()
DAY = 130
INFORMATION = EFFECTS.index(DiscrepancyEffect.INFORMATION)


def proposed(columns: c.PurchaseColumns) -> c.Rows:
    return propose_lines(columns, match_purchases(columns, RULES), RULES, invoice_day=DAY)


def invoiced(columns: c.PurchaseColumns, rows: c.Rows) -> tuple[c.PurchaseColumns, range]:
    """The documents with an invoice of exactly the proposed lines, and where these lie."""
    lines = np.zeros(rows.size, c.INVOICE_LINE)
    for name in ("order", "receipt", "quantity", "amount"):
        lines[name] = rows[name]
    lines["pool"] = columns.orders["pool"][rows["order"]]
    lines["unit"] = columns.orders["unit"][rows["order"]]
    lines["bill"], lines["day"] = c.UNNAMED, DAY
    first = columns.invoices.size
    laid = replace(columns, invoices=np.concatenate((columns.invoices, lines)))
    return laid, range(first, first + rows.size)


def stopped(outcome: Outcome, lines: range) -> list[tuple[str, int]]:
    """What is held or waits of these invoice lines."""
    found = outcome.discrepancies
    mine = np.isin(found["invoice"], lines) & (found["effect"] != INFORMATION)
    return [(str(REASONS[row["reason"]]), int(row["amount"])) for row in found[mine]]


def paid(outcome: Outcome, lines: range) -> list[int]:
    return [
        int(outcome.payables["amount"][outcome.payables["invoice"] == at].sum()) for at in lines
    ]


packs = st.sampled_from((1, 3, 6, 7, 10, 28, 100))
decimals = st.integers(0, 6)


@st.composite
def prices(draw: st.DrawFn) -> dict[str, int]:
    """Of a pack, in millionths of a yuan: repeating decimals a unit, at least a fen each. Below
    that a part of an invoice line may come to nothing, which matching holds."""
    pack = draw(packs)
    more = draw(st.one_of(st.integers(0, 10**9), st.integers(0, 9_999).map(lambda n: n * 10_000)))
    return {"price": pack * 10_000 + more, "pack": pack, "decimals": draw(decimals)}


valued = st.fixed_dictionaries({"price": st.none(), "amount": st.integers(6_000, 10**8)})


@st.composite
def trades(draw: st.DrawFn) -> Dossier:
    """Order lines received in parts, some of it invoiced, under a contract or none."""
    papers: list[Order | Receipt | Invoice] = []
    for number in range(draw(st.integers(1, 3))):
        name, units = f"PO-{number}", draw(st.integers(1, 60))
        papers.append(Order(name, units, **draw(st.one_of(prices(), valued))))
        for part in range(draw(st.integers(1, 4))):
            named = draw(st.sampled_from((name, name, None)))
            receipt = Receipt(f"GR-{number}-{part}", draw(st.integers(1, 25)), order=named)
            papers.append(receipt)
        if draw(st.booleans()):
            amount = draw(st.integers(1, 10**6))
            papers.append(Invoice(f"I-{number}", draw(st.integers(1, 10)), amount, order=name))
    contracts = [Terms(f"C-{at}", **draw(prices())) for at in range(draw(st.integers(0, 2)))]
    return Dossier(list(papers), contracts, authorizations=[(0, 0)])


@settings(max_examples=80, deadline=None)
@given(trades())
def test_an_invoice_of_exactly_what_is_proposed_is_payable_to_the_fen(trade: Dossier) -> None:
    columns = trade.columns()
    rows = proposed(columns)
    rows = rows[rows["amount"] > 0]
    laid, lines = invoiced(columns, rows)
    outcome = match_purchases(laid, RULES)
    assert stopped(outcome, lines) == []
    assert paid(outcome, lines) == rows["amount"].tolist()
    again = propose_lines(laid, outcome, RULES, invoice_day=DAY)
    both = np.concatenate((rows, again[again["amount"] > 0]))
    billed = total_by(both["receipt"], both["quantity"], columns.receipts.size)
    assert (billed <= columns.receipts["quantity"]).all(), "no goods are proposed twice"


def test_parts_come_to_the_rounded_whole_unless_a_part_would_pass_its_own_cap() -> None:
    receipts = [Receipt(f"GR-{at}", 1, order="PO-1") for at in range(3)]
    for order, amounts in (
        (Order("PO-1", 3, price=None, amount=200), [67, 66, 67]),
        (Order("PO-1", 3, price=20 * YUAN, pack=3), [667, 666, 667]),
        (Order("PO-1", 3, price=10 * YUAN, pack=3), [333, 333, 333]),  # 334 would be held
    ):
        rows = proposed(Dossier([order, *receipts]).columns())
        assert rows["amount"].tolist() == amounts
        assert rows["quantity"].tolist() == [UNIT] * 3


def test_the_lower_of_order_and_contract_price_is_proposed() -> None:
    receipt = Receipt("GR-1", 10, order="PO-1")
    for price, agreed, fen in ((12, 10, 10_000), (9, 10, 9_000)):
        trade = Dossier(
            [Order("PO-1", 10, price=price * YUAN), receipt],
            [Terms("C", price=agreed * YUAN)],
            [(0, 0)],
        )
        assert proposed(trade.columns())["amount"].tolist() == [fen]


def test_without_any_price_nothing_is_proposed_and_offline_lines_are_left_out() -> None:
    receipt = Receipt("GR-1", 10, order="PO-1")
    unpriced = Dossier([Order("PO-1", 10, price=None), receipt])
    assert proposed(unpriced.columns())["amount"].tolist() == [NO_AMOUNT]
    offline = Dossier([Order("PO-1", 10, offline=True), receipt])
    assert proposed(offline.columns()).size == 0


def test_over_deliveries_and_receipts_without_an_order_are_no_ground_for_an_invoice() -> None:
    trade = Dossier([Order("PO-1", 4), Receipt("GR-1", 10, order="PO-1"), Receipt("GR-9", 2)])
    assert proposed(trade.columns())["quantity"].tolist() == [4 * UNIT]
    found = match_purchases(trade.columns(), RULES).discrepancies
    assert REASONS.index(DiscrepancyReason.QUANTITY_OVER_ORDER) in found["reason"]


@given(st.integers(0, 10**11), st.sampled_from(RATES))
def test_net_and_tax_add_up_and_show_their_rate(total: int, percent: int) -> None:
    net, tax = split_tax(total, percent)
    assert net + tax == total
    assert min(net, tax) >= 0
    assert abs(tax * 100 - net * percent) <= 50 + percent
    if net >= 10_000:
        assert rate_of(net, tax) == percent


@pytest.mark.parametrize(
    ("milli", "unit", "factor", "stated"),
    [
        (20_000, "盒", (10, 1), (2_000, "盒")),
        (25_000, "盒", (10, 1), (2_500, "盒")),
        (1, "盒", (10, 1), (1, "片")),
        (10_000, "箱", (10, 3), (3_000, "箱")),
        (7_000, "袋", None, (7_000, "袋")),
    ],
)
def test_quantities_are_stated_in_the_receipts_unit_where_that_is_exact(
    milli: int, unit: str, factor: tuple[int, int] | None, stated: tuple[int, str]
) -> None:
    assert quantity_in_unit(milli, unit, factor, "片") == stated


def test_the_remark_names_all_numbers_or_counts_them() -> None:
    assert (
        remark_of("H1", ["PO-2", "PO-1", "PO-1"], ["GR-1"]) == "医院:H1;订单:PO-1,PO-2;验收单:GR-1"
    )
    long = remark_of("H37010000001", [f"PO{at:020d}" for at in range(90)], ["G" * 100])
    assert len(long) <= LONGEST_REMARK
    assert "等90张" in long
    assert "共1张" in long


CALENDAR = WorkingCalendar({date(2026, 10, day): False for day in range(1, 9)}, frozenset({2026}))


@pytest.mark.parametrize(
    ("accepted", "today", "days"),
    [
        ((7, 10), (7, 20), ((8, 5), (8, 13))),
        ((7, 10), (8, 5), ((8, 5), (8, 13))),
        ((7, 10), (8, 6), ((9, 7), (9, 15))),  # 5 September is a Saturday
        ((8, 2), (8, 3), ((9, 7), (9, 15))),
        ((9, 30), (9, 30), ((10, 9), (10, 19))),  # after the holiday week
    ],
)
def test_the_months_cut_off_and_the_earliest_payment(
    accepted: tuple[int, int], today: tuple[int, int], days: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    found = application_days(
        date(2026, *accepted), date(2026, *today), CALENDAR, apply_by_day=5, confirm_days=5
    )
    assert found is not None
    assert (found.apply_by, found.earliest_payment) == tuple(date(2026, *day) for day in days)


def test_beyond_the_calendar_no_day_is_promised() -> None:
    day = date(2026, 12, 20)
    assert application_days(day, day, CALENDAR, apply_by_day=5, confirm_days=5) is None


def test_outcomes_of_lines_and_of_the_whole() -> None:
    assert outcome_of(100, 100, stopped=False) is CheckOutcome.PAYABLE
    assert outcome_of(100, 90, stopped=True) is CheckOutcome.IN_PART
    assert outcome_of(100, 0, stopped=True) is CheckOutcome.NOT_PAYABLE
    assert sums_up([CheckOutcome.PAYABLE] * 2) is CheckOutcome.PAYABLE
    assert sums_up([CheckOutcome.PAYABLE, CheckOutcome.NOT_PAYABLE]) is CheckOutcome.IN_PART
