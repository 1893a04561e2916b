"""Invoices that are not there yet: what receipts call for, and a draft laid among the documents.

Both are answered by the kernel itself, so that they can promise what matching will do.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from reconciler.axis import Flags, running_start, total_by
from reconciler.columns import (
    INVOICE_LINE,
    NO_DAY,
    UNNAMED,
    CopyLayout,
    Integers,
    PurchaseColumns,
    Rows,
    where,
)
from reconciler.contract_binding import bind
from reconciler.line_ids import Ids, void
from reconciler.match_rules import MatchRules
from reconciler.outcome import EFFECTS, Outcome, reason_code
from reconciler.purchase_matching import match_purchases
from reconciler.substitution import stand_in_lines
from reconciler.tolerance import Band, amount_band, price_band
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

NO_AMOUNT = -1
"""The amount of a proposed line whose price neither order nor contract states."""

UNCLEAR = -2
"""The amount of a line that matching could lay elsewhere: its receipt should name its order."""
_INFORMATION = EFFECTS.index(DiscrepancyEffect.INFORMATION)

PROPOSED = np.dtype(
    [
        ("order", np.int64),
        ("receipt", np.int64),
        ("quantity", np.int64),  # thousandths of the smallest unit
        ("amount", np.int64),  # fen, tax-inclusive; NO_AMOUNT
        ("contract", np.int64),  # row of the contract in force, -1 when none is
    ]
)


DRAFT_LINES = CopyLayout(
    (
        ("id", "uuid"),
        ("pool", "int4"),
        ("number", "int8"),
        ("line_number", "int4"),
        ("red", "bool"),
        ("order_number", "int8"),
        ("order_line", "int4"),
        ("receipt_number", "int8"),
        ("receipt_line", "int4"),
        ("blue_number", "int8"),
        ("blue_line", "int4"),
        ("unit", "int4"),
        ("quantity", "int8"),
        ("amount", "int8"),
        ("difference", "int8"),
        ("day", "int4"),
        ("chain", "int2"),
        ("lot", "int8"),
        ("charge", "bool"),
        ("flag", "int2"),
        ("unknown", "bool"),
        ("document_start", "int8"),
        ("document_total", "int8"),
        ("lowered", "int8"),
    )
)
"""A draft's lines as they are asked for: whatever the copied invoice lines hold, by its name."""


def propose_lines(
    columns: PurchaseColumns, outcome: Outcome, rules: MatchRules, *, invoice_day: int
) -> Rows:
    """One invoice line for each receipt line's part that waits for an invoice.

    The amount is the lowest that order and contract allow. Parts of one order line lie end to end
    after what is matched, so that together they come to its rounded whole (domain.md section 5a),
    and none is above what its own cap tolerates. Lines paid outside the platform are left out.
    """
    found = outcome.discrepancies
    wanted = (found["reason"] == reason_code(DiscrepancyReason.NOT_INVOICED)) & (
        (found["order"] >= 0) & (found["receipt"] >= 0) & (found["quantity"] > 0)
    )
    waiting = where(found, wanted)
    waiting = where(waiting, ~columns.orders["offline"][waiting["order"]])
    waiting = where(waiting, np.lexsort((waiting["receipt"], waiting["order"])))
    rows = np.zeros(waiting.size, PROPOSED)
    for name in ("order", "receipt", "quantity"):
        rows[name] = waiting[name]
    if not rows.size:
        return rows
    matched = total_by(outcome.target["order"], outcome.target["quantity"], columns.orders.size)
    start = matched[rows["order"]] + running_start(rows["order"], rows["quantity"])
    basis = _basis_day(columns, rows, rules, invoice_day)
    delivered, lines = _as_delivered(columns, rows)
    start = np.where(lines["order"] == rows["order"], start, 0)
    binding = bind(
        delivered,
        lines["order"],
        basis,
        authorization_required=np.full(rows.size, rules.authorization_required),
    )
    rows["contract"] = lines["contract"] = binding.contract
    rows["amount"] = _lowest(delivered, lines, start, binding.in_force)
    return _without_unclear(columns, rows, rules, invoice_day)


def _as_delivered(columns: PurchaseColumns, rows: Rows) -> tuple[PurchaseColumns, Rows]:
    """Columns and rows in which goods that stand in for others have order lines of their own."""
    pool = columns.receipts["pool"][rows["receipt"]].astype(np.int64)
    other = np.flatnonzero(pool != columns.orders["pool"][rows["order"]])
    if not other.size:
        return columns, rows.copy()
    more, lines = stand_in_lines(columns, rows["order"][other], pool[other]), rows.copy()
    lines["order"][other] = columns.orders.size + np.arange(other.size)
    return replace(columns, orders=np.concatenate((columns.orders, more))), lines


