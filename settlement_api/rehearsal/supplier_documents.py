"""The documents that suppliers issue: despatch advices, invoices, voids and credit notes."""

from collections.abc import Sequence

import numpy as np

from settlement_api.rehearsal.document_files import Pile
from settlement_api.rehearsal.hospital_documents import head_of, stretches
from settlement_api.rehearsal.wire import SUPPLIER_SYSTEM, TAX_SYSTEM, VAT_PERCENT, Wire, yuan

REISSUED_PERCENT = 90
"""Voided invoices that are issued again."""


def supplier_piles(wire: Wire) -> Sequence[Pile]:
    """One pile per kind of document."""
    return (
        _despatch_advices(wire),
        _invoices(wire),
        _invoice_voids(wire),
        _credit_notes(wire),
    )


def split_tax(total: int) -> tuple[int, int]:
    """Net and tax of a tax-inclusive amount in fen; they always add up to it."""
    divisor = 100 + VAT_PERCENT
    net = (2 * total * 100 + divisor) // (2 * divisor)
    return net, total - net


def _despatch_advices(wire: Wire) -> Pile:
    deliveries, arrived = wire.trade.deliveries, wire.trade.delivery_lines
    count = len(deliveries.order)
    first, last = stretches(arrived.delivery, count)
    line, delivered = arrived.line.tolist(), arrived.delivered.tolist()
    orders, day = deliveries.order.tolist(), deliveries.despatch_day.tolist()

    def render(at: int, _altered: bool) -> str:
        order = orders[at]
        parties, number = wire.parties[order], wire.delivery_number(at, "DA")
        head = head_of("despatch_advice", SUPPLIER_SYSTEM, number, parties, wire.days[day[at]])
        body = ",".join(
            f'{{"line_number":{row - first[at] + 1},"product_code":"{wire.product[line[row]]}",'
            f'"quantity":"{wire.quantity(line[row], delivered[row])}",'
            f'"unit":"{wire.unit[line[row]]}","order_number":"{wire.order_number[order]}",'
            f'"order_line_number":{wire.line_number[line[row]]},"lot_number":"L{at:09d}"}}'
            for row in range(first[at], last[at])
        )
        return f'{head},"lines":[{body}]}}\n'

    sizes = np.asarray(last, dtype=np.int64) - np.asarray(first, dtype=np.int64)
    return Pile("despatch_advice", deliveries.despatch_day, sizes, render)


def _invoice_items(wire: Wire) -> list[str]:
    """Every goods line of an invoice as text."""
    billed = wire.trade.invoice_lines
    columns = zip(
        *(billed.line.tolist(), billed.number.tolist(), billed.units.tolist()),
        *(billed.amount.tolist(), billed.price.tolist()),
        strict=True,
    )
    items = []
    for line, number, units, amount, price in columns:
        net, tax = split_tax(amount)
        items.append(
            f'{{"line_number":{number},"product_code":"{wire.product[line]}",'
            f'"quantity":"{wire.quantity(line, units)}","unit":"{wire.unit[line]}",'
            f'"price":"{wire.net_price(line, price)}","net_amount":"{yuan(net)}",'
            f'"tax_amount":"{yuan(tax)}"{wire.invoice_reference[line]}}}'
        )
    return items


def _freight_item(number: int, amount: int, order_number: str) -> str:
    net, tax = split_tax(amount)
    return (
        f',{{"line_number":{number},"charge_kind":"freight","order_number":"{order_number}",'
        f'"net_amount":"{yuan(net)}","tax_amount":"{yuan(tax)}"}}'
    )


def _invoices(wire: Wire) -> Pile:
    """Invoices as first issued, then those issued again after a void."""
    invoices, billed = wire.trade.invoices, wire.trade.invoice_lines
    count = len(invoices.order)
    again = reissued_invoices(wire)
    of = np.concatenate((np.arange(count, dtype=np.int64), again))
    is_again = np.arange(len(of)) >= count
    first, last = stretches(billed.invoice, count)
    items, amounts = _invoice_items(wire), billed.amount.tolist()
    source, orders, freight = of.tolist(), invoices.order.tolist(), invoices.freight.tolist()
    day = (invoices.day[of] + is_again * 4).tolist()

    def render(at: int, _altered: bool) -> str:
        which = source[at]
        rows, extra = slice(first[which], last[which]), freight[which]
        number = wire.invoice_number(which, reissued=at >= count)
        head = head_of(
            "invoice", TAX_SYSTEM, number, wire.parties[orders[which]], wire.days[day[at]]
        )
        body = ",".join(items[rows])
        if extra:
            order_number = wire.order_number[orders[which]]
            body += _freight_item(last[which] - first[which] + 1, extra, order_number)
        total = sum(amounts[rows]) + extra
        return f'{head},"total_amount":"{yuan(total)}","lines":[{body}]}}\n'

    sizes = np.asarray(last, dtype=np.int64) - np.asarray(first, dtype=np.int64)
    sizes += invoices.freight > 0
    return Pile("invoice", invoices.arrival[of] + is_again * 4, sizes[of], render)


def reissued_invoices(wire: Wire) -> "np.typing.NDArray[np.int64]":
    """Positions of voided invoices that are issued again."""
    voided = np.flatnonzero(wire.trade.invoices.voided)
    return voided[voided % 100 < REISSUED_PERCENT].astype(np.int64)


def _invoice_voids(wire: Wire) -> Pile:
    invoices = wire.trade.invoices
    voided = np.flatnonzero(invoices.voided)
    arrival = invoices.arrival[voided] + 2
    members, day, orders = voided.tolist(), arrival.tolist(), invoices.order.tolist()

    def render(at: int, _altered: bool) -> str:
        which = members[at]
        parties, date = wire.parties[orders[which]], wire.days[day[at]]
        head = head_of("invoice_void", TAX_SYSTEM, f"IV{which:09d}", parties, date)
        return f'{head},"invoice_number":"{wire.invoice_number(which)}","reason":"开票有误"}}\n'

    return Pile("invoice_void", arrival, np.ones(len(members), np.int64), render)


def _credit_notes(wire: Wire) -> Pile:
    """Each for a part of one invoice line, naming it."""
    credit, billed = wire.trade.credits, wire.trade.invoice_lines
    rows = credit.invoice_line
    line_of, blue = billed.line[rows].tolist(), billed.invoice[rows].tolist()
    blue_line, price = billed.number[rows].tolist(), billed.price[rows].tolist()
    units, amount, day = credit.units.tolist(), credit.amount.tolist(), credit.day.tolist()

    def render(at: int, _altered: bool) -> str:
        line = line_of[at]
        order, (net, tax) = wire.line_order[line], split_tax(amount[at])
        number, parties = wire.credit_number(at), wire.parties[order]
        head = head_of("credit_note", TAX_SYSTEM, number, parties, wire.days[day[at]])
        return (
            f'{head},"total_amount":"{yuan(amount[at])}",'
            f'"blue_invoice_number":"{wire.invoice_number(blue[at])}",'
            f'"lines":[{{"line_number":1,"product_code":"{wire.product[line]}",'
            f'"quantity":"{wire.quantity(line, units[at])}","unit":"{wire.unit[line]}",'
            f'"price":"{wire.net_price(line, price[at])}","net_amount":"{yuan(net)}",'
            f'"tax_amount":"{yuan(tax)}"{wire.invoice_reference[line]},'
            f'"blue_line_number":{blue_line[at]}}}]}}\n'
        )

    return Pile("credit_note", credit.day, np.ones(len(units), np.int64), render)
