"""The matching rule on small dossiers: quantities, references, returns, credits, prices, routes."""

import pytest

from reconciler.match_rules import MatchRules
from reconciler.outcome import KINDS, REASONS, bar, reason_code
from schemas.codes.reconciliation import DiscrepancyReason
from tests.builders.reconciliation import (
    UNIT,
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
    routes,
)

CONTRACT = Terms("k")
OVER_ORDER = [("quantity_over_order", 4 * UNIT, 0)]


def matched(*papers: Paper, contracts: tuple[Terms, ...] = (CONTRACT,)) -> Dossier:
    return Dossier(list(papers), list(contracts))


def held_or_waiting(dossier: Dossier) -> list[tuple[str, int, int]]:
    quiet = ("order_date_missing", "amount_rounding", "no_contract")
    return [row for row in reasons(dossier.match()) if row[0] not in quiet]


def test_a_complete_line_becomes_one_payable() -> None:
    dossier = matched(Order("o"), Receipt("r", order="o"), Invoice("i", order="o"))
    outcome = dossier.match()
    assert payables(dossier, outcome) == [("goods", "o", "r", "i", 10 * UNIT, 10_000)]
    assert reasons(outcome) == []
    assert routes(outcome) == ["direct"]


def test_parts_are_paired_first_in_first_out() -> None:
    dossier = matched(
        Order("o"),
        Receipt("r1", 4, "o", day=110),
        Receipt("r2", 6, "o", day=112),
        Invoice("i1", 7, 7_000, "o", day=105),
        Invoice("i2", 3, 3_000, "o", day=106),
    )
    assert payables(dossier, dossier.match()) == [
        ("goods", "o", "r1", "i1", 4 * UNIT, 4_000),
        ("goods", "o", "r2", "i1", 3 * UNIT, 3_000),
        ("goods", "o", "r2", "i2", 3 * UNIT, 3_000),
    ]


def test_a_second_invoice_line_does_not_inflate_beyond_the_receipt() -> None:
    dossier = matched(
        Order("o", 20),
        Receipt("r", 10, "o"),
        Invoice("i1", 10, 10_000, "o"),
        Invoice("i2", 10, 10_000, "o", day=106),
    )
    outcome = dossier.match()
    assert payables(dossier, outcome) == [("goods", "o", "r", "i1", 10 * UNIT, 10_000)]
    assert reasons(outcome) == [("quantity_over_receipt", 10 * UNIT, 10_000)]


def test_one_invoice_is_not_spent_on_two_near_identical_orders() -> None:
    dossier = matched(
        Order("o1"), Order("o2"), Receipt("r1", order="o1"), Receipt("r2", order="o2"), Invoice("i")
    )
    outcome = dossier.match()
    assert payables(dossier, outcome) == [("goods", "o1", "r1", "i", 10 * UNIT, 10_000)]
    assert reasons(outcome) == [("not_invoiced", 10 * UNIT, 0)]


def test_an_equal_total_never_rewrites_a_quantity() -> None:
    """Five units invoiced at the whole order's amount are five units at the order's price."""
    dossier = matched(
        Order("o"), Receipt("r", order="o"), Invoice("i", 5, 10_000, "o"), contracts=()
    )
    outcome = dossier.match()
    assert payables(dossier, outcome) == [("goods", "o", "r", "i", 5 * UNIT, 5_000)]
    assert ("price_differs_from_order", 0, 5_000) in reasons(outcome)
    assert ("not_invoiced", 5 * UNIT, 0) in reasons(outcome)


def test_explicit_reference_binds_before_first_in_first_out() -> None:
    dossier = matched(
        Order("a", day=90), Order("b", day=95), Receipt("r", order="b"), Invoice("i", receipt="r")
    )
    assert payables(dossier, dossier.match()) == [("goods", "b", "r", "i", 10 * UNIT, 10_000)]


def test_a_free_invoice_looks_first_for_goods_that_have_none() -> None:
    dossier = matched(Order("a", day=90), Order("b", day=95), Receipt("r", order="b"), Invoice("i"))
    assert payables(dossier, dossier.match()) == [("goods", "b", "r", "i", 10 * UNIT, 10_000)]


