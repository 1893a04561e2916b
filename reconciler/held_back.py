"""Goods that are matched and priced and not paid all the same: what had expired when it came, what
lacks a paper that the rule pack asks for. Of what only waits a paper is asked for too, and said."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reconciler.allocation import Allocation, Slices
from reconciler.axis import Flags, Integers, total_by
from reconciler.columns import NO_DAY, PurchaseColumns, Rows, day_number, where
from reconciler.contract_binding import holds_contract
from reconciler.match_rules import MatchRules
from reconciler.netting import Netted
from reconciler.outcome import discrepancies
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

_NONE = 2**31
"""Later than every day."""


@dataclass(frozen=True)
class _Want:
    """Slices that want something, and those of them that the rules do not let be paid."""

    reason: DiscrepancyReason
    lacking: Flags
    holding: Flags
    stated: Integers | int = 0
    allowed: Integers | int = 0


def hold_back(
    columns: PurchaseColumns, slices: Slices, rows: Rows, rules: MatchRules
) -> tuple[Rows, list[Rows]]:
    """The priced slices with nothing due of those that are held, and what was found of each.

    The first reason holds a slice, of others it is said. Nothing is held of what is worth nothing
    or was paid elsewhere.
    """
    free = (rows["amount"] != 0) & ~columns.orders["offline"][rows["order"]]
    found = []
    for want in _wants(columns, slices, rows, rules):
        held = want.lacking & want.holding & free
        free &= ~held
        for effect, here in (
            (DiscrepancyEffect.HELD, held),
            (DiscrepancyEffect.INFORMATION, want.lacking & ~held),
        ):
            found.append(_about(want, effect, rows, np.flatnonzero(here)))
    paid = rows.copy()
    paid["amount"][~free & ~columns.orders["offline"][rows["order"]]] = 0
    return paid, found


def _about(want: _Want, effect: DiscrepancyEffect, rows: Rows, at: Integers) -> Rows:
    return discrepancies(
        want.reason,
        effect,
        at.size,
        **{name: rows[name][at] for name in ("order", "receipt", "invoice", "quantity", "amount")},
        stated=np.broadcast_to(want.stated, rows.size)[at],
        allowed=np.broadcast_to(want.allowed, rows.size)[at],
    )


def _wants(
    columns: PurchaseColumns, slices: Slices, rows: Rows, rules: MatchRules
) -> Iterator[_Want]:
    receipts = where(columns.receipts, slices.receipt)
    invoices = where(columns.invoices, slices.invoice)
    held_since = np.full(rows.size, _NONE)
    codes, chain = np.zeros((2, rows.size), np.bool_), np.zeros((2, rows.size), np.bool_)
    for each, mine in rules.under(slices.terms):
        if each.hold_expired_since is not None:
            held_since[mine] = day_number(each.hold_expired_since)
        for asked, demand, kind, day in (
            (codes, each.trace_codes, receipts["trace"], receipts["day"]),
            (chain, each.two_invoice_chain, invoices["chain"], invoices["day"]),
        ):
            asked[0] |= mine & demand.lacked(kind, day)
            asked[1] |= mine & demand.holds
    yield _Want(
        DiscrepancyReason.EXPIRED_LOT,
        receipts["expiry"] < receipts["day"],
        receipts["day"] >= held_since,
        stated=receipts["expiry"],
        allowed=receipts["day"],
    )
    if codes[0].any():
        yield _Want(DiscrepancyReason.TRACE_CODE_MISSING, codes[0], codes[1])
    if chain[0].any():
        makers = holds_contract(columns, slices.order, rows["basis_day"].astype(np.int64))
        lacking = chain[0] & ~makers
        yield _Want(DiscrepancyReason.TWO_INVOICE_CHAIN_MISSING, lacking, chain[1])


def want_of_waiting(
    columns: PurchaseColumns,
    netted: Netted,
    allocation: Allocation,
    waiting: Rows,
    rules: MatchRules,
) -> list[Rows]:
    """Papers that lines lack of which something waits: said before the rest comes, by today's
    rules. Who is a maker is asked on the order's day, the invoice's where it has none. And trace
    codes that another line states too.
    """
    return [
        _receipts_without_codes(columns, netted, allocation.slices, rules),
        _invoices_without_upstream(columns, waiting, rules),
        _with_repeated_codes(columns, netted),
    ]


def _receipts_without_codes(
    columns: PurchaseColumns, netted: Netted, slices: Slices, rules: MatchRules
) -> Rows:
    receipts = columns.receipts
    lacking = rules.trace_codes.lacked(receipts["trace"], receipts["day"])
    rest = np.zeros(receipts.size, np.int64)
    if lacking.any():
        free = np.where(netted.receipt_barred == 0, netted.receipt_quantity, 0)
        rest = free - total_by(slices.receipt, slices.quantity, receipts.size)
    out = np.flatnonzero(lacking & (rest > 0))
    return discrepancies(
        DiscrepancyReason.TRACE_CODE_MISSING,
        DiscrepancyEffect.INFORMATION,
        out.size,
        receipt=out,
        quantity=rest[out],
    )


def _with_repeated_codes(columns: PurchaseColumns, netted: Netted) -> Rows:
    """Never held: by another's receipt, which may be the wrong one, nothing is taken back."""
    kept = (netted.receipt_barred == 0) & (netted.receipt_quantity > 0)
    out = np.flatnonzero(columns.receipts["repeated"] & kept)
    return discrepancies(
        DiscrepancyReason.TRACE_CODE_REPEATED,
        DiscrepancyEffect.INFORMATION,
        out.size,
        receipt=out,
        quantity=netted.receipt_quantity[out],
    )


def _invoices_without_upstream(columns: PurchaseColumns, waiting: Rows, rules: MatchRules) -> Rows:
    rows = where(waiting, waiting["order"] >= 0)
    invoices = where(columns.invoices, rows["invoice"])
    lacking = rules.two_invoice_chain.lacked(invoices["chain"], invoices["day"])
    if lacking.any():
        ordered = columns.orders["day"][rows["order"]]
        day = np.where(ordered == NO_DAY, invoices["day"], ordered).astype(np.int64)
        lacking &= ~holds_contract(columns, rows["order"], day)
    out = np.flatnonzero(lacking)
    return discrepancies(
        DiscrepancyReason.TWO_INVOICE_CHAIN_MISSING,
        DiscrepancyEffect.INFORMATION,
        out.size,
        **{name: rows[name][out] for name in ("order", "receipt", "invoice", "quantity", "amount")},
    )
