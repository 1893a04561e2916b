"""What the two sides of links by totals come to, worked out from the documents themselves.

Written from the text of decision record 30 and domain.md section 5, without a look at the SQL that
answers the same: plain Python over what was sent, with exact fractions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

Document = dict[str, Any]
WHOLE_INVOICE, OWN_INVOICES = "lines_to_invoice", "line_to_invoices"
CANCELS: Final = {
    "order_cancellation": ("order_number", "purchase_order"),
    "receipt_cancellation": ("receipt_number", "goods_receipt"),
    "invoice_void": ("invoice_number", "invoice"),
}


@dataclass(frozen=True)
class Compared:
    """The two totals of one link, in fen; `agree` is false as well where nobody can say."""

    invoices: frozenset[str]
    invoiced: int
    linked: int
    agree: bool


def fen_of(text: str) -> int:
    """Yuan with two decimals."""
    return int(Fraction(text) * 100)


class Papers:
    """The documents that count, whatever the order in which they came."""

    def __init__(self, documents: Iterable[Document]) -> None:
        latest: dict[tuple[str, str, str], Document] = {}
        for each in documents:
            key = each["kind"], each["source_system"], each["external_number"]
            if key not in latest or latest[key].get("revision", 1) < each.get("revision", 1):
                latest[key] = each
        gone = {
            (kind, one[named])
            for one in latest.values()
            if one["kind"] in CANCELS
            for named, kind in [CANCELS[one["kind"]]]
        }
        self._standing = [
            one for one in latest.values() if (one["kind"], one["external_number"]) not in gone
        ]

    def of(self, kind: str, number: str | None = None) -> list[Document]:
        """Documents of a kind, or of a number of that kind."""
        return [
            one
            for one in self._standing
            if one["kind"] == kind and number in (None, one["external_number"])
        ]

    def line(self, kind: str, number: str, line_number: int) -> Document | None:
        """One line of such a document, as the last change of its order leaves it."""
        lines = [one for each in self.of(kind, number) for one in each["lines"]]
        if kind == "purchase_order" and lines:
            for change in self.of("order_change"):
                if change["order_number"] == number:
                    lines = [*change["lines"], *lines]
        return next((one for one in lines if one["line_number"] == line_number), None)

    # ── the two sides ──

    def compared(self) -> Iterator[Compared]:
        """Every link by totals: one invoice of many lines, or one line of many invoices."""
        for link in self.of("invoice_link"):
            totalled = [one for one in link["lines"] if one.get("mode", "quantity") != "quantity"]
            for mode, side in ((WHOLE_INVOICE, _invoice), (OWN_INVOICES, _named)):
                items = [one for one in totalled if one["mode"] == mode]
                for which in {side(one) for one in items}:
                    yield self._compare(mode, [one for one in items if side(one) == which])

    def _compare(self, mode: str, items: list[Document]) -> Compared:
        """Of what somebody named and nobody knows, the rest is shown, and never agrees."""
        numbers = frozenset(_invoice(one) for one in items)
        billed = [
            None
            if mode == OWN_INVOICES and self._is_shared(one, _named(items[0]))
            else self.bill(one)
            for one in numbers
        ]
        bought = self.worth({_named(one) for one in items})
        invoiced = sum(one for one in billed if one is not None)
        linked = sum(one for one in bought if one is not None)
        agree = None not in billed and None not in bought and invoiced == linked
        return Compared(numbers, invoiced, linked, agree)

    def _is_shared(self, invoice: str, named: tuple[str, str, int]) -> bool:
        """Whether some link gives a part of this invoice to another line."""
        return any(
            _invoice(one) == invoice and _named(one) != named
            for link in self.of("invoice_link")
            for one in link["lines"]
        )

    def bill(self, invoice: str) -> int | None:
        """What the goods of an invoice come to, tax included; None: there is no such invoice."""
        lines = [one for each in self.of("invoice", invoice) for one in each["lines"]]
        goods = [one for one in lines if one.get("charge_kind", "goods") == "goods"]
        return sum(fen_of(one["net_amount"]) + fen_of(one["tax_amount"]) for one in goods) or None

    def worth(self, named: set[tuple[str, str, int]]) -> list[int | None]:
        """What order lines come to, or receipt lines as parts of theirs; None: nobody knows."""
        parts: dict[tuple[str, int], Fraction] = {}
        worth: list[int | None] = []
        for kind, number, at in named:
            line = self.line(kind, number, at)
            if line is None:
                worth.append(None)
            elif kind == "goods_receipt":
                order = line["order_number"], line["order_line_number"]
                parts[order] = parts.get(order, Fraction(0)) + Fraction(line["accepted_quantity"])
            else:
                parts[number, at] = Fraction(line["quantity"])
        return worth + [self._part(*order, quantity) for order, quantity in parts.items()]

    def _part(self, number: str, at: int, quantity: Fraction) -> int | None:
        """So much of an order line, by the amount that it states, else by its price."""
        ordered = self.line("purchase_order", number, at)
        if ordered is None:
            return None
        if ordered["amount"] is not None:
            exact = fen_of(ordered["amount"]) * quantity / Fraction(ordered["quantity"])
        else:
            exact = Fraction(ordered["price"]) * 100 * quantity
        return int(exact + Fraction(1, 2))


def _invoice(item: Document) -> str:
    return str(item["invoice_number"])


def _named(item: Document) -> tuple[str, str, int]:
    if item.get("receipt_number") is not None:
        return "goods_receipt", item["receipt_number"], item["receipt_line_number"]
    return "purchase_order", item["order_number"], item["order_line_number"]
