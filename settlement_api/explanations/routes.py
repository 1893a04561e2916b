"""Why a line stands as it does: its whole chain, by any id or number of it."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter

from schemas.messages.explanations import Explanation
from schemas.messages.paging import decode_id
from settlement_api.access import Principal, require_rows
from settlement_api.explanations import queries
from settlement_api.explanations.errors import OneNumberNeeded
from settlement_api.explanations.queries import View
from settlement_api.explanations.service import explain
from settlement_api.unit_of_work import AreaScope, UnitOfWork

LineNumber = Annotated[int | None, Parameter(ge=1, le=2**31 - 1)]


@get("/explanations/{link_id:uuid}")
async def explain_by_id(
    link_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
) -> Explanation:
    """The chain from contract to bank line of any link of it, with every rule that spoke.

    The id may be an order, receipt, invoice, credit or return line's, a discrepancy's, payable's,
    application line's, payable share's, payment's, attempt's or statement entry's. Parties see
    their own part.
    """
    view = await _view(principal, uow)
    seeds = await queries.seeds_by_id(view, asked_id=link_id)
    return await explain(view, seeds, after=decode_id(after))


@get("/explanations")
async def explain_by_number(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    order_number: FromQuery[str | None] = None,
    invoice_number: FromQuery[str | None] = None,
    line: LineNumber = None,
    hospital_code: FromQuery[str | None] = None,
    end_to_end_id: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Explanation:
    """The same for people who hold a number: of an order or invoice (and its line), or a payment's
    end-to-end id. A number that several hospitals use explains all of theirs."""
    view = await _view(principal, uow)
    match (order_number, invoice_number, end_to_end_id):
        case (str() as number, None, None):
            seeds = await queries.seeds_by_order(
                view, number=number, line=line, hospital_code=hospital_code
            )
        case (None, str() as number, None):
            seeds = await queries.seeds_by_invoice(view, number=number, line=line)
        case (None, None, str() as name):
            seeds = await queries.seeds_by_end_to_end(view, end_to_end_id=name)
        case _:
            raise OneNumberNeeded
    return await explain(view, seeds, after=decode_id(after))


async def _view(principal: Principal, uow: UnitOfWork) -> View:
    """Where the caller's rows may lie: in one area, or a supplier's in any."""
    require_rows(uow)
    if isinstance(uow.scope, AreaScope):
        return View(uow, [uow.scope.area_code])
    if principal.area_code is not None:
        return View(uow, [principal.area_code])
    return View(uow, await queries.all_areas(uow))


router = Router("/", route_handlers=[explain_by_id, explain_by_number], tags=["explanations"])
