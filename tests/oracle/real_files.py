"""Real files as the kernel's columns: the builders' documents, numbered without a database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from reconciler import columns as c
from schemas.money import parse_scaled, yuan

Fields = Mapping[str, Any]
Line = dict[str, Any]
PRICE_SCALE = 6


class Numbers(dict[Any, int]):
    """1, 2, 3 … for whatever is met."""

    def __missing__(self, key: Any) -> int:
        self[key] = number = len(self) + 1
        return number


def day(value: Any) -> int:
    """Days since 1970; NO_DAY for none."""
    if not value:
        return c.NO_DAY
    return c.day_number(date.fromisoformat(str(value)))


def decimals(text: str) -> int:
    """Decimals as stated."""
    return len(text.partition(".")[2])


class Files:
    """Documents and master data of one source; areas stay apart by their product numbers."""

    def __init__(self, documents: Iterable[Fields], master: Mapping[str, Sequence[Fields]]) -> None:
        self._master = master
        self._numbers: dict[str, Numbers] = {
            kind: Numbers() for kind in ("pool", "product", "supplier", "agreement", "maker")
        }
        self._factor = {
            (row["product_code"], unit): factor
            for row in master["products"]
            for unit, factor in _units(row)
        }
        self._lines = _by_kind(documents)

    def columns(self) -> c.PurchaseColumns:
        """The kernel's columns, rows in the order of first in, first out."""
        orders = _laid(self._lines["purchase_order"])
        order_row = {_name(line): row for row, line in enumerate(orders)}
        named = {
            kind: [self._order_of(line, orders, order_row) for line in _laid(self._lines[kind])]
            for kind in ("goods_receipt", "invoice")
        }
        return c.PurchaseColumns(
            orders=_rows(c.ORDER_LINE, [self._order(line) for line in orders]),
            receipts=_rows(
                c.RECEIPT_LINE, [self._receipt(line) for line in named["goods_receipt"]]
            ),
            invoices=_rows(c.INVOICE_LINE, [self._invoice(line) for line in named["invoice"]]),
            returns=c.empty(c.RETURN_LINE),
            credits=c.empty(c.CREDIT_LINE),
            links=c.empty(c.LINK_LINE),
            contracts=_rows(c.CONTRACT_ROW, list(self._contracts())),
            authorizations=_rows(c.AUTHORIZATION, list(self._authorizations())),
            committed=c.empty(c.COMMITTED),
        )

    def _pool(self, line: Line) -> int:
        """A component: hospital, supplier, product; a charge is one of its own."""
        product = line.get("product_code") or ("charge", line["external_number"])
        key = (line["hospital_code"], line["supplier_uscc"], product)
        return self._numbers["pool"][key]

    def _order_of(self, line: Line, orders: list[Line], order_row: dict[Any, int]) -> Line:
        row = order_row.get((line["order_number"], line["order_line_number"]), c.ABSENT)
        if row >= 0 and self._pool(orders[row]) != self._pool(line):
            row = c.ABSENT
        return line | {"order": row}

    def _milli(self, line: Line, field: str) -> int:
        return self._factor[line["product_code"], line["unit"]] * parse_scaled(line[field], scale=3)

    def _order(self, line: Line) -> Line:
        area, product = line["hospital_code"][1:7], line["product_code"]
        price, factor = line.get("price"), self._factor[line["product_code"], line["unit"]]
        amount, agreement = line.get("amount"), line.get("contract_code")
        return {
            "pool": self._pool(line),
            "bill": c.UNNAMED,
            "quantity": self._milli(line, "quantity"),
            "price": parse_scaled(price, scale=PRICE_SCALE) if price else c.NOT_STATED,
            "pack": int(line.get("price_base_quantity", 1)) * factor,
            "decimals": decimals(price or ""),
            "amount": yuan(amount) if amount else c.NOT_STATED,
            "day": day(line.get("document_date")),
            "product": self._numbers["product"][area, product],
            "supplier": self._numbers["supplier"][line["supplier_uscc"]],
            "agreement": self._numbers["agreement"][agreement] if agreement else 0,
            "manufacturer": self._maker(line.get("manufacturer")),
            "offline": bool(line.get("paid_offline")),
        }

    def _maker(self, name: str | None) -> int:
        return self._numbers["maker"][name] if name else 0

    def _receipt(self, line: Line) -> Line:
        return {
            "pool": self._pool(line),
            "order": line["order"],
            "bill": c.UNNAMED,
            "quantity": self._milli(line, "accepted_quantity"),
            "day": day(line["document_date"]),
            "accepted": day(line.get("accepted_date") or line["document_date"]),
            "expiry": c.NO_DAY,
        }

    def _invoice(self, line: Line) -> Line:
        charge = line.get("charge_kind", "goods") != "goods"
        return {
            "pool": self._pool(line),
            "order": line["order"],
            "receipt": c.UNNAMED,
            "bill": c.UNNAMED,
            "quantity": 0 if charge else self._milli(line, "quantity"),
            "amount": yuan(line["net_amount"]) + yuan(line["tax_amount"]),
            "day": day(line["document_date"]),
            "charge": charge,
        }

    def _contracts(self) -> Iterable[Line]:
        areas = sorted(area for area, _ in self._numbers["product"])
        for row in self._master["contracts"]:
            scopes = row["scope_codes"].split(";")
            for area in dict.fromkeys(areas):
                if (area, row["product_code"]) not in self._numbers["product"]:
                    continue
                yield {
                    "product": self._numbers["product"][area, row["product_code"]],
                    "agreement": self._numbers["agreement"][row["contract_code"]],
                    "manufacturer": self._maker(row["manufacturer"]),
                    "price": parse_scaled(row["pack_price"], scale=PRICE_SCALE),
                    "pack": int(row["pack_size"]),
                    "decimals": decimals(row["pack_price"]),
                    "valid_from": day(row["valid_from"]),
                    "valid_to": day(row.get("valid_to")),
                    "covers": area in scopes or f"{area[:2]}0000" in scopes,
                    "holder": self._numbers["supplier"].get(row.get("holder_uscc"), c.NOT_STATED),
                }

    def _authorizations(self) -> Iterable[Line]:
        for row in self._master["authorizations"]:
            product = self._numbers["product"].get((row["area_code"], row["product_code"]))
            supplier = self._numbers["supplier"].get(row["uscc"])
            if product is not None and supplier is not None:
                yield {
                    "product": product,
                    "supplier": supplier,
                    "valid_from": day(row["valid_from"]),
                    "valid_to": day(row.get("valid_to")),
                }


def _units(row: Fields) -> Iterable[tuple[str, int]]:
    """Units of a product and how many smallest ones each holds."""
    yield row["smallest_unit"], 1
    for unit in filter(None, row["units"].split(";")):
        name, _, factor = unit.partition("=")
        yield name, int(factor)


def _by_kind(documents: Iterable[Fields]) -> dict[str, list[Line]]:
    """Lines with their document's fields, kind by kind."""
    lines: dict[str, list[Line]] = {}
    for document in documents:
        head = {name: value for name, value in document.items() if name != "lines"}
        lines.setdefault(document["kind"], []).extend(head | line for line in document["lines"])
    return lines


def _laid(lines: list[Line]) -> list[Line]:
    """Day, absent last; number; line."""
    return sorted(
        lines,
        key=lambda line: (
            day(line.get("document_date")),
            line["external_number"],
            line["line_number"],
        ),
    )


def _name(line: Line) -> tuple[str, int]:
    return line["external_number"], line["line_number"]


def _rows(kind: np.dtype[Any], lines: list[Line]) -> c.Rows:
    rows = np.zeros(len(lines), kind)
    for field in kind.names or ():
        rows[field] = [line.get(field, 0) for line in lines]
    return rows
