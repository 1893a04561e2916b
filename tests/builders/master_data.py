"""A small province on file: what most tests about parties and contracts start from."""

from typing import Any

from settlement_api.encryption import Keyring
from settlement_api.master_data.service import import_table
from settlement_api.persistence import Database
from tests.builders import contracts as c
from tests.builders import parties as p


async def seed_master_data(database: Database, keyring: Keyring) -> None:
    """Three suppliers, the first two with an unverified account; two hospitals of one area, the
    first with a mandate until the end of 2026, the second until the end of 2025; one contract."""
    files: list[tuple[str, list[dict[str, Any]]]] = [
        ("suppliers", [p.supplier_row(serial) for serial in (1, 2, 3)]),
        ("payee-accounts", [p.payee_account_row(1), p.payee_account_row(2)]),
        ("hospitals", [p.hospital_row(1), p.hospital_row(2)]),
        ("mandates", [p.mandate_row(1), p.mandate_row(2, valid_to="2025-12-31")]),
        ("agencies", [p.agency_row()]),
        ("agency-accounts", [p.agency_account_row()]),
        ("products", [c.product_row(1), c.product_row(2)]),
        ("rounds", [c.round_row()]),
        ("contracts", [c.contract_row(1)]),
        ("authorizations", [c.authorization_row(1)]),
        ("agreed-volumes", [c.agreed_volume_row(1)]),
    ]
    for kind, rows in files:
        report = await import_table(database, kind, p.csv_file(rows), keyring=keyring)
        assert report.accepted == len(rows), report
