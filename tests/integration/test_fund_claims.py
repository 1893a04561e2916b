"""Fund claims on a real database: versions, capacity that cannot be overdrawn, offsets."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg import PostgresError
from sqlalchemy import Row

from schemas.messages.fund_claims import FundImportResult
from settlement_api import readiness
from settlement_api.batches.service import freeze_batch
from settlement_api.fund_claims import queries, service
from settlement_api.fund_claims.errors import CapacityExceeded, InstructionNotOpen
from settlement_api.fund_claims.policy import CapacityPart
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, HospitalScope, UnitOfWork
from tests.builders.batches import AREA, AT, MAKER, OTHER_AREA, PERIOD, Scene, insert
from tests.builders.fund_claims import advance, claim, fund_file, prepayment


@asynccontextmanager
async def _work(database: Database, area: str = AREA) -> AsyncIterator[UnitOfWork]:
    async with database.begin(AreaScope(area), actor=MAKER, at=AT) as uow:
        yield uow


async def _hospital(database: Database) -> UUID:
    async with _work(database) as uow:
        return await Scene(uow).hospital()


async def _import(database: Database, *rows: dict[str, Any]) -> FundImportResult:
    async with _work(database) as uow:
        return await service.import_fund_documents(
            uow, content=fund_file(*rows), media_type="text/csv"
        )


async def _capacity(uow: UnitOfWork) -> Sequence[Row[Any]]:
    return await uow.fetch_all(
        "SELECT scheme, available_minor AS available, reserved_minor AS reserved,"
        " consumed_minor AS consumed, excess_minor AS excess FROM claim_capacity ORDER BY scheme"
    )


async def _single(database: Database) -> Row[Any]:
    async with _work(database) as uow:
        (row,) = await _capacity(uow)
    return row


async def test_capacity_is_the_claim_less_advances_and_prepayments_due(
    database: Database,
) -> None:
    await _hospital(database)
    result = await _import(
        database,
        claim(amount="100.00"),
        advance(amount="20.00"),
        prepayment(amount="30.00", movement="granted"),
        prepayment(amount="5.00", movement="recovery_due"),
        claim(amount="7.00", scheme="390"),
        advance(amount="9.00", scheme="390"),
    )
    assert (result.received, result.accepted) == (6, 6)
    async with _work(database) as uow:
        assert [(row.scheme, row.available) for row in await _capacity(uow)] == [
            ("310", 7_500),
            ("390", 0),
        ]
        claims = await queries.effective_claims(uow, months=[PERIOD])
    assert [(row.claim_minor, row.advance_minor, row.recovery_due_minor) for row in claims] == [
        (10_000, 2_000, 500),
        (700, 900, 0),
    ]


async def test_the_same_file_again_changes_nothing_and_rows_add_up(database: Database) -> None:
    await _hospital(database)
    rows = [claim(), advance(), claim(hospital_code="H37010099999"), claim(amount="x")]
    first = await _import(database, *rows)
    again = await _import(database, *rows)
    assert (first.accepted, first.unchanged, first.rejected) == (2, 0, 2)
    assert (again.accepted, again.unchanged, again.rejected) == (0, 2, 2)
    assert [row.reason for row in again.rows] == [None, None, "hospital_unknown", "invalid"]
    async with _work(database) as uow:
        assert await uow.fetch_value("SELECT count(*) FROM fund_document") == 2


async def test_a_higher_version_supersedes_and_another_content_is_refused(
    database: Database,
) -> None:
    await _hospital(database)
    await _import(database, claim(amount="100.00"))
    refused = await _import(database, claim(amount="90.00"))
    assert [row.reason for row in refused.rows] == ["version_differs"]
    await _import(database, claim(amount="80.00", version="3"))
    late = await _import(database, claim(amount="85.00", version="2"))
    assert late.accepted == 1
    async with _work(database) as uow:
        documents = await uow.fetch_all("SELECT version, state FROM fund_document ORDER BY version")
    assert [(row.version, row.state) for row in documents] == [
        (1, "superseded"),
        (2, "superseded"),
        (3, "effective"),
    ]
    assert (await _single(database)).available == 8_000


async def test_two_versions_in_one_file_leave_the_higher_in_force(database: Database) -> None:
    await _hospital(database)
    result = await _import(
        database,
        claim(amount="2.00", version="2"),
        claim(amount="1.00", version="1"),
        claim(amount="1.00", version="1"),
        claim(amount="1.01", version="1"),
    )
    assert [row.outcome for row in result.rows] == [
        "accepted", "accepted", "unchanged", "rejected",
    ]  # fmt: skip
    assert (await _single(database)).available == 200


async def test_a_later_stage_replaces_an_earlier_one(database: Database) -> None:
    await _hospital(database)
    await _import(database, claim(amount="50.00", stage="cleared"))
    await _import(database, claim(amount="100.00", stage="estimated"))
    assert (await _single(database)).available == 5_000


async def test_capacity_moves_only_as_far_as_it_reaches(database: Database) -> None:
    hospital = await _hospital(database)
    await _import(database, claim(amount="1.00"))

    def part(amount: int) -> list[CapacityPart]:
        return [CapacityPart(hospital, "310", PERIOD, amount)]

    async with _work(database) as uow:
        await service.reserve(uow, parts=[*part(60), *part(30)])
        await service.consume(uow, parts=part(50))
        await service.release(uow, parts=part(10))
        await service.restore(uow, parts=part(20))
    row = await _single(database)
    assert (row.reserved, row.consumed) == (30, 30)
    for move, amount in (
        (service.reserve, 41),
        (service.consume, 31),
        (service.release, 31),
        (service.restore, 31),
    ):
        with pytest.raises(CapacityExceeded):
            async with _work(database) as uow:
                await move(uow, parts=part(amount))
    with pytest.raises(CapacityExceeded):
        async with _work(database) as uow:
            await service.reserve(uow, parts=[CapacityPart(hospital, "390", PERIOD, 1)])


async def test_of_many_reservations_only_as_many_as_fit_succeed(database: Database) -> None:
    hospital = await _hospital(database)
    await _import(database, claim(amount="1.00"))

    async def reserve() -> bool:
        try:
            async with _work(database) as uow:
                await service.reserve(uow, parts=[CapacityPart(hospital, "310", PERIOD, 30)])
        except CapacityExceeded:
            return False
        return True

    assert sum(await asyncio.gather(*(reserve() for _ in range(8)))) == 3
    assert (await _single(database)).reserved == 90


async def test_a_claim_that_shrinks_below_what_is_bound_shows_the_excess(
    database: Database,
) -> None:
    hospital = await _hospital(database)
    await _import(database, claim(amount="1.00"))
    bound = [CapacityPart(hospital, "310", PERIOD, 90)]
    async with _work(database) as uow:
        await service.reserve(uow, parts=bound)
    await _import(database, claim(amount="0.50", version="2"))
    assert (await _single(database)).excess == 40
    with pytest.raises(CapacityExceeded):
        async with _work(database) as uow:
            await service.reserve(uow, parts=[CapacityPart(hospital, "310", PERIOD, 1)])
    async with _work(database) as uow:
        await service.consume(uow, parts=bound)
        await service.restore(uow, parts=[CapacityPart(hospital, "310", PERIOD, 60)])
    row = await _single(database)
    assert (row.consumed, row.excess) == (30, 0)


async def _batch(database: Database) -> tuple[UUID, UUID]:
    async with _work(database) as uow:
        scene = await Scene(uow).open()
        hospital = await scene.hospital()
        await scene.accepted(hospital, await scene.supplier(), 100)
        batch = await freeze_batch(uow, order=scene.order())
    return batch.id, hospital


async def test_offsets_follow_what_is_consumed_and_are_acknowledged_once(
    database: Database,
) -> None:
    batch_id, hospital = await _batch(database)
    issued = []
    for amount in (100, 100, 30, 0):
        async with _work(database) as uow:
            issued.append(
                await service.issue_offsets(
                    uow,
                    payment_batch_id=batch_id,
                    targets=[CapacityPart(hospital, "310", PERIOD, amount)],
                )
            )
    assert issued == [1, 0, 1, 1]
    async with _work(database) as uow:
        open_ones = await queries.list_offsets(uow, after=None, limit=10)
        assert [row.amount_minor for row, _ in open_ones] == [100, -70, -30]
        ids = [row.id for row, _ in open_ones]
        assert await service.acknowledge_offsets(uow, instruction_ids=ids[:2]) == (2, 30)
        with pytest.raises(InstructionNotOpen):
            await service.acknowledge_offsets(uow, instruction_ids=ids)


async def test_an_instruction_nobody_acknowledges_is_said_daily_and_seen_in_the_figures(
    database: Database,
) -> None:
    """Issued on Tuesday 10 March, due five working days later, on Tuesday the 17th."""
    batch_id, hospital = await _batch(database)
    async with _work(database) as uow:
        part = CapacityPart(hospital, "310", PERIOD, 100)
        await service.issue_offsets(uow, payment_batch_id=batch_id, targets=[part])
    reminded = []
    for day in (17, 18, 18, 19):
        async with database.begin(AreaScope(AREA), at=AT.replace(day=day)) as uow:
            reminded.append(await service.remind_of_overdue_offsets(uow))
    assert reminded == [0, 1, 0, 1]
    async with database.begin(AreaScope(AREA), at=AT.replace(day=20), actor=MAKER) as uow:
        late = await queries.list_offsets(uow, after=None, limit=10, overdue_on=uow.on)
        assert [row.reminder_count for row, _ in late] == [2]
        facts = await uow.fetch_all(
            "SELECT facts FROM outbox_event WHERE name = 'fund_claims.offset.overdue' ORDER BY id"
        )
        assert [row.facts["reminder_no"] for row in facts] == [1, 2]
        assert await readiness.overdue_offsets(database, on=uow.on) == 1
        await service.acknowledge_offsets(uow, instruction_ids=[row.id for row, _ in late])
        assert await service.remind_of_overdue_offsets(uow) == 0
    assert await readiness.overdue_offsets(database, on=date(2026, 3, 20)) == 0


async def test_a_hospital_sees_its_own_claims_and_no_others(database: Database) -> None:
    hospital = await _hospital(database)
    await _import(database, claim())
    for scope, count in ((HospitalScope(hospital), 1), (HospitalScope(uuid4()), 0)):
        async with database.begin(scope, at=AT) as uow:
            assert len(await _capacity(uow)) == count
            assert len(await queries.list_documents(uow, after=None, limit=5)) == count
    async with _work(database, OTHER_AREA) as uow:
        assert await _capacity(uow) == []


CAPACITY = {"scheme": "310", "month": PERIOD, "available_minor": 10}
WRONG_CAPACITIES: list[tuple[str, dict[str, Any]]] = [
    ("bound_within_available", {"reserved_minor": 6, "consumed_minor": 5}),
    ("reserved_not_negative", {"reserved_minor": -1}),
    ("consumed_not_negative", {"consumed_minor": -1}),
    ("excess_not_negative", {"excess_minor": -1}),
    ("available_not_negative", {"available_minor": -1}),
    ("month_form", {"month": "2026-13"}),
    ("scheme_known", {"scheme": "1"}),
]
OFFSET: dict[str, Any] = {
    "scheme": "310", "month": PERIOD, "instruction_no": 1, "amount_minor": 1,
    "status": "issued", "issued_at": AT,
}  # fmt: skip
WRONG_OFFSETS: list[tuple[str, dict[str, Any]]] = [
    ("acknowledged_by_somebody", {"status": "acknowledged"}),
    ("acknowledged_by_somebody", {"acknowledged_by": MAKER.id, "acknowledged_at": AT}),
    ("amount_not_zero", {"amount_minor": 0}),
]
DOCUMENT: dict[str, Any] = {
    "scheme": "310", "month": PERIOD, "kind": "claim", "aspect": "settled",
    "external_number": "", "version": 1, "amount_minor": 1, "state": "effective",
}  # fmt: skip
WRONG_DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("kind_has_its_columns", {"aspect": "granted"}),
    ("kind_has_its_columns", {"external_number": "1"}),
    ("kind_has_its_columns", {"kind": "advance", "aspect": "", "external_number": "1"}),
    ("amount_not_negative", {"amount_minor": -1}),
    ("version_positive", {"version": 0}),
]


async def test_wrong_balances_and_documents_cannot_be_stored(database: Database) -> None:
    batch_id, hospital = await _batch(database)
    async with _work(database) as uow:
        import_id = await insert(
            uow, "fund_import", area_code=AREA, content_sha256=bytes(32), content=b"",
            media_type="text/csv", received_count=0, accepted_count=0, unchanged_count=0,
            rejected_count=0, imported_at=AT,
        )  # fmt: skip
    cases = [
        *(("claim_capacity", CAPACITY | change, name) for name, change in WRONG_CAPACITIES),
        *(
            ("offset_instruction", OFFSET | {"payment_batch_id": batch_id} | change, name)
            for name, change in WRONG_OFFSETS
        ),
        *(
            ("fund_document", DOCUMENT | {"fund_import_id": import_id} | change, name)
            for name, change in WRONG_DOCUMENTS
        ),
    ]
    for table, values, constraint in cases:
        with pytest.raises(PostgresError, match=f"ck_{table}_{constraint}"):
            async with _work(database) as uow:
                await insert(uow, table, area_code=AREA, hospital_id=hospital, **values)
