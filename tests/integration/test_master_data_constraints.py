"""Each constraint of the master-data tables, proved by a row that it must refuse."""

from collections.abc import Mapping
from uuid import uuid4

import pytest
from asyncpg import IntegrityConstraintViolationError

from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope, PlatformScope, Scope
from tests.builders import parties as p
from tests.builders.master_data import seed_master_data

ONE, OTHER = f"'{uuid4()}'", f"'{uuid4()}'"
Values = Mapping[str, str]
"""SQL expressions by column."""

SUPPLIER = "(SELECT id FROM supplier ORDER BY uscc LIMIT 1)"
HOSPITAL = "(SELECT id FROM hospital ORDER BY hospital_code LIMIT 1)"
PRODUCT = "(SELECT id FROM product ORDER BY product_code LIMIT 1)"
OTHER_PRODUCT = "(SELECT id FROM product ORDER BY product_code OFFSET 1 LIMIT 1)"
CONTRACT_ID = "(SELECT id FROM contract)"
AGENCY = "(SELECT id FROM agency)"
ACCOUNT: Values = {
    "account_ciphertext": "'x'",
    "key_id": "'k1'",
    "account_blind_index": "sha256('new')",
    "account_last4": "'1234'",
    "account_name": "'name'",
    "cnaps_code": f"'{p.cnaps(1)}'",
    "valid_from": "date '2030-01-01'",
}
SOUND: Mapping[str, Values] = {
    "area": {
        "area_code": "'990009'",
        "name": "'x'",
        "name_pinyin": "'x'",
        "province_code": "'990000'",
    },
    "place": {
        "place_code": "'990001'",
        "name": "'x'",
        "name_pinyin": "'x'",
        "parent_code": "'370100'",
        "area_code": "'370100'",
        "source": "'x'",
    },
    "source_system": {"code": "'s'", "name": "'s'", "revision_profile": "'refuse'"},
    "supplier": {"uscc": f"'{p.uscc(99)}'", "name": "'x'", "name_pinyin": "'x'", "is_sme": "true"},
    "payee_account": {
        "supplier_id": SUPPLIER,
        "verification_state": "'verified'",
        "verified_by_first": ONE,
        "verified_by_second": OTHER,
        **ACCOUNT,
    },
    "agency": {"area_code": "'370100'", "code": "'new'", "name": "'x'", "name_pinyin": "'x'"},
    "agency_account": {
        "area_code": "'370100'",
        "agency_id": AGENCY,
        "scheme": "'390'",
        **ACCOUNT,
    },
    "hospital": {
        "area_code": "'370100'",
        "hospital_code": "'H37010099999'",
        "name": "'x'",
        "name_pinyin": "'x'",
        "level": "'primary'",
        "ownership": "'public'",
    },
    "hospital_registry": {
        "hospital_code": "'H37010099999'",
        "area_code": "'370100'",
        "hospital_id": OTHER,
    },
    "mandate": {
        "area_code": "'370100'",
        "hospital_id": HOSPITAL,
        "valid_from": "date '2030-01-01'",
        "document_reference": "'new'",
        "learned_at": "now()",
    },
    "calendar_year": {"year": "2050", "source": "'x'"},
    "calendar_day": {
        "year": "2026",
        "day": "date '2026-06-01'",
        "is_working": "false",
        "name": "'x'",
    },
    "rule_pack": {
        "code": "'x'",
        "version": "1",
        "valid_from": "date '2030-01-01'",
        "content": "'{}'",
        "issuing_document": "'x'",
        "approved_by": "'x'",
    },
    "product": {
        "product_code": "'new'",
        "name": "'x'",
        "name_pinyin": "'x'",
        "kind": "'drug'",
        "specification": "'x'",
        "smallest_unit": "'x'",
    },
    "product_unit": {"product_id": PRODUCT, "unit": "'new'", "numerator": "1", "denominator": "1"},
    "procurement_round": {"round_code": "'new'", "name": "'x'", "level": "'national'"},
    "contract": {
        "contract_code": "'VBP-1'",
        "item_no": "'9'",
        "round_id": "(SELECT id FROM procurement_round)",
        "product_id": PRODUCT,
        "manufacturer": "'生产企业1'",
        "pack_price_micro": "1",
        "pack_size": "1",
        "pack_size_inferred": "false",
        "valid_from": "date '2030-01-01'",
    },
    "contract_scope": {"contract_id": CONTRACT_ID, "scope_code": "'370200'"},
    "distributor_authorization": {
        "area_code": "'370100'",
        "product_id": PRODUCT,
        "supplier_id": SUPPLIER,
        "valid_from": "date '2030-01-01'",
    },
    "agreed_volume": {
        "area_code": "'370100'",
        "contract_id": CONTRACT_ID,
        "contract_code": "'VBP-1'",
        "item_no": "'1'",
        "manufacturer": "'生产企业1'",
        "scope_code": "'370000'",
        "year": "2026",
        "quantity_milli": "1",
    },
}
TENANT = {"agency", "agency_account", "hospital", "mandate", "agreed_volume"}
EARLIER = {"valid_to": "date '2029-12-31'"}

