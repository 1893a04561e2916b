"""The rule pack and the calendar that decisions of a day are made by."""

from datetime import date

from sqlmodel import col, select

from schemas.messages.rule_pack import RulePack
from schemas.tables.calendar import CalendarDay, CalendarYear
from schemas.tables.rule_packs import RulePackRow
from schemas.times import WorkingCalendar
from settlement_api.rule_packs.errors import NoRulePack
from settlement_api.rule_packs.policy import read_pack
from settlement_api.unit_of_work import UnitOfWork


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
