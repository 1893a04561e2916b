"""Codes of designated medical institutions (定点医疗机构): H or P and eleven digits."""

import re
from functools import lru_cache
from typing import Final

HOSPITAL_PATTERN: Final = r"^[HP][0-9]{11}$"
_FORM: Final = re.compile(r"[HP][0-9]{11}")


@lru_cache(maxsize=1 << 15)
def is_hospital_code(text: str) -> bool:
    """Whether `text` is H (hospital) or P (pharmacy), six digits of area and five of serial."""
    return _FORM.fullmatch(text) is not None


def hospital_code(area_code: str, serial: int) -> str:
    """The hospital code of an area's serial number, 0 to 99,999."""
    assert 0 <= serial <= 99_999, "a hospital's serial has five digits"
    return f"H{area_code}{serial:05d}"
