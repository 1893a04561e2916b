"""Money in fen, quantities in thousandths, and the only ways to take parts of them.

All amounts are `int`: fen (CNY minor units) for money, thousandths of the smallest unit for
quantities. Nothing here divides without saying where the remainder goes.
"""

from collections.abc import Callable, Sequence
from typing import Final, NewType

Money = NewType("Money", int)
"""An amount in fen. May be negative (returns, credits)."""

MINOR_PER_YUAN: Final = 100
CAPITALS: Final = "零壹贰叁肆伍陆柒捌玖"
PLACES: Final = ("", "拾", "佰", "仟")
LARGEST_IN_WORDS: Final = 10**18


def parse_scaled(text: str, *, scale: int) -> int:
    """Reads a plain decimal string into an integer of `scale` decimals, exactly.

    Raises ValueError for exponents, NaN, signs other than a leading minus, or more decimals
    than `scale` holds: precision is refused, never rounded away.
    """
    body = text.removeprefix("-")
    whole, _, fraction = body.partition(".")
    if not (whole.isascii() and whole.isdigit()) or (
        "." in body and not (fraction.isascii() and fraction.isdigit())
    ):
        raise ValueError("not a plain decimal number")
    if len(whole) > 18:
        raise ValueError("number too large")
    kept = fraction.rstrip("0")
    if len(kept) > scale:
        raise ValueError(f"more than {scale} decimals")
    value = int(whole + kept.ljust(scale, "0"))
    return -value if text.startswith("-") else value


def format_scaled(value: int, *, scale: int) -> str:
    """The decimal string of an integer with `scale` decimals, e.g. 1234 with 2 -> '12.34'."""
    sign, digits = ("-" if value < 0 else ""), str(abs(value)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}" if scale else f"{sign}{digits}"


def yuan(text: str) -> Money:
    """Money from a decimal string in yuan with at most two decimals."""
    return Money(parse_scaled(text, scale=2))


def format_yuan(amount: int) -> str:
    """Money as a decimal string in yuan, two decimals: the form used on the wire."""
    return format_scaled(amount, scale=2)


def yuan_in_words(amount: int) -> str:
    """Money in Chinese capital numerals (大写金额), as vouchers and bank slips carry it.

    1040905 fen -> '壹万零肆佰零玖元零伍分'. Whole amounts, and those of whole jiao, end with 整;
    negative ones begin with 负. Source: Payment and Settlement Measures 1997, annex 1: zeros
    between digits are read once, those that end a group of four are not.

    Raises ValueError from 10^18 fen on.
    """
    if abs(amount) >= LARGEST_IN_WORDS:
        raise ValueError("an amount beyond words")
    whole, fen = divmod(abs(amount), MINOR_PER_YUAN)
    told = f"{_whole_in_words(whole)}元" if whole else ""
    jiao, fen = divmod(fen, 10)
    if jiao:
        told += f"{CAPITALS[jiao]}角"
    elif fen and whole:
        told += CAPITALS[0]
    told += f"{CAPITALS[fen]}分" if fen else "整"
    return ("负" if amount < 0 else "") + (told if amount else "零元整")


def _whole_in_words(whole: int) -> str:
    """Yuan below 10^16: so many 亿, each counted as the rest is."""
    return _joined(whole, 10**8, "亿", _myriads_in_words)


def _myriads_in_words(number: int) -> str:
    return _joined(number, 10**4, "万", _group_in_words)


def _joined(number: int, unit: int, name: str, words: Callable[[int], str]) -> str:
    above, below = divmod(number, unit)
    told = words(above) + name if above else ""
    gap = CAPITALS[0] if told and 0 < below < unit // 10 else ""
    return told + gap + (words(below) if below else "")


def _group_in_words(group: int) -> str:
    told, gap = "", False
    for place in reversed(range(len(PLACES))):
        digit = group // 10**place % 10
        if digit:
            told += (CAPITALS[0] if gap else "") + CAPITALS[digit] + PLACES[place]
        gap = bool(told) and not digit
    return told


def round_half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest integer, halves away from zero; denominator > 0."""
    quotient, remainder = divmod(abs(numerator), denominator)
    rounded = quotient + (2 * remainder >= denominator)
    return rounded if numerator >= 0 else -rounded


def cumulative_part(total: int, *, taken: int, upto: int, whole: int) -> int:
    """The part of `total` that belongs to the stretch (taken, upto] of `whole`.

    Differences of rounded cumulatives, so that parts laid end to end always add up to `total`
    (domain.md section 5a).
    """
    return round_half_up(total * upto, whole) - round_half_up(total * taken, whole)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Splits `total` in proportion to `weights` (each >= 0, sum > 0) without losing a fen.

    Parts are differences of rounded cumulatives, so a later part never depends on how an
    earlier one was rounded.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    parts, taken = [], 0
    for weight in weights:
        parts.append(cumulative_part(total, taken=taken, upto=taken + weight, whole=whole))
        taken += weight
    return parts
