"""Documents as copied, to the kernel's columns and back: references, ids, what has changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np

from reconciler import columns as c
from reconciler.axis import Flags
from reconciler.columns import Integers, Rows
from reconciler.differences import difference, packed, told_apart
from reconciler.line_ids import Ids, id_array, ids_at, uuids, void
from reconciler.outcome import KINDS, PAYABLE, Outcome, bar, reason_code
from reconciler.references import (
    NO_LINE,
    NO_REFERENCE,
    charge_columns,
    current_orders,
    first_of_number,
    invoice_named,
    line_key,
    line_key_in_kin,
    line_reference,
    own_key,
    source_of,
    wide,
)
from reconciler.relatives import key_of, key_of_payable, kin_of, one_enterprise, pools_of_products
from schemas.codes.reconciliation import DiscrepancyReason, PayableKind

_INVOICE_FLAGS: Final = (
    0,
    bar(DiscrepancyReason.INVOICE_DUPLICATE),
    bar(DiscrepancyReason.INVOICE_OVERDRAWN),
)
_FREIGHT: Final = KINDS.index(PayableKind.FREIGHT)
_ABOUT_RETURNS: Final = reason_code(DiscrepancyReason.RETURN_WITHOUT_RECEIPT)


@dataclass(frozen=True)
class Dossier:
    """Documents of the touched components: raw rows by kind, and the kernel's columns of them."""

    raw: Mapping[str, Rows]
    orders: Rows
    blue: Rows
    red: Rows
    columns: c.PurchaseColumns
    terms: Mapping[UUID, int] = field(default_factory=dict)
    """Decision contexts of payables whose rules are not today's, and their place in the earlier."""


class LineName(NamedTuple):
    """What a line goes by within its component: hashed number, line, hashed source system."""

    number: int
    line_number: int
    source: int


@dataclass(frozen=True)
class Changes:
    """What a run writes: new rows by the outcome's row numbers, and ids to be superseded."""

    payables: Rows
    superseded_payables: list[UUID]
    superseded_rows: Integers
    discrepancies: Rows
    superseded_discrepancies: list[UUID]


def assemble(
    raw: Mapping[str, Rows],
    named: "NamedOrders",
    replaced: Mapping[UUID, "LineName"],
    strangers: set[UUID],
    terms: Mapping[UUID, int],
) -> Dossier:
    """Resolves every reference within its component and numbers what the kernel joins by.

    `replaced`: numbers of lines that committed payables name and a later revision replaced.
    `strangers`: invoice lines that name another supplier's order. `terms`: decision contexts of
    payables whose rules are not today's, and their place among the earlier ones.
    """
    orders, blue = named.orders, named.blue
    red = c.where(raw["invoices"], raw["invoices"]["red"])
    numbers = _Numbers.of(raw, orders)
    receipts = _receipts(raw["receipts"], orders, numbers)
    columns = c.PurchaseColumns(
        orders=_orders(orders, numbers),
        receipts=receipts,
        invoices=_invoices(named, raw["receipts"], numbers, strangers),
        returns=_returns(raw["returns"], orders, raw["receipts"]),
        credits=_credits(red, blue),
        supplements=_supplements(blue),
        links=_links(raw["links"], orders, raw["receipts"], blue),
        **charge_columns(raw["charges"], raw["charge_terms"], orders, blue),
        contracts=_contracts(raw["contracts"], numbers),
        authorizations=_authorizations(raw["authorizations"], numbers),
        committed=c.empty(c.COMMITTED),
        pools=pools_of_products(raw["keys"], numbers.key_product),
    )
    dossier = Dossier(raw, orders, blue, red, columns)
    held = _committed(raw)
    columns = _with_committed(dossier, held, replaced)
    columns.committed["terms"] = _terms_of(held, terms)
    return Dossier(raw, orders, blue, red, columns, terms)


def _terms_of(payables: Rows, terms: Mapping[UUID, int]) -> Integers:
    """The place of the rules that each payable was decided by, 0 where they are today's."""
    places = np.zeros(payables.size, np.int64)
    for context, place in terms.items():
        places[_is(payables["context_id"], context)] = place
    return places


