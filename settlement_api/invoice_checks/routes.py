"""For suppliers: a draft's fate before it is issued."""

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from schemas.messages.documents import Invoice
from schemas.messages.proposals import InvoiceCheck
from settlement_api.access import Principal, require_supplier
from settlement_api.invoice_checks import service
from settlement_api.unit_of_work import UnitOfWork


@post("/invoice-checks", status_code=200, opt={"idempotent": False})
async def check_invoice(
    data: JSONBody[Invoice],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> InvoiceCheck:
    """What becomes of an invoice if it is sent as it stands: what is paid and when, or why not.

    The body is the invoice as it would be sent. Nothing is stored: the transaction cannot write.
    """
    return await service.check_invoice(
        uow, supplier_id=require_supplier(principal, uow), invoice=data
    )


router = Router("/", route_handlers=[check_invoice], tags=["proposals"])
