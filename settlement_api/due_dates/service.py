"""Dates what waited for the working-day calendar of its year: payables and discrepancies.

An area may have waited for months: each step takes a chunk of it, in the order of its ids, so that
matching goes on between two steps.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from schemas.events.reconciliation import DiscrepanciesDated, PayablesDated
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.policy import DueDates, acting_deadlines
from settlement_api.reconciliation.service import ASKING_EFFECTS, share_matching
from settlement_api.rule_packs.service import load_calendar, packs_in_force
from settlement_api.unit_of_work import UnitOfWork

CHUNK: Final = 5_000
"""Rows dated in one transaction: well under a second."""


@dataclass(frozen=True, slots=True)
class Dated:
    """How many rows of a chunk were dated, and its last row; None with the last chunk."""

    count: int
    upto: UUID | None


async def date_payables(uow: UnitOfWork, *, after: UUID | None = None, most: int = CHUNK) -> Dated:
    """Dates a chunk of the payables that waited for the calendar, as their run would have.

    What has a due date keeps it. No match run of the area goes on meanwhile.
    """
    binds = await _chunk(uow, "chunk_of_payables", after, most)
    waiting = await uow.fetch_all(load_sql(__file__, "pending_dates"), **binds)
    calendar = await load_calendar(uow)
    due_dates = [
        DueDates(calendar, row.other_due_days).due_date(
            row.clock_start_date, contracted=row.is_contracted
        )
        for row in waiting
    ]
    found = [(*row, due) for row, due in zip(waiting, due_dates, strict=True) if due is not None]
    if not found:
        return Dated(0, binds["upto"])
    names = ("starts", "contracted", "other_due_days", "due_dates")
    dated = await uow.execute(
        load_sql(__file__, "date_payables"),
        **binds,
        **{
            name: list(column) for name, column in zip(names, zip(*found, strict=True), strict=True)
        },
    )
    told_id = await uow.fresh_id()
    await uow.record(
        PayablesDated(area_code=uow.area_code, aggregate_id=told_id, payable_count=dated)
    )
    return Dated(dated, binds["upto"])


async def date_discrepancies(
    uow: UnitOfWork, *, after: UUID | None = None, most: int = CHUNK
) -> Dated:
    """Sets the days to act by that waited for the calendar, by the pack of the day each was first
    found, for a chunk. No match run of the area goes on meanwhile.
    """
    binds = await _chunk(uow, "chunk_of_discrepancies", after, most)
    binds["asking"] = ASKING_EFFECTS
    waiting = await uow.fetch_all(load_sql(__file__, "pending_deadlines"), **binds)
    packs = await packs_in_force(uow, [row.found_on for row in waiting])
    calendar = await load_calendar(uow)
    found = [
        (day, reason.value, deadline)
        for day, pack in packs.items()
        for reason, deadline in acting_deadlines(
            pack.deadlines.act_within_working_days, calendar, day
        ).items()
        if deadline is not None
    ]
    if not found:
        return Dated(0, binds["upto"])
    days, reasons, deadlines = (list(column) for column in zip(*found, strict=True))
    statement = load_sql(__file__, "date_discrepancies")
    dated = await uow.execute(statement, days=days, reasons=reasons, deadlines=deadlines, **binds)
    if dated:
        told_id = await uow.fresh_id()
        await uow.record(
            DiscrepanciesDated(
                area_code=uow.area_code, aggregate_id=told_id, discrepancy_count=dated
            )
        )
    return Dated(dated, binds["upto"])


async def _chunk(uow: UnitOfWork, name: str, after: UUID | None, most: int) -> dict[str, Any]:
    """Where the next chunk begins and ends, once no run of the area goes on."""
    await share_matching(uow)
    start = {"area_code": uow.area_code, "after": after}
    return start | {"upto": await uow.fetch_value(load_sql(__file__, name), **start, most=most)}
