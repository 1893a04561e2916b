"""What people may make of a discrepancy; documents themselves are never edited."""

from collections.abc import Mapping
from typing import Final

from schemas.codes.reconciliation import DiscrepancyStatus

RESOLUTIONS: Final[Mapping[tuple[DiscrepancyStatus, DiscrepancyStatus], str]] = {
    (DiscrepancyStatus.OPEN, DiscrepancyStatus.EXPLAINED): "explained",
    (DiscrepancyStatus.OPEN, DiscrepancyStatus.CORRECTED): "corrected",
    (DiscrepancyStatus.OPEN, DiscrepancyStatus.WRITTEN_OFF): "written_off",
}
"""(from, to) → the event's past participle."""
