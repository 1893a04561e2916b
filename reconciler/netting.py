"""What is left of each line once returns, credit notes, charges and bars are taken off."""

from dataclasses import dataclass

import numpy as np

from reconciler.axis import Flags, Integers, lay, total_by
from reconciler.columns import UNNAMED, PurchaseColumns, Rows
from reconciler.lots import by_lot
from reconciler.outcome import bar, discrepancies
from reconciler.supplements import Supplemented, supplement
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

_UNIT = bar(DiscrepancyReason.UNIT_NOT_CONVERTIBLE)
_UNKNOWN = bar(DiscrepancyReason.PRODUCT_UNKNOWN)


@dataclass(frozen=True)
class Pools:
    """Numbers of the groups in which lines without a line reference are laid, one per unit."""

    order_pool: Integers
    order_bill: Integers
    receipt_pool: Integers
    receipt_bill: Integers
    invoice_pool: Integers
    invoice_bill: Integers
    return_pool: Integers
    receipt_order: Integers
    return_order: Integers


@dataclass(frozen=True)
class Netted:
    """Effective quantities (thousandths) and amounts (fen), and what was taken off on the way.

    `receipt_barred`: reason code + 1 that keeps a receipt line out, 0 when none. `supplemented`:
    fen that later invoices add to an invoice line, part of its amount. Charges that contracts pay
    have no goods to be laid: their units and fen stand beside.
    """

    order_quantity: Integers
    receipt_quantity: Integers
    receipt_barred: Integers
    invoice_quantity: Integers
    invoice_amount: Integers
    supplemented: Integers
    charge_units: Integers
    charge_amount: Integers
    pools: Pools
    returned: int
    credited: int
    credited_units: int
    discrepancies: list[Rows]


def net(columns: PurchaseColumns, contracted: Flags) -> Netted:
    """Returns come off their receipt line (unnamed: the newest, of their lot first), credits off
    their invoice line. `contracted`: charges that some contract pays; the others are held.
    """
    pools = pools_by_unit(columns)
    barred, receipt_rows = _bar_receipts(columns)
    receipts = np.where(barred == 0, columns.receipts["quantity"], 0)
    kept, returned, return_rows = _take_returns(columns, pools, receipts)
    units, fen, credit_rows = _take_credits(columns)
    credited = (
        int(columns.invoices["amount"].sum() - fen.sum()),
        int(columns.invoices["quantity"].sum() - units.sum()),
    )
    raised, barred_rows = _bar_invoices(columns, contracted, units, fen)
    units = np.where(raised.barred == 0, units, 0)
    fen = np.where(raised.barred == 0, raised.amount, 0)
    orders, charge = columns.orders, columns.invoices["charge"]
    laid = (orders["barred"] == 0) & ~orders["of_charges"]
    return Netted(
        np.where(laid, orders["quantity"], 0),
        kept,
        barred,
        np.where(charge, 0, units),
        np.where(charge, 0, fen),
        raised.added,
        np.where(charge, units, 0),
        np.where(charge, fen, 0),
        pools,
        returned,
        *credited,
        [receipt_rows, return_rows, credit_rows, *barred_rows],
    )


def pools_by_unit(columns: PurchaseColumns) -> Pools:
    """The groups of the columns as they are now."""
    orders, receipts, invoices = columns.orders, columns.receipts, columns.invoices
    known = np.unique(
        np.concatenate([rows["unit"] for rows in (orders, receipts, invoices, columns.returns)])
    )

    def numbered(rows: Rows, name: str) -> Integers:
        unit, number = np.searchsorted(known, rows["unit"]), rows[name]
        if name == "order" and columns.pools.size:  # goods of one product are not given back as
            number = number * columns.pools.size + rows["pool"]  # another's
        return np.where(rows[name] < 0, UNNAMED, number * known.size + unit).astype(np.int64)

    return Pools(
        numbered(orders, "pool"),
        numbered(orders, "bill"),
        numbered(receipts, "pool"),
        numbered(receipts, "bill"),
        numbered(invoices, "pool"),
        numbered(invoices, "bill"),
        numbered(columns.returns, "pool"),
        numbered(receipts, "order"),
        numbered(columns.returns, "order"),
    )


