"""Indicators of self-settled lines as of any day, inside one area or across the province."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text

from schemas.codes.monitoring import GroupBy, Voice
from schemas.money import Money
from settlement_api.monitoring.errors import PartOfTheFuture
from settlement_api.monitoring.policy import Figures, end_of_day, ranked
from settlement_api.persistence import Database, load_sql
from settlement_api.unit_of_work import UnitOfWork

NAMES: Final = {
    GroupBy.AREA: "SELECT area_code AS id, name FROM area",
    GroupBy.HOSPITAL: "SELECT id::text AS id, name FROM hospital",
    GroupBy.SUPPLIER: "SELECT id::text AS id, name FROM supplier",
}


async def indicators(
    uow: UnitOfWork,
    *,
    as_of: date,
    known_on: date | None = None,
    group_by: GroupBy = GroupBy.HOSPITAL,
    voice: Voice = Voice.CLAIMED_BY_HOSPITAL,
    hospital_id: UUID | None = None,
) -> list[Figures]:
    """Figures per group of one area as of a day, as known at the end of `known_on` (that day).

    Raises PartOfTheFuture.
    """
    known = known_on or as_of
    if as_of > uow.on or known < as_of:
        raise PartOfTheFuture
    rows = await uow.fetch_all(
        load_sql(__file__, "indicators"),
        area_code=uow.area_code,
        hospital_id=hospital_id,
        as_of=as_of,
        known_before=end_of_day(known),
        group_by=group_by.value,
        voice=voice.value,
    )
    names = await _names(uow, group_by)
    return [_figures(row, names) for row in rows]


async def ranking(
    uow: UnitOfWork,
    *,
    as_of: date,
    minimum: Money,
    voice: Voice = Voice.CLAIMED_BY_HOSPITAL,
) -> list[Figures]:
    """Hospitals of one area, best on-time rate first; below the minimum due they are unranked."""
    return ranked(await indicators(uow, as_of=as_of, voice=voice), minimum=minimum)


async def province_indicators(
    database: Database,
    *,
    as_of: date,
    group_by: GroupBy = GroupBy.AREA,
    voice: Voice = Voice.CLAIMED_BY_HOSPITAL,
) -> list[Figures]:
    """Figures across every area, on the read-only system role: for reports and city ranking."""
    async with database.system() as connection:
        rows = await connection.execute(
            text(load_sql(__file__, "indicators")),
            {
                "area_code": None,
                "hospital_id": None,
                "as_of": as_of,
                "known_before": end_of_day(as_of),
                "group_by": group_by.value,
                "voice": voice.value,
            },
        )
        found = rows.all()
        names = {row.id: row.name for row in await connection.execute(text(NAMES[group_by]))}
    return [_figures(row, names) for row in found]


async def _names(uow: UnitOfWork, group_by: GroupBy) -> Mapping[str, str]:
    return {row.id: row.name for row in await uow.fetch_all(NAMES[group_by])}


def _figures(row: Row[Any], names: Mapping[str, str]) -> Figures:
    return Figures(
        group_id=row.group_id,
        line_count=row.line_count,
        amount=Money(row.amount_minor),
        paid=Money(row.paid_minor),
        open=Money(row.open_minor),
        credit=Money(row.credit_minor),
        due=Money(row.due_minor),
        due_count=row.due_count,
        on_time=Money(row.on_time_minor),
        on_time_count=row.on_time_count,
        payback_weight=int(row.payback_weight),
        open_age_weight=int(row.open_age_weight),
        ageing=tuple(Money(amount) for amount in row.ageing),
        conflict_count=row.conflict_count,
        unmatched=Money(row.unmatched_minor),
        group_name=names.get(row.group_id, ""),
    )
