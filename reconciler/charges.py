"""Freight and other charges: what contracts allow for an order, laid first in, first out.

A charge belongs to an order, not to a product, so that no component of goods can hold it. What it
is held to are facts of documents (what the order states, which charges came before), never what
became of the goods.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from reconciler.axis import Flags, Integers, expand, lay, total_by
from reconciler.columns import NO_DAY, NOT_STATED, PurchaseColumns, Rows, number_keys, where
from reconciler.contract_binding import Binding, bind, routes_of
from reconciler.netting import Netted
from reconciler.outcome import KINDS, PAYABLE, discrepancies
from reconciler.tolerance import price_band
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason, PayableKind

MOST_COUNTED: Final = 10**15
"""Fen of one order line that count for a part of its value: far beyond any line at the door."""
_WHOLE: Final = 10_000


@dataclass(frozen=True)
class Allowed:
    """Per charge that names an order: `cap`, the fen that contracts allow for the order and kind
    in all, and the first order line under such a contract with its contract row, route and day.
    """

    cap: Integers
    order: Integers
    contract: Integers
    route: Integers
    day: Integers

    def contracted(self, columns: PurchaseColumns) -> Flags:
        """Which invoice lines are charges that some contract pays."""
        flags = np.zeros(columns.invoices.size, np.bool_)
        flags[columns.charges["invoice"][self.cap > 0]] = True
        return flags


@dataclass(frozen=True)
class Charged:
    """Charges as payable rows, what is held of them, and the units that the payable ones state."""

    slices: Rows
    discrepancies: list[Rows]
    units: int


def allowed(columns: PurchaseColumns, *, authorization_required: bool) -> Allowed:
    """What contracts allow each charge's order, from the order's lines and the terms in force.

    A line is under the contract that binds it on the day of the order, else of the invoice. Each
    term allows its part of the value of the lines under its contract, or its amount, or the lower
    of the two; an order under several contracts is allowed what each allows.
    """
    charges, none = columns.charges, np.full(columns.charges.size, NOT_STATED, np.int64)
    terms, goods = columns.charge_terms, columns.charge_goods
    if not terms.size or not goods.size or not columns.contracts.size:
        return Allowed(np.zeros_like(none), none, none, none, none)
    charge, order = goods["charge"], goods["order"]
    ordered = columns.orders["day"][order].astype(np.int64)
    invoiced = columns.invoices["day"][charges["invoice"][charge]].astype(np.int64)
    day = np.where(ordered == NO_DAY, invoiced, ordered)
    required = np.full(order.size, authorization_required)
    binding = bind(columns, order, day, authorization_required=required)
    pair, term = _terms_in_force(columns, charges["kind"][charge], binding, day)
    bought = (columns.orders["quantity"][order] > 0) & (columns.orders["barred"][order] == 0)
    pair, term = pair[bought[pair]], term[bought[pair]]
    value = _value(columns, order, binding)
    cap = _caps(terms, charge[pair], term, value[pair], charges.size)
    first = none.copy()
    first[charge[pair][::-1]] = pair[::-1]
    at = np.maximum(first, 0)
    routes = routes_of(columns, order, binding)
    return Allowed(cap, *(_at(each, at) for each in (order, binding.contract, routes, day)))


def _at(values: Integers, place: Integers) -> Integers:
    return values[place].astype(np.int64)


def _terms_in_force(
    columns: PurchaseColumns, kind: Integers, binding: Binding, day: Integers
) -> tuple[Integers, Integers]:
    """Pairs of (charge, order line) whose contract pays the kind on that day, and its term."""
    terms = columns.charge_terms
    bound = np.flatnonzero(binding.in_force)
    agreements = columns.contracts["agreement"][binding.contract[bound]]
    number = number_keys(
        [
            np.concatenate((terms["agreement"], agreements)),
            np.concatenate((terms["kind"], kind[bound])).astype(np.int64),
        ]
    )
    own, wanted = number[: terms.size], number[terms.size :]
    by = np.argsort(own, kind="stable")
    subject, place = expand(
        np.searchsorted(own[by], wanted, side="left"),
        np.searchsorted(own[by], wanted, side="right"),
    )
    pair, term = bound[subject], by[place]
    valid = terms["payable"][term] & (terms["valid_from"][term] <= day[pair])
    valid &= day[pair] <= terms["valid_to"][term]
    return pair[valid], term[valid]


def _value(columns: PurchaseColumns, order: Integers, binding: Binding) -> Integers:
    """Fen that each order line is worth: as it states, and no more than its contract's price."""
    lines = where(columns.orders, order)
    quantity = lines["quantity"].astype(np.int64)
    priced = lines["price"] >= 0
    by_price = price_band(
        quantity, np.maximum(lines["price"], 0), np.maximum(lines["pack"], 1), lines["decimals"]
    )
    stated = np.where(priced, by_price.exact, lines["amount"])
    terms = where(columns.contracts, np.maximum(binding.contract, 0))
    agreed = price_band(quantity, terms["price"], np.maximum(terms["pack"], 1), terms["decimals"])
    comparable = binding.in_force & (lines["unit"] == 0)
    lower = np.where(stated < 0, agreed.exact, np.minimum(stated, agreed.exact))
    value = np.where(comparable, lower, np.maximum(stated, 0))
    return np.minimum(value, MOST_COUNTED)


