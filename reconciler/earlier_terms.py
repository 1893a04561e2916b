"""Goods that were applied for under an earlier rule pack keep its terms; the rest has today's.

Who is paired with whom is decided by documents and today's rules. Afterwards each slice is cut:
the part that was applied for counts under the rules of its day (docs/decisions/0027).
"""

import numpy as np

from reconciler.allocation import Slices
from reconciler.axis import Integers, lay, total_by
from reconciler.columns import PurchaseColumns, number_keys
from reconciler.frozen import Frozen, freeze
from reconciler.match_rules import MatchRules
from reconciler.tolerance import room_above_quantity

_TURNS = (("order", "receipt", "invoice"), ("order", "receipt"), ("order",))
"""What was applied for is looked for on its own lines first, then on its receipt line with
whatever invoice, then anywhere on its order line."""


def room_above_orders(columns: PurchaseColumns, ordered: Integers, rules: MatchRules) -> Integers:
    """Thousandths that each order line may take above what was ordered: as today's rules tolerate,
    and as many as were applied for above it while earlier ones tolerated them."""
    more = room_above_quantity(rules.tolerances, ordered)
    if not rules.earlier or not columns.committed.size:
        return more
    rows = freeze(columns.committed).rows
    above = np.maximum(total_by(rows["order"], rows["quantity"], ordered.size) - ordered, 0)
    for earlier, mine in rules.under(rows["terms"]):
        held = np.zeros(ordered.size, np.bool_)
        held[rows["order"][mine]] = True
        kept = np.minimum(room_above_quantity(earlier.tolerances, ordered), above)
        more = np.where(held, np.maximum(more, kept), more)
    return more


def cut_by_terms(columns: PurchaseColumns, slices: Slices, rules: MatchRules) -> Slices:
    """The slices, each cut into the parts that count under earlier rules and one under today's."""
    if not rules.earlier or not columns.committed["terms"].any():
        return slices
    frozen = freeze(columns.committed)
    applied, of_slice, units = _laid_on(slices, frozen)
    left = slices.quantity - total_by(of_slice, units, slices.quantity.size)
    place = np.concatenate((of_slice, np.arange(left.size)))
    terms = np.concatenate((frozen.rows["terms"][applied].astype(np.int64), np.zeros_like(left)))
    quantity = np.concatenate((units, left))
    # Rules rise with age: what stands under today's lies last on its invoice line.
    rank = np.where(terms > 0, terms, len(rules.earlier) + 1)
    number = number_keys((place, rank))
    _, first = np.unique(number, return_index=True)
    size = total_by(number, quantity, first.size)
    kept = first[size > 0]
    return Slices(
        slices.order[place[kept]],
        slices.receipt[place[kept]],
        slices.invoice[place[kept]],
        size[size > 0],
        terms[kept],
    )


def _laid_on(slices: Slices, frozen: Frozen) -> tuple[Integers, Integers, Integers]:
    """Which original lies on which slice, and with how many units."""
    lines = {"order": slices.order, "receipt": slices.receipt, "invoice": slices.invoice}
    free = slices.quantity.copy()
    due = np.maximum(frozen.rows["quantity"], 0)
    rounds = []
    for names in _TURNS:
        keys = [np.concatenate((lines[name], frozen.rows[name])) for name in names]
        number = number_keys(keys)
        here = number[: free.size], number[free.size :]
        laid = lay(here[0], free, here[1], due)
        free = free - laid.supplied(free.size)
        due = due - laid.demanded(due.size)
        rounds.append(laid)
    return (
        np.concatenate([laid.demand for laid in rounds]),
        np.concatenate([laid.supply for laid in rounds]),
        np.concatenate([laid.quantity for laid in rounds]),
    )
