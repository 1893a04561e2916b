"""What tells rows from one another: a run writes what is new and marks what is gone."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from reconciler.columns import Integers, Rows
from reconciler.line_ids import Ids
from reconciler.outcome import reason_code
from schemas.codes.reconciliation import DiscrepancyReason

_COMPARED_FINDINGS: Final = (
    "order",
    "receipt",
    "invoice",
    "other",
    "reason",
    "effect",
    "quantity",
    "amount",
    "stated",
    "allowed",
)
_OF_TOTALS: Final = reason_code(DiscrepancyReason.LINK_TOTAL_MISMATCH)


def told_apart(found: Rows) -> Ids:
    """Discrepancies as they are told from one another: values compared that follow from the rest
    count for nothing, those of links by totals hang on documents that stand elsewhere."""
    rows = found.copy()
    others = rows["reason"] != _OF_TOTALS
    rows["stated"][others], rows["allowed"][others] = 0, 0
    return packed(rows, _COMPARED_FINDINGS)


def packed(rows: Rows, names: Sequence[str]) -> Ids:
    """The named fields of each row as one value that can be compared."""
    table = np.zeros((rows.size, len(names)), np.int64)
    for place, name in enumerate(names):
        table[:, place] = rows[name]
    return table.view(np.dtype((np.void, 8 * len(names)))).reshape(-1)


def difference(new: Ids, old: Ids) -> tuple[Integers, Integers]:
    """Row numbers that are only new, and only old."""
    if not old.size:
        return np.arange(new.size), np.arange(0)
    return np.flatnonzero(~np.isin(new, old)), np.flatnonzero(~np.isin(old, new))
