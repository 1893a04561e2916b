"""Refusals of payments."""

from typing import ClassVar

from schemas.problems import NotFound


class PaymentNotFound(NotFound):
    """There is no such payment, or it is not the caller's to see."""

    code: ClassVar[str] = "payment_not_found"
    title: ClassVar[str] = "There is no such payment here"
