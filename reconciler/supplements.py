"""Invoices that come after a price was raised: what each adds to the invoice line it names."""

from dataclasses import dataclass

import numpy as np

from reconciler.axis import Integers, total_by
from reconciler.columns import UNNAMED, PurchaseColumns, Rows
from reconciler.outcome import bar, discrepancies
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

_NOTHING = bar(DiscrepancyReason.NOTHING_TO_PAY)


@dataclass(frozen=True)
class Supplemented:
    """`added`: fen that others add to each invoice line. `amount`: fen of each with that; none are
    left on those that add. `barred`: as given, and those whose blue line is barred or has no goods
    left.
    """

    added: Integers
    amount: Integers
    barred: Integers
    waiting: Rows


def supplement(
    columns: PurchaseColumns, barred: Integers, units: Integers, fen: Integers
) -> Supplemented:
    """Adds each supplement that nothing bars to its blue line; without one it waits.

    A supplement bears no goods, so what stands against its blue line stands against it. One that
    names a supplement names no goods either.
    """
    line, blue = columns.supplements["invoice"], columns.supplements["blue"]
    if not line.size:
        return Supplemented(np.zeros_like(fen), fen, barred, _waiting(line, fen))
    to, goods = np.maximum(blue, 0), np.isin(blue, line, invert=True) & (blue >= 0)
    free = barred[line] == 0
    why = np.where(barred[to] > 0, barred[to], np.where(units[to] == 0, _NOTHING, 0))
    answer = barred.copy()
    answer[line[free & goods]] = why[free & goods]
    bound = free & goods & (why == 0)
    added = total_by(to[bound], fen[line[bound]], fen.size)
    amount = fen + added
    amount[line[bound]] = 0
    return Supplemented(added, amount, answer, _waiting(line[free & ~goods], fen))


def _waiting(line: Integers, fen: Integers) -> Rows:
    out = line[fen[line] > 0]
    return discrepancies(
        DiscrepancyReason.ADJUSTMENT_WITHOUT_INVOICE,
        DiscrepancyEffect.WAITING,
        out.size,
        order=UNNAMED,
        receipt=UNNAMED,
        invoice=out,
        amount=fen[out],
        stated=fen[out],
    )
