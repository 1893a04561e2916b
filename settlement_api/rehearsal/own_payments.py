"""What hospitals pay suppliers themselves for lines outside direct settlement."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from settlement_api.rehearsal.deliveries import Trade
from settlement_api.rehearsal.draws import Draws, Flags, Ints
from settlement_api.rehearsal.master_files import Row, Sheet
from settlement_api.rehearsal.province import Province, Standing
from settlement_api.rehearsal.supplier_documents import reissued_invoices
from settlement_api.rehearsal.wire import Wire, yuan

PAID_IN_FULL, PAID_IN_PART = 6_500, 1_000
FIRST_DAY, LAST_DAY = 8, 48
"""Days from invoice to payment: some after the 30 days that hospitals have."""


def told_on(province: Province) -> date:
    """The day of the next month on which hospitals tell what they paid."""
    return province.scale.application_day + timedelta(days=19)


def own_payments_sheet(province: Province, trade: Trade, wire: Wire, seed: int) -> Sheet:
    """Payments per invoice made before hospitals tell of them; the rest is still owed."""
    columns = ("hospital_code", "supplier_uscc", "invoice_number", "reference", "amount")
    return Sheet("own-payments", (*columns, "paid_date"), _rows(province, trade, wire, seed))


def _rows(province: Province, trade: Trade, wire: Wire, seed: int) -> Iterator[Row]:
    draws, invoices, orders = Draws(seed, "own payments"), trade.invoices, trade.orders
    count = len(invoices.order)
    draw = draws.integers(count, 0, 9_999)
    days = invoices.day + draws.integers(count, FIRST_DAY, LAST_DAY)
    whole = _self_amounts(province, trade)
    amount = np.where(draw < PAID_IN_FULL, whole, whole // 2)
    stands = np.ones(count, dtype=np.bool_)
    stands[invoices.voided] = False
    again = set(reissued_invoices(wire).tolist())
    latest = (told_on(province) - province.scale.first_order_day).days
    chosen = (draw < PAID_IN_FULL + PAID_IN_PART) & (amount > 0) & (days < latest)
    order, day, paid = invoices.order.tolist(), days.tolist(), amount.tolist()
    hospital, supplier = orders.hospital.tolist(), orders.supplier.tolist()
    for at in np.flatnonzero(chosen).tolist():
        if not stands[at] and at not in again:
            continue
        yield (
            province.hospitals.codes[hospital[order[at]]],
            province.suppliers.usccs[supplier[order[at]]],
            wire.invoice_number(at, reissued=at in again),
            f"OP{at:09d}",
            yuan(paid[at]),
            wire.days[day[at]],
        )


def _self_amounts(province: Province, trade: Trade) -> Ints:
    """Fen by invoice: goods that go no direct way, as the hospital's clerk would add them up."""
    billed = trade.invoice_lines
    amounts = np.zeros(len(trade.invoices.order), dtype=np.int64)
    own = _own_way(province, trade)[billed.line]
    np.add.at(amounts, billed.invoice[own], billed.amount[own])
    return amounts


def _own_way(province: Province, trade: Trade) -> Flags:
    lines = trade.lines
    standing = province.products.standing[lines.product]
    direct = (standing == Standing.CONTRACTED) | (standing == Standing.RENEWED)
    way: Flags = (~direct | ~lines.authorized | lines.unknown_product) & ~lines.offline
    return way