def test_invoice_link_binds_part_of_a_line() -> None:
    dossier = matched(
        Order("a"),
        Order("b"),
        Receipt("ra", order="a"),
        Receipt("rb", 4, "b"),
        Invoice("i", 10, 10_000, "a"),
        Link("l", "i", order="b", units=4),
    )
    assert payables(dossier, dossier.match()) == [
        ("goods", "a", "ra", "i", 6 * UNIT, 6_000),
        ("goods", "b", "rb", "i", 4 * UNIT, 4_000),
    ]


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ((Receipt("r", order="o"),), [("no_order", 10 * UNIT, 0)]),
        ((Receipt("r"),), [("no_order", 10 * UNIT, 0)]),
        ((Invoice("i"),), [("no_order", 10 * UNIT, 10_000)]),
        ((Order("o"), Invoice("i", order="o")), [("not_received", 10 * UNIT, 10_000)]),
        ((Order("o"), Invoice("i", receipt="r")), [("not_received", 10 * UNIT, 10_000)]),
        ((Order("o"), Receipt("r", order="o")), [("not_invoiced", 10 * UNIT, 0)]),
        (
            (Order("o", 6), Receipt("r", order="o")),
            [("not_invoiced", 6 * UNIT, 0), ("quantity_over_order", 4 * UNIT, 0)],
        ),
        (
            (Order("o", 6), Invoice("i", order="o")),
            [("not_received", 6 * UNIT, 6_000), ("quantity_over_order", 4 * UNIT, 4_000)],
        ),
        (
            (Order("o"), Receipt("r", 4, "o"), Invoice("i", receipt="r")),
            [("quantity_over_receipt", 6 * UNIT, 6_000)],
        ),
        ((Invoice("i", charge=True),), [("charge_not_contracted", 10 * UNIT, 10_000)]),
        (
            (
                Order("o"),
                Receipt("r", order="o", barred=bar(DiscrepancyReason.RECEIPT_CANCELLED)),
                Invoice("i", receipt="r"),
            ),
            [("receipt_cancelled", 10 * UNIT, 0), ("receipt_cancelled", 10 * UNIT, 10_000)],
        ),
        (
            (Order("o"), Receipt("r", order="o", unit=7)),
            [("unit_not_convertible", 10 * UNIT, 0)],
        ),
        ((Return("t", receipt="r"),), [("return_without_receipt", UNIT, 0)]),
        ((Credit("c", "i"),), [("credit_without_invoice", UNIT, 1_000)]),
    ],
)
def test_what_cannot_be_matched_carries_its_reason(
    papers: tuple[Paper, ...], expected: list[tuple[str, int, int]]
) -> None:
    dossier = matched(*papers)
    outcome = dossier.match()
    assert held_or_waiting(dossier) == expected
    if not any(row[0] == "quantity_over_receipt" for row in expected):
        assert payables(dossier, outcome) == []


def test_named_return_comes_off_its_receipt_and_unnamed_off_the_newest() -> None:
    dossier = matched(
        Order("o", 30),
        Receipt("r1", 10, "o", day=110),
        Receipt("r2", 10, "o", day=111),
        Receipt("r3", 10, "o", day=112),
        Invoice("i", 30, 30_000, "o"),
        Return("t1", 4, receipt="r1"),
        Return("t2", 3),
    )
    outcome = dossier.match()
    assert [row[4] for row in payables(dossier, outcome)] == [6 * UNIT, 10 * UNIT, 7 * UNIT]
    assert outcome.totals.returned == 7 * UNIT
    assert reasons(outcome) == [("quantity_over_receipt", 7 * UNIT, 7_000)]


def test_credit_reduces_its_blue_line_and_never_more_than_is_left() -> None:
    dossier = matched(
        Order("o"),
        Receipt("r", order="o"),
        Invoice("i", order="o"),
        Credit("c1", "i", 4, 4_000),
        Credit("c2", "i", 8, 8_000),
    )
    outcome = dossier.match()
    assert payables(dossier, outcome) == []
    assert ("invoice_overdrawn", 2 * UNIT, 2_000) in reasons(outcome)
    assert outcome.totals.credited == 10_000


def test_a_credit_of_price_only_lowers_the_amount() -> None:
    dossier = matched(
        Order("o"), Receipt("r", order="o"), Invoice("i", order="o"), Credit("c", "i", 0, 1_500)
    )
    assert payables(dossier, dossier.match()) == [("goods", "o", "r", "i", 10 * UNIT, 8_500)]


