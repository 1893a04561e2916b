"""Reads of decisions: what a filter means, how things stood, lists, what may belong together."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func
from sqlmodel import col, select

from reconciler.suggestions import OpenLine, Price, Suggestion, suggest
from schemas.codes.resolutions import ResolutionAction, ResolutionStatus
from schemas.money import format_scaled, format_yuan
from schemas.tables.documents import InvoiceLine
from schemas.tables.resolutions import Resolution, ResolutionFinding, ResolutionLink
from settlement_api.persistence import load_sql
from settlement_api.resolutions.errors import InvoiceLineNotFound
from settlement_api.unit_of_work import UnitOfWork

MOST_CANDIDATES = 2_000
"""Lines that one discrepancy is compared with."""


@dataclass(frozen=True)
class Selection:
    """Which open discrepancies are meant: every condition given holds; fen without sign."""

    discrepancy_id: UUID | None = None
    reason: str | None = None
    effect: str | None = None
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    component_code: str | None = None
    least_minor: int | None = None
    most_minor: int | None = None


async def select_findings(uow: UnitOfWork, selection: Selection) -> Sequence[Row[Any]]:
    """(id, amount_minor, stake_minor) of the open discrepancies meant; stake None if unknown."""
    return await uow.fetch_all(
        load_sql(__file__, "select_findings"), area_code=uow.area_code, **asdict(selection)
    )


async def is_known(uow: UnitOfWork, *, discrepancy_id: UUID) -> bool:
    """Whether there is such a discrepancy here, in whatever state."""
    found = await uow.fetch_value(
        "SELECT id FROM discrepancy WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=discrepancy_id,
    )
    return found is not None


async def invoice_line_of_goods(uow: UnitOfWork, *, invoice_line_id: UUID) -> InvoiceLine:
    """An effective invoice line of goods with a quantity. Raises InvoiceLineNotFound."""
    chosen = (
        select(InvoiceLine)
        .where(col(InvoiceLine.area_code) == uow.area_code)
        .where(col(InvoiceLine.id) == invoice_line_id)
        .where(col(InvoiceLine.state) == "effective")
        .where(col(InvoiceLine.document_kind) == "invoice")
        .where(col(InvoiceLine.charge_kind) == "goods")
        .where(col(InvoiceLine.product_code).is_not(None))
        .where(col(InvoiceLine.quantity_milli).is_not(None))
    )
    line = (await uow.session.exec(chosen)).one_or_none()
    if line is None:
        raise InvoiceLineNotFound
    return line


async def raised_minor(uow: UnitOfWork, *, line: InvoiceLine) -> int:
    """Fen that later lines add, or may add, to an invoice line."""
    chosen = (
        select(func.coalesce(func.sum(InvoiceLine.total_minor), 0))
        .where(col(InvoiceLine.area_code) == uow.area_code)
        .where(col(InvoiceLine.hospital_id) == line.hospital_id)
        .where(col(InvoiceLine.supplier_id) == line.supplier_id)
        .where(col(InvoiceLine.blue_invoice_number) == line.invoice_number)
        .where(func.coalesce(InvoiceLine.blue_line_number, line.line_number) == line.line_number)
        .where(col(InvoiceLine.state) == "effective")
        .where(col(InvoiceLine.document_kind) == "invoice")
        .where(col(InvoiceLine.charge_kind) == "goods")
    )
    return int((await uow.session.exec(chosen)).one())


async def find_resolution(uow: UnitOfWork, *, resolution_id: UUID) -> Resolution | None:
    """One decision of the area; read anew."""
    chosen = (
        select(Resolution)
        .where(col(Resolution.area_code) == uow.area_code)
        .where(col(Resolution.id) == resolution_id)
        .execution_options(populate_existing=True)
    )
    return (await uow.session.exec(chosen)).one_or_none()


async def component_of_links(uow: UnitOfWork, *, resolution_id: UUID) -> Row[Any]:
    """(hospital_id, supplier_id, component_code) that a link decision is about: always one."""
    found = await uow.fetch_one(
        "SELECT DISTINCT hospital_id, supplier_id, component_code FROM resolution_link"
        " WHERE area_code = :area_code AND resolution_id = :id",
        area_code=uow.area_code,
        id=resolution_id,
    )
    assert found is not None, "a link decision has its parts"
    return found


async def summary(uow: UnitOfWork, *, resolution_id: UUID, links: bool) -> dict[str, Any]:
    """How things stand that a decision is about: of links, their whole component."""
    question = "summary_of_component" if links else "summary_of_findings"
    binds = {"area_code": uow.area_code, "resolution_id": resolution_id}
    groups = await uow.fetch_all(load_sql(__file__, question), **binds)
    payables = None
    if links:
        payables = await uow.fetch_one(load_sql(__file__, "payables_of_component"), **binds)
    return {
        "payables": payables and payables.how_many,
        "payable_amount": payables and format_yuan(payables.amount_minor),
        "discrepancies": [
            {
                "reason": group.reason,
                "effect": group.effect,
                "status": group.status,
                "count": group.how_many,
                "quantity": format_scaled(group.quantity_milli, scale=3),
                "amount": format_yuan(group.amount_minor),
            }
            for group in groups
        ],
    }


async def list_resolutions(
    uow: UnitOfWork,
    *,
    status: ResolutionStatus | None,
    action: ResolutionAction | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Resolution]:
    """Decisions of the area, oldest first, after a key."""
    chosen = select(Resolution).where(col(Resolution.area_code) == uow.area_code)
    if status is not None:
        chosen = chosen.where(col(Resolution.status) == status.value)
    if action is not None:
        chosen = chosen.where(col(Resolution.action) == action.value)
    if after is not None:
        chosen = chosen.where(col(Resolution.id) > after)
    return (await uow.session.exec(chosen.order_by(col(Resolution.id)).limit(limit))).all()


async def list_findings(
    uow: UnitOfWork, *, resolution_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[ResolutionFinding]:
    """Discrepancies decided about that the scope may see, oldest first, after a key."""
    chosen = select(ResolutionFinding)
    if resolution_id is not None:
        chosen = chosen.where(col(ResolutionFinding.resolution_id) == resolution_id)
    if after is not None:
        chosen = chosen.where(col(ResolutionFinding.id) > after)
    ordered = chosen.order_by(col(ResolutionFinding.id)).limit(limit)
    return (await uow.session.exec(ordered)).all()


async def list_links(
    uow: UnitOfWork, *, resolution_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[ResolutionLink]:
    """Bindings that people made and the scope may see, oldest first, after a key."""
    chosen = select(ResolutionLink)
    if resolution_id is not None:
        chosen = chosen.where(col(ResolutionLink.resolution_id) == resolution_id)
    if after is not None:
        chosen = chosen.where(col(ResolutionLink.id) > after)
    return (await uow.session.exec(chosen.order_by(col(ResolutionLink.id)).limit(limit))).all()


async def suggestions(
    uow: UnitOfWork, *, discrepancy_id: UUID
) -> list[tuple[Suggestion, Row[Any]]] | None:
    """Lines that may belong to a standing discrepancy's, the best first; None if there is none."""
    sought = await uow.fetch_one(
        load_sql(__file__, "suggestion_sought"),
        area_code=uow.area_code,
        discrepancy_id=discrepancy_id,
    )
    if sought is None:
        return None
    rows = await uow.fetch_all(
        load_sql(__file__, "suggestion_candidates"),
        area_code=uow.area_code,
        discrepancy_id=discrepancy_id,
        hospital_id=sought.hospital_id,
        supplier_id=sought.supplier_id,
        is_invoice=sought.is_invoice,
        most=MOST_CANDIDATES,
    )
    by_key = {f"{row.kind}:{row.number}:{row.line_number}:{row.id}": row for row in rows}
    candidates = [_open_line(key, row) for key, row in by_key.items()]
    return [(each, by_key[each.key]) for each in suggest(_open_line("", sought), candidates)]


def _open_line(key: str, row: Row[Any]) -> OpenLine:
    price = None
    if row.price_micro is not None:
        price = Price(row.price_micro, row.price_pack, row.price_decimals)
    return OpenLine(
        key=key,
        product=row.product_code or "",
        quantity=row.quantity_milli,
        names=tuple(row.names),
        amount=row.amount_minor,
        price=price,
        day=row.day and row.day.toordinal(),
    )
