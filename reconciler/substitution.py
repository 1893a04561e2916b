"""Goods of another product of the same contract product group, where a rule pack allows them.

What was received decides. The part of an order line that came in another product is, for all the
rest of the rule, an order line of its own: of the product received, for as many units as came, at
no price of the order's. So goods are paired with invoices of their own product, at the price of
their own contract, and order line and substitutes together never take more than was ordered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from reconciler.axis import Flags, Integers, Overlaps, end_to_end, lay, no_overlaps, total_by
from reconciler.columns import (
    NOT_STATED,
    SUBSTITUTED,
    UNCONVERTED,
    UNNAMED,
    PurchaseColumns,
    Rows,
    day_number,
    find_rows,
    number_keys,
    where,
)
from reconciler.frozen import freeze
from reconciler.outcome import discrepancies, reason_code
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

_SUBSTITUTED = reason_code(DiscrepancyReason.PRODUCT_SUBSTITUTED)
_NO_ORDER = reason_code(DiscrepancyReason.NO_ORDER)
_OVER = reason_code(DiscrepancyReason.QUANTITY_OVER_ORDER)
_UNIT = reason_code(DiscrepancyReason.UNIT_NOT_CONVERTIBLE)
_NOT_RECEIVED = reason_code(DiscrepancyReason.NOT_RECEIVED)
_OVER_RECEIPT = reason_code(DiscrepancyReason.QUANTITY_OVER_RECEIPT)


@dataclass(frozen=True)
class Substitution:
    """Whether goods of another product of the group may stand in for those ordered: on orders
    placed from `since` to `until`, both included, so that a rule can end and take nothing back.
    An order without a date is one of the time after all others."""

    allowed: bool = False
    since: date | None = None
    until: date | None = None

    def covers(self, day: Integers) -> Flags:
        """On orders of which of these days it is allowed."""
        answer = np.full(day.size, self.allowed, np.bool_)
        if self.since is not None:
            answer &= day >= day_number(self.since)
        if self.until is not None:
            answer &= day <= day_number(self.until)
        return answer


NO_SUBSTITUTES: Final = Substitution()


@dataclass(frozen=True)
class Side:
    """Per line: its component, the bill in it (UNNAMED without), and the group in which other
    products are counted as it is (UNNAMED where nothing converts its unit)."""

    kin: Integers
    bill: Integers
    measure: Integers

    @property
    def parts(self) -> tuple[Integers, Integers, Integers]:
        """Component, bill and measure."""
        return self.kin, self.bill, self.measure

    def turns(self) -> tuple[Integers, Integers]:
        """Groups in which substitutes are looked for: by bill, then anywhere in the component."""
        both = (self.bill << 31) | np.maximum(self.measure, 0)  # each counted from 0 on
        return np.where((self.bill < 0) | (self.measure < 0), UNNAMED, both), self.measure


@dataclass(frozen=True)
class Kept:
    """Goods of another pool (`pool`) that were applied for on an order line under rules that
    allowed them; today's do not (docs/decisions/0027). `quantity` thousandths of each receipt."""

    order: Integers
    receipt: Integers
    pool: Integers
    quantity: Integers

    def named(self, order: Integers, pool: Integers) -> Flags:
        """Whether lines of these pools that name these order lines name goods that are kept."""
        found: Flags = find_rows([order, pool], [self.order, self.pool]) >= 0
        return found

    def laid(self, room: Integers, goods: Integers) -> Overlaps:
        """The goods, as far as order lines and receipts have as much."""
        there = lay(np.arange(room.size), room, self.order, self.quantity)
        left = there.demanded(self.quantity.size)
        there = lay(np.arange(goods.size), goods, self.receipt, left)
        left = there.demanded(left.size)
        return Overlaps(self.order[left > 0], self.receipt[left > 0], left[left > 0])


@dataclass(frozen=True)
class Kin:
    """What joins the lines of a product group, beside what joins those of one product.

    `allowed`: the order lines whose product others may stand in for. `closed`: order lines, those
    of what stands in among them, that are there for goods kept from earlier rules alone; `laid`
    are these goods (order line, receipt line).
    """

    orders: Side
    receipts: Side
    invoices: Side
    allowed: Flags
    kept: Kept
    closed: Flags
    laid: Overlaps

    @property
    def open(self) -> Side:
        """The order lines that take other products."""
        return Side(*(np.where(self.allowed, part, UNNAMED) for part in self.orders.parts))


