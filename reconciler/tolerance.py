"""What may differ: an amount is compared with a price as an amount, never as a rounded unit price.

The only tolerance is `amount_rounding` (domain.md section 5): within half a unit of the price's
last stated decimal times the quantity, and never less than the rounding to a whole fen.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reconciler.axis import Flags
from reconciler.columns import Integers
from reconciler.exact_arithmetic import multiply_divide, round_share

PRICE_DECIMALS: Final = 6
LEAST_DECIMALS: Final = 2
"""Trailing zeros get lost on the way: a price in yuan is held to have been stated in fen."""
_FEN_SCALE: Final = 10**7
"""millionths of a yuan x thousandths of a unit, per fen."""
_BEYOND_ANY_AMOUNT: Final = 10**17
"""Fen. A band that would lie above it lies on it: no stated amount comes near."""


@dataclass(frozen=True)
class Band:
    """Amounts in fen for a quantity at a price: the exact one, and the least and most tolerated."""

    least: Integers
    exact: Integers
    most: Integers


def price_band(quantity: Integers, price: Integers, pack: Integers, decimals: Integers) -> Band:
    """Band for `quantity` (thousandths) at `price` (millionths of a yuan per `pack` units).

    A price of 0 tolerates nothing above 0.
    """
    scale = pack * _FEN_SCALE
    quantity, beyond = _within(2 * price + 10**PRICE_DECIMALS, quantity, 2 * scale)
    exact = round_share(price, quantity, scale)
    stated = np.clip(decimals.astype(np.int64), LEAST_DECIMALS, PRICE_DECIMALS)
    unit = np.where(price > 0, 10 ** (PRICE_DECIMALS - stated), 0)
    most, _ = multiply_divide(2 * price + unit, quantity, 2 * scale)
    least, rest = multiply_divide(np.maximum(2 * price - unit, 0), quantity, 2 * scale)
    band = Band(np.minimum(least + (rest > 0), exact), exact, np.maximum(most, exact))
    return _at_the_limit(band, beyond)


def amount_band(quantity: Integers, amount: Integers, whole: Integers) -> Band:
    """Band where only an amount for a `whole` quantity was stated: its share, to the fen."""
    whole = np.maximum(whole, 1)
    quantity, beyond = _within(amount, quantity, whole)
    share = round_share(amount, quantity, whole)
    return _at_the_limit(Band(share, share, share), beyond)


def _within(factor: Integers, quantity: Integers, divisor: Integers) -> tuple[Integers, Flags]:
    """The quantity, 0 where factor * quantity / divisor is beyond any amount; and where it is."""
    estimate = factor.astype(np.float64) * quantity / divisor
    beyond: Flags = estimate > _BEYOND_ANY_AMOUNT
    return np.where(beyond, 0, quantity), beyond


def _at_the_limit(band: Band, beyond: Flags) -> Band:
    least, exact, most = (
        np.where(beyond, _BEYOND_ANY_AMOUNT, part) for part in (band.least, band.exact, band.most)
    )
    return Band(least, exact, most)
