"""The kernel against the same rule written a second time in SQL, on random and on real columns."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.columns import EPOCH, PurchaseColumns
from reconciler.match_rules import MatchRules
from reconciler.outcome import REASONS
from reconciler.required_papers import Demand
from reconciler.tolerance import Tolerance
from schemas.codes.contracts import ProductKind
from schemas.codes.reconciliation import DiscrepancyReason
from tests.builders.reconciliation import (
    YUAN,
    Dossier,
    Invoice,
    Link,
    Order,
    Paper,
    Receipt,
    Return,
    Terms,
)
from tests.builders.scms import Scms
from tests.builders.vbp_trade import Trade
from tests.oracle.oracle import Bag, disagreement, kernel_says, rule, sql_says
from tests.oracle.real_files import Files
from tests.oracle.small_worlds import applied_for, components
from tests.unit.test_purchase_matching_properties import dossiers, placed

STANDARD = MatchRules()
HELD = Demand((ProductKind.DRUG, ProductKind.CONSUMABLE), "held")
SHOWN = Demand((ProductKind.DRUG, ProductKind.CONSUMABLE), since=EPOCH + timedelta(days=99))
OTHER_RULES = (
    MatchRules(authorization_required=False, date_basis=("receipt_date",)),
    MatchRules(date_basis=("invoice_date", "order_date")),
    MatchRules(date_basis=("order_date",), hold_expired_since=date(1970, 4, 13)),
    MatchRules(date_basis=("order_date", "invoice_date", "receipt_date")),
    MatchRules(date_basis=("acceptance_date",)),
    MatchRules(two_invoice_chain=Demand((ProductKind.DRUG, ProductKind.REAGENT), "held")),
    MatchRules(two_invoice_chain=Demand((ProductKind.DRUG,), "held", EPOCH + timedelta(days=99))),
    MatchRules(two_invoice_chain=SHOWN, trace_codes=SHOWN),
    MatchRules(trace_codes=Demand((ProductKind.DRUG,), "held", EPOCH + timedelta(days=99))),
    MatchRules(date_basis=("order_date", "delivery_date", "acceptance_date")),
)
R = DiscrepancyReason
TOLERANCES = (
    (
        Tolerance(R.PRICE_ABOVE_CONTRACT, absolute=300),
        Tolerance(R.PRICE_DIFFERS_FROM_ORDER, permyriad=2_000),
    ),
    (
        Tolerance(R.PRICE_ABOVE_CONTRACT, absolute=3_000, permyriad=3_000, greater=True),
        Tolerance(R.PRICE_DIFFERS_FROM_ORDER, absolute=500, permyriad=2_000),
        Tolerance(R.QUANTITY_OVER_ORDER, permyriad=2_000),
    ),
    (
        Tolerance(R.PRICE_DIFFERS_FROM_ORDER, absolute=2_500, per_document=True),
        Tolerance(R.PRICE_ABOVE_CONTRACT, absolute=2_500, permyriad=9_000, per_document=True),
        Tolerance(R.QUANTITY_OVER_ORDER, absolute=1_500),
    ),
)
PAPERS = (
    (str(DiscrepancyReason.TWO_INVOICE_CHAIN_MISSING),),
    (str(DiscrepancyReason.TRACE_CODE_MISSING),),
)
NOT_OF_MATCHING = {
    DiscrepancyReason.TWO_INVOICE_CHAIN_MISSING,
    DiscrepancyReason.TRACE_CODE_MISSING,
    DiscrepancyReason.ACCOUNT_SHORT,
    DiscrepancyReason.SUPPLIER_SUSPENDED,
    DiscrepancyReason.MANDATE_MISSING,
    DiscrepancyReason.ACCOUNT_UNVERIFIED,
    DiscrepancyReason.VOLUME_OVER_AGREED,
    DiscrepancyReason.PRODUCT_SUBSTITUTED,
}
"""Reserved, said of batches, of products in groups, or where a rule pack asks for a paper: see
DiscrepancyReason."""


def compare(columns: PurchaseColumns, rules: MatchRules = STANDARD) -> str:
    """Empty when kernel and SQL agree."""
    sql, kernel = sql_says(columns, rules), kernel_says(columns, rules)
    return disagreement(columns, sql, kernel)


@pytest.mark.parametrize(("seed", "strange"), [(1, 0.0), (2, 0.06), (3, 0.15), (4, 0.4)])
def test_both_say_the_same_of_random_components(seed: int, strange: float) -> None:
    assert compare(components(2_500, seed, strange)) == ""


@pytest.mark.parametrize("tolerances", TOLERANCES)
@pytest.mark.parametrize("strange", [0.06, 0.3])
def test_both_let_the_same_pass(tolerances: tuple[Tolerance, ...], strange: float) -> None:
    columns, rules = components(1_200, 9, strange), MatchRules(tolerances=tolerances)
    kernel = kernel_says(columns, rules)
    assert disagreement(columns, sql_says(columns, rules), kernel) == ""
    absorbed = {row[5] for row in kernel if row[0] == "discrepancy" and row[8] == "absorbed"}
    if strange < 0.1:  # beyond that, hardly a line is matched for which all of them speak
        assert {str(tolerance.reason) for tolerance in tolerances} <= absorbed


@pytest.mark.parametrize("rules", OTHER_RULES)
def test_both_say_the_same_under_every_rule_pack(rules: MatchRules) -> None:
    assert compare(components(1_000, 5, 0.08), rules) == ""


CHANGED = (
    # Rules under which payables were applied for, and today's.
    ((MatchRules(date_basis=("receipt_date",)),), MatchRules(date_basis=("order_date",))),
    (
        (MatchRules(tolerances=TOLERANCES[1]), MatchRules(date_basis=("acceptance_date",))),
        MatchRules(date_basis=("invoice_date", "receipt_date"), trace_codes=HELD),
    ),
    (
        (MatchRules(trace_codes=SHOWN), MatchRules(tolerances=TOLERANCES[2])),
        MatchRules(two_invoice_chain=HELD, hold_expired_since=date(1970, 1, 2)),
    ),
    (
        (MatchRules(authorization_required=False), MatchRules(hold_expired_since=EPOCH)),
        MatchRules(tolerances=TOLERANCES[0]),
    ),
)


@pytest.mark.parametrize(("earlier", "today"), CHANGED)
def test_both_keep_what_was_applied_for_under_the_rules_of_its_day(
    earlier: tuple[MatchRules, ...], today: MatchRules
) -> None:
    columns = applied_for(components(900, 12, 0.05), earlier)
    rules = replace(today, earlier=earlier)
    kernel = kernel_says(columns, rules)
    assert disagreement(columns, sql_says(columns, rules), kernel) == ""
    terms = [row[-1] for row in kernel.elements() if row[0] == "target"]
    assert min(terms.count(number) for number in range(1 + len(earlier))) > 60


def test_a_charge_applied_for_moves_nowhere_and_is_corrected_by_both() -> None:
    earlier, today = CHANGED[1]
    columns = applied_for(components(1_500, 3, 0.05), earlier)
    rules = replace(today, earlier=earlier)
    kernel = kernel_says(columns, rules)
    assert disagreement(columns, sql_says(columns, rules), kernel) == ""
    due = {row[3]: row for row in kernel if row[0] == "target" and row[4] == "freight"}
    opened = {row[3]: row for row in kernel if row[0] == "open"}
    applied = columns.committed[columns.committed["charge"]]
    account = dict.fromkeys({*due, *applied["invoice"].tolist()}, 0)
    for invoice, amount in zip(
        applied["invoice"].tolist(), applied["amount"].tolist(), strict=True
    ):
        account[invoice] += amount
    for row in kernel.elements():
        if row[0] == "open":
            account[row[3]] += row[7]
    assert account == {invoice: due[invoice][6] if invoice in due else 0 for invoice in account}
    originals = applied[applied["adjusts"] < 0]
    elsewhere = {
        (invoice, order)
        for invoice, order in zip(
            originals["invoice"].tolist(), originals["order"].tolist(), strict=True
        )
        if invoice in due and due[invoice][1] != order
    }
    assert len(elsewhere) > 3
    assert len([invoice for invoice, _ in elsewhere if invoice not in opened]) > 0
    taken = [row for row in kernel if row[0] == "open" and row[4] >= 0]
    assert len(taken) > 20
    assert {row[3] for row in taken} > {-1}
    assert (applied["adjusts"] >= 0).sum() > 3


def test_papers_asked_for_are_missed_by_both() -> None:
    rules = MatchRules(two_invoice_chain=SHOWN, trace_codes=SHOWN)
    columns = components(1_000, 5, 0.08)
    said = [
        {row for row in bag if row[5:6] in PAPERS}
        for bag in (kernel_says(columns, rules), sql_says(columns, rules))
    ]
    assert said[0] == said[1]
    assert all(len([row for row in said[0] if row[5:6] == paper]) > 100 for paper in PAPERS)


@pytest.mark.parametrize("seed", [6, 7])
def test_both_say_the_same_of_numbers_at_the_limits(seed: int) -> None:
    assert compare(components(1_500, seed, 0.08, large=True)) == ""


@given(st.lists(dossiers(), min_size=1, max_size=25))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_both_say_the_same_of_the_dossiers_of_the_properties(found: list[Dossier]) -> None:
    papers: list[Paper] = []
    for pool, dossier in enumerate(found):
        papers += placed(dossier, f"{pool:03}", pool)
    assert compare(Dossier(papers, found[0].contracts).columns()) == ""


def test_charges_are_paid_in_part_and_in_full_by_both() -> None:
    said = kernel_says(components(1_500, 3, 0.15), STANDARD)
    freight = [row for row in said if row[0] == "target" and row[4] == "freight"]
    assert len(freight) > 80
    assert {row[8] for row in freight} == {"direct", "self", "outside"}
    paid = {row[3] for row in freight}
    for reason in ("charge_repeated", "charge_above_contract"):
        held = {row[3] for row in said if row[5:6] == (reason,)}
        assert len(held & paid) > 5


def test_every_reason_of_matching_occurs() -> None:
    said = {row[5] for row in sql_says(components(1_500, 3, 0.15), STANDARD) if len(row) > 5}
    assert {str(reason) for reason in REASONS if reason not in NOT_OF_MATCHING} <= said


def test_both_say_the_same_of_the_scms_files() -> None:
    source = Scms.read()
    columns = Files(source.documents(), source.master_data()).columns()
    assert compare(columns) == ""
    goods = ~columns.invoices["charge"]
    paid = sum(row[6] for row in kernel_says(columns, STANDARD) if row[0] == "target")
    assert paid == int(columns.invoices["amount"][goods].sum()) == 44_214_129_333


def test_both_say_the_same_of_the_bulk_purchases() -> None:
    source = Trade.of_shared_data()
    columns = Files(source.documents(), source.master_data()).columns()
    assert compare(columns) == ""
    assert columns.receipts.size > columns.orders.size > 2_000


# The comparison must notice ----------------------------------------------------------------------

OVERLAP = "AND s.upto - s.quantity < d.upto AND d.upto - d.quantity < s.upto"
CUMULATIVE = "(2 * payable * upto + whole) // (2 * whole)\n           "
SABOTAGE = {
    "receipts laid last in, first out": (
        "OVER (PARTITION BY order_line ORDER BY line) AS upto\n        FROM receipts_free",
        "OVER (PARTITION BY order_line ORDER BY line DESC) AS upto\n        FROM receipts_free",
    ),
    "a lot pairs nothing": ("FROM invoiced_lots WHERE lot <> 0", "FROM invoiced_lots WHERE false"),
    "a return looks for no lot": (
        "AND order_line >= 0 AND quantity > 0 AND lot <> 0",
        "AND false",
    ),
    "a return without an order looks for no lot": (
        "AND order_line = -1 AND quantity > 0 AND lot <> 0",
        "AND false",
    ),
    "an unnamed return comes off the oldest": (
        "OVER (PARTITION BY pool, unit ORDER BY line DESC)",
        "OVER (PARTITION BY pool, unit ORDER BY line)",
    ),
    "a return of an order line comes off the oldest": (
        "OVER (PARTITION BY order_line, pool, unit ORDER BY line DESC)",
        "OVER (PARTITION BY order_line, pool, unit ORDER BY line)",
    ),
    "what people accepted a line at counts for nothing": (
        "CASE WHEN i.lowered > 0 AND",
        "CASE WHEN i.lowered < 0 AND",
    ),
    "a line is accepted at all of it, whatever is left": (
        "(2 * CAST(i.lowered AS HUGEINT) * s.whole + i.quantity) // (2 * i.quantity)",
        "CAST(i.lowered AS HUGEINT)",
    ),
    "a credit note takes no amount": ("i.amount - coalesce(k.amount, 0)", "i.amount"),
    "a price-only credit note needs the unit": (
        "(i.unit = k.unit OR k.quantity = 0)",
        "i.unit = k.unit",
    ),
    "a later link comes before an earlier one": (
        "OVER (PARTITION BY invoice_line ORDER BY link_line)",
        "OVER (PARTITION BY invoice_line ORDER BY link_line DESC)",
    ),
    "a free invoice does not look for goods first": (
        "FROM room_3 WHERE come > 0",
        "FROM room_3 WHERE false",
    ),
    "a number without a line is not read": (
        "FROM orders_1 WHERE bill >= 0",
        "FROM orders_1 WHERE false",
    ),
    "lines in other units are laid": (
        f"AND d.unit = s.unit\n        {OVERLAP}\n),\nreceived_0 AS (",
        f"\n        {OVERLAP}\n),\nreceived_0 AS (",
    ),
    "charges that no contract pays are matched": (
        "WHEN i.charge AND (coalesce(c.cap, 0) = 0 OR",
        "WHEN i.charge AND (false OR",
    ),
    "a code that stands elsewhere is not shown": ("WHERE r.repeated AND", "WHERE false AND"),
    "a charge applied for is due where it stands today": (
        (
            "SELECT invoice_line, any_value(whole) AS whole FROM charges_applied"
            " GROUP BY invoice_line\n    ) a USING (invoice_line)"
        ),
        (
            "SELECT invoice_line, order_line, any_value(whole) AS whole FROM charges_applied"
            " GROUP BY ALL) a USING (invoice_line, order_line)"
        ),
    ),
    "what was applied for of a charge is due once more": (
        "WHERE paid > coalesce(a.whole, 0)",
        "WHERE true",
    ),
    "a charge is taken back whole": ("least(e.upto, e.excess)", "e.upto"),
    "a charge is paid however many came before": ("c.cap - c.before", "c.cap"),
    "an order is worth what it states": (
        "CASE WHEN d.unit = 0 THEN\n                (2 * CAST(k.price",
        "CASE WHEN false THEN\n                (2 * CAST(k.price",
    ),
    "the higher limit of a charge counts": (
        "least(any_value(t.most)",
        "greatest(any_value(t.most)",
    ),
    "what a price includes is paid on top": (
        "FROM charge_terms WHERE payable",
        "FROM charge_terms",
    ),
    "terms of a charge have no days": (
        "AND w.basis_day BETWEEN t.valid_from AND t.valid_to",
        "",
    ),
    "too little received is nothing received": (
        "THEN 'quantity_over_receipt' ELSE 'not_received' END",
        "THEN 'not_received' ELSE 'not_received' END",
    ),
    "a price tolerates nothing": (
        "least(greatest(order_exact, order_ceiling), 100000000000000000)",
        "order_exact",
    ),
    "a price in fen tolerates a tenth of it": (
        "greatest(k.decimals, 2)",
        "greatest(k.decimals, 3)",
    ),
    "the order's price is no cap": (
        "THEN least(order_exact, after_contract)",
        "THEN after_contract",
    ),
    "the contract's price is no cap": (
        "THEN contract_exact ELSE whole_amount END",
        "THEN whole_amount ELSE whole_amount END",
    ),
    "goods paid offline are capped": (
        "AND NOT offline\n            THEN least(order_exact",
        "\n            THEN least(order_exact",
    ),
    "a raised price is held to the order": ("ELSE raised END AS added", "ELSE 0 END AS added"),
    "a price without goods is raised": ("WHEN base.quantity = 0 THEN 'nothing_to_pay' END", "END"),
    "what raises a barred line is paid": ("WHEN base.reason IS NOT NULL THEN base.reason\n", "\n"),
    "parts are rounded one by one": (
        f"{CUMULATIVE} - (2 * payable * (upto - quantity) + whole) // (2 * whole) AS paid",
        "(2 * payable * quantity + whole) // (2 * whole) AS paid",
    ),
    "halves are rounded down": (
        "(2 * order_over + order_under) //",
        "(2 * order_over + order_under - 1) //",
    ),
    "the dearest contract row binds": ("// k.pack, k.line) AS", "// k.pack DESC, k.line) AS"),
    "an equal price is not preferred": (
        "= CAST(k.price AS HUGEINT) * d.pack THEN 0 ELSE 1 END",
        "= CAST(k.price AS HUGEINT) * d.pack THEN 1 ELSE 1 END",
    ),
    "an expired contract binds as one in force": (
        "CASE WHEN NOT k.covers THEN 0\n            WHEN d.basis_day BETWEEN",
        "CASE WHEN NOT k.covers THEN 0 WHEN true THEN 2\n            WHEN d.basis_day BETWEEN",
    ),
    "an authorization has no days": ("AND d.basis_day BETWEEN a.valid_from AND a.valid_to)", ")"),
    "the receipt's day decides": ("WHEN 'order_date' THEN o.day", "WHEN 'order_date' THEN r.day"),
    "the clock starts with the invoice": ("accepted_day AS clock_day", "invoice_day AS clock_day"),
    "the clock starts with the receipt": (
        "accepted_day AS clock_day",
        "receipt_day AS clock_day",
    ),
    "acceptance before receipt is nothing": ("accepted_day < receipt_day", "false"),
    "applied for is found nowhere but on its lines": (
        "UNION ALL SELECT * FROM kept_on_receipts\n    UNION ALL SELECT * FROM kept_on_orders",
        "",
    ),
    "what was tolerated above an order no longer is": (
        "greatest(coalesce(t.quantity, 0), coalesce(a.quantity, 0))",
        "coalesce(t.quantity, 0)",
    ),
    "links by totals hold nothing": ("u.invoice_line = i.line AND u.uneven", "false"),
    "whatever links compare is uneven": (
        "u.invoice_line = i.line AND u.uneven",
        "u.invoice_line = i.line",
    ),
    "papers hold nothing": ("WHEN codes = 'held' THEN 'trace_code_missing'", ""),
    "whoever holds a contract is asked too": (
        "CASE WHEN m.order_line IS NULL THEN c.effect END AS chain",
        "c.effect AS chain",
    ),
}
RULES_OF_SABOTAGE = replace(
    STANDARD,
    trace_codes=Demand((ProductKind.REAGENT,), "held"),
    two_invoice_chain=Demand((ProductKind.CONSUMABLE,), "held"),
    earlier=(MatchRules(date_basis=("receipt_date",), tolerances=TOLERANCES[1]),),
)


@cache
def small_world() -> tuple[PurchaseColumns, Bag]:
    columns = applied_for(components(2_300, 8, 0.12), RULES_OF_SABOTAGE.earlier)
    return columns, kernel_says(columns, RULES_OF_SABOTAGE)


@pytest.mark.parametrize("name", SABOTAGE)
def test_another_rule_is_noticed(name: str) -> None:
    right, wrong = SABOTAGE[name]
    assert right in rule()
    columns, kernel = small_world()
    said = sql_says(columns, RULES_OF_SABOTAGE, rule().replace(right, wrong))
    assert disagreement(columns, said, kernel) != ""


CHANGES: dict[str, tuple[str, str, int]] = {
    "a fen more invoiced": ("invoices", "amount", 1),
    "a thousandth more received": ("receipts", "quantity", 1),
    "a day later received": ("receipts", "day", 1),
    "a thousandth less ordered": ("orders", "quantity", -1),
    "a dearer contract": ("contracts", "price", 10_000),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_other_line_is_noticed(name: str) -> None:
    """The SQL gets columns in which one line that was matched says something else."""
    kind, field, change = CHANGES[name]
    columns, kernel = small_world()
    pointer = {"invoices": 3, "receipts": 2, "orders": 1, "contracts": 7}[kind]
    row = min(
        row[pointer]
        for row in kernel
        if row[0] == "target" and row[4] == "goods" and row[6] > 0 and row[8] == "direct"
    )
    rows = getattr(columns, kind).copy()
    rows[field][row] += change
    changes: dict[str, Any] = {kind: rows}
    said = sql_says(replace(columns, **changes), RULES_OF_SABOTAGE)
    assert disagreement(columns, said, kernel) != ""


# Where the kernel and domain.md differ -----------------------------------------------------------

GOODS = (Order("o"), Receipt("r", order="o"))
OTHER_UNIT = 7
OTHER_UNITS: dict[str, tuple[Paper, ...]] = {
    # Ten boxes that nothing converts are no ten pieces: unit_not_convertible (sections 5, 5a).
    "a return in another unit of the order line it names": (
        *GOODS,
        Invoice("i", order="o"),
        Return("t", 4, order="o"),
    ),
    "an invoice in another unit and a link that names the order line": (
        *GOODS,
        Invoice("i", unit=OTHER_UNIT),
        Link("l", "i", order="o"),
    ),
    "an invoice in another unit and a link that names the receipt line": (
        *GOODS,
        Invoice("i", unit=OTHER_UNIT),
        Link("l", "i", receipt="r"),
    ),
    # The most telling reason (DiscrepancyReason): there is no order, the unit does not convert.
    "an invoice of a receipt without an order": (
        Receipt("r"),
        Invoice("i", receipt="r"),
    ),
    "an invoice of a receipt in another unit than the order": (
        Order("o"),
        Receipt("r", unit=OTHER_UNIT),
        Invoice("i", receipt="r", unit=OTHER_UNIT),
    ),
    "an invoice of a receipt in another unit than the order it names": (
        Order("o"),
        Receipt("r", order="o", unit=OTHER_UNIT),
        Invoice("i", receipt="r", unit=OTHER_UNIT),
    ),
}


@pytest.mark.parametrize("name", OTHER_UNITS)
def test_no_reference_makes_boxes_pieces(name: str) -> None:
    columns = Dossier(list(OTHER_UNITS[name]), [Terms("k", price=10 * YUAN)]).columns()
    columns.returns["unit"] = OTHER_UNIT
    assert compare(columns) == ""
