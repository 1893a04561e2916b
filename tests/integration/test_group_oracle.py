"""The kernel against the same rule in SQL, on products of one group that stand in for others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.columns import EPOCH
from reconciler.match_rules import MatchRules
from reconciler.required_papers import Demand
from reconciler.substitution import Substitution
from reconciler.tolerance import Tolerance
from schemas.codes.contracts import ProductKind
from schemas.codes.reconciliation import DiscrepancyReason
from tests.oracle.oracle import disagreement, kernel_says, rule, sql_says
from tests.oracle.small_worlds import applied_for, grouped

HELD = Demand((ProductKind.DRUG, ProductKind.CONSUMABLE), "held")
R = DiscrepancyReason
TOLERATED = (
    Tolerance(R.PRICE_ABOVE_CONTRACT, absolute=3_000, permyriad=3_000, greater=True),
    Tolerance(R.PRICE_DIFFERS_FROM_ORDER, absolute=500, permyriad=2_000),
    Tolerance(R.QUANTITY_OVER_ORDER, permyriad=2_000),
)
SUBSTITUTED = str(DiscrepancyReason.PRODUCT_SUBSTITUTED)
SHOWN_AS = {
    "refused": {"waiting"},
    "allowed": {"information"},
    "a_while": {"waiting", "information"},
    "since": {"waiting", "information"},
}
SUBSTITUTIONS = {
    "refused": Substitution(),
    "allowed": Substitution(allowed=True),
    "a_while": Substitution(True, EPOCH + timedelta(days=95), EPOCH + timedelta(days=100)),
    "since": Substitution(True, EPOCH + timedelta(days=100)),
}


@pytest.mark.parametrize("strange", [0.0, 0.15])
@pytest.mark.parametrize("name", list(SUBSTITUTIONS))
def test_both_say_the_same_of_products_of_one_group(name: str, strange: float) -> None:
    rules = MatchRules(substitution=SUBSTITUTIONS[name], tolerances=TOLERATED)
    for size, large in ((2, False), (3, True)):
        columns = grouped(700, 11 + size, strange, size=size, large=large)
        kernel = kernel_says(columns, rules)
        assert disagreement(columns, sql_says(columns, rules), kernel) == ""
        said = {row[8] for row in kernel if row[0] == "discrepancy" and row[5] == SUBSTITUTED}
        assert said == SHOWN_AS[name]


FORBIDDEN_SINCE = (
    # Rules under which goods of other products were applied for, and today's, which take none.
    ((MatchRules(substitution=SUBSTITUTIONS["allowed"]),), MatchRules()),
    (
        (
            MatchRules(substitution=SUBSTITUTIONS["since"], tolerances=TOLERATED),
            MatchRules(substitution=SUBSTITUTIONS["allowed"], date_basis=("receipt_date",)),
        ),
        MatchRules(substitution=SUBSTITUTIONS["a_while"]),
    ),
    (
        (MatchRules(), MatchRules(substitution=SUBSTITUTIONS["since"])),
        MatchRules(tolerances=TOLERATED, trace_codes=HELD),
    ),
)


@pytest.mark.parametrize(("earlier", "today"), FORBIDDEN_SINCE)
def test_both_keep_what_was_applied_for_of_another_product(
    earlier: tuple[MatchRules, ...], today: MatchRules
) -> None:
    rules = replace(today, earlier=earlier)
    for size, large, strange in ((2, False, 0.0), (3, True, 0.08)):
        columns = applied_for(grouped(700, 17 + size, strange, size=size, large=large), earlier)
        kernel = kernel_says(columns, rules)
        assert disagreement(columns, sql_says(columns, rules), kernel) == ""
        kept = [
            row
            for row in kernel.elements()
            if row[0] == "target"
            and row[4] == "goods"
            and columns.orders["pool"][row[1]] != columns.receipts["pool"][row[2]]
        ]
        assert len(kept) > 12


GROUP_SABOTAGE = {
    "what stands in is looked for in no order number": (
        "FROM still_coming WHERE group_bill >= 0",
        "FROM still_coming WHERE false",
    ),
    "what stands in is looked for in no other order": (
        "FROM still_coming WHERE group_bill < 0",
        "FROM still_coming WHERE false",
    ),
    "what stands in is held to the order's price": ("-1 AS price, -1 AS amount", "-1 AS amount"),
    "what stands in is held to the order's contract": (
        "p.product AS product",
        "o.product AS product",
    ),
    "more comes than was ordered": (
        "- coalesce(c.quantity, 0) AS quantity,\n        CASE WHEN o.barred",
        "AS quantity,\n        CASE WHEN o.barred",
    ),
    "a return takes the other product": (
        "ON d.order_line = s.order_line AND d.pool = s.pool AND d.unit = s.unit\n",
        "ON d.order_line = s.order_line AND d.unit = s.unit\n",
    ),
    "what stands in may go over the order": ("OR o.part_of >= 0 THEN 0", "THEN 0"),
}


@pytest.mark.parametrize("name", GROUP_SABOTAGE)
def test_another_rule_of_groups_is_noticed(name: str) -> None:
    right, wrong = GROUP_SABOTAGE[name]
    assert right in rule()
    rules = MatchRules(substitution=SUBSTITUTIONS["allowed"], tolerances=TOLERATED)
    columns = grouped(400, 5, 0.06)
    said = sql_says(columns, rules, rule().replace(right, wrong))
    assert disagreement(columns, said, kernel_says(columns, rules)) != ""


KEPT_SABOTAGE = {
    "what was applied for of another product goes": (
        "u.terms > 0 AND u.substitutes_allowed",
        "u.terms > 0 AND false",
    ),
    "more of it stays than was applied for": (
        "CAST(sum(a.quantity) AS BIGINT) AS quantity\n    FROM applied_as_sent",
        "1000000000000 AS quantity\n    FROM applied_as_sent",
    ),
    "its receipt gives it once more": (
        "r.quantity - coalesce(t.quantity, 0) AS quantity)\n    FROM receipts_left r",
        "r.quantity AS quantity)\n    FROM receipts_left r",
    ),
}


@pytest.mark.parametrize("name", KEPT_SABOTAGE)
def test_another_rule_of_what_is_kept_is_noticed(name: str) -> None:
    right, wrong = KEPT_SABOTAGE[name]
    assert right in rule()
    earlier, today = FORBIDDEN_SINCE[0]
    rules = replace(today, earlier=earlier)
    columns = applied_for(grouped(500, 9, 0.06), earlier)
    said = sql_says(columns, rules, rule().replace(right, wrong))
    assert disagreement(columns, said, kernel_says(columns, rules)) != ""
