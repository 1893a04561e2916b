"""Due dates from the working calendar."""

from datetime import date

import numpy as np

from reconciler.columns import EPOCH, NO_DAY
from schemas.times import WorkingCalendar
from settlement_api.reconciliation.policy import DueDates

CALENDAR = WorkingCalendar({date(2026, 10, 1): False, date(2026, 10, 2): False}, frozenset({2026}))


def due(start: date, *, contracted: bool) -> date | None:
    days = DueDates(CALENDAR, 30).due_days(np.array([(start - EPOCH).days]), np.array([contracted]))
    return None if days[0] == NO_DAY else date.fromordinal(EPOCH.toordinal() + int(days[0]))


def test_contracted_goods_are_due_at_the_end_of_the_next_month() -> None:
    assert due(date(2026, 7, 5), contracted=True) == date(2026, 8, 31)
    assert due(date(2026, 1, 31), contracted=True) == date(2026, 3, 2)  # 28 February: Saturday


def test_other_goods_are_due_so_many_days_after_acceptance() -> None:
    assert due(date(2026, 7, 5), contracted=False) == date(2026, 8, 4)
    assert due(date(2026, 9, 1), contracted=False) == date(2026, 10, 5)  # over the holiday


def test_beyond_the_loaded_calendar_no_date_is_promised() -> None:
    assert due(date(2026, 12, 5), contracted=True) is None


def test_no_payables_have_no_due_dates() -> None:
    nothing = np.zeros(0, np.int64)
    assert DueDates(CALENDAR, 30).due_days(nothing, nothing > 0).size == 0
