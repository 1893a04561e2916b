"""A calendar that comes dates what waited for it, in every area."""

from typing import Any, Final
from uuid import UUID

from settlement_api.due_dates import service
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.parties.queries import list_areas
from settlement_api.unit_of_work import Actor, AreaScope

CALENDAR: Final = "calendar"
"""The kind of master data by which payables are due and discrepancies to be acted on."""
FOLLOW: Final = "due_dates.follow_calendar"
DATE: Final = "due_dates.date"


async def follow_calendar(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: kind. The calendar is everybody's: every area looks."""
    if payload["kind"] != CALENDAR:
        return
    async with context.database.platform(actor=Actor.system(FOLLOW)) as uow:
        areas = [area.area_code for area in await list_areas(uow)]
    for area_code in areas:
        await context.enqueue(DATE, {"area_code": area_code})


async def date_what_waited(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code. Each chunk is a transaction; repeating changes nothing."""
    scope = AreaScope(payload["area_code"])
    for step in (service.date_payables, service.date_discrepancies):
        after: UUID | None = None
        while True:
            async with context.database.begin(scope, actor=Actor.system(DATE)) as uow:
                after = (await step(uow, after=after)).upto
            if after is None:
                break


HANDLERS: Final[dict[str, JobHandler]] = {FOLLOW: follow_calendar, DATE: date_what_waited}
SUBSCRIPTIONS: Final[dict[str, str]] = {"master_data.rows.changed": FOLLOW}
