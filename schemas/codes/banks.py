"""How banks are spoken to, and what the codes of their own may be declared to mean."""

from enum import StrEnum


class Dialect(StrEnum):
    """The dialects that an adapter speaks."""

    ISO20022 = "iso20022"
    DIRECT_CONNECT_XML = "direct_connect_xml"


class CodeMeaning(StrEnum):
    """What a return code of a bank may be declared to mean; one not declared decides nothing."""

    REJECTED = "rejected"
    """What was sent was definitely not acted on."""
    DUPLICATE = "duplicate"
    """It was seen before; the first delivery may have been paid."""
    NOT_FOUND = "not_found"
    """The bank has nothing of what is asked for, or not yet."""