def test_an_invoice_whose_lines_miss_its_total_is_noted_on_its_first_line() -> None:
    dossier = matched(Order("o"), Receipt("r", order="o"), Invoice("i", order="o", difference=-1))
    outcome = dossier.match()
    assert payables(dossier, outcome) == [("goods", "o", "r", "i", 10 * UNIT, 10_000)]
    assert reasons(outcome) == [("amount_rounding", 0, -1)]


def test_contract_price_caps_and_the_rest_is_held() -> None:
    dossier = matched(
        Order("o", price=12 * YUAN), Receipt("r", order="o"), Invoice("i", 10, 12_000, "o")
    )
    outcome = dossier.match()
    assert payables(dossier, outcome) == [("goods", "o", "r", "i", 10 * UNIT, 10_000)]
    assert reasons(outcome) == [("price_above_contract", 0, 2_000)]


def test_price_is_compared_by_pack_and_never_as_a_rounded_unit_price() -> None:
    """10 yuan for 3 units: 300 units are 1,000.00 to the fen, though 3.3333 x 300 is not."""
    dossier = matched(
        Order("o", 300, price=10 * YUAN, pack=3),
        Receipt("r", 300, "o"),
        Invoice("i", 300, 100_000, "o"),
        contracts=(Terms("k", 10 * YUAN, 3),),
    )
    outcome = dossier.match()
    assert payables(dossier, outcome) == [("goods", "o", "r", "i", 300 * UNIT, 100_000)]
    assert reasons(outcome) == []


@pytest.mark.parametrize(
    ("over", "paid_over", "expected"),
    [
        (0, 0, []),
        (4_990, 4_990, [("amount_rounding", 0, 4_990)]),
        (11_194, 11_194, [("amount_rounding", 0, 11_194)]),
        (11_195, 0, [("price_differs_from_order", 0, 11_195)]),
        (-11_194, -11_194, [("amount_rounding", 0, -11_194)]),
        (-11_195, -11_195, [("price_differs_from_order", 0, -11_195)]),
    ],
)
def test_stated_amount_within_half_a_decimal_of_the_price_is_absorbed(
    over: int, paid_over: int, expected: list[tuple[str, int, int]]
) -> None:
    """22,389 packs at 16.04 are 359,119.56 yuan, and half a fen a pack is 111.945 yuan."""
    dossier = matched(
        Order("o", 22_389, price=16_040_000),
        Receipt("r", 22_389, "o"),
        Invoice("i", 22_389, 35_911_956 + over, "o"),
        contracts=(),
    )
    outcome = dossier.match()
    assert payables(dossier, outcome)[0][5] == 35_911_956 + paid_over
    assert [row for row in reasons(outcome) if row[0] != "no_contract"] == expected


def test_price_zero_has_nothing_to_pay() -> None:
    dossier = matched(
        Order("o", price=0), Receipt("r", order="o"), Invoice("i", 10, 0, "o"), contracts=()
    )
    outcome = dossier.match()
    assert payables(dossier, outcome) == []
    assert ("nothing_to_pay", 10 * UNIT, 0) in reasons(outcome)


def test_without_order_date_the_receipt_date_is_the_basis() -> None:
    dossier = matched(
        Order("o", day=None),
        Receipt("r1", 4, "o", day=110),
        Receipt("r2", 6, "o", day=130),
        Invoice("i", order="o"),
        contracts=(Terms("k", valid_from=0, valid_to=120),),
    )
    outcome = dossier.match()
    assert routes(outcome) == ["direct", "self"]
    assert [row[0] for row in reasons(outcome)] == [
        "contract_expired",
        "order_date_missing",
        "order_date_missing",
    ]


def test_the_rule_pack_says_which_date_decides() -> None:
    dossier = matched(
        Order("o", day=100),
        Receipt("r", order="o", day=110),
        Invoice("i", order="o", day=130),
        contracts=(Terms("k", valid_from=0, valid_to=120),),
    )
    assert routes(dossier.match(MatchRules(date_basis=("receipt_date",)))) == ["direct"]
    assert routes(dossier.match(MatchRules(date_basis=("invoice_date",)))) == ["self"]


