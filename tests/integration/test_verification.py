"""The invariants on a live database: silent when empty, held when right, loud when broken."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from rich.console import Console

from settlement_api.bank_statements.service import import_file
from settlement_api.encryption import Keyring
from settlement_api.ledger.service import post_entries
from settlement_api.persistence import Database
from settlement_api.recoveries.service import post_claims
from settlement_api.statement_files.service import store_file
from settlement_api.suspense.service import register_funding_source
from settlement_api.unit_of_work import AreaScope
from settlement_api.verification.policy import InvariantResult, Standing
from settlement_api.verification.report import print_results
from settlement_api.verification.service import all_hold, run_verification
from tests.builders import bank_statements as statements
from tests.builders import ledger as entries
from tests.builders.batches import PERIOD, Scene

AREA = AreaScope("370100")
KEY = bytes(32)
"""Nothing here is sealed."""
AT = datetime(2026, 3, 6, 4, tzinfo=UTC)


async def verify(database: Database) -> dict[str, InvariantResult]:
    return {
        result.invariant.name: result for result in await run_verification(database, chain_key=KEY)
    }


async def test_a_fresh_database_has_nothing_to_examine(database: Database) -> None:
    results = await verify(database)
    assert results.pop("ledger_append_only").standing is Standing.HELD
    assert {result.standing for result in results.values()} == {Standing.NOTHING_TO_EXAMINE}
    assert all_hold(list(results.values()))


@pytest.fixture
async def booked(database: Database, keyring: Keyring) -> Database:
    """A funded account, a statement, a claim and some postings."""
    async with database.begin(AREA, at=AT) as uow:
        account_id = await statements.agency_account(uow, keyring)
        await register_funding_source(
            uow,
            keyring=keyring,
            agency_account_id=account_id,
            account_number=statements.SPECIAL_ACCOUNT,
            account_name="财政专户",
            proposed_by=statements.MAKER,
            approved_by=statements.CHECKER,
        )
        file_id = await store_file(
            uow,
            keyring=keyring,
            agency_account_id=account_id,
            body=b"statement",
            source="uploaded",  # type: ignore[arg-type]
        )
        funding = statements.entry(70_000, credit=True, payer=statements.SPECIAL_ACCOUNT)
        unknown = statements.entry(300)
        await import_file(
            uow,
            keyring=keyring,
            file_id=file_id,
            statements=[statements.statement(funding, unknown)],
            xsd_valid=True,
        )
        await post_entries(uow, entries=[entries.trade_entry(5, purpose="x")])
        scene = Scene(uow)
        await scene.claim(await scene.hospital(), 4_000)
        await post_claims(uow, months=[PERIOD])
    return database


async def test_right_books_hold(booked: Database) -> None:
    results = await verify(booked)
    for name in (
        "ledger_totals",
        "ledger_balances",
        "ledger_numbers",
        "bank_equals_statements",
        "bank_only_from_statements",
        "statements_chain",
        "bank_debits_explained",
        "claims_are_booked",
    ):
        assert results[name].standing is Standing.HELD, name
    assert results["bank_equals_statements"].figure_minor == 69_700
    assert results["claims_are_booked"].figure_minor == 4_000
    # A purchase booked without any payable, as this fixture does, is found out.
    assert results.pop("owed_equals_payables").standing is Standing.BROKEN
    assert all_hold(list(results.values()))


# Groups whose damages do not touch each other's questions, so that each is found by its own.
SABOTAGE = [
    {
        "ledger_balances": "UPDATE account_balance SET posted_debit_minor = 1",
        "ledger_append_only": "GRANT DELETE ON transfer TO zhijie_area",
        "statements_chain": "UPDATE bank_statement SET continuity = 'gap'",
        "bank_debits_explained": "DELETE FROM suspense_case",
        "claims_are_booked": "UPDATE fund_document SET amount_minor = amount_minor + 1",
        "orphans": """INSERT INTO payment_item
            (area_code, payment_id, payable_share_id, hospital_id, supplier_id, amount_minor)
            VALUES ('370100', uuidv7(), uuidv7(), uuidv7(), uuidv7(), 1)""",
    },
    {
        "ledger_numbers": "DELETE FROM ledger_posting WHERE posting_number = 1",
        "bank_equals_statements": """UPDATE bank_statement
            SET closing_minor = closing_minor + 1, balanced = false""",
        "bank_only_from_statements": """UPDATE transfer SET basis_id = uuidv7()
            WHERE basis_kind = 'bank_statement_entry'""",
        "capacity_as_used": "UPDATE claim_capacity SET consumed_minor = 1",
        "closed_periods_stand": """UPDATE accounting_period
            SET state = 'closed', closed_at = '2026-01-01', closed_by = 'x'""",
    },
]


@pytest.mark.parametrize("damages", SABOTAGE)
async def test_what_is_broken_is_found(
    booked: Database, owner_dsn: str, damages: dict[str, str]
) -> None:
    for statement in damages.values():
        await sabotage(owner_dsn, statement)
    results = await verify(booked)
    found = {name for name, result in results.items() if result.standing is Standing.BROKEN}
    assert set(damages) <= found
    assert not all_hold(list(results.values()))


async def sabotage(owner_dsn: str, statement: str) -> None:
    """Does what no role of the application may do."""
    owner: Any = await asyncpg.connect(owner_dsn)
    try:
        for row in await owner.fetch("SELECT relname FROM pg_class WHERE relforcerowsecurity"):
            await owner.execute(f"ALTER TABLE {row['relname']} NO FORCE ROW LEVEL SECURITY")
        changed = await owner.execute(statement)
        assert changed.rpartition(" ")[2] != "0", "the sabotage must touch something"
    finally:
        await owner.close()


async def test_an_area_without_examined_rows_fails(booked: Database, owner_dsn: str) -> None:
    await sabotage(owner_dsn, "DELETE FROM ledger_posting")
    await sabotage(owner_dsn, "DELETE FROM ledger_head")
    result = (await verify(booked))["ledger_numbers"]
    assert result.standing is Standing.NOTHING_EXAMINED
    assert result.unexamined == ("370100",)


async def test_the_report_names_what_is_broken(booked: Database) -> None:
    console = Console(width=200)
    with console.capture() as capture:
        code = print_results(await run_verification(booked, chain_key=KEY), console=console)
    printed = capture.get()
    assert code == 1
    assert "1 invariants do not hold: owed_equals_payables" in printed
    assert "697.00" in printed


async def test_the_report_of_a_fresh_database(database: Database) -> None:
    console = Console(width=200)
    results = await run_verification(database, chain_key=KEY)
    with console.capture() as capture:
        assert print_results(results, console=console) == 2
    assert "Nothing was examined" in capture.get()
