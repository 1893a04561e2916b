"""Goods delivered for others of their contract product group: who is paid, at which price."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.columns import EPOCH
from reconciler.draft import propose_lines
from reconciler.match_rules import MatchRules
from reconciler.outcome import EFFECTS, REASONS, Outcome
from reconciler.purchase_matching import match_purchases
from reconciler.substitution import Substitution
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
    reasons,
)
from tests.unit import test_commitment_properties as commitments
from tests.unit import test_purchase_matching_properties as properties

ALLOWED = MatchRules(substitution=Substitution(allowed=True))
REFUSED = MatchRules()
ONE_GROUP = [(0, 7, 0), (0, 7, 1)]
TERMS = [Terms("a", 10 * YUAN), Terms("b", 12 * YUAN, product=1)]
SUBSTITUTED = "product_substituted"


@dataclass
class Grouped(Dossier):
    """Documents of two products of one group, matched where one may stand in for the other."""

    def match(self, rules: MatchRules | None = None) -> Outcome:
        return super().match(rules or ALLOWED)


def group(*papers: Paper, **changes: Any) -> Dossier:
    """Product 0 is ordered; papers of pool 1 are of the other."""
    return Dossier(list(papers), TERMS, pools=changes.pop("pools", ONE_GROUP), **changes)


def said(dossier: Dossier, rules: MatchRules = ALLOWED) -> list[tuple[str, str, int]]:
    """Discrepancies as (reason, effect, thousandths)."""
    return sorted(
        (str(REASONS[row["reason"]]), str(EFFECTS[row["effect"]]), int(row["quantity"]))
        for row in dossier.match(rules).discrepancies
    )


def paid(
    dossier: Dossier, rules: MatchRules = ALLOWED
) -> list[tuple[str, str, str, str, int, int]]:
    return payables(dossier, dossier.match(rules))


CAME = (Receipt("r", 6, "o", pool=1), Invoice("i", 6, 7_200, pool=1))


def test_it_is_paid_at_its_own_contract_and_no_price_of_the_order_holds_it() -> None:
    dossier = group(Order("o", 10, price=10 * YUAN), *CAME)
    assert paid(dossier) == [("goods", "o", "r", "i", 6_000, 7_200)]
    outcome = dossier.match(ALLOWED)
    assert outcome.payables["contract"].tolist() == [1]
    assert outcome.forecasts["matched"].tolist() == [6_000]
    assert reasons(outcome) == [(SUBSTITUTED, 6_000, 7_200)]


def test_more_than_its_own_contract_allows_is_held() -> None:
    dossier = group(Order("o", 10, price=20 * YUAN), CAME[0], Invoice("i", 6, 9_000, pool=1))
    assert paid(dossier) == [("goods", "o", "r", "i", 6_000, 7_200)]
    assert ("price_above_contract", "held", 0) in said(dossier)


def test_where_rules_do_not_allow_it_receipt_and_invoice_wait_and_say_why() -> None:
    dossier = group(Order("o", 10), *CAME)
    assert paid(dossier, MatchRules()) == []
    assert said(dossier, MatchRules()) == [(SUBSTITUTED, "waiting", 6_000)] * 2


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (Substitution(True, EPOCH + timedelta(days=100), EPOCH + timedelta(days=100)), True),
        (Substitution(True, since=EPOCH + timedelta(days=101)), False),
        (Substitution(True, until=EPOCH + timedelta(days=99)), False),
        (Substitution(False, EPOCH + timedelta(days=100)), False),
    ],
    ids=["that_day", "later_orders", "earlier_orders", "never"],
)
def test_it_is_the_day_of_the_order_that_decides(rule: Substitution, allowed: bool) -> None:
    dossier = group(Order("o", 10, day=100), *CAME)
    assert bool(paid(dossier, MatchRules(substitution=rule))) is allowed


def test_an_order_without_a_day_takes_others_only_while_no_end_is_set() -> None:
    dossier = group(Order("o", 10, day=None), *CAME)
    assert paid(dossier)
    ended = Substitution(True, until=EPOCH + timedelta(days=10_000))
    assert paid(dossier, MatchRules(substitution=ended)) == []


def test_the_product_ordered_comes_first_and_both_together_take_no_more_than_was_ordered() -> None:
    dossier = group(
        Order("o", 10),
        Receipt("r", 6, pool=1, day=101),
        Receipt("s", 7, day=120),
        Invoice("i", 6, 7_200, pool=1),
        Invoice("j", 7, 7_000),
    )
    assert paid(dossier) == [
        ("goods", "o", "r", "i", 3_000, 3_600),
        ("goods", "o", "s", "j", 7_000, 7_000),
    ]
    assert ("quantity_over_order", "waiting", 3_000) in said(dossier)


def test_a_receipt_that_names_the_order_line_comes_before_one_that_names_none() -> None:
    dossier = group(Order("o", 10), CAME[0], Receipt("s", 10, day=101))
    assert ("quantity_over_order", "waiting", 6_000) in said(dossier)
    assert ("not_invoiced", "waiting", 6_000) in said(dossier)


def test_an_invoice_is_of_the_product_that_was_received() -> None:
    """Invoiced as ordered, delivered otherwise: neither finds the other."""
    dossier = group(Order("o", 10), CAME[0], Invoice("j", 6, 6_000, "o"))
    assert paid(dossier) == []
    assert said(dossier) == [
        ("not_invoiced", "waiting", 6_000),
        ("not_received", "waiting", 4_000),
        ("quantity_over_order", "waiting", 2_000),
    ]


@pytest.mark.parametrize("order", [None, "o"])
def test_an_invoice_waits_for_the_receipt_that_says_what_stands_in(order: str | None) -> None:
    alone = group(Order("o", 10), Invoice("i", 6, 7_200, order, pool=1))
    assert said(alone) == [("not_received", "waiting", 6_000)]
    part = group(*alone.papers, Receipt("r", 4, pool=1))
    assert ("quantity_over_receipt", "waiting", 2_000) in said(part)


@pytest.mark.parametrize("named", [None, "o"])
def test_what_is_counted_in_another_smallest_unit_stands_in_for_nothing(named: str | None) -> None:
    pools = [(0, 7, 0), (0, 8, 1)]
    dossier = group(
        Order("o", 10),
        Receipt("r", 6, named, pool=1),
        Invoice("i", 6, 7_200, named, pool=1),
        pools=pools,
    )
    assert said(dossier) == [("unit_not_convertible", "waiting", 6_000)] * 2


@pytest.mark.parametrize("named", [None, "o"])
def test_a_unit_that_nothing_converts_stands_in_for_nothing(named: str | None) -> None:
    dossier = group(Order("o", 10, unit=9), Receipt("r", 6, named, pool=1, unit=9))
    assert said(dossier) == [("unit_not_convertible", "waiting", 6_000)]


def test_products_of_another_group_are_strangers() -> None:
    pools = [(0, 7, 0), (1, 7, 1)]
    assert said(group(Order("o", 10), Receipt("r", 6, pool=1), pools=pools)) == [
        ("no_order", "waiting", 6_000)
    ]


def test_a_return_comes_off_the_product_that_is_given_back() -> None:
    dossier = group(Order("o", 10), *CAME, Receipt("s", 4, "o"), Return("t", 2, order="o", pool=1))
    assert ("goods", "o", "r", "i", 4_000, 4_800) in paid(dossier)
    assert ("not_invoiced", "waiting", 4_000) in said(dossier)


def test_a_link_binds_an_invoice_to_the_line_of_the_other_product() -> None:
    dossier = group(
        Order("o", 10), Order("p", 10), Receipt("r", 6, "p", pool=1), CAME[1], Link("l", "i", "p")
    )
    assert paid(dossier) == [("goods", "p", "r", "i", 6_000, 7_200)]
    assert paid(replace(dossier, papers=[*dossier.papers[:4], Link("l", "i", "o")])) == []


def test_goods_paid_elsewhere_are_not_paid_here_for_being_another_product() -> None:
    outcome = group(Order("o", 10, offline=True), *CAME).match(ALLOWED)
    assert outcome.payables["route"].tolist() == [2]


def test_what_was_applied_for_gives_way_to_the_product_that_was_ordered() -> None:
    """The goods ordered come late: they take their room, and what was applied for is returned."""
    dossier = group(
        Order("o", 6),
        Receipt("r", 6, pool=1),
        CAME[1],
        Receipt("s", 6, day=120),
        Invoice("j", 6, 6_000),
        committed=[Committed("o", "r", "i", 6_000, 7_200, contract=1)],
    )
    assert paid(dossier) == [
        ("goods", "o", "s", "j", 6_000, 6_000),
        ("return", "o", "r", "i", -6_000, -7_200),
    ]
    assert paid(replace(dossier, papers=dossier.papers[:3])) == []


FORBIDDEN_NOW = replace(REFUSED, earlier=(ALLOWED,))
APPLIED = Committed("o", "r", "i", 6_000, 7_200, contract=1, terms=1)


@pytest.mark.parametrize("named", ["o", None])
def test_what_was_applied_for_stays_when_later_rules_forbid_it(named: str | None) -> None:
    """Nothing is taken back; of what comes later nothing more is paid."""
    papers = Order("o", 10), Receipt("r", 6, named, pool=1), Invoice("i", 6, 7_200, named, pool=1)
    dossier = group(*papers, committed=[APPLIED])
    assert paid(dossier, FORBIDDEN_NOW) == []
    assert dossier.match(FORBIDDEN_NOW).target["terms"].tolist() == [1]
    assert said(dossier, FORBIDDEN_NOW) == [(SUBSTITUTED, "information", 6_000)]
    later = Receipt("s", 2, named, pool=1, day=120), Invoice("j", 2, 2_400, named, pool=1)
    more = group(*papers, *later, committed=[APPLIED])
    assert paid(more, FORBIDDEN_NOW) == []
    assert (SUBSTITUTED, "waiting", 2_000) in said(more, FORBIDDEN_NOW)


@pytest.mark.parametrize("named", ["o", None])
def test_what_stays_is_corrected_by_documents(named: str | None) -> None:
    papers = Order("o", 10), Receipt("r", 6, named, pool=1), Invoice("i", 6, 7_200, named, pool=1)
    returned = group(*papers, Return("t", 2, "r", pool=1), committed=[APPLIED])
    assert paid(returned, FORBIDDEN_NOW) == [("return", "o", "r", "i", -2_000, -2_400)]


def test_what_was_applied_for_and_names_its_order_keeps_its_room_from_later_goods() -> None:
    papers = Order("o", 6), *CAME, Receipt("s", 6, "o", day=120), Invoice("j", 6, 6_000, "o")
    assert paid(group(*papers, committed=[APPLIED]), FORBIDDEN_NOW) == []


def test_under_rules_that_never_allowed_it_nothing_stays() -> None:
    dossier = group(Order("o", 10), *CAME, committed=[APPLIED])
    found = paid(dossier, replace(REFUSED, earlier=(MatchRules(date_basis=("receipt_date",)),)))
    assert found == [("return", "o", "r", "i", -6_000, -7_200)]


def test_a_proposed_invoice_names_the_price_of_what_was_delivered() -> None:
    columns = group(Order("o", 10), CAME[0], Receipt("s", 3, "o")).columns()
    outcome = match_purchases(columns, ALLOWED)
    rows = propose_lines(columns, outcome, ALLOWED, invoice_day=130)
    assert sorted(rows["amount"].tolist()) == [3_000, 7_200]


# any documents of two products ------------------------------------------------------------------


def in_two_products(dossier: Dossier, seed: int) -> Grouped:
    """The documents, each of one product or the other by its name; what must be of one product
    (a credit note and its invoice, whoever names a receipt and the receipt) stays together."""
    pools = {paper.name: Random(f"{seed} {paper.name}").getrandbits(1) for paper in dossier.papers}
    papers = [_placed(paper, pools) for paper in dossier.papers]
    other = [
        replace(terms, name=f"{terms.name}2", product=1, price=terms.price + YUAN)
        for terms in dossier.contracts
    ]
    return Grouped(papers, dossier.contracts + other, pools=ONE_GROUP, committed=dossier.committed)


def _placed(paper: Paper, pools: dict[str, int]) -> Paper:
    if isinstance(paper, Credit):
        return paper
    if isinstance(paper, Link):
        far = paper.receipt is not None and pools.get(paper.receipt, 0) != pools.get(paper.invoice)
        return replace(paper, receipt=None) if far else paper
    pool = pools[paper.name]
    if isinstance(paper, Order):
        return replace(paper, pool=pool, product=pool)
    if isinstance(paper, Receipt):
        return replace(paper, pool=pool)
    if isinstance(paper, Invoice) and paper.blue is not None:
        pool = pools.get(paper.blue, pool)
    far = paper.receipt is not None and pools.get(paper.receipt, pool) != pool
    return replace(paper, pool=pool, **({"receipt": None} if far else {}))


seeds = st.integers(0, 10**6)


@given(properties.dossiers(), seeds)
@settings(max_examples=80, deadline=None)
def test_documents_of_a_group_are_laid_by_what_they_say_not_as_they_came(
    dossier: Dossier, seed: int
) -> None:
    both = in_two_products(dossier, seed)
    other = both.shuffled(seed)
    assert properties.everything(both, both.match()) == properties.everything(other, other.match())


@given(properties.dossiers(), seeds)
@settings(max_examples=80, deadline=None)
def test_nothing_of_a_group_is_lost_or_given_twice(dossier: Dossier, seed: int) -> None:
    both = in_two_products(dossier, seed)
    columns, target = both.columns(), both.match().target
    received = columns.receipts["pool"][target["receipt"]]
    assert (received == columns.invoices["pool"][target["invoice"]]).all()
    for known in (
        properties.test_no_line_gives_more_than_it_has_and_nothing_is_lost,
        properties.test_every_line_ends_matched_waiting_or_discrepant_to_the_last_unit_and_fen,
    ):
        known.hypothesis.inner_test(both)  # type: ignore[attr-defined]


def lived(seed: int) -> commitments.History:
    """A life of documents in two products, of which much is applied for; most of its packs let one
    stand in for the other."""
    history = commitments.lived_through(Random(seed))
    dice = Random(f"packs {seed}")
    taken = {
        rules: replace(
            rules, substitution=dice.choice((ALLOWED, ALLOWED, ALLOWED, REFUSED)).substitution
        )
        for rules in history.rules
    }
    stages: list[Dossier] = [in_two_products(stage, seed) for stage in history.stages]
    choices = [choice | dice.choice((0, commitments.ALL)) for choice in history.choices]
    return commitments.History(stages, choices, [taken[rules] for rules in history.rules])


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_whatever_of_a_group_was_applied_for_open_and_committed_reach_the_target(seed: int) -> None:
    history = lived(seed)
    commitments.reaches_the_target(history)
    commitments.corrects_what_was_applied_for(history)
    commitments.ends(history)


@pytest.mark.parametrize("seed", range(5))
def test_a_pack_that_forbids_it_takes_nothing_of_a_group_back(seed: int) -> None:
    """In these lives; in one of many hundreds an invoice that names no order finds another one
    (docs/decisions/0028)."""
    for each in range(seed * 40, seed * 40 + 40):
        history = lived(each)
        known = [commitments.without_more(rules) for rules in history.rules]
        new = commitments.without_more(commitments.pack(Random(each)))
        commitments.a_new_pack_takes_nothing_back(replace(history, rules=known), new)


def test_what_stands_in_is_applied_for_on_the_way_of_many_histories() -> None:
    """Else the property above would speak of nothing."""
    found = 0
    for seed in range(90):
        last = commitments.lived(lived(seed))
        columns = last.columns()
        rows = columns.committed[columns.committed["receipt"] >= 0]
        ordered = columns.orders["pool"][rows["order"]]
        found += bool((columns.receipts["pool"][rows["receipt"]] != ordered).any())
    assert found > 15
