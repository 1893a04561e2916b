"""Statement entry x payment: by end-to-end id, with amount and direction as checks, pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from reconciler.axis import Flags
from reconciler.columns import NOT_STATED, Integers, Rows

Identifiers = npt.NDArray[np.bytes_]

IDENTIFIER: Final = "S35"
"""ISO 20022 Max35Text, ASCII."""

ENTRY: Final = np.dtype([("end_to_end_id", IDENTIFIER), ("amount", np.int64), ("credit", np.bool_)])
"""A statement entry as the account owner sees it: `credit` is money coming in; fen."""
PAYMENT: Final = np.dtype(
    [("end_to_end_id", IDENTIFIER), ("amount", np.int64), ("credit", np.bool_)]
)
"""A payment we know of; `credit` when it brings money in (a collection)."""


class EntryMatch(StrEnum):
    """What became of a statement entry."""

    MATCHED = "matched"
    UNKNOWN = "unknown"
    AMOUNT_DIFFERS = "amount_differs"
    OPPOSITE = "opposite"
    """The payment's own id in the other direction: money that came back."""
    REPEATED = "repeated"
    """An earlier entry of the same direction already matched this payment."""


MATCHES: Final = tuple(EntryMatch)


@dataclass(frozen=True)
class EntryMatches:
    """Per entry: the row of the payment with its id (NOT_STATED when none) and the verdict."""

    payment: Integers
    verdict: Integers

    def of(self, verdict: EntryMatch) -> Integers:
        """Row numbers of the entries with this verdict."""
        return np.flatnonzero(self.verdict == MATCHES.index(verdict))


def match_entries(entries: Rows, payments: Rows) -> EntryMatches:
    """Matches each entry (ENTRY rows, statement order) to a payment (PAYMENT rows, unique ids)."""
    payment = _row_of(entries["end_to_end_id"], payments["end_to_end_id"])
    known = payment >= 0
    place = np.maximum(payment, 0)
    same_way, same_amount = known.copy(), known.copy()
    if payments.size:
        same_way &= payments["credit"][place] == entries["credit"]
        same_amount &= payments["amount"][place] == entries["amount"]
    exact = same_way & same_amount
    verdict = np.select(
        [~known, exact & _repeated(payment, exact), exact, ~same_way],
        [
            MATCHES.index(EntryMatch.UNKNOWN),
            MATCHES.index(EntryMatch.REPEATED),
            MATCHES.index(EntryMatch.MATCHED),
            MATCHES.index(EntryMatch.OPPOSITE),
        ],
        MATCHES.index(EntryMatch.AMOUNT_DIFFERS),
    )
    return EntryMatches(payment, verdict)


def _row_of(wanted: Identifiers, ids: Identifiers) -> Integers:
    """Row of each wanted id; an empty id is none at all."""
    answer = np.full(wanted.size, NOT_STATED, np.int64)
    if not ids.size:
        return answer
    by = np.argsort(ids, kind="stable")
    place = np.minimum(np.searchsorted(ids[by], wanted), ids.size - 1)
    found = (ids[by][place] == wanted) & (wanted != b"")
    answer[found] = by[place[found]]
    return answer


def _repeated(payment: Integers, exact: Flags) -> Flags:
    """Exact entries whose payment an earlier exact entry already has."""
    repeated = np.zeros(payment.size, np.bool_)
    rows = np.flatnonzero(exact)
    _, first = np.unique(payment[rows], return_index=True)
    repeated[rows] = True
    repeated[rows[first]] = False
    return repeated
