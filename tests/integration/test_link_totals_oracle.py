"""Links by totals are held to what their documents come to, by an answer worked out beside them."""

from collections import Counter, defaultdict
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from schemas.money import format_yuan
from schemas.times import Clock, FixedClock
from settlement_api.persistence import Database
from tests.builders.linked_histories import LinkedHistory
from tests.integration.test_arrival_orders import AREA, arrive
from tests.integration.test_link_arrival_orders import seed_products
from tests.oracle.totals_of_documents import Compared, Papers, fen_of

SEEDS = range(1_000, 1_240)
FIRST = 800_001

HELD = """
SELECT invoice.invoice_number, discrepancy.reason,
       (discrepancy.compared ->> 'stated')::bigint AS invoiced,
       (discrepancy.compared ->> 'allowed')::bigint AS linked
FROM discrepancy
JOIN invoice_line AS invoice ON invoice.id = discrepancy.invoice_line_id
WHERE discrepancy.status = 'open' AND discrepancy.effect = 'held'
"""


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


def odd_amounts(documents: list[dict[str, Any]]) -> None:
    """Some orders state what no number of units divides and are received in part, so that what
    their receipts come to is rounded."""
    dice = Random(2)
    odd = set()
    for one in documents:
        line = one["lines"][0] if one["kind"] == "purchase_order" else {}
        if line.get("amount") and dice.random() < 0.4:
            line["amount"] = format_yuan(fen_of(line["amount"]) + dice.randint(1, 99))
            odd.add(one["external_number"])
    for one in documents:
        if one["kind"] == "goods_receipt" and one["lines"][0]["order_number"] in odd:
            came = int(one["lines"][0]["accepted_quantity"])
            one["lines"][0]["accepted_quantity"] = str(dice.randint(1, came))


async def test_what_is_held_is_what_the_documents_do_not_agree_on(database: Database) -> None:
    documents = [
        one
        for at, seed in enumerate(SEEDS)
        for one in LinkedHistory(seed, f"{FIRST + at:06d}").documents
    ]
    odd_amounts(documents)
    Random(1).shuffle(documents)
    await seed_products(database, [f"{FIRST + at:06d}" for at in range(len(SEEDS))])
    await arrive(database, documents)
    async with database.begin(AREA) as uow:
        rows = await uow.fetch_all(HELD)
    held: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for row in rows:
        if row.reason == "link_total_mismatch":
            held[row.invoice_number].add((row.invoiced, row.linked))
    said = Counter(row.reason for row in rows)

    papers = Papers(documents)
    expected: dict[str, list[Compared]] = defaultdict(list)
    for one in papers.compared():
        for number in one.invoices:
            expected[number].append(one)
    disagreeing = {
        number for number, links in expected.items() if not all(one.agree for one in links)
    }
    assert len(disagreeing) > 40
    assert len(expected.keys() - disagreeing) > 30
    for number, found in held.items():
        assert found <= {(one.invoiced, one.linked) for one in expected[number] if not one.agree}
    # What is not held so is held as a duplicate, was voided, or has nothing left after its credit.
    twice = {number for number in disagreeing if len(papers.of("invoice", number)) > 1}
    gone = {number for number in disagreeing if not papers.of("invoice", number)}
    credited = {one["blue_invoice_number"] for one in papers.of("credit_note")}
    assert disagreeing - twice - gone - credited <= held.keys() <= disagreeing - gone
    assert said["link_total_mismatch"] > 40
