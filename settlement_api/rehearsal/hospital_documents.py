"""The documents that hospitals issue: orders, their changes, receipts, returns, cancellations."""

from collections.abc import Sequence

import numpy as np

from settlement_api.rehearsal.document_files import Pile
from settlement_api.rehearsal.draws import Ints
from settlement_api.rehearsal.wire import HOSPITAL_SYSTEM, TRADING_PLATFORM, Wire, yuan


def hospital_piles(wire: Wire) -> Sequence[Pile]:
    """One pile per kind of document."""
    return (
        _purchase_orders(wire),
        _order_changes(wire),
        _order_cancellations(wire),
        _goods_receipts(wire),
        _receipt_cancellations(wire),
        _return_notes(wire),
    )


def head_of(kind: str, source: str, number: str, parties: str, day: str) -> str:
    return (
        f'{{"kind":"{kind}","source_system":"{source}","external_number":"{number}",'
        f'{parties},"document_date":"{day}"'
    )


def _order_items(wire: Wire, *, changed: bool) -> list[str]:
    """Every order line as text, as first ordered or as restated by a change."""
    lines = wire.trade.lines
    units = (lines.units if changed else lines.ordered_units).tolist()
    prices = (lines.price if changed else lines.ordered_price).tolist()
    offline = lines.offline.tolist()
    items = []
    for at, (unit_count, price) in enumerate(zip(units, prices, strict=True)):
        pack, step = wire.pack_size[at], wire.step[at]
        amount = (2 * unit_count * price + pack) // (2 * pack)
        stated = _stated_price(at, price, pack, step)
        paid = ',"paid_offline":true' if offline[at] else ""
        items.append(
            f'{{"line_number":{wire.line_number[at]},"product_code":"{wire.product[at]}",'
            f'"quantity":"{unit_count // step}","unit":"{wire.unit[at]}",{stated},'
            f'"amount":"{yuan(amount)}","manufacturer":"{wire.manufacturer[at]}"{paid}}}'
        )
    return items


def _stated_price(at: int, price: int, pack: int, step: int) -> str:
    """By the pack; or, for smallest units, exactly by the pack or rounded to four decimals."""
    if step == pack:
        return f'"price":"{yuan(price)}"'
    if at % 2:
        return f'"price":"{yuan(price)}","price_base_quantity":{pack}'
    rounded = (price * 200 + pack) // (2 * pack)
    return f'"price":"{rounded // 10_000}.{rounded % 10_000:04d}"'


def _purchase_orders(wire: Wire) -> Pile:
    orders, items = wire.trade.orders, _order_items(wire, changed=False)
    first, count = orders.first_line.tolist(), orders.line_count.tolist()
    day = orders.day.tolist()

    def render(at: int, _altered: bool) -> str:
        number, parties = wire.order_number[at], wire.parties[at]
        head = head_of("purchase_order", TRADING_PLATFORM, number, parties, wire.days[day[at]])
        body = ",".join(items[first[at] : first[at] + count[at]])
        return f'{head},"lines":[{body}]}}\n'

    return Pile("purchase_order", orders.day, orders.line_count, render)


def _order_changes(wire: Wire) -> Pile:
    """One change per order, a day later, restating every line that changed."""
    lines, orders = wire.trade.lines, wire.trade.orders
    changed = np.flatnonzero(lines.changed)
    items = _order_items(wire, changed=True)
    owner, first, count = np.unique(lines.order[changed], return_index=True, return_counts=True)
    owners, firsts, counts = owner.tolist(), first.tolist(), count.tolist()
    members, day = changed.tolist(), (orders.day[owner] + 1).tolist()

    def render(at: int, _altered: bool) -> str:
        order = owners[at]
        number, parties = f"OC{order:09d}", wire.parties[order]
        head = head_of("order_change", TRADING_PLATFORM, number, parties, wire.days[day[at]])
        body = ",".join(items[line] for line in members[firsts[at] : firsts[at] + counts[at]])
        return f'{head},"order_number":"{wire.order_number[order]}","lines":[{body}]}}\n'

    return Pile("order_change", orders.day[owner] + 1, count.astype(np.int64), render)


def _order_cancellations(wire: Wire) -> Pile:
    lines, orders = wire.trade.lines, wire.trade.orders
    dropped = np.flatnonzero(lines.dropped)
    arrival = orders.day[lines.order[dropped]] + 1
    members, day = dropped.tolist(), arrival.tolist()

    def render(at: int, _altered: bool) -> str:
        line = members[at]
        order = wire.line_order[line]
        number, parties = f"OX{line:09d}", wire.parties[order]
        head = head_of("order_cancellation", TRADING_PLATFORM, number, parties, wire.days[day[at]])
        return (
            f'{head},"order_number":"{wire.order_number[order]}",'
            f'"order_line_number":{wire.line_number[line]},"reason":"缺货"}}\n'
        )

    return Pile("order_cancellation", arrival, np.ones(len(members), np.int64), render)


