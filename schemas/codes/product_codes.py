"""Product codes: drugs, consumables, national drug codes and trace codes.

Only prefix and length are known to hold for the insurance drug codes; a check digit is tested
where the standard defines one.
"""

import re
from functools import lru_cache
from typing import Final

from stdnum import ean

PRODUCT_PATTERN: Final = r"^(X[0-9A-Z]{22}|Z[0-9A-Z]{19,22}|C[0-9]{19}([0-9]{7})?|86[0-9]{12})$"
"""Western drug (23 from X), Chinese patent drug (from Z), consumable (20 or 27 digits from C),
national drug code (本位码, 14 digits from 86)."""
_FORM: Final = re.compile(PRODUCT_PATTERN.removeprefix("^").removesuffix("$"))
TRACE_PATTERN: Final = r"^[0-9]{20}$"
_TRACE: Final = re.compile(r"[0-9]{20}")


@lru_cache(maxsize=1 << 16)
def is_product_code(text: str) -> bool:
    """Whether `text` has the form of a product code; a national drug code is a GTIN-14."""
    if _FORM.fullmatch(text) is None:
        return False
    return not text.startswith("86") or bool(ean.is_valid(text))


def national_drug_code(body: str) -> str:
    """The national drug code of its first thirteen digits (86…)."""
    return body + str(ean.calc_check_digit(body))


def is_trace_code(text: str) -> bool:
    """Whether `text` is a drug trace code (追溯码): 20 digits, the first seven the product.

    One digit twenty times over is what is keyed in for want of a code, and names no pack.
    """
    return _TRACE.fullmatch(text) is not None and text != text[0] * len(text)
