"""When a checked invoice will be applied for and paid, and what to call its fate. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.codes.proposals import CheckOutcome
from schemas.times import CalendarMissing, WorkingCalendar


@dataclass(frozen=True)
class ApplicationDays:
    """The last day of the application that takes a payable, and the earliest day of payment."""

    apply_by: date
    earliest_payment: date


def application_days(
    accepted: date,
    today: date,
    calendar: WorkingCalendar,
    *,
    apply_by_day: int,
    confirm_days: int,
) -> ApplicationDays | None:
    """When what was accepted on `accepted` can be applied for, from `today` on.

    Goods are applied for in the month after acceptance, up to the pack's day of it moved to a
    working day; if that has passed, up to that day of the next month. The hospital then has its
    working days, and the first working day after them is the earliest for payment. None where the
    calendar is not loaded that far.
    """
    month = _next_month(accepted)
    month = max(month, today.replace(day=1))
    try:
        last = calendar.on_or_after(month.replace(day=apply_by_day))
        if last < today:
            last = calendar.on_or_after(_next_month(month).replace(day=apply_by_day))
        confirmed = calendar.add_working_days(last, confirm_days)
        return ApplicationDays(last, calendar.add_working_days(confirmed, 1))
    except CalendarMissing:
        return None


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def outcome_of(stated: int, payable: int, *, stopped: bool) -> CheckOutcome:
    """Paid to the last fen, in part, or not at all."""
    if payable <= 0:
        return CheckOutcome.NOT_PAYABLE
    if payable == stated and not stopped:
        return CheckOutcome.PAYABLE
    return CheckOutcome.IN_PART


def sums_up(outcomes: Sequence[CheckOutcome]) -> CheckOutcome:
    """The outcome of the whole document."""
    if len(set(outcomes)) == 1:
        return outcomes[0]
    return CheckOutcome.IN_PART
