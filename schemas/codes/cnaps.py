"""CNAPS bank codes (联行号): which branch an account is kept at."""

from functools import lru_cache
from typing import Final

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_10

CNAPS_LENGTH: Final = 12


@lru_cache(maxsize=1 << 12)
def is_cnaps(text: str) -> bool:
    """Whether `text` is bank (3), city (4), branch (4) and a check digit by ISO 7064 MOD 11,10."""
    if len(text) != CNAPS_LENGTH or not (text.isascii() and text.isdigit()):
        return False
    try:
        return mod_11_10.validate(text) == text
    except ValidationError:
        return False


def with_check_digit(body: str) -> str:
    """The CNAPS code of its first eleven digits."""
    return body + str(mod_11_10.calc_check_digit(body))
