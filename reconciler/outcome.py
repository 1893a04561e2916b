"""What a matching found: payables, discrepancies, forecasts and the totals that must balance."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from reconciler.columns import NOT_STATED, Rows
from schemas.codes.reconciliation import (
    DiscrepancyEffect,
    DiscrepancyReason,
    PayableKind,
    Route,
)

REASONS: Final = tuple(DiscrepancyReason)
EFFECTS: Final = tuple(DiscrepancyEffect)
KINDS: Final = tuple(PayableKind)
ROUTES: Final = tuple(Route)

_I8, _I4, _I2 = np.int64, np.int32, np.int16

PAYABLE: Final = np.dtype(
    [
        ("order", _I8),
        ("receipt", _I8),
        ("invoice", _I8),
        ("kind", _I2),
        ("quantity", _I8),
        ("amount", _I8),
        ("contract", _I8),
        ("route", _I2),
        ("basis_day", _I4),
        ("clock_day", _I4),
        ("adjusts", _I8),
        ("terms", _I2),  # rules it is decided by, see `MatchRules.earlier`
    ]
)
DISCREPANCY: Final = np.dtype(
    [
        ("order", _I8),
        ("receipt", _I8),
        ("invoice", _I8),
        ("other", _I8),  # row of the return or credit line it is about
        ("reason", _I2),
        ("effect", _I2),
        ("quantity", _I8),
        ("amount", _I8),
        ("stated", _I8),  # the two values compared, in the unit the reason speaks of
        ("allowed", _I8),
    ]
)
FORECAST: Final = np.dtype(
    [
        ("order", _I8),
        ("route", _I2),
        ("contract", _I8),
        ("reason", _I2),
        ("matched", _I8),
        ("open", _I8),
    ]
)


@dataclass(frozen=True)
class Totals:
    """Control totals: received and invoiced each equal matched + waiting + held (see `balanced`).

    Quantities in thousandths, amounts in fen; returned and credited are taken off first. Absorbed
    are the differences, up or down, that tolerances let pass: part of what is matched.
    """

    received: int
    returned: int
    received_matched: int
    received_waiting: int
    received_held: int
    invoiced: int
    credited: int
    invoiced_matched: int
    invoiced_waiting: int
    invoiced_held: int
    invoiced_units: int
    credited_units: int
    invoiced_units_matched: int
    invoiced_units_waiting: int
    invoiced_units_held: int
    absorbed: int
    absorbed_units: int

    def balanced(self) -> bool:
        """Whether every received and invoiced unit and every invoiced fen has ended somewhere."""
        return (
            self.received - self.returned
            == self.received_matched + self.received_waiting + self.received_held
            and self.invoiced - self.credited
            == self.invoiced_matched + self.invoiced_waiting + self.invoiced_held
            and self.invoiced_units - self.credited_units
            == self.invoiced_units_matched + self.invoiced_units_waiting + self.invoiced_units_held
        )


@dataclass(frozen=True)
class Outcome:
    """`target` is what the documents alone say; `payables` is target minus committed."""

    target: Rows
    payables: Rows
    discrepancies: Rows
    forecasts: Rows
    totals: Totals


def reason_code(reason: DiscrepancyReason) -> int:
    """The number of a reason in the columns."""
    return REASONS.index(reason)


HELD_IN_PAIRS: Final = tuple(
    map(
        reason_code,
        (
            DiscrepancyReason.NOTHING_TO_PAY,
            DiscrepancyReason.EXPIRED_LOT,
            DiscrepancyReason.TRACE_CODE_MISSING,
            DiscrepancyReason.TWO_INVOICE_CHAIN_MISSING,
        ),
    )
)
"""Reasons for which received and invoiced goods are held together."""


def bar(reason: DiscrepancyReason) -> int:
    """The value of a `barred` column that keeps a line out for this reason."""
    return REASONS.index(reason) + 1


def discrepancies(
    reason: DiscrepancyReason | npt.NDArray[Any],
    effect: DiscrepancyEffect,
    size: int,
    **columns: npt.NDArray[Any] | int,
) -> Rows:
    """Discrepancy rows of one effect; columns not given point nowhere or are zero."""
    rows = np.zeros(size, DISCREPANCY)
    if not size:
        return rows  # as most reasons find nothing in most runs
    for name in ("order", "receipt", "invoice", "other"):
        rows[name] = NOT_STATED
    rows["reason"] = reason_code(reason) if isinstance(reason, DiscrepancyReason) else reason
    rows["effect"] = EFFECTS.index(effect)
    for name, values in columns.items():
        rows[name] = values
    return rows
