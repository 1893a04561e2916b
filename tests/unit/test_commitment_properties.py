"""Target minus committed: whatever was applied for on the way, the sums are the same."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import columns as c
from reconciler.columns import EPOCH
from reconciler.outcome import KINDS, ROUTES, Outcome
from reconciler.purchase_matching import MatchRules
from schemas.codes.reconciliation import PayableKind, Route
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

Group = tuple[int, int, int, int]
"""Order line, contract row, route, month of acceptance: what is due of each is kept apart."""


@dataclass(frozen=True)
class History:
    """What is known after each arrival; the last stage is all that there is in the end."""

    stages: list[Dossier]
    choices: list[int]
    rules: MatchRules


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
    basis = dice.choice(("order_date", "receipt_date", "invoice_date"))
    choices = [dice.getrandbits(8) & dice.getrandbits(8) for _ in stages]
    return History(stages, choices, MatchRules(date_basis=(basis, "receipt_date")))


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
        Receipt(name, dice.randint(2, 12), named(names, 0.2), day=88, accepted=dice.choice(DAYS))
        for name in RECEIPTS[: dice.randint(1, 4)]
    ]
    for name in INVOICES[: dice.randint(1, 4)]:
        units, receipt = dice.randint(2, 12), named(RECEIPTS, 0.8)
        fen = units * dice.choice((300, 900, 1_000, 1_003)) + dice.randint(-1, 1)
        order = named(names, 0.2) if receipt is None else None
        papers.append(Invoice(name, units, fen, order, receipt, day=dice.choice(DAYS)))
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
    return replace(paper, units=dice.randint(1, 12))


def group_of(row: Any) -> Group:
    month = (EPOCH + timedelta(days=int(row["clock_day"]))).month
    return int(row["order"]), int(row["contract"]), int(row["route"]), month


def under_todays_terms(columns: c.PurchaseColumns, rows: c.Rows) -> c.Rows:
    """Payables under the contract that is in force on their day, by the fund; else by none."""
    found = rows.copy()
    for row in found:
        day, terms = row["basis_day"], columns.contracts
        names = np.flatnonzero((terms["valid_from"] <= day) & (day <= terms["valid_to"]))
        row["contract"] = names[0] if names.size else c.NOT_STATED
        row["route"] = ROUTES.index(Route.DIRECT if names.size else Route.SELF)
    return found


def per_group(columns: c.PurchaseColumns, *parts: c.Rows) -> dict[Group, tuple[int, int]]:
    """Units and fen of each group."""
    totals: dict[Group, tuple[int, int]] = {}
    for row in (row for part in parts for row in under_todays_terms(columns, part)):
        units, fen = totals.get(group_of(row), (0, 0))
        totals[group_of(row)] = units + int(row["quantity"]), fen + int(row["amount"])
    return totals


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
            *(int(row[part]) for part in ("quantity", "amount", "adjusts")),
            *(int(row[part]) for part in ("contract", "route", "basis_day", "clock_day")),
        )
        for position, row in enumerate(outcome.payables)
        if choice >> position % 8 & 1
    ]


def lived(history: History) -> Dossier:
    """All documents, and what was committed on the way to them."""
    committed: list[Committed] = []
    for stage, choice in zip(history.stages, history.choices, strict=True):
        seen = replace(stage, committed=committed)
        committed = committed + commit(seen, seen.match(history.rules), choice)
    return replace(history.stages[-1], committed=committed)


def reaches_the_target(history: History) -> None:
    last = lived(history)
    columns, outcome = last.columns(), last.match(history.rules)
    due = per_group(columns, outcome.target[outcome.target["amount"] != 0])
    reached = per_group(columns, columns.committed, outcome.payables)
    still_open = per_group(columns, outcome.payables)
    for group in due.keys() | reached.keys():
        units, fen = reached.get(group, (0, 0))
        assert fen == due.get(group, (0, 0))[1], group
        if group in still_open:  # units alone are no payable: none is of 0 fen
            assert units == due.get(group, (0, 0))[0], group


def corrects_what_was_applied_for(history: History) -> None:
    last = lived(history)
    columns, outcome = last.columns(), last.match(history.rules)
    committed = columns.committed
    left = [int(row["amount"]) * (row["adjusts"] < 0) for row in committed]
    for row in (*committed, *outcome.payables):
        if row["adjusts"] >= 0:
            original = committed[row["adjusts"]]
            left[row["adjusts"]] += int(row["amount"])
            for name in ("order", "route", "basis_day", "clock_day"):
                assert row[name] == original[name], name
    assert min(left, default=0) >= 0, "more is taken back than was applied for"
    goods = outcome.payables[outcome.payables["adjusts"] < 0]
    assert (goods["quantity"] > 0).all()
    assert (goods["amount"] > 0).all()
    returned = outcome.payables[outcome.payables["kind"] == KINDS.index(PayableKind.RETURN)]
    assert (returned["quantity"] < 0).all()
    slots = ["order", "receipt", "invoice", "kind", "adjusts", "contract", "route"]
    assert len({tuple(row[slots].tolist()) for row in outcome.payables}) == outcome.payables.size


def ends(history: History) -> None:
    last = lived(history)
    rest = commit(last, last.match(history.rules), 2**8 - 1)
    after = replace(last, committed=[*last.committed, *rest])
    assert after.match(history.rules).payables.size == 0


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
