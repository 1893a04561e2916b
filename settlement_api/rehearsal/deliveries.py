"""How ordered goods arrive, are invoiced, and come back: deliveries, invoices, credits, returns.

Days count from the first order day. Everything is columns of equal length.
"""

from dataclasses import dataclass

import numpy as np

from settlement_api.rehearsal.draws import Draws, Flags, Ints
from settlement_api.rehearsal.orders import OrderLines, Orders
from settlement_api.rehearsal.province import Province
from settlement_api.rehearsal.scales import RATES

SECOND_DELIVERY = 4_000
SPLIT_IN_SECOND = RATES.second_receipt * 10_000 // SECOND_DELIVERY
"""Lines split in the orders that have a second delivery, so that an item has 1.25 receipts."""


@dataclass(frozen=True)
class Deliveries:
    """One delivery is one despatch advice and one goods receipt."""

    order: Ints
    despatch_day: Ints
    receipt_day: Ints
    cancelled: Flags
    """The receipt was booked wrongly, cancelled, and booked again a day later."""


@dataclass(frozen=True)
class DeliveryLines:
    """What a delivery holds of an order line, sorted by delivery."""

    delivery: Ints
    line: Ints
    delivered: Ints
    rejected: Ints


@dataclass(frozen=True)
class Invoices:
    """Invoices by position."""

    order: Ints
    day: Ints
    arrival: Ints
    voided: Flags
    freight: Ints
    """Tax-inclusive freight in fen; 0 on most."""


@dataclass(frozen=True)
class InvoiceLines:
    """Goods lines of invoices, sorted by invoice; amounts tax-inclusive in fen."""

    invoice: Ints
    number: Ints
    line: Ints
    units: Ints
    amount: Ints
    price: Ints
    """Fen a pack, as invoiced."""


@dataclass(frozen=True)
class Credits:
    """Credit notes, each for a part of one invoice line; some with goods going back."""

    invoice_line: Ints
    units: Ints
    amount: Ints
    day: Ints
    returned: Flags


@dataclass(frozen=True)
class Trade:
    """Everything that happens to the orders of the month."""

    orders: Orders
    lines: OrderLines
    deliveries: Deliveries
    delivery_lines: DeliveryLines
    invoices: Invoices
    invoice_lines: InvoiceLines
    credits: Credits


def round_half_up(numerator: Ints, denominator: Ints) -> Ints:
    """numerator / denominator, halves up; both positive and below 2^62."""
    return (2 * numerator + denominator) // (2 * denominator)


