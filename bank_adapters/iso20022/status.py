"""ISO 20022 status codes and what they mean to us: one dict, under one version.

A code that is not listed is unrecognized: it changes nothing and raises an alarm.
"""

from typing import Final

from schemas.bank import BankMeaning

CODE_MAP_VERSION: Final = "iso20022-1"

MEANINGS: Final[dict[str, BankMeaning]] = {
    "RCVD": BankMeaning.RECEIVED,
    "ACTC": BankMeaning.RECEIVED,
    "PATC": BankMeaning.RECEIVED,
    "ACFW": BankMeaning.RECEIVED,
    "ACCP": BankMeaning.ACCEPTED,
    "ACFC": BankMeaning.ACCEPTED,
    "ACWC": BankMeaning.ACCEPTED,
    "ACWP": BankMeaning.ACCEPTED,
    "ACSP": BankMeaning.IN_SETTLEMENT,
    "ACPD": BankMeaning.IN_SETTLEMENT,
    "ACSC": BankMeaning.DEBITED,
    "ACCC": BankMeaning.CREDITED,
    "RJCT": BankMeaning.REJECTED,
    "CANC": BankMeaning.CANCELLED,
    "BLCK": BankMeaning.BLOCKED,
    "PDNG": BankMeaning.PENDING,
    "PART": BankMeaning.PENDING,
    "NOTF": BankMeaning.NOT_FOUND,
}

DUPLICATE_REASONS: Final = frozenset({"DUPL", "AM05"})
"""A refusal for one of these says "seen before": the first delivery may have been paid."""


def meaning_of(code: str, reason_code: str | None) -> BankMeaning:
    """The meaning of a status code, given its reason."""
    meaning = MEANINGS.get(code, BankMeaning.UNRECOGNIZED)
    if meaning is BankMeaning.REJECTED and reason_code in DUPLICATE_REASONS:
        return BankMeaning.DUPLICATE
    return meaning
