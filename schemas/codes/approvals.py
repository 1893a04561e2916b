"""Code lists of decisions by people: what was decided about, at which step, and how."""

from enum import StrEnum


class SubjectKind(StrEnum):
    """What a decision is about."""

    PAYMENT_BATCH = "payment_batch"
    PAYEE_ACCOUNT = "payee_account"
    OPENING_TRANSFER = "opening_transfer"
    BANK_DECISION = "bank_decision"
    PERIOD_CLOSING = "period_closing"
    RESOLUTION = "resolution"


class ApprovalStep(StrEnum):
    """Which of the different people decided."""

    MAKER = "maker"
    CHECKER = "checker"
    RELEASER = "releaser"


class Decision(StrEnum):
    """How a person decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
