"""Which lines may belong together: near matches, ranked for people, never acted on by themselves.

Matching takes only what documents and people say. What nobody said but much speaks for is listed
here by points out of 100, with what agrees; equal points are ties, and said to be. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reconciler.tolerance import price_band

PRODUCT_POINTS: Final = 35
QUANTITY_POINTS: Final = 25
COVERED_POINTS: Final = 10
"""Where the candidate has more than is sought."""
AMOUNT_POINTS: Final = 20
NUMBER_POINTS: Final = (12, 8, 5)
"""By how many slips apart two numbers are: none, one, two."""
DAY_POINTS: Final = ((3, 8), (30, 5), (90, 2))
"""(days apart at most, points)."""
LEAST_POINTS: Final = 40
MOST_SUGGESTED: Final = 10
LONGEST_NUMBER: Final = 64
"""Characters of a number that are compared."""


@dataclass(frozen=True, slots=True)
class Price:
    """Millionths of a yuan for `pack` smallest units, stated to so many decimals."""

    micro: int
    pack: int
    decimals: int


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line that something is missing of: thousandths still open, and their fen if stated.

    `names`: numbers it is called by or refers to; `day` is a date's ordinal.
    """

    key: str
    product: str
    quantity: int
    names: tuple[str, ...]
    amount: int | None = None
    price: Price | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A candidate's rank from 1, its points of 100, what agrees, and whether another ties it."""

    key: str
    rank: int
    score: int
    tied: bool
    fits: tuple[str, ...]


def suggest(sought: OpenLine, candidates: Sequence[OpenLine]) -> list[Suggestion]:
    """The best candidates, most points first; of equal points by key, all flagged as tied.

    Whatever the order of `candidates`, the answer is the same.
    """
    scored = [(each.key, *_judge(sought, each)) for each in candidates]
    good = sorted(
        (entry for entry in scored if entry[1] >= LEAST_POINTS), key=lambda e: (-e[1], e[0])
    )
    points = [entry[1] for entry in good]
    return [
        Suggestion(key, points.index(score) + 1, score, points.count(score) > 1, fits)
        for key, score, fits in good[:MOST_SUGGESTED]
    ]


def _judge(sought: OpenLine, candidate: OpenLine) -> tuple[int, tuple[str, ...]]:
    parts = {
        "product": PRODUCT_POINTS if sought.product == candidate.product else 0,
        "quantity": _of_quantity(sought.quantity, candidate.quantity),
        "amount": AMOUNT_POINTS if _amounts_fit(sought, candidate) else 0,
        "number": _of_numbers(sought.names, candidate.names),
        "day": _of_days(sought.day, candidate.day),
    }
    return sum(parts.values()), tuple(name for name, points in parts.items() if points)


def _of_quantity(sought: int, found: int) -> int:
    if sought == found:
        return QUANTITY_POINTS
    return COVERED_POINTS if found > sought else 0


def _amounts_fit(one: OpenLine, other: OpenLine) -> bool:
    """Whether a stated amount is the other's, or its quantity's at the other's price."""
    if one.amount is not None and other.amount is not None:
        return one.amount == other.amount
    for stated, priced in ((one, other), (other, one)):
        if stated.amount is not None and priced.price is not None:
            quantity, price = np.array([stated.quantity]), priced.price
            band = price_band(
                quantity,
                np.array([price.micro]),
                np.array([price.pack]),
                np.array([price.decimals]),
            )
            return bool(band.least[0] <= stated.amount <= band.most[0])
    return False


def _of_numbers(ours: Sequence[str], theirs: Sequence[str]) -> int:
    slips = [
        slips_between(bare_number(one), bare_number(other)) for one in ours for other in theirs
    ]
    return NUMBER_POINTS[min(slips)] if slips and min(slips) < len(NUMBER_POINTS) else 0


def bare_number(number: str) -> str:
    """A number as it is compared: letters and digits only, in capitals."""
    return "".join(sign for sign in number.upper() if sign.isalnum())[:LONGEST_NUMBER]


def slips_between(one: str, other: str) -> int:
    """Fewest signs left out, added, changed, or swapped with their neighbour, from one to other."""
    if not one or not other:
        return len(NUMBER_POINTS)
    earlier: list[int] = []
    before = list(range(len(other) + 1))
    for row, sign in enumerate(one, start=1):
        now = [row]
        for place, met in enumerate(other, start=1):
            fewest = min(before[place] + 1, now[-1] + 1, before[place - 1] + (sign != met))
            swapped = row > 1 and place > 1 and sign == other[place - 2] and one[row - 2] == met
            if swapped:
                fewest = min(fewest, earlier[place - 2] + 1)
            now.append(fewest)
        earlier, before = before, now
    return before[-1]


def _of_days(one: int | None, other: int | None) -> int:
    if one is None or other is None:
        return 0
    apart = abs(one - other)
    return next((points for most, points in DAY_POINTS if apart <= most), 0)
