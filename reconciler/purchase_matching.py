"""The rule: order x receipt x invoice x contract, on columns, pure.

One function serves one arriving order and a whole year. The result depends on the documents
alone, never on when they arrived; committed payables then leave the axis (target - committed).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from reconciler.allocation import Allocation, allocate
from reconciler.axis import Flags, total_by
from reconciler.charges import Charged, allowed, charge, open_charges
from reconciler.columns import NO_DAY, Asked, PurchaseColumns, Rows
from reconciler.commitments import open_payables
from reconciler.contract_binding import bind, routes_of
from reconciler.netting import Netted, net
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
from reconciler.required_papers import NOT_ASKED, Demand, hold_incomplete, remark_incomplete
from reconciler.tolerance import Tolerance, room_above_quantity
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

KERNEL_VERSION = "12"
"""Changes whenever the same columns could give another result; part of every decision context."""


@dataclass(frozen=True)
class MatchRules:
    """What a rule pack decides about matching.

    `authorization_required`: goods of a supplier whom the winner has not authorized for the area
    are settled by the hospital itself. `date_basis`: the first of these dates that a slice has
    decides contract and price (order_date, delivery_date or receipt_date, acceptance_date,
    invoice_date). `tolerances`: what may exceed a price or an ordered quantity, at most one for a
    reason. `two_invoice_chain`: what an invoice line that names no upstream invoice comes to.
    `trace_codes`: the same of a receipt line with fewer trace codes than packs.
    `hold_expired_since`: goods that came from that day on with a lot that had expired are not paid;
    of others it is only said.
    """

    authorization_required: bool = True
    date_basis: tuple[str, ...] = ("order_date", "receipt_date")
    tolerances: tuple[Tolerance, ...] = ()
    two_invoice_chain: Demand = NOT_ASKED
    trace_codes: Demand = NOT_ASKED
    hold_expired_since: date | None = None

    @property
    def asked(self) -> Asked:
        """What must be read besides the lines."""
        return Asked(
            documents=any(tolerance.per_document for tolerance in self.tolerances),
            papers=bool(self.two_invoice_chain.required_for or self.trace_codes.required_for),
        )


def match_purchases(columns: PurchaseColumns, rules: MatchRules) -> Outcome:
    """Payables, discrepancies, forecasts and balanced totals of whole components of documents."""
    columns = hold_incomplete(columns, rules.two_invoice_chain, rules.trace_codes)
    allowance = allowed(columns, authorization_required=rules.authorization_required)
    netted = net(columns, allowance.contracted(columns))
    charged = charge(columns, netted, allowance)
    more = room_above_quantity(rules.tolerances, netted.order_quantity)
    allocation = allocate(columns, netted, more)
    priced = price(
        columns,
        netted,
        allocation,
        authorization_required=rules.authorization_required,
        date_basis=rules.date_basis,
        tolerances=rules.tolerances,
        hold_expired_since=rules.hold_expired_since,
    )
    found = np.concatenate(
        (
            *netted.discrepancies,
            *remark_incomplete(columns, netted, rules.two_invoice_chain, rules.trace_codes),
            allocation.absorbed,
            allocation.waiting_receipts,
            priced.waiting_invoices,
            *priced.discrepancies,
            *charged.discrepancies,
        ),
        dtype=DISCREPANCY,  # given, or the type all have in common is worked out pair by pair
    )
    goods = open_payables(
        columns, priced.slices, authorization_required=rules.authorization_required
    )
    outcome = Outcome(
        target=_together(priced.slices, charged.slices),
        payables=_together(goods, open_charges(columns, charged.slices)),
        discrepancies=found,
        forecasts=_forecasts(columns, allocation, rules),
        totals=_totals(columns, netted, priced, charged, found),
    )
    assert outcome.totals.balanced(), "a received or invoiced quantity was lost in matching"
    return outcome


def _together(goods: Rows, charges: Rows) -> Rows:
    return np.concatenate((goods, charges), dtype=PAYABLE) if charges.size else goods


def _forecasts(columns: PurchaseColumns, allocation: Allocation, rules: MatchRules) -> Rows:
    """The route each order line would take by its own date, and how much of it is matched."""
    slices = allocation.slices
    matched = total_by(slices.order, slices.quantity, columns.orders.size)
    every = np.flatnonzero(~columns.orders["of_charges"])
    orders = columns.orders[every]
    binding = bind(
        columns,
        every,
        orders["day"].astype(np.int64),
        authorization_required=rules.authorization_required,
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
