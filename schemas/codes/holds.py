"""Kinds of holds, and who has the next move."""

from enum import StrEnum


class HoldType(StrEnum):
    """What is amiss: a document still due, a quantity, a price, a reference, ..."""

    DOCUMENT = "document"
    QUANTITY = "quantity"
    PRICE = "price"
    REFERENCE = "reference"
    PARTY = "party"
    PRODUCT = "product"
    CONTRACT = "contract"
    DATE = "date"
    CHARGE = "charge"
    PAYMENT = "payment"


class ActingParty(StrEnum):
    """Who has the next move; `nobody` where the row only informs."""

    SUPPLIER = "supplier"
    HOSPITAL = "hospital"
    AGENCY = "agency"
    BUREAU = "bureau"
    NOBODY = "nobody"
