"""Orders that draw Shandong's agreed volumes down, month by month and hospital by hospital.

Everything is a part of a volume by rounded cumulatives: quantities add up to the month's, and
amounts to the month's at the pack price, although unit prices are repeating decimals.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from schemas.money import format_yuan
from tests.builders.vbp import (
    BANK,
    Award,
    HospitalParty,
    Hospitals,
    Procurement,
    Rows,
    Volume,
    contract_code,
)

SOURCE = "vbp"
START = date(2020, 4, 1)
MONTHS = ("2020-04", "2020-05")
"""The first two of the twelve months that a year's volume is divided over."""
SETTLED = MONTHS[-1]
OPENS = date(2020, 6, 1)
BUYERS = 3
"""So many hospitals of an area share a product's month."""
DELIVERED = ((2, "10"), (3, "15"), (6, "20"))
"""Sixths of an order delivered up to a day of the month: a third, a sixth, the rest."""
FUNDED_PERCENT, CLAIMED_PERCENT = 105, 120
Document = dict[str, Any]


@dataclass(frozen=True)
class Item:
    """One order line: pieces of a product, and what they cost in fen."""

    volume: Volume
    product_code: str
    uscc: str
    hospital: HospitalParty
    month: str
    pieces: int
    amount_minor: int

    @property
    def award(self) -> Award | None:
        """The award it is bought under; None where the winner won another specification."""
        return self.volume.award


def cut(total: int, part: int, parts: int) -> int:
    """The part-th (from 0) of so many parts of a whole; all of them add up to it."""
    return total * (part + 1) // parts - total * part // parts


def price_of(award: Award, pieces: int) -> int:
    """Fen of so many pieces at the pack price, halves up."""
    return (2 * award.pack_price_minor * pieces + award.pack_size) // (2 * award.pack_size)