def test_the_price_version_may_be_that_of_order_delivery_or_acceptance() -> None:
    versions = (
        Terms("old", price=10 * YUAN, valid_from=0, valid_to=104),
        Terms("mid", price=9 * YUAN, valid_from=105, valid_to=114),
        Terms("new", price=8 * YUAN, valid_from=115),
    )
    dossier = matched(
        Order("o", price=None, day=100),
        Receipt("r", order="o", day=110, accepted=120),
        Invoice("i", order="o"),
        contracts=versions,
    )
    for name, fen in (
        ("order_date", 10_000),
        ("delivery_date", 9_000),
        ("receipt_date", 9_000),
        ("acceptance_date", 8_000),
    ):
        outcome = dossier.match(MatchRules(date_basis=(name,)))
        assert outcome.target["amount"].tolist() == [fen], name
        assert outcome.payables["clock_day"].tolist() == [120], name


def test_payment_is_counted_from_acceptance_and_else_from_receipt() -> None:
    dossier = matched(
        Order("o"),
        Receipt("r1", 4, "o", day=110, accepted=117),
        Receipt("r2", 6, "o", day=112),
        Invoice("i", order="o"),
    )
    assert dossier.match().payables["clock_day"].tolist() == [117, 112]


@pytest.mark.parametrize(
    ("received", "accepted", "said"),
    [(110, 110, []), (110, 115, []), (110, 108, [(108, 110)]), (95, 97, [(95, 100)])],
)
def test_acceptance_before_receipt_and_receipt_before_order_are_shown_once(
    received: int, accepted: int, said: list[tuple[int, int]]
) -> None:
    dossier = matched(
        Order("o", day=100),
        Receipt("r", order="o", day=received, accepted=accepted),
        Invoice("i", order="o"),
    )
    found = dossier.match().discrepancies
    wrong = found[found["reason"] == reason_code(DiscrepancyReason.DATE_OUT_OF_ORDER)]
    assert list(zip(wrong["stated"].tolist(), wrong["allowed"].tolist(), strict=True)) == said


@pytest.mark.parametrize(
    ("order", "contract", "reason"),
    [
        (Order("o"), (), "no_contract"),
        (Order("o"), (Terms("k", covers=False),), "area_not_covered"),
        (Order("o"), (Terms("k", valid_to=99),), "contract_expired"),
        (Order("o"), (Terms("k", holder=5),), "supplier_not_authorised"),
        (Order("o", manufacturer=3), (Terms("k"),), "no_contract"),
        (Order("o", product=-1), (Terms("k"),), "product_unknown"),
    ],
)
def test_a_line_outside_every_contract_is_settled_by_the_hospital(
    order: Order, contract: tuple[Terms, ...], reason: str
) -> None:
    dossier = matched(order, Receipt("r", order="o"), Invoice("i", order="o"), contracts=contract)
    outcome = dossier.match()
    assert routes(outcome) == ["self"]
    assert reasons(outcome) == [(reason, 10 * UNIT, 10_000)]


def test_an_authorized_distributor_is_paid_directly() -> None:
    dossier = matched(
        Order("o", supplier=7),
        Receipt("r", order="o"),
        Invoice("i", order="o"),
        contracts=(Terms("k", holder=-1),),
    )
    dossier.authorizations.append((0, 7))
    assert routes(dossier.match()) == ["direct"]


def test_goods_paid_offline_go_outside() -> None:
    dossier = matched(Order("o", offline=True), Receipt("r", order="o"), Invoice("i", order="o"))
    assert routes(dossier.match()) == ["outside"]


def test_of_goods_paid_offline_nothing_is_held_back() -> None:
    dossier = matched(
        Order("o", offline=True), Receipt("r", order="o"), Invoice("i", 10, 11_000, "o")
    )
    assert payables(dossier, dossier.match())[0][5] == 11_000


