"""Lodges every chain's head outside the database, and forgets what jobs did long ago."""

from collections.abc import Mapping
from typing import Any, Final

from settlement_api.audit import lodging, service
from settlement_api.audit.queries import list_areas
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.unit_of_work import PLATFORM_CHAIN, Actor, ChainScope, PlatformScope


async def lodge_heads(context: JobContext, _: dict[str, Any]) -> None:
    """Payload: nothing. A head lodged today already is left as it is."""
    key = lodging.open_signing_key(context.settings.state_directory)
    for area_code in [*await list_areas(context.database), PLATFORM_CHAIN]:
        actor = Actor.system("audit.lodge_heads")
        async with context.database.begin(ChainScope(area_code), actor=actor) as uow:
            await lodging.lodge_head(uow, key=key, directory=context.settings.state_directory)


async def forget_runs(context: JobContext, _: dict[str, Any]) -> None:
    """Payload: nothing. Real time: the log of runs of a month ago; dead jobs stay."""
    async with context.database.begin(
        PlatformScope(), actor=Actor.system("audit.forget_runs")
    ) as uow:
        await service.forget_runs(uow)


HANDLERS: Final[Mapping[str, JobHandler]] = {
    "audit.lodge_heads": lodge_heads,
    "audit.forget_runs": forget_runs,
}
SCHEDULES: Final[Mapping[str, float]] = {
    "audit.lodge_heads": 24 * 3600.0,
    "audit.forget_runs": 24 * 3600.0,
}
