"""Code lists of payment batches: states, and why an eligible share was left out."""

from enum import StrEnum


class BatchStatus(StrEnum):
    """Where a payment batch stands."""

    FROZEN = "frozen"
    APPROVED = "approved"
    RELEASED = "released"
    VOIDED = "voided"


class ExclusionReason(StrEnum):
    """Why an eligible share is not in the batch, in the order in which the reasons are asked."""

    PAYMENT_IN_CONFLICT = "payment_in_conflict"
    MANDATE_MISSING = "mandate_missing"
    SUPPLIER_SUSPENDED = "supplier_suspended"
    ACCOUNT_UNVERIFIED = "account_unverified"
    ORIGINAL_PENDING = "original_pending"
    CLAIMS_PENDING = "claims_pending"
    NET_NEGATIVE = "net_negative"
    CAPACITY_SHORT = "capacity_short"
    ACCOUNT_SHORT = "account_short"


class ShortfallPolicy(StrEnum):
    """What happens when a hospital's claim does not cover what is paid for it: the shortfall is
    carried to the claims of later months, or nothing is paid beyond the claim."""

    CARRY = "carry"
    BLOCK = "block"
