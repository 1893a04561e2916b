"""Documents for matching by their names: a dossier collects them in any order of arrival."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np

from reconciler import columns as c
from reconciler.match_rules import MatchRules
from reconciler.outcome import KINDS, REASONS, ROUTES, Outcome
from reconciler.purchase_matching import match_purchases

UNIT = 1_000
"""One smallest unit in thousandths."""
YUAN = 1_000_000
"""One yuan in millionths: prices."""


@dataclass(frozen=True)
class Order:
    """An order line; `name` is its external identity."""

    name: str
    units: int = 10
    price: int | None = 10 * YUAN
    pack: int = 1
    day: int | None = 100
    pool: int = 0
    decimals: int = 2
    amount: int | None = None
    product: int = 0
    supplier: int = 0
    manufacturer: int = 0
    agreement: int = 0
    offline: bool = False
    barred: int = 0
    unit: int = 0


@dataclass(frozen=True)
class Receipt:
    """A receipt line, naming an order line or none."""

    name: str
    units: int = 10
    order: str | None = None
    day: int = 110
    pool: int = 0
    barred: int = 0
    unit: int = 0
    accepted: int | None = None
    expiry: int = c.NO_DAY
    trace: int = 0
    repeated: bool = False
    lot: int = 0
    unknown: bool = False


@dataclass(frozen=True)
class Invoice:
    """An invoice line with its stated amount in fen."""

    name: str
    units: int = 10
    amount: int = 10_000
    order: str | None = None
    receipt: str | None = None
    difference: int = 0
    day: int = 105
    pool: int = 0
    chain: int = 0
    charge: bool = False
    barred: int = 0
    unit: int = 0
    unknown: bool = False
    lot: int = 0
    blue: str | None = None
    """The line whose price this one raises, bearing no goods itself."""
    lowered: int = 0
    """Fen that people accepted the whole line at; 0 when nobody did."""


@dataclass(frozen=True)
class Return:
    """A return note line."""

    name: str
    units: int = 1
    receipt: str | None = None
    order: str | None = None
    pool: int = 0
    lot: int = 0


@dataclass(frozen=True)
class Credit:
    """A credit note line against a blue invoice line."""

    name: str
    invoice: str | None = None
    units: int = 1
    amount: int = 1_000


@dataclass(frozen=True)
class Link:
    """An invoice link document."""

    name: str
    invoice: str
    order: str | None = None
    receipt: str | None = None
    units: int | None = None
    invoiced: int = 0
    linked: int = 0
    uneven: bool = False


@dataclass(frozen=True)
class Terms:
    """A contract row."""

    name: str
    price: int = 10 * YUAN
    pack: int = 1
    product: int = 0
    manufacturer: int = 1
    agreement: int = 1
    decimals: int = 2
    valid_from: int = 0
    valid_to: int = c.NO_DAY
    covers: bool = True
    holder: int = 0


@dataclass(frozen=True)
class Committed:
    """A payable already applied for, by the names of its lines; `adjusts` is a position.

    By default under the first contract, paid directly, for goods accepted on a receipt's day.
    """

    order: str
    receipt: str
    invoice: str
    quantity: int
    amount: int
    adjusts: int = c.NOT_STATED
    contract: int = 0
    route: int = 0
    basis_day: int = 100
    clock_day: int = 110
    terms: int = 0
    """The rules it was decided by: 0 are today's, else a place among the earlier ones."""


Paper = Order | Receipt | Invoice | Return | Credit | Link


