"""Applications and lines as looked up, listed and locked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Row, Uuid, any_, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from schemas.codes.applications import LineStatus
from schemas.tables.applications import (
    ApplicationLine,
    ApplicationLineTransition,
    SettlementApplication,
)
from schemas.tables.documents import PurchaseOrderLine
from schemas.tables.parties import Hospital
from schemas.tables.reconciliation import Payable
from settlement_api.applications.errors import ApplicationNotFound, LineNotFound
from settlement_api.applications.policy import LineState
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class LineFilter:
    """Which lines of an area: every criterion that is given must hold."""

    statuses: tuple[LineStatus, ...] | None = None
    line_ids: Sequence[UUID] | None = None
    application_id: UUID | None = None
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None
    not_first_reviewed_by: UUID | None = None


async def lock_lines(uow: UnitOfWork, *, wanted: LineFilter) -> list[LineState]:
    """Locks the lines (waiting for whoever holds them) in the order of their ids."""
    statement = (
        select(
            ApplicationLine.id,
            ApplicationLine.payable_id,
            ApplicationLine.status,
            ApplicationLine.quantity_milli,
            ApplicationLine.amount_minor,
            ApplicationLine.first_reviewed_by,
        )  # type: ignore[call-overload]
        .where(col(ApplicationLine.area_code) == uow.area_code)
        .order_by(col(ApplicationLine.id))
        .with_for_update(key_share=True)
    )
    for criterion in _criteria(wanted):
        statement = statement.where(criterion)
    rows = (await uow.session.exec(statement)).all()
    return [LineState(row[0], row[1], LineStatus(row[2]), *row[3:]) for row in rows]


def _criteria(wanted: LineFilter) -> list[Any]:
    line = ApplicationLine
    criteria = {
        "statuses": wanted.statuses and _standing_in(wanted.statuses),
        "line_ids": None if wanted.line_ids is None else _among(wanted.line_ids),
        "application_id": wanted.application_id
        and col(line.application_id) == wanted.application_id,
        "hospital_id": wanted.hospital_id and col(line.hospital_id) == wanted.hospital_id,
        "supplier_id": wanted.supplier_id and col(line.supplier_id) == wanted.supplier_id,
        "not_first_reviewed_by": wanted.not_first_reviewed_by
        and col(line.first_reviewed_by) != wanted.not_first_reviewed_by,
    }
    return [criterion for criterion in criteria.values() if criterion is not None]


def _standing_in(statuses: Sequence[LineStatus]) -> ColumnElement[bool]:
    """Statuses as literals, so that every plan can use the partial index of waiting lines."""
    values: BindParameter[Any] = bindparam(
        "statuses", list(statuses), expanding=True, literal_execute=True
    )
    return col(ApplicationLine.status).in_(values)


def _among(line_ids: Sequence[UUID]) -> ColumnElement[bool]:
    """One array bind: thousands of ids stay one short statement."""
    ids = bindparam("line_ids", list(line_ids), type_=ARRAY(Uuid()))
    return col(ApplicationLine.id) == any_(ids)


async def rooms_for_corrections(
    uow: UnitOfWork, *, original_ids: set[UUID]
) -> defaultdict[UUID, int]:
    """Per payable: fen applied for and not withdrawn or rejected, less its corrections.

    Locks its lines; 0 for what nobody applied for.
    """
    rooms: defaultdict[UUID, int] = defaultdict(int)
    if not original_ids:
        return rooms
    binds = {"area_code": uow.area_code, "original_ids": list(original_ids)}
    await uow.execute(
        "SELECT id FROM application_line WHERE area_code = :area_code"
        " AND payable_id = ANY(CAST(:original_ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE",
        **binds,
    )
    rows = await uow.fetch_all(load_sql(__file__, "room_for_corrections"), **binds)
    rooms.update((row.original_id, row.room_minor) for row in rows)
    return rooms


async def find_hospital_id(uow: UnitOfWork, *, hospital_code: str) -> UUID | None:
    """The hospital of this code in the area of the transaction."""
    found = await uow.session.exec(
        select(Hospital.id)
        .where(col(Hospital.area_code) == uow.area_code)
        .where(col(Hospital.hospital_code) == hospital_code)
    )
    return found.one_or_none()


async def get_application(uow: UnitOfWork, *, application_id: UUID) -> SettlementApplication:
    """The application if the scope may see it. Raises ApplicationNotFound."""
    found = await uow.session.exec(
        select(SettlementApplication).where(col(SettlementApplication.id) == application_id)
    )
    application = found.one_or_none()
    if application is None:
        raise ApplicationNotFound
    return application


@dataclass(frozen=True)
class NamedLine:
    """A line and how people outside know it: order number, its line there, the product."""

    line: Row[Any]
    """The columns of `application_line`."""
    order_number: str | None
    order_line_number: int | None
    product_code: str | None


def _named_lines() -> Any:
    order_line = PurchaseOrderLine
    columns: list[Any] = [
        ApplicationLine.metadata.tables["application_line"],
        order_line.order_number,
        order_line.line_number,
        order_line.product_code,
    ]
    return (
        select_columns(*columns)
        .join(
            Payable,
            (col(Payable.area_code) == col(ApplicationLine.area_code))
            & (col(Payable.id) == col(ApplicationLine.payable_id)),
        )
        .outerjoin(
            order_line,
            (col(order_line.area_code) == col(Payable.area_code))
            & (col(order_line.id) == col(Payable.order_line_id)),
        )
    )


async def get_line(uow: UnitOfWork, *, line_id: UUID) -> NamedLine:
    """The line if the scope may see it. Raises LineNotFound."""
    found = await uow.session.exec(_named_lines().where(col(ApplicationLine.id) == line_id))
    row = found.one_or_none()
    if row is None:
        raise LineNotFound
    return _named(row)


def _named(row: Row[Any]) -> NamedLine:
    return NamedLine(row, row.order_number, row.line_number, row.product_code)


async def areas_of_lines(uow: UnitOfWork, *, line_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The area of each of these lines that the scope may see."""
    found = await uow.session.exec(
        select(ApplicationLine.id, ApplicationLine.area_code).where(_among(line_ids))
    )
    return dict(found.all())


