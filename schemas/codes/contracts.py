"""Codes of products and contracts: what a product is, and who holds a procurement round."""

import re
from enum import StrEnum
from typing import Final

CONSUMABLE_CODE: Final = re.compile(r"C[0-9]{19}([0-9]{7})?")
WESTERN_DRUG_CODE: Final = re.compile(r"X[0-9A-Z]{22}")
PATENT_DRUG_CODE: Final = re.compile(r"Z[0-9A-Z]{19,22}")
NATIONAL_DRUG_CODE: Final = re.compile(r"86[0-9]{12}")
PRICE_DECIMALS: Final = 6
"""Decimals of an exact price in yuan; the columns hold millionths (`price_micro`)."""


class ProductKind(StrEnum):
    """What a product is."""

    DRUG = "drug"
    CONSUMABLE = "consumable"
    REAGENT = "reagent"


class ProgramLevel(StrEnum):
    """Who held a procurement round: the state, an alliance of provinces, a province or a city."""

    NATIONAL = "national"
    ALLIANCE = "alliance"
    PROVINCIAL = "provincial"
    CITY = "city"


def gtin_check_digit(body: str) -> str:
    """The last digit of a GTIN-14 from its first 13 (GS1 modulo 10)."""
    weighted = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(body))
    return str(-weighted % 10)


def is_national_drug_code(text: str) -> bool:
    """Whether `text` is a 14-digit national drug code (本位码) with a right check digit."""
    well_formed = NATIONAL_DRUG_CODE.fullmatch(text) is not None
    return well_formed and gtin_check_digit(text[:13]) == text[13]


def is_product_code(text: str) -> bool:
    """Whether `text` is a consumable, drug or national drug code by form and check digit.

    Drug codes are checked by prefix and length only: their inner rules were not readable at
    the source.
    """
    return any(
        form.fullmatch(text) for form in (CONSUMABLE_CODE, WESTERN_DRUG_CODE, PATENT_DRUG_CODE)
    ) or is_national_drug_code(text)
