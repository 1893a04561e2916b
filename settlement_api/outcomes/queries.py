"""Which attempts a piece of news can be about."""

from collections.abc import Sequence
from uuid import UUID

from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def attempts_of_account(
    uow: UnitOfWork, *, agency_account_id: UUID, attempt_ids: Sequence[UUID]
) -> set[UUID]:
    """Those of the attempts that pay from this agency account."""
    rows = await uow.fetch_all(
        load_sql(__file__, "attempts_of_account"),
        area_code=uow.area_code,
        agency_account_id=agency_account_id,
        attempt_ids=attempt_ids,
    )
    return {UUID(int=row.id.int) for row in rows}
