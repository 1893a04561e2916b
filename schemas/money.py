"""Money in fen, quantities in thousandths, and the only ways to take parts of them.

All amounts are `int`: fen (CNY minor units) for money, thousandths of the smallest unit for
quantities. Nothing here divides without saying where the remainder goes.
"""

from collections.abc import Sequence
from typing import Final, NewType

Money = NewType("Money", int)
"""An amount in fen. May be negative (returns, credits)."""

MINOR_PER_YUAN: Final = 100


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