REFUSED: list[tuple[str, str, Values]] = [
    ("area", "area_code_form", {"area_code": "'37010'"}),
    ("area", "province_code_form", {"province_code": "'37'"}),
    ("area", "pk_area", {"area_code": "'370100'"}),
    ("place", "place_code_form", {"place_code": "'x'"}),
    ("place", "fk_place_area_code", {"area_code": "'370199'"}),
    ("source_system", "profile_known", {"revision_profile": "'guess'"}),
    ("supplier", "uscc_form", {"uscc": "'1'"}),
    ("supplier", "uq_supplier_uscc", {"uscc": f"'{p.uscc(1)}'"}),
    (
        "supplier",
        "successor_is_another",
        {"id": ONE, "successor_id": ONE, "succeeded_at": "now()"},
    ),
    ("supplier", "fk_supplier_successor_id", {"successor_id": ONE, "succeeded_at": "now()"}),
    ("supplier", "succession_recorded", {"successor_id": ONE}),
    ("supplier", "succession_recorded", {"succeeded_at": "now()"}),
    ("payee_account", "fk_payee_account_supplier_id", {"supplier_id": ONE}),
    ("payee_account", "verified_by_two", {"verified_by_second": "NULL"}),
    ("payee_account", "verifiers_differ", {"verified_by_second": ONE}),
    (
        "payee_account",
        "first_before_second",
        {"verified_by_first": "NULL", "verification_state": "'unverified'"},
    ),
    ("payee_account", "proposer_does_not_verify", {"proposed_by": OTHER}),
    ("payee_account", "verification_state_known", {"verification_state": "'paid'"}),
    ("payee_account", "cnaps_code_form", {"cnaps_code": "'12'"}),
    ("payee_account", "account_last4_form", {"account_last4": "'12345'"}),
    ("payee_account", "blind_index_length", {"account_blind_index": "'x'"}),
    ("payee_account", "period_forward", EARLIER),
    ("agency", "uq_agency", {"code": "'A3701'"}),
    ("agency_account", "scheme_known", {"scheme": "'311'"}),
    ("agency_account", "cnaps_code_form", {"cnaps_code": "'12'"}),
    ("agency_account", "account_last4_form", {"account_last4": "'12345'"}),
    ("agency_account", "blind_index_length", {"account_blind_index": "'x'"}),
    ("agency_account", "period_forward", EARLIER),
    ("agency_account", "fk_agency_account", {"agency_id": ONE}),
    (
        "agency_account",
        "uq_agency_account_number",
        {"account_blind_index": "(SELECT account_blind_index FROM agency_account)"},
    ),
    ("agency_account", "ex_agency_account_one_current", {"scheme": "'310'"}),
    ("hospital", "hospital_code_form", {"hospital_code": "'H1'"}),
    ("hospital", "level_known", {"level": "'four'"}),
    ("hospital", "ownership_known", {"ownership": "'mine'"}),
    ("hospital", "uq_hospital", {"hospital_code": f"'{p.hospital_row()['hospital_code']}'"}),
    ("hospital_registry", "hospital_code_form", {"hospital_code": "'x'"}),
    (
        "hospital_registry",
        "uq_hospital_registry_hospital_id",
        {"hospital_id": "(SELECT min(hospital_id::text)::uuid FROM hospital_registry)"},
    ),
    ("mandate", "fk_mandate", {"hospital_id": ONE}),
    ("mandate", "period_forward", EARLIER),
    ("mandate", "uq_mandate_current", {"document_reference": "'委托-1'"}),
    ("calendar_year", "year_plausible", {"year": "20"}),
    ("calendar_day", "day_in_year", {"year": "2025"}),
    ("calendar_day", "fk_calendar_day_year", {"year": "2050", "day": "date '2050-06-01'"}),
    ("calendar_day", "uq_calendar_day_current", {"day": "date '2026-01-01'"}),
    ("rule_pack", "version_counts_from_one", {"version": "0"}),
    ("rule_pack", "proposal_names_people", {"proposed_by": ONE}),
    ("rule_pack", "two_people", {"proposal_id": ONE, "proposed_by": ONE, "released_by": ONE}),
    (
        "rule_pack",
        "fk_rule_pack_proposal",
        {"proposal_id": ONE, "proposed_by": ONE, "released_by": OTHER},
    ),
    ("rule_pack", "uq_rule_pack_code", {"code": "'shandong-base'"}),
    ("rule_pack", "uq_rule_pack_valid_from", {"valid_from": "date '2000-01-01'"}),
    ("product", "kind_known", {"kind": "'food'"}),
    (
        "product",
        "uq_product_product_code",
        {"product_code": "(SELECT min(product_code) FROM product)"},
    ),
    ("product_unit", "factor_positive", {"denominator": "0"}),
    ("product_unit", "uq_product_unit", {"unit": "'盒'"}),
    ("product_unit", "fk_product_unit_product_id", {"product_id": ONE}),
    ("procurement_round", "level_known", {"level": "'village'"}),
    ("procurement_round", "uq_procurement_round_round_code", {"round_code": "'4+7'"}),
    ("contract", "fk_contract_round_id", {"round_id": ONE}),
    ("contract", "fk_contract_product_id", {"product_id": ONE}),
    ("contract", "pack_price_positive", {"pack_price_micro": "0"}),
    ("contract", "pack_size_positive", {"pack_size": "0"}),
    ("contract", "period_forward", EARLIER),
    ("contract", "ex_contract_one_price", {"valid_from": "date '2026-12-31'"}),
    (
        "contract",
        "uq_contract_current",
        {"item_no": "'1'", "valid_from": "date '2025-01-01'", "product_id": OTHER_PRODUCT},
    ),
    ("contract_scope", "scope_code_form", {"scope_code": "'x'"}),
    ("contract_scope", "uq_contract_scope_current", {"scope_code": "'370000'"}),
    ("contract_scope", "fk_contract_scope_contract_id", {"contract_id": ONE}),
    ("distributor_authorization", "fk_distributor_authorization_area_code", {"area_code": "'1'"}),
    ("distributor_authorization", "fk_distributor_authorization_product_id", {"product_id": ONE}),
    ("distributor_authorization", "fk_distributor_authorization_supplier", {"supplier_id": ONE}),
    ("distributor_authorization", "period_forward", EARLIER),
    (
        "distributor_authorization",
        "uq_distributor_authorization_current",
        {"valid_from": "date '2025-01-01'"},
    ),
    ("agreed_volume", "quantity_not_negative", {"quantity_milli": "-1"}),
    ("agreed_volume", "year_plausible", {"year": "20"}),
    ("agreed_volume", "fk_agreed_volume_contract_id", {"contract_id": ONE}),
    ("agreed_volume", "uq_agreed_volume_current", {"year": "2025"}),
]


