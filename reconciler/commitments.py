"""Target minus committed: what is still to apply for once some payables can no longer change.

Per order line, open + committed always equals the target in fen, and in quantity unless the units
that are left are worth nothing (no payable is of 0 fen). Committed pairs leave the axis; where
today's pairing differs from the committed one, only the rest is laid anew.
"""

from dataclasses import dataclass

import numpy as np

from reconciler.allocation import Allocation
from reconciler.axis import Flags, Integers, Overlaps, begins, lay, total_by
from reconciler.columns import NOT_STATED, PurchaseColumns, Rows, find_rows, number_keys, where
from reconciler.exact_arithmetic import round_share, stretch
from reconciler.outcome import KINDS, PAYABLE
from schemas.codes.reconciliation import PayableKind

_GOODS, _RETURN = KINDS.index(PayableKind.GOODS), KINDS.index(PayableKind.RETURN)
_ADJUSTMENT, _ROUNDING = KINDS.index(PayableKind.PRICE_ADJ), KINDS.index(PayableKind.ROUNDING)


@dataclass(frozen=True)
class _Frozen:
    """Committed payables with their committed corrections taken in, one row per original."""

    rows: Rows
    row: Integers
    """Row number in the committed columns: what a further correction adjusts."""

    def of(self, orders: Flags) -> "_Frozen":
        """Those of the order lines flagged."""
        kept = orders[self.rows["order"]]
        return _Frozen(self.rows[kept], self.row[kept])


def open_payables(columns: PurchaseColumns, allocation: Allocation, target: Rows) -> Rows:
    """Payables that remain to be applied for; negative where more was committed than is due."""
    if not columns.committed.size:
        return where(target, target["amount"] != 0)
    frozen = _frozen(columns.committed)
    count = columns.orders.size
    pair = _numbered_pairs(target, frozen.rows)
    of_target, of_frozen = pair[: target.size], pair[target.size :]
    size = int(pair.max(initial=-1)) + 1
    due = total_by(of_target, target["quantity"], size)
    done = total_by(of_frozen, frozen.rows["quantity"], size)
    repaired = np.zeros(count, np.bool_)
    repaired[frozen.rows["order"][done[of_frozen] > due[of_frozen]]] = True
    fen = total_by(of_frozen, frozen.rows["amount"], size)
    kept = ~repaired[target["order"]]
    rest, place = target[kept].copy(), of_target[kept]
    rest["quantity"] -= done[place]
    rest["amount"] -= fen[place]
    anew = target[~kept].copy()
    worthless = anew["amount"] == 0
    anew["quantity"][worthless] = np.minimum(anew["quantity"], done[of_target[~kept]])[worthless]
    return np.concatenate(
        (
            _of_pairs(rest, place, frozen, of_frozen),
            _laid_anew(columns, allocation, anew, frozen.of(repaired), repaired),
        )
    )


def _frozen(committed: Rows) -> _Frozen:
    base = np.where(committed["adjusts"] >= 0, committed["adjusts"], np.arange(committed.size))
    row = np.flatnonzero(committed["adjusts"] < 0)
    rows = committed[row].copy()
    for name in ("quantity", "amount"):
        rows[name] = total_by(base, committed[name], committed.size)[row]
    return _Frozen(rows, row)


def _numbered_pairs(target: Rows, frozen: Rows) -> Integers:
    """The same number for the same (order, receipt, invoice) in both."""
    keys = [
        np.concatenate((target[name], frozen[name])) for name in ("order", "receipt", "invoice")
    ]
    return number_keys(keys)


def _of_pairs(rest: Rows, pair: Integers, frozen: _Frozen, of_frozen: Integers) -> Rows:
    """What is left of each pair: more goods, or corrections of what was committed of it."""
    goods = (rest["quantity"] > 0) & (rest["amount"] > 0)
    more, less = where(rest, goods), where(rest, ~goods)
    more["kind"], more["adjusts"] = _GOODS, NOT_STATED
    at, original, amount = _on_originals(
        of_frozen, frozen.rows["amount"], pair[~goods], less["amount"]
    )
    out = less[at]
    out["quantity"] = _once(at, out["quantity"])
    out["amount"], out["adjusts"] = amount, frozen.row[original]
    out["kind"] = _correction_kind(amount)
    return np.concatenate((more, out))