@pytest.mark.parametrize(
    ("price", "manufacturer", "chosen"), [(12, 0, 1), (11, 0, 0), (11, 3, 2), (None, 0, 0)]
)
def test_an_order_without_manufacturer_takes_the_equal_price_else_the_lowest(
    price: int | None, manufacturer: int, chosen: int
) -> None:
    rows = tuple(
        Terms(f"k{maker}", price=cost * YUAN, manufacturer=maker)
        for maker, cost in ((1, 9), (2, 12), (3, 13))
    )
    order = Order("o", price=None if price is None else price * YUAN, manufacturer=manufacturer)
    dossier = matched(order, Receipt("r", order="o"), Invoice("i", 10, 9_000, "o"), contracts=rows)
    assert dossier.match().target["contract"].tolist() == [chosen]


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        (Credit("c", "i", 0, 1_000), [("price_adj", 0, 0, -1_000)]),
        (Credit("c", "i", 0, 7_000), [("price_adj", 0, 0, -4_000), ("price_adj", 1, 0, -3_000)]),
        (  # of goods that are worth nothing, nothing is payable
            Credit("c", "i", 0, 10_000),
            [("price_adj", 0, -4 * UNIT, -4_000), ("price_adj", 1, -6 * UNIT, -6_000)],
        ),
    ],
)
def test_what_lowers_two_payables_of_one_pair_comes_off_the_oldest_first(
    credit: Credit, expected: list[tuple[str, int, int, int]]
) -> None:
    dossier = matched(Order("o"), Receipt("r", order="o"), Invoice("i", order="o"), credit)
    dossier.committed += [
        Committed("o", "r", "i", 4 * UNIT, 4_000),
        Committed("o", "r", "i", 6 * UNIT, 6_000),
    ]
    assert corrections(dossier) == expected


def test_what_lowers_an_order_line_that_is_laid_anew_is_bounded_by_each_payable() -> None:
    """A receipt is gone and the price fell: the return and the price are borne by what was paid."""
    dossier = matched(
        Order("o"),
        Receipt("r1", 4, order="o"),
        Invoice("i", order="o"),
        Credit("c", "i", 0, 9_000),
    )
    dossier.committed += [
        Committed("o", "r1", "i", 4 * UNIT, 4_000),
        Committed("o", "gone", "i", 6 * UNIT, 6_000),
    ]
    found = corrections(dossier)
    assert ("return", 1, -6 * UNIT, -6_000) in found
    assert sum(row[3] for row in found) == 400 - 10_000
    assert min(row[3] for row in found if row[1] == 0) >= -4_000


def corrections(dossier: Dossier) -> list[tuple[str, int, int, int]]:
    """Open payables that correct committed ones: kind, position of these, quantity, fen."""
    rows = dossier.match().payables
    return sorted(
        (str(KINDS[row["kind"]]), int(row["adjusts"]), int(row["quantity"]), int(row["amount"]))
        for row in rows
    )


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        # What nobody knows comes before what is missing.
        ((Receipt("r", unknown=True),), [("product_unknown", 10 * UNIT, 0)]),
        (
            (Order("o", product=-1), Receipt("r", order="o", unknown=True)),
            [("product_unknown", 10 * UNIT, 0)],
        ),
        ((Invoice("i", unknown=True),), [("product_unknown", 10 * UNIT, 10_000)]),
        (
            (Order("o", product=-1), Invoice("i", 12, 12_000, "o", unknown=True)),
            [("product_unknown", 12 * UNIT, 12_000)],
        ),
        (
            (Order("o", product=-1, unit=5), Receipt("r", order="o", unit=7, unknown=True)),
            [("product_unknown", 10 * UNIT, 0)],
        ),
        # What is there in another unit is not absent.
        ((Order("o"), Receipt("r", unit=7)), [("unit_not_convertible", 10 * UNIT, 0)]),
        ((Order("o", unit=7), Receipt("r")), [("unit_not_convertible", 10 * UNIT, 0)]),
        ((Order("o"), Invoice("i", unit=7)), [("unit_not_convertible", 10 * UNIT, 10_000)]),
        ((Receipt("r", unit=7),), [("no_order", 10 * UNIT, 0)]),
        ((Order("o"), Receipt("r", order="elsewhere")), [("no_order", 10 * UNIT, 0)]),
        ((Order("o"), Receipt("r", 14)), [("not_invoiced", 10 * UNIT, 0), *OVER_ORDER]),
    ],
)
def test_what_is_not_matched_carries_the_most_telling_reason(
    papers: tuple[Paper, ...], expected: list[tuple[str, int, int]]
) -> None:
    assert reasons(matched(*papers).match()) == expected


@pytest.mark.parametrize(
    ("order", "contracts", "reason"),
    [
        (Order("o", day=None), (CONTRACT,), "order_date_missing"),
        (Order("o", day=None), (), "no_contract"),
        (Order("o", day=None, product=-1), (CONTRACT,), "product_unknown"),
    ],
)
def test_a_forecast_lacks_a_date_only_where_a_date_would_decide(
    order: Order, contracts: tuple[Terms, ...], reason: str
) -> None:
    forecast = matched(order, contracts=contracts).match().forecasts
    assert [str(REASONS[row]) for row in forecast["reason"]] == [reason]
