"""What may differ: an amount is compared with a price as an amount, never as a rounded unit price.

The only tolerance is `amount_rounding` (domain.md section 5): within half a unit of the price's
last stated decimal times the quantity, and never less than the rounding to a whole fen.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reconciler.columns import Integers
from reconciler.exact_arithmetic import multiply_divide, round_share

PRICE_DECIMALS: Final = 6
LEAST_DECIMALS: Final = 2
"""Trailing zeros get lost on the way: a price in yuan is held to have been stated in fen."""
_FEN_SCALE: Final = 10**7
"""millionths of a yuan x thousandths of a unit, per fen."""


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
    exact = round_share(price, quantity, scale)
    stated = np.clip(decimals.astype(np.int64), LEAST_DECIMALS, PRICE_DECIMALS)
    unit = np.where(price > 0, 10 ** (PRICE_DECIMALS - stated), 0)
    most, _ = multiply_divide(2 * price + unit, quantity, 2 * scale)
    least, rest = multiply_divide(np.maximum(2 * price - unit, 0), quantity, 2 * scale)
    return Band(np.minimum(least + (rest > 0), exact), exact, np.maximum(most, exact))


def amount_band(quantity: Integers, amount: Integers, whole: Integers) -> Band:
    """Band where only an amount for a `whole` quantity was stated: its share, to the fen."""
    share = round_share(amount, quantity, np.maximum(whole, 1))
    return Band(share, share, share)
