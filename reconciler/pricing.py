"""Amounts of slices: the invoice line's stated amount, with order and contract price as caps."""

from dataclasses import dataclass

import numpy as np

from reconciler.allocation import Allocation, Slices
from reconciler.axis import Flags, Integers, running_start
from reconciler.columns import NO_DAY, NOT_STATED, PurchaseColumns, Rows, where
from reconciler.contract_binding import Binding, bind, routes_of
from reconciler.exact_arithmetic import stretch
from reconciler.held_back import hold_back, want_of_waiting
from reconciler.match_rules import MatchRules
from reconciler.netting import Netted
from reconciler.outcome import KINDS, PAYABLE, ROUTES, discrepancies
from reconciler.tolerance import Band, amount_band, price_band, room_above
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason, PayableKind, Route

Reason = DiscrepancyReason
Effect = DiscrepancyEffect


@dataclass(frozen=True)
class Priced:
    """The target slices as payable rows (amount 0 included), waiting invoices with their fen,
    and what was found about prices.
    """

    slices: Rows
    waiting_invoices: Rows
    discrepancies: list[Rows]


@dataclass(frozen=True)
class _Cap:
    """One price held against the stated amount: where it applies, the band that rounding allows,
    and what the rule pack tolerates above the exact amount.
    """

    applies: Flags
    band: Band
    room: Integers

    def broken(self, amount: Integers) -> Flags:
        """Where the stated amount is above all that is tolerated."""
        answer: Flags = self._above(amount) & (amount - self.band.exact > self.room)
        return answer

    def absorbed(self, amount: Integers) -> Flags:
        """Where the stated amount is above what rounding explains, and tolerated all the same."""
        answer: Flags = self._above(amount) & (amount - self.band.exact <= self.room)
        return answer

    def within(self, amount: Integers) -> Flags:
        """Where rounding explains whatever differs."""
        answer: Flags = self.applies & ~self._above(amount) & ~self.undercut(amount)
        return answer

    def _above(self, amount: Integers) -> Flags:
        answer: Flags = self.applies & (amount > self.band.most)
        return answer

    def undercut(self, amount: Integers) -> Flags:
        """Where the stated amount is below all that the price tolerates."""
        answer: Flags = self.applies & (amount < self.band.least)
        return answer


@dataclass(frozen=True)
class _Stretches:
    """Where each slice lies on its invoice line: (start, end] of the whole effective quantity."""

    start: Integers
    end: Integers
    whole: Integers

    def part(self, amount: Integers) -> Integers:
        """The slice's part of an amount for the whole invoice line."""
        return stretch(amount, self.start, self.end, self.whole)


@dataclass(frozen=True)
class _Bound:
    """Slices, the contract row of each, and where each lies on its invoice line."""

    slices: Slices
    binding: Binding
    along: _Stretches


def price(
    columns: PurchaseColumns, netted: Netted, allocation: Allocation, rules: MatchRules
) -> Priced:
    """Prices every slice and every waiting invoiced quantity; nothing of an invoice is lost."""
    slices, waiting = allocation.slices, allocation.waiting_invoices.copy()
    along, waiting_along = _lay_along(netted, slices, waiting)
    waiting["amount"] = waiting_along.part(netted.invoice_amount[waiting["invoice"]])
    basis = _basis_day(columns, slices, rules)
    required = rules.requiring_authorization(slices.terms)
    binding = bind(columns, slices.order, basis, authorization_required=required)
    bound = _Bound(slices, binding, along)
    caps = _caps(columns, netted, bound, rules)
    rows, found = _priced_slices(columns, netted, bound, caps)
    rows["basis_day"] = basis
    found += _remarks(columns, rows, binding)
    rows, wanting = hold_back(columns, slices, rows, rules)
    found += wanting + want_of_waiting(columns, netted, allocation, waiting, rules)
    return Priced(rows, waiting, found)


def _lay_along(netted: Netted, slices: Slices, waiting: Rows) -> tuple[_Stretches, _Stretches]:
    """Slices, then waiting quantities, end to end on each invoice line."""
    invoice = np.concatenate((slices.invoice, waiting["invoice"]))
    quantity = np.concatenate((slices.quantity, waiting["quantity"]))
    by = np.argsort(invoice, kind="stable")
    start = np.zeros_like(quantity)
    start[by] = running_start(invoice[by], quantity[by]) if by.size else start
    whole, cut = netted.invoice_quantity[invoice], slices.quantity.size
    end = start + quantity
    return (
        _Stretches(start[:cut], end[:cut], whole[:cut]),
        _Stretches(start[cut:], end[cut:], whole[cut:]),
    )


