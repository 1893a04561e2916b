"""Refusals of payments."""

from typing import ClassVar

from schemas.problems import Conflict, NotFound


class PaymentNotFound(NotFound):
    """There is no such payment, or it is not the caller's to see."""

    code: ClassVar[str] = "payment_not_found"
    title: ClassVar[str] = "There is no such payment here"


class AttemptNotFound(NotFound):
    """There is no such attempt."""

    code: ClassVar[str] = "payment_attempt_not_found"
    title: ClassVar[str] = "There is no such attempt at a payment here"


class DecisionNotAllowed(Conflict):
    """The evidence does not allow people to decide this."""

    code: ClassVar[str] = "payment_decision_not_allowed"
    title: ClassVar[str] = "The evidence does not allow this decision"


class DecisionNotOpen(Conflict):
    """There is no such proposal waiting for a second person."""

    code: ClassVar[str] = "payment_decision_not_open"
    title: ClassVar[str] = "No such proposal waits for a second person"


class SamePerson(Conflict):
    """Whoever proposed a decision cannot confirm it."""

    code: ClassVar[str] = "payment_decision_same_person"
    title: ClassVar[str] = "A second person must confirm"


class AlreadyStopped(Conflict):
    """Sending is stopped already."""

    code: ClassVar[str] = "payments_already_stopped"
    title: ClassVar[str] = "Sending is stopped already"


class NotStopped(Conflict):
    """Sending is not stopped."""

    code: ClassVar[str] = "payments_not_stopped"
    title: ClassVar[str] = "Sending is not stopped"


class BatchContentDiffers(Conflict):
    """Payments no longer add up to what was approved: nothing of the batch is prepared."""

    code: ClassVar[str] = "payment_batch_content_differs"
    title: ClassVar[str] = "The payments differ from the approved batch"
