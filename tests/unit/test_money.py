"""Money never loses a fen: parsing, rounding, parts and allocation, against exact fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.money import (
    allocate,
    cumulative_part,
    format_scaled,
    format_yuan,
    parse_scaled,
    round_half_up,
    yuan,
)

AMOUNTS = st.integers(min_value=-(10**15), max_value=10**15)


@given(AMOUNTS, st.integers(min_value=0, max_value=9))
def test_text_and_integer_are_one_thing(value: int, scale: int) -> None:
    assert parse_scaled(format_scaled(value, scale=scale), scale=scale) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        "1.",
        ".5",
        "+1",
        "1e3",
        "NaN",
        "Infinity",
        "1,000",
        " 1",
        "１",
        "1.001",
        "9" * 30,
    ],
)
def test_anything_but_a_plain_decimal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"plain decimal|decimals|too large"):
        yuan(text)


def test_trailing_zeros_are_not_precision() -> None:
    assert yuan("1.2300") == 123


@given(AMOUNTS, st.integers(min_value=1, max_value=10**9))
def test_rounding_is_to_the_nearest_with_halves_away_from_zero(value: int, by: int) -> None:
    rounded = round_half_up(value, by)
    distance = abs(Fraction(value, by) - rounded)
    assert distance <= Fraction(1, 2)
    if distance == Fraction(1, 2):
        assert abs(rounded) > abs(Fraction(value, by))


@given(AMOUNTS, st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=20))
def test_allocation_adds_up_and_is_fair(total: int, weights: list[int]) -> None:
    if sum(weights) == 0:
        with pytest.raises(ValueError, match="weights"):
            allocate(total, weights)
        return
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) <= 1


@given(AMOUNTS, st.lists(st.integers(min_value=1, max_value=10**6), min_size=1, max_size=9))
def test_parts_of_an_amount_do_not_depend_on_how_it_is_cut(total: int, cuts: list[int]) -> None:
    whole, taken, parts = sum(cuts), 0, []
    for cut in cuts:
        parts.append(cumulative_part(total, taken=taken, upto=taken + cut, whole=whole))
        taken += cut
    assert sum(parts) == total


def test_two_halves_of_an_odd_repeating_price_keep_the_fen() -> None:
    assert allocate(333, [1, 1]) == [167, 166]


def test_negative_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(10, [3, -1])


def test_less_than_a_yuan_keeps_its_sign() -> None:
    assert format_yuan(-5) == "-0.05"
