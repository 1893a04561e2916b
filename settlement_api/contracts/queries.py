"""Finding products and the prices that hold for them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from schemas.tables.contracts import Product
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

ALL_ROWS: Final = 1 << 31


async def find_products(uow: UnitOfWork, *, codes: Sequence[str]) -> dict[str, UUID]:
    """Ids of products by code; unknown codes are left out."""
    found = await uow.session.exec(
        select(col(Product.product_code), col(Product.id)).where(
            col(Product.product_code).in_(codes)
        )
    )
    return dict(found.all())


async def prices_in_area(
    uow: UnitOfWork, *, product_ids: Sequence[UUID], from_date: date, to_date: date
) -> Sequence[Row[Any]]:
    """Price versions of products that hold in the area on any day of a period."""
    return await uow.fetch_all(
        load_sql(__file__, "prices_in_area"),
        area_code=uow.area_code,
        product_ids=list(product_ids),
        from_date=from_date,
        to_date=to_date,
    )


async def list_products(
    uow: UnitOfWork,
    *,
    product_id: UUID | None = None,
    after: str | None = None,
    limit: int = ALL_ROWS,
) -> Sequence[Row[Any]]:
    """Products by code with their units; `after` is the code of the last one seen."""
    return await uow.fetch_all(
        load_sql(__file__, "list_products"),
        product_id=product_id,
        after_code=after,
        row_limit=limit,
    )


async def list_contracts(
    uow: UnitOfWork,
    *,
    contract_id: UUID | None = None,
    product_id: UUID | None = None,
    after: tuple[str, str, str] | None = None,
    limit: int = ALL_ROWS,
) -> Sequence[Row[Any]]:
    """Price versions as now known; `after` is (contract_code, item_no, id) of the last one."""
    after_code, after_item, after_id = after or (None, None, None)
    return await uow.fetch_all(
        load_sql(__file__, "list_contracts"),
        contract_id=contract_id,
        product_id=product_id,
        after_code=after_code,
        after_item=after_item,
        after_id=after_id,
        row_limit=limit,
    )
