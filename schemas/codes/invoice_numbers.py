"""Numbers of Chinese invoices, which are unique in the country, and how one is recognised.

People and systems write one number in many ways. There is one canonical form, taken at every
door, so that the same invoice is the same text in every row: in the registry of claims, in what a
credit note, a void or a link says it is about, and wherever somebody asks by number.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

INVOICE_PATTERN: Final = r"^([0-9]{18}|[0-9]{20})$"
"""A fully digital invoice (数电票) has 20 digits; an older one a code of 10 or 12 digits, written
before its number of 8."""
LONGEST_SPELLING: Final = 64
"""Characters of the longest text that is looked at; anything longer is no invoice number."""
_PLAIN: Final = {sign: sign - 0xFEE0 for sign in range(0xFF01, 0xFF5F)}
"""Full-width forms of the printable ASCII signs."""
_FORM: Final = re.compile(r"[0-9]{18}|[0-9]{20}")
_SEPARATORS: Final = frozenset({"Zs", "Pd"})
"""Unicode's kinds of blanks and of hyphens and dashes. Control characters are none of them: a
number with a line break in it is a broken cell, not a spelling."""


@lru_cache(maxsize=1 << 16)
def is_invoice_number(text: str) -> bool:
    """Whether `text` is an invoice number in its canonical form: 20 digits, or code and number
    together (18 or 20)."""
    return _FORM.fullmatch(text) is not None


def canonical_invoice_number(text: str) -> str:
    """The one spelling of a number: full-width signs made plain, blanks and hyphens dropped,
    letters in upper case. Not whether it is a number.

    Superscripts and circled digits stay what they are: a footnote's mark is no digit.
    """
    if len(text) > LONGEST_SPELLING:
        return text
    folded = text.translate(_PLAIN)
    kept = (sign for sign in folded if unicodedata.category(sign) not in _SEPARATORS)
    return "".join(kept).upper()


def as_invoice_number(text: str) -> str:
    """The canonical number that `text` spells, or the text itself where it spells none: for
    look-ups, and for references that need not be invoice numbers."""
    number = canonical_invoice_number(text)
    return number if is_invoice_number(number) else text
