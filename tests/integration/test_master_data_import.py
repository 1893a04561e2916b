"""Every kind of master data is imported with a result per row, and again changes nothing."""

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter

from schemas.messages.master_data import ImportReport
from settlement_api.encryption import Keyring
from settlement_api.master_data.errors import UnknownKind
from settlement_api.master_data.service import import_table
from settlement_api.persistence import Database
from settlement_api.spreadsheets import FileRefused
from settlement_api.unit_of_work import AreaScope
from tests.builders import contracts as c
from tests.builders import parties as p
from tests.builders.parties import csv_file

Rows = Sequence[Mapping[str, Any]]

FILES: list[tuple[str, Rows]] = [
    ("areas", [p.area_row()]),
    ("agencies", [p.agency_row(), p.agency_row(area_code=p.OTHER_AREA, agency_code="A3702")]),
    ("hospitals", [p.hospital_row(1), p.hospital_row(2), p.hospital_row(1, area_code="370200")]),
    (
        "suppliers",
        [p.supplier_row(1, successor_uscc=p.uscc(2)), p.supplier_row(2, successor_uscc="")],
    ),
    ("supplier-aliases", [p.supplier_alias_row(1), p.supplier_alias_row(2)]),
    ("source-systems", [p.source_system_row()]),
    ("products", [c.product_row(1), c.product_row(2, units="盒=24;箱=2400")]),
    ("rounds", [c.round_row()]),
    (
        "product-groups",
        [c.product_group_row(1), c.product_group_row(2)],
    ),
    ("contracts", [c.contract_row(1), c.contract_row(2, scope_codes="370000、110000")]),
    ("charge-terms", [c.charge_term_row(), c.charge_term_row(charge_kind="insurance")]),
    ("authorizations", [c.authorization_row(1), c.authorization_row(2)]),
    ("agreed-volumes", [c.agreed_volume_row(1), c.agreed_volume_row(2, year="2026")]),
    ("payee-accounts", [p.payee_account_row(1), p.payee_account_row(2)]),
    ("agency-accounts", [p.agency_account_row("310"), p.agency_account_row("390")]),
    ("mandates", [p.mandate_row(1), p.mandate_row(2)]),
    ("calendar", [p.calendar_row()]),
]


