"""Decisions about discrepancies: marks that hold, two people, undoing, bulk by expectation."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from asyncpg import PostgresError

from schemas.codes.resolutions import STATUS_AFTER, ResolutionAction
from settlement_api.approvals.errors import NotAPerson, SamePerson
from settlement_api.persistence import Database
from settlement_api.reconciliation import service as matching
from settlement_api.resolutions import service
from settlement_api.resolutions.errors import (
    DiscrepancyNotFound,
    DiscrepancyTaken,
    ResolutionMovedOn,
    ResolutionUnknown,
    SetChanged,
    SleepsInThePast,
    UndoOfUndo,
    WriteOffTooLarge,
)
from settlement_api.resolutions.queries import Selection
from settlement_api.unit_of_work import Actor, HospitalScope, SupplierScope
from tests.builders.resolutions import (
    CHECKER,
    MAKER,
    OTHER,
    acting,
    arrive,
    confirm,
    decision,
    find,
    mark,
    standing,
    undo,
    value,
)
from tests.builders.stored_documents import StoredDocuments, seed_contract

REFERENCE: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    """An order of 10 units at 10 yuan, received; nothing invoiced yet."""
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    async with acting(database) as uow:
        await stored.order(uow, "PO-1")
        await stored.receipt(uow, "GR-1", **REFERENCE)
    await arrive(database, stored)
    return stored


async def invoice_waiting(
    database: Database, documents: StoredDocuments, number: str, units: int, fen: int
) -> UUID:
    """An invoice for an order that is not here; the discrepancy that it is."""
    async with acting(database) as uow:
        line = await documents.invoice(
            uow, number, units, fen, order_number="PO-404", order_line_number=1
        )
    await arrive(database, documents, documents.position)
    found = await value(
        database,
        "SELECT id FROM discrepancy WHERE invoice_line_id = :line AND status = 'open'",
        line=line,
    )
    return UUID(str(found))


@pytest.mark.parametrize("action", sorted(STATUS_AFTER))
async def test_a_mark_keeps_what_was_found_and_says_who_why_and_until_when(
    database: Database, documents: StoredDocuments, action: ResolutionAction
) -> None:
    found = await invoice_waiting(database, documents, "INV-1", 1, 90)
    chosen = decision(action)
    resolution_id = await mark(database, found, chosen)
    async with acting(database) as uow:
        row = await uow.fetch_one(
            "SELECT status, note, resolved_by, resolution_id, act_by_date FROM discrepancy"
            " WHERE id = :id",
            id=found,
        )
        kept = await uow.fetch_one(
            "SELECT status, needs_two, stake_minor, before, after FROM resolution WHERE id = :id",
            id=resolution_id,
        )
    assert row is not None
    assert kept is not None
    expected = (STATUS_AFTER[action], chosen.remark, MAKER.id, resolution_id, chosen.act_by_date)
    assert tuple(row) == expected
    assert (kept.status, kept.needs_two, kept.stake_minor) == ("effective", False, 90)
    statuses = [kept.before["discrepancies"][0]["status"], kept.after["discrepancies"][0]["status"]]
    assert statuses == ["open", STATUS_AFTER[action]]
    with pytest.raises(DiscrepancyTaken):
        await mark(database, found, decision())


async def test_a_mark_holds_when_a_run_finds_the_same_again_and_not_when_it_differs(
    database: Database, documents: StoredDocuments
) -> None:
    await mark(database, await find(database, "not_invoiced"), decision(ResolutionAction.TO_CHECK))
    assert await standing(database) == [("not_invoiced", "to_check", 10_000)]
    first = documents.position + 1
    async with acting(database) as uow:
        line = await documents.invoice(uow, "INV-1", 4, 4_000, **REFERENCE)
    await arrive(database, documents, first)
    assert await standing(database) == [("not_invoiced", "open", 6_000)]
    async with acting(database) as uow:
        await uow.execute("UPDATE invoice_line SET state = 'cancelled' WHERE id = :id", id=line)
    await arrive(database, documents, first)
    assert await standing(database) == [("not_invoiced", "to_check", 10_000)]


async def test_a_mark_holds_for_the_line_that_took_the_number_of_the_one_it_was_about(
    database: Database, documents: StoredDocuments
) -> None:
    await mark(database, await find(database, "not_invoiced"), decision())
    first = documents.position + 1
    async with acting(database) as uow:
        await uow.execute("UPDATE goods_receipt_line SET state = 'superseded'")
        await documents.receipt(uow, "GR-1", revision=2, **REFERENCE)
    await arrive(database, documents, first)
    assert await value(database, "SELECT count(*) FROM discrepancy") == 2
    assert await standing(database) == [("not_invoiced", "explained", 10_000)]


async def test_undoing_is_a_decision_of_its_own_and_opens_what_was_found_anew_too(
    database: Database, documents: StoredDocuments
) -> None:
    resolution_id = await mark(database, await find(database, "not_invoiced"), decision())
    async with acting(database) as uow:
        await uow.execute("UPDATE goods_receipt_line SET state = 'superseded'")
        await documents.receipt(uow, "GR-1", revision=2, **REFERENCE)
    await arrive(database, documents, documents.position)
    undoing_id = await undo(database, resolution_id, OTHER)
    assert await standing(database) == [("not_invoiced", "open", 10_000)]
    async with acting(database) as uow:
        await matching.match_area(uow)
        history = await uow.fetch_all("SELECT id, action, status FROM resolution ORDER BY id")
        events = await uow.fetch_all(
            "SELECT aggregate_id, facts->>'status' FROM outbox_event"
            " WHERE name = 'resolutions.resolution.moved' ORDER BY id"
        )
    assert await standing(database) == [("not_invoiced", "open", 10_000)]
    assert [tuple(row) for row in history] == [
        (resolution_id, "explain", "undone"),
        (undoing_id, "undo", "effective"),
    ]
    assert sorted(tuple(row) for row in events) == sorted(
        [
            (resolution_id, "effective"),
            (undoing_id, "effective"),
            (resolution_id, "undone"),
        ]
    )
    for refused in (resolution_id, undoing_id, uuid4()):
        with pytest.raises((ResolutionMovedOn, UndoOfUndo, ResolutionUnknown)):
            await undo(database, refused)
    await mark(database, await find(database, "not_invoiced"), decision())


async def test_above_the_threshold_a_second_person_confirms_and_undoing_takes_two_as_well(
    database: Database, documents: StoredDocuments
) -> None:
    found = await invoice_waiting(database, documents, "INV-1", 1_001, 1_000_001)
    resolution_id = await mark(database, found, decision())
    assert ("no_order", "open", 1_001_000) in await standing(database)
    with pytest.raises(DiscrepancyTaken):
        await mark(database, found, decision(), OTHER)
    with pytest.raises(SamePerson):
        await confirm(database, resolution_id, MAKER)
    await confirm(database, resolution_id, CHECKER)
    assert ("no_order", "explained", 1_001_000) in await standing(database)
    with pytest.raises(ResolutionMovedOn):
        await confirm(database, resolution_id, OTHER)
    undoing_id = await undo(database, resolution_id)
    with pytest.raises(ResolutionMovedOn):
        await undo(database, resolution_id, OTHER)
    assert ("no_order", "explained", 1_001_000) in await standing(database)
    await confirm(database, undoing_id)
    assert ("no_order", "open", 1_001_000) in await standing(database)
    people = await value(
        database,
        "SELECT array_agg(user_id ORDER BY id) FROM approval WHERE subject_id = :id",
        id=resolution_id,
    )
    assert people == [MAKER.id, CHECKER.id]


async def test_up_to_the_threshold_one_person_is_enough(
    database: Database, documents: StoredDocuments
) -> None:
    found = await invoice_waiting(database, documents, "INV-1", 1_000, 1_000_000)
    await mark(database, found, decision())
    assert ("no_order", "explained", 1_000_000) in await standing(database)


async def test_a_rejected_decision_changes_nothing_and_leaves_room_for_another(
    database: Database, documents: StoredDocuments
) -> None:
    found = await invoice_waiting(database, documents, "INV-1", 2_000, 2_000_000)
    resolution_id = await mark(database, found, decision())
    async with acting(database, CHECKER) as uow:
        await service.reject(uow, resolution_id=resolution_id, reason="not on the telephone")
    with pytest.raises(ResolutionMovedOn):
        await confirm(database, resolution_id, OTHER)
    assert ("no_order", "open", 2_000_000) in await standing(database)
    await confirm(database, await mark(database, found, decision()))


async def test_a_proposal_whose_discrepancy_went_is_not_confirmed(
    database: Database, documents: StoredDocuments
) -> None:
    found = await invoice_waiting(database, documents, "INV-1", 2_000, 2_000_000)
    resolution_id = await mark(database, found, decision())
    async with acting(database) as uow:
        await uow.execute("UPDATE invoice_line SET state = 'cancelled'")
    await arrive(database, documents)
    with pytest.raises(DiscrepancyTaken):
        await confirm(database, resolution_id)
    left = await value(database, "SELECT status FROM resolution WHERE id = :id", id=resolution_id)
    assert left == "proposed"


async def test_a_quantity_without_a_price_takes_two_and_one_with_a_price_is_weighed_by_it(
    database: Database, documents: StoredDocuments
) -> None:
    priced = await mark(database, await find(database, "not_invoiced"), decision())
    assert (
        await value(database, "SELECT stake_minor FROM resolution WHERE id = :id", id=priced)
        == 10_000
    )
    first = documents.position + 1
    async with acting(database) as uow:
        await documents.receipt(uow, "GR-9", 1, order_number="PO-9", order_line_number=1)
    await arrive(database, documents, first)
    unpriced = await mark(database, await find(database, "no_order"), decision())
    row = await value(
        database,
        "SELECT (stake_minor, needs_two, status)::text FROM resolution WHERE id = :id",
        id=unpriced,
    )
    assert row == "(,t,proposed)"


async def test_no_more_than_the_limit_is_written_off_by_however_many_people(
    database: Database, documents: StoredDocuments
) -> None:
    within = await invoice_waiting(database, documents, "INV-1", 100, 10_000)
    beyond = await invoice_waiting(database, documents, "INV-2", 101, 10_001)
    with pytest.raises(WriteOffTooLarge):
        await mark(database, beyond, decision(ResolutionAction.WRITE_OFF))
    await mark(database, within, decision(ResolutionAction.WRITE_OFF))
    assert ("no_order", "written_off", 100_000) in await standing(database)
    assert ("no_order", "open", 101_000) in await standing(database)


async def test_what_sleeps_is_open_again_on_its_day(
    database: Database, documents: StoredDocuments
) -> None:
    found = await find(database, "not_invoiced")
    async with acting(database) as uow:
        today = uow.on
    chosen = decision(ResolutionAction.SNOOZE, act_by_date=today)
    with pytest.raises(SleepsInThePast):
        await mark(database, found, chosen)
    tomorrow = today + timedelta(days=1)
    await mark(database, found, decision(ResolutionAction.SNOOZE, act_by_date=tomorrow))
    async with acting(database) as uow:
        assert await service.wake(uow) == 0
    assert await standing(database) == [("not_invoiced", "snoozed", 10_000)]
    async with acting(database) as uow:
        uow.at += timedelta(days=1)
        assert await service.wake(uow) == 1
        assert await service.wake(uow) == 0
    assert await standing(database) == [("not_invoiced", "open", 10_000)]
    await mark(database, found, decision())


async def test_of_many_who_decide_at_once_one_wins(
    database: Database, documents: StoredDocuments
) -> None:
    found = await invoice_waiting(database, documents, "INV-1", 2_000, 2_000_000)
    people = [Actor("user", uuid4(), f"p{number}") for number in range(8)]
    tries = await asyncio.gather(
        *(mark(database, found, decision(), each) for each in people), return_exceptions=True
    )
    won = [each for each in tries if isinstance(each, UUID)]
    assert len(won) == 1
    assert [type(each) for each in tries if not isinstance(each, UUID)] == [DiscrepancyTaken] * 7
    confirmed = await asyncio.gather(
        *(confirm(database, won[0], Actor("user", uuid4(), "c")) for _ in range(8)),
        return_exceptions=True,
    )
    assert confirmed.count(None) == 1
    assert {type(each) for each in confirmed if each is not None} == {ResolutionMovedOn}
    undone = await asyncio.gather(
        *(undo(database, won[0], each) for each in people), return_exceptions=True
    )
    assert sum(isinstance(each, UUID) for each in undone) == 1
    assert {type(each) for each in undone if not isinstance(each, UUID)} == {ResolutionMovedOn}


async def test_many_are_marked_by_one_decision_if_they_are_the_ones_expected(
    database: Database, documents: StoredDocuments
) -> None:
    for number, fen in (("INV-1", 90), ("INV-2", 110), ("INV-3", 5_000)):
        await invoice_waiting(database, documents, number, fen, fen)
    small = Selection(
        reason="no_order",
        hospital_id=documents.hospital_id,
        supplier_id=documents.supplier_id,
        most_minor=110,
    )

    async def many(count: int, fen: int, selection: Selection = small) -> UUID:
        async with acting(database) as uow:
            return await service.mark_many(
                uow,
                decision=decision(ResolutionAction.WRITE_OFF),
                selection=selection,
                expected_count=count,
                expected_minor=fen,
            )

    for wrong in ((3, 200), (2, 199), (1, 90)):
        with pytest.raises(SetChanged) as refusal:
            await many(*wrong)
        assert refusal.value.facts == {"actual_count": 2, "actual_sum": "2.00"}
    nobody = Selection(supplier_id=uuid4())
    with pytest.raises(SetChanged):
        await many(2, 200, nobody)
    assert {status for _, status, _ in await standing(database)} == {"open"}
    resolution_id = await many(2, 200)
    assert [row for row in await standing(database) if row[0] == "no_order"] == [
        ("no_order", "written_off", 90_000),
        ("no_order", "written_off", 110_000),
        ("no_order", "open", 5_000_000),
    ]
    await undo(database, resolution_id)
    assert {status for _, status, _ in await standing(database)} == {"open"}


async def test_one_too_large_or_spoken_for_leaves_all_of_them_alone(
    database: Database, documents: StoredDocuments
) -> None:
    await invoice_waiting(database, documents, "INV-1", 90, 90)
    large = await invoice_waiting(database, documents, "INV-2", 2_000, 2_000_000)

    async def every(action: ResolutionAction) -> None:
        async with acting(database) as uow:
            await service.mark_many(
                uow,
                decision=decision(action),
                selection=Selection(reason="no_order"),
                expected_count=2,
                expected_minor=2_000_090,
            )

    with pytest.raises(WriteOffTooLarge):
        await every(ResolutionAction.WRITE_OFF)
    await mark(database, large, decision())
    with pytest.raises(DiscrepancyTaken):
        await every(ResolutionAction.EXPLAIN)
    assert {status for _, status, _ in await standing(database)} == {"open"}
    assert await value(database, "SELECT count(*) FROM resolution") == 1


async def test_only_people_decide_and_only_about_what_is_here(
    database: Database, documents: StoredDocuments
) -> None:
    found = await find(database, "not_invoiced")
    with pytest.raises(NotAPerson):
        await mark(database, found, decision(), Actor.system("test"))
    with pytest.raises(DiscrepancyNotFound):
        await mark(database, uuid4(), decision())
    with pytest.raises(ResolutionUnknown):
        await confirm(database, uuid4())


async def test_parties_see_decisions_about_their_own_and_nobody_elses(
    database: Database, documents: StoredDocuments
) -> None:
    await mark(database, await find(database, "not_invoiced"), decision())
    scopes = (
        (SupplierScope(documents.supplier_id), 1),
        (SupplierScope(uuid4()), 0),
        (HospitalScope(documents.hospital_id), 1),
        (HospitalScope(uuid4()), 0),
    )
    for scope, seen in scopes:
        async with database.begin(scope) as uow:
            count = "SELECT count(*) FROM resolution_finding"
            assert await uow.fetch_value(count) == seen, scope
        with pytest.raises(PostgresError, match="permission denied"):
            async with database.begin(scope) as uow:
                await uow.fetch_value("SELECT count(*) FROM resolution")


REFUSED = (
    ("resolution", "action = 'ignore'", "action_known"),
    ("resolution", "reason_code = 'because'", "reason_code_known"),
    ("resolution", "status = 'lost'", "status_known"),
    ("resolution", "sent_to = 'nobody'", "sent_to"),
    ("resolution", "remark = '  '", "remark_given"),
    ("resolution", "undoes_resolution_id = id", "undo_names_another"),
    ("resolution", "action = 'snooze', act_by_date = NULL", "act_by_date"),
    ("resolution", "item_count = 0", "item_count_positive"),
    ("resolution", "stake_minor = -1", "stake_not_negative"),
    ("resolution", "content_hash = 'x'", "content_hash_length"),
    ("resolution", "decided_by = proposed_by", "two_people"),
    ("resolution", "needs_two = true", "second_person"),
    ("resolution_finding", "reason = 'bad_mood'", "reason_known"),
    ("resolution_finding", "effect = 'none'", "effect_known"),
    ("resolution_finding", "status = 'lost'", "status_known"),
    ("resolution_finding", "status_after = 'lost'", "status_after_known"),
)


async def test_the_database_refuses_what_no_decision_is(
    database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    await mark(database, await find(database, "not_invoiced"), decision())
    owner = await asyncpg.connect(owner_dsn)
    try:
        for table, change, name in REFUSED:
            await owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            with pytest.raises(PostgresError, match=name):
                await owner.execute(f"UPDATE {table} SET {change}")
    finally:
        await owner.close()
