"""Typed columns of the matching kernel, and their passage to and from PostgreSQL binary COPY.

A structured numpy array of big-endian fields, each led by its length, *is* the PGCOPY row format,
so rows cross without a Python object each. No column is null: absence has a value of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.void]
Integers = npt.NDArray[np.int64]

EPOCH: Final = date(1970, 1, 1)
"""The day that the columns count from."""
NO_DAY: Final = 2**31 - 1
"""A day that was not stated: later than every other, so that it is laid last."""
NOT_STATED: Final = -1
"""An amount or price that was not stated, or a row number that points nowhere."""
UNNAMED: Final = -1
"""A reference that the document does not make: the line is free to be laid first in, first out."""
ABSENT: Final = -2
"""A reference to something that is not there (yet): the line waits for it."""
SUBSTITUTED: Final = -3
"""A reference to an order line of another product of the group, which the rules do not allow."""
UNCONVERTED: Final = -4
"""The same where they do, but the one product is not counted in the unit of the other."""

_I8, _I4, _I2, _FLAG = np.int64, np.int32, np.int16, np.bool_

ORDER_LINE: Final = np.dtype(
    [
        ("pool", _I8),  # hospital x supplier x product
        ("bill", _I8),  # order number x product: for references without a line number
        ("unit", _I4),  # 0 smallest unit, else the unit that nothing converts
        ("quantity", _I8),  # thousandths; 0 when cancelled
        ("price", _I8),  # millionths of a yuan per `pack` units, NOT_STATED
        ("pack", _I8),
        ("decimals", _I2),  # decimals of the price as stated
        ("amount", _I8),  # fen for the whole quantity, NOT_STATED
        ("day", _I4),
        ("product", _I8),  # NOT_STATED when unknown
        ("supplier", _I8),
        ("agreement", _I8),  # contract code named, 0 when none
        ("manufacturer", _I8),  # 0 when none is named
        ("offline", _FLAG),  # paid before the platform: counted, never paid
        ("barred", _I2),  # reason code + 1 that keeps the line out, 0 when none
        ("of_charges", _FLAG),  # only what a charge is held to: its goods are matched elsewhere
    ]
)
RECEIPT_LINE: Final = np.dtype(
    [
        ("pool", _I8),
        ("order", _I8),  # row of the order line, UNNAMED, ABSENT
        ("bill", _I8),  # UNNAMED
        ("unit", _I4),
        ("quantity", _I8),
        ("day", _I4),  # received
        ("accepted", _I4),  # accepted: starts the clock of payment
        ("expiry", _I4),
        ("trace", _I2),  # kind of product + 1 where packs lack trace codes, else 0
        ("repeated", _FLAG),  # a trace code of it stands on another line that counts
        ("lot", _I8),  # 0 when none is named
        ("barred", _I2),
        ("unknown", _FLAG),  # nobody knows the product
    ]
)
INVOICE_LINE: Final = np.dtype(
    [
        ("pool", _I8),
        ("order", _I8),
        ("receipt", _I8),  # row of the receipt line, UNNAMED, ABSENT
        ("bill", _I8),
        ("unit", _I4),
        ("quantity", _I8),
        ("amount", _I8),  # stated tax-inclusive fen
        ("difference", _I8),  # the document's stated total less its lines, on its first line
        ("document_start", _I8),  # fen of the document's goods lines before this one
        ("document_total", _I8),  # fen of all its goods lines, 0 where nobody asks for them
        ("lowered", _I8),  # fen that people accepted the whole line at, 0 when nobody did
        ("day", _I4),
        ("chain", _I2),  # kind of product + 1 where no upstream invoice is named, else 0
        ("lot", _I8),
        ("charge", _FLAG),  # freight, insurance and the like: not goods
        ("barred", _I2),
        ("unknown", _FLAG),
    ]
)
RETURN_LINE: Final = np.dtype(
    [
        ("pool", _I8),
        ("receipt", _I8),
        ("order", _I8),
        ("unit", _I4),
        ("quantity", _I8),
        ("lot", _I8),
    ]
)
CREDIT_LINE: Final = np.dtype(
    [("invoice", _I8), ("unit", _I4), ("quantity", _I8), ("amount", _I8)]  # both positive
)
SUPPLEMENT_LINE: Final = np.dtype(
    [
        ("invoice", _I8),  # row of the invoice line that bears no goods, only a raised price
        ("blue", _I8),  # row of the invoice line whose price it raises, ABSENT
    ]
)
CHARGE_LINE: Final = np.dtype(
    [
        ("invoice", _I8),  # row of the invoice line, which names an order
        ("kind", _I2),
        ("before", _I8),  # fen of charges of the kind for the same order that come before it
    ]
)
CHARGE_GOODS: Final = np.dtype(
    [
        ("charge", _I8),  # row of the charge
        ("order", _I8),  # row of an order line that the order has
    ]
)
CHARGE_TERM: Final = np.dtype(
    [
        ("agreement", _I8),
        ("kind", _I2),
        ("payable", _FLAG),  # else the price of the goods includes the charge
        ("permyriad", _I8),  # most of the goods' value on the order, NOT_STATED
        ("most", _I8),  # most fen for an order, NOT_STATED
        ("valid_from", _I4),
        ("valid_to", _I4),
    ]
)
LINK_LINE: Final = np.dtype(
    [
        ("invoice", _I8),
        ("order", _I8),
        ("receipt", _I8),
        ("quantity", _I8),  # NOT_STATED binds the whole invoice line
        ("uneven", _FLAG),  # a link by totals, and what follows is not known to agree
        ("invoiced", _I8),  # fen of all invoices that a link by totals is about, else 0
        ("linked", _I8),  # fen of all lines that it says they are, else 0
    ]
)
CONTRACT_ROW: Final = np.dtype(
    [
        ("product", _I8),
        ("agreement", _I8),
        ("manufacturer", _I8),
        ("price", _I8),  # millionths of a yuan per `pack` smallest units
        ("pack", _I8),
        ("decimals", _I2),
        ("valid_from", _I4),
        ("valid_to", _I4),  # last day, inclusive; NO_DAY when open
        ("covers", _FLAG),  # the winner supplies this area
        ("holder", _I8),  # supplier number of the winner, NOT_STATED when it is none
    ]
)
POOL: Final = np.dtype(
    [
        ("kin", _I8),  # component: pools of one product group have the same
        ("measure", _I8),  # the smallest unit of the product, hashed
        ("product", _I8),  # NOT_STATED when unknown
    ]
)
AUTHORIZATION: Final = np.dtype(
    [("product", _I8), ("supplier", _I8), ("valid_from", _I4), ("valid_to", _I4)]
)
COMMITTED: Final = np.dtype(
    [
        ("order", _I8),
        ("receipt", _I8),  # NOT_STATED when the receipt line is no longer effective
        ("invoice", _I8),
        ("quantity", _I8),
        ("amount", _I8),
        ("contract", _I8),
        ("route", _I2),
        ("basis_day", _I4),
        ("clock_day", _I4),
        ("adjusts", _I8),  # committed row that this one adjusts, NOT_STATED
        ("charge", _FLAG),  # pays no goods
        ("terms", _I2),  # rules it was decided by: 0 those of today, else a place in the earlier
    ]
)


@dataclass(frozen=True)
class PurchaseColumns:
    """Everything one matching looks at. **Row order is the order of first in, first out**:
    (business date absent last, issuer, external number, line number), see `laying_order`.
    """

    orders: Rows
    receipts: Rows
    invoices: Rows
    returns: Rows
    credits: Rows
    links: Rows
    contracts: Rows
    authorizations: Rows
    committed: Rows
    supplements: Rows = field(default_factory=lambda: empty(SUPPLEMENT_LINE))
    charges: Rows = field(default_factory=lambda: empty(CHARGE_LINE))
    charge_goods: Rows = field(default_factory=lambda: empty(CHARGE_GOODS))
    charge_terms: Rows = field(default_factory=lambda: empty(CHARGE_TERM))
    pools: Rows = field(default_factory=lambda: empty(POOL))
    """By pool number; no rows where no pool is of one product group with another. Only order lines
    are ever named by lines of another pool; a bill is of a whole component."""


@dataclass(frozen=True)
class Asked:
    """What is looked at besides the lines themselves: by rules the other lines of an invoice, for
    tolerances of a whole one, and papers that may lack; where there are links by totals, what these
    come to. What nobody asks for is not read."""

    documents: bool = True
    papers: bool = True
    totals: bool = True

    def __or__(self, other: "Asked") -> "Asked":
        """What either looks at."""
        return Asked(
            self.documents or other.documents,
            self.papers or other.papers,
            self.totals or other.totals,
        )


def day_number(day: date) -> int:
    """A day as the columns count it."""
    return (day - EPOCH).days


def where(rows: Rows, chosen: npt.NDArray[Any]) -> Rows:
    """The chosen rows, by flags or row numbers: each is copied as a block, where numpy's brackets
    copy rows of named fields one field at a time, at thirty times the cost."""
    picked: Rows = rows.compress(chosen) if chosen.dtype == np.bool_ else rows.take(chosen)
    return picked


def empty(kind: np.dtype[Any]) -> Rows:
    """No rows of a kind."""
    return np.zeros(0, kind)


def laying_order(
    day: npt.NDArray[Any],
    issuer: npt.NDArray[Any],
    external_number: npt.NDArray[Any],
    line_number: npt.NDArray[Any],
) -> Integers:
    """Row numbers in the order of domain.md section 5; days absent (NO_DAY) come last."""
    return np.lexsort((line_number, external_number, issuer, day)).astype(np.int64)


# PostgreSQL binary COPY ------------------------------------------------------------------------

_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_WIRE: Final = {"int8": ">i8", "int4": ">i4", "int2": ">i2", "bool": "?", "uuid": "V16"}
_SIZE: Final = {"int8": 8, "int4": 4, "int2": 2, "bool": 1, "uuid": 16}


@dataclass(frozen=True)
class CopyLayout:
    """Names and PostgreSQL types (int8, int4, int2, bool, uuid; never null) of copied columns."""

    fields: tuple[tuple[str, str], ...]

    @property
    def row(self) -> np.dtype[Any]:
        """The numpy type of one PGCOPY row: a field count, then length and value by turns."""
        return _wire_row(self.fields, ">i2", ())

    def read(self, raw: bytes) -> Rows:
        """Rows of a binary COPY. Raises ValueError when a field is null or not of its type."""
        if raw[:11] != _HEADER[:11]:
            raise ValueError("not a binary COPY")
        return self._rows(raw[len(_HEADER) : -len(_TRAILER)], self.row)

    def read_records(self, raw: bytes) -> Rows:
        """Rows of `record_send` put end to end: as `read`, each field led by its type too."""
        return self._rows(raw, _wire_row(self.fields, ">i4", (("_type_", ">i4"),)))

    def _rows(self, body: bytes, row: np.dtype[Any]) -> Rows:
        if len(body) % row.itemsize:
            raise ValueError("the copied rows are not of the layout: a null or another type")
        rows = np.frombuffer(body, row)
        if not rows.size:
            return rows
        for name, kind in self.fields:
            if (rows[f"_length_{name}"] != _SIZE[kind]).any():
                raise ValueError(f"column {name} holds a null or another type")
        return rows

    def write(self, columns: dict[str, npt.NDArray[Any]]) -> bytes:
        """Binary COPY of columns of equal length, cast to the layout's types."""
        rows = np.zeros(len(columns[self.fields[0][0]]), self.row)
        rows["_count"] = len(self.fields)
        for name, kind in self.fields:
            rows[f"_length_{name}"] = _SIZE[kind]
            rows[name] = columns[name]
        return _HEADER + rows.tobytes() + _TRAILER


