"""Lots: goods of one lot are paired with each other before the rest of their group."""

import numpy as np

from reconciler.axis import Integers
from reconciler.columns import UNNAMED, number_keys


def by_lot(
    supply: Integers, demand: Integers, supply_lot: Integers, demand_lot: Integers
) -> tuple[Integers, Integers]:
    """Group numbers of both sides by group and lot: UNNAMED without a group or without a lot."""
    size = supply.size
    group = np.concatenate((supply, demand)).astype(np.int64)
    lot = np.concatenate((supply_lot, demand_lot)).astype(np.int64)
    number = np.full(group.size, UNNAMED, np.int64)
    named = np.flatnonzero((lot != 0) & (group >= 0))
    if named.size:
        number[named] = number_keys((group[named], lot[named]))
    return number[:size], number[size:]
