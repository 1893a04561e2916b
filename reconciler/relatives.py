"""Components that are joined: products of one group, and suppliers who are one enterprise by now.

What is staged by hospital, supplier and product (the key that payables and discrepancies are kept
under) is matched together: a `pool` is one product, a `kin` all that may stand in for another.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reconciler import columns as c
from reconciler.columns import Integers, Rows
from reconciler.line_ids import Ids

_PLACED: Final = ("orders", "receipts", "invoices", "returns", "links", "payables")


def related(raw: Mapping[str, Rows]) -> Mapping[str, Rows]:
    """Copied rows as they are where nothing is joined; else with `pool` the number of their pool,
    and beside it their kin and key."""
    keys = raw["keys"]
    if (keys["kin_no"] == keys["key_no"]).all() and (keys["pool_no"] == keys["key_no"]).all():
        return raw
    return {**raw, **{name: _placed(raw[name], keys) for name in _PLACED}}


def _placed(rows: Rows, keys: Rows) -> Rows:
    kind = [(name, rows.dtype[name]) for name in rows.dtype.names or ()]
    placed = np.zeros(rows.size, np.dtype([*kind, ("kin", np.int32), ("key", np.int32)]))
    for name, _ in kind:
        placed[name] = rows[name]
    placed["key"], placed["pool"] = rows["pool"], keys["pool_no"][rows["pool"]]
    placed["kin"] = keys["kin_no"][rows["pool"]]
    return placed


def _has(rows: Rows, name: str) -> bool:
    return name in (rows.dtype.names or ())


def joined(rows: Rows) -> bool:
    """Whether any of the components is joined to another."""
    return _has(rows, "kin")


def key_of(rows: Rows) -> Integers:
    """The key that each row was staged under."""
    return rows["key" if _has(rows, "key") else "pool"].astype(np.int64)


def kin_of(rows: Rows) -> npt.NDArray[Any]:
    """The component that each row is matched in."""
    kin: npt.NDArray[Any] = rows["kin" if _has(rows, "kin") else "pool"]
    return kin


def key_of_payable(keys: Rows, order: Integers, invoice: Integers, adjusted: Integers) -> Integers:
    """The key of payables and of what is found about lines: of the order line's product and of
    whoever invoiced it. Each is given by its key, -1 where there is none.

    What adjusts another payable stays beside it.
    """
    answer = np.where(order >= 0, order, invoice)
    other = np.flatnonzero((order >= 0) & (invoice >= 0))
    other = other[~_same(keys["supplier_id"], order[other], invoice[other])]
    if other.size:
        supplier, pool = c.halves(keys["supplier_id"]), keys["pool_no"].astype(np.int64)
        wanted = (*(part[invoice[other]] for part in supplier), pool[order[other]])
        answer[other] = c.find_rows(wanted, (*supplier, pool))
    return np.where(adjusted >= 0, adjusted, answer)


def _same(ids: Ids, one: Integers, other: Integers) -> npt.NDArray[np.bool_]:
    high, low = c.halves(ids)
    answer: npt.NDArray[np.bool_] = (high[one] == high[other]) & (low[one] == low[other])
    return answer


def pools_of_products(keys: Rows, products: Integers) -> Rows:
    """What joins the pools, by pool number; none where no two are of one group. `products`: the
    number of each key's product."""
    if (keys["kin_no"] == keys["pool_no"]).all():
        return c.empty(c.POOL)
    rows = np.zeros(keys.size, c.POOL)
    rows["kin"], rows["measure"], rows["product"] = keys["kin_no"], keys["measure"], products
    return rows


def one_enterprise(keys: Rows, ids: Ids) -> Ids:
    """The supplier that each of these is by now, as far as the keys join them."""
    if (keys["pool_no"] == keys["key_no"]).all():
        return ids
    former = np.flatnonzero(keys["pool_no"] != keys["key_no"])
    place = c.row_of(ids, keys["supplier_id"][former])
    answer, known = np.ascontiguousarray(ids).copy(), place >= 0
    answer[known] = keys["supplier_id"][keys["pool_no"][former[place[known]]]]
    return answer
