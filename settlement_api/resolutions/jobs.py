"""Wakes discrepancies that slept until today."""

from typing import Any, Final

from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.resolutions import service
from settlement_api.unit_of_work import Actor, AreaScope

WAKE: Final = "resolutions.wake"


async def wake(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code. Repeating changes nothing."""
    scope = AreaScope(payload["area_code"])
    async with context.database.begin(scope, actor=Actor.system(WAKE)) as uow:
        await service.wake(uow)


HANDLERS: Final[dict[str, JobHandler]] = {WAKE: wake}
AREA_SCHEDULES: Final[dict[str, float]] = {WAKE: 3600.0}
"""Looked for hourly, in every area; what slept is open from the morning of its day."""
