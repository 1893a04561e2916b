"""Finds confirmations that are overdue and reminds of them."""

from typing import Any, Final

from settlement_api.applications import service
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.unit_of_work import Actor, AreaScope


async def remind(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code. Reminds each overdue application at most once a day."""
    scope = AreaScope(payload["area_code"])
    async with context.database.begin(scope, actor=Actor.system("applications.remind")) as uow:
        await service.remind_of_overdue(uow)


HANDLERS: Final[dict[str, JobHandler]] = {"applications.remind": remind}
SUBSCRIPTIONS: Final[dict[str, str]] = {}
AREA_SCHEDULES: Final[dict[str, float]] = {"applications.remind": 3600.0}
"""Looked for hourly, in every area; each application is reminded at most once a business day."""
