"""What results of lines and return codes of packages mean; whatever is not listed moves nothing.

Results of lines are of the dialect. Return codes are each bank's own, so they are configuration;
without it no return code is definite.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from schemas.bank import BankMeaning
from schemas.codes.banks import CodeMeaning

RESULTS: Final[dict[str, BankMeaning]] = {
    "6": BankMeaning.REJECTED,
    "7": BankMeaning.DEBITED,
    "8": BankMeaning.REJECTED,
    "9": BankMeaning.PENDING,
    "": BankMeaning.PENDING,
}
"""6 refused, 7 paid, 8 refused by an approver; 9 and an empty one decide nothing yet."""
DONE: Final = "0"
"""The return code of a package that the bank took, or of a question that it answered."""
_DUPLICATE_WORDS: Final = re.compile("DUPL|重复|重覆", re.IGNORECASE)


def version_of(codes: Mapping[str, CodeMeaning]) -> str:
    """Names the dialect's results and the declared codes together, for evidence."""
    declared = "\n".join(f"{code}={codes[code]}" for code in sorted(codes))
    return f"direct-connect-xml-1-{sha256(declared.encode()).hexdigest()[:8]}"


def line_meaning(result: str, code: str | None, codes: Mapping[str, CodeMeaning]) -> BankMeaning:
    """The meaning of a line's result; a refusal that says "seen before" is none."""
    meaning = RESULTS.get(result, BankMeaning.UNRECOGNIZED)
    if meaning is BankMeaning.REJECTED and code is not None and _says_duplicate(code, codes):
        return BankMeaning.DUPLICATE
    return meaning


def payment_meaning(code: str, words: str, codes: Mapping[str, CodeMeaning]) -> BankMeaning:
    """What the return code of a payment package, other than DONE, says of all its lines."""
    if _says_duplicate(code, codes) or _DUPLICATE_WORDS.search(words):
        return BankMeaning.DUPLICATE
    if codes.get(code) is CodeMeaning.REJECTED:
        return BankMeaning.REJECTED
    return BankMeaning.UNRECOGNIZED


def _says_duplicate(code: str, codes: Mapping[str, CodeMeaning]) -> bool:
    return codes.get(code) is CodeMeaning.DUPLICATE or bool(_DUPLICATE_WORDS.search(code))
