"""Random draws that stay the same for a seed whatever library release makes them.

Only the raw 64-bit output of PCG64 is used, because NumPy promises the same stream for it and
not for its distributions; everything is drawn in whole numbers.
"""

from collections.abc import Sequence
from hashlib import sha256
from math import isqrt

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
TEN_THOUSAND = 10_000


class Draws:
    """One named stream of a seed: streams of other names never influence it."""

    def __init__(self, seed: int, name: str) -> None:
        digest = sha256(f"zhijie rehearsal {seed} {name}".encode()).digest()
        self._bits = np.random.PCG64(int.from_bytes(digest[:16], "big"))

    def integers(self, count: int, low: int, high: int) -> Ints:
        """`count` whole numbers from `low` to `high`, both included."""
        raw = self._bits.random_raw(count)
        return (raw % np.uint64(high - low + 1)).astype(np.int64) + low

    def upto(self, limits: Ints) -> Ints:
        """One whole number from 0 to below each limit (each limit >= 1)."""
        raw = self._bits.random_raw(len(limits))
        return (raw % limits.astype(np.uint64)).astype(np.int64)

    def chance(self, count: int, per_ten_thousand: int) -> Flags:
        """`count` flags, each set with the given probability."""
        return self.integers(count, 0, TEN_THOUSAND - 1) < per_ten_thousand

    def some(self, count: int, per_ten_thousand: int) -> Flags:
        """As `chance`, but never none: a small rehearsal shows every exception at least once."""
        flags = self.chance(count, per_ten_thousand)
        if count and per_ten_thousand and not flags.any():
            flags[self.one(0, count - 1)] = True
        return flags

    def choose(self, count: int, weights: Sequence[int] | Ints) -> Ints:
        """`count` positions, each drawn in proportion to its weight (>= 0)."""
        ends = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(ends, self.integers(count, 0, int(ends[-1]) - 1), side="right")

    def order(self, count: int) -> Ints:
        """A shuffle of `count` positions."""
        return np.argsort(self._bits.random_raw(count), kind="stable").astype(np.int64)

    def one(self, low: int, high: int) -> int:
        """One whole number from `low` to `high`, both included."""
        return int(self.integers(1, low, high)[0])


def market_weights(count: int, *, shift: int = 2) -> Ints:
    """Weights of a market with few large and many small members: (rank + shift) ^ -1.5."""
    ranks = range(shift + 1, shift + 1 + count)
    return np.asarray([10**11 // (rank * isqrt(rank * 10**4)) for rank in ranks], dtype=np.int64)
