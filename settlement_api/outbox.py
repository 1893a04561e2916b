"""The sealer at work: finds areas with unsealed events and seals them, one transaction each."""

from collections.abc import Mapping, Sequence
from typing import Final

from settlement_api.audit import service
from settlement_api.audit.queries import list_areas
from settlement_api.persistence import Database
from settlement_api.unit_of_work import PLATFORM_CHAIN, Actor, ChainScope

SEALER: Final = Actor.system("audit.seal")
PENDING_AREAS: Final = "SELECT DISTINCT area_code FROM outbox_pending ORDER BY area_code"


async def seal_areas(
    database: Database,
    areas: Sequence[str],
    subscriptions: Mapping[str, Sequence[str]],
    *,
    key: bytes,
) -> int:
    """Seals and relays what is pending in each of `areas`, under the chain key; how many events."""
    sealed = 0
    for area_code in areas:
        async with database.begin(ChainScope(area_code), actor=SEALER) as uow:
            sealed += await service.seal_and_relay(uow, key=key, subscriptions=subscriptions)
    return sealed


async def seal_pending(
    database: Database, subscriptions: Mapping[str, Sequence[str]], *, key: bytes
) -> int:
    """Seals and relays everything pending at this moment; how many events."""
    async with database.platform(actor=SEALER) as uow:
        areas = [row.area_code for row in await uow.fetch_all(PENDING_AREAS)]
    return await seal_areas(database, areas, subscriptions, key=key)


async def mark_strays(database: Database) -> int:
    """Marks, in every area, events that were written without a mark for the sealer."""
    marked = 0
    for area_code in [*await list_areas(database), PLATFORM_CHAIN]:
        async with database.begin(ChainScope(area_code), actor=SEALER) as uow:
            marked += await service.mark_strays(uow)
    return marked