def _basis_day(columns: PurchaseColumns, slices: Slices, rules: MatchRules) -> Integers:
    """The first of the dates in the `date_basis` of its rules that each slice has."""
    basis = np.full(slices.quantity.size, NO_DAY, np.int64)
    if not basis.size:
        return basis
    days = {
        "order_date": columns.orders["day"][slices.order],
        "receipt_date": columns.receipts["day"][slices.receipt],
        "delivery_date": columns.receipts["day"][slices.receipt],
        "acceptance_date": columns.receipts["accepted"][slices.receipt],
        "invoice_date": columns.invoices["day"][slices.invoice],
    }
    for each, mine in rules.under(slices.terms):
        for name in each.date_basis:
            basis = np.where(mine & (basis == NO_DAY), days[name], basis)
    return basis


def _caps(
    columns: PurchaseColumns, netted: Netted, bound: _Bound, rules: MatchRules
) -> tuple[_Cap, _Cap]:
    """Contract cap and order cap of each slice, for its whole invoice line.

    The order knew the price of its day: what a later invoice adds is held to the contract alone,
    where one is in force.
    """
    slices, binding = bound.slices, bound.binding
    lines, quantity = where(columns.orders, slices.order), netted.invoice_quantity[slices.invoice]
    priced = lines["price"] >= 0
    by_price = price_band(
        quantity, np.maximum(lines["price"], 0), np.maximum(lines["pack"], 1), lines["decimals"]
    )
    by_amount = amount_band(quantity, np.maximum(lines["amount"], 0), lines["quantity"])
    order = Band(
        np.where(priced, by_price.least, by_amount.least),
        np.where(priced, by_price.exact, by_amount.exact),
        np.where(priced, by_price.most, by_amount.most),
    )
    agreed = order  # of no meaning where no contract is in force
    if columns.contracts.size:
        terms = where(columns.contracts, np.maximum(binding.contract, 0))
        agreed = price_band(quantity, terms["price"], terms["pack"], terms["decimals"])
    invoiced = where(columns.invoices, slices.invoice)
    contracted = binding.in_force & (lines["unit"] == 0)
    raised = np.where(contracted, netted.supplemented[slices.invoice], 0)

    def room(reason: Reason, band: Band) -> Integers:
        above = np.zeros_like(band.exact)
        for each, mine in rules.under(slices.terms):
            let_pass = room_above(each.tolerances, reason, band.exact, invoiced)
            above = np.where(mine, let_pass, above)
        return above

    return (
        _Cap(contracted, agreed, room(Reason.PRICE_ABOVE_CONTRACT, agreed)),
        _Cap(
            priced | (lines["amount"] >= 0),
            Band(order.least + raised, order.exact + raised, order.most + raised),
            room(Reason.PRICE_DIFFERS_FROM_ORDER, order),
        ),
    )


def _priced_slices(
    columns: PurchaseColumns, netted: Netted, bound: _Bound, caps: tuple[_Cap, _Cap]
) -> tuple[Rows, list[Rows]]:
    (contract, order), slices, along = caps, bound.slices, bound.along
    capped = ~columns.orders["offline"][slices.order]  # paid elsewhere: nothing here to hold back
    sent = netted.invoice_amount[slices.invoice]
    stated = np.where(capped, _as_accepted(columns, netted, slices.invoice, sent), sent)
    under_contract = np.where(
        capped & contract.broken(stated), np.minimum(stated, contract.band.exact), stated
    )
    allowed = np.where(
        capped & order.broken(stated), np.minimum(under_contract, order.band.exact), under_contract
    )
    amounts = [along.part(amount) for amount in (stated, under_contract, allowed)]
    sent = along.part(sent)
    rows = _payable_rows(columns, slices, bound.binding, amounts[2])
    found = [
        _price_rows(Reason.ACCEPTED_LOWER, Effect.HELD, rows, sent, amounts[0]),
        _price_rows(Reason.PRICE_ABOVE_CONTRACT, Effect.HELD, rows, amounts[0], amounts[1]),
        _price_rows(Reason.PRICE_DIFFERS_FROM_ORDER, Effect.HELD, rows, amounts[1], amounts[2]),
        *_informing(rows, stated, along, contract, order),
        *_absorbed(rows, stated, along, contract, order),
        _unpriced(rows, ~contract.applies & ~order.applies),
    ]
    return rows, found


def _as_accepted(
    columns: PurchaseColumns, netted: Netted, invoice: Integers, sent: Integers
) -> Integers:
    """The lines' amounts, no more than what people accepted them at: its share for what is left
    of a line's quantity. Prices are held against that amount as if the line stated it."""
    lines = where(columns.invoices, invoice)
    if not lines["lowered"].any():
        return sent
    share = amount_band(netted.invoice_quantity[invoice], lines["lowered"], lines["quantity"]).exact
    return np.where(lines["lowered"] > 0, np.minimum(sent, share), sent)


