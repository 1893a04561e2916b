"""Numbers of Chinese invoices, which are unique in the country."""

import re
from functools import lru_cache
from typing import Final

INVOICE_PATTERN: Final = r"^([0-9]{18}|[0-9]{20})$"
"""A fully digital invoice (数电票) has 20 digits; an older one a code of 10 or 12 digits, written
before its number of 8."""
_FORM: Final = re.compile(r"[0-9]{18}|[0-9]{20}")


@lru_cache(maxsize=1 << 16)
def is_invoice_number(text: str) -> bool:
    """Whether `text` is an invoice number: 20 digits, or code and number together (18 or 20)."""
    return _FORM.fullmatch(text) is not None
