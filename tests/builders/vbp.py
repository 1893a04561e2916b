"""Awards and agreed volumes of centralized procurement, and real hospitals, as importable rows.

The files are read as they are: every winner, volume row and hospital either becomes a row or is
named in `notes` with its reason; nothing is dropped and nothing is corrected by guess.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from schemas.codes.cnaps import with_check_digit
from schemas.codes.hospital_codes import hospital_code
from schemas.codes.parties import PROVINCES
from schemas.codes.uscc import with_check_character
from schemas.money import MINOR_PER_YUAN, allocate, format_scaled, format_yuan, parse_scaled
from tests.builders.shared_data import read_rows

SHANDONG: Final = "370000"
MAX_PACK_SIZE: Final = 100
WHOLE_FEN: Final = Decimal("1e-6")
"""How far from a whole fen a price may be: the files hold 16 digits of repeating decimals."""
TEN_THOUSAND_MILLI: Final = 7
"""Decimals from a volume in 10,000 units to thousandths of a unit."""
BANK: Final = with_check_digit("10245100001")
_CODE_OF: Final = {name: code for code, name in PROVINCES.items()}
_SEPARATOR: Final = re.compile("[，、,]")
_ASIDE: Final = re.compile(r"（[^）]*）$")
_WIDE_GAP: Final = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Note:
    """Something the files say that needs a person's eye: where, what kind, in words."""

    place: str
    code: str
    detail: str


@dataclass(frozen=True)
class Award:
    """A winning bid: `pack_price_minor` fen buy `pack_size` smallest units, both inferred."""

    place: str
    round: str
    name: str
    specification: str
    manufacturer: str
    pack_size: int
    pack_price_minor: int
    provinces: tuple[str, ...]

    @property
    def product(self) -> tuple[str, str]:
        return self.name, self.specification


@dataclass(frozen=True)
class Volume:
    """A volume agreed for a region, and the award that prices it there if there is one."""

    place: str
    round: str
    region: str
    name: str
    specification: str
    quantity_milli: int | None
    award: Award | None
    other_specifications: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """`agreed`; `no_price` when the region's winner won another specification; `no_award`."""
        if self.award is not None:
            return "agreed"
        return "no_price" if self.other_specifications else "no_award"


@dataclass(frozen=True)
class HospitalParty:
    """A hospital under a generated code."""

    area_code: str
    code: str
    name: str


def one_line(text: str) -> str:
    """Text without line breaks, and without blanks beside Chinese characters."""
    return _WIDE_GAP.sub("", " ".join(text.split()))


def no_blanks(text: str) -> str:
    """Text without any blank: how names and specifications of two files are compared."""
    return "".join(text.split())