@dataclass
class Dossier:
    """Documents of a component in the order of their arrival, and what frames them."""

    papers: list[Paper] = field(default_factory=list)
    contracts: list[Terms] = field(default_factory=list)
    authorizations: list[tuple[int, int]] = field(default_factory=list)
    committed: list[Committed] = field(default_factory=list)
    pools: list[tuple[int, int, int]] = field(default_factory=list)
    """(kin, measure, product) of each pool, where some are of one product group."""

    def shuffled(self, seed: int) -> "Dossier":
        """The same documents, arriving in another order."""
        papers = list(self.papers)
        Random(seed).shuffle(papers)
        return replace(self, papers=papers)

    def names(self, kind: type[Paper]) -> list[str]:
        """Names of one kind in laying order: the row numbers of the columns."""
        return [paper.name for paper in self._laid(kind)]

    def _laid(self, kind: type[Any]) -> list[Any]:
        papers = [paper for paper in self.papers if isinstance(paper, kind)]
        days = [_day(getattr(paper, "day", 0)) for paper in papers]
        order = c.laying_order(
            np.array(days, np.int64),
            np.zeros(len(papers), np.int64),
            np.array([paper.name for paper in papers], dtype="U32"),
            np.zeros(len(papers), np.int64),
        )
        return [papers[row] for row in order]

    def columns(self) -> c.PurchaseColumns:
        """The typed columns of the kernel, references resolved to rows."""
        orders, receipts = self._numbers(Order), self._numbers(Receipt)
        invoices = self._numbers(Invoice)
        named = {"order": orders, "receipt": receipts, "invoice": invoices}
        return c.PurchaseColumns(
            orders=_rows(c.ORDER_LINE, self._laid(Order), named),
            receipts=_rows(c.RECEIPT_LINE, self._laid(Receipt), named),
            invoices=_rows(c.INVOICE_LINE, self._laid(Invoice), named),
            returns=_rows(c.RETURN_LINE, self._laid(Return), named),
            credits=_rows(c.CREDIT_LINE, self._laid(Credit), named),
            links=_rows(c.LINK_LINE, self._laid(Link), named),
            contracts=_rows(c.CONTRACT_ROW, self.contracts, named),
            authorizations=np.array(
                [(*pair, 0, c.NO_DAY) for pair in self.authorizations], c.AUTHORIZATION
            ),
            committed=_rows(c.COMMITTED, self.committed, named),
            supplements=np.array(
                [
                    (invoices[paper.name], invoices.get(paper.blue, c.ABSENT))
                    for paper in self._laid(Invoice)
                    if paper.blue is not None
                ],
                c.SUPPLEMENT_LINE,
            ),
            pools=np.array(self.pools, c.POOL),
        )

    def _numbers(self, kind: type[Paper]) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names(kind))}

    def match(self, rules: MatchRules | None = None) -> Outcome:
        """The kernel on these documents."""
        return match_purchases(self.columns(), rules or MatchRules())


def _day(day: int | None) -> int:
    return c.NO_DAY if day is None else day


def _rows(kind: np.dtype[Any], papers: Sequence[Any], named: dict[str, dict[str, int]]) -> c.Rows:
    rows = np.zeros(len(papers), kind)
    for name in kind.names or ():
        rows[name] = [_value(paper, name, named) for paper in papers]
    return rows


def _value(paper: Any, name: str, named: dict[str, dict[str, int]]) -> int:
    if name == "bill":
        return c.UNNAMED
    if name in named and not isinstance(getattr(paper, name, None), int):
        reference = getattr(paper, name, None)
        return c.UNNAMED if reference is None else named[name].get(reference, c.ABSENT)
    if name == "quantity" and hasattr(paper, "units"):
        return c.NOT_STATED if paper.units is None else paper.units * UNIT
    value = getattr(paper, name, None)
    if name == "accepted" and value is None:
        return int(paper.day)
    if value is None:
        return c.NO_DAY if name.endswith("day") else _missing(name)
    return int(value)


def _missing(name: str) -> int:
    return {"price": c.NOT_STATED, "amount": c.NOT_STATED, "contract": c.NOT_STATED}.get(name, 0)


def payables(dossier: Dossier, outcome: Outcome) -> list[tuple[str, str, str, str, int, int]]:
    """Open payables by name: (kind, order, receipt, invoice, units in thousandths, fen)."""
    return sorted(_named(dossier, outcome.payables))


def _named(dossier: Dossier, rows: c.Rows) -> Iterator[tuple[str, str, str, str, int, int]]:
    orders, receipts = dossier.names(Order), dossier.names(Receipt)
    invoices = dossier.names(Invoice)
    for row in rows:
        yield (
            str(KINDS[row["kind"]]),
            orders[row["order"]],
            receipts[row["receipt"]] if row["receipt"] >= 0 else "",
            invoices[row["invoice"]] if row["invoice"] >= 0 else "",
            int(row["quantity"]),
            int(row["amount"]),
        )


def reasons(outcome: Outcome) -> list[tuple[str, int, int]]:
    """Discrepancies as (reason, quantity, fen), sorted."""
    return sorted(
        (str(REASONS[row["reason"]]), int(row["quantity"]), int(row["amount"]))
        for row in outcome.discrepancies
    )


def routes(outcome: Outcome) -> list[str]:
    """The route of each target slice."""
    return [str(ROUTES[row["route"]]) for row in outcome.target]