def _on_originals(
    of_original: Integers, worth: Integers, of_change: Integers, change: Integers
) -> tuple[Integers, Integers, Integers]:
    """Which original bears how much of each change: (change row, original row, fen), by change.

    What lowers comes off the oldest first and takes none below nothing; what raises goes onto
    the oldest. `of_original` and `of_change` number what both are about; oldest first.
    """
    off = lay(of_original, worth, of_change, -change)
    up = np.flatnonzero(change > 0)
    change_row = np.concatenate((off.demand, up))
    original = np.concatenate((off.supply, find_rows([of_change[up]], [of_original])))
    amount = np.concatenate((-off.quantity, change[up]))
    by = np.lexsort((original, change_row))
    return change_row[by], original[by], amount[by]


def _correction_kind(amount: Integers) -> Integers:
    return np.where(np.abs(amount) <= 1, _ROUNDING, _ADJUSTMENT)


def _laid_anew(
    columns: PurchaseColumns,
    allocation: Allocation,
    mine: Rows,
    frozen: _Frozen,
    orders: Flags,
) -> Rows:
    """Order lines whose committed pairs are no longer the target's: only totals are kept.

    `mine`: their target slices; those worth nothing count only as far as they were committed.
    """
    count = orders.size
    quantity = total_by(mine["order"], mine["quantity"], count) - total_by(
        frozen.rows["order"], frozen.rows["quantity"], count
    )
    amount = total_by(mine["order"], mine["amount"], count) - total_by(
        frozen.rows["order"], frozen.rows["amount"], count
    )
    more = _further_goods(columns, allocation, mine, frozen, (orders, quantity, amount))
    less = _taken_back(allocation, frozen, np.maximum(-quantity, 0))
    found = np.concatenate((more, less))
    left_units = quantity - total_by(found["order"], found["quantity"], count)
    left_fen = amount - total_by(found["order"], found["amount"], count)
    return np.concatenate((found, _adjustments(frozen, less, left_units, left_fen)))


def _further_goods(
    columns: PurchaseColumns,
    allocation: Allocation,
    mine: Rows,
    frozen: _Frozen,
    due: tuple[Flags, Integers, Integers],
) -> Rows:
    orders, quantity, amount = due
    received = _without(allocation.received, orders, frozen.rows, "receipt")
    invoiced = _without(allocation.invoiced, orders, frozen.rows, "invoice")
    both = lay(received.supply, received.quantity, invoiced.supply, invoiced.quantity)
    order = received.supply[both.supply]
    wanted = np.where((quantity > 0) & (amount > 0), quantity, 0)
    kept = lay(np.arange(orders.size), wanted, order, both.quantity)
    rows = np.zeros(kept.quantity.size, PAYABLE)
    rows["order"], rows["quantity"] = kept.supply, kept.quantity
    rows["receipt"] = received.demand[both.supply][kept.demand]
    rows["invoice"] = invoiced.demand[both.demand][kept.demand]
    rows["amount"] = _shared_out(rows, amount, wanted)
    rows["kind"], rows["adjusts"] = _GOODS, NOT_STATED
    return _like(rows, columns, mine, frozen)[rows["amount"] > 0]


def _shared_out(rows: Rows, amount: Integers, quantity: Integers) -> Integers:
    """The order line's open amount over its open slices, as differences of rounded cumulatives."""
    order = rows["order"]
    end = np.cumsum(rows["quantity"])
    before = (np.cumsum(quantity) - quantity)[order]
    start = end - rows["quantity"] - before
    return stretch(amount[order], start, start + rows["quantity"], quantity[order])


def _like(rows: Rows, columns: PurchaseColumns, mine: Rows, frozen: _Frozen) -> Rows:
    """Contract, route and basis day as the order line's newest target or committed slice."""
    for source in (frozen.rows, mine):
        latest = np.full(columns.orders.size, NOT_STATED, np.int64)
        latest[source["order"]] = np.arange(source.size)
        place = latest[rows["order"]]
        for name in ("contract", "route", "basis_day"):
            rows[name][place >= 0] = source[name][place[place >= 0]]
    rows["clock_day"] = columns.receipts["accepted"][rows["receipt"]] if rows.size else 0
    return rows