def insert(table: str, changes: Values) -> str:
    """An INSERT of the table's sound row with some columns changed."""
    values = {**SOUND[table], **changes}
    return f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})"


def scope_of(table: str) -> Scope:
    return AreaScope(p.AREA) if table in TENANT else PlatformScope()


@pytest.fixture
async def filled(database: Database, keyring: Keyring) -> Database:
    await seed_master_data(database, keyring)
    return database


class Undone(Exception):
    """Rolls a transaction back."""


async def test_the_sound_rows_are_accepted(filled: Database) -> None:
    for table in SOUND:
        with pytest.raises(Undone):
            async with filled.begin(scope_of(table)) as uow:
                await uow.execute(insert(table, {}))
                raise Undone


async def test_each_constraint_refuses_what_it_is_there_for(filled: Database) -> None:
    for table, constraint, changes in REFUSED:
        with pytest.raises(IntegrityConstraintViolationError, match=f'"[a-z_0-9]*{constraint}'):
            async with filled.begin(scope_of(table)) as uow:
                await uow.execute(insert(table, changes))


async def test_one_verified_account_at_a_time_per_supplier(filled: Database) -> None:
    with pytest.raises(IntegrityConstraintViolationError, match="ex_payee_account_one_current"):
        async with filled.platform() as uow:
            await uow.execute(insert("payee_account", {}))
            later = {"account_blind_index": "sha256('2')", "valid_from": "date '2031-01-01'"}
            await uow.execute(insert("payee_account", later))


async def test_an_account_is_on_file_once_from_a_day(filled: Database) -> None:
    waiting = {"verification_state": "'unverified'"}
    with pytest.raises(IntegrityConstraintViolationError, match="uq_payee_account_from"):
        async with filled.platform() as uow:
            await uow.execute(insert("payee_account", waiting))
            await uow.execute(insert("payee_account", waiting))