def join(
    columns: PurchaseColumns, rule: Substitution, earlier: Sequence[Substitution] = ()
) -> tuple[PurchaseColumns, Kin | None]:
    """The columns with bills of one product each and order lines of other products named only
    where the rule allows that, or did where something was applied for (`earlier`, by terms - 1);
    and what joins the products. None where no group has two."""
    if not columns.pools.size:
        return columns, None
    parts = (columns.orders, columns.receipts, columns.invoices)
    sides = [_side(columns, rows) for rows in parts]
    allowed = rule.covers(columns.orders["day"])
    kept = _kept(columns, sides[0], ~allowed, earlier)
    kin = Kin(
        sides[0], sides[1], sides[2], allowed, kept, np.zeros(allowed.size, np.bool_), no_overlaps()
    )
    orders, receipts, invoices = (_billed_by_product(columns, rows) for rows in parts)
    returns, links = columns.returns.copy(), columns.links.copy()
    receipts["order"] = _named(columns, kin, kin.receipts, receipts)
    invoices["order"] = _named(columns, kin, kin.invoices, invoices)
    returns["order"] = _named(columns, kin, _side(columns, returns), returns)
    if invoices.size:
        own = np.maximum(links["invoice"], 0)
        lines = where(invoices, own)
        lines["order"] = links["order"]
        links["order"] = _named(columns, kin, taken(kin.invoices, own), lines)
    changed = replace(
        columns, orders=orders, receipts=receipts, invoices=invoices, returns=returns, links=links
    )
    return changed, kin


def _kept(
    columns: PurchaseColumns, orders: Side, closed: Flags, earlier: Sequence[Substitution]
) -> Kept:
    """What was applied for of other products, on order lines that take none today."""
    rows = freeze(columns.committed).rows
    pool, order = _pool_committed(columns, rows), rows["order"].astype(np.int64)
    here = closed[order] & (pool != columns.orders["pool"][order])
    here &= orders.measure[order] >= 0
    here &= orders.measure[order] == _groups(columns)[pool]
    covered = np.zeros(rows.size, np.bool_)
    for terms, rule in enumerate(earlier, 1):
        covered |= (rows["terms"] == terms) & rule.covers(columns.orders["day"][order])
    mine = np.flatnonzero(here & covered & (rows["receipt"] >= 0))
    receipt = rows["receipt"].astype(np.int64)
    number = number_keys([order[mine], receipt[mine]])
    first = np.unique(number, return_index=True)[1]
    quantity = total_by(number, rows["quantity"][mine], first.size)
    chosen = mine[first[quantity > 0]]
    return Kept(order[chosen], receipt[chosen], pool[chosen], quantity[quantity > 0])


def taken(side: Side, rows: Integers) -> Side:
    """The lines of these rows."""
    return Side(*(part[rows] for part in side.parts))


def _side(columns: PurchaseColumns, rows: Rows) -> Side:
    kin = columns.pools["kin"][rows["pool"]].astype(np.int64)
    measure = np.where(rows["unit"] == 0, _groups(columns)[rows["pool"]], UNNAMED)
    billed = "bill" in (rows.dtype.names or ())
    bill = rows["bill"].astype(np.int64) if billed else np.full(rows.size, UNNAMED, np.int64)
    return Side(kin, bill, measure)


def _groups(columns: PurchaseColumns) -> Integers:
    """By pool: the same number where smallest units of one component count alike."""
    return number_keys([columns.pools["kin"], columns.pools["measure"]])


def _billed_by_product(columns: PurchaseColumns, rows: Rows) -> Rows:
    """The rows, each bill split by product."""
    answer = rows.copy()
    own = rows["bill"] * columns.pools.size + rows["pool"]
    answer["bill"] = np.where(rows["bill"] < 0, UNNAMED, own)
    return answer


def _named(columns: PurchaseColumns, kin: Kin, side: Side, rows: Rows) -> Integers:
    """The order lines that rows name, those of other products as far as they take others."""
    named = rows["order"].astype(np.int64)
    if not columns.orders.size:
        return named
    at = np.maximum(named, 0)
    other = (named >= 0) & (columns.orders["pool"][at] != rows["pool"])
    counted = (side.measure >= 0) & (side.measure == kin.orders.measure[at])
    taking = kin.allowed[at] | kin.kept.named(at, rows["pool"].astype(np.int64))
    told = np.where(taking, np.where(counted, named, UNCONVERTED), SUBSTITUTED)
    return np.where(other, told, named)


