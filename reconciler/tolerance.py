"""What may differ: an amount is compared with a price as an amount, never as a rounded unit price.

`amount_rounding` always holds (domain.md section 5): within half a unit of the price's last stated
decimal times the quantity, and never less than the rounding to a whole fen. A rule pack may let
more pass, reason by reason (`Tolerance`); what is let pass is written down, never hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reconciler.axis import Flags
from reconciler.columns import Integers, Rows
from reconciler.exact_arithmetic import multiply_divide, round_share, stretch
from schemas.codes.reconciliation import DiscrepancyReason

PRICE_DECIMALS: Final = 6
LEAST_DECIMALS: Final = 2
"""Trailing zeros get lost on the way: a price in yuan is held to have been stated in fen."""
_FEN_SCALE: Final = 10**7
"""millionths of a yuan x thousandths of a unit, per fen."""
_BEYOND_ANY_AMOUNT: Final = 10**17
"""Fen. A band that would lie above it lies on it: no stated amount comes near."""


_WHOLE: Final = 10_000
"""Parts of a whole that a share is stated in: permyriad."""


@dataclass(frozen=True)
class Tolerance:
    """What one reason may exceed its cap by: so much, a share of the cap, or both.

    `absolute`: fen, of quantities thousandths of the smallest unit. `permyriad`: of the exact
    amount at the price, of the quantity ordered; rounded down. Of both the smaller counts, the
    larger if `greater`. `per_document`: `absolute` is for a whole invoice; each of its goods lines
    has its part by stated amounts, so that every line says the same whichever others are matched.
    """

    reason: DiscrepancyReason
    absolute: int | None = None
    permyriad: int | None = None
    greater: bool = False
    per_document: bool = False

    def of(self, cap: Integers, absolute: Integers) -> Integers:
        """How much may lie above each cap; `absolute` as it falls on each."""
        share, _ = multiply_divide(
            cap, np.full_like(cap, self.permyriad or 0), np.full_like(cap, _WHOLE)
        )
        if self.absolute is None or self.permyriad is None:
            return share if self.absolute is None else absolute
        return np.maximum(share, absolute) if self.greater else np.minimum(share, absolute)


def room_above(
    tolerances: Sequence[Tolerance], reason: DiscrepancyReason, cap: Integers, lines: Rows
) -> Integers:
    """What the pack lets pass above each cap (fen) for this reason, by invoice line; mostly 0."""
    for tolerance in tolerances:
        if tolerance.reason == reason:
            absolute = np.full_like(cap, tolerance.absolute or 0)
            if tolerance.per_document:
                absolute = _part_of_document(absolute, lines)
            return tolerance.of(cap, absolute)
    return np.zeros_like(cap)


def _part_of_document(absolute: Integers, lines: Rows) -> Integers:
    start, amount = lines["document_start"], lines["amount"]
    whole = np.maximum(lines["document_total"], np.maximum(start + amount, 1))
    return stretch(absolute, start, start + amount, whole)


def room_above_quantity(tolerances: Sequence[Tolerance], ordered: Integers) -> Integers:
    """Thousandths that may be accepted above each quantity ordered; nothing above nothing."""
    for tolerance in tolerances:
        if tolerance.reason == DiscrepancyReason.QUANTITY_OVER_ORDER:
            more = tolerance.of(ordered, np.full_like(ordered, tolerance.absolute or 0))
            return np.where(ordered > 0, more, 0)
    return np.zeros_like(ordered)


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
