"""Papers that a rule pack asks for besides those matched: who is asked, what lacking one does."""

from datetime import timedelta

import pytest

from reconciler.columns import EPOCH
from reconciler.purchase_matching import MatchRules
from reconciler.required_papers import Demand
from schemas.codes.contracts import ProductKind
from tests.builders.reconciliation import (
    UNIT,
    Credit,
    Dossier,
    Invoice,
    Order,
    Paper,
    Receipt,
    Terms,
    payables,
    reasons,
)

DRUG, REAGENT = 1, 3
HELD = Demand((ProductKind.DRUG,), "held")
SHOWN = Demand((ProductKind.DRUG, ProductKind.CONSUMABLE))


def line(*papers: Paper, chain: int = DRUG) -> Dossier:
    invoice = Invoice("i", order="o", chain=chain)
    return Dossier([Order("o"), Receipt("r", order="o"), invoice, *papers], [Terms("k")])


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
        assert reasons(outcome) == [
            ("not_invoiced", 10 * UNIT, 0),
            ("two_invoice_chain_missing", 10 * UNIT, 10_000),
        ]
        assert outcome.totals.invoiced_held == 10_000


def test_where_it_is_only_shown_the_line_is_paid() -> None:
    dossier = line(Credit("c", "i", 4, 4_000))
    outcome = dossier.match(chain(SHOWN))
    assert payables(dossier, outcome) == [("goods", "o", "r", "i", 6 * UNIT, 6_000)]
    assert ("two_invoice_chain_missing", 6 * UNIT, 6_000) in reasons(outcome)
    assert outcome.totals == dossier.match().totals


def test_a_receipt_without_trace_codes_is_held_or_shown_as_the_pack_says() -> None:
    papers: list[Paper] = [Order("o"), Receipt("r", order="o", trace=DRUG), Invoice("i", order="o")]
    dossier = Dossier(papers, [Terms("k")])
    held = dossier.match(MatchRules(trace_codes=HELD))
    assert held.payables.size == 0
    assert ("trace_code_missing", 10 * UNIT, 0) in reasons(held)
    assert held.totals.received_held == 10 * UNIT
    shown = dossier.match(MatchRules(trace_codes=SHOWN))
    assert shown.payables["amount"].tolist() == [10_000]
    assert reasons(shown) == [("trace_code_missing", 10 * UNIT, 0)]
    for rules in (MatchRules(), MatchRules(two_invoice_chain=HELD)):
        assert reasons(dossier.match(rules)) == []


def test_an_invoice_that_names_a_receipt_held_so_is_told_that() -> None:
    named = Invoice("i", receipt="r")
    dossier = Dossier([Order("o"), Receipt("r", order="o", trace=DRUG), named], [Terms("k")])
    outcome = dossier.match(MatchRules(trace_codes=HELD))
    assert reasons(outcome) == [
        ("trace_code_missing", 10 * UNIT, 0),
        ("trace_code_missing", 10 * UNIT, 10_000),
    ]
    assert outcome.totals.balanced()


def test_a_line_held_for_another_reason_keeps_it() -> None:
    dossier = line()
    dossier.papers[2] = Invoice("i", order="o", chain=DRUG, unknown=True, unit=7)
    for demand in (HELD, SHOWN):
        held = [row[0] for row in reasons(dossier.match(chain(demand)))]
        assert held.count("two_invoice_chain_missing") == (demand is HELD)
        assert held.count("product_unknown") == (demand is SHOWN)


def test_a_code_that_stands_elsewhere_too_is_shown_and_holds_nothing() -> None:
    papers = [Order("o"), Receipt("r", order="o", repeated=True), Invoice("i", order="o")]
    outcome = Dossier(papers).match()
    assert int(outcome.payables["amount"].sum()) == 10_000
    assert ("trace_code_repeated", 10 * UNIT, 0) in reasons(outcome)
    assert outcome.totals.received_held == 0
