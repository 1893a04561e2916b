"""Papers that a rule pack asks for besides those matched: who is asked, what lacking one does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.columns import EPOCH
from reconciler.match_rules import MatchRules
from reconciler.outcome import EFFECTS, REASONS
from reconciler.required_papers import Demand
from schemas.codes.contracts import ProductKind
from schemas.codes.reconciliation import DiscrepancyEffect
from tests.builders.reconciliation import (
    UNIT,
    Credit,
    Dossier,
    Invoice,
    Order,
    Paper,
    Receipt,
    Return,
    Terms,
    payables,
    reasons,
)

DRUG, REAGENT = 1, 3
HELD = Demand((ProductKind.DRUG,), "held")
SHOWN = Demand((ProductKind.DRUG, ProductKind.CONSUMABLE))


OF_ANOTHER = Terms("k", holder=1)
"""A contract that another company won: this supplier distributes what it made."""


def line(*papers: Paper, chain: int = DRUG, terms: Terms = OF_ANOTHER) -> Dossier:
    invoice = Invoice("i", order="o", chain=chain)
    traded = [Order("o"), Receipt("r", order="o"), invoice, *papers]
    return Dossier(traded, [terms], authorizations=[(0, 0)])


def untraced(*papers: Paper) -> Dossier:
    return Dossier([Order("o"), Receipt("r", order="o", trace=DRUG), *papers], [Terms("k")])


def chain(demand: Demand) -> MatchRules:
    return MatchRules(two_invoice_chain=demand)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (Demand(), DRUG),
        (HELD, 0),
        (HELD, REAGENT),
        (Demand((ProductKind.DRUG,), "held", EPOCH + timedelta(days=106)), DRUG),
    ],
)
def test_who_is_not_asked_is_paid_as_ever(asked: Demand, kind: int) -> None:
    outcome = line(chain=kind).match(chain(asked))
    assert outcome.payables["amount"].tolist() == [10_000]
    assert reasons(outcome) == []


def test_a_line_without_its_upstream_invoice_is_held_whole() -> None:
    since = Demand((ProductKind.DRUG,), "held", EPOCH + timedelta(days=105))
    for demand in (HELD, since):
        outcome = line().match(chain(demand))
        assert outcome.payables.size == 0
        assert reasons(outcome) == [("two_invoice_chain_missing", 10 * UNIT, 10_000)]
        assert outcome.totals.invoiced_held == 10_000
        assert outcome.totals.received_held == 10 * UNIT


def test_where_it_is_only_shown_the_line_is_paid() -> None:
    dossier = line(Credit("c", "i", 4, 4_000))
    outcome = dossier.match(chain(SHOWN))
    assert payables(dossier, outcome) == [("goods", "o", "r", "i", 6 * UNIT, 6_000)]
    assert ("two_invoice_chain_missing", 6 * UNIT, 6_000) in reasons(outcome)
    assert outcome.totals == dossier.match().totals


@pytest.mark.parametrize(
    ("terms", "held"),
    [
        (Terms("k"), 0),
        (Terms("k", valid_from=100, valid_to=100), 0),
        (Terms("k", valid_from=101), 10_000),
        (Terms("k", valid_to=99), 10_000),
    ],
)
def test_who_held_a_contract_on_the_basis_day_is_not_asked(terms: Terms, held: int) -> None:
    dossier = line(terms=terms)
    dossier.contracts.append(Terms("l", holder=1, agreement=2))
    assert dossier.match(chain(HELD)).totals.invoiced_held == held
    later = MatchRules(two_invoice_chain=HELD, date_basis=("receipt_date",))
    assert dossier.match(later).totals.invoiced_held == (0 if terms.valid_to >= 110 else 10_000)


def test_what_waits_for_goods_is_told_of_its_paper_already() -> None:
    dossier = line()
    del dossier.papers[1]
    for demand in (HELD, SHOWN):
        outcome = dossier.match(chain(demand))
        assert reasons(outcome) == [
            ("not_received", 10 * UNIT, 10_000),
            ("two_invoice_chain_missing", 10 * UNIT, 10_000),
        ]
        assert outcome.totals.invoiced_held == 0
    dossier.contracts = [Terms("k")]
    assert reasons(dossier.match(chain(HELD))) == [("not_received", 10 * UNIT, 10_000)]


def test_a_receipt_without_trace_codes_is_held_or_shown_as_the_pack_says() -> None:
    dossier = untraced(Invoice("i", 8, 8_000, order="o"))
    held = dossier.match(MatchRules(trace_codes=HELD))
    assert held.payables.size == 0
    assert reasons(held) == [
        ("not_invoiced", 2 * UNIT, 0),
        ("trace_code_missing", 2 * UNIT, 0),
        ("trace_code_missing", 8 * UNIT, 8_000),
    ]
    assert held.totals.received_held == 8 * UNIT
    shown = dossier.match(MatchRules(trace_codes=SHOWN))
    assert shown.payables["amount"].tolist() == [8_000]
    assert reasons(shown) == reasons(held)
    for rules in (MatchRules(), MatchRules(two_invoice_chain=HELD)):
        assert reasons(dossier.match(rules)) == [("not_invoiced", 2 * UNIT, 0)]


@pytest.mark.parametrize("named", ["r", None])
def test_what_goes_back_comes_off_goods_that_are_held(named: str | None) -> None:
    """A return finds held goods like others, so that holding them moves no return elsewhere."""
    kept = Receipt("q", 4, order="o", day=109)
    dossier = untraced(kept, Invoice("i", 14, 14_000, order="o"), Return("t", 6, named, order="o"))
    dossier.papers[0] = Order("o", 14)
    for rules in (MatchRules(), MatchRules(trace_codes=HELD)):
        outcome = dossier.match(rules)
        assert outcome.totals.returned == 6 * UNIT
        assert "return_without_receipt" not in {row[0] for row in reasons(outcome)}
    assert payables(dossier, outcome) == [("goods", "o", "q", "i", 4 * UNIT, 4_000)]
    assert ("trace_code_missing", 4 * UNIT, 4_000) in reasons(outcome)


def test_an_invoice_that_names_a_receipt_held_so_is_told_that() -> None:
    outcome = untraced(Invoice("i", receipt="r")).match(MatchRules(trace_codes=HELD))
    assert reasons(outcome) == [("trace_code_missing", 10 * UNIT, 10_000)]
    assert outcome.totals.balanced()


def test_the_first_of_several_reasons_holds_and_the_others_are_said() -> None:
    papers: list[Paper] = [Order("o"), Receipt("r", order="o", trace=DRUG, expiry=100)]
    papers.append(Invoice("i", order="o", chain=DRUG))
    dossier = Dossier(papers, [OF_ANOTHER], authorizations=[(0, 0)])
    rules = MatchRules(two_invoice_chain=HELD, trace_codes=HELD, hold_expired_since=EPOCH)
    for each, first in (
        (rules, "expired_lot"),
        (replace(rules, hold_expired_since=None), "trace_code_missing"),
        (replace(rules, hold_expired_since=None, trace_codes=SHOWN), "two_invoice_chain_missing"),
    ):
        outcome = dossier.match(each)
        held = outcome.discrepancies["effect"] == EFFECTS.index(DiscrepancyEffect.HELD)
        assert [str(REASONS[row["reason"]]) for row in outcome.discrepancies[held]] == [first]
        assert len(reasons(outcome)) == 3
        assert outcome.totals.invoiced_held == 10_000


def test_goods_paid_elsewhere_are_not_held() -> None:
    dossier = line()
    dossier.papers[0] = Order("o", offline=True)
    outcome = dossier.match(chain(HELD))
    assert (outcome.totals.invoiced_held, outcome.totals.invoiced_matched) == (0, 10_000)


def test_a_line_held_for_another_reason_keeps_it() -> None:
    dossier = line()
    dossier.papers[2] = Invoice("i", order="o", chain=DRUG, unknown=True, unit=7)
    for demand in (HELD, SHOWN):
        held = [row[0] for row in reasons(dossier.match(chain(demand)))]
        assert held == ["not_invoiced", "product_unknown"]


def test_a_code_that_stands_elsewhere_too_is_shown_and_holds_nothing() -> None:
    papers = [Order("o"), Receipt("r", order="o", repeated=True), Invoice("i", order="o")]
    outcome = Dossier(papers).match()
    assert int(outcome.payables["amount"].sum()) == 10_000
    assert ("trace_code_repeated", 10 * UNIT, 0) in reasons(outcome)
    assert outcome.totals.received_held == 0
