"""Small random histories of one product's trade, with everything that goes wrong in them."""

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.builders import documents as build

Document = dict[str, Any]
DAYS = (*(f"2026-06-{day}" for day in (28, 29, 30)), *(f"2026-07-0{day}" for day in (1, 2, 3, 4)))
"""Goods of both months: what the fund bears of them is decided by the month of acceptance."""


class History:
    """What was traded under one tag: the same seed gives the same documents by other numbers.

    `tag` (six digits) stands in every number, so that histories of many tags fit in one database.
    """

    def __init__(self, seed: int, tag: str, product: str) -> None:
        self._dice = Random(seed)
        self._lots = Random(seed)
        self._tag = tag
        self._product = product
        self.documents = [self._dated(document) for document in self._all()]

    def _all(self) -> Iterator[Document]:
        orders, receipts, invoices = (
            self._dice.randint(*span) for span in ((1, 2), (2, 4), (2, 4))
        )
        yield from (self._order(at) for at in range(orders))
        yield from (self._receipt(at, orders) for at in range(receipts))
        yield from (self._invoice(at, orders, receipts) for at in range(invoices))
        oddities = (
            self._change,
            self._cancelled_order,
            self._cancelled_receipt,
            self._second_order,
            self._second_receipt,
            self._second_invoice,
            self._return,
            self._return,
            self._credit,
            self._credit,
            self._void,
            self._duplicate,
            self._link,
            self._supplement,
            self._supplement,
        )
        chosen = self._dice.sample(oddities, self._dice.randint(1, 3))
        yield from (make(at) for at, make in enumerate(chosen))

    # ── numbers, quantities, references ──

    def _number(self, kind: str, at: int) -> str:
        return f"{kind}-{self._tag}-{at}"

    def _invoice_number(self, at: int) -> str:
        return f"26372{self._tag}{at:09d}"

    def _units(self, most: int = 20) -> str:
        return str(self._dice.randint(2, most))

    def _lot(self) -> Document:
        """None, or one of two lots, the first in several spellings."""
        return {"lot_number": self._lots.choice((None, "L1", "l 1", "Ｌ１", "L2"))}

    def _dated(self, document: Document) -> Document:
        return document | {"document_date": self._dice.choice(DAYS)}

    def _order_reference(self, orders: int = 1) -> Document:
        number = self._number("PO", self._dice.randrange(orders))
        line: int | None = self._dice.choice((1, 1, 1, 2, None))
        nothing: Document = {"order_number": None, "order_line_number": None}
        named: Document = {"order_number": number, "order_line_number": line}
        return self._dice.choice((named, named, named, nothing))

    def _receipt_reference(self, receipts: int = 1) -> Document:
        number = self._number("GR", self._dice.randrange(receipts))
        return {"receipt_number": number, "receipt_line_number": 1}

    def _line(self, **changes: Any) -> Document:
        return {"line_number": 1, "product_code": self._product, "unit": "片"} | changes

    # ── documents ──

    def _order_lines(self) -> list[Document]:
        price = self._dice.choice(("10", "3.33", "12.5"))
        return [
            self._line(line_number=number, quantity=self._units(40), price=price)
            for number in range(1, self._dice.randint(2, 3))
        ]

    def _order(self, at: int) -> Document:
        return build.purchase_order(self._number("PO", at), lines=self._order_lines())

    def _receipt(self, at: int, orders: int) -> Document:
        named = self._order_reference(orders)
        line = self._line(accepted_quantity=self._units(), **named, **self._lot())
        return build.goods_receipt(self._number("GR", at), lines=[line])

    def _invoice(self, at: int, orders: int, receipts: int) -> Document:
        named = self._order_reference(orders)
        if self._dice.random() < 0.3:
            named |= self._receipt_reference(receipts)
        named |= self._lot()
        return build.invoice(self._invoice_number(at), **self._billed(**named))

    def _billed(self, **named: Any) -> Document:
        fen = self._dice.randint(100, 20_000)
        yuan = f"{fen // 100}.{fen % 100:02d}"
        line = self._line(quantity=self._units(), net_amount=yuan, tax_amount="0.00", **named)
        return {"total_amount": yuan, "lines": [line]}

    def _change(self, at: int) -> Document:
        return build.order_change(
            self._number("OC", at), self._number("PO", 0), lines=self._order_lines()
        )

    def _cancelled_order(self, at: int) -> Document:
        line: int | None = self._dice.choice((1, 2, None))
        return build.order_cancellation(
            self._number("OX", at), self._number("PO", 0), order_line_number=line
        )

    def _cancelled_receipt(self, at: int) -> Document:
        return build.receipt_cancellation(self._number("RX", at), self._number("GR", 0))

    def _second_receipt(self, at: int) -> Document:
        return self._receipt(0, 1) | {"revision": 2}

    def _second_order(self, at: int) -> Document:
        return self._order(0) | {"revision": 2}

    def _second_invoice(self, at: int) -> Document:
        return self._invoice(0, 1, 1) | {"revision": 2}

    def _return(self, at: int) -> Document:
        named = self._dice.choice((self._receipt_reference(), self._order_reference(), {}))
        line = self._line(quantity=self._units(), **named, **self._lot())
        return build.return_note(self._number("RN", at), lines=[line])

    def _credit(self, at: int) -> Document:
        number = self._invoice_number(900 + at)
        return build.credit_note(
            number, blue_invoice_number=self._invoice_number(0), **self._billed()
        )

    def _void(self, at: int) -> Document:
        return build.invoice_void(self._number("IV", at), self._invoice_number(0))

    def _duplicate(self, at: int) -> Document:
        return build.invoice(
            self._invoice_number(0), source_system="old", **self._billed(**self._order_reference())
        )

    def _supplement(self, at: int) -> Document:
        fen = self._dice.randint(1, 5_000)
        yuan = f"{fen // 100}.{fen % 100:02d}"
        line = {"line_number": 1, "product_code": self._product, "net_amount": yuan}
        line |= {"tax_amount": "0.00", "blue_invoice_number": self._invoice_number(0)}
        return build.invoice(self._invoice_number(800 + at), total_amount=yuan, lines=[line])

    def _link(self, at: int) -> Document:
        named = self._dice.choice((self._receipt_reference(), self._order_reference()))
        if not any(named.values()):
            named = self._receipt_reference()
        line = {"line_number": 1, "invoice_number": self._invoice_number(0)}
        line |= {"invoice_line_number": 1, **named}
        return build.invoice_link(self._number("IL", at), lines=[line])