def _payable_rows(
    columns: PurchaseColumns, slices: Slices, binding: Binding, amount: Integers
) -> Rows:
    rows = np.zeros(slices.quantity.size, PAYABLE)
    rows["order"], rows["receipt"], rows["invoice"] = slices.order, slices.receipt, slices.invoice
    rows["quantity"], rows["amount"] = slices.quantity, amount
    rows["terms"] = slices.terms
    rows["kind"] = KINDS.index(PayableKind.GOODS)
    rows["contract"], rows["adjusts"] = binding.contract, NOT_STATED
    rows["route"] = routes_of(columns, slices.order, binding)
    rows["clock_day"] = columns.receipts["accepted"][slices.receipt] if slices.receipt.size else 0
    return rows


def _price_rows(
    reason: DiscrepancyReason, effect: Effect, rows: Rows, stated: Integers, allowed: Integers
) -> Rows:
    """Differences of amount: the quantity is matched, so the row carries fen only."""
    out = np.flatnonzero(stated != allowed)
    return discrepancies(
        reason,
        effect,
        out.size,
        order=rows["order"][out],
        receipt=rows["receipt"][out],
        invoice=rows["invoice"][out],
        amount=(stated - allowed)[out],
        stated=stated[out],
        allowed=allowed[out],
    )


def _informing(
    rows: Rows, stated: Integers, along: _Stretches, contract: _Cap, order: _Cap
) -> list[Rows]:
    """Amounts below a price: what is stated is paid."""
    part = along.part(stated)
    at_contract, at_order = along.part(contract.band.exact), along.part(order.band.exact)
    return [
        _price_rows(reason, Effect.INFORMATION, rows, part, np.where(below, level, part))
        for reason, below, level in (
            (Reason.PRICE_BELOW_CONTRACT, contract.undercut(stated), at_contract),
            (Reason.PRICE_DIFFERS_FROM_ORDER, order.undercut(stated), at_order),
        )
    ]


def _absorbed(
    rows: Rows, stated: Integers, along: _Stretches, contract: _Cap, order: _Cap
) -> list[Rows]:
    """Differences paid as stated: rounding (against the order's price, else the contract's), and
    what the rule pack tolerates above either price. Goods paid elsewhere are not held to a price.
    """
    part = along.part(stated)
    at_contract, at_order = along.part(contract.band.exact), along.part(order.band.exact)
    here = rows["route"] != ROUTES.index(Route.OUTSIDE)
    rounded = np.where(order.applies, order.within(stated), contract.within(stated))
    return [
        _price_rows(reason, Effect.ABSORBED, rows, part, np.where(let, level, part))
        for reason, let, level in (
            (Reason.AMOUNT_ROUNDING, rounded, np.where(order.applies, at_order, at_contract)),
            (Reason.PRICE_ABOVE_CONTRACT, here & contract.absorbed(stated), at_contract),
            (
                Reason.PRICE_DIFFERS_FROM_ORDER,
                here & order.absorbed(stated) & ~contract.broken(stated),
                at_order,
            ),
        )
    ]


def _unpriced(rows: Rows, found: Flags) -> Rows:
    return _about(Reason.NO_PRICE, Effect.INFORMATION, where(rows, found))


def _about(
    reason: DiscrepancyReason | Integers,
    effect: Effect,
    rows: Rows,
    *,
    stated: Integers | int = 0,
    allowed: Integers | int = 0,
) -> Rows:
    """Rows about whole slices: their quantity and amount."""
    return discrepancies(
        reason,
        effect,
        rows.size,
        order=rows["order"],
        receipt=rows["receipt"],
        invoice=rows["invoice"],
        quantity=rows["quantity"],
        amount=rows["amount"],
        stated=stated,
        allowed=allowed,
    )


def _remarks(columns: PurchaseColumns, rows: Rows, binding: Binding) -> list[Rows]:
    """Slices of nothing, slices outside every contract, and dates that look wrong."""
    orders, receipts = columns.orders, columns.receipts
    found = [_about(Reason.NOTHING_TO_PAY, Effect.HELD, where(rows, rows["amount"] == 0))]
    outside = (binding.reason >= 0) & ~orders["offline"][rows["order"]]
    found.append(_about(binding.reason[outside], Effect.INFORMATION, where(rows, outside)))
    if not rows.size:
        return found
    ordered = orders["day"][rows["order"]].astype(np.int64)
    received = receipts["day"][rows["receipt"]].astype(np.int64)
    accepted = receipts["accepted"][rows["receipt"]].astype(np.int64)
    early = (ordered != NO_DAY) & (received < ordered)
    later, sooner = np.where(early, ordered, received), np.where(early, received, accepted)
    for reason, mine, stated, allowed in (
        (Reason.ORDER_DATE_MISSING, ordered == NO_DAY, received, received),
        (Reason.DATE_OUT_OF_ORDER, early | (accepted < received), sooner, later),
    ):
        found.append(
            _about(
                reason,
                Effect.INFORMATION,
                where(rows, mine),
                stated=stated[mine],
                allowed=allowed[mine],
            )
        )
    return found
