"""Time: clocks at the edge, days in Asia/Shanghai, and the working-day calendar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """The one source of the business instant; services receive `at` or `on`, never a clock."""

    async def now(self) -> datetime:
        """The business instant, UTC."""


class SystemClock:
    """The real clock, in UTC."""

    async def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands still, for tests and replays."""

    instant: datetime

    async def now(self) -> datetime:
        return self.instant


def business_date(instant: datetime) -> date:
    """The calendar day in Asia/Shanghai on which `instant` falls."""
    return instant.astimezone(SHANGHAI).date()


class CalendarMissing(LookupError):
    """A day lies beyond the loaded calendar: value dates refuse, due dates stay pending."""

    def __init__(self, day: date) -> None:
        super().__init__(f"no working-day calendar is loaded for {day.year}")
        self.day = day


@dataclass(frozen=True)
class WorkingCalendar:
    """Chinese working days with make-up Saturdays (调休), loaded yearly.

    `exceptions` maps a day to True (works, e.g. a make-up Saturday) or False (holiday); every
    other day follows the week. Only years in `years` may be asked about.
    """

    exceptions: Mapping[date, bool]
    years: frozenset[int]

    def is_working(self, day: date) -> bool:
        """Whether banks and agencies work on `day`. Raises CalendarMissing."""
        if day.year not in self.years:
            raise CalendarMissing(day)
        return self.exceptions.get(day, day.weekday() < 5)

    def on_or_after(self, day: date) -> date:
        """The first working day not before `day`."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def add_working_days(self, day: date, count: int) -> date:
        """The day `count` (>= 0) working days after `day`, not counting `day` itself."""
        for _ in range(count):
            day = self.on_or_after(day + timedelta(days=1))
        return day
