"""The SCMS files as Zhijie's parties, contracts and documents, by one deterministic mapping.

Country becomes an area 9900NN, buyer a hospital, supplier and item get generated codes, each
delivery line a despatch advice and a receipt; dollars are read as yuan. Nothing is corrected.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from random import Random
from typing import Any

from schemas.codes.cnaps import with_check_digit
from schemas.codes.hospital_codes import hospital_code
from schemas.codes.uscc import with_check_character
from schemas.money import format_yuan, yuan
from tests.builders.shared_data import read_rows

SOURCE = "scms"
BANK = with_check_digit("10245100001")
PERIOD = {"valid_from": "2006-01-01", "valid_to": "2015-12-31"}
"""The contract list states no dates: one period over the whole programme, generated."""
SETTLED = "2015-09"
"""Everything is applied for in the month of the last delivery."""
ACCOUNTS_FROM = "2015-10-08"
OFFLINE_EVERY = 97
"""One order in so many, by number, was paid outside the platform before it began."""
SPOT = "SPOT"
"""An order line without a contract number was bought under no contract, and says so: without
a word the platform would look for a contract of the product."""
SHORT_AREA = "990028"
"""South Africa's employee account gets less than it needs."""
FUNDED_PERCENT, SHORT_PERCENT = 105, 60
CLAIMED_PERCENT, POOR_PERCENT = 120, 50
"""What the fund owes a hospital, of what its contracted orders come to; a few get less."""
Row = dict[str, str]
Document = dict[str, Any]


def _numbered(names: Iterable[str]) -> dict[str, int]:
    """1, 2, 3 … by sorted name, so that a code never depends on the order of rows."""
    return {name: number for number, name in enumerate(sorted(set(names)), start=1)}


