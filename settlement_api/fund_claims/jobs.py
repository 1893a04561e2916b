"""Reminds of offset instructions that nobody acknowledged in time."""

from typing import Any, Final

from settlement_api.fund_claims.service import remind_of_overdue_offsets
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.unit_of_work import Actor, AreaScope

REMIND: Final = "fund_claims.remind"


async def remind(context: JobContext, payload: dict[str, Any]) -> None:
    """Payload: area_code. Each instruction at most once a business day."""
    scope = AreaScope(payload["area_code"])
    async with context.database.begin(scope, actor=Actor.system(REMIND)) as uow:
        await remind_of_overdue_offsets(uow)


HANDLERS: Final[dict[str, JobHandler]] = {REMIND: remind}
AREA_SCHEDULES: Final[dict[str, float]] = {REMIND: 3600.0}
