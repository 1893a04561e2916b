"""Codes of what people decide about discrepancies: actions, why, and how far a decision is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from schemas.codes.reconciliation import DiscrepancyStatus


class ResolutionAction(StrEnum):
    """What somebody decided; documents are corrected by other documents, never here.

    `link` and `split` are evidence that matching reads, as an invoice link document is;
    `accept_lower` is the most that an invoice line is paid. `undo` takes another decision back;
    undoing a link unlinks it.
    """

    EXPLAIN = "explain"
    CORRECT = "correct"
    WRITE_OFF = "write_off"
    SEND_BACK = "send_back"
    SNOOZE = "snooze"
    TO_CHECK = "to_check"
    LINK = "link"
    SPLIT = "split"
    ACCEPT_LOWER = "accept_lower"
    UNDO = "undo"


class ResolutionReason(StrEnum):
    """Why somebody decided so; the remark says the rest."""

    DOCUMENT_CORRECTED = "document_corrected"
    DOCUMENT_EXPECTED = "document_expected"
    PARTIES_AGREE = "parties_agree"
    PROVEN_ON_PAPER = "proven_on_paper"
    REFERENCE_MISSING = "reference_missing"
    REFERENCE_WRONG = "reference_wrong"
    TOO_SMALL_TO_PURSUE = "too_small_to_pursue"
    UNCLEAR = "unclear"
    DECIDED_WRONGLY = "decided_wrongly"


class ResolutionStatus(StrEnum):
    """How far a decision is. Rejected, undone and lapsed ones stay on file and do nothing."""

    PROPOSED = "proposed"
    EFFECTIVE = "effective"
    REJECTED = "rejected"
    UNDONE = "undone"
    LAPSED = "lapsed"


class SentTo(StrEnum):
    """Whom a discrepancy is sent back to."""

    HOSPITAL = "hospital"
    SUPPLIER = "supplier"


STATUS_AFTER: Final[Mapping[ResolutionAction, DiscrepancyStatus]] = {
    ResolutionAction.EXPLAIN: DiscrepancyStatus.EXPLAINED,
    ResolutionAction.CORRECT: DiscrepancyStatus.CORRECTED,
    ResolutionAction.WRITE_OFF: DiscrepancyStatus.WRITTEN_OFF,
    ResolutionAction.SEND_BACK: DiscrepancyStatus.SENT_BACK,
    ResolutionAction.SNOOZE: DiscrepancyStatus.SNOOZED,
    ResolutionAction.TO_CHECK: DiscrepancyStatus.TO_CHECK,
}
"""The actions that mark discrepancies and leave matching as it is, and what they mark them."""

LINKING: Final = frozenset(
    {ResolutionAction.LINK, ResolutionAction.SPLIT, ResolutionAction.ACCEPT_LOWER}
)
"""The actions about an invoice line, that matching reads."""
