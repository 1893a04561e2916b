"""The kill switch of an area."""

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from schemas.codes.roles import Role
from schemas.messages.payments import NewStop, StopMessage
from settlement_api.access import Principal, require_rows
from settlement_api.stops import service
from settlement_api.unit_of_work import UnitOfWork


@post("/payments/stops")
async def stop_sending(
    data: JSONBody[NewStop],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> StopMessage:
    """Throws the kill switch of the area: nothing more is sent until somebody lifts it."""
    principal.require(Role.AGENCY_RELEASER, Role.FINANCE, Role.ADMINISTRATOR)
    require_rows(uow)
    return StopMessage(id=await service.stop_sending(uow, reason=data.reason), in_force=True)


@post("/payments/stops/lifting", status_code=200)
async def resume_sending(
    principal: NamedDependency[Principal], uow: NamedDependency[UnitOfWork]
) -> StopMessage:
    """Lifts the kill switch: what is signed goes on to the bank.

    What a conflict stopped takes two people: after the first one's call it is still in force.
    """
    principal.require(Role.AGENCY_RELEASER, Role.FINANCE, Role.ADMINISTRATOR)
    require_rows(uow)
    stop = await service.resume_sending(uow)
    return StopMessage(id=stop.id, in_force=stop.in_force)


router = Router("/", route_handlers=[stop_sending, resume_sending], tags=["payments"])
