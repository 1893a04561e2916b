"""Rows of product and contract files, and products and contracts as the API shows them."""

import re
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator

from schemas.codes.contracts import ChargeTerms, ProductKind, ProgramLevel
from schemas.codes.documents import ChargeKind
from schemas.messages.base import Message
from schemas.messages.cells import (
    AreaCodeCell,
    Code,
    Fen,
    MasterDataRow,
    Name,
    PackPrice,
    Permyriad,
    ProductCode,
    Truth,
    Uscc,
    VolumeMilli,
    Year,
)
from schemas.messages.parties import NamedRow, PeriodRow

_KIND_WORDS = {"药品": "drug", "耗材": "consumable", "试剂": "reagent"}
_LEVEL_WORDS = {"国家": "national", "联盟": "alliance", "省级": "provincial", "市级": "city"}
_CHARGE_WORDS = {"运费": "freight", "保险费": "insurance", "其他": "other"}
_TERMS_WORDS = {"含在价内": "included", "另行支付": "payable"}
_SEPARATOR = re.compile(r"[;；,，、|\s]+")
_FACTOR = re.compile(
    r"(?P<unit>[^=]{1,32})=(?P<numerator>[0-9]{1,12})(/(?P<denominator>[0-9]{1,12}))?"
)

UnitFactor = tuple[str, int, int]
"""A unit and its factor: 1 unit = numerator / denominator smallest units."""


def _factors(value: object) -> object:
    if not isinstance(value, str):
        return value
    factors = [_factor(part) for part in _SEPARATOR.split(value) if part]
    if len({unit for unit, _, _ in factors}) < len(factors):
        raise ValueError("a unit is listed twice")
    return tuple(factors)


def _factor(text: str) -> UnitFactor:
    parts = _FACTOR.fullmatch(text)
    if parts is None:
        raise ValueError(f"write each unit as unit=number or unit=number/number, not {text!r}")
    numerator, denominator = int(parts["numerator"]), int(parts["denominator"] or 1)
    if numerator == 0 or denominator == 0:
        raise ValueError(f"the factor of {parts['unit']!r} is zero")
    return parts["unit"], numerator, denominator


def _codes(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(sorted({part for part in _SEPARATOR.split(value) if part}))


def _word(words: dict[str, str]) -> BeforeValidator:
    return BeforeValidator(lambda value: words.get(value, value))


class ProductRow(NamedRow):
    """A product; `units` lists further units, such as `盒=24;箱=2400` or `克=1/1000`."""

    product_code: ProductCode
    kind: Annotated[ProductKind, _word(_KIND_WORDS)]
    specification: Name
    smallest_unit: Annotated[str, Field(min_length=1, max_length=32)]
    units: Annotated[tuple[UnitFactor, ...], BeforeValidator(_factors)] = ()

    @model_validator(mode="after")
    def _smallest_is_one(self) -> Self:
        wrong = [n != d for unit, n, d in self.units if unit == self.smallest_unit]
        if any(wrong):
            raise ValueError("the smallest unit is one of itself")
        return self

    @property
    def all_units(self) -> dict[str, tuple[int, int]]:
        factors = {unit: (numerator, denominator) for unit, numerator, denominator in self.units}
        return {self.smallest_unit: (1, 1)} | factors

    @property
    def unit_names(self) -> list[str]:
        return list(self.all_units)

    @property
    def unit_numerators(self) -> list[int]:
        return [numerator for numerator, _ in self.all_units.values()]

    @property
    def unit_denominators(self) -> list[int]:
        return [denominator for _, denominator in self.all_units.values()]


class RoundRow(NamedRow):
    """A round of centralized procurement."""

    round_code: Code
    level: Annotated[ProgramLevel, _word(_LEVEL_WORDS)]


class ProductGroupRow(MasterDataRow):
    """The group of a procurement round that a product is in; none takes it out of its group."""

    product_code: ProductCode
    round_code: Code | None = None
    group_code: Code | None = None

    @model_validator(mode="after")
    def _group_of_a_round(self) -> Self:
        if (self.round_code is None) != (self.group_code is None):
            raise ValueError("a group is one of a round: name both, or neither")
        return self


class ContractRow(PeriodRow):
    """A price version of a contract item, and the provinces or areas where it holds."""

    contract_code: Code
    item_no: Code
    round_code: Code
    product_code: ProductCode
    manufacturer: Name
    holder_uscc: Uscc | None = None
    pack_price: PackPrice
    pack_size: Annotated[int, Field(ge=1, le=1_000_000)]
    pack_size_inferred: Truth = False
    scope_codes: Annotated[
        tuple[AreaCodeCell, ...], BeforeValidator(_codes), Field(min_length=1, max_length=400)
    ]

    @property
    def pack_price_micro(self) -> int:
        return self.pack_price

    @property
    def scopes(self) -> list[str]:
        return list(self.scope_codes)


class ChargeTermRow(PeriodRow):
    """What a contract says of freight or another charge; what is payable is limited for each order:
    by a part of the value of its goods, by an amount, or by the lower of the two.
    """

    contract_code: Code
    charge_kind: Annotated[ChargeKind, _word(_CHARGE_WORDS)]
    terms: Annotated[ChargeTerms, _word(_TERMS_WORDS)]
    most_percent: Permyriad | None = None
    most_amount: Fen | None = None

    @model_validator(mode="after")
    def _limited(self) -> Self:
        limited = self.most_percent is not None or self.most_amount is not None
        if self.charge_kind is ChargeKind.GOODS:
            raise ValueError("goods are no charge")
        if limited != (self.terms is ChargeTerms.PAYABLE):
            raise ValueError("a payable charge has a limit, an included one has none")
        return self

    @property
    def most_permyriad(self) -> int | None:
        return self.most_percent

    @property
    def most_minor(self) -> int | None:
        return self.most_amount


class AuthorizationRow(PeriodRow):
    """A supplier that may deliver a product in an area."""

    product_code: ProductCode
    uscc: Uscc
    area_code: AreaCodeCell


class AgreedVolumeRow(MasterDataRow):
    """A volume agreed for an area in the contract year that begins in `year`."""

    area_code: AreaCodeCell
    contract_code: Code
    item_no: Code
    manufacturer: Name
    scope_code: Annotated[str, Field(pattern=r"^([0-9]{6}|[HP][0-9]{11})$")]
    year: Year
    quantity: VolumeMilli

    @property
    def quantity_milli(self) -> int:
        return self.quantity


class UnitMessage(Message):
    """A unit of a product: 1 unit = numerator / denominator smallest units."""

    unit: str
    numerator: int
    denominator: int


class ProductMessage(Message):
    """A product with its units."""

    id: UUID
    product_code: str
    name: str
    kind: ProductKind
    specification: str
    smallest_unit: str
    units: list[UnitMessage]


class ContractMessage(Message):
    """A price version in force or to come; `pack_price` in yuan with six decimals."""

    id: UUID
    contract_code: str
    item_no: str
    round_code: str
    product_id: UUID
    manufacturer: str
    holder_uscc: str | None
    pack_price: str
    pack_size: int
    pack_size_inferred: bool
    valid_from: date
    valid_to: date | None
    scope_codes: list[str]
