"""Codes of monitoring: whose word a payment rests on, and how overdue money is."""

from enum import StrEnum
from typing import Final


class Voice(StrEnum):
    """Who says that a hospital paid a supplier itself; the three are shown, never averaged."""

    CLAIMED_BY_HOSPITAL = "claimed_by_hospital"
    CONFIRMED_BY_SUPPLIER = "confirmed_by_supplier"
    BANK_VERIFIED = "bank_verified"


class InvoicedEnd(StrEnum):
    """Where an invoiced fen stands: in exactly one of the first six, unless it was credited.

    `raised_price` moves what a later invoice adds to an earlier line there: its sum is 0.

    `in_dispute` holds disputes of the hospital, refusals of the agency and differences of price;
    `outside` what neither fund nor hospital settles here. `unaccounted` must stay empty.
    """

    PAID = "paid"
    ACCEPTED_UNPAID = "accepted_unpaid"
    WAITING = "waiting"
    IN_DISPUTE = "in_dispute"
    SELF_SETTLED = "self_settled"
    OUTSIDE = "outside"
    CREDITED = "credited"
    RAISED_PRICE = "raised_price"
    UNACCOUNTED = "unaccounted"


class SelfPaymentOutcome(StrEnum):
    """What became of one row of a report of own payments."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


class SelfPaymentFault(StrEnum):
    """Why a row was rejected."""

    HOSPITAL_UNKNOWN = "hospital_unknown"
    SUPPLIER_UNKNOWN = "supplier_unknown"
    NOT_YOURS = "not_yours"
    PAID_IN_THE_FUTURE = "paid_in_the_future"
    REFERENCE_REUSED = "reference_reused"
    REPEATED_IN_CALL = "repeated_in_call"


class GroupBy(StrEnum):
    """By what indicators are summed."""

    AREA = "area"
    HOSPITAL = "hospital"
    SUPPLIER = "supplier"


AGEING_BUCKETS: Final = ("0", "1-30", "31-60", "61-90", "91-180", "181-365", ">365")
"""Days overdue (domain.md section 8)."""