# why something found no order line --------------------------------------------------------------


def receipts_reason(kin: Kin | None, receipts: Rows, reason: Integers) -> Integers:
    """Why goods found no order line, where order lines of their group say more."""
    if kin is None:
        return reason
    told = _told(receipts["order"], reason, _of_others(kin, kin.receipts, receipts["order"], _OVER))
    named = np.flatnonzero(receipts["order"] >= 0)
    named = named[kin.closed[receipts["order"][named]]]
    told[named] = _SUBSTITUTED
    return told


def claims_reason(
    kin: Kin | None, claims: Rows, reason: Integers, only: tuple[Flags, Flags]
) -> Integers:
    """The same of what is invoiced: it waits for a receipt that says which product stands in.

    `only`: claims for which there is nothing but what stands in, and whether any of that came.
    """
    if kin is None:
        return reason
    side = taken(kin.invoices, claims["invoice"])
    reason = _told(claims["order"], reason, _of_others(kin, side, claims["order"], _NOT_RECEIVED))
    nothing_else, came = only
    short = np.where(came, _OVER_RECEIPT, _NOT_RECEIVED)
    return np.where((reason == _OVER) & nothing_else, short, reason)


def _told(order: Integers, reason: Integers, of_others: Integers) -> Integers:
    """The reasons; where there is no order of a line's own product, what others say."""
    return np.select(
        [order == SUBSTITUTED, order == UNCONVERTED, (reason == _NO_ORDER) & (of_others >= 0)],
        [_SUBSTITUTED, _UNIT, of_others],
        reason,
    )


def _of_others(kin: Kin, side: Side, order: Integers, full: int) -> Integers:
    """What order lines of other products in its bill or component say of a line that names none:
    they take no others, or count otherwise, or `full`; -1 where there is none, or one is named."""
    free, billed, taking = order == UNNAMED, side.bill >= 0, kin.open

    def ordered(groups: tuple[Integers, Integers], others: tuple[Integers, Integers]) -> Flags:
        by_bill, by_kin = (
            np.isin(*pair) & (pair[0] >= 0) for pair in zip(groups, others, strict=True)
        )
        answer: Flags = np.where(billed, by_bill, by_kin)
        return answer

    groups = side.bill, side.kin
    return np.select(
        [
            ~(free & ordered(groups, (kin.orders.bill, kin.orders.kin))),
            ~ordered(groups, (taking.bill, taking.kin)),
            ~ordered(side.turns(), taking.turns()),
        ],
        [NOT_STATED, _SUBSTITUTED, _UNIT],
        full,
    )


# order lines of what stands in -------------------------------------------------------------------


@dataclass(frozen=True)
class Divided:
    """Columns whose order lines from `lines` on are the parts that came in another product; `of`
    is the order line that each was before, `quantity` how much each takes (thousandths)."""

    columns: PurchaseColumns
    quantity: Integers
    lines: int
    of: Integers
    kin: Kin | None

    @property
    def added(self) -> int:
        """How many parts there are."""
        return self.columns.orders.size - self.lines

    def undone(self, rows: Rows) -> Rows:
        """The rows, about order lines as they were sent."""
        if not self.added:
            return rows
        answer = rows.copy()
        there = rows["order"] >= 0
        answer["order"][there] = self.of[rows["order"][there]]
        return answer

    def remarks(self, slices: Rows) -> list[Rows]:
        """Slices of goods that stand in for those ordered: that is shown."""
        if not self.added:
            return []
        out = where(slices, slices["order"] >= self.lines)
        named = ("order", "receipt", "invoice", "quantity", "amount")
        return [
            discrepancies(
                DiscrepancyReason.PRODUCT_SUBSTITUTED,
                DiscrepancyEffect.INFORMATION,
                out.size,
                **{name: out[name] for name in named},
            )
        ]


@dataclass(frozen=True)
class _Places:
    """Rows of the order lines of what stands in, by order line and pool."""

    order: Integers
    pool: Integers
    first: int

    def of(self, order: Integers, pool: Integers) -> Integers:
        """Their rows; each pair is there."""
        return self.first + find_rows([order, pool], [self.order, self.pool])