def contexts_of(raw: Mapping[str, Rows]) -> list[UUID]:
    """The decision contexts of payables, each once; there are few."""
    left = raw["payables"]["context_id"]
    found: list[UUID] = []
    while left.size:
        found += uuids(left[:1])
        left = left[~_is(left, found[-1])]
    return found


def _is(ids: Ids, wanted: UUID) -> Flags:
    high, low = c.halves(ids)
    (one,), (other,) = c.halves(id_array([wanted]))
    answer: Flags = (high == one) & (low == other)
    return answer


@dataclass(frozen=True)
class _Numbers:
    """Small numbers for products and suppliers, in the order of orders, contracts, grants."""

    order_product: Integers
    key_product: Integers
    order_supplier: Integers
    contract_product: Integers
    contract_holder: Integers
    grant_product: Integers
    grant_supplier: Integers
    bills: tuple[Integers, Integers, Integers]

    @staticmethod
    def of(raw: Mapping[str, Rows], orders: Rows) -> "_Numbers":
        contracts, grants = raw["contracts"], raw["authorizations"]
        keys, every = raw["keys"], raw["invoices"]
        named = (orders, contracts, grants, keys)
        products = _numbered(*(rows["product_id"] for rows in named))
        named_by = (orders["supplier_id"], contracts["holder_id"], grants["supplier_id"])
        suppliers = _numbered(*(one_enterprise(keys, ids) for ids in named_by))
        return _Numbers(
            products[0],
            products[3],
            suppliers[0],
            products[1],
            suppliers[1],
            products[2],
            suppliers[2],
            _bills(orders, raw["receipts"], every[~every["red"]]),
        )


def _numbered(*ids: Ids) -> list[Integers]:
    """Equal ids get equal numbers across all columns given; the nil id gets NOT_STATED."""
    together = np.concatenate([np.ascontiguousarray(part) for part in ids])
    high, low = c.halves(together)
    number = np.where((high | low) == 0, c.NOT_STATED, c.number_keys((high, low)))
    return list(np.split(number, np.cumsum([part.size for part in ids])[:-1]))


def _bills(orders: Rows, receipts: Rows, invoices: Rows) -> tuple[Integers, Integers, Integers]:
    """One number per component and order number, for references without a line number."""
    if not any((rows["order_line"] == NO_LINE).any() for rows in (receipts, invoices)):
        nowhere = [np.full(rows.size, c.UNNAMED) for rows in (orders, receipts, invoices)]
        return nowhere[0], nowhere[1], nowhere[2]
    kin = np.concatenate([wide(kin_of(rows)) for rows in (orders, receipts, invoices)])
    named = (wide(orders["number"]), receipts["order_number"], invoices["order_number"])
    number = c.number_keys((kin, np.concatenate([wide(part) for part in named])))
    parts = np.split(number, [orders.size, orders.size + receipts.size])
    for rows, part in ((receipts, parts[1]), (invoices, parts[2])):
        part[rows["order_line"] != NO_LINE] = c.UNNAMED
    return parts[0], parts[1], parts[2]


def _orders(rows: Rows, numbers: _Numbers) -> Rows:
    lines = c.native(rows, c.ORDER_LINE)
    lines["bill"] = numbers.bills[0]
    lines["product"], lines["supplier"] = numbers.order_product, numbers.order_supplier
    return lines


def _receipts(rows: Rows, orders: Rows, numbers: _Numbers) -> Rows:
    lines = c.native(rows, c.RECEIPT_LINE)
    lines["order"] = line_reference(rows, "order", orders)
    lines["bill"] = numbers.bills[1]
    lines["barred"] = np.where(rows["effective"], 0, bar(DiscrepancyReason.RECEIPT_CANCELLED))
    return lines


