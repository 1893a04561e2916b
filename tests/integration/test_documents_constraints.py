"""Each constraint of the document tables, proved by a row that it must refuse."""

from collections.abc import Mapping
from uuid import uuid4

import pytest
from asyncpg import PostgresError

from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, PlatformScope, Scope
from tests.builders.documents import AREA, OTHER_AREA

Values = Mapping[str, str]
"""SQL expressions by column."""
ID = f"'{uuid4()}'"
LINE: Values = {
    "area_code": f"'{AREA}'",
    "document_id": ID,
    "hospital_id": ID,
    "supplier_id": ID,
    "line_number": "1",
    "state": "'effective'",
}
PRODUCT: Values = LINE | {"product_code": "'X'", "unit": "'盒'", "unit_factor_known": "true"}
SOUND: Mapping[str, Values] = {
    "intake": {
        "sender_kind": "'user'",
        "sender_name": "'x'",
        "format": "'ndjson'",
        "encoding": "'utf-8'",
        "compressed": "false",
        "state": "'received'",
        "byte_count": "0",
        "received_records": "2",
        "accepted_records": "1",
        "unchanged_records": "0",
        "rejected_records": "0",
        "started_at": "'2026-07-01Z'",
    },
    "intake_result": {
        "intake_id": ID,
        "record_number": "1",
        "last_record_number": "1",
        "outcome": "'accepted'",
        "document_id": ID,
    },
    "document": {
        "area_code": f"'{AREA}'",
        "kind": "'invoice'",
        "source_system": "'s'",
        "issuer_code": "'i'",
        "external_number": "'n'",
        "revision": "1",
        "hospital_id": ID,
        "supplier_id": ID,
        "total_difference_minor": "0",
        "content_sha256": "sha256('x')",
        "intake_id": ID,
        "raw_position": "0",
        "raw_length": "1",
        "state": "'effective'",
    },
    "purchase_order_line": PRODUCT
    | {
        "document_kind": "'purchase_order'",
        "order_number": "'n'",
        "quantity_milli": "1",
        "price_micro": "0",
        "price_pack_size": "1",
        "price_decimals": "0",
        "paid_offline": "false",
    },
    "despatch_line": PRODUCT
    | {"despatch_number": "'n'", "quantity_milli": "1", "despatch_date": "'2026-07-01'"},
    "goods_receipt_line": PRODUCT
    | {
        "receipt_number": "'n'",
        "accepted_milli": "0",
        "rejected_milli": "1",
        "receipt_date": "'2026-07-01'",
    },
    "invoice_line": PRODUCT
    | {
        "document_kind": "'credit_note'",
        "invoice_number": "'n'",
        "charge_kind": "'goods'",
        "quantity_milli": "1",
        "net_minor": "1",
        "tax_minor": "2",
        "total_minor": "3",
        "invoice_date": "'2026-07-01'",
    },
    "return_note_line": PRODUCT
    | {"return_number": "'n'", "quantity_milli": "1", "return_date": "'2026-07-01'"},
    "invoice_link_line": LINE
    | {
        "link_number": "'n'",
        "link_date": "'2026-07-01'",
        "invoice_number": "'n'",
        "invoice_line_number": "1",
        "order_number": "'n'",
        "mode": "'quantity'",
    },
    "document_cancellation": {
        column: value for column, value in LINE.items() if column != "line_number"
    }
    | {
        "target_kind": "'invoice'",
        "target_number": "'n'",
        "cancelled_date": "'2026-07-01'",
    },
    "document_registry": {
        "source_system": "'s'",
        "kind": "'invoice'",
        "issuer_code": "'i'",
        "external_number": "'n'",
        "area_code": f"'{AREA}'",
    },
    "invoice_registry": {"invoice_key": "'k'", "total_minor": "0", "claimed_minor": "0"},
    "invoice_claim": {
        "invoice_key": "'k'",
        "area_code": f"'{AREA}'",
        "document_id": ID,
        "total_minor": "0",
        "amount_minor": "0",
        "is_active": "true",
    },
}
WRONG: list[tuple[str, Values, str]] = [
    ("intake", {"state": "'lost'"}, "ck_intake_state"),
    ("intake", {"format": "'xml'"}, "ck_intake_format"),
    ("intake", {"document_kind": "'letter'"}, "ck_intake_document_kind"),
    ("intake", {"state": "'applied'"}, "ck_intake_totals"),
    ("intake", {"state": "'refused'"}, "ck_intake_refusal"),
    ("intake", {"refusal": "'{}'"}, "ck_intake_refusal"),
    ("intake_result", {"outcome": "'lost'"}, "ck_intake_result_outcome"),
    ("intake_result", {"last_record_number": "0"}, "ck_intake_result_range"),
    ("intake_result", {"faults": "'[]'"}, "ck_intake_result_faults"),
    ("intake_result", {"document_id": "NULL"}, "ck_intake_result_document"),
    ("document_registry", {"area_code": "'999999'"}, "fk_document_registry_area_code"),
    ("document", {"kind": "'letter'"}, "ck_document_kind"),
    ("document", {"state": "'lost'"}, "ck_document_state"),
    ("document", {"revision": "0"}, "ck_document_revision"),
    ("document", {"content_sha256": "'x'"}, "ck_document_content_sha256"),
    ("purchase_order_line", {"state": "'lost'"}, "ck_purchase_order_line_state"),
    ("purchase_order_line", {"document_kind": "'invoice'"}, "ck_purchase_order_line_document_kind"),
    ("purchase_order_line", {"quantity_milli": "0"}, "ck_purchase_order_line_quantity"),
    ("purchase_order_line", {"price_pack_size": "0"}, "ck_purchase_order_line_price_pack_size"),
    ("purchase_order_line", {"price_micro": "-1"}, "ck_purchase_order_line_price"),
    ("despatch_line", {"quantity_milli": "0"}, "ck_despatch_line_quantity"),
    ("goods_receipt_line", {"rejected_milli": "0"}, "ck_goods_receipt_line_quantity"),
    ("goods_receipt_line", {"accepted_milli": "-1"}, "ck_goods_receipt_line_quantity"),
    ("invoice_line", {"document_kind": "'invoice_void'"}, "ck_invoice_line_document_kind"),
    ("invoice_line", {"charge_kind": "'gift'"}, "ck_invoice_line_charge_kind"),
    ("invoice_line", {"quantity_milli": "0"}, "ck_invoice_line_quantity"),
    ("invoice_line", {"product_code": "NULL"}, "ck_invoice_line_goods"),
    (
        "invoice_line",
        {"quantity_milli": "NULL", "document_kind": "'invoice'"},
        "ck_invoice_line_goods",
    ),
    (
        "invoice_line",
        {"quantity_milli": "NULL", "net_minor": "0", "tax_minor": "0", "total_minor": "0"},
        "ck_invoice_line_credit",
    ),
    ("invoice_line", {"tax_minor": "-2", "total_minor": "-1"}, "ck_invoice_line_amounts"),
    ("invoice_line", {"total_minor": "4"}, "ck_invoice_line_total"),
    ("return_note_line", {"quantity_milli": "0"}, "ck_return_note_line_quantity"),
    ("invoice_link_line", {"order_number": "NULL"}, "ck_invoice_link_line_target"),
    ("invoice_link_line", {"quantity_milli": "0"}, "ck_invoice_link_line_quantity"),
    ("invoice_link_line", {"state": "'lost'"}, "ck_invoice_link_line_state"),
    ("invoice_link_line", {"mode": "'by_weight'"}, "ck_invoice_link_line_mode"),
    (
        "invoice_link_line",
        {"mode": "'lines_to_invoice'", "quantity_milli": "1"},
        "ck_invoice_link_line_mode_quantity",
    ),
    ("document_cancellation", {"target_kind": "'letter'"}, "ck_document_cancellation_target_kind"),
    ("document_cancellation", {"state": "'lost'"}, "ck_document_cancellation_state"),
    ("invoice_registry", {"flag": "'odd'"}, "ck_invoice_registry_flag"),
    ("invoice_claim", {"amount_minor": "-1"}, "ck_invoice_claim_amount"),
]
SYSTEM = {"intake", "intake_result", "document_registry", "invoice_registry", "invoice_claim"}