def _without(laid: Overlaps, orders: Flags, frozen: Rows, side: str) -> Overlaps:
    """A laying of the flagged order lines less what is committed of the same document line.

    What was committed of a line that is not laid here any more comes off the oldest others.
    """
    kept = orders[laid.supply]
    order, line, quantity = laid.supply[kept], laid.demand[kept], laid.quantity[kept]
    width = 1 + int(max(line.max(initial=0), frozen[side].max(initial=0)))
    keys, place = np.unique(
        np.concatenate((order, frozen["order"])) * (width + 1)
        + np.concatenate((line, frozen[side]))
        + 1,
        return_inverse=True,
    )
    net = total_by(place, np.concatenate((quantity, -frozen["quantity"])), keys.size)
    left = np.maximum(net[place[: order.size]], 0)
    missing = total_by(keys // (width + 1), np.maximum(-net, 0), orders.size)
    off = lay(order, left, np.arange(orders.size), missing)
    return Overlaps(order, line, left - off.supplied(left.size))


def _taken_back(allocation: Allocation, frozen: _Frozen, surplus: Integers) -> Rows:
    """Negative payables off what was committed: first where the goods went back, then newest."""
    rows = frozen.rows
    gone = _over_receipt(allocation, rows)
    by = np.lexsort((-rows["invoice"], -rows["receipt"], -rows["clock_day"]))
    place = np.concatenate((by, by))
    quantity = np.concatenate((gone[by], (rows["quantity"] - gone)[by]))
    laid = lay(np.arange(surplus.size), surplus, rows["order"][place], quantity)
    taken = total_by(place[laid.demand], laid.quantity, rows.size)
    hit = np.flatnonzero(taken > 0)
    out = _correcting(frozen, hit)
    out["kind"], out["quantity"] = _RETURN, -taken[hit]
    out["amount"] = -round_share(rows["amount"][hit], taken[hit], rows["quantity"][hit])
    return where(out, out["amount"] != 0)


def _over_receipt(allocation: Allocation, rows: Rows) -> Integers:
    """How much of each committed slice its receipt line no longer covers, newest slice first."""
    received = allocation.received
    width = 2 + int(max(received.demand.max(initial=0), rows["receipt"].max(initial=0)))
    keys, place = np.unique(
        np.concatenate(
            (
                received.supply * width + received.demand + 1,
                rows["order"] * width + rows["receipt"] + 1,
            )
        ),
        return_inverse=True,
    )
    mine = place[received.quantity.size :]
    covered = total_by(place[: received.quantity.size], received.quantity, keys.size)
    over = np.maximum(total_by(mine, rows["quantity"], keys.size) - covered, 0)
    newest = np.lexsort((-rows["invoice"], mine))
    laid = lay(np.arange(keys.size), over, mine[newest], rows["quantity"][newest])
    return total_by(newest[laid.demand], laid.quantity, rows.size)


def _adjustments(frozen: _Frozen, less: Rows, units: Integers, fen: Integers) -> Rows:
    """Corrections per order line for what goods and returns do not explain: a price that changed.

    Units that are due while fen are to come back stand on the first of them.
    """
    rows = frozen.rows
    taken = total_by(less["adjusts"], less["amount"], 1 + int(frozen.row.max(initial=0)))
    worth = rows["amount"] + taken[frozen.row]
    by = np.lexsort((frozen.row, rows["invoice"], rows["receipt"], rows["clock_day"]))
    lines = np.flatnonzero((fen != 0) & np.isin(np.arange(fen.size), rows["order"]))
    at, original, amount = _on_originals(rows["order"][by], worth[by], lines, fen[lines])
    out = _correcting(frozen, by[original])
    out["amount"], out["kind"] = amount, _correction_kind(amount)
    out["quantity"] = _once(at, units[lines[at]])
    return out


def _once(of: Integers, quantity: Integers) -> Integers:
    """The quantity on the first of the rows that are of the same, 0 on the others."""
    return np.where(begins(of), quantity, 0)


def _correcting(frozen: _Frozen, hit: Integers) -> Rows:
    out = np.zeros(hit.size, PAYABLE)
    for name in ("order", "receipt", "invoice", "contract", "route", "basis_day", "clock_day"):
        out[name] = frozen.rows[name][hit]
    out["adjusts"] = frozen.row[hit]
    return out