class Trade:
    """Two months of orders, receipts in three parts, and one invoice an order."""

    def __init__(self, procurement: Procurement, hospitals: Hospitals) -> None:
        self.procurement = procurement
        self.hospitals = hospitals

    @classmethod
    def of_shared_data(cls) -> "Trade":
        """The real files; skips the test when they are absent."""
        return cls(Procurement.of_shared_data(), Hospitals.of_shared_data())

    @cached_property
    def by_area(self) -> dict[str, list[HospitalParty]]:
        """Hospitals of each area."""
        found: defaultdict[str, list[HospitalParty]] = defaultdict(list)
        for party in self.hospitals.parties:
            found[party.area_code].append(party)
        return dict(sorted(found.items()))

    @cached_property
    def other_codes(self) -> dict[tuple[str, str], str]:
        """Generated codes of agreed products that nobody won, by name and specification."""
        names = {
            (volume.name, volume.specification)
            for volume in self.procurement.in_region()
            if volume.outcome == "no_price"
        }
        return {name: f"XOTH{number:019d}" for number, name in enumerate(sorted(names), start=1)}

    @cached_property
    def items(self) -> list[Item]:
        """Every order line."""
        return [*self._agreed_items(), *self._other_items()]

    def agreed_pieces(self) -> Iterator[tuple[Volume, str, int]]:
        """Whole pieces of each agreed volume by area, divided as the imported volumes are."""
        rows = self.procurement.agreed_volume_rows(START, self.hospitals.weights)
        volumes = [
            volume
            for volume in self.procurement.in_region()
            if volume.award is not None and volume.quantity_milli is not None
            for _ in self.hospitals.weights
        ]
        for volume, row in zip(volumes, rows, strict=True):
            yield volume, row["area_code"], int(row["quantity"].partition(".")[0])

    def _agreed_items(self) -> Iterator[Item]:
        for number, (volume, area, pieces) in enumerate(self.agreed_pieces()):
            assert volume.award is not None
            code = self.procurement.product_codes[volume.award.product]
            uscc = self.procurement.usccs[volume.award.manufacturer]
            for month in MONTHS:
                whole = cut(pieces, MONTHS.index(month), 12)
                drawn = 0
                for buyer in range(BUYERS):
                    part = cut(whole, buyer, BUYERS)
                    amount = price_of(volume.award, drawn + part) - price_of(volume.award, drawn)
                    drawn += part
                    hospital = self.by_area[area][(number + buyer) % len(self.by_area[area])]
                    if part and amount:
                        yield Item(volume, code, uscc, hospital, month, part, amount)

    def _other_items(self) -> Iterator[Item]:
        """One order without a price for each volume of a specification that nobody won."""
        winners = {award.name: award for award in self.procurement.winners_in()}
        parties = self.hospitals.parties
        others = [each for each in self.procurement.in_region() if each.outcome == "no_price"]
        for number, volume in enumerate(others):
            winner = winners[volume.name]
            code = self.other_codes[volume.name, volume.specification]
            uscc = self.procurement.usccs[winner.manufacturer]
            amount = price_of(winner, 1_000)
            yield Item(volume, code, uscc, parties[number], MONTHS[0], 1_000, amount)

    @cached_property
    def orders(self) -> dict[str, list[Item]]:
        """Order number to its lines: one a hospital, supplier and month."""
        orders: defaultdict[str, list[Item]] = defaultdict(list)
        for item in self.items:
            orders[f"{item.month}/{item.hospital.code}/{item.uscc}"].append(item)
        return dict(orders)

    def documents(self) -> Iterator[Document]:
        """Every document, order by order; arrival order is the caller's business."""
        for serial, (number, items) in enumerate(self.orders.items(), start=1):
            yield self._order(number, items)
            yield from self._receipts(number, items)
            yield self._invoice(number, items, serial)

    def _head(self, kind: str, number: str, item: Item, day: str) -> Document:
        return {
            "kind": kind,
            "source_system": SOURCE,
            "external_number": number,
            "hospital_code": item.hospital.code,
            "supplier_uscc": item.uscc,
            "document_date": f"{item.month}-{day}",
        }

    def _order(self, number: str, items: list[Item]) -> Document:
        lines = [_ordered(place, item) for place, item in enumerate(items, start=1)]
        return self._head("purchase_order", number, items[0], "03") | {"lines": lines}

    def _receipts(self, number: str, items: list[Item]) -> Iterator[Document]:
        before = 0
        for sixths, day in DELIVERED:
            lines = []
            for place, item in enumerate(items, start=1):
                part = item.pieces * sixths // 6 - item.pieces * before // 6
                if part:
                    line = _named(number, place, item) | {"accepted_quantity": str(part)}
                    lines.append(line)
            if lines:
                head = self._head("goods_receipt", f"{number}/{day}", items[0], day)
                yield head | {"lines": lines}
            before = sixths

    def _invoice(self, number: str, items: list[Item], serial: int) -> Document:
        lines = []
        for place, item in enumerate(items, start=1):
            net = (item.amount_minor * 200 + 113) // 226
            lines.append(
                _named(number, place, item)
                | {
                    "quantity": str(item.pieces),
                    "net_amount": format_yuan(net),
                    "tax_amount": format_yuan(item.amount_minor - net),
                }
            )
        total = sum(item.amount_minor for item in items)
        head = self._head("invoice", f"{20203700000000000000 + serial}", items[0], "25")
        return head | {"total_amount": format_yuan(total), "lines": lines}

    def master_data(self) -> dict[str, Rows]:
        """Rows of every master-data file, by import kind, in the order to import them."""
        procurement, hospitals = self.procurement, self.hospitals
        return {
            "source-systems": [{"code": SOURCE, "name": SOURCE, "revision_profile": "refuse"}],
            "agencies": hospitals.agency_rows(),
            "hospitals": hospitals.rows(),
            "suppliers": procurement.supplier_rows(),
            "products": [*procurement.product_rows(), *self._other_product_rows()],
            "rounds": procurement.round_rows(),
            "contracts": procurement.contract_rows(START),
            "authorizations": procurement.authorization_rows(START, hospitals.weights),
            "agreed-volumes": procurement.agreed_volume_rows(START, hospitals.weights),
            "payee-accounts": procurement.payee_account_rows(START),
            "agency-accounts": hospitals.agency_account_rows(OPENS),
            "mandates": hospitals.mandate_rows(START),
        }

    def _other_product_rows(self) -> Rows:
        return [
            {
                "product_code": code,
                "name": name,
                "kind": "drug",
                "specification": specification,
                "smallest_unit": "片",
                "units": "",
            }
            for (name, specification), code in self.other_codes.items()
        ]

    @cached_property
    def planned(self) -> dict[str, int]:
        """Hospital code to fen of what the fund will pay for it."""
        planned = {party.code: 0 for party in self.hospitals.parties}
        for item in self.items:
            if item.award is not None:
                planned[item.hospital.code] += item.amount_minor
        return planned

    def claims(self, code: str) -> dict[str, int]:
        """Three fifths of a hospital's claim are owed by the employees' fund."""
        whole = self.planned[code] * CLAIMED_PERCENT // 100
        return {"310": whole * 3 // 5, "390": whole - whole * 3 // 5}

    def fund_rows(self) -> dict[str, Rows]:
        """Rows of each area's fund file."""
        rows: defaultdict[str, Rows] = defaultdict(list)
        for party in self.hospitals.parties:
            for scheme, amount in self.claims(party.code).items():
                if amount:
                    claim = {"kind": "claim", "hospital_code": party.code, "scheme": scheme}
                    claim |= {"month": SETTLED, "version": "1", "stage": "settled"}
                    rows[party.area_code].append(claim | {"amount": format_yuan(amount)})
        return dict(rows)

    def credits(self) -> Rows:
        """One credit to each expenditure account, a little more than it will need."""
        needed: defaultdict[tuple[str, str], int] = defaultdict(int)
        for party in self.hospitals.parties:
            employee = self.planned[party.code] * 3 // 5
            needed[party.area_code, "310"] += employee
            needed[party.area_code, "390"] += self.planned[party.code] - employee
        return [
            {
                "account_number": f"37{area}{scheme}0001",
                "account_name": f"{area} 医保基金支出户",
                "area_code": area,
                "scheme": scheme,
                "amount_minor": str(due * FUNDED_PERCENT // 100),
                "reference": f"FUND-{area}-{scheme}",
                "from_name": f"{area} 财政专户",
                "from_account": f"39{area}{BANK[:3]}",
            }
            for (area, scheme), due in sorted(needed.items())
        ]

    def traders(self) -> Rows:
        """Who trades with whom."""
        pairs = sorted(
            {(item.hospital.area_code, item.hospital.code, item.uscc) for item in self.items}
        )
        columns = ("area_code", "hospital_code", "uscc")
        return [dict(zip(columns, pair, strict=True)) for pair in pairs]


def _named(number: str, place: int, item: Item) -> Document:
    return {
        "line_number": place,
        "product_code": item.product_code,
        "unit": "片",
        "order_number": number,
        "order_line_number": place,
    }


def _ordered(place: int, item: Item) -> Document:
    line: Document = {
        "line_number": place,
        "product_code": item.product_code,
        "quantity": str(item.pieces),
        "unit": "片",
    }
    if item.award is not None:
        line |= {
            "price": format_yuan(item.award.pack_price_minor),
            "price_base_quantity": item.award.pack_size,
            "manufacturer": item.award.manufacturer,
            "contract_code": contract_code(item.award),
        }
    return line
