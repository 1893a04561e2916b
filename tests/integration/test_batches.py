"""Batches on a real database: every share has a place, money is bound once, three people decide."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from asyncpg import PostgresError
from sqlalchemy import Row

from schemas.tables.batches import PaymentBatch
from settlement_api.approvals.errors import NotAPerson, SamePerson
from settlement_api.batches import queries, service
from settlement_api.batches.errors import (
    BatchStateRefused,
    ContentChanged,
    CutoffAhead,
    MandateEnded,
    NothingEligible,
    PayeeBlocked,
    PeriodAhead,
)
from settlement_api.persistence import Database
from settlement_api.unit_of_work import Actor, AreaScope, UnitOfWork
from tests.builders.batches import (
    AREA,
    AT,
    CHECKER,
    MAKER,
    RELEASER,
    Scene,
    insert,
)


@asynccontextmanager
async def _as(database: Database, actor: Actor) -> AsyncIterator[UnitOfWork]:
    async with database.begin(AreaScope(AREA), actor=actor, at=AT) as uow:
        yield uow


@asynccontextmanager
async def _scene(database: Database, *, funds: int = 10**12) -> AsyncIterator[Scene]:
    async with _as(database, MAKER) as uow:
        yield await Scene(uow).open(funds=funds)


async def _shares(uow: UnitOfWork) -> Sequence[Row[Any]]:
    return await uow.fetch_all(
        "SELECT payable_id, scheme, confirmed_minor, reserved_minor, set_off_minor"
        " FROM payable_share ORDER BY confirmed_minor, scheme"
    )


async def _left_out(uow: UnitOfWork) -> dict[str, int]:
    rows = await uow.fetch_all(
        "SELECT reason, sum(amount_minor)::bigint AS amount FROM batch_exclusion GROUP BY reason"
    )
    return {row.reason: row.amount for row in rows}


async def test_schemes_bear_a_line_pro_rata_to_the_claims_without_losing_a_fen(
    database: Database,
) -> None:
    async with _scene(database) as scene:
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.claim(hospital, 2_000, scheme="310")
        await scene.claim(hospital, 1_000, scheme="390")
        await scene.accepted(hospital, supplier, 100)
        batch = await service.freeze_batch(scene.uow, order=scene.order())
        shares = await _shares(scene.uow)
    assert [(row.scheme, row.confirmed_minor) for row in shares] == [("390", 33), ("310", 67)]
    assert (batch.control_sum_minor, batch.payment_count, batch.taken_count) == (67, 1, 1)


async def test_without_claims_the_employee_fund_bears_all_and_the_rest_is_short(
    database: Database,
) -> None:
    async with _scene(database) as scene:
        await scene.accepted(await scene.hospital(), await scene.supplier(), 700)
        batch = await service.freeze_batch(scene.uow, order=scene.order())
    assert (batch.control_sum_minor, batch.planned_recovery_minor) == (700, 0)
    assert batch.shortfall_minor == 700


async def test_a_line_is_split_by_the_claims_of_its_own_month_whatever_it_is_applied_for(
    database: Database,
) -> None:
    async with _scene(database) as scene:
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.claim(hospital, 3_000, scheme="310", month="2026-02")
        await scene.claim(hospital, 1_000, scheme="390", month="2026-02")
        await scene.claim(hospital, 1_000, scheme="390", month="2026-03")
        own = await scene.accepted(hospital, supplier, 100, period="2026-03")
        before = await scene.accepted(hospital, supplier, 200, started=date(2025, 7, 1))
        after = await scene.accepted(hospital, supplier, 400, started=date(2026, 3, 2))
        await service.freeze_batch(scene.uow, order=scene.order())
        shares = await _shares(scene.uow)
    assert {(row.payable_id, row.scheme): row.confirmed_minor for row in shares} == {
        (own, "310"): 75, (own, "390"): 25, (before, "310"): 150, (before, "390"): 50,
        (after, "390"): 400,
    }  # fmt: skip


async def test_lines_wait_until_the_claims_of_their_month_are_imported(database: Database) -> None:
    async with _as(database, MAKER) as uow:
        scene = await Scene(uow).open(claims=False)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.accepted(hospital, supplier, 700)
        batch = await service.freeze_batch(uow, order=scene.order())
        assert (batch.payment_count, await _shares(uow)) == (0, [])
        assert await _left_out(uow) == {"claims_pending": 700}
        await scene.claim(await scene.hospital(), 0)
        batch = await service.freeze_batch(uow, order=scene.order())
    assert batch.control_sum_minor == 700


async def test_capacity_short_pays_and_carries(database: Database) -> None:
    async with _scene(database) as scene:
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.claim(hospital, 1_000)
        for due in (31, 30):
            await scene.accepted(hospital, supplier, 600, due=date(2026, 3, due))
        batch = await service.freeze_batch(scene.uow, order=scene.order())
        items = await scene.uow.fetch_all(
            "SELECT item.amount_minor, recovery_minor, due_date FROM payment_item AS item"
            " JOIN payable_share AS share ON share.id = payable_share_id"
            " JOIN payable ON payable.id = share.payable_id ORDER BY due_date"
        )
        capacity = await scene.uow.fetch_one(
            "SELECT reserved_minor, consumed_minor FROM claim_capacity"
        )
    assert [(row.amount_minor, row.recovery_minor) for row in items] == [(600, 600), (600, 400)]
    assert (batch.planned_recovery_minor, batch.shortfall_minor) == (1_000, 200)
    assert capacity is not None
    assert (capacity.reserved_minor, capacity.consumed_minor) == (1_000, 0)


async def test_a_suspended_hospital_has_no_capacity(database: Database) -> None:
    async with _scene(database) as scene:
        hospital = await scene.hospital(suspended=date(2026, 3, 1))
        await scene.claim(hospital, 1_000)
        await scene.accepted(hospital, await scene.supplier(), 600)
        batch = await service.freeze_batch(scene.uow, order=scene.order())
    assert (batch.planned_recovery_minor, batch.shortfall_minor) == (0, 600)


async def test_everything_left_out_says_why(database: Database) -> None:
    async with _scene(database) as scene:
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.accepted(hospital, supplier, 1_000)
        await scene.accepted(await scene.hospital(mandate=False), supplier, 20)
        await scene.accepted(hospital, await scene.supplier(verified=False), 300)
        suspended = await scene.supplier(suspended=date(2026, 1, 1))
        await scene.accepted(hospital, suspended, 4_000)
        batch = await service.freeze_batch(scene.uow, order=scene.order())
        assert await _left_out(scene.uow) == {
            "mandate_missing": 20,
            "account_unverified": 300,
            "supplier_suspended": 4_000,
        }
    assert (batch.eligible_minor, batch.control_sum_minor, batch.left_out_minor) == (
        5_320, 1_000, 4_320,
    )  # fmt: skip
    assert (batch.eligible_count, batch.taken_count, batch.left_out_count) == (4, 1, 3)


async def test_a_short_account_pays_the_oldest_due_date_first_then_small_enterprises(
    database: Database,
) -> None:
    async with _scene(database, funds=250) as scene:
        hospital = await scene.hospital()
        large, small = await scene.supplier(), await scene.supplier(is_sme=True)
        late = await scene.accepted(hospital, large, 100, due=date(2026, 3, 31))
        first = await scene.accepted(hospital, large, 100, due=date(2026, 3, 30))
        second = await scene.accepted(hospital, small, 100, due=date(2026, 3, 31))
        unknown = await scene.accepted(hospital, small, 100, due=None)
        batch = await service.freeze_batch(scene.uow, order=scene.order())
        taken = {row.payable_id for row in await _shares(scene.uow) if row.reserved_minor}
        assert await _left_out(scene.uow) == {"account_short": 200}
    assert taken == {first, second}
    assert late not in taken
    assert unknown not in taken
    assert (batch.available_minor, batch.control_sum_minor) == (250, 200)


async def test_what_one_batch_holds_the_next_cannot_spend(database: Database) -> None:
    async with _scene(database, funds=150) as scene:
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.accepted(hospital, supplier, 100)
        await service.freeze_batch(scene.uow, order=scene.order())
        await scene.accepted(hospital, supplier, 100, accepted_at=AT + timedelta(microseconds=1))
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT + timedelta(seconds=1)) as uow:
        scene.uow = uow
        order = scene.order(cutoff_at=AT + timedelta(seconds=1))
        batch = await service.freeze_batch(uow, order=order)
    assert (batch.available_minor, batch.control_sum_minor, batch.left_out_minor) == (50, 0, 100)
    assert batch.batch_no == 2


async def test_a_return_inherits_the_shares_of_what_it_returns_and_is_set_off(
    database: Database,
) -> None:
    async with _scene(database) as scene:
        hospital, supplier = await scene.hospital(), await scene.supplier()
        await scene.claim(hospital, 2_000, scheme="310")
        await scene.claim(hospital, 1_000, scheme="390")
        original = await scene.accepted(hospital, supplier, 100)
        for part in (-50, -25, -25):
            await scene.accepted(hospital, supplier, part, adjusts=original)
        await scene.accepted(hospital, supplier, 60)
        batches = [
            await service.freeze_batch(scene.uow, order=scene.order(scheme))
            for scheme in ("310", "390")
        ]
        shares = await _shares(scene.uow)
        set_off = await scene.uow.fetch_value("SELECT sum(amount_minor)::bigint FROM set_off")
    for scheme in ("310", "390"):
        returned = [s for s in shares if s.scheme == scheme and s.confirmed_minor < 0]
        (share,) = [s for s in shares if s.scheme == scheme and s.payable_id == original]
        assert -sum(s.confirmed_minor for s in returned) == share.confirmed_minor
        assert all(s.set_off_minor == s.confirmed_minor for s in returned)
    assert [batch.control_sum_minor for batch in batches] == [40, 20]
    assert set_off == 100


async def test_a_net_negative_group_is_carried(database: Database) -> None:
    async with _scene(database) as scene:
        hospital, supplier = await scene.hospital(), await scene.supplier()
        original = await scene.accepted(hospital, supplier, 100)
        await service.freeze_batch(scene.uow, order=scene.order())
        later = AT + timedelta(microseconds=1)
        await scene.accepted(hospital, supplier, -80, adjusts=original, accepted_at=later)
        await scene.accepted(hospital, supplier, 30, accepted_at=later)
    async with database.begin(AreaScope(AREA), actor=MAKER, at=AT + timedelta(days=1)) as uow:
        scene.uow = uow
        batch = await service.freeze_batch(uow, order=scene.order(cutoff_at=uow.at))
        rows = await uow.fetch_all(
            "SELECT reason FROM batch_exclusion WHERE payment_batch_id = :id", id=batch.id
        )
    assert (batch.control_sum_minor, batch.left_out_minor) == (0, -50)
    assert [row.reason for row in rows] == ["net_negative"] * 2


async def test_a_return_waits_for_what_it_returns(database: Database) -> None:
    async with _scene(database) as scene:
        hospital, supplier = await scene.hospital(), await scene.supplier()
        disputed = await scene.payable(hospital, supplier, 500)
        await scene.accepted(hospital, supplier, -80, adjusts=disputed)
        await scene.accepted(hospital, supplier, 200)
        batch = await service.freeze_batch(scene.uow, order=scene.order())
        assert await _left_out(scene.uow) == {"original_pending": -80}
    assert (batch.eligible_minor, batch.control_sum_minor) == (120, 200)


async def _frozen(database: Database, **options: int) -> PaymentBatch:
    async with _scene(database, **options) as scene:
        hospital = await scene.hospital()
        await scene.claim(hospital, 500)
        supplier = await scene.supplier()
        original = await scene.accepted(hospital, supplier, 700)
        await scene.accepted(hospital, supplier, -100, adjusts=original)
        return await service.freeze_batch(scene.uow, order=scene.order())


async def _decide(database: Database, actor: Actor, step: str, batch_id: UUID) -> PaymentBatch:
    async with _as(database, actor) as uow:
        command = {"approve": service.approve_batch, "release": service.release_batch}[step]
        return await command(uow, batch_id=batch_id)


async def test_three_people_freeze_approve_and_release(database: Database) -> None:
    batch = await _frozen(database)
    with pytest.raises(SamePerson):
        await _decide(database, MAKER, "approve", batch.id)
    with pytest.raises(BatchStateRefused):
        await _decide(database, RELEASER, "release", batch.id)
    await _decide(database, CHECKER, "approve", batch.id)
    for same in (MAKER, CHECKER):
        with pytest.raises(SamePerson):
            await _decide(database, same, "release", batch.id)
    released = await _decide(database, RELEASER, "release", batch.id)
    assert (released.status, released.released_by) == ("released", RELEASER.id)
    async with _as(database, MAKER) as uow:
        events = await uow.fetch_all(
            "SELECT name FROM outbox_event WHERE aggregate_id = :id AND name LIKE 'batches%'"
            " ORDER BY id",
            id=batch.id,
        )
    assert [row.name.rpartition(".")[2] for row in events] == ["frozen", "approved", "released"]


async def test_a_machine_decides_nothing(database: Database) -> None:
    async with _scene(database) as scene:
        scene.uow.actor = Actor.system("batches.freeze")
        with pytest.raises(NotAPerson):
            await service.freeze_batch(scene.uow, order=scene.order())


CHANGES = [
    "UPDATE payment_item SET amount_minor = amount_minor - 1, recovery_minor = 0",
    "UPDATE payment SET payee_account_blind_index = decode(repeat('00', 32), 'hex')",
    "UPDATE set_off SET amount_minor = amount_minor + 1",
    "UPDATE batch_recovery SET planned_recovery_minor = 0, shortfall_minor = cash_minor",
    "UPDATE payment_batch SET cutoff_at = cutoff_at - interval '1 day'",
]


async def test_a_changed_row_voids_the_approvals(database: Database, owner_dsn: str) -> None:
    batch = await _frozen(database)
    await _decide(database, CHECKER, "approve", batch.id)
    hashes = {batch.content_hash}
    for change in CHANGES:
        await _as_owner(owner_dsn, change)
        with pytest.raises(ContentChanged):
            await _decide(database, RELEASER, "release", batch.id)
        async with _as(database, MAKER) as uow:
            hashes.add(await queries.content_hash(uow, batch_id=batch.id))
    assert len(hashes) == 1 + len(CHANGES)


async def _as_owner(owner_dsn: str, statement: str) -> None:
    """Does what no application role may: around row security and grants."""
    connection = await asyncpg.connect(owner_dsn)
    table = statement.split()[1]
    try:
        await connection.execute(
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; {statement};"
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        )
    finally:
        await connection.close()


async def test_a_mandate_that_ended_stops_the_release(database: Database) -> None:
    batch = await _frozen(database)
    await _decide(database, CHECKER, "approve", batch.id)
    async with _as(database, MAKER) as uow:
        await uow.execute("UPDATE mandate SET superseded_at = :at", at=AT)
    with pytest.raises(MandateEnded) as refused:
        await _decide(database, RELEASER, "release", batch.id)
    assert refused.value.facts["hospital_codes"] == ["H37010000001"]


async def test_a_blocked_account_stops_the_release(database: Database) -> None:
    batch = await _frozen(database)
    await _decide(database, CHECKER, "approve", batch.id)
    async with database.platform() as uow:
        await uow.execute("UPDATE payee_account SET verification_state = 'frozen'")
    with pytest.raises(PayeeBlocked):
        await _decide(database, RELEASER, "release", batch.id)


async def test_voiding_gives_everything_back_and_the_next_freeze_takes_the_same(
    database: Database,
) -> None:
    batch = await _frozen(database)
    async with _as(database, CHECKER) as uow:
        voided = await service.void_batch(uow, batch_id=batch.id, reason="try again")
        assert all(row.reserved_minor == row.set_off_minor == 0 for row in await _shares(uow))
        assert await uow.fetch_value("SELECT reserved_minor FROM claim_capacity") == 0
        assert await uow.fetch_value("SELECT bool_and(is_final) FROM payment_item")
        assert await uow.fetch_value("SELECT bool_and(is_voided) FROM set_off")
    assert voided.status == "voided"
    with pytest.raises(BatchStateRefused):
        await _decide(database, RELEASER, "approve", batch.id)
    async with _as(database, MAKER) as uow:
        again = await service.freeze_batch(uow, order=Scene(uow, agency_id=batch.agency_id).order())
    assert (again.control_sum_minor, again.planned_recovery_minor) == (600, 500)
    assert again.content_hash != batch.content_hash


async def test_a_released_batch_cannot_be_voided(database: Database) -> None:
    batch = await _frozen(database)
    await _decide(database, CHECKER, "approve", batch.id)
    await _decide(database, RELEASER, "release", batch.id)
    async with _as(database, CHECKER) as uow:
        with pytest.raises(BatchStateRefused):
            await service.void_batch(uow, batch_id=batch.id, reason="too late")


async def test_nothing_eligible_and_a_cutoff_ahead_are_refused(database: Database) -> None:
    async with _scene(database) as scene:
        with pytest.raises(NothingEligible):
            await service.freeze_batch(scene.uow, order=scene.order())
        with pytest.raises(CutoffAhead):
            order = scene.order(cutoff_at=AT + timedelta(seconds=1))
            await service.freeze_batch(scene.uow, order=order)
        with pytest.raises(PeriodAhead):
            order = replace(scene.order(), period="2026-04")
            await service.freeze_batch(scene.uow, order=order)


SHARE = {
    "payable_id": uuid4(),
    "application_line_id": uuid4(),
    "hospital_id": uuid4(),
    "supplier_id": uuid4(),
    "scheme": "310",
    "confirmed_minor": 100,
}


WRONG_BALANCES: list[tuple[str, dict[str, Any]]] = [
    ("never_more_than_confirmed", {"reserved_minor": 60, "paid_minor": 41}),
    ("never_more_than_confirmed", {"paid_minor": 100, "set_off_minor": 1}),
    ("returned_within_paid", {"paid_minor": 10, "returned_minor": 11}),
    ("reserved_not_negative", {"reserved_minor": -1}),
    ("paid_not_negative", {"paid_minor": -1, "returned_minor": -1}),
    ("negative_only_set_off", {"confirmed_minor": -100, "paid_minor": 1}),
    ("negative_only_set_off", {"confirmed_minor": -100, "set_off_minor": -101}),
    ("confirmed_not_zero", {"confirmed_minor": 0}),
    ("scheme_known", {"scheme": "320"}),
]


async def test_a_share_balance_cannot_be_wrong(database: Database) -> None:
    for constraint, changes in WRONG_BALANCES:
        with pytest.raises(PostgresError, match=f"ck_payable_share_{constraint}"):
            async with _as(database, MAKER) as uow:
                await insert(uow, "payable_share", **{"area_code": AREA} | SHARE | changes)


WRONG_PEOPLE = [
    ("maker_is_not_checker", "status = 'approved', approved_by = made_by"),
    (
        "maker_is_not_releaser",
        "status = 'released', approved_by = :other, released_by = made_by, released_at = made_at",
    ),
    (
        "checker_is_not_releaser",
        "status = 'released', approved_by = :other, released_by = :other, released_at = made_at",
    ),
    ("approved_by_somebody", "status = 'approved'"),
    ("released_by_somebody", "status = 'released', approved_by = :other"),
    ("voided_by_somebody", "status = 'voided'"),
]


async def test_the_database_knows_the_three_people(database: Database) -> None:
    batch = await _frozen(database)
    for constraint, change in WRONG_PEOPLE:
        binds = {"other": CHECKER.id} if ":other" in change else {}
        with pytest.raises(PostgresError, match=f"ck_payment_batch_{constraint}"):
            async with _as(database, MAKER) as uow:
                await uow.execute(
                    f"UPDATE payment_batch SET {change} WHERE id = :id", id=batch.id, **binds
                )


WRONG_TOTALS = [
    ("every_share_has_a_place", "taken_count = taken_count + 1"),
    ("every_fen_has_a_place", "left_out_minor = left_out_minor + 1"),
    ("recovery_and_shortfall_add_up", "shortfall_minor = shortfall_minor + 1"),
]


async def test_totals_of_a_batch_always_add_up(database: Database, owner_dsn: str) -> None:
    await _frozen(database)
    for constraint, change in WRONG_TOTALS:
        with pytest.raises(asyncpg.CheckViolationError, match=f"ck_payment_batch_{constraint}"):
            await _as_owner(owner_dsn, f"UPDATE payment_batch SET {change}")


async def test_one_person_decides_once_about_one_content(database: Database) -> None:
    row = {
        "area_code": AREA, "subject_kind": "payment_batch", "subject_id": uuid4(),
        "content_hash": bytes(32), "decision": "approved", "user_name": "x", "decided_at": AT,
    }  # fmt: skip
    async with _as(database, MAKER) as uow:
        await insert(uow, "approval", **row, step="maker", user_id=MAKER.id)
    for step, user, name in (
        ("checker", MAKER.id, "one_person_decides_once"),
        ("maker", CHECKER.id, "one_decision_per_step"),
    ):
        with pytest.raises(PostgresError, match=name):
            async with _as(database, MAKER) as uow:
                await insert(uow, "approval", **row, step=step, user_id=user)
    with pytest.raises(PostgresError, match="permission denied"):
        async with _as(database, MAKER) as uow:
            await uow.execute("UPDATE approval SET user_id = :user", user=CHECKER.id)
