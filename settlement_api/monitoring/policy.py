"""Indicators from their sums, and ranking with a minimum amount. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from schemas.codes.monitoring import AGEING_BUCKETS
from schemas.money import Money, format_scaled, round_half_up
from schemas.times import SHANGHAI

RATE_SCALE: Final = 4
DAYS_SCALE: Final = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums of one group of self-settled lines as of a day: fen, and fen × days for weights."""

    group_id: str
    line_count: int
    amount: Money
    paid: Money
    open: Money
    credit: Money
    due: Money
    due_count: int
    on_time: Money
    on_time_count: int
    payback_weight: int
    open_age_weight: int
    ageing: tuple[Money, ...]
    conflict_count: int
    unmatched: Money
    group_name: str = ""
    rank: int | None = None

    @property
    def on_time_rate_by_amount(self) -> str | None:
        """Of what is due by the day, the share paid no later than its due date."""
        return _rate(self.on_time, self.due)

    @property
    def on_time_rate_by_count(self) -> str | None:
        """Of the lines due by the day, the share paid whole no later than the due date."""
        return _rate(self.on_time_count, self.due_count)

    @property
    def payback_days(self) -> str | None:
        """Days from acceptance to payment, weighted by amount, of what was paid."""
        return _weighted(self.payback_weight, self.paid)

    @property
    def open_age_days(self) -> str | None:
        """Age of what is open, weighted by amount: paid-only means flatter old debtors."""
        return _weighted(self.open_age_weight, self.open)

    @property
    def by_bucket(self) -> Mapping[str, Money]:
        """Open fen by days overdue."""
        return dict(zip(AGEING_BUCKETS, self.ageing, strict=True))


def _rate(part: int, whole: int) -> str | None:
    if whole <= 0:
        return None
    return format_scaled(round_half_up(part * 10**RATE_SCALE, whole), scale=RATE_SCALE)


def _weighted(weight: int, amount: int) -> str | None:
    if amount <= 0:
        return None
    return format_scaled(round_half_up(weight * 10**DAYS_SCALE, amount), scale=DAYS_SCALE)


def ranked(figures: Iterable[Figures], *, minimum: Money) -> list[Figures]:
    """Groups with at least `minimum` due, best on-time rate first; ties share a rank.

    Groups below the minimum follow unranked, by id: one late invoice is no verdict.
    """
    given = list(figures)
    judged = [figure for figure in given if figure.due >= max(minimum, 1)]
    judged.sort(key=lambda figure: figure.group_id)
    judged.sort(key=lambda figure: -round_half_up(figure.on_time * 10**9, figure.due))
    result: list[Figures] = []
    for place, figure in enumerate(judged, start=1):
        before = result[-1] if result else None
        same = before is not None and _same_rate(before, figure)
        result.append(replace(figure, rank=before.rank if before and same else place))
    rest = [figure for figure in given if figure.due < max(minimum, 1)]
    return result + sorted(rest, key=lambda figure: figure.group_id)


def _same_rate(one: Figures, other: Figures) -> bool:
    return one.on_time * other.due == other.on_time * one.due


def end_of_day(day: date) -> datetime:
    """The first instant after a Shanghai day: what was known on it was known before."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=SHANGHAI)
