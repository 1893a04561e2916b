"""Prices raised afterwards: what a later invoice adds to the line of an earlier one."""

import pytest

from reconciler.outcome import bar
from schemas.codes.reconciliation import DiscrepancyReason
from tests.builders.reconciliation import (
    UNIT,
    YUAN,
    Committed,
    Credit,
    Invoice,
    Order,
    Paper,
    Receipt,
    Terms,
    payables,
)
from tests.unit.test_purchase_matching import corrections, held_or_waiting, matched


def raising(name: str, fen: int) -> Invoice:
    """A later invoice's line that raises the price of the line i."""
    return Invoice(name, 0, fen, blue="i")


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        ((Invoice("s", 0, 500, blue="i"),), [("adjustment_without_invoice", 0, 500)]),
        (
            (Invoice("i", barred=bar(DiscrepancyReason.INVOICE_DUPLICATE)), raising("s", 500)),
            [("invoice_duplicate", 0, 500), ("invoice_duplicate", 10 * UNIT, 10_000)],
        ),
        (
            (Invoice("i"), Credit("c", "i", 10, 10_000), raising("s", 500)),
            [("nothing_to_pay", 0, 500)],
        ),
    ],
)
def test_what_cannot_be_added_carries_its_reason(
    papers: tuple[Paper, ...], expected: list[tuple[str, int, int]]
) -> None:
    assert held_or_waiting(matched(*papers)) == expected


@pytest.mark.parametrize(
    ("contract", "order", "stated", "raised", "paid"),
    [
        # A raise is paid up to the contract, though the order knew the price of its day.
        (12, 10, 10_000, (2_000,), 12_000),
        (12, 10, 10_000, (1_500, 1_500), 12_000),
        (11, 10, 10_000, (2_000,), 11_000),
        # What was above the order's price before stays above it.
        (12, 10, 10_500, (1_000,), 11_000),
        # Without a contract the order's price is all there is.
        (None, 10, 10_000, (2_000,), 10_000),
        # It raises what is left after credit notes, and nothing else.
        (12, 10, 9_000, (500,), 9_500),
    ],
)
def test_a_raised_price_is_paid_on_the_line_it_names(
    contract: int | None, order: int, stated: int, raised: tuple[int, ...], paid: int
) -> None:
    rows = () if contract is None else (Terms("k", price=contract * YUAN),)
    dossier = matched(
        Order("o", price=order * YUAN),
        Receipt("r", order="o"),
        Invoice("i", 10, stated, "o"),
        *(raising(f"s{number}", fen) for number, fen in enumerate(raised)),
        contracts=rows,
    )
    outcome = dossier.match()
    assert payables(dossier, outcome) == [("goods", "o", "r", "i", 10 * UNIT, paid)]
    totals = outcome.totals
    assert totals.invoiced == stated + sum(raised) == paid + totals.invoiced_held


def test_what_names_a_line_that_only_raises_a_price_waits() -> None:
    chain = Invoice("t", 0, 300, blue="s")
    dossier = matched(
        Order("o"), Receipt("r", order="o"), Invoice("i", order="o"), raising("s", 1), chain
    )
    assert ("adjustment_without_invoice", 0, 300) in held_or_waiting(dossier)


def test_a_price_raised_after_payment_is_a_payable_of_its_own() -> None:
    dossier = matched(
        Order("o"),
        Receipt("r", order="o"),
        Invoice("i", order="o"),
        raising("s", 2_000),
        contracts=(Terms("k", price=12 * YUAN),),
    )
    dossier.committed.append(Committed("o", "r", "i", 10 * UNIT, 10_000))
    assert corrections(dossier) == [("price_adj", 0, 0, 2_000)]
