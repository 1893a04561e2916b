"""Code lists of what the fund owes hospitals: stages of claims, kinds of fund documents."""

from enum import StrEnum


class ClaimStage(StrEnum):
    """How firm a hospital's claim on the fund is; a later stage replaces an earlier one."""

    ESTIMATED = "estimated"
    SETTLED = "settled"
    CLEARED = "cleared"


class FundDocumentKind(StrEnum):
    """What a row of a fund import says."""

    CLAIM = "claim"
    ADVANCE = "advance"
    PREPAYMENT = "prepayment"


class PrepaymentMovement(StrEnum):
    """Whether a prepayment document grants money or makes a part of it due in a month."""

    GRANTED = "granted"
    RECOVERY_DUE = "recovery_due"


class FundDocumentState(StrEnum):
    """Versions are never deleted: a higher one supersedes."""

    EFFECTIVE = "effective"
    SUPERSEDED = "superseded"


class FundRowOutcome(StrEnum):
    """What became of one row of a fund import."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class OffsetStatus(StrEnum):
    """Whether the hospital's payer has said that it will pay less."""

    ISSUED = "issued"
    ACKNOWLEDGED = "acknowledged"
