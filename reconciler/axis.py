"""The axis: quantities of a group laid end to end, and the overlaps of two such layings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Overlaps:
    """Pairs of a supply row and a demand row and the quantity they share."""

    supply: Integers
    demand: Integers
    quantity: Integers

    def supplied(self, rows: int) -> Integers:
        """Quantity taken from each of `rows` supply rows."""
        return total_by(self.supply, self.quantity, rows)

    def demanded(self, rows: int) -> Integers:
        """Quantity covered of each of `rows` demand rows."""
        return total_by(self.demand, self.quantity, rows)


def no_overlaps() -> Overlaps:
    """Nothing laid on nothing."""
    nothing = np.zeros(0, np.int64)
    return Overlaps(nothing, nothing, nothing)


def end_to_end(rounds: Sequence[Overlaps]) -> Overlaps:
    """All of several layings."""
    return Overlaps(
        np.concatenate([laid.supply for laid in rounds]),
        np.concatenate([laid.demand for laid in rounds]),
        np.concatenate([laid.quantity for laid in rounds]),
    )


def total_by(row: Integers, quantity: Integers, rows: int) -> Integers:
    """Exact integer sums of `quantity` per row number (bincount sums in float, so not that)."""
    totals = np.zeros(rows, np.int64)
    np.add.at(totals, row, quantity)
    return totals


def begins(group: npt.NDArray[np.generic]) -> Flags:
    """For rows sorted by group: whether each is the first of its group."""
    flags = np.ones(group.size, np.bool_)
    np.not_equal(group[1:], group[:-1], out=flags[1:])
    return flags


def running_start(group: Integers, quantity: Integers) -> Integers:
    """For rows sorted by group: the sum of the quantities before each row within its group."""
    ends = np.cumsum(quantity)
    starts = ends - quantity
    first = begins(group)
    of_group: Integers = starts[first][np.cumsum(first) - 1]
    return starts - of_group


def lay(
    supply_group: Integers,
    supply_quantity: Integers,
    demand_group: Integers,
    demand_quantity: Integers,
) -> Overlaps:
    """First in, first out: per group both sides end to end in row order, and their overlaps.

    Rows without a positive quantity or with a negative group take no part. At most one overlap
    joins the same two rows.
    """
    supply = _in_group_order(supply_group, supply_quantity)
    demand = _in_group_order(demand_group, demand_quantity)
    if not supply.size or not demand.size:
        return no_overlaps()
    starts, ends = _intervals(
        (supply_group[supply], supply_quantity[supply]),
        (demand_group[demand], demand_quantity[demand]),
    )
    return _overlapping(supply, demand, starts, ends)


def _in_group_order(group: Integers, quantity: Integers) -> Integers:
    rows = np.flatnonzero((quantity > 0) & (group >= 0))
    return rows[np.argsort(group[rows], kind="stable")]


def _intervals(
    supply: tuple[Integers, Integers], demand: tuple[Integers, Integers]
) -> tuple[tuple[Integers, Integers], tuple[Integers, Integers]]:
    """Starts and ends of both sides on one axis where no two groups touch each other's stretch."""
    groups = np.concatenate((supply[0], demand[0]))
    groups.sort(kind="stable")  # two rising runs: merged in one pass
    groups = groups[begins(groups)]
    numbers = [np.searchsorted(groups, side[0]) for side in (supply, demand)]
    width = np.maximum(
        total_by(numbers[0], supply[1], groups.size), total_by(numbers[1], demand[1], groups.size)
    )
    base = np.cumsum(width) - width
    starts = [
        base[number] + running_start(number, side[1])
        for number, side in zip(numbers, (supply, demand), strict=True)
    ]
    return (starts[0], starts[1]), (starts[0] + supply[1], starts[1] + demand[1])


def _overlapping(
    supply: Integers,
    demand: Integers,
    starts: tuple[Integers, Integers],
    ends: tuple[Integers, Integers],
) -> Overlaps:
    first = np.searchsorted(ends[1], starts[0], side="right")
    last = np.searchsorted(starts[1], ends[0], side="left")
    s, d = expand(first, last)
    quantity = np.minimum(ends[0][s], ends[1][d]) - np.maximum(starts[0][s], starts[1][d])
    return Overlaps(supply[s], demand[d], quantity)


def expand(first: Integers, last: Integers) -> tuple[Integers, Integers]:
    """Row i paired with every number of range(first[i], last[i])."""
    counts = np.maximum(last - first, 0)
    rows = np.repeat(np.arange(first.size), counts)
    before = np.cumsum(counts) - counts
    return rows, np.arange(rows.size) - before[rows] + first[rows]
