"""Reminds of overdue confirmations; applies for returns that suppliers have left out."""

from typing import Any, Final

from settlement_api.applications import service
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.unit_of_work import Actor, AreaScope

RETURNS: Final = "applications.apply_for_returns"


async def remind(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code. Reminds each overdue application at most once a day."""
    scope = AreaScope(payload["area_code"])
    async with context.database.begin(scope, actor=Actor.system("applications.remind")) as uow:
        await service.remind_of_overdue(uow)


async def apply_for_returns(context: JobContext, payload: dict[str, Any]) -> None:
    """After a freeze, when nobody applies for its cut-off any more: the returns left out."""
    scope = AreaScope(payload["area_code"])
    async with context.database.begin(scope, actor=Actor.system(RETURNS)) as uow:
        await service.apply_for_returns(uow)


HANDLERS: Final[dict[str, JobHandler]] = {
    "applications.remind": remind,
    RETURNS: apply_for_returns,
}
SUBSCRIPTIONS: Final[dict[str, str]] = {"batches.batch.frozen": RETURNS}
AREA_SCHEDULES: Final[dict[str, float]] = {"applications.remind": 3600.0}
"""Looked for hourly, in every area; each application is reminded at most once a business day."""
