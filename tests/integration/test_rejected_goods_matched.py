"""Goods of a rejected line that documents then move, cancel or deliver again, as matching says."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from schemas.codes.applications import LineDecisionKind
from schemas.times import Clock, FixedClock
from settlement_api.applications import service
from settlement_api.applications.errors import NothingToApplyFor
from settlement_api.applications.policy import LineDecision
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders import documents as build
from tests.builders.batches import CONFIRMER, MAKER
from tests.builders.documents import Trade
from tests.integration.test_reconciliation_elsewhere import NEW, Platform

FIRST, SECOND = "26372000000000008001", "26372000000000008002"
JUNE, JULY = "2026-06", "2026-07"
OPEN = """
SELECT payable.kind, payable.quantity_milli, payable.amount_minor
FROM payable WHERE payable.status = 'open' ORDER BY payable.amount_minor
"""


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
    order = build.purchase_order(lines=[build.order_item(product_code=NEW)])
    await platform.send(order | {"document_date": "2026-05-04"})
    return platform


def received(number: str, boxes: int, day: str, **changes: Any) -> dict[str, Any]:
    item = build.receipt_item(product_code=NEW, accepted_quantity=str(boxes))
    return build.goods_receipt(number, document_date=day, lines=[item], **changes)


def invoiced(number: str, boxes: int) -> dict[str, Any]:
    yuan = f"{boxes * 12.5:.2f}"
    line = build.invoice_item(product_code=NEW, quantity=str(boxes), price="12.5")
    line |= {"net_amount": yuan, "tax_amount": "0"}
    return build.invoice(number, total_amount=yuan, document_date="2026-06-12", lines=[line])


async def apply_for(platform: Platform, trade: Trade, period: str) -> list[tuple[int, int]]:
    """Lines and fen of each application."""
    async with platform.database.begin(AreaScope(build.AREA), actor=MAKER) as uow:
        found = await service.submit_applications(uow, period=period, supplier_id=trade.supplier_id)
    return [(each.line_count, each.amount_minor) for each in found]


async def ten_rejected(platform: Platform, trade: Trade) -> UUID:
    """The line of ten boxes received in June, which the agency does not pay."""
    await platform.send(received("GR-1", 10, "2026-06-10"), invoiced(FIRST, 10))
    await platform.work()
    assert await apply_for(platform, trade, JUNE) == [(1, 12_500)]
    ((line_id,),) = await platform.rows("SELECT id FROM application_line")
    confirmed = LineDecision(line_id, LineDecisionKind.CONFIRM, None, None)
    async with platform.database.begin(AreaScope(build.AREA), actor=CONFIRMER) as uow:
        await service.decide_lines(uow, decisions=[confirmed])
    async with platform.database.begin(AreaScope(build.AREA), actor=MAKER) as uow:
        await service.reject_line(uow, line_id=line_id, reason="not these goods")
    return UUID(str(line_id))


@pytest.mark.parametrize("others", [[90], [80, 10]])
async def test_what_came_on_another_receipt_is_applied_for_whole(
    platform: Platform, trade: Trade, others: list[int]
) -> None:
    """The rejected receipt is cancelled: its ten boxes are taken back, and the others are new."""
    await ten_rejected(platform, trade)
    await platform.send(build.receipt_cancellation())
    for number, boxes in enumerate(others, 2):
        await platform.send(received(f"GR-{number}", boxes, "2026-07-03"))
    await platform.send(invoiced(SECOND, 80))
    await platform.work()
    (back, *goods) = await platform.rows(OPEN)
    assert back == ("price_adj", -100_000, -12_500)
    assert {kind for kind, _, _ in goods} == {"goods"}
    assert sum(units for _, units, _ in goods) == 900_000
    ((lines, fen),) = await apply_for(platform, trade, JULY)
    assert (lines, fen) == (len(goods), 112_500)
    with pytest.raises(NothingToApplyFor):
        await apply_for(platform, trade, JULY)


async def test_what_moved_to_another_month_stays_rejected_and_the_rest_does_not(
    platform: Platform, trade: Trade
) -> None:
    """The rejected receipt is revised into July. Applying for June, when the moved
    goods are not looked at yet, keeps none of May's back."""
    line_id = await ten_rejected(platform, trade)
    await platform.send(received("GR-1", 10, "2026-07-02", revision=2))
    await platform.send(received("GR-2", 20, "2026-05-15"), received("GR-3", 40, "2026-07-03"))
    await platform.send(invoiced(SECOND, 60))
    await platform.work()
    rows = await platform.rows(OPEN)
    assert rows[0] == ("price_adj", -100_000, -12_500)
    assert sum(fen for _, _, fen in rows) == 75_000
    assert sum(fen for _, fen in await apply_for(platform, trade, JUNE)) == 25_000
    assert sum(fen for _, fen in await apply_for(platform, trade, JULY)) == 50_000
    assert await platform.rows(OPEN) == [
        ("price_adj", -100_000, -12_500),
        ("goods", 100_000, 12_500),
    ]
    async with platform.database.begin(AreaScope(build.AREA), actor=MAKER) as uow:
        await service.reinstate_line(uow, line_id=line_id)
    assert await apply_for(platform, trade, JULY) == [(2, 0)]
