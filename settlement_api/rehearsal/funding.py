"""Money behind the month: what the fund owes each hospital, and what lies in agencies' accounts."""

from dataclasses import dataclass

import numpy as np

from settlement_api.rehearsal import synthetic
from settlement_api.rehearsal.deliveries import Trade
from settlement_api.rehearsal.draws import Draws, Ints
from settlement_api.rehearsal.province import Province, Standing, mandate_flags
from settlement_api.rehearsal.scales import RATES

SCHEMES = ("310", "390")
FUNDED_PERCENT = 105
SHORT_PERCENT = 60
"""What the one short account holds of its planned total."""
REJECTED_ENDING, RETURNED_ENDING, PLAIN_ENDING = "404", "505", "000"
"""Endings of payee accounts whose payments the simulated bank rejects or sends back."""
TROUBLED_SHARE = 100
"""One supplier in so many has such an account."""


@dataclass(frozen=True)
class AgencyAccount:
    """An expenditure account, opening at 0, and the one credit it gets."""

    area_code: str
    area_name: str
    scheme: str
    number: str
    cnaps_code: str
    special_number: str
    """The special fiscal account (财政专户) that the credit comes from."""
    planned: int
    credit: int


@dataclass(frozen=True)
class Funding:
    """Claims by hospital position and scheme (fen), advances paid out on them, and accounts."""

    planned: Ints
    claims: Ints
    """Shape (hospitals, 2)."""
    advances: Ints
    falls_short: Ints
    accounts: list[AgencyAccount]


def plan_funding(province: Province, trade: Trade, seed: int) -> Funding:
    """Claims such that about 10 % of hospitals fall short of what is paid for them."""
    draws = Draws(seed, "funding")
    count = province.scale.hospitals
    planned = planned_direct(province, trade)
    short = draws.chance(count, RATES.hospital_falls_short)
    # A small province shows it too: at the largest buyer of the first area that can be paid for.
    without, expired = mandate_flags(province, seed)
    served = province.hospitals.area == 0
    served[[*without, *expired]] = False
    short[np.argmax(np.where(served, planned, -1))] = True
    percent = np.where(short, draws.integers(count, 30, 80), draws.integers(count, 120, 300))
    base = np.maximum(planned, draws.integers(count, 2_000_000, 20_000_000) * (planned == 0))
    total = base * percent // 100
    employee = total * draws.integers(count, 50, 75) // 100
    claims = np.stack((employee, total - employee), axis=1)
    claims[draws.chance(count, 100)] = 0
    has_advance = (percent >= 200) & draws.chance(count, 1_000)
    advances = np.where(has_advance, total // 10, 0)
    accounts = _accounts(province, planned, claims)
    return Funding(planned, claims, advances, short.astype(np.int64), accounts)


def planned_direct(province: Province, trade: Trade) -> Ints:
    """Fen by hospital: invoiced goods of contracted products, as a plan would estimate them."""
    lines, billed = trade.lines, trade.invoice_lines
    standing = province.products.standing[lines.product[billed.line]]
    counted = (standing == Standing.CONTRACTED) | (standing == Standing.RENEWED)
    counted &= lines.authorized[billed.line] & ~lines.offline[billed.line]
    hospital = trade.orders.hospital[lines.order[billed.line]]
    planned = np.zeros(province.scale.hospitals, dtype=np.int64)
    np.add.at(planned, hospital[counted], billed.amount[counted])
    return planned


def _accounts(province: Province, planned: Ints, claims: Ints) -> list[AgencyAccount]:
    """One account per agency and scheme; the second area's residents' account is short."""
    whole = claims.sum(axis=1)
    employee = np.where(whole > 0, planned * claims[:, 0] // np.maximum(whole, 1), planned)
    parts = (employee, planned - employee)
    accounts = []
    for home, code in enumerate(province.area_codes):
        here = province.hospitals.area == home
        for at, scheme in enumerate(SCHEMES):
            number = home * 2 + at + 1
            due = int(parts[at][here].sum())
            is_short = (home, at) == (1, 1)
            accounts.append(
                AgencyAccount(
                    area_code=code,
                    area_name=province.area_names[home],
                    scheme=scheme,
                    number=synthetic.account_number(1, number * 1_000),
                    cnaps_code=synthetic.cnaps_code(number),
                    special_number=synthetic.account_number(3, (home + 1) * 1_000),
                    planned=due,
                    credit=due * (SHORT_PERCENT if is_short else FUNDED_PERCENT) // 100,
                )
            )
    return accounts


def payee_account_numbers(province: Province, seed: int) -> list[str]:
    """One account per supplier; a few medium ones have accounts that make trouble."""
    count = province.scale.suppliers
    troubled = max(1, count // TROUBLED_SHARE)
    first, last = max(2, count // 20), max(8, count // 4)
    medium = Draws(seed, "payee accounts").order(last - first) + first
    chosen = medium[: 2 * troubled].tolist()
    endings = dict.fromkeys(chosen[:troubled], REJECTED_ENDING)
    endings |= dict.fromkeys(chosen[troubled:], RETURNED_ENDING)
    return [
        synthetic.account_number(2, (at + 1) * 1_000 + int(endings.get(at, PLAIN_ENDING)))
        for at in range(count)
    ]
