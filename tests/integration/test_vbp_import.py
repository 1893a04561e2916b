"""The real awards, volumes and hospitals go through the import whole, and again change nothing."""

from datetime import date

from settlement_api.encryption import Keyring
from settlement_api.master_data.service import import_table
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders.parties import csv_file
from tests.builders.vbp import Hospitals, Procurement

START = date(2020, 4, 1)


async def test_real_procurement_is_imported_twice(database: Database, keyring: Keyring) -> None:
    procurement, hospitals = Procurement.of_shared_data(), Hospitals.of_shared_data()
    areas = list(hospitals.weights)
    files = {
        "agencies": hospitals.agency_rows(),
        "hospitals": hospitals.rows(),
        "suppliers": procurement.supplier_rows(),
        "products": procurement.product_rows(),
        "rounds": procurement.round_rows(),
        "contracts": procurement.contract_rows(START),
        "authorizations": procurement.authorization_rows(START, areas),
        "agreed-volumes": procurement.agreed_volume_rows(START, hospitals.weights),
        "payee-accounts": procurement.payee_account_rows(START),
        "agency-accounts": hospitals.agency_account_rows(START),
        "mandates": hospitals.mandate_rows(START),
    }
    for kind, rows in files.items():
        report = await import_table(database, kind, csv_file(rows), keyring=keyring)
        refused = [result for result in report.results if result.faults]
        assert (report.accepted, refused) == (len(rows), []), kind
    for kind, rows in files.items():
        report = await import_table(database, kind, csv_file(rows), keyring=keyring)
        assert report.unchanged == len(rows), kind
    async with database.begin(AreaScope("370100")) as uow:
        assert await uow.fetch_value("SELECT count(*) FROM hospital") == 62
        assert await uow.fetch_value("SELECT count(*) FROM agreed_volume") == 55
