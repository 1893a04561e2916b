"""Taxes, units and remarks of proposed invoices. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from schemas.money import round_half_up

RATES: Final = (0, 1, 3, 6, 9, 13)
"""Rates in per cent that invoices of goods state."""
STANDARD_RATE: Final = 13
LONGEST_REMARK: Final = 200
"""Characters: what every issuing program takes."""


def split_tax(total: int, percent: int) -> tuple[int, int]:
    """Net and tax of a tax-inclusive amount in fen; they always add up to it."""
    net = round_half_up(total * 100, 100 + percent)
    return net, total - net


def rate_of(net: int, tax: int) -> int:
    """The rate whose tax on `net` (> 0, fen) comes nearest to `tax`, the lower of two alike."""
    return min(RATES, key=lambda percent: (abs(tax * 100 - net * percent), percent))


def quantity_in_unit(
    milli: int, unit: str | None, factor: tuple[int, int] | None, smallest: str | None
) -> tuple[int, str]:
    """Thousandths and the unit to state them in: the receipt's own where that is exact.

    `factor` is smallest units per unit (numerator, denominator); None where nothing converts, and
    then the quantity is in the unit as it was sent.
    """
    if factor is None or unit is None:
        return milli, unit or smallest or ""
    stated, rest = divmod(milli * factor[1], factor[0])
    return (milli, smallest or unit) if rest else (stated, unit)


def remark_of(hospital_code: str, orders: Iterable[str], receipts: Iterable[str]) -> str:
    """The remark: hospital, order and receipt numbers. What does not fit is counted; the lines
    name all of it anyway."""
    parts = [f"医院:{hospital_code}"]
    for title, unit, numbers in (("订单", "张", orders), ("验收单", "张", receipts)):
        parts.append(_listed(title, unit, sorted(set(numbers)), (LONGEST_REMARK - 20) // 2 - 8))
    return ";".join(parts)


def _listed(title: str, unit: str, numbers: Sequence[str], room: int) -> str:
    told: list[str] = []
    for number in numbers:
        if len(title) + sum(len(each) + 1 for each in (*told, number)) > room:
            return f"{title}:{','.join(told)}{'等' if told else '共'}{len(numbers)}{unit}"
        told.append(number)
    return f"{title}:{','.join(told)}"
