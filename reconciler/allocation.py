"""Who is paired with whom: receipts and invoices onto order lines, and their common slices.

Explicit references bind first; the rest is laid first in, first out. Quantities only: amounts
never decide a pairing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reconciler.axis import Flags, Integers, Overlaps, end_to_end, lay, no_overlaps, total_by
from reconciler.columns import ABSENT, UNNAMED, PurchaseColumns, Rows, where
from reconciler.lots import by_lot
from reconciler.netting import Netted
from reconciler.outcome import discrepancies, reason_code
from reconciler.substitution import Kin, claims_reason, receipts_reason
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

Reason = DiscrepancyReason
MAX_LINKED: Final = 10**12
"""More than any line holds: a link without a quantity binds what is there."""

CLAIM: Final = np.dtype(
    [
        *((name, np.int64) for name in ("invoice", "order", "receipt", "bill", "pool", "quantity")),
        ("other_unit", np.bool_),  # linked to a line counted in a unit that nothing converts
    ]
)


@dataclass(frozen=True)
class Slices:
    """Quantity slices of (order line, receipt line, invoice line), sorted by the three.

    `terms`: the rules that each counts under, see `MatchRules.earlier`.
    """

    order: Integers
    receipt: Integers
    invoice: Integers
    quantity: Integers
    terms: Integers


@dataclass(frozen=True)
class Allocation:
    """`received` and `invoiced` (supply = order line, demand = document line) per order line,
    the slices both have in common, what was accepted above the order because it is tolerated, and
    the quantities that wait, each with its reason.
    """

    received: Overlaps
    invoiced: Overlaps
    slices: Slices
    absorbed: Rows
    waiting_receipts: Rows
    waiting_invoices: Rows


@dataclass(frozen=True)
class Turn:
    """One round of laying documents on order lines by a common group number."""

    orders: Integers
    documents: Integers
    only_received: bool = False


def allocate(
    columns: PurchaseColumns, netted: Netted, more: Integers, kin: Kin | None = None
) -> Allocation:
    """Lays receipts, then invoices, on the order lines and cuts the common slices.

    `more`: thousandths that each order line may take above what was ordered, used only by goods
    that find no room on any order line. `kin`: what joins products of one group, if anything does.
    """
    claims = _claims(columns, netted)
    ordered = _lay_all_receipts(columns, netted, kin)
    received, over = ordered, no_overlaps()
    if more.any():
        left = netted.receipt_quantity - ordered.demanded(columns.receipts.size)
        over = lay_receipts(columns, netted, more, left)
        received = merge(end_to_end([ordered, over]))
    wanted = np.where(claims["other_unit"], 0, claims["quantity"])
    named = lay(received.demand, received.quantity, claims["receipt"], wanted)
    rest = received.quantity - named.supplied(received.quantity.size)
    paired = total_by(received.supply[named.supply], named.quantity, columns.orders.size)
    unpaired = total_by(received.supply, rest, paired.size)
    room = netted.order_quantity + over.supplied(paired.size) - paired
    laid = _lay_claims(columns, netted, claims, room, unpaired)
    common = _common(columns, (received, rest), (laid, claims))
    unmatched = laid.quantity - common.demanded(laid.quantity.size)
    bound = Overlaps(received.supply[named.supply], named.demand, named.quantity)
    unlaid = receipts_reason(kin, columns.receipts, _receipts_reason(columns, netted, kin))
    uninvoiced = rest - common.supplied(rest.size)
    claimed = _Claimed(claims, named, laid, unmatched, _unlaid_claims(columns, netted, claims, kin))
    return Allocation(
        received,
        _per_invoice(claims, bound, laid),
        _slices(claims, received, named, (laid, common)),
        _absorbed(netted, over),
        _waiting_receipts(columns, netted, received, unlaid, uninvoiced),
        _waiting_invoices(columns, netted, received, unlaid, claimed),
    )


def _lay_all_receipts(columns: PurchaseColumns, netted: Netted, kin: Kin | None) -> Overlaps:
    """Receipts on order lines: what is kept from earlier rules stays where it was laid."""
    room, goods = netted.order_quantity, netted.receipt_quantity
    if kin is None or not kin.laid.quantity.size:
        return lay_receipts(columns, netted, room, goods)
    room, goods = room - kin.laid.supplied(room.size), goods - kin.laid.demanded(goods.size)
    return merge(end_to_end([kin.laid, lay_receipts(columns, netted, room, goods)]))


def _common(
    columns: PurchaseColumns, goods: tuple[Overlaps, Integers], billed: tuple[Overlaps, Rows]
) -> Overlaps:
    """What received and invoiced quantities share on each order line: of one lot first, then
    whatever is left, first in, first out. A lot moves nothing to another order line.
    """
    (received, rest), (laid, claims) = goods, billed
    groups = received.supply, laid.supply
    if not columns.invoices["lot"].any():
        return lay(groups[0], rest, groups[1], laid.quantity)
    lots = by_lot(
        *groups,
        columns.receipts["lot"][received.demand],
        columns.invoices["lot"][claims["invoice"][laid.demand]],
    )
    same = lay(lots[0], rest, lots[1], laid.quantity)
    left = rest - same.supplied(rest.size), laid.quantity - same.demanded(laid.quantity.size)
    return end_to_end([same, lay(groups[0], left[0], groups[1], left[1])])


@dataclass(frozen=True)
class _Claimed:
    """Claims, what they found at the receipts they name and on order lines, what is left, and why
    whatever found no order line did not."""

    claims: Rows
    named: Overlaps
    laid: Overlaps
    unmatched: Integers
    why: Integers


def _claims(columns: PurchaseColumns, netted: Netted) -> Rows:
    """Each invoice line's quantity by what it refers to: links first, then its own reference."""
    invoices, links, pools = columns.invoices, columns.links, netted.pools
    whole = links["quantity"] < 0
    wanted = np.where(whole, MAX_LINKED, links["quantity"])
    linked = lay(np.arange(invoices.size), netted.invoice_quantity, links["invoice"], wanted)
    rest = netted.invoice_quantity - linked.supplied(invoices.size)
    own = np.flatnonzero(rest > 0)
    claims = np.zeros(linked.quantity.size + own.size, CLAIM)
    claims["invoice"] = np.concatenate((linked.supply, own))
    claims["quantity"] = np.concatenate((linked.quantity, rest[own]))
    for name, of_links, of_lines in (
        ("order", links["order"], invoices["order"]),
        ("receipt", links["receipt"], invoices["receipt"]),
        ("bill", np.full(links.size, UNNAMED), pools.invoice_bill),
        ("pool", np.full(links.size, UNNAMED), pools.invoice_pool),
    ):
        claims[name] = np.concatenate((of_links[linked.demand], of_lines[own]))
    claims["other_unit"] = _other_unit(columns, claims)
    return claims[np.argsort(claims["invoice"], kind="stable")]


