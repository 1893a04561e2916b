"""Net-off on PostgreSQL: claims booked, offsets issued, shortfalls carried and given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from schemas.codes.ledger import AccountKind, Book
from settlement_api.batches.service import freeze_batch
from settlement_api.fund_claims.service import acknowledge_offsets
from settlement_api.ledger.queries import balance_of
from settlement_api.ledger.service import AccountKey
from settlement_api.persistence import Database
from settlement_api.recoveries.queries import carried_totals, list_carried
from settlement_api.recoveries.service import (
    carry_shortfalls,
    follow_carried_returns,
    post_claims,
    recover,
    settle_batch,
    settle_old_batches,
)
from settlement_api.unit_of_work import AreaScope, SupplierScope, UnitOfWork
from tests.builders.batches import AT, CHECKER, MAKER, PERIOD, RELEASER, Scene, insert

AREA = AreaScope("370100")
NEXT_MONTH = "2026-03"


@dataclass
class Paid:
    """A released batch that paid one supplier for some hospitals."""

    database: Database
    batch_id: UUID
    attempt_id: UUID
    hospitals: list[UUID]

    async def settle(self, *, wait: bool = True) -> int:
        async with self.database.begin(AREA, at=AT) as uow:
            return await settle_batch(uow, batch_id=self.batch_id, wait=wait)

    async def carry(self) -> int:
        async with self.database.begin(AREA, at=AT) as uow:
            return await carry_shortfalls(uow, month=NEXT_MONTH)

    async def come_back(self, amount: int) -> None:
        """The bank returned some of the payment; its own effects on capacity are not played."""
        async with self.database.begin(AREA, at=AT) as uow:
            await uow.execute(
                "UPDATE payment_attempt SET posted_returned_minor = :amount WHERE id = :id",
                amount=amount,
                id=self.attempt_id,
            )

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        async with self.database.begin(AREA) as uow:
            return [tuple(row) for row in await uow.fetch_all(sql)]

    async def instructed(self) -> list[tuple[Any, ...]]:
        return await self.rows(
            "SELECT month, amount_minor FROM offset_instruction ORDER BY month, instruction_no, id"
        )

    async def cases(self) -> list[tuple[Any, ...]]:
        return await self.rows(
            "SELECT shortfall_minor, recovered_minor FROM shortfall_case ORDER BY id"
        )

    async def acknowledge(self) -> int:
        """Finance acknowledges everything, and it is booked."""
        async with self.database.begin(AREA, at=AT, actor=RELEASER) as uow:
            rows = await uow.fetch_all("SELECT id FROM offset_instruction WHERE status = 'issued'")
            await acknowledge_offsets(uow, instruction_ids=[row.id for row in rows])
        async with self.database.begin(AREA, at=AT) as uow:
            known = await uow.fetch_all("SELECT id FROM offset_instruction")
            return await recover(
                uow, batch_id=self.batch_id, instruction_ids=[row.id for row in known]
            )

    async def advance(self, hospital: UUID) -> int:
        async with self.database.begin(AREA) as uow:
            account = AccountKey(AccountKind.ADVANCE, hospital)
            return await balance_of(uow, book=Book.FUND, scheme="310", account=account)


async def pay(
    uow: UnitOfWork, scene: Scene, parts: Sequence[tuple[UUID, int, int]]
) -> tuple[UUID, UUID]:
    """A released batch with one debited payment: (hospital, amount, recovered) per item."""
    area, total = uow.area_code, sum(amount for _, amount, _ in parts)
    recovered = sum(part for _, _, part in parts)
    batch_id = await insert(
        uow, "payment_batch", area_code=area, agency_id=scene.agency_id,
        agency_account_id=scene.accounts["310"], scheme="310", period=PERIOD, batch_no=1,
        status="released", cutoff_at=AT, available_minor=total, eligible_count=len(parts),
        eligible_minor=total, taken_count=len(parts), left_out_count=0, left_out_minor=0,
        payment_count=1, control_sum_minor=total, set_off_minor=0,
        planned_recovery_minor=recovered, shortfall_minor=total - recovered,
        shortfall_policy="carry", rule_pack_code="shandong-base", rule_pack_version=1,
        content_hash=bytes(32),
        made_by=MAKER.id, made_at=AT, approved_by=CHECKER.id, approved_at=AT,
        released_by=RELEASER.id, released_at=AT,
    )  # fmt: skip
    supplier = await scene.supplier()
    payment_id = await insert(
        uow, "payment", area_code=area, payment_batch_id=batch_id,
        agency_account_id=scene.accounts["310"], scheme="310", claim_month=PERIOD,
        supplier_id=supplier, payee_name="企业", payee_cnaps_code="102451000010",
        payee_account_ciphertext=b"x", payee_key_id="k1", payee_account_blind_index=bytes(32),
        payee_account_last4="0001", amount_minor=total, item_count=len(parts), remittance="x",
    )  # fmt: skip
    for hospital, amount, part in parts:
        await insert(
            uow, "payment_item", area_code=area, payment_id=payment_id,
            payable_share_id=uuid4(), hospital_id=hospital, supplier_id=supplier,
            amount_minor=amount, recovery_minor=part, is_final=True,
        )  # fmt: skip
        await uow.execute(
            "UPDATE claim_capacity SET consumed_minor = :part WHERE hospital_id = :hospital",
            part=part,
            hospital=hospital,
        )
    attempt_id = uuid4()
    await insert(
        uow, "payment_attempt", area_code=area, id=attempt_id, payment_id=payment_id,
        attempt_no=1, end_to_end_id=attempt_id.hex, amount_minor=total,
        decision_state="approved", outcome="debited", is_final=True, posted_paid_minor=total,
    )  # fmt: skip
    return batch_id, attempt_id


@pytest.fixture
async def paid(database: Database) -> Paid:
    """Two hospitals: 900 wholly covered by the claim, 500 of which 200 are covered."""
    async with database.begin(AREA, at=AT) as uow:
        scene = await Scene(uow).open(funds=0)
        covered, short = await scene.hospital(), await scene.hospital()
        await scene.claim(covered, 1_000)
        await scene.claim(short, 200)
        batch, attempt = await pay(uow, scene, [(covered, 900, 900), (short, 500, 200)])
    return Paid(database, batch, attempt, [covered, short])


async def next_claim(paid: Paid, amount: int) -> None:
    async with paid.database.begin(AREA, at=AT) as uow:
        await Scene(uow).claim(paid.hospitals[1], amount, month=NEXT_MONTH)


async def test_claims_are_booked_once_and_follow_their_version(paid: Paid) -> None:
    async def payable() -> int:
        async with paid.database.begin(AREA, at=AT) as uow:
            await post_claims(uow, months=[PERIOD])
            account = AccountKey(AccountKind.PAYABLE, paid.hospitals[0])
            return await balance_of(uow, book=Book.FUND, scheme="310", account=account)

    assert await payable() == -1_000
    assert await payable() == -1_000
    async with paid.database.begin(AREA) as uow:
        hospital = paid.hospitals[0]
        await uow.execute(
            "UPDATE fund_document SET state = 'superseded' WHERE hospital_id = :id", id=hospital
        )
    assert await payable() == 0


async def test_what_was_paid_is_instructed_and_the_rest_is_a_case(paid: Paid) -> None:
    assert await paid.settle() == 2
    assert await paid.settle() == 0
    assert sorted(await paid.instructed()) == [(PERIOD, 200), (PERIOD, 900)]
    assert await paid.cases() == [(300, 0)]


async def test_acknowledged_instructions_make_the_advance_good(paid: Paid) -> None:
    await paid.settle()
    assert await paid.acknowledge() == 2
    assert await paid.advance(paid.hospitals[0]) == -900
    async with paid.database.begin(AREA, at=AT) as uow:
        rows = await uow.fetch_all("SELECT id FROM offset_instruction")
        again = await recover(uow, batch_id=paid.batch_id, instruction_ids=[row.id for row in rows])
    assert again == 0
    assert await paid.advance(paid.hospitals[0]) == -900


async def test_offsets_wait_for_the_last_payment_but_not_forever(paid: Paid) -> None:
    await paid.rows("UPDATE payment_attempt SET is_final = false RETURNING 1")
    assert await paid.settle() == 0
    assert await paid.instructed() == []
    async with paid.database.begin(AREA, at=AT) as uow:
        assert await settle_old_batches(uow) == 0  # released only now
    async with paid.database.begin(AREA, at=AT.replace(day=12)) as uow:
        assert await settle_old_batches(uow) == 2


async def test_a_settled_batch_is_not_looked_at_again_a_doubtful_one_is(paid: Paid) -> None:
    async def old_ones(day: int) -> int:
        async with paid.database.begin(AREA, at=AT.replace(day=day)) as uow:
            return await settle_old_batches(uow)

    waiting = "SELECT count(*) FROM payment_batch WHERE id NOT IN (SELECT payment_batch_id FROM "
    waiting += "settled_batch)"
    await paid.rows("UPDATE payment_attempt SET is_final = false RETURNING 1")
    await old_ones(12)
    assert await paid.rows(waiting) == [(1,)]
    await paid.rows("UPDATE payment_attempt SET is_final = true RETURNING 1")
    await old_ones(13)
    assert await paid.rows(waiting) == [(0,)]
    assert await old_ones(14) == 0


async def test_returns_that_outweigh_deliveries_are_carried_then_receivable_then_netted(
    database: Database,
) -> None:
    """60 came back of 100 already paid, 15 was delivered since: 45 is carried, after six months
    receivable; a delivery of 50 nets it."""

    async def follow(at: datetime) -> int:
        async with database.begin(AREA, at=at) as uow:
            return await follow_carried_returns(uow)

    async with database.begin(AREA, at=AT, actor=MAKER) as uow:
        scene = await Scene(uow).open()
        hospital, supplier = await scene.hospital(), await scene.supplier()
        paid = await scene.accepted(hospital, supplier, 100)
        await freeze_batch(uow, order=scene.order())
        await scene.accepted(hospital, supplier, -60, adjusts=paid)
        await scene.accepted(hospital, supplier, 15)
        await freeze_batch(uow, order=scene.order())
    assert [await follow(at) for at in (AT, AT.replace(month=8), AT.replace(month=9, day=9))] == [
        0, 0, 0,
    ]  # fmt: skip
    async with database.begin(SupplierScope(supplier)) as uow:
        (carried,) = await list_carried(uow, only_open=True, after=None, limit=2)
        assert (carried.amount_minor, carried.receivable_at) == (45, None)
        assert carried.carried_since == date(2026, 3, 10)
    assert [await follow(AT.replace(month=9)) for _ in range(2)] == [1, 0]
    async with database.begin(AREA) as uow:
        (total,) = await carried_totals(uow)
        assert (total.carried_count, total.receivable_count) == (0, 1)
        assert total.receivable_minor == 45
        assert await uow.fetch_value(
            "SELECT count(*) FROM outbox_event WHERE name = 'recoveries.receivable.opened'"
        ) == 1  # fmt: skip
    async with database.begin(AREA, at=AT, actor=MAKER) as uow:
        again = Scene(uow, scene.agency_id, scene.accounts, 1_000)
        await again.accepted(hospital, supplier, 50)
        await freeze_batch(uow, order=scene.order())
    assert await follow(AT.replace(month=9)) == 0
    async with database.begin(AREA) as uow:
        assert await carried_totals(uow) == []


async def test_a_shortfall_is_carried_to_the_next_month_as_far_as_it_reaches(paid: Paid) -> None:
    await paid.settle()
    assert await paid.carry() == 0  # no claim yet
    await next_claim(paid, 120)
    assert await paid.carry() == 120
    assert await paid.carry() == 0
    assert await paid.cases() == [(300, 120)]
    assert (NEXT_MONTH, 120) in await paid.instructed()
    consumed = f"SELECT consumed_minor FROM claim_capacity WHERE month = '{NEXT_MONTH}'"
    assert await paid.rows(consumed) == [(120,)]


async def test_a_return_lowers_the_case_and_gives_back_what_was_carried(paid: Paid) -> None:
    await paid.settle()
    await next_claim(paid, 1_000)
    assert await paid.carry() == 300
    await paid.come_back(1_400)  # all of it
    await paid.settle()
    assert await paid.cases() == [(0, 0)]
    consumed = f"SELECT consumed_minor FROM claim_capacity WHERE month = '{NEXT_MONTH}'"
    assert await paid.rows(consumed) == [(0,)]
    amounts = await paid.instructed()
    assert sum(amount for _, amount in amounts) == 0
    assert (NEXT_MONTH, -300) in amounts


async def test_a_partial_return_is_split_over_items_without_losing_a_fen(paid: Paid) -> None:
    await paid.come_back(333)
    await paid.settle()
    async with paid.database.begin(AREA) as uow:
        from settlement_api.recoveries.queries import batch_standing

        standing = await batch_standing(uow, batch_id=paid.batch_id)
    assert sum(row.recovered_minor + row.shortfall_minor for row in standing) == 1_400 - 333
    assert all(row.recovered_minor >= 0 and row.shortfall_minor >= 0 for row in standing)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("recovered_minor = shortfall_minor + 1", "ck_shortfall_case_recovered_within_shortfall"),
        ("shortfall_minor = -1", "ck_shortfall_case_shortfall_not_negative"),
    ],
)
async def test_the_database_refuses(paid: Paid, change: str, constraint: str) -> None:
    await paid.settle()
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with paid.database.begin(AREA) as uow:
            await uow.raw.execute(f"UPDATE shortfall_case SET {change}")
    assert refused.value.constraint_name in (
        constraint,
        "ck_shortfall_case_recovered_within_shortfall",
    )
