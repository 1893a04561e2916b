"""What a check reads: never a lock, and of others no more than that a number is taken."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from reconciler.columns import Rows
from reconciler.copy_layouts import READ
from reconciler.draft import DRAFT_LINES
from settlement_api.persistence import load_sql
from settlement_api.reconciliation.queries import with_totals
from settlement_api.unit_of_work import UnitOfWork


async def touch_draft(
    uow: UnitOfWork, *, hospital_id: UUID, supplier_id: UUID, codes: Sequence[str]
) -> int:
    """Stages the components that a draft's lines belong to; how many there are."""
    return await uow.execute(
        load_sql(__file__, "touch_draft"),
        hospital_id=hospital_id,
        supplier_id=supplier_id,
        codes=list(codes),
    )


async def stage_charges(uow: UnitOfWork, **columns: Any) -> None:
    """Stages a draft's charges that name an order, beside its components."""
    await uow.execute(load_sql(__file__, "stage_charges"), **columns)


async def stage_draft(uow: UnitOfWork, **draft: Any) -> None:
    """Stages what a draft's goods come to (number, amount in fen)."""
    await uow.execute(load_sql(__file__, "stage_draft"), **draft)


async def draft_rows(uow: UnitOfWork, columns: Mapping[str, Any]) -> Rows:
    """A draft's lines in the layout of copied invoices."""
    found = await uow.fetch_value(load_sql(__file__, "draft_lines"), **columns)
    return DRAFT_LINES.read_records(found)


async def links_of_draft(uow: UnitOfWork, **columns: Any) -> Rows:
    """Links that name a draft's number, in the layout of copied links."""
    question = with_totals(load_sql(__file__, "draft_links"))
    found = await uow.fetch_value(question, area_code=uow.area_code, **columns)
    return READ["links"].read_records(found)


async def fate_of_number(uow: UnitOfWork, **draft: Any) -> Row[Any]:
    """Stored revisions, lines replaced, whether voided, whether taken, and the flag of a claim."""
    found = await uow.fetch_one(load_sql(__file__, "draft_fate"), area_code=uow.area_code, **draft)
    assert found is not None, "a row of aggregates"
    return found


async def numbers_before(uow: UnitOfWork, *, ids: Sequence[UUID], number: str) -> int:
    """How many of these invoice lines have a smaller number."""
    return int(
        await uow.fetch_value(
            load_sql(__file__, "numbers_before"),
            area_code=uow.area_code,
            ids=list(ids),
            number=number,
        )
    )


async def orders_of_others(
    uow: UnitOfWork, *, hospital_id: UUID, supplier_id: UUID, numbers: Sequence[str]
) -> set[str]:
    """Which of these order numbers of the hospital went to another supplier."""
    rows = await uow.fetch_all(
        load_sql(__file__, "orders_of_others"),
        area_code=uow.area_code,
        hospital_id=hospital_id,
        supplier_id=supplier_id,
        numbers=list(numbers),
    )
    return {row.order_number for row in rows}
