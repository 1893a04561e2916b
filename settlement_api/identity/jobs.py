"""Forgets answers that nobody asks for again, and sessions long over."""

from collections.abc import Mapping
from typing import Any, Final

from settlement_api.identity import service
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.unit_of_work import Actor, PlatformScope


async def forget(context: JobContext, _: dict[str, Any]) -> None:
    """Payload: nothing. Real time: answers of a week ago, sessions that ended a day ago."""
    async with context.database.begin(
        PlatformScope(), actor=Actor.system("identity.forget")
    ) as uow:
        await service.forget_old(uow)


HANDLERS: Final[Mapping[str, JobHandler]] = {"identity.forget": forget}
SCHEDULES: Final[Mapping[str, float]] = {"identity.forget": 3600.0}
