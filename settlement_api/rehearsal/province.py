"""The synthetic province: who there is, what is bought, at which contract prices, from whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

import numpy as np

from settlement_api.rehearsal import synthetic
from settlement_api.rehearsal.draws import Draws, Ints, market_weights
from settlement_api.rehearsal.scales import RATES, Scale

LEVELS = ("tertiary", "secondary", "primary")
LEVEL_SHARES = (6, 24, 70)
LEVEL_WEIGHTS = (60, 10, 1)
"""How much more a large hospital buys than a small one."""
PACK_SIZES = (6, 7, 10, 12, 14, 20, 24, 28, 30, 36, 48, 60, 100)
"""Tablets a pack: with prices in whole fen, half of them make repeating unit prices."""
FIRST_YEAR_DAY = date(2026, 1, 1)


class Standing(IntEnum):
    """How a product stands to the procurement contracts."""

    CONTRACTED = 0
    RENEWED = 1
    """The price was cut within the month: two price versions."""
    NONE = 2
    EXPIRED = 3
    ELSEWHERE = 4
    """Contracted, but not for any of these areas."""


STANDING_SHARES = (76, 2, 16, 3, 3)


@dataclass(frozen=True)
class Place:
    """A county of the province and the area that settles for it."""

    code: str
    name: str
    area_code: str


@dataclass(frozen=True)
class Hospitals:
    """Hospitals by position; columns of equal length."""

    codes: list[str]
    names: list[str]
    area: Ints
    level: Ints
    weight: Ints
    private: Ints


@dataclass(frozen=True)
class Suppliers:
    """Suppliers by position; `serves` holds positions of areas."""

    usccs: list[str]
    names: list[str]
    aliases: list[str]
    serves: list[list[int]]
    products: list[Ints]
    is_sme: Ints


@dataclass(frozen=True)
class Products:
    """Products by position; prices are fen a pack of `pack_size` smallest units."""

    codes: list[str]
    names: list[str]
    consumable: Ints
    pack_size: Ints
    pack_price: Ints
    cut_price: Ints
    """The second price version of renewed contracts."""
    standing: Ints
    manufacturer: list[str]
    holder: list[str]


@dataclass(frozen=True)
class Province:
    """Everything that exists before the first order."""

    scale: Scale
    area_codes: list[str]
    area_names: list[str]
    hospitals: Hospitals
    suppliers: Suppliers
    products: Products

    @property
    def price_cut_on(self) -> date:
        """The first day of the second price version."""
        return self.scale.first_order_day + timedelta(days=1)

    def suppliers_of(self, area: int) -> Ints:
        """Positions of the suppliers that serve an area, largest first."""
        found = [at for at, areas in enumerate(self.suppliers.serves) if area in areas]
        return np.asarray(found, dtype=np.int64)


def build_province(
    scale: Scale, seed: int, *, areas: Sequence[tuple[str, str]], places: Sequence[Place]
) -> Province:
    """The province of a seed; `areas` are (code, name), of which the scale's number is used."""
    chosen = list(areas)[: scale.areas]
    codes = [code for code, _ in chosen]
    return Province(
        scale,
        codes,
        [name for _, name in chosen],
        _build_hospitals(scale, Draws(seed, "hospitals"), chosen, places),
        _build_suppliers(scale, Draws(seed, "suppliers")),
        _build_products(scale, Draws(seed, "products")),
    )


def _build_hospitals(
    scale: Scale, draws: Draws, areas: Sequence[tuple[str, str]], places: Sequence[Place]
) -> Hospitals:
    """Hospitals go round the areas and, inside an area, round its counties."""
    counties = [[place for place in places if place.area_code == code] for code, _ in areas]
    area = np.arange(scale.hospitals, dtype=np.int64) % len(areas)
    codes, names = [], []
    for at in range(scale.hospitals):
        turn, home = divmod(at, len(areas))
        serial, county = divmod(turn, len(counties[home]))
        place = counties[home][county]
        codes.append(synthetic.hospital_code(place.code, serial + 1))
        names.append(synthetic.hospital_name(areas[home][1] + place.name, serial + 1))
    level = draws.choose(scale.hospitals, LEVEL_SHARES)
    level[: len(areas)] = 0
    weight = np.asarray(LEVEL_WEIGHTS, dtype=np.int64)[level]
    private = draws.chance(scale.hospitals, 800).astype(np.int64)
    return Hospitals(codes, names, area, level, weight, private)


def _build_suppliers(scale: Scale, draws: Draws) -> Suppliers:
    """Suppliers go round the areas; the largest twentieth serves three of them."""
    count, areas = scale.suppliers, scale.areas
    wide = max(1, count // 20)
    serves = [
        sorted({at % areas, (at + 1) % areas, (at + 2) % areas}) if at < wide else [at % areas]
        for at in range(count)
    ]
    sizes = draws.integers(count, 18, 30).tolist()
    return Suppliers(
        [synthetic.credit_code(1_000 + at) for at in range(count)],
        [synthetic.supplier_name(at + 1) for at in range(count)],
        [synthetic.supplier_alias(at + 1) for at in range(count)],
        serves,
        [np.sort(draws.order(scale.products)[:size]) for size in sizes],
        draws.chance(count, 6_000).astype(np.int64),
    )


def _build_products(scale: Scale, draws: Draws) -> Products:
    count = scale.products
    consumable = draws.chance(count, 2_500).astype(np.int64)
    sizes = np.asarray(PACK_SIZES, dtype=np.int64)[draws.integers(count, 0, len(PACK_SIZES) - 1)]
    magnitude = np.asarray((1, 10, 100), dtype=np.int64)[draws.choose(count, (50, 40, 10))]
    price = draws.integers(count, 150, 1_499) * magnitude + draws.integers(count, 0, 9)
    makers = [int(maker) for maker in draws.integers(count, 0, max(4, count // 6))]
    flags = consumable.tolist()
    return Products(
        [
            synthetic.consumable_code(at) if is_consumable else synthetic.drug_code(at)
            for at, is_consumable in enumerate(flags)
        ],
        [
            synthetic.consumable_name(at) if is_consumable else synthetic.drug_name(at)
            for at, is_consumable in enumerate(flags)
        ],
        consumable,
        np.where(consumable == 1, 1, sizes),
        price,
        price * draws.integers(count, 55, 90) // 100,
        draws.choose(count, STANDING_SHARES),
        [synthetic.manufacturer_name(maker) for maker in makers],
        [synthetic.credit_code(900_000 + maker) for maker in makers],
    )


def supplier_weights(province: Province, area: int) -> Ints:
    """Market shares of an area's suppliers: few large, many small."""
    return market_weights(len(province.suppliers_of(area)))


def mandate_flags(province: Province, seed: int) -> tuple[set[int], set[int]]:
    """Positions of hospitals without a mandate, and with one that ended before the month."""
    draws = Draws(seed, "mandates")
    count = province.scale.hospitals
    missing = draws.order(count)[: max(1, count * RATES.mandate_missing // 10_000)]
    expired = draws.order(count)[: max(1, count * RATES.mandate_expired // 10_000)]
    without = {int(at) for at in missing}
    return without, {int(at) for at in expired} - without
