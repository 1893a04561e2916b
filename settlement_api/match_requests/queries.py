"""Match requests as they are shown."""

from uuid import UUID

from sqlmodel import col, select

from schemas.tables.match_requests import MatchRequest
from settlement_api.unit_of_work import UnitOfWork

ACTIVE = "SELECT id FROM match_request WHERE status IN ('requested', 'running')"


async def find_request(uow: UnitOfWork, *, request_id: UUID) -> MatchRequest | None:
    """One request of the area, read anew."""
    chosen = (
        select(MatchRequest)
        .where(col(MatchRequest.id) == request_id)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.exec(chosen)).one_or_none()


async def list_requests(uow: UnitOfWork, *, after: UUID | None, limit: int) -> list[MatchRequest]:
    """Requests of the area, newest last, after a key."""
    chosen = select(MatchRequest).order_by(col(MatchRequest.id)).limit(limit)
    if after is not None:
        chosen = chosen.where(col(MatchRequest.id) > after)
    return list((await uow.session.exec(chosen)).all())


async def active_request(uow: UnitOfWork) -> UUID | None:
    """The area's request that is not over yet: there is one at most."""
    found = await uow.fetch_value(f"{ACTIVE} AND area_code = :area_code", area_code=uow.area_code)
    return None if found is None else UUID(str(found))