def province_codes(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The provinces of a list in file order, and the words that are none."""
    words = [no_blanks(word) for word in _SEPARATOR.split(text)]
    names = [_ASIDE.sub("", word) for word in words if word]
    found = tuple(dict.fromkeys(_CODE_OF[name] for name in names if name in _CODE_OF))
    return found, tuple(name for name in names if name not in _CODE_OF)


def infer_pack(unit_price: str) -> tuple[int, int] | None:
    """The smallest pack, up to 100 units, whose price is whole fen: its size and price in fen."""
    price = Decimal(unit_price) * MINOR_PER_YUAN
    for size in range(1, MAX_PACK_SIZE + 1):
        whole = (price * size).to_integral_value()
        if whole > 0 and abs(price * size - whole) <= WHOLE_FEN:
            return size, int(whole)
    return None


class Procurement:
    """The awards and volumes of the files, with everything that needs a person's eye."""

    def __init__(self, awards: Sequence[Mapping[str, str]], volumes: Sequence[Mapping[str, str]]):
        self.notes: list[Note] = []
        self.awards = [award for award in self._read_awards(awards) if award is not None]
        self.volumes = [self._read_volume(line, row) for line, row in enumerate(volumes, start=2)]

    @classmethod
    def of_shared_data(cls) -> "Procurement":
        """The real files; skips the test when they are absent."""
        return cls(read_rows("vbp/awards.csv"), read_rows("vbp/agreed_volumes.csv"))

    def _note(self, place: str, code: str, detail: str) -> None:
        self.notes.append(Note(place, code, detail))

    def _read_awards(self, rows: Iterable[Mapping[str, str]]) -> Iterator[Award | None]:
        for number, row in enumerate(rows, start=1):
            if row["是否中标"].strip() == "是":
                yield self._read_award(f"awards row {number}", row)

    def _read_award(self, place: str, row: Mapping[str, str]) -> Award | None:
        provinces, strange = province_codes(row["供应省份"])
        for word in strange:
            self._note(place, "province_unknown", word)
        price = row["竞标价格_最小规格元"].strip()
        try:
            pack = infer_pack(price)
        except ArithmeticError:
            pack = None
        if pack is None or not provinces:
            code = "no_price" if pack is None else "no_province"
            self._note(place, code, f"{row['药品通用名']} at {price!r}")
            return None
        if _is_above(price, row["最高限价"]):
            self._note(place, "price_above_ceiling", f"{price} > {row['最高限价']}")
        return Award(
            place=place,
            round=row["批次"].strip(),
            name=no_blanks(row["药品通用名"]),
            specification=no_blanks(row["规格包装"]),
            manufacturer=one_line(row["生产企业全称"]),
            pack_size=pack[0],
            pack_price_minor=pack[1],
            provinces=provinces,
        )

    @cached_property
    def _winners(self) -> dict[tuple[str, str, str], list[Award]]:
        """Winners by round, product name and province."""
        winners: dict[tuple[str, str, str], list[Award]] = defaultdict(list)
        for award in self.awards:
            for province in award.provinces:
                winners[award.round, award.name, province].append(award)
        return winners

    def _read_volume(self, line: int, row: Mapping[str, str]) -> Volume:
        place = f"agreed_volumes line {line}"
        found, _ = province_codes(row["地区"])
        region = found[0] if found else no_blanks(row["地区"])
        name, specification = no_blanks(row["品种"]), no_blanks(row["规格"])
        winners = self._winners.get((row["批次"].strip(), name, region), [])
        fitting = [award for award in winners if award.specification == specification]
        volume = Volume(
            place=place,
            round=row["批次"].strip(),
            region=region,
            name=name,
            specification=specification,
            quantity_milli=self._read_quantity(place, row["首年约定采购量_万"]),
            award=fitting[0] if fitting else None,
            other_specifications=tuple(sorted({award.specification for award in winners})),
        )
        self._report(volume)
        return volume

    def _read_quantity(self, place: str, text: str) -> int | None:
        try:
            quantity = parse_scaled(text.strip(), scale=TEN_THOUSAND_MILLI)
        except ValueError:
            self._note(place, "volume_missing" if not text.strip() else "volume_unreadable", text)
            return None
        if quantity == 0:
            self._note(place, "volume_zero", text)
        return quantity

    def _report(self, volume: Volume) -> None:
        if volume.outcome == "agreed":
            return
        won = ", ".join(volume.other_specifications) or "nothing"
        self._note(
            volume.place,
            volume.outcome,
            f"{volume.name} {volume.specification} in {volume.region}: the winner won {won}",
        )

    def in_region(self, region: str = SHANDONG) -> list[Volume]:
        """The volume rows of one province."""
        return [volume for volume in self.volumes if volume.region == region]

    @cached_property
    def product_codes(self) -> dict[tuple[str, str], str]:
        """Generated product codes by name and specification."""
        products = sorted({award.product for award in self.awards})
        return {product: f"XVBP{number:019d}" for number, product in enumerate(products, start=1)}

    @cached_property
    def usccs(self) -> dict[str, str]:
        """Generated USCCs of winners by full name: short names stand for several companies."""
        names = sorted({award.manufacturer for award in self.awards})
        return {
            name: with_check_character(f"91999900{number:09d}")
            for number, name in enumerate(names, start=1)
        }

    def product_rows(self) -> Rows:
        """Every product won, counted in pieces (片 stands for any smallest unit)."""
        return [
            {
                "product_code": code,
                "name": name,
                "kind": "drug",
                "specification": specification,
                "smallest_unit": "片",
                "units": "",
            }
            for (name, specification), code in self.product_codes.items()
        ]

    def round_rows(self) -> Rows:
        """The rounds that have winners."""
        return [
            {"round_code": code, "name": f"国家集采 {code}", "level": "national"}
            for code in sorted({award.round for award in self.awards})
        ]

    def contract_rows(self, valid_from: date) -> Rows:
        """Every winner's contract for one year from a day."""
        until = valid_from.replace(year=valid_from.year + 1) - date.resolution
        return [
            {
                "contract_code": contract_code(award),
                "item_no": item_no(award),
                "round_code": award.round,
                "product_code": self.product_codes[award.product],
                "manufacturer": award.manufacturer,
                "holder_uscc": self.usccs[award.manufacturer],
                "pack_price": format_yuan(award.pack_price_minor),
                "pack_size": award.pack_size,
                "pack_size_inferred": "true",
                "scope_codes": ";".join(award.provinces),
                "valid_from": valid_from,
                "valid_to": until,
            }
            for award in self.awards
        ]

    def agreed_volume_rows(
        self, valid_from: date, weights: Mapping[str, int], region: str = SHANDONG
    ) -> Rows:
        """A province's volumes, divided over its areas by weight without losing a unit."""
        return [
            {
                "area_code": area,
                "contract_code": contract_code(volume.award),
                "item_no": item_no(volume.award),
                "manufacturer": volume.award.manufacturer,
                "scope_code": area,
                "year": valid_from.year,
                "quantity": format_scaled(part, scale=3),
            }
            for volume in self.in_region(region)
            if volume.award is not None and volume.quantity_milli is not None
            for area, part in _divided(volume.quantity_milli, weights)
        ]

    def winners_in(self, region: str = SHANDONG) -> list[Award]:
        """The awards that supply a province."""
        return [award for award in self.awards if region in award.provinces]

    def supplier_rows(self, region: str = SHANDONG) -> Rows:
        """The winners of a province as suppliers that deliver themselves."""
        names = sorted({award.manufacturer for award in self.winners_in(region)})
        return [{"uscc": self.usccs[name], "name": name, "is_sme": "false"} for name in names]

    def payee_account_rows(self, valid_from: date, region: str = SHANDONG) -> Rows:
        """One account for each of those suppliers."""
        return [
            {
                "uscc": row["uscc"],
                "account_number": f"6217{number:015d}",
                "account_name": row["name"],
                "cnaps_code": BANK,
                "valid_from": valid_from,
            }
            for number, row in enumerate(self.supplier_rows(region), start=1)
        ]

    def authorization_rows(
        self, valid_from: date, areas: Iterable[str], region: str = SHANDONG
    ) -> Rows:
        """Each of those suppliers may deliver what it won, in every area of the province."""
        pairs = sorted({(award.product, award.manufacturer) for award in self.winners_in(region)})
        return [
            {
                "product_code": self.product_codes[product],
                "uscc": self.usccs[manufacturer],
                "area_code": area,
                "valid_from": valid_from,
            }
            for product, manufacturer in pairs
            for area in sorted(areas)
        ]


def contract_code(award: Award) -> str:
    """The contract of a round."""
    return f"VBP-{award.round}"


def item_no(award: Award) -> str:
    """An award's number within its file."""
    return award.place.rpartition(" ")[2]


def _divided(total: int, weights: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    areas = sorted(weights)
    return zip(areas, allocate(total, [weights[area] for area in areas]), strict=True)


def _is_above(price: str, ceiling: str) -> bool:
    try:
        return Decimal(price) > Decimal(ceiling.strip())
    except ArithmeticError:
        return False


class Hospitals:
    """The real hospitals of a province as parties with generated codes."""

    def __init__(self, rows: Sequence[Mapping[str, str]], province: str = SHANDONG) -> None:
        self.notes: list[Note] = []
        self.parties: list[HospitalParty] = []
        self.received = 0
        self._read([row for row in rows if row["province_code"] == province])

    @classmethod
    def of_shared_data(cls) -> "Hospitals":
        """The real file; skips the test when it is absent."""
        return cls(read_rows("china/hospitals.csv"))

    def _read(self, rows: Sequence[Mapping[str, str]]) -> None:
        self.received = len(rows)
        serials: Counter[str] = Counter()
        first: dict[tuple[str, str], int] = {}
        for number, row in enumerate(rows, start=1):
            area, name = row["city_code"], one_line(row["name"])
            if not area or not name:
                self.notes.append(Note(f"hospital {number}", "hospital_unreadable", str(dict(row))))
            elif (area, name) in first:
                detail = f"{name} is hospital {first[area, name]} already"
                self.notes.append(Note(f"hospital {number}", "repeated_hospital", detail))
            else:
                first[area, name] = number
                serials[area] += 1
                self.parties.append(HospitalParty(area, hospital_code(area, serials[area]), name))

    @property
    def weights(self) -> dict[str, int]:
        """Hospitals by area."""
        return dict(sorted(Counter(party.area_code for party in self.parties).items()))

    def rows(self) -> Rows:
        """Importable rows; the file knows no level and no owner."""
        return [
            {"area_code": party.area_code, "hospital_code": party.code, "name": party.name}
            for party in self.parties
        ]

    def mandate_rows(self, valid_from: date) -> Rows:
        """A mandate of every hospital without an end."""
        return [
            {
                "hospital_code": party.code,
                "document_reference": f"委托代付-{party.code}",
                "valid_from": valid_from,
            }
            for party in self.parties
        ]

    def agency_rows(self) -> Rows:
        """An agency for each area that has hospitals."""
        return [
            {"area_code": area, "agency_code": f"A{area}", "name": f"{area} 医保经办机构"}
            for area in self.weights
        ]

    def agency_account_rows(self, valid_from: date) -> Rows:
        """An expenditure account per agency and scheme."""
        return [
            {
                "area_code": area,
                "agency_code": f"A{area}",
                "scheme": scheme,
                "account_number": f"37{area}{scheme}0001",
                "account_name": f"{area} 医保基金支出户",
                "cnaps_code": BANK,
                "valid_from": valid_from,
            }
            for area in self.weights
            for scheme in ("310", "390")
        ]
