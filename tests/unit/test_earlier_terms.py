"""What was applied for keeps the rule pack it was decided by; what stands open has today's."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.columns import EPOCH
from reconciler.match_rules import MatchRules
from reconciler.required_papers import Demand
from reconciler.tolerance import Tolerance
from schemas.codes.contracts import ProductKind
from schemas.codes.reconciliation import DiscrepancyReason
from tests.builders.reconciliation import (
    UNIT,
    YUAN,
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
from tests.unit.test_commitment_properties import commit

Open = list[tuple[str, str, str, str, int, int]]
DRUG = 1
HELD = Demand((ProductKind.DRUG,), "held")
STRICT = MatchRules()
BY_ORDER = MatchRules(date_basis=("order_date",))
BY_RECEIPT = MatchRules(date_basis=("receipt_date",))
ABOVE = MatchRules(tolerances=(Tolerance(DiscrepancyReason.PRICE_ABOVE_CONTRACT, absolute=500),))
MORE = MatchRules(tolerances=(Tolerance(DiscrepancyReason.QUANTITY_OVER_ORDER, permyriad=2_000),))
UNASKED = MatchRules(authorization_required=False)
OF_ANOTHER = Terms("k", holder=1)
DEARER = [Terms("k", valid_to=104), Terms("l", 12 * YUAN, valid_from=105)]
"""Ten yuan on the day of the order, twelve on that of the receipt."""


def traded(
    fen: int, units: int = 10, *, trace: int = 0, chain: int = 0, expiry: int = 2**31 - 1
) -> list[Paper]:
    return [
        Order("o", price=None),
        Receipt("r", units, "o", trace=trace, expiry=expiry),
        Invoice("i", units, fen, "o", chain=chain),
    ]


def applied(dossier: Dossier, *rules: MatchRules) -> Dossier:
    """All that is open under each of the rules was applied for, one after the other."""
    for number, then in enumerate(rules, 1):
        outcome = dossier.match(replace(then, earlier=rules[: number - 1]))
        dossier = replace(dossier, committed=[*dossier.committed, *commit(dossier, outcome)])
        dossier.committed = [replace(row, terms=row.terms or number) for row in dossier.committed]
    return dossier


CASES: dict[str, tuple[Sequence[Paper], Sequence[Terms], MatchRules, MatchRules, int]] = {
    # Papers, contracts, rules then and today, and fen of a unit as it was paid then.
    "another day decides the price": (traded(12_000), DEARER, BY_ORDER, BY_RECEIPT, 1_000),
    "another day, a lower price": (traded(12_000), DEARER, BY_RECEIPT, BY_ORDER, 1_200),
    "less is tolerated above a price": (traded(10_400), DEARER, ABOVE, STRICT, 1_040),
    "less is tolerated above an order": (traded(12_000, 12), DEARER, MORE, STRICT, 1_000),
    "trace codes are asked for": (
        traded(10_000, trace=DRUG),
        DEARER,
        STRICT,
        MatchRules(trace_codes=HELD),
        1_000,
    ),
    "the maker's invoice is asked for": (
        traded(10_000, chain=DRUG),
        [OF_ANOTHER],
        UNASKED,
        replace(UNASKED, two_invoice_chain=HELD),
        1_000,
    ),
    "expired goods are held": (
        traded(10_000, expiry=100),
        DEARER,
        STRICT,
        MatchRules(hold_expired_since=EPOCH),
        1_000,
    ),
    "authorizations are asked for": (traded(10_000), [OF_ANOTHER], UNASKED, STRICT, 1_000),
}


@pytest.mark.parametrize("name", CASES)
def test_a_new_pack_leaves_what_was_applied_for_as_it_is(name: str) -> None:
    papers, contracts, then, today, _ = CASES[name]
    dossier = Dossier(list(papers), list(contracts))
    assert dossier.match(then).target.tolist() != dossier.match(today).target.tolist()
    committed = applied(dossier, then)
    outcome = committed.match(replace(today, earlier=(then,)))
    assert outcome.payables.size == 0
    assert outcome.target["amount"].sum() == sum(row.amount for row in committed.committed)


@pytest.mark.parametrize("name", CASES)
def test_what_goes_back_later_is_worth_what_was_paid_for_it(name: str) -> None:
    papers, contracts, then, today, fen = CASES[name]
    dossier = applied(Dossier(list(papers), list(contracts)), then)
    dossier.papers.append(Return("t", 2, "r"))
    outcome = dossier.match(replace(today, earlier=(then,)))
    assert payables(dossier, outcome) == [("return", "o", "r", "i", -2 * UNIT, -2 * fen)]


@pytest.mark.parametrize("name", CASES)
def test_goods_that_come_later_are_under_todays_pack(name: str) -> None:
    """As many once more on the same order line: each half by the rules of its own day."""
    papers, contracts, then, today, fen = CASES[name]
    papers = [Order("o", 24, price=None), *papers[1:]]
    more = [replace(paper, name=f"{paper.name}2") for paper in papers[1:]]
    dossier = applied(Dossier(papers, list(contracts)), then)
    dossier.papers = [*papers, *more]
    outcome = dossier.match(replace(today, earlier=(then,)))
    of_today = Dossier(dossier.papers, list(contracts)).match(today).target
    assert outcome.target["amount"][0] == fen * outcome.target["quantity"][0] // UNIT
    assert outcome.target[1:].tolist() == of_today[1:].tolist()
    assert outcome.payables.tolist() == [row for row in of_today[1:].tolist() if row[5]]


def test_a_credit_note_takes_off_what_the_rules_of_then_let_pass() -> None:
    """10.40 a unit with half a yuan tolerated: less 0.10 it is still let pass, as it was then."""
    dossier = applied(Dossier(traded(10_400), DEARER), ABOVE)
    dossier.papers.append(Credit("c", "i", 0, 100))
    outcome = dossier.match(replace(STRICT, earlier=(ABOVE,)))
    assert payables(dossier, outcome) == [("price_adj", "o", "r", "i", 0, -100)]


def test_a_contract_price_lowered_later_lowers_what_it_was_paid_by() -> None:
    dossier = applied(Dossier(traded(12_000), DEARER), BY_ORDER)
    for lower, fen in ((Terms("k", 9 * YUAN, valid_to=104), -1_000), (DEARER[0], 0)):
        dossier.contracts = [lower, replace(DEARER[1], price=11 * YUAN)]
        outcome = dossier.match(replace(BY_RECEIPT, earlier=(BY_ORDER,)))
        assert payables(dossier, outcome) == ([("price_adj", "o", "r", "i", 0, fen)] if fen else [])


def test_one_slice_may_stand_under_several_packs() -> None:
    """Four units each time the receipt is revised: then, later, today."""
    dossier = Dossier([Order("o", 12, price=None), Invoice("i", 12, 14_400, "o")], DEARER)
    fen: list[int] = []
    rules = (BY_ORDER, BY_RECEIPT, replace(BY_ORDER, tolerances=ABOVE.tolerances))
    for number, today in enumerate(rules, 1):
        dossier.papers[2:] = [Receipt("r", 4 * number, "o")]
        outcome = dossier.match(replace(today, earlier=rules[: number - 1]))
        fen += outcome.payables["amount"].tolist()
        rows = commit(dossier, outcome, terms=number)
        dossier = replace(dossier, committed=[*dossier.committed, *rows])
    # 12 yuan a unit stated, 10 by the order's day, also with 5 yuan let pass for the whole line.
    assert fen == [4_000, 4_800, 4_000]
    assert dossier.match(replace(STRICT, earlier=rules)).payables.size == 0


def test_goods_of_another_receipt_take_over_the_terms_of_those_they_replace() -> None:
    """The receipt was cancelled and sent anew: the order line has as many units under the pack that
    they were applied for under, and what is open is only that other papers bear them."""
    dossier = applied(Dossier(traded(12_000), DEARER), BY_ORDER)
    dossier.papers[1] = Receipt("r2", 10, "o")
    outcome = dossier.match(replace(BY_RECEIPT, earlier=(BY_ORDER,)))
    assert outcome.target["amount"].tolist() == [10_000]
    assert sum(row[5] for row in payables(dossier, outcome)) == 0


def test_rules_of_nothing_that_was_applied_for_change_nothing() -> None:
    dossier = Dossier(traded(12_000), DEARER)
    alone, said = (
        dossier.match(rules) for rules in (STRICT, replace(STRICT, earlier=(BY_RECEIPT, ABOVE)))
    )
    assert reasons(said) == reasons(alone)
    assert payables(dossier, said) == payables(dossier, alone)
