"""What proposals and checks read: never a lock, and rows of nobody but the supplier."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from reconciler.columns import Rows
from reconciler.copy_layouts import PLANNING, STAGING_TABLES
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.queries import FEW, read_columns
from settlement_api.unit_of_work import UnitOfWork

MAKE_READ_ONLY: Final = "SET TRANSACTION READ ONLY"


async def begin_reading(uow: UnitOfWork) -> None:
    """Gets the staging of matching ready, and gives up every right to write for this transaction:
    temporary tables are all that can still be filled."""
    await uow.keep_staging(STAGING_TABLES)
    await uow.raw.execute(f"{PLANNING}; {MAKE_READ_ONLY}")


async def empty_staging(uow: UnitOfWork) -> None:
    """For the next area of the same transaction."""
    await uow.raw.execute("DELETE FROM match_key")


async def copy_documents(uow: UnitOfWork, *, touched: int) -> dict[str, Rows]:
    """Documents of the components touched, by one statement: without the area's lock, two would
    see different documents."""
    return await read_columns(uow, touched=min(touched, FEW))


async def waiting_orders(
    uow: UnitOfWork,
    *,
    supplier_id: UUID,
    hospital_id: UUID | None,
    order_number: str | None,
    after: tuple[UUID, str] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Orders with accepted goods that wait for an invoice: area, hospital, number; in order."""
    return await uow.fetch_all(
        load_sql(__file__, "waiting_orders"),
        supplier_id=supplier_id,
        hospital_id=hospital_id,
        order_number=order_number,
        after_hospital=after and after[0],
        after_order=after and after[1],
        limit=limit,
    )


async def touch_orders(
    uow: UnitOfWork, *, supplier_id: UUID, orders: Sequence[tuple[UUID, str]]
) -> int:
    """Stages the components of these orders (hospital, number); how many there are."""
    return await uow.execute(
        load_sql(__file__, "touch_orders"),
        area_code=uow.area_code,
        supplier_id=supplier_id,
        hospital_ids=[hospital_id for hospital_id, _ in orders],
        numbers=[number for _, number in orders],
    )


async def names_of(uow: UnitOfWork, question: str, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """What lines go by (`order_names`, `receipt_names`), by their ids."""
    rows = await uow.fetch_all(load_sql(__file__, question), area_code=uow.area_code, ids=list(ids))
    return {row.id: row for row in rows}


async def usual_rates(
    uow: UnitOfWork, *, supplier_id: UUID, components: Sequence[tuple[UUID, str]]
) -> dict[str, tuple[int, int]]:
    """Net and tax of the supplier's last invoice line of each product."""
    rows = await uow.fetch_all(
        load_sql(__file__, "usual_rates"),
        area_code=uow.area_code,
        supplier_id=supplier_id,
        hospital_ids=[hospital_id for hospital_id, _ in components],
        codes=[code for _, code in components],
    )
    return {row.product_code: (row.net_minor, row.tax_minor) for row in rows}


async def hospital_codes(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Hospital codes by id, of any area: asked under the platform's scope."""
    rows = await uow.fetch_all(
        "SELECT hospital_id, hospital_code FROM hospital_registry"
        " WHERE hospital_id = ANY(CAST(:ids AS uuid[]))",
        ids=list(ids),
    )
    return {row.hospital_id: row.hospital_code for row in rows}


async def find_hospital(uow: UnitOfWork, code: str) -> UUID | None:
    """The hospital with this code, of any area: asked under the platform's scope."""
    found = await uow.fetch_value(
        "SELECT hospital_id FROM hospital_registry WHERE hospital_code = :code", code=code
    )
    return None if found is None else UUID(int=found.int)