def divide(
    columns: PurchaseColumns,
    quantity: Integers,
    kin: Kin | None,
    kept: Overlaps,
    others: Overlaps,
) -> Divided:
    """Order lines with what came in other products apart (order line, receipt line): what is
    `kept` from earlier rules, and `others`.

    Committed payables go with the product of their receipt, so that they are held against the
    terms of what was delivered.
    """
    orders, size = columns.orders, columns.orders.size
    if kin is None:
        return Divided(columns, quantity, size, np.arange(size), kin)
    stood_in, naming = end_to_end([kept, others]), _naming_others(columns)
    pairs = [
        (stood_in.supply, columns.receipts["pool"][stood_in.demand]),
        *((rows["order"][there], pool) for rows, there, pool in naming.values()),
    ]
    keys = np.unique(np.stack([np.concatenate(part) for part in zip(*pairs, strict=True)]), axis=1)
    places = _Places(keys[0], keys[1], size)
    own = places.of(*pairs[0]) - size
    came = total_by(own, stood_in.quantity, keys.shape[1])
    rows = stand_in_lines(columns, places.order, places.pool)
    wide = columns.pools.size
    bills = rows["bill"] // wide * wide + places.pool
    rows["bill"] = np.where(rows["bill"] < 0, UNNAMED, bills)
    rows["quantity"] = came
    changed = replace(columns, orders=np.concatenate((orders, rows)), **_pointed(naming, places))
    left = quantity - total_by(stood_in.supply, stood_in.quantity, size)
    of = np.concatenate((np.arange(size), places.order))
    kin = replace(
        kin,
        closed=np.concatenate((kin.closed, ~kin.allowed[places.order])),
        laid=replace(kept, supply=size + own[: kept.supply.size]),
    )
    return Divided(changed, np.concatenate((left, came)), size, of, kin)


def stand_in_lines(columns: PurchaseColumns, order: Integers, pool: Integers) -> Rows:
    """Order lines for goods of these pools, delivered on these order lines of other products:
    neither price nor contract nor manufacturer of what was ordered is theirs."""
    rows = where(columns.orders, order)
    rows["pool"], rows["product"] = pool, columns.pools["product"][pool]
    rows["price"], rows["amount"] = NOT_STATED, NOT_STATED
    rows["agreement"], rows["manufacturer"] = 0, 0
    return rows


def _pool_linked(columns: PurchaseColumns) -> Integers:
    """Pools of the invoice lines that links name; UNNAMED where there is no such line."""
    there = columns.links["invoice"] >= 0
    pool = np.full(there.size, UNNAMED, np.int64)
    pool[there] = columns.invoices["pool"][columns.links["invoice"][there]]
    return pool


def _pool_committed(columns: PurchaseColumns, rows: Rows) -> Integers:
    """Pools of what committed payables (`rows`) paid for: of their receipt, else their invoice
    line, else their order line."""
    pool: Integers = columns.orders["pool"][rows["order"]].astype(np.int64)
    for name, lines in (("invoice", columns.invoices), ("receipt", columns.receipts)):
        there = (rows[name] >= 0) & ~rows["charge"]
        pool[there] = lines["pool"][rows[name][there]]
    return pool


Naming = dict[str, tuple[Rows, Integers, Integers]]
"""Rows that may name an order line, those of them that name one of another product, and the pool
of each of these."""


def _naming_others(columns: PurchaseColumns) -> Naming:
    """By the name of the columns that hold them."""
    referring = {
        "receipts": columns.receipts["pool"],
        "invoices": columns.invoices["pool"],
        "links": _pool_linked(columns),
        "committed": _pool_committed(columns, columns.committed),
    }
    answer = {}
    for name, pool in referring.items():
        rows: Rows = getattr(columns, name)
        there = np.flatnonzero((rows["order"] >= 0) & (pool >= 0))
        there = there[columns.orders["pool"][rows["order"][there]] != pool[there]]
        answer[name] = rows, there, pool[there].astype(np.int64)
    return answer


def _pointed(naming: Naming, places: _Places) -> dict[str, Rows]:
    """Rows that named order lines of other products, naming those of what stands in."""
    answer = {}
    for name, (rows, there, pool) in naming.items():
        answer[name] = rows.copy()
        answer[name]["order"][there] = places.of(rows["order"][there], pool)
    return answer
