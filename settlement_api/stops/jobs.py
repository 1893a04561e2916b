"""Throws the kill switch when news of the bank contradicts money that moved."""

from typing import Any, Final

from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.stops import service
from settlement_api.unit_of_work import Actor, AreaScope

STOP_LINE: Final = "stops.stop_line"


async def stop_line(context: JobContext, payload: dict[str, Any]) -> None:
    """News contradicts money that moved: stops sending in the area until two people lift it."""
    area = AreaScope(payload["area_code"])
    async with context.database.begin(area, actor=Actor.system(STOP_LINE)) as uow:
        await service.stop_for_conflict(uow)


HANDLERS: Final[dict[str, JobHandler]] = {STOP_LINE: stop_line}

SUBSCRIPTIONS: Final = {"outcomes.conflict.found": STOP_LINE}