def _without_unclear(
    columns: PurchaseColumns, rows: Rows, rules: MatchRules, invoice_day: int
) -> Rows:
    """Tries the proposal on the kernel itself; lines that would not be paid in full are UNCLEAR.

    A receipt that names no order may be laid under another order, at another price, once others
    are invoiced. What is left is tried again, until all of it passes.
    """
    while (tried := np.flatnonzero(rows["amount"] > 0)).size:
        laid = _invoiced(columns, where(rows, tried), invoice_day)
        outcome = match_purchases(laid, rules)
        first, size = columns.invoices.size, laid.invoices.size
        paid = total_by(outcome.target["invoice"], outcome.target["amount"], size)[first:]
        found = outcome.discrepancies
        stops = (found["effect"] != _INFORMATION) & (found["invoice"] >= first)
        stopped = np.zeros(size, np.bool_)
        stopped[found["invoice"][stops]] = True
        failed = (paid != rows["amount"][tried]) | stopped[first:]
        if not failed.any():
            break
        rows["amount"][tried[failed]] = UNCLEAR
    return rows


def _invoiced(columns: PurchaseColumns, rows: Rows, day: int) -> PurchaseColumns:
    lines = np.zeros(rows.size, INVOICE_LINE)
    for name in ("order", "receipt", "quantity", "amount"):
        lines[name] = rows[name]
    lines["pool"] = columns.receipts["pool"][rows["receipt"]]
    lines["unit"] = columns.orders["unit"][rows["order"]]
    lines["bill"], lines["day"] = UNNAMED, day
    return replace(columns, invoices=np.concatenate((columns.invoices, lines)))


def _basis_day(
    columns: PurchaseColumns, rows: Rows, rules: MatchRules, invoice_day: int
) -> Integers:
    days = {
        "order_date": columns.orders["day"][rows["order"]],
        "receipt_date": columns.receipts["day"][rows["receipt"]],
        "delivery_date": columns.receipts["day"][rows["receipt"]],
        "acceptance_date": columns.receipts["accepted"][rows["receipt"]],
        "invoice_date": np.full(rows.size, invoice_day),
    }
    basis = np.full(rows.size, NO_DAY, np.int64)
    for name in rules.date_basis:
        basis = np.where(basis == NO_DAY, days[name], basis)
    return basis


def _lowest(columns: PurchaseColumns, rows: Rows, start: Integers, in_force: Flags) -> Integers:
    """The least of what each price that applies comes to; NO_AMOUNT where none does."""
    lines, beyond = where(columns.orders, rows["order"]), np.int64(2**62)

    def by_price(quantity: Integers) -> Band:
        price, pack = np.maximum(lines["price"], 0), np.maximum(lines["pack"], 1)
        return price_band(quantity, price, pack, lines["decimals"])

    def by_amount(quantity: Integers) -> Band:
        return amount_band(quantity, np.maximum(lines["amount"], 0), lines["quantity"])

    def by_contract(quantity: Integers) -> Band:
        terms = where(columns.contracts, np.maximum(rows["contract"], 0))
        return price_band(quantity, terms["price"], terms["pack"], terms["decimals"])

    priced = lines["price"] >= 0
    caps = [
        (priced, by_price),
        (~priced & (lines["amount"] >= 0), by_amount),
    ]
    if columns.contracts.size:
        caps.append((in_force & (lines["unit"] == 0), by_contract))
    lowest = np.full(rows.size, beyond)
    for applies, band_of in caps:
        quantity = rows["quantity"].astype(np.int64)
        part = band_of(start + quantity).exact - band_of(start).exact
        allowed = np.minimum(part, band_of(quantity).most)
        lowest = np.where(applies, np.minimum(lowest, allowed), lowest)
    return np.where(lowest == beyond, NO_AMOUNT, lowest)


# a draft among the documents -------------------------------------------------------------------


def lay_draft(
    raw: Mapping[str, Rows], lines: Rows, *, place: int, links: Rows, replaced: Ids
) -> dict[str, Rows]:
    """The copied documents as they will be once the draft has come.

    Its lines (rows of the layout of invoices) go before row `place` of those that stay; lines of
    its earlier revisions (`replaced`) go. Its number's flag holds for every document of the number.
    """
    kept = where(raw["invoices"], ~np.isin(void(raw["invoices"]["id"]), void(replaced)))
    if lines.size:
        same = kept["number"] == lines["number"][0]
        kept["flag"][same] = lines["flag"][0]
    return {
        **raw,
        "invoices": np.concatenate((kept[:place], _alike(lines, kept), kept[place:])),
        "links": np.concatenate((raw["links"], _alike(links, raw["links"]))),
    }


def _alike(rows: Rows, others: Rows) -> Rows:
    """The rows in the layout of the others: copies are led by lengths, records by types too."""
    out = np.zeros(rows.size, others.dtype)
    for name in rows.dtype.names or ():
        if name in (others.dtype.names or ()):
            out[name] = rows[name]
    return out