def _invoices(
    named: "NamedOrders", receipts: Rows, numbers: _Numbers, strangers: set[UUID]
) -> Rows:
    rows = named.blue
    lines = c.native(rows, c.INVOICE_LINE)
    lines["order"] = named.of_invoice
    lines["receipt"] = line_reference(rows, "receipt", receipts)
    lines["bill"] = numbers.bills[2]
    lines["barred"] = np.array(_INVOICE_FLAGS, np.int16)[rows["flag"].astype(np.int64)]
    adding = _adds_to_another(rows)
    # What is on the order of a charge was not ordered as a charge: no unit of it is compared.
    for name in ("order", "receipt", "bill"):
        lines[name][adding | rows["charge"]] = c.UNNAMED
    if strangers:
        foreign = np.isin(void(rows["id"]), void(id_array(sorted(strangers))))
        lines["barred"][foreign] = bar(DiscrepancyReason.INVOICE_PARTY_MISMATCH)
    return lines


def _returns(rows: Rows, orders: Rows, receipts: Rows) -> Rows:
    lines = c.native(rows, c.RETURN_LINE)
    lines["order"] = line_reference(rows, "order", orders)
    lines["receipt"] = line_reference(rows, "receipt", receipts)
    return lines


def _credits(red: Rows, blue: Rows) -> Rows:
    lines = c.native(red, c.CREDIT_LINE)
    lines["invoice"] = invoice_named(red, blue)
    return lines


def _supplements(blue: Rows) -> Rows:
    own = np.flatnonzero(_adds_to_another(blue))
    lines = np.zeros(own.size, c.SUPPLEMENT_LINE)
    lines["invoice"], lines["blue"] = own, invoice_named(c.where(blue, own), blue)
    return lines


def _adds_to_another(blue: Rows) -> Flags:
    """Invoice lines that name another one bear no goods: only a price that was raised."""
    answer: Flags = (blue["blue_line"] != NO_REFERENCE) & ~blue["charge"]
    return answer


def _links(rows: Rows, orders: Rows, receipts: Rows, blue: Rows) -> Rows:
    lines = c.native(rows, c.LINK_LINE)
    if not rows.size:
        return lines
    lines["invoice"] = c.find_rows(own_key(rows), own_key(blue))
    lines["order"] = line_reference(rows, "order", orders)
    loose = np.flatnonzero(rows["order_line"] == NO_LINE)
    named = c.where(rows, loose)
    lines["order"][loose] = first_of_number(named, "order_number", orders, in_kin=True)
    lines["receipt"] = line_reference(rows, "receipt", receipts)
    return lines


def _contracts(rows: Rows, numbers: _Numbers) -> Rows:
    terms = c.native(rows, c.CONTRACT_ROW)
    terms["product"], terms["holder"] = numbers.contract_product, numbers.contract_holder
    return terms


def _authorizations(rows: Rows, numbers: _Numbers) -> Rows:
    grants = c.native(rows, c.AUTHORIZATION)
    grants["product"], grants["supplier"] = numbers.grant_product, numbers.grant_supplier
    return grants


# committed and existing rows -------------------------------------------------------------------


@dataclass(frozen=True)
class NamedOrders:
    """Order lines as they are now, invoice lines, and which order line each of these names."""

    orders: Rows
    blue: Rows
    of_invoice: Integers

    @staticmethod
    def of(raw: Mapping[str, Rows]) -> "NamedOrders":
        """Resolves the order references of invoice lines."""
        orders = current_orders(raw["orders"])
        blue = c.where(raw["invoices"], ~raw["invoices"]["red"])
        return NamedOrders(orders, blue, line_reference(blue, "order", orders))

    def strangers(self) -> list[UUID]:
        """Invoice lines whose order is not in their component: perhaps another supplier's."""
        absent = (self.of_invoice == c.ABSENT) & ~self.blue["charge"]
        absent &= ~_adds_to_another(self.blue)
        return uuids(self.blue["id"][absent])


def _committed(raw: Mapping[str, Rows]) -> Rows:
    """The copied payables that were applied for."""
    return c.where(raw["payables"], raw["payables"]["committed"])


