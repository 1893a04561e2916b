"""What was applied for: payables that never change, their committed corrections taken in."""

from dataclasses import dataclass

import numpy as np

from reconciler.axis import total_by
from reconciler.columns import Integers, Rows, where


@dataclass(frozen=True)
class Frozen:
    """A row per original with what is left of it, oldest first; `row` is its number in the
    committed columns, which a further correction adjusts."""

    rows: Rows
    row: Integers


def freeze(committed: Rows) -> Frozen:
    """Originals of goods with units and fen net of their corrections."""
    base = np.where(committed["adjusts"] >= 0, committed["adjusts"], np.arange(committed.size))
    row = np.flatnonzero((committed["adjusts"] < 0) & ~committed["charge"])
    rows = where(committed, row)
    for name in ("quantity", "amount"):
        rows[name] = total_by(base, committed[name], committed.size)[row]
    by = np.lexsort((row, rows["invoice"], rows["receipt"], rows["clock_day"]))
    return Frozen(where(rows, by), row[by])
