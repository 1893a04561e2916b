"""The rule pack and the calendar that decisions of a day are made by."""

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlmodel import col, select

from schemas.messages.rule_pack import RulePack
from schemas.tables.calendar import CalendarDay, CalendarYear
from schemas.tables.rule_packs import RulePackRow
from schemas.times import WorkingCalendar
from settlement_api.persistence import load_sql
from settlement_api.rule_packs.errors import NoRulePack
from settlement_api.rule_packs.policy import read_pack
from settlement_api.unit_of_work import UnitOfWork


@dataclass(frozen=True, eq=False)
class Terms:
    """The pack and the calendar of a day. The same ones are the same object: what is worked out of
    them may be kept by it."""

    pack: RulePack
    calendar: WorkingCalendar


async def terms_in_force(uow: UnitOfWork, on: date) -> Terms:
    """Pack and calendar by one question, read anew only when they have changed: an arriving order
    asks for them too. Raises NoRulePack, RulePackRefused."""
    found = await uow.fetch_one(load_sql(__file__, "terms_in_force"), on=on)
    if found is None:
        raise NoRulePack(f"no rule pack is in force on {on}")
    return _terms(found.content, found.years, found.days)


@lru_cache(maxsize=8)
def _terms(content: str, years: str, days: str) -> Terms:
    exceptions = {date.fromisoformat(day): works for day, works in json.loads(days).items()}
    return Terms(
        read_pack(json.loads(content)), WorkingCalendar(exceptions, frozenset(json.loads(years)))
    )


async def pack_in_force(uow: UnitOfWork, on: date) -> RulePack:
    """The newest pack whose first day is not after `on`. Raises NoRulePack, RulePackRefused."""
    newest = (
        select(col(RulePackRow.content))
        .where(col(RulePackRow.valid_from) <= on)
        .order_by(col(RulePackRow.valid_from).desc())
        .limit(1)
    )
    content = (await uow.session.exec(newest)).one_or_none()
    if content is None:
        raise NoRulePack(f"no rule pack is in force on {on}")
    return read_pack(content)


async def load_calendar(uow: UnitOfWork) -> WorkingCalendar:
    """Working days of every year that was loaded; other years raise CalendarMissing when asked."""
    years = (await uow.session.exec(select(col(CalendarYear.year)))).all()
    days = await uow.session.exec(
        select(col(CalendarDay.day), col(CalendarDay.is_working)).where(
            col(CalendarDay.superseded_at).is_(None)
        )
    )
    return WorkingCalendar(dict(days.all()), frozenset(years))
