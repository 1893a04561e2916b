"""Rates, weighted days and ranking, in whole numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime

from schemas.money import Money
from settlement_api.monitoring.policy import Figures, end_of_day, ranked

PLAIN = Figures(
    group_id="a",
    line_count=2,
    amount=Money(300),
    paid=Money(100),
    open=Money(200),
    credit=Money(0),
    due=Money(300),
    due_count=3,
    on_time=Money(100),
    on_time_count=1,
    payback_weight=1_050,
    open_age_weight=9_990,
    ageing=(Money(50), Money(150), *[Money(0)] * 5),
    conflict_count=0,
    unmatched=Money(0),
)


def test_rates_and_days_are_rounded_half_up() -> None:
    assert PLAIN.on_time_rate_by_amount == "0.3333"
    assert PLAIN.on_time_rate_by_count == "0.3333"
    assert PLAIN.payback_days == "10.5"
    assert PLAIN.open_age_days == "50.0"
    assert PLAIN.by_bucket["1-30"] == 150


def test_with_nothing_due_or_paid_there_is_no_rate() -> None:
    empty = replace(PLAIN, due=Money(0), due_count=0, paid=Money(0), open=Money(0))
    assert empty.on_time_rate_by_amount is None
    assert empty.on_time_rate_by_count is None
    assert empty.payback_days is None
    assert empty.open_age_days is None


def test_ranking_has_ties_and_a_minimum() -> None:
    best = replace(PLAIN, group_id="c", on_time=Money(300))
    tie = replace(PLAIN, group_id="b", on_time=Money(200), due=Money(600))
    small = replace(PLAIN, group_id="0", due=Money(10), on_time=Money(10))
    places = [
        (one.group_id, one.rank) for one in ranked([PLAIN, small, tie, best], minimum=Money(100))
    ]
    assert places == [("c", 1), ("a", 2), ("b", 2), ("0", None)]


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    assert end_of_day(date(2026, 3, 5)) == datetime(2026, 3, 5, 16, tzinfo=UTC)