def _caps(terms: Rows, charge: Integers, term: Integers, value: Integers, charges: int) -> Integers:
    """Per charge, the sum of what each term allows for the value of the lines under it."""
    group = charge * max(terms.size, 1) + term
    groups, place = np.unique(group, return_inverse=True)
    whole, of = total_by(place, value, groups.size), groups % max(terms.size, 1)
    permyriad, most = terms["permyriad"][of], terms["most"][of]
    share = whole // _WHOLE * permyriad + whole % _WHOLE * permyriad // _WHOLE
    cap = np.where(permyriad < 0, most, np.where(most < 0, share, np.minimum(share, most)))
    return total_by(groups // max(terms.size, 1), np.maximum(cap, 0), charges)


def charge(columns: PurchaseColumns, netted: Netted, allowance: Allowed) -> Charged:
    """What is payable of each charge that a contract pays: what those before it left of the cap.

    What would have fitted the cap without them repeats them; what is above it alone was never
    allowed. A charge that is payable in part takes all its units along: they are counted nowhere
    else.
    """
    line = columns.charges["invoice"]
    if not line.size:
        return Charged(np.zeros(0, PAYABLE), [], 0)
    paid = (allowance.cap > 0) & (netted.charge_amount[line] > 0)
    fen, cap = np.where(paid, netted.charge_amount[line], 0), allowance.cap
    fits = np.minimum(fen, cap)
    left = np.clip(cap - columns.charges["before"], 0, fits)
    units = np.where(left > 0, netted.charge_units[line], 0)
    out = np.flatnonzero(left > 0)
    rows = np.zeros(out.size, PAYABLE)
    rows["invoice"], rows["amount"] = line[out], left[out]
    rows["order"], rows["contract"] = allowance.order[out], allowance.contract[out]
    rows["receipt"] = rows["adjusts"] = NOT_STATED
    rows["kind"] = KINDS.index(PayableKind.FREIGHT)
    rows["route"], rows["basis_day"] = allowance.route[out], allowance.day[out]
    rows["clock_day"] = columns.invoices["day"][line[out]]
    held = netted.charge_units[line] - units
    repeated = np.flatnonzero(fits > left)
    above = np.flatnonzero(fen > fits)
    found = [
        discrepancies(
            DiscrepancyReason.CHARGE_REPEATED,
            DiscrepancyEffect.HELD,
            repeated.size,
            invoice=line[repeated],
            quantity=held[repeated],
            amount=(fits - left)[repeated],
            stated=(columns.charges["before"] + fits)[repeated],
            allowed=cap[repeated],
        ),
        discrepancies(
            DiscrepancyReason.CHARGE_ABOVE_CONTRACT,
            DiscrepancyEffect.HELD,
            above.size,
            invoice=line[above],
            amount=(fen - fits)[above],
            stated=fen[above],
            allowed=cap[above],
        ),
    ]
    return Charged(rows, found, int(units.sum()))


def open_charges(columns: PurchaseColumns, target: Rows) -> Rows:
    """Target minus committed per invoice line: more of a charge, or less of one that was applied
    for, off the oldest. Which of the order's lines and contracts it stands on may be told otherwise
    later; that moves nothing that was applied for.
    """
    committed = columns.committed
    if not committed["charge"].any():
        return target
    base = np.where(committed["adjusts"] >= 0, committed["adjusts"], np.arange(committed.size))
    row = np.flatnonzero(committed["charge"] & (committed["adjusts"] < 0))
    kept = total_by(base, committed["amount"], committed.size)[row]
    frozen = where(committed, row)
    number = number_keys([np.concatenate((target["invoice"], frozen["invoice"]))])
    due, done = number[: target.size], number[target.size :]
    size = 1 + int(number.max(initial=-1))
    rest = total_by(due, target["amount"], size) - total_by(done, kept, size)
    more = target.copy()
    more["amount"] = rest[due]
    off = lay(done, kept, np.arange(size), -rest).supplied(row.size)
    hit = np.flatnonzero(off)
    less = np.zeros(hit.size, PAYABLE)
    of_original = ("order", "receipt", "invoice", "contract", "route", "basis_day", "clock_day")
    for name in (*of_original, "terms"):
        less[name] = frozen[name][hit]
    less["kind"] = KINDS.index(PayableKind.FREIGHT)
    less["amount"], less["adjusts"] = -off[hit], row[hit]
    return np.concatenate((where(more, more["amount"] > 0), less))
