"""Target minus committed: whatever was applied for on the way, the sums are the same."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import columns as c
from reconciler.columns import EPOCH, NO_DAY
from reconciler.match_rules import MatchRules
from reconciler.outcome import KINDS, ROUTES, Outcome
from reconciler.required_papers import NOT_ASKED, Demand
from reconciler.tolerance import Tolerance
from schemas.codes.contracts import ProductKind
from schemas.codes.reconciliation import DiscrepancyReason, PayableKind, Route
from tests.builders.reconciliation import (
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
)
from tests.unit.test_purchase_matching_properties import DAYS, INVOICES, ORDERS, PRICES, RECEIPTS

Group = tuple[int, int, int, int, int, int]
"""Order line, contract row, route, month of acceptance, rules it was decided by, product: what is
due of each is kept apart."""
ABOVE = (Tolerance(DiscrepancyReason.PRICE_ABOVE_CONTRACT, absolute=300),)
MORE = Tolerance(DiscrepancyReason.QUANTITY_OVER_ORDER, permyriad=3_000)
ALL = 2**8 - 1
"""A choice of everything."""


@dataclass(frozen=True)
class History:
    """What is known after each arrival; the last stage is all that there is in the end."""

    stages: list[Dossier]
    choices: list[int]
    rules: list[MatchRules]
    """Today's at each stage: packs follow one another."""


def histories() -> st.SearchStrategy[History]:
    """By a seed of their own: what Hypothesis draws by itself is seldom more than a few papers."""
    return st.integers(0, 2**32 - 1).map(lambda seed: lived_through(Random(seed)))


def lived_through(dice: Random) -> History:
    """Documents in any order, some first in an older revision or sent again, some withdrawn; prices
    that are corrected afterwards (the same contract row says another price), contracts that are
    not known at first; after each arrival another choice of what is applied for.
    """
    papers = traded(dice)
    final = {(type(paper), paper.name): paper for paper in papers}
    withdrawn = [
        Invoice("w", dice.randint(1, 9), dice.randint(1, 9_999), "o1", day=dice.choice(DAYS))
    ]
    arrivals = [*papers, *withdrawn[: dice.randint(0, 1)]]
    arrivals += [older(dice, paper) for paper in papers if dice.random() < 0.3]
    arrivals += dice.sample(papers, 2)
    dice.shuffle(arrivals)
    contracts = [
        Terms("k", dice.choice(PRICES), valid_to=DAYS[2]),
        Terms("l", dice.choice(PRICES), valid_from=DAYS[2] + 1),
    ][: dice.randint(0, 2)]
    known: dict[tuple[type[Paper], str], Paper] = {}
    stages = []
    for paper in arrivals:
        key = (type(paper), paper.name)
        if key not in known or known[key] != final.get(key):
            known[key] = paper  # else an older revision that comes later: it says nothing
        other = [replace(terms, price=dice.choice(PRICES)) for terms in contracts]
        stages.append(Dossier(list(known.values()), dice.choice((contracts, other, []))))
    stages.append(Dossier(papers, contracts))
    often = dice.getrandbits(8) | dice.choice((0, ALL))
    choices = [dice.getrandbits(8) & (often | dice.getrandbits(8)) for _ in stages]
    return History(stages, choices, packs(dice, len(stages)))


def packs(dice: Random, stages: int) -> list[MatchRules]:
    """One for all of a life, or up to three that follow one another, each other in everything."""
    first = sorted(dice.randrange(stages) for _ in range(dice.choice((0, 1, 2, 2))))
    every = [pack(dice) for _ in range(1 + len(first))]
    return [every[sum(stage >= day for day in first)] for stage in range(stages)]