class Importer:
    """Imports rows into one test's database."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self.database = database
        self._keyring = keyring

    async def __call__(self, kind: str, rows: Rows | bytes) -> ImportReport:
        content = rows if isinstance(rows, bytes) else csv_file(rows)
        report = await import_table(self.database, kind, content, keyring=self._keyring)
        assert report.received == report.accepted + report.unchanged + report.rejected
        assert report.received == len(report.results)
        return report

    async def everything(self) -> None:
        for kind, rows in FILES:
            await self(kind, rows)

    async def value(self, sql: str, area: str = p.AREA) -> Any:
        async with self.database.begin(AreaScope(area)) as uow:
            return await uow.fetch_value(sql)


@pytest.fixture
def importer(database: Database, keyring: Keyring) -> Importer:
    return Importer(database, keyring)


def faults(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(r.row, f.column, f.code) for r in report.results for f in r.faults]


async def test_every_kind_is_accepted_once_and_unchanged_afterwards(importer: Importer) -> None:
    for kind, rows in FILES:
        first = await importer(kind, rows)
        assert (first.accepted, faults(first)) == (len(rows), []), kind
    for kind, rows in FILES:
        again = await importer(kind, rows)
        assert (again.unchanged, faults(again)) == (len(rows), []), kind


async def test_corrections_supersede_and_keep_what_was_known(importer: Importer) -> None:
    await importer.everything()
    changes: list[tuple[str, Rows, str]] = [
        ("contracts", [c.contract_row(1, pack_price="3.08")], "contract"),
        (
            "authorizations",
            [c.authorization_row(1, valid_to="2026-06-30")],
            "distributor_authorization",
        ),
        ("charge-terms", [c.charge_term_row(most_amount="30.00")], "charge_term"),
        ("agreed-volumes", [c.agreed_volume_row(1, quantity="5")], "agreed_volume"),
        ("mandates", [p.mandate_row(1, valid_to="2026-06-30")], "mandate"),
        ("calendar", [p.calendar_row(is_working="是")], "calendar_day"),
    ]
    for kind, rows, table in changes:
        before = await importer.value(f"SELECT count(*) FROM {table}")
        assert (await importer(kind, rows)).accepted == 1, kind
        assert await importer.value(f"SELECT count(*) FROM {table}") == before + 1
        superseded = f"SELECT count(*) FROM {table} WHERE superseded_at IS NOT NULL"
        assert await importer.value(superseded) == 1
        assert (await importer(kind, rows)).unchanged == 1, kind


async def test_scopes_follow_the_file_without_a_new_price(importer: Importer) -> None:
    await importer.everything()
    assert (await importer("contracts", [c.contract_row(1, scope_codes="370100 370200")])).accepted
    scopes = await importer.value(
        "SELECT string_agg(scope_code, ' ' ORDER BY scope_code) FROM contract_scope"
        " JOIN contract ON contract.id = contract_id"
        " WHERE item_no = '1' AND contract_scope.superseded_at IS NULL"
    )
    assert scopes == "370100 370200"
    assert await importer.value("SELECT count(*) FROM contract WHERE item_no = '1'") == 1


async def test_all_faults_of_a_row_are_named_at_once(importer: Importer) -> None:
    await importer.everything()
    report = await importer(
        "contracts",
        [
            c.contract_row(
                3,
                round_code="9+9",
                pack_price="1.2345678",
                scope_codes="37",
                valid_from="9999-01-01",
            )
        ],
    )
    assert sorted(faults(report)) == [
        (2, "pack_price", "invalid_value"),
        (2, "product_code", "unknown_product"),
        (2, "round_code", "unknown_round"),
        (2, "scope_codes", "string_pattern_mismatch"),
        (2, "valid_from", "invalid_value"),
    ]


async def test_overlapping_prices_name_each_other(importer: Importer) -> None:
    await importer.everything()
    report = await importer(
        "contracts",
        [
            c.contract_row(1, item_no="7", valid_from="2026-01-01"),
            c.contract_row(2, item_no="8", valid_from="2027-01-01", valid_to=""),
            c.contract_row(2, item_no="9", valid_from="2027-06-01", valid_to=""),
        ],
    )
    assert faults(report) == [(row, "valid_from", "overlapping_price") for row in (2, 3, 4)]
    messages = [result.faults[0].message for result in report.results]
    assert messages[0].endswith("item 1 on file from 2025-01-01")
    assert messages[1].endswith("row 4")
    assert messages[2].endswith("row 3")


async def test_terms_of_charges_are_limited_known_and_never_two_at_a_time(
    importer: Importer,
) -> None:
    await importer.everything()
    report = await importer(
        "charge-terms",
        [
            c.charge_term_row(contract_code="VBP-9"),
            c.charge_term_row(valid_from="2026-01-01"),
            c.charge_term_row(charge_kind="goods"),
            c.charge_term_row(charge_kind="other", most_percent=""),
            c.charge_term_row(charge_kind="other", terms="included"),
            c.charge_term_row(charge_kind="other", most_percent="100.01"),
            c.charge_term_row(charge_kind="other", most_amount="0.001"),
        ],
    )
    assert faults(report) == [
        (2, "contract_code", "unknown_contract"),
        (3, "valid_from", "overlapping_terms"),
        *((row, "", "invalid_value") for row in (4, 5, 6)),
        (7, "most_percent", "less_than_equal"),
        (8, "most_amount", "invalid_value"),
    ]


async def test_prices_that_differ_in_nothing_but_the_price_are_all_refused(
    importer: Importer,
) -> None:
    await importer.everything()
    prices = ("9.01", "9.02", "9.03", "9.01")
    rows = [
        c.contract_row(1, item_no="7", valid_from="2028-01-01", valid_to="", pack_price=price)
        for price in prices
    ]
    report = await importer("contracts", rows)
    assert faults(report) == [(row, "", "overlapping_price") for row in (2, 3, 4, 5)]
    assert report.results[0].faults[0].message == "says otherwise than row 3, 4"


async def test_a_price_ends_and_the_next_begins_in_one_file(importer: Importer) -> None:
    await importer.everything()
    rows = [
        c.contract_row(1, valid_to="2025-12-31"),
        c.contract_row(1, valid_from="2026-01-01", pack_price="2.80"),
    ]
    assert (await importer("contracts", rows)).accepted == 2


async def test_rows_of_one_key_repeat_or_contradict(importer: Importer) -> None:
    report = await importer(
        "suppliers",
        [p.supplier_row(1), p.supplier_row(1), p.supplier_row(2), p.supplier_row(2, name="另一名")],
    )
    assert [result.outcome for result in report.results] == [
        "accepted",
        "unchanged",
        "rejected",
        "rejected",
    ]
    assert report.results[1].note == "repeats row 2"
    assert faults(report) == [(4, "", "contradicts_row"), (5, "", "contradicts_row")]


async def test_a_repeat_of_a_refused_row_is_refused(importer: Importer) -> None:
    row = p.agency_row(area_code="370999")
    report = await importer("agencies", [row, row])
    assert report.rejected == 2


async def test_unknown_parties_are_refused_and_the_rest_goes_on(importer: Importer) -> None:
    await importer.everything()
    mandates = await importer("mandates", [p.mandate_row(1), p.mandate_row(77)])
    assert faults(mandates) == [(3, "hospital_code", "unknown_hospital")]
    accounts = await importer(
        "agency-accounts", [p.agency_account_row(agency_code="NONE", account_number="70000001")]
    )
    assert faults(accounts) == [(2, "agency_code", "unknown_agency")]
    suppliers = await importer("suppliers", [p.supplier_row(3, successor_uscc=p.uscc(4))])
    assert faults(suppliers) == [(2, "successor_uscc", "unknown_supplier")]


async def test_what_never_changes_is_refused(importer: Importer) -> None:
    await importer.everything()
    moved = await importer("hospitals", [p.hospital_row(1) | {"area_code": p.OTHER_AREA}])
    assert faults(moved) == [(2, "area_code", "not_changeable")]
    product = await importer(
        "products", [c.product_row(1, kind="reagent", smallest_unit="粒", units="盒=30")]
    )
    assert sorted(code for _, _, code in faults(product)) == ["not_changeable"] * 3
    account = await importer("payee-accounts", [p.payee_account_row(1, account_name="别人")])
    assert faults(account) == [(2, "account_number", "not_changeable")]


async def test_an_agency_account_is_replaced_by_ending_the_old_one(importer: Importer) -> None:
    await importer.everything()
    new = p.agency_account_row(account_number="70000001", valid_from="2026-01-01")
    assert faults(await importer("agency-accounts", [new])) == [
        (2, "valid_from", "overlapping_account")
    ]
    old = p.agency_account_row(valid_to="2025-12-31")
    assert (await importer("agency-accounts", [new, old])).accepted == 2


async def test_account_numbers_are_stored_encrypted_only(
    importer: Importer, keyring: Keyring
) -> None:
    await importer.everything()
    async with importer.database.platform() as uow:
        row = await uow.fetch_one(
            "SELECT id, account_ciphertext, key_id, account_blind_index, account_last4,"
            " payee_account::text AS whole, verification_state FROM payee_account"
            " WHERE cnaps_code = :cnaps",
            cnaps=p.cnaps(1),
        )
    assert row is not None
    number = p.account_number(1)
    stored = keyring.account_number(
        row.account_ciphertext,
        row.key_id,
        of=UUID(int=row.id.int),
        blind_index=row.account_blind_index,
    )
    assert stored == number
    assert row.account_last4 == number[-4:]
    assert number not in row.whole
    assert row.verification_state == "unverified"


async def test_xlsx_and_csv_mean_the_same(importer: Importer) -> None:
    rows = [c.product_row(1), c.product_row(2, units="盒=24")]
    assert (await importer("products", xlsx_file(rows))).accepted == 2
    assert (await importer("products", rows)).unchanged == 2


def xlsx_file(rows: Rows) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, list(rows[0]))
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, list(row.values()))
    return target.getvalue()


async def test_unknown_kinds_and_columns_are_refused(importer: Importer) -> None:
    with pytest.raises(UnknownKind):
        await importer("planets", [{"a": 1}])
    with pytest.raises(FileRefused) as caught:
        await importer("rounds", [{"round_code": "1", "name": "x", "surprise": "y"}])
    assert [fault.code for fault in caught.value.faults] == ["unknown_column", "missing_column"]


async def test_an_import_is_recorded(importer: Importer) -> None:
    report = await importer("rounds", [c.round_row()])
    async with importer.database.platform() as uow:
        facts = await uow.fetch_value(
            "SELECT facts FROM platform_event WHERE name = 'master_data.file.imported'"
        )
    assert facts["accepted"] == 1
    assert facts["sha256"] == report.sha256


def test_builders_write_files_that_read_back() -> None:
    text = csv_file([p.supplier_row()]).decode()
    assert next(csv.DictReader(io.StringIO(text))) == p.supplier_row()


async def test_two_imports_at_once_store_everything_once(importer: Importer) -> None:
    await importer("rounds", [c.round_row()])
    await importer("products", [c.product_row(serial) for serial in range(200)])
    rows = [c.contract_row(serial) for serial in range(200)]
    reports = await asyncio.gather(*(importer("contracts", rows) for _ in range(3)))
    assert sorted(report.accepted for report in reports) == [0, 0, 200]
    assert sorted(report.unchanged for report in reports) == [0, 200, 200]


async def test_what_a_province_has_of_each_kind_takes_seconds(importer: Importer) -> None:
    await importer("rounds", [c.round_row()])
    await importer("products", [c.product_row(serial) for serial in range(3_000)])
    files: list[tuple[str, Rows]] = [
        ("hospitals", [p.hospital_row(n, area_code=f"37{1 + n % 3:02d}00") for n in range(2_900)]),
        ("suppliers", [p.supplier_row(n, successor_uscc="") for n in range(2_600)]),
        ("payee-accounts", [p.payee_account_row(n) for n in range(2_600)]),
        ("contracts", [c.contract_row(n) for n in range(3_000)]),
        (
            "authorizations",
            [
                c.authorization_row(n % 3_000, uscc=p.uscc(n % 2_600), area_code=p.AREA)
                for n in range(30_000)
            ],
        ),
    ]
    for kind, rows in files:
        started = perf_counter()
        report = await importer(kind, rows)
        assert report.rejected == 0, kind
        assert perf_counter() - started < 20, kind


async def test_the_number_of_the_platforms_chain_is_no_area(importer: Importer) -> None:
    report = await importer("agencies", [p.agency_row(area_code="000000")])
    assert (report.accepted, report.rejected) == (0, 1)
