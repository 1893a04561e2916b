"""The rule: order x receipt x invoice x contract, on columns, pure.

One function serves one arriving order and a whole year. The result depends on the documents
alone, never on when they arrived; committed payables then leave the axis (target - committed).
"""

from dataclasses import replace

import numpy as np

from reconciler.allocation import allocate
from reconciler.axis import Flags, total_by
from reconciler.charges import Charged, allowed, charge, open_charges
from reconciler.columns import NO_DAY, PurchaseColumns, Rows, where
from reconciler.commitments import open_payables
from reconciler.contract_binding import bind, routes_of
from reconciler.earlier_terms import cut_by_terms, room_above_orders
from reconciler.match_rules import MatchRules
from reconciler.netting import Netted, net, pools_by_unit
from reconciler.outcome import (
    DISCREPANCY,
    EFFECTS,
    FORECAST,
    HELD_IN_PAIRS,
    PAYABLE,
    Outcome,
    Totals,
    reason_code,
)
from reconciler.pricing import Priced, price
from reconciler.stand_ins import stand_ins
from reconciler.substitution import divide, join
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

KERNEL_VERSION = "18"
"""Changes whenever the same columns could give another result; part of every decision context."""


def match_purchases(columns: PurchaseColumns, rules: MatchRules) -> Outcome:
    """Payables, discrepancies, forecasts and balanced totals of whole components of documents."""
    earlier = [each.substitution for each in rules.earlier]
    columns, kin = join(columns, rules.substitution, earlier)
    allowance = allowed(columns, authorization_required=rules.authorization_required)
    netted = net(columns, allowance.contracted(columns))
    charged = charge(columns, netted, allowance)
    more = room_above_orders(columns, netted.order_quantity, rules)
    divided = divide(columns, netted.order_quantity, kin, *stand_ins(columns, netted, kin))
    lines = divided.columns
    if divided.added:
        netted = replace(netted, order_quantity=divided.quantity, pools=pools_by_unit(lines))
        more = np.concatenate((more, np.zeros(divided.added, np.int64)))
    allocation = allocate(lines, netted, more, divided.kin)
    allocation = replace(allocation, slices=cut_by_terms(lines, allocation.slices, rules))
    priced = price(lines, netted, allocation, rules)
    goods = open_payables(lines, priced.slices, rules)
    found = np.concatenate(
        (
            *netted.discrepancies,
            allocation.absorbed,
            allocation.waiting_receipts,
            priced.waiting_invoices,
            *priced.discrepancies,
            *divided.remarks(priced.slices),
            *charged.discrepancies,
        ),
        dtype=DISCREPANCY,  # given, or the type all have in common is worked out pair by pair
    )
    target = divided.undone(priced.slices)
    outcome = Outcome(
        target=_together(target, charged.slices),
        payables=_together(divided.undone(goods), open_charges(columns, charged.slices)),
        discrepancies=divided.undone(found),
        forecasts=_forecasts(columns, target, rules),
        totals=_totals(columns, netted, priced, charged, found),
    )
    assert outcome.totals.balanced(), "a received or invoiced quantity was lost in matching"
    return outcome


def _together(goods: Rows, charges: Rows) -> Rows:
    return np.concatenate((goods, charges), dtype=PAYABLE) if charges.size else goods


def _forecasts(columns: PurchaseColumns, target: Rows, rules: MatchRules) -> Rows:
    """The route each order line would take by its own date, and how much of it is matched."""
    matched = total_by(target["order"], target["quantity"], columns.orders.size)
    every = np.flatnonzero(~columns.orders["of_charges"])
    orders = where(columns.orders, every)
    binding = bind(
        columns,
        every,
        orders["day"].astype(np.int64),
        authorization_required=np.full(orders.size, rules.authorization_required),
    )
    rows = np.zeros(orders.size, FORECAST)
    rows["order"], rows["contract"] = every, binding.contract
    expired = reason_code(DiscrepancyReason.CONTRACT_EXPIRED)
    undated = (orders["day"] == NO_DAY) & (binding.reason == expired)
    rows["reason"] = np.where(
        undated, reason_code(DiscrepancyReason.ORDER_DATE_MISSING), binding.reason
    )
    rows["route"] = routes_of(columns, every, binding)
    rows["matched"] = matched[every]
    rows["open"] = np.maximum(orders["quantity"] - rows["matched"], 0)
    return rows


def _totals(
    columns: PurchaseColumns,
    netted: Netted,
    priced: Priced,
    charged: Charged,
    found: Rows,
) -> Totals:
    matched = priced.slices["amount"] != 0
    units = int(priced.slices["quantity"][matched].sum())

    def ended(side: str, effect: DiscrepancyEffect, measure: str) -> int:
        mine = (found[side] >= 0) & (found["other"] < 0) & _counts(found, side)
        return int(found[measure][mine & (found["effect"] == EFFECTS.index(effect))].sum())

    waiting, held = DiscrepancyEffect.WAITING, DiscrepancyEffect.HELD
    absorbed = found["effect"] == EFFECTS.index(DiscrepancyEffect.ABSORBED)
    return Totals(
        received=int(columns.receipts["quantity"].sum()),
        returned=netted.returned,
        received_matched=units,
        received_waiting=ended("receipt", waiting, "quantity"),
        received_held=ended("receipt", held, "quantity"),
        invoiced=int(columns.invoices["amount"].sum()),
        credited=netted.credited,
        invoiced_matched=int(priced.slices["amount"].sum() + charged.slices["amount"].sum()),
        invoiced_waiting=ended("invoice", waiting, "amount"),
        invoiced_held=ended("invoice", held, "amount"),
        invoiced_units=int(columns.invoices["quantity"].sum()),
        credited_units=netted.credited_units,
        invoiced_units_matched=units + charged.units,
        invoiced_units_waiting=ended("invoice", waiting, "quantity"),
        invoiced_units_held=ended("invoice", held, "quantity"),
        absorbed=int(np.abs(found["amount"][absorbed]).sum()),
        absorbed_units=int(found["quantity"][absorbed].sum()),
    )


def _counts(found: Rows, side: str) -> Flags:
    """A receipt line that an invoice names is only pointed at: its own units end elsewhere, but
    where received and invoiced goods are held together.
    """
    if side == "invoice":
        return np.ones(found.size, np.bool_)
    paired = np.isin(found["reason"], HELD_IN_PAIRS) & (found["order"] >= 0)
    answer: Flags = (found["invoice"] < 0) | paired
    return answer
