"""Links by totals on the real database: random histories, each in several orders of arrival and
some committed on the way, end alike; and what they end as is what their documents come to."""

from collections import defaultdict
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from schemas.times import Clock, FixedClock
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from tests.builders import documents as build
from tests.builders.linked_histories import LinkedHistory
from tests.integration.test_arrival_orders import AREA, FEN, UNITS, arrive, groups

SEEDS = range(40)
ORDERS = 3
"""Orders of arrival of each history, the first as it happened."""
FIRST = 700_001

STANDING = """
SELECT payable.component_code, 'payable', payable.kind, ordered.order_number,
       receipt.receipt_number, invoice.invoice_number, invoice.line_number,
       payable.quantity_milli, payable.amount_minor, NULL
FROM payable
LEFT JOIN purchase_order_line AS ordered ON ordered.id = payable.order_line_id
LEFT JOIN goods_receipt_line AS receipt ON receipt.id = payable.receipt_line_id
LEFT JOIN invoice_line AS invoice ON invoice.id = payable.invoice_line_id
WHERE payable.status = 'open'
UNION ALL
SELECT discrepancy.component_code, discrepancy.reason, discrepancy.effect, ordered.order_number,
       receipt.receipt_number, invoice.invoice_number, invoice.line_number,
       discrepancy.quantity_milli, discrepancy.amount_minor,
       CASE WHEN reason = 'link_total_mismatch' THEN compared::text END
FROM discrepancy
LEFT JOIN purchase_order_line AS ordered ON ordered.id = discrepancy.order_line_id
LEFT JOIN goods_receipt_line AS receipt ON receipt.id = discrepancy.receipt_line_id
LEFT JOIN invoice_line AS invoice ON invoice.id = discrepancy.invoice_line_id
WHERE discrepancy.status = 'open'
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9
"""


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


def plan() -> dict[str, list[dict[str, Any]]]:
    """Documents in the order they arrive, by tag: tags of one seed follow one another."""
    runs = {}
    for seed in SEEDS:
        for turn in range(ORDERS):
            tag = f"{FIRST + len(runs):06d}"
            documents = LinkedHistory(seed, tag).documents
            if turn:
                Random(1_000 * seed + turn).shuffle(documents)
            runs[tag] = documents
    return runs


async def seed_products(database: Database, tags: list[str]) -> None:
    await build.seed_trade(database)
    async with database.platform() as uow:
        await uow.execute(
            "WITH made AS ("
            " INSERT INTO product"
            " (product_code, name, name_pinyin, kind, specification, smallest_unit)"
            " SELECT 'XA10BA02' || kind || '00000000' || tag, 'x', 'x', 'drug', 'x', '片'"
            " FROM unnest(CAST(:tags AS text[])) AS tag, generate_series(0, 1) AS kind"
            " RETURNING id)"
            " INSERT INTO product_unit (product_id, unit, numerator, denominator)"
            " SELECT id, '片', 1, 1 FROM made",
            tags=tags,
        )


async def play(
    database: Database, runs: dict[str, list[dict[str, Any]]], *, committing: bool
) -> None:
    """The first documents of every run, then the second ones, and so on."""
    for step in range(max(map(len, runs.values()))):
        await arrive(database, [each[step] for each in runs.values() if step < len(each)])
        if committing and step % 3 == 2:
            async with database.begin(AREA) as uow:
                rows = await uow.fetch_all(
                    "SELECT id FROM payable WHERE status = 'open'"
                    " ORDER BY component_code, amount_minor, quantity_milli, id"
                )
                dice = Random(step)
                chosen = [row.id for row in rows if dice.random() < 0.5]
                await service.commit_payables(uow, payable_ids=chosen)


async def by_tag(database: Database, sql: str) -> dict[str, list[tuple[str, ...]]]:
    """Rows of both products of each tag, the tag struck out of their numbers."""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    async with database.begin(AREA) as uow:
        for row in await uow.fetch_all(sql):
            tag = row[0][-6:]
            found[tag].append(tuple(str(value).replace(tag, "") for value in row))
    return found


def assert_same(runs: dict[str, Any], found: dict[str, list[tuple[str, ...]]]) -> None:
    """Every order of arrival of a seed ended as the first did."""
    tags = list(runs)
    for place, tag in enumerate(tags):
        first = tags[place - place % ORDERS]
        assert found[tag] == found[first], (place // ORDERS, tag)


async def test_what_stands_is_the_same_for_every_order_of_arrival(database: Database) -> None:
    runs = plan()
    await seed_products(database, list(runs))
    await play(database, runs, committing=False)
    found = await by_tag(database, STANDING)
    said = [{row[1] for row in found[tag]} for tag in list(runs)[::ORDERS]]
    assert sum("link_total_mismatch" in reasons for reasons in said) > 10
    assert sum("link_total_mismatch" not in reasons for reasons in said) > 10
    assert sum("payable" in reasons for reasons in said) > 10
    assert_same(runs, found)
    async with database.begin(AREA) as uow:
        result = await service.match_area(uow)
    assert result is not None
    assert result.discrepancies_inserted == result.discrepancies_superseded == 0
    assert result.payables_inserted == result.payables_superseded == 0


async def test_committed_and_open_together_are_the_same_for_every_order_of_arrival(
    database: Database,
) -> None:
    runs = plan()
    await seed_products(database, list(runs))
    await play(database, runs, committing=True)
    async with database.begin(AREA) as uow:
        committed = await uow.fetch_value("SELECT count(*) FROM payable WHERE status='committed'")
    assert committed > len(runs) / 4
    both = groups(f"{UNITS} AS units, {FEN} AS fen", f"{UNITS} <> 0 OR {FEN} <> 0")
    assert_same(runs, await by_tag(database, both))
