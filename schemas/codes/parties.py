"""The closed lists of what parties and their accounts are, and the provinces of GB/T 2260."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

AREA_PATTERN: Final = r"^[0-9]{6}$"
"""Form of area, place and province codes."""
ACCOUNT_NUMBER_PATTERN: Final = r"^[0-9]{6,32}$"


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


class PayeeRefusal(StrEnum):
    """Why nothing can be paid to a supplier at a date; domain.md section 5 names the reasons."""

    ACCOUNT_UNVERIFIED = "account_unverified"
    SUPPLIER_SUSPENDED = "supplier_suspended"


class RevisionProfile(StrEnum):
    """What a second document with the same number means from a source that has no revisions."""

    REFUSE = "refuse"
    NEXT_REVISION = "next_revision"


PROVINCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "110000": "北京",
        "120000": "天津",
        "130000": "河北",
        "140000": "山西",
        "150000": "内蒙古",
        "210000": "辽宁",
        "220000": "吉林",
        "230000": "黑龙江",
        "310000": "上海",
        "320000": "江苏",
        "330000": "浙江",
        "340000": "安徽",
        "350000": "福建",
        "360000": "江西",
        "370000": "山东",
        "410000": "河南",
        "420000": "湖北",
        "430000": "湖南",
        "440000": "广东",
        "450000": "广西",
        "460000": "海南",
        "500000": "重庆",
        "510000": "四川",
        "520000": "贵州",
        "530000": "云南",
        "540000": "西藏",
        "610000": "陕西",
        "620000": "甘肃",
        "630000": "青海",
        "640000": "宁夏",
        "650000": "新疆",
        "710000": "台湾",
        "810000": "香港",
        "820000": "澳门",
    }
)
"""Short names of the provinces by their code (GB/T 2260)."""


def hospital_level(text: str) -> HospitalLevel:
    """The level behind the many ways in which people write it; what cannot be read is unknown."""
    cleaned = text.strip().replace("級", "级").replace("极", "级")
    if cleaned.startswith("未定"):
        return HospitalLevel.UNKNOWN
    for mark, level in _LEVEL_MARKS:
        if mark in cleaned:
            return level
    return HospitalLevel.UNKNOWN


_LEVEL_MARKS: Final = (
    ("三", HospitalLevel.TERTIARY),
    ("二", HospitalLevel.SECONDARY),
    ("一", HospitalLevel.PRIMARY),
    ("基层", HospitalLevel.PRIMARY),
    ("社区", HospitalLevel.PRIMARY),
)
