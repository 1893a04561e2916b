"""The closed lists of what products and procurement rounds are."""

from enum import StrEnum
from typing import Final

PRICE_DECIMALS: Final = 6
"""Decimals of an exact price in yuan; the columns hold millionths (`price_micro`)."""


class ProductKind(StrEnum):
    """What a product is."""

    DRUG = "drug"
    CONSUMABLE = "consumable"
    REAGENT = "reagent"


class ChargeTerms(StrEnum):
    """Whether a contract pays a kind of charge on top of the goods, or their price includes it."""

    INCLUDED = "included"
    PAYABLE = "payable"


class ProgramLevel(StrEnum):
    """Who held a procurement round: the state, an alliance of provinces, a province or a city."""

    NATIONAL = "national"
    ALLIANCE = "alliance"
    PROVINCIAL = "provincial"
    CITY = "city"
