"""What the hospitals of the province order in the month, and how orders change afterwards."""

from dataclasses import dataclass

import numpy as np

from settlement_api.rehearsal.draws import Draws, Flags, Ints
from settlement_api.rehearsal.province import Province, Standing, supplier_weights
from settlement_api.rehearsal.scales import RATES

LINES_LOW, LINES_HIGH = 4, 18
"""Lines an order: 11 on average, as in Shandong (7.3 million lines, 657,000 orders a year)."""
VALUE_STEPS = (1, 5, 15, 60)
VALUE_SHARES = (35, 30, 20, 15)
"""Line values around 9,600 yuan on average: 70 billion yuan over 7.3 million lines."""


@dataclass(frozen=True)
class Orders:
    """Orders by position. `day` counts from the first order day."""

    day: Ints
    hospital: Ints
    supplier: Ints
    area: Ints
    first_line: Ints
    line_count: Ints


@dataclass(frozen=True)
class OrderLines:
    """Order lines by position; quantities in smallest units, prices in fen a pack."""

    order: Ints
    number: Ints
    product: Ints
    in_packs: Flags
    """Ordered by the pack; else by the smallest unit."""
    step: Ints
    """Smallest units in one unit as ordered: every quantity of the line is a multiple of it."""
    ordered_units: Ints
    units: Ints
    """What is wanted after any change."""
    ordered_price: Ints
    price: Ints
    """After any change."""
    dropped: Flags
    offline: Flags
    authorized: Flags
    unknown_product: Flags
    unknown_unit: Flags

    @property
    def changed(self) -> Flags:
        """Lines that an order change restates."""
        changed: Flags = (self.ordered_units != self.units) | (self.ordered_price != self.price)
        return changed


def draw_orders(province: Province, seed: int) -> Orders:
    """Hospitals buy by their size, from suppliers of their own area by market share."""
    draws, scale = Draws(seed, "orders"), province.scale
    count = scale.order_days * scale.orders_a_day
    hospital = draws.choose(count, province.hospitals.weight)
    area = province.hospitals.area[hospital]
    supplier = np.zeros(count, dtype=np.int64)
    for home in range(scale.areas):
        here = np.flatnonzero(area == home)
        nearby = province.suppliers_of(home)
        supplier[here] = nearby[draws.choose(len(here), supplier_weights(province, home))]
    lines = draws.integers(count, LINES_LOW, LINES_HIGH)
    day = np.repeat(np.arange(scale.order_days, dtype=np.int64), scale.orders_a_day)
    return Orders(day, hospital, supplier, area, np.cumsum(lines) - lines, lines)


def draw_lines(province: Province, orders: Orders, seed: int) -> OrderLines:
    """The lines of every order, with the changes that will be made to them."""
    draws = Draws(seed, "order lines")
    order = np.repeat(np.arange(len(orders.day), dtype=np.int64), orders.line_count)
    count = len(order)
    number = np.arange(count, dtype=np.int64) - orders.first_line[order] + 1
    authorized = ~draws.chance(count, RATES.not_authorized)
    product = _products(province, orders, order, number, draws)
    product = np.where(authorized, product, draws.integers(count, 0, province.scale.products - 1))
    in_packs = ~draws.chance(count, 1_000)
    price = _prices(province, product, orders.day[order])
    pack_size = province.products.pack_size[product]
    step = np.where(in_packs, pack_size, 1)
    units = _quantities(draws, price, pack_size, in_packs)
    wanted = _changed_quantities(draws, units, step)
    changed = draws.chance(count, RATES.price_changed)
    asked = np.where(changed, np.maximum(1, price * draws.integers(count, 90, 110) // 100), price)
    return OrderLines(
        *(order, number, product, in_packs, step, units, wanted, asked, price),
        dropped=draws.some(count, RATES.line_deleted),
        offline=draws.some(count, RATES.paid_offline),
        authorized=authorized,
        unknown_product=draws.some(count, RATES.product_unknown),
        unknown_unit=draws.some(count, RATES.unit_unknown),
    )


def _products(province: Province, orders: Orders, order: Ints, number: Ints, draws: Draws) -> Ints:
    """Consecutive products of the supplier's list from a drawn start: no order repeats one."""
    lists = province.suppliers.products
    sizes = np.asarray([len(products) for products in lists], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    catalog = np.concatenate(lists)
    supplier = orders.supplier[order]
    offset = draws.upto(sizes[orders.supplier])[order]
    chosen: Ints = catalog[starts[supplier] + (offset + number) % sizes[supplier]]
    return chosen


def _prices(province: Province, product: Ints, day: Ints) -> Ints:
    """The price in force on the order day, fen a pack."""
    products = province.products
    cut_day = (province.price_cut_on - province.scale.first_order_day).days
    after_cut = (products.standing[product] == Standing.RENEWED) & (day >= cut_day)
    return np.where(after_cut, products.cut_price[product], products.pack_price[product])


def _quantities(draws: Draws, price: Ints, pack_size: Ints, in_packs: Flags) -> Ints:
    count = len(price)
    steps = np.asarray(VALUE_STEPS, dtype=np.int64)[draws.choose(count, VALUE_SHARES)]
    value = draws.integers(count, 30_000, 99_999) * steps
    packs = np.maximum(1, value // price)
    units: Ints = packs * pack_size + np.where(in_packs, 0, draws.upto(pack_size))
    return units


def _changed_quantities(draws: Draws, units: Ints, step: Ints) -> Ints:
    """8.5 % of lines change their quantity, whole packs staying whole."""
    percent = draws.integers(len(units), 60, 130)
    other = np.maximum(1, units // step * percent // 100) * step
    wanted: Ints = np.where(draws.chance(len(units), RATES.quantity_changed), other, units)
    return wanted