def lines_to_trace(raw: Mapping[str, Rows]) -> list[UUID]:
    """Lines that committed payables name and that are not among the copied ones."""
    held = _committed(raw)
    missing: list[UUID] = []
    for name, kind in _LINE_KINDS:
        absent = c.row_of(held[name], raw[kind]["id"]) == c.ABSENT
        missing += uuids(held[name][absent])
    return missing


_LINE_KINDS: Final = (
    ("order_line_id", "orders"),
    ("receipt_line_id", "receipts"),
    ("invoice_line_id", "invoices"),
)


def _with_committed(
    dossier: Dossier, held: Rows, replaced: Mapping[UUID, "LineName"]
) -> c.PurchaseColumns:
    columns = dossier.columns
    rows = c.native(held, c.COMMITTED)
    rows["charge"] = held["kind"] == _FREIGHT
    for name, side, lines in (
        ("order_line_id", "order", dossier.orders),
        ("receipt_line_id", "receipt", dossier.raw["receipts"]),
        ("invoice_line_id", "invoice", dossier.blue),
    ):
        rows[side] = _row_now(held, name, lines, dossier, replaced)
    rows["adjusts"] = np.maximum(c.row_of(held["adjusts_id"], held["id"]), c.NOT_STATED)
    rows["contract"] = np.maximum(
        c.row_of(held["contract_id"], dossier.raw["contracts"]["id"]), c.NOT_STATED
    )
    assert (rows["order"] >= 0).all(), "a committed payable lost its order line"
    return replace(columns, committed=rows)


def _row_now(
    held: Rows,
    name: str,
    lines: Rows,
    dossier: Dossier,
    replaced: Mapping[UUID, "LineName"],
) -> Integers:
    """Row of the line a payable names, or of the one that has its number now; else NOT_STATED."""
    row = _order_rows(held, lines) if name == "order_line_id" else c.row_of(held[name], lines["id"])
    moved = row >= 0  # to another component, where it is free for what is there
    moved[moved] = kin_of(lines)[row[moved]] != kin_of(held)[moved]
    row[moved] = c.NOT_STATED
    lost = np.flatnonzero(row == c.ABSENT)
    if not lost.size:
        return row
    known = _known_numbers(dossier) if name == "order_line_id" else {}
    names = [replaced.get(line) or known.get(line) or _NOTHING for line in uuids(held[name][lost])]
    number, line, source = np.array(names, np.int64).T
    wanted = line_key(kin_of(held)[lost], number, line)
    row[lost] = c.find_rows((*wanted, source), (*line_key_in_kin(lines), source_of(lines)))
    if name == "order_line_id":
        loose = c.find_rows(wanted, line_key_in_kin(lines))
        row[lost] = np.where(row[lost] == c.ABSENT, loose, row[lost])
    return np.maximum(row, c.NOT_STATED)


def _order_rows(held: Rows, orders: Rows) -> Integers:
    """Rows of the order lines that payables name, in the component of each: the order of a charge
    stands there a second time."""
    if not orders["of_charges"].any():
        return c.row_of(held["order_line_id"], orders["id"])
    wanted = (wide(held["pool"]), *c.halves(held["order_line_id"]))
    return c.find_rows(wanted, (wide(orders["pool"]), *c.halves(orders["id"])))


def _known_numbers(dossier: Dossier) -> dict[UUID, LineName]:
    """What copied order lines go by that a newer revision stands in for."""
    rows = dossier.raw["orders"]
    old = c.where(rows, ~rows["effective"])
    columns = [old[name].tolist() for name in ("number", "line_number", "source")]
    return dict(zip(uuids(old["id"]), map(LineName, *columns), strict=True))


_NOTHING: Final = LineName(0, NO_LINE, 0)


