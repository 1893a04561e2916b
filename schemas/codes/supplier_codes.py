"""What a document may call its supplier: its unified social credit code (USCC), or an alias of it.

Aliases are other names and codes that a supplier goes by: what it was called before, its short
name, its number in another system. There is one canonical form of either, taken at every door, in
which aliases are kept and compared. No alias has the form of a USCC, so that an alias never hides
a code, and a code never waits for somebody to make it an alias.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from schemas.codes.uscc import is_uscc

SUPPLIER_PATTERN: Final = r"^\S{2,100}$"
LONGEST_SPELLING: Final = 200
"""Characters of the longest text that is looked at; anything longer names nobody."""
SUPPLIER_FOLDED: Final = "full-width forms are made plain, blanks dropped, letters upper-cased."
"""What the published schema says of other spellings."""
_ALIAS: Final = re.compile(SUPPLIER_PATTERN)
_LIKE_USCC: Final = re.compile(r"[0-9A-Z]{18}")


def canonical_supplier_code(text: str) -> str:
    """The one spelling: compatibility forms (NFKC) made plain, blanks dropped, letters in upper
    case. Not whether it is a code or an alias.

    Hyphens stay: they tell one number of a system from another. So do line breaks and tabs, which
    are no spelling but a broken cell. Traditional characters stay too: which simplified one stands
    for a traditional one depends on the word, so such a name is an alias of its own.
    """
    if len(text) > LONGEST_SPELLING:
        return text
    plain = unicodedata.normalize("NFKC", text)
    kept = "".join(sign for sign in plain if unicodedata.category(sign) != "Zs")
    return unicodedata.normalize("NFKC", kept.upper())


@lru_cache(maxsize=1 << 15)
def is_supplier_code(text: str) -> bool:
    """Whether `text` is a USCC, or could be an alias, in its canonical form."""
    return is_uscc(text) or is_alias(text)


def is_alias(text: str) -> bool:
    """Whether `text` could be an alias, in its canonical form: 2 to 100 printable signs without
    blanks. What has the length and signs of a USCC is one or is mistyped: never an alias."""
    return (
        _ALIAS.fullmatch(text) is not None
        and text.isprintable()
        and _LIKE_USCC.fullmatch(text) is None
        and canonical_supplier_code(text) == text
    )


def alias_in(text: str) -> str | None:
    """The alias that a supplier code is, or None where it is a USCC."""
    return None if is_uscc(text) else text
