"""By when each discrepancy asks to be acted on: by the pack's working days and the calendar."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from schemas.codes.resolutions import ResolutionAction, ResolutionReason
from schemas.codes.roles import Role
from schemas.events.reconciliation import DiscrepanciesDated
from schemas.money import format_yuan
from schemas.times import Clock, FixedClock
from settlement_api.due_dates.service import date_discrepancies
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.reconciliation import service
from settlement_api.rehearsal.report import read_figures
from settlement_api.resolutions import service as resolutions
from tests.builders.api import Caller, RunningApi, area_of, running_api, supplier_of
from tests.builders.resolutions import MAKER, decision
from tests.builders.stored_documents import AREA, StoredDocuments, area_scope, seed_contract

REFERENCE: dict[str, Any] = {"order_number": "PO-1", "order_line_number": 1}
Said = dict[str, tuple[str, str | None, str | None]]


def noon(day: date) -> Clock:
    return FixedClock(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))


@pytest.fixture
def clock() -> Clock:
    return noon(date(2026, 9, 28))  # a Monday; National Day and its week follow


@pytest.fixture
async def documents(database: Database) -> StoredDocuments:
    """Received in full, invoiced in part and too dear; a receipt without an order."""
    stored = StoredDocuments()
    await seed_contract(database, supplier_id=stored.supplier_id)
    async with database.begin(area_scope()) as uow:
        await stored.order(uow, "PO-1")
        await stored.receipt(uow, "GR-1", **REFERENCE)
        await stored.invoice(uow, "INV-1", 4, 4_800, **REFERENCE)
        await stored.receipt(uow, "GR-9", order_number="PO-9", order_line_number=1)
    return stored


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


async def match(database: Database) -> None:
    async with database.begin(area_scope()) as uow:
        await service.match_area(uow)


async def listed(caller: Caller, query: str = "") -> Said:
    """(who acts, by when, state) of every discrepancy listed, by reason."""
    answer = await caller.get(f"/reconciliation/discrepancies?limit=50{query}")
    assert answer.status_code == 200, answer.text
    return {
        row["reason"]: (row["acts"], row["act_by"], row["act_by_state"])
        for row in answer.json()["items"]
    }


async def change_pack(owner_dsn: str, **days: int) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute(
        "UPDATE rule_pack SET content = jsonb_set(content,"
        " '{deadlines, act_within_working_days}', CAST($1 AS jsonb))",
        json.dumps(days),
    )
    await owner.close()


async def test_each_party_has_the_packs_working_days_over_the_holidays(
    api: RunningApi, database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    await change_pack(owner_dsn, supplier=2, hospital=4)
    await match(database)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    assert await listed(maker) == {
        "not_invoiced": ("supplier", "2026-09-30", "known"),
        "price_above_contract": ("supplier", "2026-09-30", "known"),
        "no_order": ("hospital", "2026-10-09", "known"),
    }


async def test_what_is_not_acted_on_in_time_is_listed_counted_and_explained(
    api: RunningApi, database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    await change_pack(owner_dsn, supplier=2, hospital=4)
    await match(database)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    supplier = await api.user(supplier_of(documents.supplier_id), Role.SUPPLIER)
    database.clock = noon(date(2026, 9, 30))
    assert await listed(maker, "&overdue=true") == {}
    database.clock = noon(date(2026, 10, 1))
    late = {"not_invoiced", "price_above_contract"}
    assert set(await listed(maker, "&overdue=true")) == late
    assert set(await listed(supplier, "&overdue=true")) == late
    counted = (await maker.get("/reconciliation/overdue-discrepancies")).json()
    assert [(row["reason"], row["acts"], row["count"], row["oldest"]) for row in counted] == [
        (reason, "supplier", 1, "2026-09-30") for reason in sorted(late)
    ]
    assert counted[0]["quantity"] == "6.000"
    rows = (await maker.get("/reconciliation/discrepancies?reason=not_invoiced")).json()["items"]
    path = f"/explanations/{rows[0]['order_line_id']}"
    explained = (await maker.get(path)).json()["rules"]
    assert {rule["reason"]: (rule["act_by"], rule["act_by_state"]) for rule in explained} == (
        dict.fromkeys(late, ("2026-09-30", "known"))
    )


async def test_the_report_of_a_day_shows_what_is_overdue_by_who_must_act(
    api: RunningApi, database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    """The sums that the agency is shown over HTTP; a day that people set counts for the pack's."""
    await change_pack(owner_dsn, supplier=2, hospital=4)
    await match(database)
    database.clock = noon(date(2026, 9, 30))
    assert (await read_figures(database)).figures["overdue"] == []
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    rows = (await maker.get("/reconciliation/discrepancies?reason=not_invoiced")).json()["items"]
    sent_back = decision(ResolutionAction.SEND_BACK, act_by_date=date(2026, 10, 10))
    async with database.begin(area_scope(), actor=MAKER) as uow:
        for row in rows:
            await resolutions.mark_one(uow, decision=sent_back, discrepancy_id=row["id"])
    at_first = [("hospital", "no_order"), ("supplier", "price_above_contract")]
    later = [at_first[0], ("supplier", "not_invoiced"), at_first[1]]
    for day, late in [(date(2026, 10, 10), at_first), (date(2026, 10, 11), later)]:
        database.clock = noon(day)
        found = (await read_figures(database)).figures["overdue"]
        assert [(row["acts"], row["reason"]) for row in found] == late
        counted = (await maker.get("/reconciliation/overdue-discrepancies")).json()
        assert {
            (row["reason"], row["overdue"], format_yuan(int(row["amount_minor"] or 0)))
            for row in found
        } == {(row["reason"], row["count"], row["amount"]) for row in counted}
        oldest = {row["reason"]: row["oldest"] for row in counted}
        assert (oldest["price_above_contract"], oldest["no_order"]) == ("2026-09-30", "2026-10-09")
    assert oldest["not_invoiced"] == "2026-10-10"