@dataclass(frozen=True)
class Scms:
    """The four files and the codes generated for what they name."""

    orders: list[Row]
    deliveries: list[Row]
    invoices: list[Row]
    contracts: list[Row]

    @staticmethod
    def read() -> "Scms":
        """Reads the files where they lie; skips the calling test when they are absent."""
        files = ("order_lines", "delivery_lines", "invoice_lines", "contracts")
        return Scms(*(read_rows(f"scms/{name}.csv") for name in files))

    @cached_property
    def areas(self) -> dict[str, str]:
        """Country to area code."""
        numbers = _numbered(row["country"] for row in self.orders)
        return {country: f"9900{number:02d}" for country, number in numbers.items()}

    @cached_property
    def hospitals(self) -> dict[str, tuple[str, str]]:
        """Buyer to (area code, hospital code)."""
        country = {row["buyer"]: row["country"] for row in self.orders}
        numbers = _numbered(country)
        return {
            buyer: (self.areas[country[buyer]], hospital_code(self.areas[country[buyer]], number))
            for buyer, number in numbers.items()
        }

    @cached_property
    def suppliers(self) -> dict[str, str]:
        """Supplier name as spelled to USCC: two spellings stay two parties."""
        names = _numbered(row["supplier"] for row in self.orders)
        return {
            name: with_check_character(f"91990000MA99{number:05d}")
            for name, number in names.items()
        }

    @cached_property
    def products(self) -> dict[str, str]:
        """Item to product code."""
        return {
            item: f"C{number:019d}"
            for item, number in _numbered(row["item"] for row in self.orders).items()
        }

    @cached_property
    def pieces(self) -> dict[str, int]:
        """Item to how many pieces a pack holds."""
        return {row["item"]: int(row["uom_per_pack"]) for row in self.orders}

    @cached_property
    def order_line(self) -> dict[str, Row]:
        """SCMS line id to its order line: the thread through all files."""
        return {row["line_id"]: row for row in self.orders}

    @cached_property
    def offline_orders(self) -> frozenset[str]:
        """The orders that were paid outside the platform."""
        return frozenset(sorted({row["po_no"] for row in self.orders})[::OFFLINE_EVERY])

    @cached_property
    def planned(self) -> dict[str, int]:
        """Hospital code to fen of its orders under a contract that are settled here."""
        planned = {code: 0 for _, code in self.hospitals.values()}
        for row in self.orders:
            if row["contract_no"] and row["po_no"] not in self.offline_orders:
                planned[self.hospitals[row["buyer"]][1]] += yuan(row["line_value"])
        return planned

    def claims(self, code: str) -> dict[str, int]:
        """What each scheme's fund owes a hospital: by its serial one scheme, the other or both.

        In the area whose account is short only one, so that no line is paid by half.
        """
        serial = int(code[-5:])
        whole = self.planned[code] * (POOR_PERCENT if serial % 10 == 7 else CLAIMED_PERCENT) // 100
        shares = ((100, 0), (60, 40), (0, 100))[serial % 3]
        employee = whole * (100 if code[1:7] == SHORT_AREA else shares[0]) // 100
        return {"310": employee, "390": whole - employee}

    def fund_rows(self) -> dict[str, list[Row]]:
        """Rows of each area's fund file."""
        rows: dict[str, list[Row]] = {area: [] for area in self.areas.values()}
        for _, code in self.hospitals.values():
            for scheme, amount in self.claims(code).items():
                if amount:
                    claim = {"kind": "claim", "hospital_code": code, "scheme": scheme}
                    claim |= {"month": SETTLED, "version": "1", "stage": "settled"}
                    rows[code[1:7]].append(claim | {"amount": format_yuan(amount)})
        return {area: found for area, found in rows.items() if found}

    def credits(self) -> list[Row]:
        """One credit to each expenditure account that will have something to pay."""
        needed: defaultdict[tuple[str, str], int] = defaultdict(int)
        for _, code in self.hospitals.values():
            claims = self.claims(code)
            for scheme, amount in claims.items():
                share = self.planned[code] * amount // max(sum(claims.values()), 1)
                needed[code[1:7], scheme] += share
        return [
            {
                "account_number": f"3700{area}{scheme}",
                "account_name": f"Expenditure account {area} {scheme}",
                "area_code": area,
                "scheme": scheme,
                "amount_minor": str(due * _funded_percent(area, scheme) // 100),
                "reference": f"FUND-{area}-{scheme}",
                "from_name": f"Special account {area}",
                "from_account": f"3900{area}",
            }
            for (area, scheme), due in sorted(needed.items())
            if due
        ]

    def bodies(self, count: int, seed: int) -> list[list[Document]]:
        """Every document in shuffled order, dealt into so many bodies."""
        documents = list(self.documents())
        Random(seed).shuffle(documents)
        return [documents[start::count] for start in range(count)]

    def traders(self) -> list[Row]:
        """Who trades with whom."""
        pairs = {(row["buyer"], self.suppliers[row["supplier"]]) for row in self.orders}
        return [
            {"area_code": self.hospitals[buyer][0], "hospital_code": self.hospitals[buyer][1]}
            | {"uscc": uscc}
            for buyer, uscc in sorted(pairs)
        ]

    def master_data(self) -> dict[str, list[Row]]:
        """Rows of every master-data file, by import kind, in the order to import them."""
        return {
            "calendar": _calendar_rows(),
            "areas": self._area_rows(),
            "source-systems": [{"code": SOURCE, "name": SOURCE, "revision_profile": "refuse"}],
            "agencies": self._agency_rows(),
            "hospitals": self._hospital_rows(),
            "suppliers": self._supplier_rows(),
            "products": self._product_rows(),
            "rounds": [{"round_code": "SCMS", "name": "SCMS", "level": "alliance"}],
            "contracts": self._contract_rows(),
            "authorizations": self._authorization_rows(),
            "payee-accounts": self._payee_rows(),
            "agency-accounts": self._agency_account_rows(),
            "mandates": self._mandate_rows(),
        }

    def _area_rows(self) -> list[Row]:
        return [
            {"area_code": code, "name": country, "province_code": "990000"}
            for country, code in self.areas.items()
        ]

    def _agency_rows(self) -> list[Row]:
        return [
            {"area_code": code, "agency_code": f"A{code}", "name": f"Agency of {country}"}
            for country, code in self.areas.items()
        ]

    def _hospital_rows(self) -> list[Row]:
        return [
            {"area_code": area, "hospital_code": code, "name": buyer}
            for buyer, (area, code) in self.hospitals.items()
        ]

    def _supplier_rows(self) -> list[Row]:
        return [
            {"uscc": uscc, "name": name, "is_sme": "false"} for name, uscc in self.suppliers.items()
        ]

    def _product_rows(self) -> list[Row]:
        return [
            {
                "product_code": code,
                "name": item,
                "kind": "consumable",
                "specification": item,
                "smallest_unit": "piece",
                "units": f"pack={self.pieces[item]}",
            }
            for item, code in self.products.items()
        ]

    def _contract_rows(self) -> list[Row]:
        """A row per line of the contract list, with prices that contradict each other kept."""
        scopes: defaultdict[str, set[str]] = defaultdict(set)
        for row in self.orders:
            scopes[row["contract_no"]].add(self.areas[row["country"]])
        return [
            {
                "contract_code": row["contract_no"],
                "item_no": self.products[row["item"]][-4:],
                "round_code": "SCMS",
                "product_code": self.products[row["item"]],
                "manufacturer": row["manufacturer"],
                "pack_price": row["pack_price"],
                "pack_size": str(self.pieces[row["item"]]),
                "scope_codes": ";".join(sorted(scopes[row["contract_no"]])),
                **PERIOD,
            }
            for row in self.contracts
        ]

    def _authorization_rows(self) -> list[Row]:
        """Who delivered an item in a country was allowed to."""
        seen = {(row["item"], row["supplier"], row["country"]) for row in self.orders}
        return [
            {
                "product_code": self.products[item],
                "uscc": self.suppliers[supplier],
                "area_code": self.areas[country],
                **PERIOD,
            }
            for item, supplier, country in sorted(seen)
        ]

    def _payee_rows(self) -> list[Row]:
        return [
            {
                "uscc": uscc,
                "account_number": f"62280000{number:08d}",
                "account_name": name,
                "cnaps_code": BANK,
                "valid_from": PERIOD["valid_from"],
            }
            for number, (name, uscc) in enumerate(self.suppliers.items(), start=1)
        ]

    def _agency_account_rows(self) -> list[Row]:
        return [
            {
                "area_code": code,
                "agency_code": f"A{code}",
                "scheme": scheme,
                "account_number": f"3700{code}{scheme}",
                "account_name": f"Expenditure account {code} {scheme}",
                "cnaps_code": BANK,
                "valid_from": ACCOUNTS_FROM,
            }
            for code in self.areas.values()
            for scheme in ("310", "390")
        ]

    def _mandate_rows(self) -> list[Row]:
        return [
            {
                "hospital_code": code,
                "document_reference": f"Mandate {code}",
                "valid_from": PERIOD["valid_from"],
            }
            for _, code in self.hospitals.values()
        ]

    def documents(self) -> Iterator[Document]:
        """Every document, kind by kind; arrival order is the caller's business."""
        yield from self.purchase_orders()
        yield from self.despatch_advices()
        yield from self.goods_receipts()
        yield from self.invoice_documents()

    def purchase_orders(self) -> Iterator[Document]:
        """One per order number; no date where the file has none."""
        for number, rows in _grouped(self.orders, "po_no").items():
            yield self._head("purchase_order", number, rows[0]) | {
                "document_date": rows[0]["po_date"] or None,
                "lines": [self._ordered(row) for row in rows],
            }

    def despatch_advices(self) -> Iterator[Document]:
        """One per delivery number, dated when it happened."""
        for number, rows in _grouped(self.deliveries, "delivery_no").items():
            first = self.order_line[rows[0]["line_id"]]
            yield self._head("despatch_advice", number, first) | {
                "document_date": rows[0]["delivered_on"],
                "lines": [self._moved(row, quantity="quantity") for row in rows],
            }

    def goods_receipts(self) -> Iterator[Document]:
        """One per delivery number: `delivered_on` happened, `recorded_on` was learned."""
        for number, rows in _grouped(self.deliveries, "delivery_no").items():
            first = self.order_line[rows[0]["line_id"]]
            yield self._head("goods_receipt", f"GR-{number}", first) | {
                "document_date": rows[0]["delivered_on"],
                "recorded_date": rows[0]["recorded_on"],
                "lines": [self._moved(row, quantity="accepted_quantity") for row in rows],
            }

    def invoice_documents(self) -> Iterator[Document]:
        """One per invoice number with its goods, freight and insurance lines; tax is 0."""
        for number, rows in self.invoice_groups().items():
            first = self.order_line[rows[0]["line_id"]]
            total = sum(yuan(row["amount"]) for row in rows)
            yield self._head("invoice", invoice_number(number), first) | {
                "document_date": rows[0]["invoice_date"],
                "total_amount": format_yuan(total),
                "lines": [self._invoiced(row, line) for line, row in enumerate(rows, start=1)],
            }

    def invoice_groups(self) -> dict[str, list[Row]]:
        """Rows of each invoice; their places in it, from 1, are its line numbers."""
        return _grouped(self.invoices, "invoice_no")

    def _head(self, kind: str, number: str, row: Row) -> Document:
        return {
            "kind": kind,
            "source_system": SOURCE,
            "external_number": number,
            "hospital_code": self.hospitals[row["buyer"]][1],
            "supplier_uscc": self.suppliers[row["supplier"]],
        }

    def _ordered(self, row: Row) -> Document:
        return {
            "line_number": int(row["line_id"]),
            "product_code": self.products[row["item"]],
            "quantity": row["qty_packs"],
            "unit": "pack",
            "price": row["pack_price"],
            "amount": row["line_value"],
            "contract_code": row["contract_no"] or SPOT,
            "paid_offline": row["po_no"] in self.offline_orders,
        }

    def _moved(self, row: Row, *, quantity: str) -> Document:
        order = self.order_line[row["line_id"]]
        return {
            "line_number": int(row["line_id"]),
            "product_code": self.products[order["item"]],
            quantity: row["qty_packs"],
            "unit": "pack",
            "order_number": order["po_no"],
            "order_line_number": int(row["line_id"]),
        }

    def _invoiced(self, row: Row, number: int) -> Document:
        order = self.order_line[row["line_id"]]
        line: Document = {
            "line_number": number,
            "charge_kind": row["kind"],
            "net_amount": row["amount"],
            "tax_amount": "0",
            "order_number": order["po_no"],
            "order_line_number": int(row["line_id"]),
        }
        if row["kind"] == "goods":
            line |= {
                "product_code": self.products[order["item"]],
                "quantity": row["qty_packs"],
                "unit": "pack",
                "price": row["pack_price"],
            }
        return line


def invoice_number(name: str) -> str:
    """Twenty digits for an SCMS invoice name: stable, and unique over the file (tested)."""
    return str(int.from_bytes(sha256(name.encode()).digest()[:8]) % 10**20).rjust(20, "0")


def _calendar_rows() -> list[Row]:
    """The holidays that matter here, and one day of each further year that makes it known."""
    days = {f"2015-10-{day:02d}": "false" for day in range(1, 8)}
    days |= {"2015-10-10": "true", "2016-01-01": "false"}
    name = {"name": "国庆节", "source": "国务院办公厅关于2015年部分节假日安排的通知"}
    return [{"day": day, "is_working": working, **name} for day, working in days.items()]


def _funded_percent(area: str, scheme: str) -> int:
    return SHORT_PERCENT if (area, scheme) == (SHORT_AREA, "310") else FUNDED_PERCENT


def _grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups
