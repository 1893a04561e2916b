"""Random little components in the kernel's columns, in which every reason occurs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

import numpy as np

from reconciler import columns as c
from reconciler.match_rules import MatchRules
from reconciler.outcome import KINDS, bar
from reconciler.purchase_matching import match_purchases
from schemas.codes.reconciliation import DiscrepancyReason, PayableKind
from tests.oracle.link_totals import link_totals

YUAN: Final = 1_000_000
CANCELLED: Final = bar(DiscrepancyReason.RECEIPT_CANCELLED)
FLAGGED: Final = tuple(
    bar(reason)
    for reason in (
        DiscrepancyReason.INVOICE_DUPLICATE,
        DiscrepancyReason.INVOICE_OVERDRAWN,
        DiscrepancyReason.INVOICE_PARTY_MISMATCH,
    )
)
Row = dict[str, int]


@dataclass
class World:
    """Rows by kind; references are row numbers in all of the world."""

    random: Random
    strange: float
    """How often something unusual happens."""
    large: bool = False
    """Whether quantities, prices and amounts go up to the limits at the door."""

    def __post_init__(self) -> None:
        names = ("orders", "receipts", "invoices", "returns", "credits", "links", "contracts")
        names = (*names, "authorizations", "supplements", "charges", "charge_goods", "charge_terms")
        names = (*names, "pools")
        self.rows: dict[str, list[Row]] = {name: [] for name in names}
        self.paper = Random(20260301)
        """What else stands on an invoice: its draws move nothing else."""
        self.receipt_paper = Random(20260302)
        """The same of receipts, and of papers that a rule pack asks for."""
        self.trace_paper = Random(20260303)
        """Trace codes that receipts lack."""
        self.decisions = Random(20260304)
        """What people decided about it: their draws move nothing else either."""
        self.raises = Random(20260302)
        """Prices raised afterwards: their draws move nothing else either."""
        self.linked = Random(20261122)  # what links by totals come to
        self.lots = Random(20260303)
        self.carriage = Random(20260305)
        """Charges that name orders, and what contracts say of them."""
        self.bought: list[Row] = []
        self.groups = Random(20261122)
        """Products of one group, and lines that name orders of another product of it."""

    def rarely(self, usual: int, *others: int) -> int:
        """The usual value, or sometimes one of the others."""
        return self.random.choice(others) if self.random.random() < self.strange else usual

    def lot(self) -> int:
        """None, or one of a few, any number that a hash may be."""
        return self.lots.choice((0, 0, -7, 2**62, 3))

    def unit(self) -> int:
        """Mostly the component's own unit, the smallest one or another."""
        return self.rarely(self.usual_unit, 0, 7)

    def quantity(self) -> int:
        """A few units, or parts of one."""
        if self.large:
            return self.random.choice((1, 333, 10**6, 10**11, 10**12 - 1))
        return self.random.randint(1, 12) * self.random.choice((1_000, 1_000, 1_000, 250))

    def price(self) -> int:
        """Millionths of a yuan."""
        if self.large:
            return self.random.choice((1, 7, 10**6, 9 * 10**11))
        return self.random.choice(
            (12_345, 25_000, 3 * YUAN, 3_333_333, 9 * YUAN, 10 * YUAN, 10 * YUAN)
        )

    def pack(self) -> int:
        """Units that a price is for."""
        return self.random.choice((1, 3, 999_983) if self.large else (1, 1, 3))

    def amount(self) -> int:
        """Fen."""
        if self.large:
            return self.random.choice((1, 10**9, 10**13, 10**15))
        few, many = self.random.randint(1, 15), self.random.randint(1, 9_999)
        return self.random.choice((0, few, many, 3_000))

    def stated_amount(self, quantity: int, first: int) -> int:
        """Fen: about the quantity at the price of an order line of the component, or any."""
        prices = [(row["price"], row["pack"]) for row in self.rows["orders"][first:]]
        if not prices or self.random.random() < 0.4:
            return self.amount()
        price, pack = self.random.choice(prices)
        exact = price * quantity // (pack * 10**7)
        return max(0, exact + self.random.choice((0, 0, 0, 1, -1, 2, quantity // 2_000)))

    def reference(self, kind: str, start: int) -> int:
        """A line of this component, one that is not there, or none."""
        own = range(start, len(self.rows[kind]))
        choices = [*own, *own, c.UNNAMED, c.UNNAMED]
        return self.rarely(self.random.choice(choices), c.ABSENT)

    def add_component(self, number: int) -> None:
        """Documents of one component, its product's contract rows and authorizations."""
        start = {kind: len(rows) for kind, rows in self.rows.items()}
        self.usual_unit = self.rarely(0, 7)
        for _ in range(self.random.randint(0, 3)):
            self._order(number)
        for _ in range(self.random.randint(0, 4)):
            self._receipt(number, start)
        for _ in range(self.random.randint(0, 4)):
            self._invoice(number, start)
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self._return(number, start)
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self._credit(start)
        for _ in range(self.random.choice((0, 0, 1, 2))):
            self._link(start)
        self._supplement(number, start)
        for _ in range(self.random.choice((0, 1, 1, 2, 3))):
            self._contract(number)
        if self.random.random() < 0.3:
            self._authorize(number)

    def _bill(self, number: int) -> int:
        return number * 2 + self.random.randint(0, 1)

    def _order(self, number: int) -> None:
        pick = self.random.choice
        self.rows["orders"].append(
            {
                "pool": number,
                "bill": self._bill(number),
                "unit": self.unit(),
                "quantity": self.rarely(self.quantity(), 0),
                "price": pick((c.NOT_STATED, 0, *(self.price() for _ in range(6)))),
                "pack": self.pack(),
                "decimals": pick((0, 2, 4, 6)),
                "amount": pick((c.NOT_STATED, 0, self.amount(), 10_000)),
                "day": pick((c.NO_DAY, 90, 95, 100, 105)),
                "product": self.rarely(number, c.NOT_STATED),
                "supplier": pick((1, 1, 2)),
                "agreement": pick((0, 0, 1, 2)),
                "manufacturer": pick((0, 0, 1, 2)),
                "offline": self.rarely(0, 1),
                "barred": 0,
                "of_charges": 0,
            }
        )

    def _receipt(self, number: int, start: Row) -> None:
        order = self.reference("orders", start["orders"])
        self.rows["receipts"].append(
            {
                "pool": number,
                "order": order,
                "bill": self.random.choice((c.UNNAMED, c.UNNAMED, self._bill(number))),
                "unit": self.unit(),
                "quantity": self.quantity(),
                "day": self.random.randint(92, 112),
                "expiry": self.rarely(c.NO_DAY, 100, 200),
                "lot": self.lot(),
                "barred": self.rarely(0, CANCELLED),
                "unknown": self.rarely(0, 1),
            }
        )
        line = self.rows["receipts"][-1]
        line["trace"] = self.trace_paper.choice((0, 1, 1, 2, 3))
        line["repeated"] = self.trace_paper.choice((0, 0, 0, 0, 1))
        line["accepted"] = line["day"] + self.receipt_paper.choice((0, 0, 1, 5, 9, -3))

    def _invoice(self, number: int, start: Row) -> None:
        charge, quantity = self.rarely(0, 1), self.quantity()
        order = self.reference("orders", start["orders"])
        receipt = self.random.choice(
            (c.UNNAMED, c.UNNAMED, self.reference("receipts", start["receipts"]))
        )
        self.rows["invoices"].append(
            {
                "pool": number,
                # Charges are read apart from goods: no line they could name stands beside them.
                "order": c.ABSENT if charge else order,
                "receipt": c.UNNAMED if charge else receipt,
                "bill": self.random.choice((c.UNNAMED, c.UNNAMED, self._bill(number))),
                "unit": self.unit(),
                "quantity": quantity,
                "amount": self.stated_amount(quantity, start["orders"]),
                "difference": self.rarely(0, -1, 2),
                "day": self.random.randint(88, 112),
                "lot": self.lot(),
                "charge": charge,
                "barred": self.rarely(0, *FLAGGED),
                "unknown": self.rarely(0, 1),
            }
        )
        line = self.rows["invoices"][-1]
        others = self.paper.choice((0, 0, self.paper.randint(1, 100_000)))
        line |= {"document_start": others // 3, "document_total": others + line["amount"]}
        most = self.decisions.choice((*(0,) * 9, 1, 2_000, line["amount"] * 4 // 5))
        line["lowered"] = 0 if charge else most
        line["chain"] = 0 if charge else self.receipt_paper.choice((0, 1, 1, 2, 3))

    def _return(self, number: int, start: Row) -> None:
        receipt = self.reference("receipts", start["receipts"])
        order = self.reference("orders", start["orders"])
        self.rows["returns"].append(
            {
                "pool": number,
                "receipt": receipt,
                "order": order,
                "unit": self.unit(),
                "quantity": self.quantity(),
                "lot": self.lot(),
            }
        )

    def _credit(self, start: Row) -> None:
        self.rows["credits"].append(
            {
                "invoice": self.reference("invoices", start["invoices"]),
                "unit": self.unit(),
                "quantity": self.rarely(self.quantity(), 0),
                "amount": self.random.choice((0, self.amount() // 2, self.amount())),
            }
        )

    def _link(self, start: Row) -> None:
        if len(self.rows["invoices"]) == start["invoices"]:
            return
        invoice = self.random.randrange(start["invoices"], len(self.rows["invoices"]))
        receipt = self.random.choice((c.UNNAMED, self.reference("receipts", start["receipts"])))
        order = self.reference("orders", start["orders"])
        self.rows["links"].append(
            {
                "invoice": invoice,
                # A link names at least one of them.
                "order": c.ABSENT if order == receipt == c.UNNAMED else order,
                "receipt": receipt,
                "quantity": self.rarely(self.quantity(), c.NOT_STATED),
                **link_totals(self.linked),
            }
        )

    def _supplement(self, number: int, start: Row) -> None:
        """Some lines that raise the price of one of the component, of none, or of one another."""
        pick, invoices = self.raises.choice, self.rows["invoices"]
        goods = len(invoices)
        if goods == start["invoices"]:
            return
        for _ in range(pick((0, 0, 0, 1, 1, 2))):
            usual, place = self.raises.random() > self.strange, len(invoices)
            blue = self.raises.randrange(start["invoices"], goods)
            amount = pick((1, 7, invoices[blue]["amount"] // 5, self.raises.randint(1, 4_000)))
            self.rows["supplements"].append(
                {"invoice": place, "blue": blue if usual else pick((c.ABSENT, place, goods))}
            )
            invoices.append(
                {
                    "pool": number,
                    "order": c.UNNAMED,
                    "receipt": c.UNNAMED,
                    "bill": c.UNNAMED,
                    "unit": 7,
                    "quantity": 0,
                    "amount": amount,
                    "difference": 0,
                    "day": self.raises.randint(100, 112),
                    "chain": 0,  # what it raises was asked
                    "lot": 0,
                    "charge": 0,
                    "barred": 0 if usual else pick((0, *FLAGGED)),
                    "unknown": 0,
                    "document_start": 0,
                    "document_total": 0,
                    "lowered": 0,
                }
            )

    def add_charges(self, number: int) -> None:
        """A component of charges: one or two orders of products of the components before it, and
        charges of two kinds for them, or for none."""
        pick = self.carriage.choice
        ordered = [self._charged_order(number) for _ in range(pick((1, 2)))]
        for _ in range(pick((1, 1, 2, 3))):
            place = len(self.rows["invoices"])
            quantity = pick((0, 0, 1_000))
            self.rows["invoices"].append(
                dict.fromkeys(c.INVOICE_LINE.names or (), 0)
                | {"pool": number, "order": c.UNNAMED, "receipt": c.UNNAMED, "bill": c.UNNAMED}
                | {"unit": 9, "quantity": quantity, "charge": 1, "day": pick((95, 100, 108))}
                | {"amount": pick((0, 1, 40, 250, 600, 3_000))}
                | {"barred": pick((*(0,) * 8, *FLAGGED))}
            )
            if pick((True, False, False, False)):
                credit = {"invoice": place, "unit": 9, "quantity": pick((0, quantity))}
                self.rows["credits"].append(credit | {"amount": pick((1, 40, 600))})
            if pick((False, True, True, True, True)):
                charge = len(self.rows["charges"])
                before = pick((0, 0, 0, 5, 300, 900))
                kind = pick((1, 1, 2))
                self.rows["charges"].append({"invoice": place, "kind": kind, "before": before})
                for order in pick(ordered):
                    self.rows["charge_goods"].append({"charge": charge, "order": order})

    def _charged_order(self, number: int) -> list[int]:
        """The lines of an order as they stand beside a charge: matched elsewhere."""
        pick, orders = self.carriage.choice, self.rows["orders"]
        rows = []
        for line in self.carriage.choices(self._bought(), k=pick((0, 1, 2, 3, 4, 5))):
            rows.append(len(orders))
            orders.append(line | {"pool": number, "of_charges": 1, "bill": c.UNNAMED})
        return rows

    def _bought(self) -> list[Row]:
        """Order lines, mostly such as a contract binds."""
        if not self.bought:
            listed = {row["product"] for row in self.rows["contracts"] if row["covers"]}
            for row in self.rows["orders"]:
                likely = row["product"] in listed and row["unit"] == 0 and row["quantity"] > 0
                self.bought += [row] * (4 if likely else 1)
        return self.bought

    def add_terms(self) -> None:
        """What the two agreements say of two kinds of charge."""
        pick = self.carriage.choice
        for agreement in (1, 2):
            for kind in (1, 2):
                for days in ((0, 97), (98, c.NO_DAY)):
                    share, most = pick(((300, -1), (-1, 500), (900, 700), (-1, -1)))
                    self.rows["charge_terms"].append(
                        {"agreement": agreement, "kind": kind, "permyriad": share, "most": most}
                        | {"payable": int(max(share, most) > 0)}
                        | {"valid_from": days[0], "valid_to": days[1]}
                    )

    def _contract(self, number: int) -> None:
        pick = self.random.choice
        self.rows["contracts"].append(
            {
                "product": number,
                "agreement": pick((1, 1, 2)),
                "manufacturer": pick((1, 1, 2)),
                "price": self.price(),
                "pack": self.pack(),
                "decimals": pick((0, 2, 4, 6)),
                "valid_from": pick((0, 0, 95)),
                "valid_to": pick((c.NO_DAY, c.NO_DAY, 100, 95)),
                "covers": int(self.random.random() > self.strange),
                "holder": pick((1, 1, 2, c.NOT_STATED)),
            }
        )

    def _authorize(self, number: int) -> None:
        self.rows["authorizations"].append(
            {
                "product": number,
                "supplier": self.random.choice((1, 2)),
                "valid_from": self.random.choice((0, 100)),
                "valid_to": self.random.choice((c.NO_DAY, 100)),
            }
        )

    def group(self, count: int, size: int) -> None:
        """Joins every so many components as products of one group, some of them counted in another
        smallest unit; lines name order lines and bills of all of it."""
        pick, often = self.groups.choice, 0.3
        for pool in range(count):
            kin, measure = pool // size, -5 if self.groups.random() > self.strange else 2**61
            self.rows["pools"].append({"kin": kin, "measure": measure, "product": pool})
        lines: dict[int, list[int]] = {}
        for number, row in enumerate(self.rows["orders"]):
            lines.setdefault(row["pool"] // size, []).append(number)
        for kind in ("orders", "receipts", "invoices"):
            for row in self.rows[kind]:
                if row["bill"] >= 0:
                    row["bill"] = row["pool"] // size * 2 + row["bill"] % 2
        for kind in ("receipts", "invoices", "returns", "links"):
            for row in self.rows[kind]:
                line = row if kind != "links" else self.rows["invoices"][row["invoice"]]
                there = lines.get(line["pool"] // size)
                speaks = not row.get("charge") and row["order"] != c.UNNAMED
                if there and speaks and self.groups.random() < often:
                    row["order"] = pick(there)

    def columns(self) -> c.PurchaseColumns:
        """The kernel's columns."""
        kinds: dict[str, np.dtype[Any]] = {
            "orders": c.ORDER_LINE,
            "receipts": c.RECEIPT_LINE,
            "invoices": c.INVOICE_LINE,
            "returns": c.RETURN_LINE,
            "credits": c.CREDIT_LINE,
            "links": c.LINK_LINE,
            "contracts": c.CONTRACT_ROW,
            "authorizations": c.AUTHORIZATION,
            "supplements": c.SUPPLEMENT_LINE,
            "charges": c.CHARGE_LINE,
            "charge_goods": c.CHARGE_GOODS,
            "charge_terms": c.CHARGE_TERM,
            "pools": c.POOL,
        }
        filled = {
            name: np.array(
                [tuple(row[field] for field in kind.names or ()) for row in self.rows[name]], kind
            )
            for name, kind in kinds.items()
        }
        return c.PurchaseColumns(**filled, committed=c.empty(c.COMMITTED))


def components(count: int, seed: int, strange: float, *, large: bool = False) -> c.PurchaseColumns:
    """So many components side by side, nothing joining them; charges look at others' orders."""
    world = World(Random(seed), strange, large)
    world.carriage.seed(seed)
    for number in range(count):
        world.add_component(number)
    for number in range(count, count + count // 2):
        world.add_charges(number)
    world.add_terms()
    return world.columns()


def applied_for(columns: c.PurchaseColumns, rules: Sequence[MatchRules]) -> c.PurchaseColumns:
    """The same with payables that were applied for under each of the rules, one after the other,
    while some documents said something else; `rules` are the earlier ones of whatever follows."""
    dice, carriage = np.random.default_rng(20260305), np.random.default_rng(20260306)
    committed = c.empty(c.COMMITTED)
    for number, then in enumerate(rules, 1):
        seen = replace(_charged_otherwise(_otherwise(columns, dice), carriage), committed=committed)
        payables = match_purchases(seen, replace(then, earlier=tuple(rules[: number - 1]))).payables
        chosen = payables[dice.random(payables.size) < 0.6]
        rows = np.zeros(chosen.size, c.COMMITTED)
        for name in payables.dtype.names or ():
            if name in (c.COMMITTED.names or ()):
                rows[name] = chosen[name]
        rows["charge"] = chosen["kind"] == KINDS.index(PayableKind.FREIGHT)
        rows["terms"] = np.where(rows["terms"] == 0, number, rows["terms"])
        # A charge whose invoice line no longer is anywhere; what takes from it comes later.
        lost = rows["charge"] & (rows["adjusts"] < 0) & (carriage.random(rows.size) < 0.05)
        rows["invoice"][lost] = c.NOT_STATED
        committed = np.concatenate((committed, rows))
    return replace(columns, committed=committed)


def _otherwise(columns: c.PurchaseColumns, dice: np.random.Generator) -> c.PurchaseColumns:
    """Some receipts, invoices and orders with other quantities, amounts and days."""
    receipts, invoices, orders = (
        rows.copy() for rows in (columns.receipts, columns.invoices, columns.orders)
    )
    for rows, name, change in (
        (receipts, "quantity", 500),
        (receipts, "day", -4),
        (invoices, "quantity", 250),
        (invoices, "amount", 77),
        (orders, "day", -5),
    ):
        other = (dice.random(rows.size) < 0.2) & (rows["quantity"] > 0)
        rows[name][other] = np.maximum(rows[name][other] + change, 0)
    return replace(columns, receipts=receipts, invoices=invoices, orders=orders)


def _charged_otherwise(columns: c.PurchaseColumns, dice: np.random.Generator) -> c.PurchaseColumns:
    """Some terms of charges that were not yet payable, other charges that came before, and credit
    notes that had not come."""
    terms, charges, notes = (
        rows.copy() for rows in (columns.charge_terms, columns.charges, columns.credits)
    )
    terms["payable"] &= dice.random(terms.size) < 0.7
    other = dice.random(charges.size) < 0.3
    charges["before"][other] = dice.choice((0, 100, 700), charges.size)[other]
    charged = columns.invoices["charge"][np.maximum(notes["invoice"], 0)]
    notes["amount"][charged & (dice.random(notes.size) < 0.5)] = 0
    return replace(columns, charge_terms=terms, charges=charges, credits=notes)


def grouped(
    count: int, seed: int, strange: float, *, size: int = 3, large: bool = False
) -> c.PurchaseColumns:
    """The same, every so many of goods joined as products of one group."""
    world = World(Random(seed), strange, large)
    for number in range(count):
        world.add_component(number)
    world.group(count, size)
    for number in range(count, count + count // 2):
        world.add_charges(number)
        world.rows["pools"].append({"kin": number, "measure": 0, "product": c.NOT_STATED})
    world.add_terms()
    return world.columns()
