"""What can be asked about intakes: how far, with which results, and which bytes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from schemas.tables.intakes import Intake
from settlement_api.documents.policy import Sender
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def find_intake(uow: UnitOfWork, intake_id: UUID, *, sender: Sender) -> Intake | None:
    """An intake that came on behalf of the same party, area or platform as `sender`."""
    wanted = select(Intake).where(col(Intake.id) == intake_id)
    if sender.hospital_id is not None:
        wanted = wanted.where(col(Intake.hospital_id) == sender.hospital_id)
    elif sender.supplier_id is not None:
        wanted = wanted.where(col(Intake.supplier_id) == sender.supplier_id)
    elif sender.area_code is not None:
        wanted = wanted.where(col(Intake.area_code) == sender.area_code)
    return (await uow.session.exec(wanted)).one_or_none()


async def load_intake(uow: UnitOfWork, intake_id: UUID) -> Intake | None:
    """An intake by its id, whoever sent it."""
    return (await uow.session.exec(select(Intake).where(col(Intake.id) == intake_id))).one_or_none()


async def list_results(
    uow: UnitOfWork, intake_id: UUID, *, outcome: str | None, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Results after a record number; one row more than `limit` if there is more."""
    return await uow.fetch_all(
        load_sql(__file__, "results"),
        intake_id=intake_id,
        outcome=outcome,
        after=after,
        limit=limit + 1,
    )


async def areas_of(uow: UnitOfWork, intake_id: UUID) -> list[str]:
    """The areas in which documents of an intake were stored or changed state."""
    rows = await uow.fetch_all(
        "SELECT DISTINCT area_code FROM intake_chunk"
        " WHERE intake_id = :intake_id AND area_code <> '' AND document_count > 0 ORDER BY 1",
        intake_id=intake_id,
    )
    return [row.area_code for row in rows]


async def load_part(uow: UnitOfWork, intake_id: UUID, part_number: int) -> bytes | None:
    """The bytes of one part, None after the last."""
    body: bytes | None = await uow.fetch_value(
        "SELECT body FROM intake_part WHERE intake_id = :intake_id AND part_number = :part_number",
        intake_id=intake_id,
        part_number=part_number,
    )
    return body
