"""How a payment batch moves: frozen, approved, released; or voided before it is released."""

from collections.abc import Mapping
from typing import Final

from schemas.codes.batches import BatchStatus

TRANSITIONS: Final[Mapping[tuple[BatchStatus, BatchStatus], str]] = {
    (BatchStatus.FROZEN, BatchStatus.APPROVED): "approve",
    (BatchStatus.APPROVED, BatchStatus.RELEASED): "release",
    (BatchStatus.FROZEN, BatchStatus.VOIDED): "void",
    (BatchStatus.APPROVED, BatchStatus.VOIDED): "void",
}


def may_move(start: BatchStatus, end: BatchStatus) -> bool:
    """Whether a batch may go from `start` to `end`."""
    return (start, end) in TRANSITIONS
