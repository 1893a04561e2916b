"""The rule pack and the calendar that decisions of a day are made by.

Both are asked for with every decision and change once a year: their text is read each time, and
worked out anew only when it is another.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from schemas.messages.rule_pack import RulePack
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
    """Pack and calendar by one question. Raises NoRulePack, RulePackRefused."""
    found = await uow.fetch_one(_pack_and_calendar(), on=on)
    if found is None:
        raise NoRulePack(f"no rule pack is in force on {on}")
    return _terms(found.content, found.years, found.days)


async def pack_in_force(uow: UnitOfWork, on: date) -> RulePack:
    """The newest pack whose first day is not after `on`. Raises NoRulePack, RulePackRefused."""
    content: str | None = await uow.fetch_value(load_sql(__file__, "pack_in_force"), on=on)
    if content is None:
        raise NoRulePack(f"no rule pack is in force on {on}")
    return _pack(content)


async def load_calendar(uow: UnitOfWork) -> WorkingCalendar:
    """Working days of every year that was loaded; other years raise CalendarMissing when asked."""
    found = await uow.fetch_one(load_sql(__file__, "calendar"))
    assert found is not None, "a row of aggregates"
    return _calendar(found.years, found.days)


@cache
def _pack_and_calendar() -> str:
    pack, calendar = (load_sql(__file__, name) for name in ("pack_in_force", "calendar"))
    return f"SELECT * FROM ({pack}) AS pack, ({calendar}) AS calendar"


@lru_cache(maxsize=8)
def _terms(content: str, years: str, days: str) -> Terms:
    return Terms(_pack(content), _calendar(years, days))


@lru_cache(maxsize=8)
def _pack(content: str) -> RulePack:
    return read_pack(json.loads(content))


@lru_cache(maxsize=8)
def _calendar(years: str, days: str) -> WorkingCalendar:
    exceptions = {date.fromisoformat(day): works for day, works in json.loads(days).items()}
    return WorkingCalendar(exceptions, frozenset(json.loads(years)))
