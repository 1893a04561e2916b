"""A hospital's own payments x what it owes a supplier: named first, the rest oldest due first."""

from typing import Final

import numpy as np

from reconciler.axis import Overlaps, lay, total_by
from reconciler.columns import UNNAMED, Rows

OWED: Final = np.dtype([("trade", np.int64), ("amount", np.int64)])
"""Self-settled payables in fen, rows in order of due date; `trade` numbers hospital x supplier."""
PAID: Final = np.dtype([("trade", np.int64), ("owed", np.int64), ("amount", np.int64)])
"""Payments in fen, oldest first; `owed` is the row they name, UNNAMED when none."""


def match_self_payments(owed: Rows, paid: Rows) -> tuple[Overlaps, Overlaps]:
    """Overlaps (supply = owed row, demand = payment row, quantity in fen): named, then laid.

    What neither covers is money paid in advance or for goods that are not known here.
    """
    named = lay(np.arange(owed.size), owed["amount"], paid["owed"], paid["amount"])
    left = owed["amount"] - total_by(named.supply, named.quantity, owed.size)
    free = np.where(paid["owed"] == UNNAMED, paid["trade"], UNNAMED)
    return named, lay(owed["trade"], left, free, paid["amount"])
