"""Refusals of payments."""

from typing import ClassVar

from schemas.problems import Conflict, NotFound


class PaymentNotFound(NotFound):
    """There is no such payment, or it is not the caller's to see."""

    code: ClassVar[str] = "payment_not_found"
    title: ClassVar[str] = "There is no such payment here"


class AlreadyStopped(Conflict):
    """Sending is stopped already."""

    code: ClassVar[str] = "payments_already_stopped"
    title: ClassVar[str] = "Sending is stopped already"


class NotStopped(Conflict):
    """Sending is not stopped."""

    code: ClassVar[str] = "payments_not_stopped"
    title: ClassVar[str] = "Sending is not stopped"
