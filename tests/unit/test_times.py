"""Days are days in Shanghai, and working days follow the loaded calendar or nothing."""

from datetime import UTC, date, datetime

import pytest

from schemas.times import CalendarMissing, FixedClock, SystemClock, WorkingCalendar, business_date

CALENDAR = WorkingCalendar(
    exceptions={
        date(2026, 10, 1): False,
        date(2026, 10, 2): False,
        date(2026, 10, 5): False,
        date(2026, 10, 6): False,
        date(2026, 10, 7): False,
        date(2026, 10, 10): True,
    },
    years=frozenset({2026}),
)


def test_the_day_turns_at_sixteen_hours_utc() -> None:
    assert business_date(datetime(2026, 3, 1, 15, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert business_date(datetime(2026, 3, 1, 16, 0, tzinfo=UTC)) == date(2026, 3, 2)


def test_holidays_and_make_up_saturdays() -> None:
    assert not CALENDAR.is_working(date(2026, 10, 1))
    assert CALENDAR.is_working(date(2026, 10, 10))
    assert not CALENDAR.is_working(date(2026, 10, 11))
    assert CALENDAR.on_or_after(date(2026, 10, 1)) == date(2026, 10, 8)
    assert CALENDAR.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert CALENDAR.add_working_days(date(2026, 9, 30), 0) == date(2026, 9, 30)


def test_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarMissing, match="2027"):
        CALENDAR.add_working_days(date(2026, 12, 31), 1)


async def test_clocks_tell_utc() -> None:
    instant = datetime(2026, 1, 1, tzinfo=UTC)
    assert await FixedClock(instant).now() == instant
    assert (await SystemClock().now()).tzinfo is UTC