def _receipt_items(wire: Wire) -> list[str]:
    """Every receipt line as text, without its number and lot."""
    arrived = wire.trade.delivery_lines
    columns = zip(
        arrived.line.tolist(), arrived.delivered.tolist(), arrived.rejected.tolist(), strict=True
    )
    items = []
    for line, delivered, rejected in columns:
        refused = f',"rejected_quantity":"{wire.quantity(line, rejected)}"' if rejected else ""
        items.append(
            f'"product_code":"{wire.product[line]}",'
            f'"accepted_quantity":"{wire.quantity(line, delivered - rejected)}"{refused},'
            f'"unit":"{wire.unit[line]}"{wire.receipt_reference[line]}'
        )
    return items


def _goods_receipts(wire: Wire) -> Pile:
    """Receipts in order of deliveries, then those booked again after a cancellation."""
    deliveries, arrived = wire.trade.deliveries, wire.trade.delivery_lines
    again = np.flatnonzero(deliveries.cancelled)
    count = len(deliveries.order)
    of = np.concatenate((np.arange(count, dtype=np.int64), again))
    first, last = stretches(arrived.delivery, count)
    items, orders = _receipt_items(wire), deliveries.order.tolist()
    source, day = of.tolist(), deliveries.receipt_day.tolist()

    def render(at: int, altered: bool) -> str:
        delivery = source[at]
        number = wire.delivery_number(delivery, "GR") + ("B" if at >= count else "")
        parties, date = wire.parties[orders[delivery]], wire.days[day[delivery]]
        head = head_of("goods_receipt", HOSPITAL_SYSTEM, number, parties, date)
        lot = f',"lot_number":"L{delivery:09d}{"X" if altered else ""}"'
        body = ",".join(
            f'{{"line_number":{place},{item}{lot}}}'
            for place, item in enumerate(items[first[delivery] : last[delivery]], 1)
        )
        return f'{head},"lines":[{body}]}}\n'

    arrival = deliveries.receipt_day[of] + (np.arange(len(of)) >= count) * 2
    sizes = np.asarray(last, dtype=np.int64) - np.asarray(first, dtype=np.int64)
    return Pile("goods_receipt", arrival, sizes[of], render, alterable=True)


def stretches(owner: Ints, count: int) -> tuple[list[int], list[int]]:
    """Where each owner's rows start and end in a column sorted by owner."""
    positions = np.arange(count, dtype=np.int64)
    starts = np.searchsorted(owner, positions, side="left")
    ends = np.searchsorted(owner, positions, side="right")
    return starts.tolist(), ends.tolist()


def _receipt_cancellations(wire: Wire) -> Pile:
    deliveries = wire.trade.deliveries
    cancelled = np.flatnonzero(deliveries.cancelled)
    arrival = deliveries.receipt_day[cancelled] + 1
    members, day, orders = cancelled.tolist(), arrival.tolist(), deliveries.order.tolist()

    def render(at: int, _altered: bool) -> str:
        delivery = members[at]
        parties = wire.parties[orders[delivery]]
        number, date = wire.delivery_number(delivery, "RX"), wire.days[day[at]]
        head = head_of("receipt_cancellation", HOSPITAL_SYSTEM, number, parties, date)
        receipt = wire.delivery_number(delivery, "GR")
        return f'{head},"receipt_number":"{receipt}","reason":"入库错误"}}\n'

    return Pile("receipt_cancellation", arrival, np.ones(len(members), np.int64), render)


def _return_notes(wire: Wire) -> Pile:
    """Goods going back, a day before their credit note."""
    credit, billed = wire.trade.credits, wire.trade.invoice_lines
    chosen = np.flatnonzero(credit.returned)
    arrival = credit.day[chosen] - 1
    members, day = chosen.tolist(), arrival.tolist()
    line_of = billed.line[credit.invoice_line].tolist()
    units = credit.units.tolist()

    def render(at: int, _altered: bool) -> str:
        which = members[at]
        line = line_of[which]
        order = wire.line_order[line]
        parties, date = wire.parties[order], wire.days[day[at]]
        head = head_of("return_note", HOSPITAL_SYSTEM, f"RT{which:09d}", parties, date)
        return (
            f'{head},"lines":[{{"line_number":1,"product_code":"{wire.product[line]}",'
            f'"quantity":"{wire.quantity(line, units[which])}","unit":"{wire.unit[line]}",'
            f'"order_number":"{wire.order_number[order]}",'
            f'"order_line_number":{wire.line_number[line]}}}]}}\n'
        )

    return Pile("return_note", arrival, np.ones(len(members), np.int64), render)