def changes_of(dossier: Dossier, outcome: Outcome) -> Changes:
    """What differs between the outcome and what stands open: only that is written."""
    standing = c.where(dossier.raw["payables"], ~dossier.raw["payables"]["committed"])
    stood = _as_outcome(dossier, standing)
    kept, lost = difference(packed(outcome.payables, _COMPARED), packed(stood, _COMPARED))
    known = dossier.raw["discrepancies"]
    recorded = _as_discrepancies(dossier, known, outcome.discrepancies.dtype)
    found, gone = difference(told_apart(outcome.discrepancies), told_apart(recorded))
    return Changes(
        c.where(outcome.payables, kept),
        uuids(standing["id"][lost]),
        np.flatnonzero(~dossier.raw["payables"]["committed"])[lost],
        c.where(outcome.discrepancies, found),
        uuids(known["id"][gone]),
    )


_COMPARED: Final = tuple(PAYABLE.names or ())


def _as_outcome(dossier: Dossier, standing: Rows) -> Rows:
    rows = c.native(standing, PAYABLE)
    rows["order"] = _order_rows(standing, dossier.orders)
    rows["receipt"] = c.row_of(standing["receipt_line_id"], dossier.raw["receipts"]["id"])
    rows["invoice"] = c.row_of(standing["invoice_line_id"], dossier.blue["id"])
    rows["contract"] = c.row_of(standing["contract_id"], dossier.raw["contracts"]["id"])
    rows["adjusts"] = c.row_of(standing["adjusts_id"], committed_ids(dossier))
    rows["terms"] = _terms_of(standing, dossier.terms)
    return rows


def _as_discrepancies(dossier: Dossier, known: Rows, kind: np.dtype[Any]) -> Rows:
    rows = c.native(known, kind)
    rows["order"] = c.row_of(known["order_line_id"], dossier.orders["id"])
    rows["receipt"] = c.row_of(known["receipt_line_id"], dossier.raw["receipts"]["id"])
    rows["invoice"] = c.row_of(known["invoice_line_id"], dossier.blue["id"])
    about_return = known["reason"] == _ABOUT_RETURNS
    rows["other"] = np.where(
        about_return,
        c.row_of(known["other_line_id"], dossier.raw["returns"]["id"]),
        c.row_of(known["other_line_id"], dossier.red["id"]),
    )
    return rows


def committed_ids(dossier: Dossier) -> Ids:
    """Ids of the committed payables, by the kernel's row numbers."""
    rows = dossier.raw["payables"]
    return np.ascontiguousarray(rows["id"][rows["committed"]])


def other_ids(dossier: Dossier, found: Rows) -> Ids:
    """Ids of the return or credit lines that discrepancies are about; nil for the rest."""
    about_return = found["reason"] == _ABOUT_RETURNS
    answer = ids_at(dossier.red["id"], np.where(about_return, c.NOT_STATED, found["other"]))
    answer[about_return] = ids_at(dossier.raw["returns"]["id"], found["other"][about_return])
    return answer


def pools_of(dossier: Dossier, found: Rows) -> Integers:
    """The component each discrepancy belongs to, from any line it is about."""
    about_return = found["reason"] == _ABOUT_RETURNS
    return _keys_at(
        np.zeros(found.size, np.int64),
        (dossier.raw["returns"], np.where(about_return, found["other"], c.NOT_STATED)),
        (dossier.red, np.where(about_return, c.NOT_STATED, found["other"])),
        (dossier.orders, found["order"]),
        (dossier.raw["receipts"], found["receipt"]),
        (dossier.blue, found["invoice"]),
    )


def _keys_at(key: Integers, *named: tuple[Rows, Integers]) -> Integers:
    """The key of the last line that each row names."""
    for rows, place in named:
        there = place >= 0
        key[there] = key_of(rows)[place[there]]
    return key


def pools_of_payables(dossier: Dossier, payables: Rows) -> Integers:
    """The component each payable is kept under: of its order line's product, and of whoever
    invoiced it; one that adjusts another stays beside it."""
    nowhere = np.full(payables.size, c.NOT_STATED)
    held = _committed(dossier.raw)
    return key_of_payable(
        dossier.raw["keys"],
        key_of(dossier.orders)[payables["order"]],
        _keys_at(nowhere.copy(), (dossier.blue, payables["invoice"])),
        _keys_at(nowhere, (held, payables["adjusts"])),
    )
