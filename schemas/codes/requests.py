"""Work that people ask for and that goes on in the background, chunk by chunk."""

from enum import StrEnum


class RequestStatus(StrEnum):
    """How far it is; what was cancelled or has failed may be resumed where it stopped."""

    REQUESTED = "requested"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


class MatchRequestKind(StrEnum):
    """What is to be matched again."""

    AREA = "area"
