"""Due dates from the working calendar."""

from datetime import date

import numpy as np

from reconciler.columns import EPOCH, NO_DAY
from schemas.codes.reconciliation import DiscrepancyReason
from schemas.messages.rule_pack import ActingDays
from schemas.times import WorkingCalendar
from settlement_api.reconciliation.policy import DueDates, acting_deadlines

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


def test_who_must_act_has_the_days_of_its_party_and_who_need_not_has_none() -> None:
    days = ActingDays(supplier=1, hospital=2, agency=3, bureau=65)
    found = acting_deadlines(days, CALENDAR, date(2026, 9, 30))  # Wednesday before the holiday
    assert set(found) == set(DiscrepancyReason)
    assert found[DiscrepancyReason.NOT_INVOICED] == date(2026, 10, 5)
    assert found[DiscrepancyReason.NO_ORDER] == date(2026, 10, 6)
    assert found[DiscrepancyReason.PRODUCT_UNKNOWN] == date(2026, 10, 7)
    assert found[DiscrepancyReason.AREA_NOT_COVERED] is None, "beyond the calendar"
    assert found[DiscrepancyReason.PRICE_BELOW_CONTRACT] is None, "nobody must"