async def test_a_day_that_people_set_holds_until_they_take_it_back(
    api: RunningApi, database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    await change_pack(owner_dsn, supplier=2)
    await match(database)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    rows = (await maker.get("/reconciliation/discrepancies?reason=not_invoiced")).json()["items"]
    async with database.begin(area_scope(), actor=MAKER) as uow:
        sent = await resolutions.mark_one(
            uow,
            decision=decision(ResolutionAction.SEND_BACK, act_by_date=date(2026, 11, 2)),
            discrepancy_id=rows[0]["id"],
        )
    only = "&reason=not_invoiced"
    assert await listed(maker, only) == {"not_invoiced": ("supplier", "2026-11-02", "known")}
    await match(database)
    assert await listed(maker, only) == {"not_invoiced": ("supplier", "2026-11-02", "known")}
    async with database.begin(area_scope(), actor=MAKER) as uow:
        await resolutions.undo(
            uow,
            resolution_id=sent,
            reason_code=ResolutionReason.DECIDED_WRONGLY,
            remark="sent to the wrong one",
        )
    assert await listed(maker, only) == {"not_invoiced": ("supplier", "2026-09-30", "known")}
    async with database.begin(area_scope(), actor=MAKER) as uow:
        await resolutions.mark_one(
            uow,
            decision=decision(ResolutionAction.EXPLAIN),
            discrepancy_id=rows[0]["id"],
        )
    assert await listed(maker, only) == {"not_invoiced": ("supplier", None, None)}


async def test_who_settles_a_part_gains_no_time_for_the_rest(
    api: RunningApi, database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    await change_pack(owner_dsn, supplier=2)
    await match(database)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    database.clock = noon(date(2026, 9, 30))
    async with database.begin(area_scope()) as uow:
        await documents.invoice(uow, "INV-2", 3, 3_000, **REFERENCE)
        await documents.order(uow, "PO-2")
        await documents.receipt(uow, "GR-2", order_number="PO-2", order_line_number=1)
    await match(database)
    path = "/reconciliation/discrepancies?status=open&reason=not_invoiced"
    found = (await maker.get(path)).json()["items"]
    assert sorted((row["quantity"], row["act_by"]) for row in found) == [
        ("10.000", "2026-10-09"),
        ("3.000", "2026-09-30"),
    ]


async def test_beyond_the_calendar_the_day_is_pending_and_set_once_the_calendar_comes(
    api: RunningApi, database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    """Three days of December are left for one party, and not enough for the other."""
    database.clock = noon(date(2026, 12, 28))
    await change_pack(owner_dsn, supplier=3, hospital=4)
    await match(database)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    assert (await listed(maker))["no_order"] == ("hospital", None, "pending_calendar")
    assert (await listed(maker))["not_invoiced"] == ("supplier", "2026-12-31", "known")
    assert await dated(database) == 0
    await calendar_comes(owner_dsn)
    database.clock = noon(date(2027, 1, 20))
    assert await dated(database) == 1
    assert (await listed(maker))["no_order"] == ("hospital", "2027-01-04", "known")
    assert (await listed(maker))["not_invoiced"] == ("supplier", "2026-12-31", "known")
    assert await dated(database) == 0
    async with database.begin(area_scope()) as uow:
        told = await uow.fetch_all(
            "SELECT facts ->> 'discrepancy_count' FROM outbox_event WHERE name = :name",
            name=DiscrepanciesDated.name,
        )
    assert [tuple(event) for event in told] == [("1",)]


@pytest.mark.parametrize("calendar_first", [False, True])
async def test_what_waits_for_the_calendar_is_counted_from_the_day_it_was_first_found(
    api: RunningApi,
    database: Database,
    documents: StoredDocuments,
    owner_dsn: str,
    calendar_first: bool,
) -> None:
    """Parts are settled before the calendar comes, and after it before anything is dated."""
    database.clock = noon(date(2026, 12, 28))
    await change_pack(owner_dsn, supplier=5, hospital=9)
    await match(database)
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    only = "&status=open&reason=not_invoiced"
    for day, number in [(30, "INV-2"), (31, "INV-3")]:
        database.clock = noon(date(2026, 12, day))
        if calendar_first and day == 31:
            await calendar_comes(owner_dsn)
        async with database.begin(area_scope()) as uow:
            await documents.invoice(uow, number, 2, 2_000, **REFERENCE)
        await match(database)
        assert await listed(maker, only) == {"not_invoiced": ("supplier", None, "pending_calendar")}
    if not calendar_first:
        await calendar_comes(owner_dsn)
    await dated(database)
    assert await listed(maker, only) == {"not_invoiced": ("supplier", "2027-01-05", "known")}


async def test_an_area_that_waited_is_dated_in_chunks(
    api: RunningApi, database: Database, documents: StoredDocuments, owner_dsn: str
) -> None:
    database.clock = noon(date(2026, 12, 28))
    await change_pack(owner_dsn, supplier=5, hospital=9)
    await match(database)
    await calendar_comes(owner_dsn)
    counts, after = [], None
    while True:
        async with database.begin(area_scope()) as uow:
            step = await date_discrepancies(uow, after=after, most=1)
        counts.append(step.count)
        if step.upto is None:
            break
        after = step.upto
    maker = await api.user(area_of(AREA), Role.AGENCY_MAKER)
    assert counts == [1, 1, 1, 0]
    assert {act_by for _, act_by, _ in (await listed(maker)).values()} == {
        "2027-01-05",
        "2027-01-11",
    }


async def calendar_comes(owner_dsn: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    await owner.execute("INSERT INTO calendar_year (year, source) VALUES (2027, 'notice')")
    await owner.execute(
        "INSERT INTO calendar_day (year, day, is_working, name)"
        " VALUES (2027, '2027-01-01', false, '元旦')"
    )
    await owner.close()


async def dated(database: Database) -> int:
    async with database.begin(area_scope()) as uow:
        return (await date_discrepancies(uow)).count
