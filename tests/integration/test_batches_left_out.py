"""What a freeze must not take although it is open: what may be paid already, what it cannot see."""

from typing import Any
from uuid import uuid4

import pytest

from settlement_api.batches import queries, service
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, UnitOfWork
from tests.builders.batches import AREA, AT, MAKER, Scene, insert


async def left_out(uow: UnitOfWork) -> dict[str, int]:
    """Fen left out so far by reason."""
    rows = await uow.fetch_all(
        "SELECT reason, sum(amount_minor)::bigint AS amount FROM batch_exclusion GROUP BY reason"
    )
    return {row.reason: row.amount for row in rows}


async def test_what_a_payment_in_conflict_was_for_is_not_paid_again(database: Database) -> None:
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT) as uow:
        scene = await Scene(uow).open()
        hospital, supplier = await scene.hospital(), await scene.supplier()
        original = await scene.accepted(hospital, supplier, 100)
        batch = await service.freeze_batch(uow, order=scene.order())
        (paid,) = await queries.list_payments(uow, batch_id=batch.id, after=None, limit=1)
        attempt_id = uuid4()
        await insert(
            uow, "payment_attempt", area_code=AREA, id=attempt_id, payment_id=paid.id,
            attempt_no=1, end_to_end_id=attempt_id.hex, amount_minor=100, decision_state="approved",
            outcome="conflict", is_final=True,
        )  # fmt: skip
        await uow.execute("UPDATE payable_share SET reserved_minor = 0")
        await uow.execute("UPDATE payment_item SET is_final = true")
        await scene.accepted(hospital, supplier, -80, adjusts=original)
        await scene.accepted(hospital, supplier, 50)
        batch = await service.freeze_batch(uow, order=scene.order())
        assert (batch.control_sum_minor, batch.set_off_minor) == (0, 0)
        assert await left_out(uow) == {"payment_in_conflict": 100, "net_negative": -30}
        await uow.execute("UPDATE payment_attempt SET outcome = 'rejected'")
        batch = await service.freeze_batch(uow, order=scene.order())
        assert (batch.control_sum_minor, batch.set_off_minor) == (70, 80)


async def test_a_share_that_opens_while_a_batch_freezes_is_left_out_not_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def before_it_opened(*args: Any, **options: Any) -> list[Any]:
        return []

    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT) as uow:
        scene = await Scene(uow).open()
        await scene.accepted(await scene.hospital(), await scene.supplier(), 700)
        monkeypatch.setattr(queries, "payees_of_open_shares", before_it_opened)
        batch = await service.freeze_batch(uow, order=scene.order())
        assert await left_out(uow) == {"account_unverified": 700}
    assert (batch.eligible_count, batch.left_out_count) == (1, 1)
