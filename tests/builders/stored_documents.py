"""Trade documents and contracts as rows in the database: the state after an intake was applied."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, UnitOfWork

AREA = "370100"
DRUG = "XA10BA02000000000000001"
ORDER_DAY = date(2026, 7, 1)
RECEIPT_DAY = date(2026, 7, 5)
MILLI = 1_000


@dataclass
class StoredDocuments:
    """Writes document rows of one hospital and supplier, each call one document of one line."""

    hospital_id: UUID = field(default_factory=uuid4)
    supplier_id: UUID = field(default_factory=uuid4)
    intake_id: UUID = field(default_factory=uuid4)
    position: int = 0

    async def order(self, uow: UnitOfWork, number: str, units: int = 10, **changes: Any) -> UUID:
        """A purchase order line at 10.00 yuan a unit."""
        columns: dict[str, Any] = {
            "document_kind": "purchase_order",
            "order_number": number,
            "quantity_milli": units * MILLI,
            "price_micro": 10_000_000,
            "price_pack_size": 1,
            "price_decimals": 2,
            "order_date": ORDER_DAY,
            "paid_offline": False,
        }
        return await self._line(uow, "purchase_order_line", number, columns | changes)

    async def receipt(self, uow: UnitOfWork, number: str, units: int = 10, **changes: Any) -> UUID:
        """A goods receipt line that names an order line, if given."""
        columns: dict[str, Any] = {
            "receipt_number": number,
            "accepted_milli": units * MILLI,
            "rejected_milli": 0,
            "receipt_date": RECEIPT_DAY,
        }
        return await self._line(uow, "goods_receipt_line", number, columns | changes)

    async def invoice(
        self, uow: UnitOfWork, number: str, units: int = 10, amount: int = 10_000, **changes: Any
    ) -> UUID:
        """An invoice line (or a credit note's, by `document_kind`)."""
        columns: dict[str, Any] = {
            "document_kind": "invoice",
            "invoice_number": number,
            "charge_kind": "goods",
            "quantity_milli": units * MILLI,
            "net_minor": amount,
            "tax_minor": 0,
            "total_minor": amount,
            "invoice_date": ORDER_DAY,
        }
        return await self._line(uow, "invoice_line", number, columns | changes)

    async def return_note(
        self, uow: UnitOfWork, number: str, units: int = 1, **changes: Any
    ) -> UUID:
        """A return note line."""
        columns: dict[str, Any] = {
            "return_number": number,
            "quantity_milli": units * MILLI,
            "return_date": RECEIPT_DAY,
        }
        return await self._line(uow, "return_note_line", number, columns | changes)

    async def _line(self, uow: UnitOfWork, table: str, number: str, given: dict[str, Any]) -> UUID:
        columns: dict[str, Any] = {
            "product_code": DRUG,
            "line_number": 1,
            "unit_factor_known": True,
        } | given
        columns.setdefault("state", "effective")
        columns.setdefault("product_id", await self._product(uow, columns["product_code"]))
        kind = columns.get("document_kind", table.removesuffix("_line"))
        revision, source = columns.pop("revision", 1), columns.pop("source_system", "his")
        document_id = columns.pop("document_id", None) or await self._document(
            uow, kind, number, revision, source
        )
        columns |= {
            "area_code": uow.area_code,
            "document_id": document_id,
            "hospital_id": self.hospital_id,
            "supplier_id": self.supplier_id,
        }
        names, binds = ", ".join(columns), ", ".join(f":{name}" for name in columns)
        made = await uow.fetch_value(
            f"INSERT INTO {table} ({names}) VALUES ({binds}) RETURNING id", **columns
        )
        return UUID(str(made))

    async def _product(self, uow: UnitOfWork, code: str) -> UUID | None:
        found = await uow.fetch_value("SELECT id FROM product WHERE product_code = :c", c=code)
        return None if found is None else UUID(str(found))

    async def _document(
        self, uow: UnitOfWork, kind: str, number: str, revision: int, source: str
    ) -> UUID:
        self.position += 1
        made = await uow.fetch_value(
            "INSERT INTO document (area_code, kind, source_system, issuer_code, external_number,"
            " revision, hospital_id, supplier_id, content_sha256, intake_id, raw_position,"
            " raw_length, state, total_difference_minor)"
            " VALUES (:area, :kind, :source, 'issuer', :number, :revision, :hospital, :supplier,"
            " sha256('x'), :intake, :position, 1, 'effective', 0) RETURNING id",
            area=uow.area_code,
            kind=kind,
            source=source,
            number=number,
            revision=revision,
            hospital=self.hospital_id,
            supplier=self.supplier_id,
            intake=self.intake_id,
            position=self.position,
        )
        return UUID(str(made))


async def seed_contract(
    database: Database,
    *,
    supplier_id: UUID,
    code: str = DRUG,
    price_micro: int = 10_000_000,
    scope: str = "370000",
) -> UUID:
    """A product, its contract for the province, and the supplier's authorization in the area."""
    async with database.platform() as uow:
        round_id = await uow.fetch_value(
            "INSERT INTO procurement_round (round_code, name, level)"
            " VALUES ('4+7', '国家集采', 'national')"
            " ON CONFLICT (round_code) DO UPDATE SET name = excluded.name RETURNING id"
        )
        product_id = await uow.fetch_value(
            "INSERT INTO product (product_code, name, name_pinyin, kind, specification,"
            " smallest_unit)"
            " VALUES (:code, '药品', 'yao pin', 'drug', '10mg', '片') RETURNING id",
            code=code,
        )
        contract_id = await uow.fetch_value(
            "INSERT INTO contract (contract_code, item_no, round_id, product_id, manufacturer,"
            " pack_price_micro, pack_size, pack_size_inferred, valid_from)"
            " VALUES ('VBP-1', :code, :round, :product, '企业', :price, 1, false, '2026-01-01')"
            " RETURNING id",
            round=round_id,
            product=product_id,
            price=price_micro,
            code=code,
        )
        await uow.execute(
            "INSERT INTO contract_scope (contract_id, scope_code) VALUES (:contract, :scope)",
            contract=contract_id,
            scope=scope,
        )
        await uow.execute(
            "INSERT INTO supplier (id, uscc, name, name_pinyin, is_sme)"
            " VALUES (:id, :uscc, '配送', 'pei song', false) ON CONFLICT DO NOTHING",
            id=supplier_id,
            uscc=f"9137{supplier_id.int % 10**14:014d}",
        )
        await uow.execute(
            "INSERT INTO distributor_authorization (product_id, supplier_id, area_code, valid_from)"
            " VALUES (:product, :supplier, :area, '2026-01-01')",
            product=product_id,
            supplier=supplier_id,
            area=AREA,
        )
        return UUID(str(contract_id))


def area_scope() -> AreaScope:
    """The area all of this is in."""
    return AreaScope(AREA)
