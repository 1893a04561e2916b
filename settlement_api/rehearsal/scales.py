"""How large a rehearsal is, and how often things go otherwise than planned."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum


class ScaleName(StrEnum):
    """The sizes a rehearsal comes in."""

    TASTE = "taste"
    DAY = "day"
    DAYS = "days"
    MONTH = "month"


@dataclass(frozen=True)
class Scale:
    """The province and its month: how many of each, and the order days of the month."""

    areas: int
    hospitals: int
    suppliers: int
    products: int
    order_days: int
    orders_a_day: int
    first_order_day: date
    """All order days lie in one settlement month."""

    @property
    def period(self) -> str:
        """The settlement month, `YYYY-MM`."""
        return f"{self.first_order_day:%Y-%m}"

    @property
    def month_start(self) -> date:
        """The first day of the settlement month."""
        return self.first_order_day.replace(day=1)

    @property
    def application_day(self) -> date:
        """The first day of the next month, when suppliers apply for what was delivered."""
        return (self.month_start + timedelta(days=32)).replace(day=1)


FIRST_DAY = date(2026, 7, 1)

SHANDONG = Scale(
    areas=16,
    hospitals=2_900,
    suppliers=2_600,
    products=1_000,
    order_days=3,
    orders_a_day=1_880,
    first_order_day=FIRST_DAY,
)
SCALES: dict[ScaleName, Scale] = {
    ScaleName.TASTE: Scale(
        areas=3,
        hospitals=24,
        suppliers=18,
        products=90,
        order_days=3,
        orders_a_day=24,
        first_order_day=FIRST_DAY,
    ),
    ScaleName.DAY: replace(SHANDONG, order_days=1),
    ScaleName.DAYS: SHANDONG,
    ScaleName.MONTH: replace(SHANDONG, order_days=30),
}
"""Shandong's shape: 1,800+ orders and 20,000+ lines a day (press conference, 30 August 2021)."""


@dataclass(frozen=True)
class Rates:
    """Shares in ten-thousandths. The first group is measured on the BPI 2019 log (251,734 order
    items of a large company); the second is assumed."""

    invoice_dated_before_receipt: int = 6_200
    invoice_booked_before_receipt: int = 800
    second_receipt: int = 2_500
    quantity_changed: int = 850
    price_changed: int = 490
    line_deleted: int = 350
    credit_memo: int = 250
    receipt_cancelled: int = 120
    invoice_cancelled: int = 280
    never_invoiced: int = 500

    never_received: int = 200
    not_authorized: int = 100
    product_unknown: int = 50
    unit_unknown: int = 30
    price_above_contract: int = 80
    price_below_contract: int = 80
    partly_rejected: int = 60
    credit_with_return: int = 6_000
    freight_on_invoice: int = 300
    paid_offline: int = 40
    sent_twice: int = 30
    sent_altered: int = 8
    mandate_missing: int = 100
    mandate_expired: int = 100
    hospital_falls_short: int = 1_000
    disputed: int = 200
    """Application lines that a hospital disputes; read by the driver, not by the files."""
    confirmed_in_part: int = 100


RATES = Rates()
