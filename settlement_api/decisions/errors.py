"""Refusals of decisions about payments."""

from typing import ClassVar

from schemas.problems import Conflict, NotFound


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
