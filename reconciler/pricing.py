"""Amounts of slices: the invoice line's stated amount, with order and contract price as caps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reconciler.allocation import Allocation, Slices
from reconciler.axis import Flags, Integers, running_start
from reconciler.columns import NO_DAY, NOT_STATED, PurchaseColumns, Rows
from reconciler.contract_binding import Binding, bind
from reconciler.exact_arithmetic import stretch
from reconciler.netting import Netted
from reconciler.outcome import KINDS, PAYABLE, ROUTES, discrepancies
from reconciler.tolerance import Band, amount_band, price_band
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
    """One price held against the stated amount: where it applies, and the band it allows."""

    applies: Flags
    band: Band

    def broken(self, amount: Integers) -> Flags:
        """Where the stated amount is above all that the price tolerates."""
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


def price(
    columns: PurchaseColumns,
    netted: Netted,
    allocation: Allocation,
    *,
    authorization_required: bool,
    date_basis: Sequence[str],
) -> Priced:
    """Prices every slice and every waiting invoiced quantity; nothing of an invoice is lost."""
    slices, waiting = allocation.slices, allocation.waiting_invoices.copy()
    along, waiting_along = _lay_along(netted, slices, waiting)
    waiting["amount"] = waiting_along.part(netted.invoice_amount[waiting["invoice"]])
    basis = _basis_day(columns, slices, date_basis)
    binding = bind(columns, slices.order, basis, authorization_required=authorization_required)
    rows, found = _priced_slices(columns, netted, slices, binding, along)
    rows["basis_day"] = basis
    return Priced(rows, waiting, [*found, *_remarks(columns, rows, binding)])


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


def _basis_day(columns: PurchaseColumns, slices: Slices, date_basis: Sequence[str]) -> Integers:
    """The first of the dates in `date_basis` that each slice has."""
    basis = np.full(slices.quantity.size, NO_DAY, np.int64)
    if not basis.size:
        return basis
    days = {
        "order_date": columns.orders["day"][slices.order],
        "receipt_date": columns.receipts["day"][slices.receipt],
        "invoice_date": columns.invoices["day"][slices.invoice],
    }
    for name in date_basis:
        basis = np.where(basis == NO_DAY, days[name], basis)
    return basis


def _caps(
    columns: PurchaseColumns, netted: Netted, slices: Slices, binding: Binding
) -> tuple[_Cap, _Cap]:
    """Contract cap and order cap of each slice, for its whole invoice line."""
    lines, quantity = columns.orders[slices.order], netted.invoice_quantity[slices.invoice]
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
    comparable = binding.in_force & (lines["unit"] == 0)
    if not columns.contracts.size:
        return _Cap(comparable, order), _Cap(priced | (lines["amount"] >= 0), order)
    terms = columns.contracts[np.maximum(binding.contract, 0)]
    agreed = price_band(quantity, terms["price"], terms["pack"], terms["decimals"])
    return _Cap(comparable, agreed), _Cap(priced | (lines["amount"] >= 0), order)


def _priced_slices(
    columns: PurchaseColumns,
    netted: Netted,
    slices: Slices,
    binding: Binding,
    along: _Stretches,
) -> tuple[Rows, list[Rows]]:
    contract, order = _caps(columns, netted, slices, binding)
    stated = netted.invoice_amount[slices.invoice]
    capped = ~columns.orders["offline"][slices.order]  # paid elsewhere: nothing here to hold back
    under_contract = np.where(
        capped & contract.broken(stated), np.minimum(stated, contract.band.exact), stated
    )
    allowed = np.where(
        capped & order.broken(stated), np.minimum(under_contract, order.band.exact), under_contract
    )
    amounts = [along.part(amount) for amount in (stated, under_contract, allowed)]
    rows = _payable_rows(columns, slices, binding, amounts[2])
    found = [
        _price_rows(Reason.PRICE_ABOVE_CONTRACT, Effect.HELD, rows, amounts[0], amounts[1]),
        _price_rows(Reason.PRICE_DIFFERS_FROM_ORDER, Effect.HELD, rows, amounts[1], amounts[2]),
        *_informing(rows, stated, along, contract, order),
        _unpriced(rows, ~contract.applies & ~order.applies),
    ]
    return rows, found


def _payable_rows(
    columns: PurchaseColumns, slices: Slices, binding: Binding, amount: Integers
) -> Rows:
    lines = columns.orders[slices.order]
    rows = np.zeros(slices.quantity.size, PAYABLE)
    rows["order"], rows["receipt"], rows["invoice"] = slices.order, slices.receipt, slices.invoice
    rows["quantity"], rows["amount"] = slices.quantity, amount
    rows["kind"] = KINDS.index(PayableKind.GOODS)
    rows["contract"], rows["adjusts"] = binding.contract, NOT_STATED
    rows["route"] = np.select(
        [lines["offline"], binding.reason < 0],
        [ROUTES.index(Route.OUTSIDE), ROUTES.index(Route.DIRECT)],
        ROUTES.index(Route.SELF),
    )
    rows["clock_day"] = columns.receipts["day"][slices.receipt] if slices.receipt.size else 0
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
    """Amounts below a price, and differences absorbed by the tolerance."""
    part = along.part(stated)
    at_contract, at_order = along.part(contract.band.exact), along.part(order.band.exact)
    measured = np.where(order.applies, at_order, at_contract)
    within = np.where(
        order.applies,
        ~order.broken(stated) & ~order.undercut(stated),
        contract.applies & ~contract.broken(stated) & ~contract.undercut(stated),
    )
    return [
        _price_rows(reason, Effect.INFORMATION, rows, part, np.where(where, level, part))
        for reason, where, level in (
            (Reason.PRICE_BELOW_CONTRACT, contract.undercut(stated), at_contract),
            (Reason.PRICE_DIFFERS_FROM_ORDER, order.undercut(stated), at_order),
            (Reason.AMOUNT_ROUNDING, within, measured),
        )
    ]


def _unpriced(rows: Rows, where: Flags) -> Rows:
    return _about(Reason.NO_PRICE, Effect.INFORMATION, rows[where])


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
    found = [_about(Reason.NOTHING_TO_PAY, Effect.HELD, rows[rows["amount"] == 0])]
    outside = (binding.reason >= 0) & ~orders["offline"][rows["order"]]
    found.append(_about(binding.reason[outside], Effect.INFORMATION, rows[outside]))
    if not rows.size:
        return found
    ordered = orders["day"][rows["order"]].astype(np.int64)
    received = receipts["day"][rows["receipt"]].astype(np.int64)
    expiry = receipts["expiry"][rows["receipt"]].astype(np.int64)
    for reason, where, stated, allowed in (
        (Reason.ORDER_DATE_MISSING, ordered == NO_DAY, received, received),
        (Reason.DATE_OUT_OF_ORDER, (ordered != NO_DAY) & (received < ordered), received, ordered),
        (Reason.EXPIRED_LOT, expiry < received, expiry, received),
    ):
        found.append(
            _about(
                reason,
                Effect.INFORMATION,
                rows[where],
                stated=stated[where],
                allowed=allowed[where],
            )
        )
    return found
