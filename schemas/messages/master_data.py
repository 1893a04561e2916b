"""What an import of a file answers: a result for every row, and totals that add up."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.messages.base import Message


class RowOutcome(StrEnum):
    """What became of a row."""

    ACCEPTED = "accepted"
    """Stored: new, or different from what was known."""
    UNCHANGED = "unchanged"
    """Already known exactly so."""
    REJECTED = "rejected"
    """Not stored, for the faults named."""


class RowFault(Message):
    """One fault of a row and the column it is in (empty when it concerns the row)."""

    column: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class RowResult:
    """The result of one row; `row` counts lines of the file from 1, the header being one.

    Not a model of its own: a file has half a million of them at most, held at once.
    """

    row: int
    outcome: RowOutcome
    note: str = ""
    faults: tuple[RowFault, ...] = ()


class ImportReport(Message):
    """The result of a file: received = accepted + unchanged + rejected."""

    kind: str
    sha256: str
    received: int
    accepted: int
    unchanged: int
    rejected: int
    results: list[RowResult]