@cache
def _wire_row(
    fields: tuple[tuple[str, str], ...], count: str, before: tuple[tuple[str, str], ...]
) -> np.dtype[Any]:
    wire: list[tuple[str, str]] = [("_count", count)]
    for name, kind in fields:
        wire += [(f"{prefix}{name}", code) for prefix, code in before]
        wire += [(f"_length_{name}", ">i4"), (name, _WIRE[kind])]
    return np.dtype(wire)


def native(rows: Rows, kind: np.dtype[Any]) -> Rows:
    """The fields of `kind` out of copied rows, in this machine's byte order."""
    out = np.zeros(rows.size, kind)
    for name in kind.names or ():
        if name in (rows.dtype.names or ()):
            out[name] = rows[name]
    return out


def row_of(wanted: npt.NDArray[np.void], ids: npt.NDArray[np.void]) -> Integers:
    """For each 16-byte id its row number in `ids`: UNNAMED for the nil id, ABSENT if not there."""
    answer = np.full(wanted.size, UNNAMED, np.int64)
    parts = halves(wanted)
    named = np.flatnonzero(parts[0] | parts[1])
    if named.size:
        answer[named] = find_rows([part[named] for part in parts], halves(ids))
    return answer


def find_rows(wanted: Sequence[Integers], keys: Sequence[Integers]) -> Integers:
    """For each wanted key (columns side by side) the first row that has it, else ABSENT."""
    size = keys[0].size
    number = number_keys([np.concatenate(pair) for pair in zip(keys, wanted, strict=True)])
    place = np.full(number.size + 1, ABSENT, np.int64)
    place[number[:size][::-1]] = np.arange(size)[::-1]
    return place[number[size:]]


def number_keys(parts: Sequence[Integers]) -> Integers:
    """The same small number for rows that agree in every column, numbers rising with the key."""
    order = np.lexsort(tuple(parts)[::-1])
    changed = np.zeros(order.size, np.bool_)
    for part in parts:
        changed[1:] |= part[order][1:] != part[order][:-1]
    number = np.zeros(order.size, np.int64)
    number[order] = np.cumsum(changed)
    return number


def halves(ids: npt.NDArray[np.void]) -> tuple[Integers, Integers]:
    """A 16-byte id as two integers, to sort and compare by."""
    both = np.ascontiguousarray(ids).view(np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]
