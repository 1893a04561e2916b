"""How a decision moves. Marks follow it: discrepancies are open again once it is undone."""

from typing import Final

from schemas.codes.resolutions import ResolutionStatus

RESOLUTION_MOVES: Final = {
    (None, ResolutionStatus.PROPOSED): "propose",
    (None, ResolutionStatus.EFFECTIVE): "decide alone",
    (ResolutionStatus.PROPOSED, ResolutionStatus.EFFECTIVE): "confirm",
    (ResolutionStatus.PROPOSED, ResolutionStatus.REJECTED): "reject",
    (ResolutionStatus.EFFECTIVE, ResolutionStatus.UNDONE): "undo",
    (ResolutionStatus.EFFECTIVE, ResolutionStatus.LAPSED): "wake",
}
"""(from, to) → what people, or for `wake` the day, do."""
