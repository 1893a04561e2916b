"""A product's units: how quantities and prices convert to its smallest unit. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from uuid import UUID

LARGEST_FACTOR = 1_000_000
LARGEST_QUANTITY = 10**12
"""Thousandths of a smallest unit: what may be stated (QUANTITY), in smallest units too."""
LARGEST_PRICE = 10**12
LARGEST_PACK = 10**9
"""Smallest units that a price may be for: with it every product of matching fits 64 bits."""


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """A product and its units: unit → (numerator, denominator) of smallest units."""

    product_id: UUID
    units: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Measure:
    """How a line's unit converts: its product, and the factor if there is one."""

    product_id: UUID | None
    factor: tuple[int, int] | None

    def convert(self, milli: int) -> tuple[int, bool]:
        """Thousandths of the smallest unit and True, or as sent and False.

        A quantity that is no whole number of thousandths does not convert (multiplying only),
        nor does one that is beyond LARGEST_QUANTITY once converted.
        """
        if self.factor is None:
            return milli, False
        if self.factor == (1, 1):
            return milli, True
        numerator, denominator = self.factor
        converted, rest = divmod(milli * numerator, denominator)
        return (milli, False) if rest or converted > LARGEST_QUANTITY else (converted, True)

    def convert_price(self, micro: int, base: int) -> tuple[int, int] | None:
        """Micro-yuan per so many smallest units, in lowest terms; None beyond the limits."""
        numerator, denominator = self.factor or (1, 1)
        price, pack = micro * denominator, base * numerator
        if price > LARGEST_PRICE or pack > LARGEST_PACK:
            divisor = gcd(price, pack)
            price, pack = price // divisor, pack // divisor
        return (price, pack) if price <= LARGEST_PRICE and pack <= LARGEST_PACK else None


UNCONVERTED = Measure(None, None)


def measure_of(products: Mapping[str, ProductFacts], code: str | None, unit: str | None) -> Measure:
    """The measure of a product code and a unit as sent; factors beyond a million do not count."""
    product = products.get(code) if code else None
    if product is None:
        return Measure(None, None)
    factor = product.units.get(unit) if unit else None
    usable = factor is not None and max(factor) <= LARGEST_FACTOR
    return Measure(product.product_id, factor if usable else None)


class Measures(dict[tuple[str | None, str | None], Measure]):
    """The measures met so far: the same few thousand pairs come over and over."""

    def __init__(self, products: Mapping[str, ProductFacts]) -> None:
        super().__init__()
        self._products = products

    def __missing__(self, pair: tuple[str | None, str | None]) -> Measure:
        found = self[pair] = measure_of(self._products, *pair)
        return found
