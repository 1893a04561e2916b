"""What the database refuses of the ledger, whoever asks: each by an insert that must fail."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from settlement_api.ledger.queries import balances, pending_transfers
from settlement_api.ledger.service import EntryDraft, post_entries
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders import ledger as build

AREA = AreaScope(build.AREA)
AT = datetime(2026, 3, 5, 4, tzinfo=UTC)


async def post(database: Database, *entries: EntryDraft) -> None:
    async with database.begin(AREA, at=AT) as uow:
        await post_entries(uow, entries=entries)


async def only_pending(database: Database) -> UUID:
    async with database.begin(AREA) as uow:
        found = await pending_transfers(uow, basis_kind="payment", basis_ids=[build.BASIS])
        assert len(found) == 1
        return found[0].id


@pytest.fixture
async def posted(database: Database) -> Database:
    """A database with some transfers in place."""
    await post(database, build.fund_entry(900, pending=True), build.fund_entry(5, scheme="390"))
    await post(database, build.fund_entry(10, purpose="once"))
    return database


async def _ids(database: Database) -> dict[str, UUID]:
    async with database.begin(AREA) as uow:
        rows = await uow.fetch_all(
            "SELECT ledger.scheme, account.account_kind, account.id, account.ledger_id"
            " FROM ledger_account AS account JOIN ledger ON ledger.id = account.ledger_id"
        )
        pending = await uow.fetch_value("SELECT id FROM transfer WHERE state = 'pending'")
    found = {f"{row.account_kind}:{row.scheme}": row.id for row in rows}
    found |= {f"ledger:{row.scheme}": row.ledger_id for row in rows}
    return found | {"pending": pending}


async def _insert_like(database: Database, table: str, where: str, changed: dict[str, Any]) -> None:
    """Inserts a copy of a row with some columns changed, as the application would."""
    async with database.begin(AREA) as uow:
        source = await uow.raw.fetchrow(f"SELECT * FROM {table} WHERE {where} LIMIT 1")
        assert source is not None
    row = dict(source) | changed
    row = {name: value for name, value in row.items() if name not in ("id", "recorded_at")}
    places = ", ".join(f"${at}" for at in range(1, len(row) + 1))
    async with database.begin(AreaScope(row["area_code"])) as uow:
        await uow.raw.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", *row.values()
        )


TRANSFERS: list[tuple[str, dict[str, Any], str]] = [
    ("posted", {"debit_account_id": "advance:390"}, "fk_transfer_debit_account"),
    ("posted", {"credit_account_id": "in_transit:390"}, "fk_transfer_credit_account"),
    ("posted", {"ledger_id": "ledger:390"}, "fk_transfer_credit_account"),
    ("posted", {"amount_minor": 0}, "ck_transfer_amount"),
    ("posted", {"debit_account_id": "in_transit:310"}, "ck_transfer_two_accounts"),
    ("posted", {"state": "maybe"}, "ck_transfer_state"),
    ("posted", {"state": "void"}, "ck_transfer_resolves"),
    ("posted", {"period": "2026-04"}, "ck_transfer_period"),
    (
        "posted",
        {"booking_date": date(2026, 5, 1), "period": "2026-05"},
        "fk_transfer_area_code_period",
    ),
    ("posted", {"area_code": "370200"}, "fk_transfer_area_code_period"),
    ("posted", {}, "uq_transfer_purpose"),
    (
        "pending",
        {
            "state": "posted",
            "amount_minor": 901,
            "resolves_transfer_id": "pending",
            "resolves_state": "pending",
            "resolves_amount_minor": 900,
        },
        "ck_transfer_resolves",
    ),
    (
        "pending",
        {
            "state": "posted",
            "amount_minor": 901,
            "resolves_transfer_id": "pending",
            "resolves_state": "pending",
            "resolves_amount_minor": 901,
        },
        "fk_transfer_resolves",
    ),
    (
        "pending",
        {"state": "posted", "resolves_transfer_id": "pending"},
        "ck_transfer_resolves",
    ),
]


async def test_the_database_refuses_a_transfer(posted: Database) -> None:
    ids = await _ids(posted)
    for state, change, constraint in TRANSFERS:
        changed = {
            name: ids.get(str(value), value) if name.endswith("_id") else value
            for name, value in change.items()
        }
        if constraint != "uq_transfer_purpose":
            changed["purpose"] = ""
        where = "state = 'pending'" if state == "pending" else "purpose = 'once'"
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            await _insert_like(posted, "transfer", where, changed)
        assert (change, refused.value.constraint_name) == (change, constraint)


async def test_a_second_resolution_cannot_be_stored(posted: Database) -> None:
    pending = await only_pending(posted)
    await post(posted, build.fund_entry(900, resolves=pending))
    with pytest.raises(asyncpg.UniqueViolationError) as refused:
        await _insert_like(posted, "transfer", "resolves_transfer_id IS NOT NULL", {})
    assert refused.value.constraint_name == "uq_transfer_resolved_once"


ROWS: list[tuple[str, str, dict[str, Any], str]] = [
    ("ledger", "scheme = '310'", {"scheme": ""}, "ck_ledger_book_scheme"),
    ("ledger", "scheme = '310'", {"book": "trade"}, "ck_ledger_book_scheme"),
    ("ledger", "scheme = '310'", {}, "uq_ledger_area_code_book_scheme"),
    (
        "ledger_account",
        "account_kind = 'advance'",
        {"book": "trade", "account_kind": "owed"},
        "ck_ledger_account_parties_of_kind",
    ),
    (
        "ledger_account",
        "account_kind = 'advance'",
        {"book": "trade", "account_kind": "purchases"},
        "fk_ledger_account_area_code_ledger_id_book",
    ),
    (
        "ledger_account",
        "account_kind = 'advance'",
        {"account_kind": "purchases"},
        "ck_ledger_account_kind_of_book",
    ),
    (
        "ledger_account",
        "account_kind = 'advance'",
        {"party_id": UUID(int=0)},
        "ck_ledger_account_parties_of_kind",
    ),
    ("accounting_period", "true", {"period": "2026-13"}, "ck_accounting_period_period"),
    ("accounting_period", "true", {"state": "closed"}, "ck_accounting_period_closed"),
    ("accounting_period", "true", {}, "uq_accounting_period_area_code_period"),
    ("ledger_posting", "true", {}, "uq_ledger_posting_area_code_ledger_id_posting_number"),
    ("ledger_posting", "true", {"posting_number": 0}, "ck_ledger_posting_posting_number"),
    (
        "ledger_posting",
        "true",
        {"ledger_id": UUID(int=9), "posting_number": 9},
        "fk_ledger_posting_area_code_ledger_id",
    ),
    (
        "account_balance",
        "true",
        {"posting_number": 99, "pending_debit_minor": -1},
        "ck_account_balance_not_negative",
    ),
    ("account_balance", "true", {}, "uq_account_balance_area_code_account_id_posting_number"),
]


async def test_the_database_refuses(posted: Database) -> None:
    for table, where, change, constraint in ROWS:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            await _insert_like(posted, table, where, change)
        assert (change, refused.value.constraint_name) == (change, constraint)


CHANGES = [
    "UPDATE transfer SET amount_minor = 1",
    "DELETE FROM transfer",
    "UPDATE account_balance SET posted_debit_minor = 1",
    "DELETE FROM ledger_posting",
    "UPDATE ledger_account SET party_id = uuidv7()",
]


async def test_what_is_booked_cannot_be_changed(posted: Database) -> None:
    for statement in CHANGES:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with posted.begin(AREA) as uow:
                await uow.raw.execute(statement)


async def test_another_area_sees_nothing(posted: Database) -> None:
    async with posted.begin(AreaScope(build.OTHER_AREA)) as uow:
        assert await balances(uow) == []
        assert await uow.fetch_value("SELECT count(*) FROM transfer") == 0
