"""Codes of parties and their accounts: check digits, and the closed lists of what parties are."""

import re
from enum import StrEnum
from typing import Final

AREA_CODE: Final = re.compile(r"[0-9]{6}")
HOSPITAL_CODE: Final = re.compile(r"[HP][0-9]{11}")
USCC_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100-2015 in order of value: no I, O, S, V, Z."""
USCC: Final = re.compile(f"[{USCC_LETTERS}]{{18}}")
CNAPS_CODE: Final = re.compile(r"[0-9]{12}")
ACCOUNT_NUMBER: Final = re.compile(r"[0-9]{6,32}")


class HospitalLevel(StrEnum):
    """Grade of a hospital: 三级, 二级, 基层, or not known to us."""

    TERTIARY = "tertiary"
    SECONDARY = "secondary"
    PRIMARY = "primary"
    UNKNOWN = "unknown"


class Ownership(StrEnum):
    """Who owns a hospital."""

    PUBLIC = "public"
    PRIVATE = "private"
    MILITARY = "military"
    UNKNOWN = "unknown"


class Scheme(StrEnum):
    """The two insurance funds whose books never mix: employees (职工) and residents (居民)."""

    EMPLOYEE = "310"
    RESIDENT = "390"


class VerificationState(StrEnum):
    """Whether a payee account may be paid to; only `verified` may."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    FROZEN = "frozen"
    SUPERSEDED = "superseded"


class RevisionProfile(StrEnum):
    """What a second document with the same number means from a source that has no revisions."""

    REFUSE = "refuse"
    NEXT_REVISION = "next_revision"


def uscc_check_character(body: str) -> str:
    """The 18th character of a unified social credit code from its first 17 (GB 32100-2015)."""
    weighted = sum(
        USCC_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(body)
    )
    return USCC_LETTERS[(31 - weighted % 31) % 31]


def is_uscc(text: str) -> bool:
    """Whether `text` is a unified social credit code (USCC) with a right check character."""
    return USCC.fullmatch(text) is not None and uscc_check_character(text[:17]) == text[17]


def cnaps_check_digit(body: str) -> str:
    """The 12th digit of a CNAPS bank code from its first 11, by ISO 7064 MOD 11,10."""
    remainder = 10
    for digit in body:
        remainder = (remainder + int(digit)) % 10 or 10
        remainder = remainder * 2 % 11
    return str((11 - remainder) % 10)


def is_cnaps_code(text: str) -> bool:
    """Whether `text` is a 12-digit CNAPS bank code with a right check digit."""
    return CNAPS_CODE.fullmatch(text) is not None and cnaps_check_digit(text[:11]) == text[11]


def is_hospital_code(text: str) -> bool:
    """Whether `text` is a hospital code: H or P and eleven digits."""
    return HOSPITAL_CODE.fullmatch(text) is not None


def is_area_code(text: str) -> bool:
    """Whether `text` has the form of an area or place code: six digits."""
    return AREA_CODE.fullmatch(text) is not None


def hospital_level(text: str) -> HospitalLevel:
    """The level behind the many ways in which people write it; what cannot be read is unknown."""
    cleaned = text.strip().replace("級", "级").replace("极", "级")
    for mark, level in _LEVEL_MARKS:
        if mark in cleaned:
            return level
    return HospitalLevel.UNKNOWN


_LEVEL_MARKS: Final = (
    ("未定", HospitalLevel.UNKNOWN),
    ("三", HospitalLevel.TERTIARY),
    ("二", HospitalLevel.SECONDARY),
    ("一", HospitalLevel.PRIMARY),
    ("基层", HospitalLevel.PRIMARY),
    ("社区", HospitalLevel.PRIMARY),
)