def _other_unit(rows: Rows, reference: Integers, others: Rows) -> Integers:
    """Rows that name a line counted in another unit, which nothing converts."""
    named = np.flatnonzero(reference >= 0)
    other: Flags = rows["unit"][named] != others["unit"][reference[named]]
    return named[other]


def _bar_other_unit(barred: Integers, rows: Rows, reference: Integers, others: Rows) -> None:
    """Bars what names a line in another unit; of an unknown product nothing can convert."""
    other = _other_unit(rows, reference, others)
    why = np.where(rows["unknown"][other], _UNKNOWN, _UNIT)
    barred[other] = np.where(barred[other] == 0, why, barred[other])


def _bar_receipts(columns: PurchaseColumns) -> tuple[Integers, Rows]:
    receipts = columns.receipts
    barred = receipts["barred"].copy()
    _bar_other_unit(barred, receipts, receipts["order"], columns.orders)
    out = np.flatnonzero((barred > 0) & (receipts["quantity"] > 0))
    rows = discrepancies(
        barred[out] - 1,
        DiscrepancyEffect.HELD,
        out.size,
        order=np.maximum(receipts["order"][out], UNNAMED),
        receipt=out,
        quantity=receipts["quantity"][out],
        stated=receipts["quantity"][out],
    )
    return barred, rows


def _take_returns(
    columns: PurchaseColumns, pools: Pools, held: Integers
) -> tuple[Integers, int, Rows]:
    receipts, returns = columns.receipts, columns.returns
    if not returns.size:
        return (
            held,
            0,
            discrepancies(DiscrepancyReason.RETURN_WITHOUT_RECEIPT, DiscrepancyEffect.WAITING, 0),
        )
    due = returns["quantity"].copy()
    due[_other_unit(returns, returns["receipt"], receipts)] = 0
    free = returns["receipt"] == UNNAMED
    named = (np.arange(receipts.size), returns["receipt"])
    ordered = (pools.receipt_order, np.where(free, pools.return_order, UNNAMED))
    pooled = (
        pools.receipt_pool,
        np.where(free & (returns["order"] == UNNAMED), pools.return_pool, UNNAMED),
    )
    turns = [named]
    for turn in (ordered, pooled):
        if returns["lot"].any():
            turns.append(by_lot(*turn, receipts["lot"], returns["lot"]))
        turns.append(turn)
    newest = np.arange(receipts.size)[::-1]
    left, covered = held.copy(), np.zeros(returns.size, np.int64)
    for supply, demand in turns:
        laid = lay(supply[newest], left[newest], demand, due - covered)
        left -= total_by(newest[laid.supply], laid.quantity, receipts.size)
        covered += laid.demanded(returns.size)
    return left, int(covered.sum()), _waiting_returns(returns, covered)


def _waiting_returns(returns: Rows, covered: Integers) -> Rows:
    short = returns["quantity"] - covered
    out = np.flatnonzero(short > 0)
    return discrepancies(
        DiscrepancyReason.RETURN_WITHOUT_RECEIPT,
        DiscrepancyEffect.WAITING,
        out.size,
        order=np.maximum(returns["order"][out], UNNAMED),
        receipt=np.maximum(returns["receipt"][out], UNNAMED),
        other=out,
        quantity=short[out],
        stated=returns["quantity"][out],
        allowed=covered[out],
    )


