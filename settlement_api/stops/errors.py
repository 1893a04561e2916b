"""Refusals of the kill switch."""

from typing import ClassVar

from schemas.problems import Conflict


class AlreadyStopped(Conflict):
    """Sending is stopped already."""

    code: ClassVar[str] = "payments_already_stopped"
    title: ClassVar[str] = "Sending is stopped already"


class NotStopped(Conflict):
    """Sending is not stopped."""

    code: ClassVar[str] = "payments_not_stopped"
    title: ClassVar[str] = "Sending is not stopped"


class ConflictOpen(Conflict):
    """Payments contradict their evidence: two people end that first, then the stop is lifted."""

    code: ClassVar[str] = "payments_in_conflict"
    title: ClassVar[str] = "Payments are in conflict; two people must end that first"