def _other_unit(columns: PurchaseColumns, claims: Rows) -> Flags:
    """A link cannot make ten boxes ten pieces: its claim finds nothing, and says why.

    (An invoice line's own reference to another unit bars the line, see `netting`.)
    """
    unit = columns.invoices["unit"][claims["invoice"]]
    found = np.zeros(claims.size, np.bool_)
    for name, others in (("order", columns.orders), ("receipt", columns.receipts)):
        named = np.flatnonzero(claims[name] >= 0)
        found[named] |= others["unit"][claims[name][named]] != unit[named]
    return found


def _per_invoice(claims: Rows, bound: Overlaps, laid: Overlaps) -> Overlaps:
    demand = claims["invoice"][np.concatenate((bound.demand, laid.demand))]
    return merge(
        Overlaps(
            np.concatenate((bound.supply, laid.supply)),
            demand,
            np.concatenate((bound.quantity, laid.quantity)),
        )
    )


def merge(laid: Overlaps) -> Overlaps:
    """One row per pair, sorted by supply, then demand row: the order in which both are laid."""
    if not laid.quantity.size:
        return laid
    width = int(laid.demand.max()) + 1
    pairs, place = np.unique(laid.supply * width + laid.demand, return_inverse=True)
    return Overlaps(pairs // width, pairs % width, total_by(place, laid.quantity, pairs.size))


def lay_receipts(
    columns: PurchaseColumns, netted: Netted, capacity: Integers, demand: Integers
) -> Overlaps:
    receipts, pools = columns.receipts, netted.pools
    turns = _turns(columns, receipts, pools.receipt_bill, pools.receipt_pool, netted)
    return merge(lay_in_turn(turns, capacity, demand, None))


def _absorbed(netted: Netted, over: Overlaps) -> Rows:
    """What was accepted above the order, receipt by receipt."""
    ordered = netted.order_quantity[over.supply]
    return discrepancies(
        Reason.QUANTITY_OVER_ORDER,
        DiscrepancyEffect.ABSORBED,
        over.quantity.size,
        order=over.supply,
        receipt=over.demand,
        quantity=over.quantity,
        stated=ordered + over.supplied(netted.order_quantity.size)[over.supply],
        allowed=ordered,
    )


def _lay_claims(
    columns: PurchaseColumns,
    netted: Netted,
    claims: Rows,
    capacity: Integers,
    unpaired: Integers,
) -> Overlaps:
    """Claims that name no receipt; unreferenced ones look first for goods without an invoice."""
    free = (claims["receipt"] == UNNAMED) & ~claims["other_unit"]
    demand = np.where(free, claims["quantity"], 0)
    explicit, bill, pool = _turns(columns, claims, claims["bill"], claims["pool"], netted)
    turns = [explicit]
    for turn in (bill, pool):
        turns += [Turn(turn.orders, turn.documents, only_received=True), turn]
    return merge(lay_in_turn(turns, capacity, demand, unpaired))


def _turns(
    columns: PurchaseColumns, rows: Rows, bill: Integers, pool: Integers, netted: Netted
) -> list[Turn]:
    free = rows["order"] == UNNAMED
    billed = bill >= 0
    return [
        Turn(np.arange(columns.orders.size), rows["order"].astype(np.int64)),
        Turn(netted.pools.order_bill, np.where(free & billed, bill, UNNAMED)),
        Turn(netted.pools.order_pool, np.where(free & ~billed, pool, UNNAMED)),
    ]


def lay_in_turn(
    turns: Sequence[Turn], capacity: Integers, demand: Integers, received: Integers | None
) -> Overlaps:
    """Each turn lays what is still free; `received` limits the turns that ask for it."""
    rounds = [no_overlaps()]
    taken, covered = np.zeros_like(capacity), np.zeros_like(demand)
    for turn in turns:
        if not ((turn.documents >= 0) & (demand > covered)).any():
            continue
        limit = received if turn.only_received and received is not None else capacity
        free = np.minimum(limit, capacity) - taken
        laid = lay(turn.orders, free, turn.documents, demand - covered)
        taken += laid.supplied(capacity.size)
        covered += laid.demanded(demand.size)
        rounds.append(laid)
    return end_to_end(rounds)


def _slices(
    claims: Rows, received: Overlaps, named: Overlaps, rest: tuple[Overlaps, Overlaps]
) -> Slices:
    laid, common = rest
    supply = np.concatenate((named.supply, common.supply))
    invoice = claims["invoice"][np.concatenate((named.demand, laid.demand[common.demand]))]
    quantity = np.concatenate((named.quantity, common.quantity))
    both = merge(Overlaps(supply, invoice, quantity))  # received is sorted by order, receipt
    return Slices(
        received.supply[both.supply],
        received.demand[both.supply],
        both.demand,
        both.quantity,
        np.zeros_like(both.quantity),
    )


_Groups = Sequence[tuple[Integers, Integers]]
"""Numbers of order lines and of the documents laid on them: by bill, then by pool."""


def _has_order(rows: Rows, groups: _Groups) -> Flags:
    """Whether a document names an order line, or its group has one."""
    free = rows["order"] == UNNAMED
    (order_bill, bill), (order_pool, pool) = groups
    billed = bill >= 0
    found: Flags = rows["order"] >= 0
    found |= free & billed & _one_of(bill, order_bill)
    found |= free & ~billed & _one_of(pool, order_pool)
    return found


def _one_of(numbers: Integers, known: Integers) -> Flags:
    """Whether each group number (of -1 nothing is said) is among the known ones."""
    most = max(int(numbers.max(initial=0)), int(known.max(initial=0)))
    there = np.zeros(most + 2, np.bool_)  # with a last place for -1
    there[known] = True
    return there[numbers]


def _unlaid_reason(rows: Rows, measured: _Groups, sent: _Groups) -> Integers:
    """Why a document found no order line: too little is ordered, or in another unit, or nothing.

    `measured` groups are one per unit, `sent` groups have all units.
    """
    return np.select(
        [_has_order(rows, measured), _has_order(rows, sent)],
        [reason_code(Reason.QUANTITY_OVER_ORDER), reason_code(Reason.UNIT_NOT_CONVERTIBLE)],
        reason_code(Reason.NO_ORDER),
    )


def _told(rows: Rows, unknown: Flags) -> Rows:
    """A product that nobody knows says more than whatever else is missing."""
    rows["reason"][unknown] = reason_code(Reason.PRODUCT_UNKNOWN)
    return rows


def _receipts_reason(columns: PurchaseColumns, netted: Netted, kin: Kin | None) -> Integers:
    """Why goods of each receipt line that are on no order line are not."""
    orders, receipts, pools = columns.orders, columns.receipts, netted.pools

    def open_to_more(groups: Integers) -> Integers:
        return groups if kin is None else np.where(kin.closed, UNNAMED, groups)

    return _unlaid_reason(
        receipts,
        (
            (open_to_more(pools.order_bill), pools.receipt_bill),
            (open_to_more(pools.order_pool), pools.receipt_pool),
        ),
        (
            (open_to_more(orders["bill"]), receipts["bill"]),
            (open_to_more(orders["pool"]), receipts["pool"]),
        ),
    )


def _waiting_receipts(
    columns: PurchaseColumns, netted: Netted, received: Overlaps, why: Integers, left: Integers
) -> Rows:
    receipts = columns.receipts
    over = netted.receipt_quantity - received.demanded(receipts.size)
    out = np.flatnonzero(over > 0)
    unlaid = discrepancies(
        why[out],
        DiscrepancyEffect.WAITING,
        out.size,
        order=np.maximum(receipts["order"][out], UNNAMED),
        receipt=out,
        quantity=over[out],
        stated=netted.receipt_quantity[out],
        allowed=netted.receipt_quantity[out] - over[out],
    )
    alone = np.flatnonzero(left > 0)
    uninvoiced = discrepancies(
        Reason.NOT_INVOICED,
        DiscrepancyEffect.WAITING,
        alone.size,
        order=received.supply[alone],
        receipt=received.demand[alone],
        quantity=left[alone],
        stated=received.quantity[alone],
        allowed=received.quantity[alone] - left[alone],
    )
    rows = np.concatenate((unlaid, uninvoiced))
    return _told(rows, receipts["unknown"][rows["receipt"]])


def _waiting_invoices(
    columns: PurchaseColumns, netted: Netted, received: Overlaps, why: Integers, claimed: _Claimed
) -> Rows:
    claims, laid, unmatched = claimed.claims, claimed.laid, claimed.unmatched
    covered = claimed.named.demanded(claims.size) + laid.demanded(claims.size)
    over = claims["quantity"] - covered
    out = np.flatnonzero(over > 0)
    reason = np.select(
        [claims["other_unit"], claims["receipt"] != UNNAMED],
        [
            reason_code(Reason.UNIT_NOT_CONVERTIBLE),
            _named_receipt_reason(columns, netted, received, why, claims["receipt"]),
        ],
        claimed.why,
    )
    unlaid = _waiting_claims(reason[out], claims["order"][out], claims[out], over[out], netted)
    alone = np.flatnonzero(unmatched > 0)
    goods = received.supplied(columns.orders.size)[laid.supply[alone]] > 0
    reason = np.where(
        goods, reason_code(Reason.QUANTITY_OVER_RECEIPT), reason_code(Reason.NOT_RECEIVED)
    )
    unreceived = _waiting_claims(
        reason, laid.supply[alone], claims[laid.demand[alone]], unmatched[alone], netted
    )
    rows = np.concatenate((unlaid, unreceived))
    return _combined(_told(rows, columns.invoices["unknown"][rows["invoice"]]))


def _claims_reason(columns: PurchaseColumns, netted: Netted, claims: Rows) -> Integers:
    orders, pools = columns.orders, netted.pools
    lines = where(columns.invoices, claims["invoice"])
    billed = np.where(claims["bill"] >= 0, lines["bill"], UNNAMED)
    pooled = np.where(claims["pool"] >= 0, lines["pool"], UNNAMED)
    return _unlaid_reason(
        claims,
        ((pools.order_bill, claims["bill"]), (pools.order_pool, claims["pool"])),
        ((orders["bill"], billed), (orders["pool"], pooled)),
    )


def _unlaid_claims(
    columns: PurchaseColumns, netted: Netted, claims: Rows, kin: Kin | None
) -> Integers:
    """Why claims found no order line, also where other products of the group were ordered."""
    reason = _claims_reason(columns, netted, claims)
    if kin is None:
        return reason
    first, pools = kin.orders.kin.size, netted.pools
    came = netted.order_quantity > 0

    def among(chosen: Integers | slice) -> Flags:
        groups = (
            (pools.order_bill[chosen], claims["bill"]),
            (pools.order_pool[chosen], claims["pool"]),
        )
        named = np.isin(claims["order"], np.arange(came.size)[chosen])
        grouped = _has_order(claims, groups) & (claims["order"] == UNNAMED)
        answer: Flags = named | grouped
        return answer

    apart = np.flatnonzero(came & (np.arange(came.size) >= first))
    return claims_reason(kin, claims, reason, (~among(slice(first)), among(apart)))


def _waiting_claims(
    reason: Integers, order: Integers, claims: Rows, quantity: Integers, netted: Netted
) -> Rows:
    whole = netted.invoice_quantity[claims["invoice"]]
    return discrepancies(
        reason,
        DiscrepancyEffect.WAITING,
        claims.size,
        order=np.maximum(order, UNNAMED),
        receipt=np.maximum(claims["receipt"], UNNAMED),
        invoice=claims["invoice"],
        quantity=quantity,
        stated=whole,
        allowed=whole - quantity,
    )


def _combined(rows: Rows) -> Rows:
    """One row per line and reason: several claims of one invoice line may wait alike."""
    by = np.lexsort((rows["reason"], rows["receipt"], rows["order"], rows["invoice"]))
    rows = where(rows, by)
    names = ["reason", "receipt", "order", "invoice"]
    keys = np.stack([rows[name].astype(np.int64) for name in names])
    first = np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)][: rows.size]
    total = total_by(np.cumsum(first) - 1, rows["quantity"], int(first.sum()))
    kept = where(rows, first)
    kept["quantity"] = total
    kept["allowed"] = kept["stated"] - total
    return kept


def _named_receipt_reason(
    columns: PurchaseColumns, netted: Netted, received: Overlaps, why: Integers, named: Integers
) -> Integers:
    """Why a claim that names a receipt line found less there than it invoices."""
    if not columns.receipts.size:
        return np.full(named.size, reason_code(Reason.NOT_RECEIVED))
    row = np.maximum(named, 0)
    kept = netted.receipt_quantity[row]
    laid = received.demanded(columns.receipts.size)[row]
    barred = netted.receipt_barred[row]
    return np.select(
        [named == ABSENT, barred > 0, kept == 0, laid < kept],
        [
            reason_code(Reason.NOT_RECEIVED),
            barred - 1,
            reason_code(Reason.NOT_RECEIVED),
            why[row],
        ],
        reason_code(Reason.QUANTITY_OVER_RECEIPT),
    )
