"""The rule pack in force, for everybody to read."""

from datetime import date

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from schemas.messages.rule_pack import RulePack
from settlement_api.access import Principal
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.unit_of_work import UnitOfWork


@get("/rule-packs/in-force")
async def show_pack(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    on: FromQuery[date | None] = None,
) -> RulePack:
    """The rules decisions of a day are made by, today's without `on`: every field is acted on."""
    return await pack_in_force(uow, on or uow.on)


router = Router("/", route_handlers=[show_pack], tags=["rule packs"])
