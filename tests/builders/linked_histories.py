"""Small random histories of links by totals: two products, two orders, and all that goes wrong."""

from collections.abc import Iterator
from random import Random
from typing import Any

from schemas.money import format_yuan
from tests.builders import documents as build

Document = dict[str, Any]
PRICE_FEN = 1_000
MODES = ("lines_to_invoice", "line_to_invoices")


def product_of(kind: int, tag: str) -> str:
    """Both products of a history end with its tag."""
    return f"XA10BA02{kind}00000000{tag}"


class LinkedHistory:
    """What was traded under one tag (six digits): the same seed gives the same by other numbers.

    Lines of both products are one invoice, or one line is two invoices; they are named by their
    orders or receipts. Half of what is invoiced comes to the total, and then something happens.
    """

    def __init__(self, seed: int, tag: str) -> None:
        self._dice = Random(seed)
        self._tag = tag
        self._mode = self._dice.choice(MODES)
        self._by_receipts = self._dice.random() < 0.4
        self._units = [self._dice.randint(2, 9) for _ in range(2)]
        self._astray = self._dice.random() < 0.3
        """The second invoice is of the other product: only the link puts both together."""
        self.documents = [*self._trade(), self._link(), *self._oddities()]

    # ── numbers and lines ──

    def _number(self, kind: str, at: int) -> str:
        return f"{kind}-{self._tag}-{at}"

    def invoice_number(self, at: int) -> str:
        return f"26372{self._tag}{at:09d}"

    def _named(self, at: int) -> Document:
        if self._by_receipts:
            return {"receipt_number": self._number("GR", at), "receipt_line_number": 1}
        return {"order_number": self._number("PO", at), "order_line_number": 1}

    def _order(self, at: int, units: int | None = None) -> Document:
        units = units or self._units[at]
        stated = {"amount": format_yuan(units * PRICE_FEN), "price": None}
        priced = {"amount": None, "price": "10"}
        line = build.order_item(
            product_code=product_of(at, self._tag),
            quantity=str(units),
            unit="片",
            **(stated if self._dice.random() < 0.5 else priced),
        )
        return build.purchase_order(self._number("PO", at), lines=[line])

    def _receipt(self, at: int, units: int, **head: Any) -> Document:
        line = build.receipt_item(
            product_code=product_of(at, self._tag),
            accepted_quantity=str(units),
            unit="片",
            order_number=self._number("PO", at),
        )
        return build.goods_receipt(self._number("GR", at), lines=[line], **head)

    def _line(self, place: int, at: int, units: int, fen: int) -> Document:
        return build.invoice_item(
            place,
            product_code=product_of(at, self._tag),
            quantity=str(units),
            unit="片",
            net_amount=format_yuan(fen),
            tax_amount="0.00",
            order_number=None,
            order_line_number=None,
        )

    def _invoice(self, at: int, parts: list[tuple[int, int, int]], **head: Any) -> Document:
        """`parts`: (order, units, fen) of its lines."""
        lines = [self._line(place, *part) for place, part in enumerate(parts, 1)]
        total = format_yuan(sum(fen for _, _, fen in parts))
        return build.invoice(self.invoice_number(at), lines=lines, total_amount=total, **head)

    # ── documents ──

    def _trade(self) -> Iterator[Document]:
        for at, units in enumerate(self._units):
            yield self._order(at)
            came = units if self._by_receipts else self._dice.randint(1, units)
            yield self._receipt(at, came)
        yield from self._invoices()

    def _invoices(self, **head: Any) -> Iterator[Document]:
        more = self._dice.choice((0, 0, 0, 1, -1, 500))
        if self._mode == "lines_to_invoice":
            fen = [units * PRICE_FEN for units in self._units]
            fen[1] += more
            yield self._invoice(0, [(at, self._units[at], fen[at]) for at in range(2)], **head)
            return
        first = self._units[0] // 2
        for at, units in enumerate((first, self._units[0] - first)):
            goods = at if self._astray else 0
            yield self._invoice(at, [(goods, units, units * PRICE_FEN + at * more)], **head)

    def _items(self) -> list[Document]:
        if self._mode == "lines_to_invoice":
            pairs = [(0, 1, 0), (0, 2, 1)]
        else:
            pairs = [(0, 1, 0), (1, 1, 0)]
        return [
            {
                "line_number": place,
                "invoice_number": self.invoice_number(invoice),
                "invoice_line_number": line,
                **self._named(order),
                "mode": self._mode,
            }
            for place, (invoice, line, order) in enumerate(pairs, 1)
        ]

    def _link(self, **changes: Any) -> Document:
        return build.invoice_link(self._number("IL", 0), **({"lines": self._items()} | changes))

    def _oddities(self) -> Iterator[Document]:
        every = (
            self._fewer_items,
            self._by_quantity,
            self._rival,
            self._change,
            self._cancelled_order,
            self._cancelled_receipt,
            self._second_receipt,
            self._second_invoice,
            self._void,
            self._credit,
            self._duplicate,
        )
        for make in self._dice.sample(every, self._dice.choice((0, 1, 1, 2, 3))):
            yield make()

    def _fewer_items(self) -> Document:
        return self._link(revision=2, lines=self._items()[:1])

    def _by_quantity(self) -> Document:
        lines = [{**item, "mode": "quantity", "quantity": "1"} for item in self._items()]
        return self._link(revision=3, lines=lines)

    def _rival(self) -> Document:
        """Another line has a part in the first invoice."""
        item = {
            **self._items()[0],
            **self._named(1),
            "mode": self._dice.choice(("quantity", *MODES)),
        }
        return build.invoice_link(self._number("IL", 9), lines=[item])

    def _change(self) -> Document:
        line = build.order_item(
            product_code=product_of(0, self._tag),
            quantity=str(self._dice.randint(1, 9)),
            unit="片",
            price="10",
            amount=None,
        )
        return build.order_change(self._number("OC", 0), self._number("PO", 0), lines=[line])

    def _cancelled_order(self) -> Document:
        return build.order_cancellation(self._number("OX", 0), self._number("PO", 1))

    def _cancelled_receipt(self) -> Document:
        return build.receipt_cancellation(self._number("RX", 0), self._number("GR", 0))

    def _second_receipt(self) -> Document:
        return self._receipt(0, self._dice.randint(1, 9), revision=2)

    def _second_invoice(self) -> Document:
        return next(self._invoices(revision=2))

    def _void(self) -> Document:
        return build.invoice_void(self._number("IV", 0), self.invoice_number(0))

    def _credit(self) -> Document:
        line = {
            **self._line(1, 0, 1, PRICE_FEN),
            "blue_line_number": 1,
        }
        del line["order_number"], line["order_line_number"]
        return build.credit_note(
            f"26372{self._tag}{900:09d}",
            blue_invoice_number=self.invoice_number(0),
            total_amount=format_yuan(PRICE_FEN),
            lines=[line],
        )

    def _duplicate(self) -> Document:
        return self._invoice(0, [(0, 1, 77)], source_system="tax")