def _take_credits(columns: PurchaseColumns) -> tuple[Integers, Integers, Rows]:
    """Quantity and amount of each invoice line after the credit notes that name it."""
    invoices, notes = columns.invoices, columns.credits
    lines = np.arange(invoices.size)
    bound = notes["invoice"].copy()
    other = _other_unit(notes, bound, invoices)
    bound[other[notes["quantity"][other] > 0]] = UNNAMED  # a price alone has no unit
    units = lay(lines, invoices["quantity"], bound, notes["quantity"])
    fen = lay(lines, invoices["amount"], bound, notes["amount"])
    short_units = notes["quantity"] - units.demanded(notes.size)
    short_fen = notes["amount"] - fen.demanded(notes.size)
    out = np.flatnonzero((short_units > 0) | (short_fen > 0))
    rows = discrepancies(
        DiscrepancyReason.INVOICE_OVERDRAWN,
        DiscrepancyEffect.WAITING,
        out.size,
        invoice=np.maximum(notes["invoice"][out], UNNAMED),
        other=out,
        quantity=short_units[out],
        amount=short_fen[out],
        stated=notes["amount"][out],
        allowed=notes["amount"][out] - short_fen[out],
    )
    alone = bound[out] < 0
    rows["reason"][alone] = bar(DiscrepancyReason.CREDIT_WITHOUT_INVOICE) - 1
    return (
        invoices["quantity"] - units.supplied(invoices.size),
        invoices["amount"] - fen.supplied(invoices.size),
        rows,
    )


def _bar_invoices(
    columns: PurchaseColumns, contracted: Flags, units: Integers, fen: Integers
) -> tuple[Supplemented, list[Rows]]:
    invoices = columns.invoices
    barred = invoices["barred"].copy()
    for name, others in (("order", columns.orders), ("receipt", columns.receipts)):
        _bar_other_unit(barred, invoices, invoices[name], others)
    charge = bar(DiscrepancyReason.CHARGE_NOT_CONTRACTED)
    unpaid = invoices["charge"] & ~(contracted & (fen > 0))
    barred = np.where(unpaid & (barred == 0), charge, barred)
    empty = (barred == 0) & (units == 0) & (fen > 0) & ~invoices["charge"]
    empty[columns.supplements["invoice"]] = False
    barred[empty] = bar(DiscrepancyReason.NOTHING_TO_PAY)
    uneven_links = _uneven_links(columns, barred)
    barred[uneven_links["invoice"]] = bar(DiscrepancyReason.LINK_TOTAL_MISMATCH)
    raised = supplement(columns, barred, units, fen)
    barred, fen = raised.barred, raised.amount
    off = np.flatnonzero(invoices["difference"])
    uneven = discrepancies(
        DiscrepancyReason.AMOUNT_ROUNDING,
        DiscrepancyEffect.INFORMATION,
        off.size,
        invoice=off,
        amount=invoices["difference"][off],
        stated=invoices["difference"][off],
    )
    out = np.flatnonzero((barred > 0) & ((units > 0) | (fen > 0)))
    rows = discrepancies(
        barred[out] - 1,
        DiscrepancyEffect.HELD,
        out.size,
        order=np.maximum(invoices["order"][out], UNNAMED),
        receipt=np.maximum(invoices["receipt"][out], UNNAMED),
        invoice=out,
        quantity=units[out],
        amount=fen[out],
        stated=fen[out],
    )
    if uneven_links.size:
        place = np.full(invoices.size, UNNAMED)
        place[uneven_links["invoice"]] = np.arange(uneven_links.size)
        about = np.flatnonzero(place[out] >= 0)
        rows["stated"][about] = uneven_links["invoiced"][place[out[about]]]
        rows["allowed"][about] = uneven_links["linked"][place[out[about]]]
    return raised, [rows, uneven, raised.waiting]


def _uneven_links(columns: PurchaseColumns, barred: Integers) -> Rows:
    """The first link by totals of each invoice line that is uneven; not of lines barred before."""
    links = columns.links
    uneven = links[links["uneven"] & (links["invoice"] >= 0)]
    uneven = uneven[barred[uneven["invoice"]] == 0]
    first: Rows = uneven[np.unique(uneven["invoice"], return_index=True)[1]]
    return first
