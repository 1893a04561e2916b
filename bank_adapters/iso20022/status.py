"""ISO 20022 status codes and what they mean to us: one dict, under one version.

A code that is not listed is unrecognized: it changes nothing and raises an alarm.
"""

import re
from collections.abc import Sequence
from typing import Final

from schemas.bank import BankMeaning

CODE_MAP_VERSION: Final = "iso20022-2"

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
_DUPLICATE_WORDS: Final = re.compile("DUPL|重复|重覆", re.IGNORECASE)
"""How banks say the same in reasons of their own (`Prtry`) or in words."""


def says_duplicate(reason: str) -> bool:
    """Whether a reason, in ISO's code, a bank's own or words, says "seen before"."""
    return reason.upper() in DUPLICATE_REASONS or bool(_DUPLICATE_WORDS.search(reason))


def telling_reason(reasons: Sequence[str]) -> str | None:
    """The reason that counts of all that a bank gives: one that says "seen before", else the first.

    Taking a duplicate for a refusal pays twice; taking a refusal for a duplicate only asks again.
    """
    return next(filter(says_duplicate, reasons), next(iter(reasons), None))


def meaning_of(code: str, reason: str | None) -> BankMeaning:
    """The meaning of a status code, given its telling reason."""
    meaning = MEANINGS.get(code, BankMeaning.UNRECOGNIZED)
    if meaning is BankMeaning.REJECTED and reason is not None and says_duplicate(reason):
        return BankMeaning.DUPLICATE
    return meaning
