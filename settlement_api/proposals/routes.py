"""For suppliers: the invoices to be issued."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, Parameter

from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_key, encode_cursor
from schemas.messages.proposals import InvoiceProposal
from settlement_api.access import Principal, require_supplier
from settlement_api.proposals import queries, service
from settlement_api.proposals.errors import HospitalUnknown
from settlement_api.unit_of_work import PlatformScope, UnitOfWork

OrderLimit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT, description="Orders on a page.")]
TaxRate = Annotated[
    Literal["0", "1", "3", "6", "9", "13"] | None,
    Parameter(description="Per cent; without it each product's last invoiced rate, else 13."),
]
Grouping = Literal["hospital", "order"]


@get("/invoice-proposals")
async def list_proposals(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    hospital_code: FromQuery[str | None] = None,
    order_number: FromQuery[str | None] = None,
    tax_rate: TaxRate = None,
    per: FromQuery[Grouping] = "hospital",
    after: FromQuery[str | None] = None,
    limit: OrderLimit = DEFAULT_LIMIT,
) -> Page[InvoiceProposal]:
    """The invoices that accepted goods call for: issued exactly so, they are payable in full.

    A page holds up to `limit` orders with goods not invoiced yet, one proposal per hospital of
    the page, or per order (`per=order`).
    """
    supplier_id = require_supplier(principal, uow)
    key = None if after is None else decode_key(after, tuple[UUID, str])
    hospital_id = await _hospital(uow, hospital_code)
    rows = await queries.waiting_orders(
        uow,
        supplier_id=supplier_id,
        hospital_id=hospital_id,
        order_number=order_number,
        after=key,
        limit=limit + 1,
    )
    shown, more = rows[:limit], len(rows) > limit
    rate = None if tax_rate is None else int(tax_rate)
    wanted = service.Wanted(supplier_id, rate, by_order=per == "order")
    last = encode_cursor(str(shown[-1].hospital_id), shown[-1].order_number) if more else None
    return Page(items=await service.propose(uow, wanted=wanted, orders=shown), next=last)


async def _hospital(uow: UnitOfWork, code: str | None) -> UUID | None:
    if code is None:
        return None
    own = uow.scope
    await uow.switch(PlatformScope())
    found = await queries.find_hospital(uow, code)
    await uow.switch(own)
    if found is None:
        raise HospitalUnknown
    return found


router = Router("/", route_handlers=[list_proposals], tags=["proposals"])
