"""Products and contracts, for everybody to read."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter
from sqlalchemy import Row

from schemas.codes.contracts import PRICE_DECIMALS, ProductKind
from schemas.messages.contracts import ContractMessage, ProductMessage, UnitMessage
from schemas.messages.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_cursor,
    decode_key,
    encode_cursor,
    page_of,
)
from schemas.money import format_scaled
from settlement_api.access import Principal
from settlement_api.contracts import queries
from settlement_api.contracts.errors import UnknownContract, UnknownProduct
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


@get("/products")
async def list_products(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ProductMessage]:
    """Products by code."""
    key = str(decode_cursor(after, size=1)[0]) if after else None
    rows = await queries.list_products(uow, after=key, limit=limit + 1)
    return page_of(
        [_product_message(row) for row in rows],
        limit=limit,
        cursor_of=lambda product: encode_cursor(product.product_code),
    )


@get("/products/{product_id:uuid}")
async def show_product(
    product_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ProductMessage:
    """One product with its units."""
    rows = await queries.list_products(uow, product_id=product_id, limit=1)
    if not rows:
        raise UnknownProduct
    return _product_message(rows[0])


@get("/contracts")
async def list_contracts(
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    product_id: FromQuery[UUID | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ContractMessage]:
    """Price versions as now known, by contract and item; of one product if asked."""
    rows = await queries.list_contracts(
        uow, product_id=product_id, after=_cursor(after), limit=limit + 1
    )
    return page_of(
        [_contract_message(row) for row in rows],
        limit=limit,
        cursor_of=lambda price: encode_cursor(price.contract_code, price.item_no, str(price.id)),
    )


@get("/contracts/{contract_id:uuid}")
async def show_contract(
    contract_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> ContractMessage:
    """One price version."""
    rows = await queries.list_contracts(uow, contract_id=contract_id, limit=1)
    if not rows:
        raise UnknownContract
    return _contract_message(rows[0])


def _cursor(after: str | None) -> tuple[str, str, str] | None:
    if after is None:
        return None
    code, item, row_id = decode_key(after, tuple[str, str, UUID])
    return code, item, str(row_id)


def _product_message(row: Row[Any]) -> ProductMessage:
    values = dict(row._mapping)
    values["kind"] = ProductKind(values["kind"])
    units = [UnitMessage(**unit) for unit in values.pop("units") or []]
    return ProductMessage(units=units, **values)


def _contract_message(row: Row[Any]) -> ContractMessage:
    values = dict(row._mapping)
    price = format_scaled(values.pop("pack_price_micro"), scale=PRICE_DECIMALS)
    return ContractMessage(pack_price=price, **values)


router = Router(
    "/",
    route_handlers=[list_products, show_product, list_contracts, show_contract],
    tags=["contracts"],
)
