"""Amounts in Chinese capital numerals, read back by a reader that knows only the numerals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.money import LARGEST_IN_WORDS, yuan_in_words

DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read(words: str) -> int:
    """Fen out of capital numerals: counts up to each 万 and 亿, whatever zeros stand between."""
    sign = -1 if words.startswith("负") else 1
    whole, _, small = words.removeprefix("负").rpartition("元")
    fen, digit = 0, 0
    for one in small.removesuffix("整"):
        if one in DIGITS:
            digit = DIGITS[one]
        else:
            fen += digit * {"角": 10, "分": 1}[one]
    high, _, low = whole.rpartition("亿")
    return sign * ((_myriads(high) * 10**8 + _myriads(low)) * 100 + fen)


def _myriads(words: str) -> int:
    high, _, low = words.rpartition("万")
    return _group(high) * 10**4 + _group(low)


def _group(words: str) -> int:
    total, digit = 0, 0
    for one in words:
        if one in DIGITS:
            digit = DIGITS[one]
        else:
            total += digit * UNITS[one]
            digit = 0
    return total + digit


DIGIT, PLACE = st.integers(0, 9), st.integers(0, 16)
AMOUNTS = st.one_of(
    st.integers(1 - LARGEST_IN_WORDS, LARGEST_IN_WORDS - 1),
    # Two digits among many zeros: where zeros are told or not.
    st.tuples(DIGIT, PLACE, DIGIT, PLACE).map(
        lambda made: made[0] * 10 ** made[1] + made[2] * 10 ** made[3]
    ),
)


@given(AMOUNTS)
def test_words_are_read_back_to_the_fen(amount: int) -> None:
    assert read(yuan_in_words(amount)) == amount


@given(AMOUNTS)
def test_words_hold_nothing_that_a_bank_would_refuse(amount: int) -> None:
    words = yuan_in_words(amount)
    assert "零零" not in words
    assert words.endswith("分") != words.endswith("整")
    assert words == "零元整" or not words.removeprefix("负").startswith("零")
    assert not any(f"零{end}" in words for end in "万亿拾佰仟角分整")


# Annex 1 of the Payment and Settlement Measures (1997); zeros that it leaves free are left out.
@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (1_409_50, "壹仟肆佰零玖元伍角整"),
        (6_007_14, "陆仟零柒元壹角肆分"),
        (1_680_32, "壹仟陆佰捌拾元叁角贰分"),
        (107_000_53, "壹拾万柒仟元伍角叁分"),
        (16_409_02, "壹万陆仟肆佰零玖元零贰分"),
        (325_04, "叁佰贰拾伍元零肆分"),
        (0, "零元整"),
        (5, "伍分"),
        (10_00, "壹拾元整"),
        (-20_00, "负贰拾元整"),
        (1_0001_0000_0000_00, "壹万零壹亿元整"),
        (1_0000_0001_00, "壹亿零壹元整"),
    ],
)
def test_words_are_those_of_the_rule(amount: int, words: str) -> None:
    assert yuan_in_words(amount) == words


def test_an_amount_beyond_words_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond"):
        yuan_in_words(LARGEST_IN_WORDS)
