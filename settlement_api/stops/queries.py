"""Whether an area's kill switch is thrown, and what keeps it so."""

from uuid import UUID

from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def is_stopped(uow: UnitOfWork) -> bool:
    """Whether the area's kill switch is thrown."""
    return bool(
        await uow.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM payment_stop"
            " WHERE area_code = :area_code AND lifted_at IS NULL)",
            area_code=uow.area_code,
        )
    )


async def payments_in_conflict(uow: UnitOfWork) -> list[UUID]:
    """The area's payments with an attempt whose evidence contradicts itself, by id."""
    rows = await uow.fetch_all(load_sql(__file__, "payments_in_conflict"), area_code=uow.area_code)
    return [UUID(int=row.payment_id.int) for row in rows]
