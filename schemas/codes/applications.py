"""Code lists of settlement applications: states of a line, dispute reasons, review steps."""

from enum import StrEnum


class LineStatus(StrEnum):
    """Where one application line stands; what was split off has a line of its own."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    UNDER_REVIEW = "under_review"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"


class LineEvent(StrEnum):
    """What moved a line."""

    SUBMIT = "submit"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    SPLIT = "split"
    RESOLVE = "resolve"
    WITHDRAW = "withdraw"
    REVIEW = "review"
    RE_REVIEW = "re_review"
    REJECT = "reject"
    REINSTATE = "reinstate"


class DisputeReason(StrEnum):
    """Why a hospital does not confirm a line."""

    NOT_RECEIVED = "not_received"
    QUANTITY_DIFFERS = "quantity_differs"
    PRICE_DIFFERS = "price_differs"
    QUALITY = "quality"
    RETURNED = "returned"
    ALREADY_PAID = "already_paid"
    WRONG_HOSPITAL = "wrong_hospital"
    OTHER = "other"


class LineDecisionKind(StrEnum):
    """What a hospital decides about a line."""

    CONFIRM = "confirm"
    DISPUTE = "dispute"


class DisputeResolution(StrEnum):
    """How a dispute ends: the hospital confirms after all, or the line leaves the application."""

    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class ReviewStep(StrEnum):
    """The agency's two reviews, by two different people (初审、复核)."""

    FIRST = "first"
    SECOND = "second"


class LineOutcome(StrEnum):
    """What became of one line of a bulk command."""

    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
