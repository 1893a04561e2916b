"""When a bank can pay what reaches it: cut-off, weekends, holidays, make-up days. Pure."""

from datetime import date, datetime, time

import pytest

from schemas.times import SHANGHAI, CalendarMissing, WorkingCalendar
from settlement_api.payments.policy import execution_date

CALENDAR = WorkingCalendar(
    {date(2026, 10, day): False for day in range(1, 8)} | {date(2026, 10, 10): True},
    frozenset({2026}),
)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-08-03T10:00", date(2026, 8, 3)),
        ("2026-08-03T17:30", date(2026, 8, 3)),
        ("2026-08-03T17:31", date(2026, 8, 4)),
        ("2026-08-07T18:00", date(2026, 8, 10)),
        ("2026-08-08T09:00", date(2026, 8, 10)),
        ("2026-09-30T18:00", date(2026, 10, 8)),
        ("2026-10-10T09:00", date(2026, 10, 10)),
    ],
    ids=["in time", "last minute", "late", "late on Friday", "Saturday", "holiday", "make-up day"],
)
def test_what_comes_too_late_is_paid_on_the_next_working_day(at: str, expected: date) -> None:
    instant = datetime.fromisoformat(f"{at}+08:00")
    assert execution_date(instant, CALENDAR, cut_off=time(17, 30)) == expected


def test_a_year_whose_calendar_is_missing_is_refused() -> None:
    with pytest.raises(CalendarMissing):
        execution_date(
            datetime(2026, 12, 31, 18, 0, tzinfo=SHANGHAI), CALENDAR, cut_off=time(17, 30)
        )