async def list_applications(
    uow: UnitOfWork, *, after: UUID | None, limit: int, period: str | None = None
) -> Sequence[SettlementApplication]:
    """`limit + 1` applications the scope may see, in the order of their ids."""
    statement = select(SettlementApplication).order_by(col(SettlementApplication.id))
    if after is not None:
        statement = statement.where(col(SettlementApplication.id) > after)
    if period is not None:
        statement = statement.where(col(SettlementApplication.period) == period)
    return (await uow.session.exec(statement.limit(limit + 1))).all()


async def list_lines(
    uow: UnitOfWork,
    *,
    after: UUID | None,
    limit: int,
    application_id: UUID | None = None,
    status: LineStatus | None = None,
) -> list[NamedLine]:
    """`limit + 1` lines the scope may see, in the order of their ids."""
    statement = _named_lines().order_by(col(ApplicationLine.id))
    if after is not None:
        statement = statement.where(col(ApplicationLine.id) > after)
    if application_id is not None:
        statement = statement.where(col(ApplicationLine.application_id) == application_id)
    if status is not None:
        statement = statement.where(col(ApplicationLine.status) == status)
    rows = (await uow.session.exec(statement.limit(limit + 1))).all()
    return [_named(row) for row in rows]


async def line_totals(uow: UnitOfWork, *, application_id: UUID | None = None) -> Sequence[Row[Any]]:
    """Lines and fen per status of what the scope may see: status, line_count, amount_minor."""
    return await uow.fetch_all(load_sql(__file__, "line_totals"), application_id=application_id)


async def list_transitions(
    uow: UnitOfWork, *, line_id: UUID
) -> Sequence[ApplicationLineTransition]:
    """Every move of one line, oldest first (area scope)."""
    found = await uow.session.exec(
        select(ApplicationLineTransition)
        .where(col(ApplicationLineTransition.area_code) == uow.area_code)
        .where(col(ApplicationLineTransition.application_line_id) == line_id)
        .order_by(col(ApplicationLineTransition.id))
    )
    return found.all()


async def acceptance_instant(uow: UnitOfWork) -> datetime:
    """The instant at which a line accepted now counts as accepted.

    Share-locks the area's sealed cut-off until commit: a freeze waits for acceptances under way,
    and whatever is accepted after it counts after its cut-off.
    """
    await uow.execute(
        "INSERT INTO acceptance_seal (area_code, sealed_until)"
        " VALUES (:area_code, '-infinity') ON CONFLICT (area_code) DO NOTHING",
        area_code=uow.area_code,
    )
    sealed = await uow.fetch_one(
        "SELECT isfinite(sealed_until) AS is_sealed, sealed_until FROM acceptance_seal"
        " WHERE area_code = :area_code FOR SHARE",
        area_code=uow.area_code,
    )
    assert sealed is not None
    if not sealed.is_sealed:
        return uow.at
    after_seal: datetime = sealed.sealed_until + timedelta(microseconds=1)
    return max(uow.at, after_seal)
