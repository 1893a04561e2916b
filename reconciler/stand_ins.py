"""Which receipts stand in for another product of their group, and on which order lines."""

import numpy as np

from reconciler.allocation import Turn, lay_in_turn, lay_receipts, merge
from reconciler.axis import Overlaps, end_to_end, no_overlaps
from reconciler.columns import UNNAMED, PurchaseColumns
from reconciler.netting import Netted
from reconciler.substitution import Kin


def stand_ins(
    columns: PurchaseColumns, netted: Netted, kin: Kin | None
) -> tuple[Overlaps, Overlaps]:
    """Receipts of other products than ordered (order line, receipt line): what was applied for
    under earlier rules, before anything else is laid; and those that name an order line, and what
    finds room once every product is laid on its own order lines.
    """
    if kin is None:
        return no_overlaps(), no_overlaps()
    receipts, pool = columns.receipts, columns.receipts["pool"].astype(np.int64)
    room, came = netted.order_quantity, netted.receipt_quantity
    kept = kin.kept.laid(room, came)
    room, left = room - kept.supplied(room.size), came - kept.demanded(came.size)
    only_kept = kin.kept.named(receipts["order"].astype(np.int64), pool)
    ordered = lay_receipts(columns, netted, room, np.where(only_kept, 0, left))
    other = columns.orders["pool"][ordered.supply] != pool[ordered.demand]
    naming = Overlaps(*(part[other] for part in (ordered.supply, ordered.demand, ordered.quantity)))
    free = receipts["order"] == UNNAMED
    left = np.where(free, left - ordered.demanded(free.size), 0)
    room = room - ordered.supplied(room.size)
    (of_bill, of_kin), (by_bill, by_kin) = kin.open.turns(), kin.receipts.turns()
    turns = [
        Turn(of_bill, by_bill),
        Turn(of_kin, np.where(kin.receipts.bill < 0, by_kin, UNNAMED)),
    ]
    return kept, merge(end_to_end([naming, lay_in_turn(turns, room, left, None)]))
