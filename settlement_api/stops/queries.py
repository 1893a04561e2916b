"""Whether an area's kill switch is thrown."""

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