async def insert(database: Database, table: str, values: Values, scope: Scope) -> None:
    columns, expressions = ", ".join(values), ", ".join(values.values())
    async with database.begin(scope) as uow:
        await uow.raw.execute(f"INSERT INTO {table} ({columns}) SELECT {expressions}")


def scope_of(table: str) -> Scope:
    return PlatformScope() if table in SYSTEM else AreaScope(AREA)


async def test_every_constraint_refuses_its_row(database: Database) -> None:
    for table, changes, constraint in WRONG:
        with pytest.raises(Exception, match=constraint):
            await insert(database, table, SOUND[table] | changes, scope_of(table))


async def test_sound_rows_are_taken_once_by_their_keys_and_by_no_other_area(
    database: Database,
) -> None:
    for table, values in SOUND.items():
        await insert(database, table, values, scope_of(table))
        if table not in SYSTEM:
            with pytest.raises(Exception, match="row-level security"):
                await insert(database, table, values, AreaScope(OTHER_AREA))
    for table, key in (
        ("document", "uq_document_identity"),
        ("intake_result", "pk_intake_result"),
        ("document_registry", "pk_document_registry"),
        ("invoice_claim", "pk_invoice_claim"),
        ("invoice_registry", "pk_invoice_registry"),
    ):
        with pytest.raises(Exception, match=key):
            await insert(database, table, SOUND[table], scope_of(table))


async def test_what_a_document_says_cannot_be_changed_or_deleted(database: Database) -> None:
    await insert(database, "document", SOUND["document"], AreaScope(AREA))
    await insert(database, "goods_receipt_line", SOUND["goods_receipt_line"], AreaScope(AREA))
    for statement in (
        "UPDATE document SET external_number = 'other'",
        "UPDATE goods_receipt_line SET receipt_number = 'other'",
        "UPDATE intake_part SET body = ''",
        "DELETE FROM document",
        "DELETE FROM goods_receipt_line",
        "DELETE FROM intake",
    ):
        with pytest.raises(PostgresError, match="permission denied"):
            async with database.begin(AreaScope(AREA)) as uow:
                await uow.execute(statement)
