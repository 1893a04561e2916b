"""Exact integer products and quotients on columns whose products pass 64 bits.

A column of quantities (up to 10^12 thousandths) times prices (up to 10^12 millionths) needs 80
bits; the factor is taken in pieces so that no intermediate value leaves a signed 64-bit integer.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

_WIDTH: Final = 62
_FRACTION_BITS: Final = 31


def multiply_divide(a: Integers, b: Integers, d: Integers) -> tuple[Integers, Integers]:
    """Floor and remainder of a * b / d, elementwise and exact; a, b >= 0, d > 0.

    The floor itself must fit 63 bits, as it does where b <= d or d is the scale of a price.
    Raises OverflowError when b or d leaves no room for a piece of a (both below 2^61).
    """
    if a.size == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    bits = int(a.max()).bit_length()
    if bits + int(b.max()).bit_length() <= _WIDTH:
        return np.divmod(a * b, d)
    return _by_pieces(a, b, d, bits)


def _by_pieces(a: Integers, b: Integers, d: Integers, bits: int) -> tuple[Integers, Integers]:
    piece = _WIDTH - 1 - max(int(b.max()).bit_length(), int(d.max()).bit_length())
    if piece < 1:
        raise OverflowError("a product is too wide for exact 64-bit pieces")
    quotient, remainder = np.zeros_like(a), np.zeros_like(a)
    for shift in range((bits - 1) // piece * piece, -1, -piece):
        digit = (a >> shift) & ((1 << piece) - 1)
        step, remainder = np.divmod((remainder << piece) + digit * b, d)
        quotient = (quotient << piece) + step
    return quotient, remainder


def round_share(total: Integers, part: Integers, whole: Integers) -> Integers:
    """total * part / whole to the nearest integer, halves away from zero; whole > 0, part >= 0."""
    quotient, remainder = multiply_divide(np.abs(total), part, whole)
    rounded = quotient + (remainder >= whole - remainder)
    return np.where(total < 0, -rounded, rounded)


def stretch(total: Integers, start: Integers, end: Integers, whole: Integers) -> Integers:
    """The part of `total` that belongs to (start, end] of `whole`: rounded cumulatives.

    Parts laid end to end always add up to the total (domain.md section 5a).
    """
    return round_share(total, end, whole) - round_share(total, start, whole)


def ratio_key(numerator: Integers, denominator: Integers) -> tuple[Integers, Integers, Integers]:
    """Three integers that order and compare fractions exactly; both parts < 2^31 below the line.

    Two different fractions with denominators under 2^31 differ by more than 2^-62, so 62
    fractional bits tell them apart.
    """
    whole, rest = np.divmod(numerator, denominator)
    first, rest = np.divmod(rest << _FRACTION_BITS, denominator)
    return whole, first, (rest << _FRACTION_BITS) // denominator
