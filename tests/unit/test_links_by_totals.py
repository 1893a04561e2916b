"""Links by totals on small dossiers: uneven ones hold, even ones bind as others do."""

from dataclasses import replace

import pytest

from reconciler.outcome import bar, reason_code
from schemas.codes.reconciliation import DiscrepancyReason
from tests.builders.reconciliation import (
    UNIT,
    Committed,
    Dossier,
    Invoice,
    Link,
    Order,
    Paper,
    Receipt,
    Terms,
    payables,
    reasons,
)


def matched(*papers: Paper) -> Dossier:
    return Dossier(list(papers), [Terms("k")])


@pytest.mark.parametrize(
    ("linked", "uneven"),
    [(10_000, False), (9_999, True), (10_001, True), (10_000, True)],
    ids=["equal", "less", "more", "something lacks"],
)
def test_a_link_by_totals_pays_only_where_both_agree(linked: int, uneven: bool) -> None:
    dossier = matched(
        Order("a"),
        Order("b"),
        Receipt("r", order="b"),
        Invoice("i", 10, 10_000, "a"),
        Link("l", "i", order="b"),
        Link("m", "i", units=0, uneven=uneven, invoiced=10_000, linked=linked),
    )
    outcome = dossier.match()
    held = outcome.discrepancies[
        outcome.discrepancies["reason"] == reason_code(DiscrepancyReason.LINK_TOTAL_MISMATCH)
    ]
    if uneven:
        assert payables(dossier, outcome) == []
        assert [(int(row["stated"]), int(row["allowed"])) for row in held] == [(10_000, linked)]
        assert [(int(row["quantity"]), int(row["amount"])) for row in held] == [(10 * UNIT, 10_000)]
    else:
        assert payables(dossier, outcome) == [("goods", "b", "r", "i", 10 * UNIT, 10_000)]
        assert not held.size


def test_an_uneven_link_takes_back_what_was_applied_for_by_a_correction_and_no_more() -> None:
    papers = (Order("a"), Receipt("r", order="a"), Invoice("i", 10, 10_000, "a"))
    uneven = Link("m", "i", units=0, uneven=True, invoiced=10_000, linked=9_000)
    applied = Committed("a", "r", "i", 10 * UNIT, 10_000)
    held = replace(matched(*papers, uneven), committed=[applied])
    assert [row[4:] for row in payables(held, held.match())] == [(-10 * UNIT, -10_000)]
    cured = replace(matched(*papers), committed=[applied])
    assert payables(cured, cured.match()) == []


def test_what_bars_a_line_already_is_not_said_of_its_link() -> None:
    dossier = matched(
        Order("a"),
        Receipt("r", order="a"),
        Invoice("i", 10, 10_000, "a", barred=bar(DiscrepancyReason.INVOICE_DUPLICATE)),
        Link("m", "i", units=0, uneven=True, invoiced=10_000, linked=9_000),
    )
    said = {reason for reason, _, _ in reasons(dossier.match())}
    assert said == {"invoice_duplicate", "not_invoiced"}
