"""Papers that a rule pack asks for besides those that are matched.

Whether a line lacks one is a fact of documents and master data, read with the line; here the pack
only says whether it matters. What is held so is held like any other barred line, so that every
quantity and fen still ends somewhere.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from reconciler.axis import Flags
from reconciler.columns import PurchaseColumns, Rows, day_number
from reconciler.netting import Netted
from reconciler.outcome import bar, discrepancies
from schemas.codes.contracts import ProductKind
from schemas.codes.reconciliation import DiscrepancyEffect, DiscrepancyReason

KINDS_OF_PRODUCT: Final = tuple(ProductKind)
"""Columns hold the place in this list + 1; 0 where there is nothing to ask for."""


@dataclass(frozen=True)
class Demand:
    """For which kinds of products a paper is asked for, and what its absence does.

    Documents dated before `since` are not asked: a rule never reaches back.
    """

    required_for: tuple[ProductKind, ...] = ()
    effect: Literal["information", "held"] = "information"
    since: date | None = None

    def lacked(self, kind: npt.NDArray[Any], day: npt.NDArray[Any]) -> Flags:
        """Lines that lack the paper and are asked for it."""
        asked = [KINDS_OF_PRODUCT.index(each) + 1 for each in self.required_for]
        since = -(2**31) if self.since is None else day_number(self.since)
        answer: Flags = np.isin(kind, asked) & (day >= since)
        return answer

    @property
    def holds(self) -> bool:
        """Whether a line without the paper is not payable."""
        return bool(self.required_for) and self.effect == "held"

    @property
    def informs(self) -> bool:
        """Whether its absence is only shown."""
        return bool(self.required_for) and self.effect == "information"


NOT_ASKED: Final = Demand()


def hold_incomplete(columns: PurchaseColumns, chain: Demand, traces: Demand) -> PurchaseColumns:
    """The columns with the invoice lines barred that lack their upstream invoice, and the receipt
    lines that lack trace codes."""
    held = columns
    if chain.holds:
        lacking = chain.lacked(columns.invoices["chain"], columns.invoices["day"])
        reason = DiscrepancyReason.TWO_INVOICE_CHAIN_MISSING
        held = replace(held, invoices=_barred(columns.invoices, lacking, reason))
    if traces.holds:
        lacking = traces.lacked(columns.receipts["trace"], columns.receipts["day"])
        reason = DiscrepancyReason.TRACE_CODE_MISSING
        held = replace(held, receipts=_barred(columns.receipts, lacking, reason))
    return held


def _barred(rows: Rows, lacking: Flags, reason: DiscrepancyReason) -> Rows:
    """The rows, those that lack a paper and are not barred already barred."""
    answer = rows.copy()
    answer["barred"][lacking & (rows["barred"] == 0)] = bar(reason)
    return answer


def remark_incomplete(
    columns: PurchaseColumns, netted: Netted, chain: Demand, traces: Demand
) -> list[Rows]:
    """Lines that lack a paper where that is only shown, or state a trace code that another line
    states: what is left of each after credit notes and returns."""
    return [
        _without_upstream(columns, netted, chain),
        _without_trace_codes(columns, netted, traces),
        _with_repeated_codes(columns, netted),
    ]


def _without_trace_codes(columns: PurchaseColumns, netted: Netted, traces: Demand) -> Rows:
    lacking = np.zeros(columns.receipts.size, np.bool_)
    if traces.informs:
        lacking = traces.lacked(columns.receipts["trace"], columns.receipts["day"])
    out = np.flatnonzero(lacking & (netted.receipt_barred == 0) & (netted.receipt_quantity > 0))
    return discrepancies(
        DiscrepancyReason.TRACE_CODE_MISSING,
        DiscrepancyEffect.INFORMATION,
        out.size,
        receipt=out,
        quantity=netted.receipt_quantity[out],
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


def _without_upstream(columns: PurchaseColumns, netted: Netted, chain: Demand) -> Rows:
    lacking = np.zeros(columns.invoices.size, np.bool_)
    if chain.informs:
        lacking = chain.lacked(columns.invoices["chain"], columns.invoices["day"])
    out = np.flatnonzero(lacking & (netted.invoice_quantity > 0))
    return discrepancies(
        DiscrepancyReason.TWO_INVOICE_CHAIN_MISSING,
        DiscrepancyEffect.INFORMATION,
        out.size,
        invoice=out,
        quantity=netted.invoice_quantity[out],
        amount=netted.invoice_amount[out],
    )
