"""Dates what waited for the working-day calendar of its year: payables and discrepancies."""

from datetime import date

from schemas.codes.reconciliation import DiscrepancyReason
from schemas.events.reconciliation import DiscrepanciesDated, PayablesDated
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.policy import DueDates, acting_deadlines
from settlement_api.reconciliation.service import ASKING_EFFECTS, share_matching
from settlement_api.rule_packs.service import load_calendar, terms_in_force
from settlement_api.unit_of_work import UnitOfWork


async def date_payables(uow: UnitOfWork) -> int:
    """Dates payables that waited for the calendar of their year, as their run would have; how many.

    What has a due date keeps it. No match run of the area goes on meanwhile.
    """
    await share_matching(uow)
    waiting = await uow.fetch_all(load_sql(__file__, "pending_dates"), area_code=uow.area_code)
    calendar = await load_calendar(uow)
    due_dates = [
        DueDates(calendar, row.other_due_days).due_date(
            row.clock_start_date, contracted=row.is_contracted
        )
        for row in waiting
    ]
    found = [(*row, due) for row, due in zip(waiting, due_dates, strict=True) if due is not None]
    if not found:
        return 0
    names = ("starts", "contracted", "other_due_days", "due_dates")
    dated = await uow.execute(
        load_sql(__file__, "date_payables"),
        area_code=uow.area_code,
        **{
            name: list(column) for name, column in zip(names, zip(*found, strict=True), strict=True)
        },
    )
    told_id = await uow.fresh_id()
    await uow.record(
        PayablesDated(area_code=uow.area_code, aggregate_id=told_id, payable_count=dated)
    )
    return dated


async def date_discrepancies(uow: UnitOfWork) -> int:
    """Sets the days to act by that waited for the calendar, by the pack of the day each was found;
    how many. No match run of the area goes on meanwhile."""
    await share_matching(uow)
    binds = {"area_code": uow.area_code, "asking": ASKING_EFFECTS}
    waiting = await uow.fetch_all(load_sql(__file__, "pending_deadlines"), **binds)
    found = [
        (row.found_on, reason.value, deadline)
        for row in waiting
        for reason, deadline in (await _deadlines(uow, row.found_on)).items()
        if deadline is not None
    ]
    if not found:
        return 0
    days, reasons, deadlines = (list(column) for column in zip(*found, strict=True))
    statement = load_sql(__file__, "date_discrepancies")
    dated = await uow.execute(statement, days=days, reasons=reasons, deadlines=deadlines, **binds)
    if not dated:
        return 0
    told_id = await uow.fresh_id()
    await uow.record(
        DiscrepanciesDated(area_code=uow.area_code, aggregate_id=told_id, discrepancy_count=dated)
    )
    return dated


async def _deadlines(uow: UnitOfWork, found_on: date) -> dict[DiscrepancyReason, date | None]:
    terms = await terms_in_force(uow, found_on)
    days = terms.pack.deadlines.act_within_working_days
    return acting_deadlines(days, terms.calendar, found_on)
