"""Lodges every chain's head outside the database, once a day."""

from collections.abc import Mapping
from typing import Any, Final

from settlement_api.audit import lodging
from settlement_api.audit.queries import list_areas
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.unit_of_work import PLATFORM_CHAIN, Actor, AreaScope


async def lodge_heads(context: JobContext, _: dict[str, Any]) -> None:
    """Payload: nothing. A head lodged today already is left as it is."""
    key = lodging.open_signing_key(context.settings.state_directory)
    for area_code in [*await list_areas(context.database), PLATFORM_CHAIN]:
        actor = Actor.system("audit.lodge_heads")
        async with context.database.begin(AreaScope(area_code), actor=actor) as uow:
            await lodging.lodge_head(uow, key=key, directory=context.settings.state_directory)


HANDLERS: Final[Mapping[str, JobHandler]] = {"audit.lodge_heads": lodge_heads}
SCHEDULES: Final[Mapping[str, float]] = {"audit.lodge_heads": 24 * 3600.0}