def pack(dice: Random) -> MatchRules:
    basis = dice.choice(("order_date", "receipt_date", "invoice_date"))
    asked = [
        Demand((ProductKind.DRUG,), dice.choice(("held", "held", "information")), since)
        for since in dice.choices((None, EPOCH + timedelta(days=DAYS[1])), k=2)
    ]
    return MatchRules(
        date_basis=(basis, "receipt_date"),
        tolerances=dice.choice(((), (), ABOVE, (*ABOVE, MORE))),
        two_invoice_chain=dice.choice((NOT_ASKED, NOT_ASKED, asked[0])),
        trace_codes=dice.choice((NOT_ASKED, NOT_ASKED, asked[1])),
        hold_expired_since=dice.choice((None, EPOCH)),
    )


def traded(dice: Random) -> list[Paper]:
    """A few order lines of one product, what was received, invoiced, returned and credited."""
    names = ORDERS[: dice.choice((1, 1, 2, 3))]

    def named(some: tuple[str, ...], absent: float) -> str | None:
        return None if dice.random() < absent else dice.choice(some)

    papers: list[Paper] = [
        Order(name, dice.randint(8, 30), price=dice.choice((None, *PRICES)), day=dice.choice(DAYS))
        for name in names
    ]
    papers += [
        Receipt(
            name,
            dice.randint(2, 12),
            named(names, 0.2),
            day=88,
            accepted=dice.choice(DAYS),
            trace=dice.choice((0, 0, 1)),
            expiry=dice.choice((NO_DAY, NO_DAY, 80)),
        )
        for name in RECEIPTS[: dice.randint(1, 4)]
    ]
    for name in INVOICES[: dice.randint(1, 4)]:
        units, receipt = dice.randint(2, 12), named(RECEIPTS, 0.8)
        fen = units * dice.choice((300, 900, 1_000, 1_003)) + dice.randint(-1, 1)
        order = named(names, 0.2) if receipt is None else None
        lowered = dice.choice((0, 0, 0, fen - 1, fen * 4 // 5, 1))
        chain = dice.choice((0, 0, 1))
        line = Invoice(name, units, fen, order, receipt, chain=chain, lowered=lowered)
        papers.append(replace(line, day=dice.choice(DAYS)))
    return papers + [
        dice.choice(
            (
                Return(f"t{at}", dice.randint(1, 6), named(RECEIPTS, 0.3)),
                Credit(f"c{at}", named(INVOICES, 0), dice.randint(1, 6), dice.randint(0, 5_000)),
                Credit(f"c{at}", named(INVOICES, 0), 0, dice.randint(1, 5_000)),
                Link(f"l{at}", dice.choice(INVOICES), dice.choice(names), units=dice.randint(1, 6)),
                Invoice(f"s{at}", 0, dice.randint(1, 900), blue=dice.choice(INVOICES)),
            )
        )
        for at in range(dice.randint(0, 3))
    ]


def older(dice: Random, paper: Paper) -> Paper:
    """An earlier revision: other units, or another day."""
    if isinstance(paper, Order | Receipt | Invoice) and (paper.units == 0 or dice.random() < 0.5):
        return replace(paper, day=dice.choice(DAYS))
    if isinstance(paper, Invoice) and dice.random() < 0.5:
        return replace(paper, lowered=0, chain=1 - paper.chain)
    return replace(paper, units=dice.randint(1, 12))


def group_of(columns: c.PurchaseColumns, row: Any) -> Group:
    month = (EPOCH + timedelta(days=int(row["clock_day"]))).month
    product = product_of(columns, row)
    return (
        int(row["order"]),
        int(row["contract"]),
        int(row["route"]),
        month,
        int(row["terms"]),
        product,
    )


def product_of(columns: c.PurchaseColumns, row: Any) -> int:
    """The product paid for: what was received, else invoiced, else ordered."""
    if columns.pools.size:
        for side, lines in (("receipt", columns.receipts), ("invoice", columns.invoices)):
            if row[side] >= 0:
                return int(columns.pools["product"][lines["pool"][row[side]]])
    return int(columns.orders["product"][row["order"]])


def under_todays_terms(columns: c.PurchaseColumns, rows: c.Rows) -> c.Rows:
    """Payables under the contract that is in force on their day, by the fund; else by none."""
    found = rows.copy()
    for row in found:
        day, terms = row["basis_day"], columns.contracts
        dated = (terms["valid_from"] <= day) & (day <= terms["valid_to"])
        names = np.flatnonzero(dated & (terms["product"] == product_of(columns, row)))
        row["contract"] = names[0] if names.size else c.NOT_STATED
        row["route"] = ROUTES.index(Route.DIRECT if names.size else Route.SELF)
    return found


def per_group(columns: c.PurchaseColumns, *parts: c.Rows) -> dict[Group, tuple[int, int]]:
    """Units and fen of each group."""
    totals: dict[Group, tuple[int, int]] = {}
    for row in (row for part in parts for row in under_todays_terms(columns, part)):
        group = group_of(columns, row)
        units, fen = totals.get(group, (0, 0))
        totals[group] = units + int(row["quantity"]), fen + int(row["amount"])
    return totals


def commit(
    dossier: Dossier, outcome: Outcome, choice: int = ALL, terms: int = 0
) -> list[Committed]:
    """Commits every open payable whose position the bits of `choice` pick; `terms`: the rules it
    is decided by, as later ones number them."""
    orders, receipts = dossier.names(Order), dossier.names(Receipt)
    invoices = dossier.names(Invoice)

    def name(names: list[str], row: int) -> str:
        return names[row] if row >= 0 else "gone"

    return [
        Committed(
            orders[row["order"]],
            name(receipts, row["receipt"]),
            name(invoices, row["invoice"]),
            *(int(row[part]) for part in ("quantity", "amount", "adjusts")),
            *(int(row[part]) for part in ("contract", "route", "basis_day", "clock_day")),
            int(row["terms"]) or terms,
        )
        for position, row in enumerate(outcome.payables)
        if choice >> position % 8 & 1
    ]


def lived(history: History) -> Dossier:
    """All documents, and what was committed on the way to them."""
    committed: list[Committed] = []
    known = list(dict.fromkeys(history.rules))
    for stage, choice, today in zip(history.stages, history.choices, history.rules, strict=True):
        seen = as_of(replace(stage, committed=committed), known, today)
        made = commit(seen, seen.match(told(known, today)), choice, 1 + known.index(today))
        committed = committed + made
    return as_of(replace(history.stages[-1], committed=committed), known, history.rules[-1])


def told(known: list[MatchRules], today: MatchRules) -> MatchRules:
    """Today's rules, with all that ever were."""
    return replace(today, earlier=tuple(known))


def as_of(dossier: Dossier, known: list[MatchRules], today: MatchRules) -> Dossier:
    """The same, what was applied for under today's rules being of today's."""
    number = 1 + known.index(today)
    rows = [replace(row, terms=row.terms * (row.terms != number)) for row in dossier.committed]
    return replace(dossier, committed=rows)


def final(history: History) -> MatchRules:
    """Rules of the end."""
    return told(list(dict.fromkeys(history.rules)), history.rules[-1])


def reaches_the_target(history: History) -> None:
    last = lived(history)
    columns, outcome = last.columns(), last.match(final(history))
    target = outcome.target
    due = per_group(columns, target[(target["amount"] != 0) | (target["terms"] != 0)])
    reached = per_group(columns, columns.committed, outcome.payables)
    still_open = per_group(columns, outcome.payables)
    for group in due.keys() | reached.keys():
        units, fen = reached.get(group, (0, 0))
        assert fen == due.get(group, (0, 0))[1], group
        if group in still_open:  # units alone are no payable: none is of 0 fen
            assert units == due.get(group, (0, 0))[0], group


def corrects_what_was_applied_for(history: History) -> None:
    last = lived(history)
    columns, outcome = last.columns(), last.match(final(history))
    committed = columns.committed
    left = [int(row["amount"]) * (row["adjusts"] < 0) for row in committed]
    for row in (*committed, *outcome.payables):
        if row["adjusts"] >= 0:
            original = committed[row["adjusts"]]
            left[row["adjusts"]] += int(row["amount"])
            for name in ("order", "route", "basis_day", "clock_day", "terms"):
                assert row[name] == original[name], name
    assert min(left, default=0) >= 0, "more is taken back than was applied for"
    goods = outcome.payables[outcome.payables["adjusts"] < 0]
    assert (goods["quantity"] > 0).all()
    assert (goods["amount"] > 0).all()
    returned = outcome.payables[outcome.payables["kind"] == KINDS.index(PayableKind.RETURN)]
    assert (returned["quantity"] < 0).all()
    slots = ["order", "receipt", "invoice", "kind", "adjusts", "contract", "route", "terms"]
    assert len({tuple(row[slots].tolist()) for row in outcome.payables}) == outcome.payables.size


def ends(history: History) -> None:
    last, rules = lived(history), final(history)
    for _ in range(3 if rules.earlier[1:] else 1):  # what comes to nothing by rules of then ...
        rest = commit(last, last.match(rules))
        last = replace(last, committed=[*last.committed, *rest])
    assert last.match(rules).payables.size == 0  # ... is decided once more by today's


def a_new_pack_takes_nothing_back(history: History, new: MatchRules) -> None:
    known, today = list(dict.fromkeys(history.rules)), history.rules[-1]
    last, rules = lived(history), final(history)
    for _ in range(3):
        rest = commit(last, last.match(rules))
        last = replace(last, committed=[*last.committed, *rest])
    target = last.match(rules).target
    columns = last.columns()
    if (target["amount"] == 0).any() or per_group(columns, target) != per_group(
        columns, columns.committed
    ):
        return  # what is worth nothing is never applied for, so units are not settled
    number = 1 + known.index(today)
    new = replace(new, hold_expired_since=EPOCH + timedelta(days=1))  # other than all of them
    then = [replace(row, terms=row.terms or number) for row in last.committed]
    found = replace(last, committed=then).match(replace(new, earlier=tuple(known)))
    assert (found.payables["adjusts"] < 0).all()


@given(histories())
@settings(max_examples=50, deadline=None)
def test_open_plus_committed_is_the_target_of_every_group_whatever_came_before(
    history: History,
) -> None:
    """Whatever was applied for, and in whichever order documents came: per order line, price
    version, route and month of acceptance the sums are what the documents alone say."""
    reaches_the_target(history)


@given(histories())
@settings(max_examples=30, deadline=None)
def test_a_correction_is_of_what_it_corrects_and_takes_no_more_than_was_applied_for(
    history: History,
) -> None:
    corrects_what_was_applied_for(history)


@given(histories())
@settings(max_examples=20, deadline=None)
def test_when_all_that_is_open_is_applied_for_nothing_more_is(history: History) -> None:
    ends(history)


@given(histories(), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_a_new_pack_corrects_nothing_that_was_applied_for(history: History, seed: int) -> None:
    """Tolerances on quantities apart: they decide which receipts find an order line."""
    known = [without_more(rules) for rules in history.rules]
    history = replace(history, rules=known)
    a_new_pack_takes_nothing_back(history, without_more(pack(Random(seed))))


def without_more(rules: MatchRules) -> MatchRules:
    return replace(rules, tolerances=tuple(each for each in rules.tolerances if each != MORE))


def test_lives_have_what_they_are_about_often() -> None:
    """Lowered lines, papers that hold, and goods applied for under rules that changed since."""
    lives = [lived_through(Random(seed)) for seed in range(60)]
    lowered = sum(any(row.lowered for row in papers_of(life, Invoice)) for life in lives)
    held = sum(any(each.trace_codes.holds for each in life.rules) for life in lives)
    changed = sum(any(row.terms for row in lived(life).committed) for life in lives)
    assert lowered > 30
    assert held > 15
    assert changed > 12


def papers_of(history: History, kind: type[Any]) -> list[Any]:
    return [paper for paper in history.stages[-1].papers if isinstance(paper, kind)]
