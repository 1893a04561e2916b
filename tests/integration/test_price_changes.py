"""Prices changed after the goods were paid for, both ways, through documents and master data."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from schemas.times import Clock, FixedClock
from settlement_api.encryption import Keyring
from settlement_api.monitoring import queries as monitoring
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.unit_of_work import AreaScope
from tests.builders import documents as build
from tests.builders.documents import Trade
from tests.integration.test_reconciliation_elsewhere import NEW, Platform

SUPPLEMENT = "26372000000000009001"
STANDING = """
SELECT payable.status, payable.kind, payable.quantity_milli, payable.amount_minor,
       invoice.invoice_number
FROM payable JOIN invoice_line AS invoice ON invoice.id = payable.invoice_line_id
WHERE payable.status <> 'superseded'
ORDER BY payable.status, payable.kind, payable.amount_minor
"""
REASONS = """
SELECT discrepancy.reason, discrepancy.effect, discrepancy.amount_minor, invoice.invoice_number
FROM discrepancy JOIN invoice_line AS invoice ON invoice.id = discrepancy.invoice_line_id
WHERE discrepancy.status = 'open' ORDER BY 1, 3
"""
PAID = ("committed", "goods", 1_000_000, 125_000, build.INVOICE_NUMBER)


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def trade(database: Database) -> Trade:
    return await build.seed_trade(database)


@pytest.fixture
async def platform(database: Database, keyring: Keyring, trade: Trade) -> Platform:
    platform = Platform(database, keyring)
    await platform.put_under_contract()
    return platform


def invoiced() -> dict[str, Any]:
    return build.invoice(lines=[build.invoice_item(product_code=NEW)])


def delivered() -> list[dict[str, Any]]:
    return [
        build.purchase_order(lines=[build.order_item(product_code=NEW)]),
        build.goods_receipt(lines=[build.receipt_item(product_code=NEW)]),
    ]


def supplement(yuan: str, **changes: Any) -> dict[str, Any]:
    line = {"line_number": 1, "product_code": NEW, "net_amount": yuan, "tax_amount": "0"}
    line |= {"blue_invoice_number": build.INVOICE_NUMBER, "blue_line_number": 1} | changes
    return build.invoice(SUPPLEMENT, total_amount=yuan, lines=[line])


async def pay(platform: Platform) -> None:
    """Applies for whatever is open."""
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        rows = await uow.fetch_all("SELECT id FROM payable WHERE status = 'open'")
        await service.commit_payables(uow, payable_ids=[row.id for row in rows])


async def goods_paid_for(platform: Platform) -> None:
    await platform.send(*delivered(), invoiced())
    await platform.work()
    await pay(platform)
    assert await platform.rows(STANDING) == [PAID]


async def test_a_price_lowered_after_payment_takes_the_difference_back(platform: Platform) -> None:
    await goods_paid_for(platform)
    await platform.price_contract("12.00")
    assert await platform.rows(STANDING) == [
        PAID,
        ("open", "price_adj", 0, -5_000, build.INVOICE_NUMBER),
    ]
    held = ("price_above_contract", "held", 5_000, build.INVOICE_NUMBER)
    assert held in await platform.rows(REASONS)


@pytest.mark.parametrize("raised_first", [True, False])
async def test_a_price_raised_after_payment_is_paid_on_a_supplementary_invoice(
    platform: Platform, raised_first: bool
) -> None:
    await goods_paid_for(platform)
    if raised_first:
        await platform.price_contract("13.00")
        assert await platform.rows(STANDING) == [PAID]
    await platform.send(supplement("50.00"))
    await platform.work()
    if not raised_first:
        assert await platform.rows(STANDING) == [PAID]
        held = ("price_above_contract", "held", 5_000, build.INVOICE_NUMBER)
        assert held in await platform.rows(REASONS)
        await platform.price_contract("13.00")
    raised = ("price_adj", 0, 5_000, build.INVOICE_NUMBER)
    assert await platform.rows(STANDING) == [PAID, ("open", *raised)]
    await pay(platform)
    assert await platform.rows(STANDING) == [PAID, ("committed", *raised)]
    # Taken back, what was paid on it comes back.
    await platform.send(build.invoice_void("IV-9", SUPPLEMENT))
    await platform.work()
    assert (await platform.rows(STANDING))[2:] == [
        ("open", "price_adj", 0, -5_000, build.INVOICE_NUMBER)
    ]


async def test_what_is_raised_is_held_to_the_contract(platform: Platform) -> None:
    await goods_paid_for(platform)
    await platform.price_contract("13.00")
    await platform.send(supplement("80.00"))
    await platform.work()
    assert (await platform.rows(STANDING))[1:] == [
        ("open", "price_adj", 0, 5_000, build.INVOICE_NUMBER)
    ]
    held = ("price_above_contract", "held", 3_000, build.INVOICE_NUMBER)
    assert held in await platform.rows(REASONS)


async def test_before_payment_every_order_of_arrival_pays_the_same(platform: Platform) -> None:
    waits = ("adjustment_without_invoice", "waiting", 5_000, SUPPLEMENT)
    await platform.send(supplement("50.00"), *delivered())
    await platform.work()
    assert waits in await platform.rows(REASONS)
    await platform.price_contract("13.00")
    await platform.send(invoiced())
    await platform.work()
    assert await platform.rows(STANDING) == [
        ("open", "goods", 1_000_000, 130_000, build.INVOICE_NUMBER)
    ]
    assert waits not in await platform.rows(REASONS)
    # The invoice of the goods is taken back: what was to be added to it waits again.
    await platform.send(build.invoice_void())
    await platform.work()
    assert await platform.rows(STANDING) == []
    assert waits in await platform.rows(REASONS)


@pytest.mark.parametrize("turns", list(permutations(range(3))))
async def test_in_any_order(platform: Platform, turns: tuple[int, ...]) -> None:
    documents = [invoiced(), supplement("50.00", blue_line_number=None), *delivered()[:1]]
    await platform.send(delivered()[1], *(documents[turn] for turn in turns))
    await platform.work()
    await platform.price_contract("13.00")
    assert await platform.rows(STANDING) == [
        ("open", "goods", 1_000_000, 130_000, build.INVOICE_NUMBER)
    ]


async def test_every_invoiced_fen_is_shown_where_it_stands(platform: Platform) -> None:
    await platform.price_contract("13.00")
    await platform.send(*delivered(), invoiced(), supplement("80.00"))
    await platform.work()
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        rows = await monitoring.invoiced_totals(uow, from_date=None, to_date=None)
    found = {(row.ending, row.reason): row.amount_minor for row in rows}
    assert all(row.charge_kind == "goods" for row in rows)
    assert found == {
        ("waiting", "not_applied_for"): 130_000,
        ("in_dispute", "price_above_contract"): 3_000,
        ("raised_price", "raised_price"): 0,
    }


@pytest.mark.parametrize("line", [None, 1, 2])
async def test_a_credit_note_takes_off_one_line_of_several_that_raise_a_price(
    platform: Platform, line: int | None
) -> None:
    """Without a line number it is the first of its product, as it is matched."""
    await platform.price_contract("13.00")
    raising = [
        {"line_number": number, "product_code": NEW, "net_amount": yuan, "tax_amount": "0"}
        | {"blue_invoice_number": build.INVOICE_NUMBER, "blue_line_number": 1}
        for number, yuan in [(1, "30.00"), (2, "20.00")]
    ]
    red = {"line_number": 1, "product_code": NEW, "net_amount": "10.00", "tax_amount": "0"}
    if line is not None:
        red["blue_line_number"] = line
    credit = build.credit_note(total_amount="10.00", blue_invoice_number=SUPPLEMENT, lines=[red])
    supplements = build.invoice(SUPPLEMENT, total_amount="50.00", lines=raising)
    await platform.send(*delivered(), invoiced(), supplements, credit)
    await platform.work()
    async with platform.database.begin(AreaScope(build.AREA)) as uow:
        rows = await monitoring.invoiced_totals(uow, from_date=None, to_date=None)
    assert {(row.ending, row.reason): row.amount_minor for row in rows} == {
        ("waiting", "not_applied_for"): 129_000,
        ("credited", "credit_note"): 1_000,
        ("raised_price", "raised_price"): 0,
    }