def _part(units: Ints, step: Ints, percent: Ints | int) -> Ints:
    """A share of a quantity in whole steps, at least one step."""
    part: Ints = np.maximum(1, units // step * percent // 100) * step
    return part


def draw_trade(province: Province, orders: Orders, lines: OrderLines, seed: int) -> Trade:
    """Deliveries, invoices and credits of drawn orders."""
    deliveries, delivery_lines = _draw_deliveries(orders, lines, seed)
    invoices, invoice_lines = _draw_invoices(province, lines, deliveries, delivery_lines, seed)
    credit = _draw_credits(province, lines, invoices, invoice_lines, seed)
    return Trade(orders, lines, deliveries, delivery_lines, invoices, invoice_lines, credit)


def _draw_deliveries(
    orders: Orders, lines: OrderLines, seed: int
) -> tuple[Deliveries, DeliveryLines]:
    draws = Draws(seed, "deliveries")
    order_count, count = len(orders.day), len(lines.order)
    second = draws.chance(order_count, SECOND_DELIVERY)
    asked = lines.units // lines.step
    splits = second[lines.order] & draws.chance(count, SPLIT_IN_SECOND) & (asked > 1)
    arriving = ~lines.dropped & ~draws.chance(count, RATES.never_received)
    part = _part(lines.units, lines.step, draws.integers(count, 40, 80))
    first = np.where(splits, part, lines.units)
    rest = lines.units - first
    line = np.arange(count, dtype=np.int64)
    in_first, in_second = arriving, arriving & (rest > 0)
    wave = np.concatenate((np.zeros(in_first.sum(), np.int64), np.ones(in_second.sum(), np.int64)))
    at = np.concatenate((line[in_first], line[in_second]))
    delivered = np.concatenate((first[in_first], rest[in_second]))
    key = lines.order[at] * 2 + wave
    sequence = np.argsort(key * (count + 1) + at, kind="stable")
    keys, delivery = np.unique(key[sequence], return_inverse=True)
    at, delivered = at[sequence], delivered[sequence]
    refused = draws.chance(len(at), RATES.partly_rejected) & (delivered > lines.step[at])
    rejected = np.where(refused, _part(delivered, lines.step[at], 10), 0)
    made = _date_deliveries(draws, orders, keys)
    return made, DeliveryLines(delivery.astype(np.int64), at, delivered, rejected)


def _date_deliveries(draws: Draws, orders: Orders, keys: Ints) -> Deliveries:
    order, wave = keys // 2, keys % 2
    count = len(keys)
    despatch = orders.day[order] + draws.integers(count, 0, 1) + wave * 2
    receipt = despatch + draws.integers(count, 1, 2)
    return Deliveries(order, despatch, receipt, draws.some(count, RATES.receipt_cancelled))


def _draw_invoices(
    province: Province,
    lines: OrderLines,
    deliveries: Deliveries,
    delivery_lines: DeliveryLines,
    seed: int,
) -> tuple[Invoices, InvoiceLines]:
    """An invoice covers one delivery or, for half the orders, all deliveries together."""
    draws = Draws(seed, "invoices")
    order_count = int(lines.order[-1]) + 1
    merged = draws.chance(order_count, 5_000)
    billed = ~draws.chance(order_count, RATES.never_invoiced)
    delivery_key = deliveries.order * len(deliveries.order) * 2 + np.where(
        merged[deliveries.order], 0, np.arange(len(deliveries.order), dtype=np.int64) + 1
    )
    wanted = np.flatnonzero(billed[deliveries.order][delivery_lines.delivery])
    key = delivery_key[delivery_lines.delivery[wanted]]
    keys, invoice = np.unique(key, return_inverse=True)
    first_delivery = np.full(len(keys), len(deliveries.order), dtype=np.int64)
    np.minimum.at(first_delivery, invoice, delivery_lines.delivery[wanted])
    made = _date_invoices(draws, deliveries, first_delivery)
    line = delivery_lines.line[wanted]
    pair = invoice.astype(np.int64) * len(lines.order) + line
    pairs, member = np.unique(pair, return_inverse=True)
    units = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(units, member, delivery_lines.delivered[wanted])
    return made, _invoice_lines(province, lines, draws, pairs, units)


def _date_invoices(draws: Draws, deliveries: Deliveries, first_delivery: Ints) -> Invoices:
    """62 % are dated before the receipt; 8 % also reach the platform before it."""
    count = len(first_delivery)
    receipt = deliveries.receipt_day[first_delivery]
    position = draws.integers(count, 0, 9_999)
    dated_before = position < RATES.invoice_dated_before_receipt
    booked_before = position < RATES.invoice_booked_before_receipt
    day = np.where(dated_before, receipt - 1, receipt + draws.integers(count, 0, 2))
    later = np.maximum(day, receipt) + draws.integers(count, 0, 1)
    freight = draws.some(count, RATES.freight_on_invoice) * draws.integers(count, 2_000, 30_000)
    return Invoices(
        deliveries.order[first_delivery],
        day,
        np.where(booked_before, day, later),
        draws.some(count, RATES.invoice_cancelled),
        freight.astype(np.int64),
    )


def _invoice_lines(
    province: Province, lines: OrderLines, draws: Draws, pairs: Ints, units: Ints
) -> InvoiceLines:
    invoice, line = pairs // len(lines.order), pairs % len(lines.order)
    starts = np.searchsorted(invoice, invoice, side="left")
    above = draws.chance(len(pairs), RATES.price_above_contract)
    below = draws.chance(len(pairs), RATES.price_below_contract)
    percent = np.where(above, 104, np.where(below, 96, 100))
    price = np.maximum(1, lines.price[line] * percent // 100)
    amount = round_half_up(units * price, province.products.pack_size[lines.product[line]])
    number = np.arange(len(pairs), dtype=np.int64) - starts + 1
    return InvoiceLines(invoice, number, line, units, np.maximum(1, amount), price)


def _draw_credits(
    province: Province, lines: OrderLines, invoices: Invoices, billed: InvoiceLines, seed: int
) -> Credits:
    draws = Draws(seed, "credits")
    step = lines.step[billed.line]
    hit = draws.chance(len(billed.line), RATES.credit_memo) & (billed.units > step)
    chosen = np.flatnonzero(hit & ~invoices.voided[billed.invoice])
    units = _part(billed.units[chosen], step[chosen], draws.integers(len(chosen), 10, 50))
    pack_size = province.products.pack_size[lines.product[billed.line[chosen]]]
    amount = np.maximum(1, round_half_up(units * billed.price[chosen], pack_size))
    day = invoices.arrival[billed.invoice[chosen]] + draws.integers(len(chosen), 2, 4)
    returned = draws.chance(len(chosen), RATES.credit_with_return)
    return Credits(chosen, units, np.minimum(amount, billed.amount[chosen]), day, returned)
