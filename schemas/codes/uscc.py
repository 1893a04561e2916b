"""Unified social credit codes (统一社会信用代码, USCC) of companies and institutions."""

from functools import lru_cache
from typing import Final

from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

USCC_PATTERN: Final = r"^[0-9A-HJ-NP-RT-UW-Y]{18}$"


@lru_cache(maxsize=1 << 15)
def is_uscc(text: str) -> bool:
    """Whether `text` is a USCC as written, 18 upper-case characters with a right check
    character (GB 32100-2015). Separators, lower case and blanks are not forgiven."""
    try:
        return uscc.validate(text) == text
    except ValidationError:
        return False


def with_check_character(body: str) -> str:
    """The USCC of a 17-character body. Raises ValueError for characters outside the alphabet."""
    try:
        return body + str(uscc.calc_check_digit(body))
    except ValidationError as error:
        raise ValueError("not the first 17 characters of a USCC") from error
