"""References between documents of one component: numbers and lines as named, to rows."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reconciler import columns as c
from reconciler.axis import expand
from reconciler.columns import Integers, Rows
from reconciler.relatives import joined, kin_of

NO_LINE: Final = -1
"""A line number that a reference by number leaves out."""
NO_REFERENCE: Final = -2
"""Where no number is named either."""


def wide(values: npt.NDArray[Any]) -> Integers:
    return values.astype(np.int64)


def current_orders(rows: Rows) -> Rows:
    """Every effective order line, and of those that none stands in for the last (quantity 0).

    A cancelled line is stood in for by its own source's line only, a replaced one by the line
    of any source that has its number: a change may come from another system.
    """
    current = rows["effective"]
    if current.all():
        return rows
    own, loose = sourced_key(rows), own_key(rows)
    taken = c.find_rows(own, [part[current] for part in own]) >= 0
    taken |= rows["replaced"] & (c.find_rows(loose, [part[current] for part in loose]) >= 0)
    left = np.flatnonzero(~current & ~taken)
    first = c.find_rows([part[left] for part in own], [part[left] for part in own])
    kept = current.copy()
    kept[left[first == np.arange(left.size)]] = True
    return c.where(rows, kept)


def line_reference(rows: Rows, side: str, targets: Rows) -> Integers:
    """Row of the line that each row names within its component: UNNAMED, ABSENT, or the row.

    A number without a line number is UNNAMED here: it is resolved by its bill, or (receipts)
    to the first line of that number.
    """
    answer = np.full(rows.size, c.UNNAMED, np.int64)
    exact = np.flatnonzero(rows[f"{side}_line"] >= 0)
    if exact.size:
        named = c.where(rows, exact)
        numbered = named[f"{side}_number"], named[f"{side}_line"]
        wanted = line_key(named["pool"], *numbered)
        answer[exact] = _own_source_first(wanted, named, targets, own_key(targets))
        if side == "order" and joined(targets):  # the one thing lines of other products may name
            wanted = line_key(kin_of(named), *numbered)
            in_kin = _own_source_first(wanted, named, targets, line_key_in_kin(targets))
            answer[exact] = np.where(answer[exact] == c.ABSENT, in_kin, answer[exact])
    if side == "receipt":
        loose = np.flatnonzero(rows["receipt_line"] == NO_LINE)
        answer[loose] = first_of_number(c.where(rows, loose), "receipt_number", targets)
    return answer


def line_key(
    pool: npt.NDArray[Any], number: npt.NDArray[Any], line: npt.NDArray[Any]
) -> tuple[Integers, Integers]:
    """Component, number and line in two columns: both parts of the second are below 2^31."""
    return wide(number), (wide(pool) << 31) | wide(line)


def line_key_in_kin(rows: Rows) -> tuple[Integers, Integers]:
    """What lines go by among those of every product of their group."""
    return line_key(kin_of(rows), rows["number"], rows["line_number"])


def own_key(rows: Rows) -> tuple[Integers, Integers]:
    return line_key(rows["pool"], rows["number"], rows["line_number"])


def sourced_key(rows: Rows) -> tuple[Integers, Integers, Integers]:
    return (*own_key(rows), source_of(rows))


def source_of(rows: Rows) -> Integers:
    """The hashed source system; 0 where the number alone is the identity (invoices)."""
    named = "source" in (rows.dtype.names or ())
    return wide(rows["source"]) if named else np.zeros(rows.size, np.int64)


def _own_source_first(
    wanted: tuple[Integers, Integers], named: Rows, targets: Rows, key: tuple[Integers, Integers]
) -> Integers:
    """The wanted line of the same source system, else the first of that number."""
    answer = c.find_rows(wanted, key)
    source = source_of(targets)
    if "source" not in (named.dtype.names or ()) or not (source != source[:1]).any():
        return answer
    own = c.find_rows((*wanted, source_of(named)), (*key, source_of(targets)))
    return np.where(own == c.ABSENT, answer, own)


def first_of_number(rows: Rows, name: str, targets: Rows, *, in_kin: bool = False) -> Integers:
    """Row of the first line of the number that each row names, whatever its line number; of its
    own product, else (`in_kin`) of any in its group."""
    if not rows.size:
        return np.zeros(0, np.int64)
    number, numbers = wide(rows[name]), wide(targets["number"])
    answer = c.find_rows((wide(rows["pool"]), number), (wide(targets["pool"]), numbers))
    if not in_kin or not joined(targets):
        return answer
    of_kin = c.find_rows((wide(kin_of(rows)), number), (wide(kin_of(targets)), numbers))
    return np.where(answer == c.ABSENT, of_kin, answer)


def invoice_named(rows: Rows, blue: Rows) -> Integers:
    """Row of the blue invoice line that each row names, of its first line without a line number;
    ABSENT when it is not there.
    """
    answer = np.full(rows.size, c.ABSENT, np.int64)
    exact = np.flatnonzero(rows["blue_line"] >= 0)
    if exact.size:
        named = c.where(rows, exact)
        wanted = line_key(named["pool"], named["blue_number"], named["blue_line"])
        answer[exact] = c.find_rows(wanted, own_key(blue))
    loose = np.flatnonzero(rows["blue_line"] < 0)
    answer[loose] = first_of_number(c.where(rows, loose), "blue_number", blue)
    return answer


def charge_columns(charges: Rows, terms: Rows, orders: Rows, blue: Rows) -> dict[str, Rows]:
    """Charges that name an order, the order lines each is held to, and the terms of contracts."""
    row = c.row_of(charges["id"], blue["id"])
    charges, row = c.where(charges, row >= 0), row[row >= 0]
    lines = c.native(charges, c.CHARGE_LINE)
    lines["invoice"] = row
    looked_at = np.flatnonzero(orders["of_charges"])
    own = (wide(orders["pool"][looked_at]), wide(orders["number"][looked_at]))
    wanted = (wide(charges["pool"]), wide(charges["order_number"]))
    number = c.number_keys([np.concatenate(pair) for pair in zip(own, wanted, strict=True)])
    of_order, of_charge = number[: looked_at.size], number[looked_at.size :]
    by = np.argsort(of_order, kind="stable")
    charge, place = expand(
        np.searchsorted(of_order[by], of_charge, side="left"),
        np.searchsorted(of_order[by], of_charge, side="right"),
    )
    goods = np.zeros(charge.size, c.CHARGE_GOODS)
    goods["charge"], goods["order"] = charge, looked_at[by[place]]
    return {
        "charges": lines,
        "charge_goods": goods,
        "charge_terms": c.native(terms, c.CHARGE_TERM),
    }
