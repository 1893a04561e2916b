"""Refusals of documents, and the closed list of what can be wrong with one in a bulk call."""

from enum import StrEnum
from typing import Final

from schemas.problems import Fault, Invalid


class DocumentFaults(Invalid):
    """The document has faults; all of them are named with their JSON pointers."""

    code = "document_faults"
    title = "The document has faults"


class Rejection(StrEnum):
    """Faults that need the platform's own records, beside those of the message itself."""

    UNKNOWN_SOURCE = "unknown_source"
    UNKNOWN_HOSPITAL = "unknown_hospital"
    UNKNOWN_SUPPLIER = "unknown_supplier"
    NOT_ISSUER = "not_issuer"
    IDENTITY_CONFLICT = "identity_conflict"


STRANGERS: Final = (
    ("source_system", Rejection.UNKNOWN_SOURCE, "no source system is registered"),
    ("hospital_code", Rejection.UNKNOWN_HOSPITAL, "no hospital with this code is registered"),
    ("supplier_uscc", Rejection.UNKNOWN_SUPPLIER, "no supplier of this code or alias is on file"),
)
"""What a document names of a register that does not have it, in the order of `Directory`'s."""
OF_ANOTHER_AREA: Final = Fault(
    "/external_number",
    Rejection.IDENTITY_CONFLICT,
    "this number was sent before for a hospital of another area",
)
"""A supplier's number, and every revision of it, is of one area: superseding across areas would
change rows of two tenants at once. What was sent for the wrong area is voided and sent anew."""
