"""Statements on PostgreSQL: kept, chained, booked once, and what waits in suspense."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from schemas.bank import BankStatement
from schemas.codes.bank_statements import Continuity, FileFormat, FileSource, SuspenseResolution
from schemas.codes.ledger import AccountKind, Book
from schemas.codes.payments import DecisionKind
from settlement_api.bank_statements.errors import (
    OpeningNotNeeded,
    StatementOfAnotherAccount,
    StatementUnfit,
)
from settlement_api.bank_statements.queries import closing_balances
from settlement_api.bank_statements.service import (
    Imported,
    confirm_opening,
    import_file,
    propose_opening,
)
from settlement_api.decisions.service import confirm_decision, propose_decision
from settlement_api.encryption import Keyring
from settlement_api.ledger.queries import balance_of
from settlement_api.ledger.service import AccountKey, close_period
from settlement_api.persistence import Database
from settlement_api.statement_files.errors import AccountUnknown, StatementEmpty
from settlement_api.statement_files.service import mark_unreadable, read_body, store_file
from settlement_api.suspense.errors import (
    FundingSourceMoved,
    PaymentDecides,
    ResolutionUnfit,
    SuspenseMoved,
)
from settlement_api.suspense.service import (
    approve_funding_source,
    confirm_resolution,
    propose_funding_source,
    propose_resolution,
    refuse_resolution,
    register_funding_source,
)
from settlement_api.unit_of_work import Actor, AreaScope
from settlement_api.verification.policy import Standing
from settlement_api.verification.service import run_verification
from tests.builders import bank_statements as build

AREA = AreaScope("370100")
AT = datetime(2026, 3, 6, 4, tzinfo=UTC)
MAKER = Actor("user", build.MAKER, "maker")
CHECKER = Actor("user", build.CHECKER, "checker")


@dataclass
class Bench:
    """An account and the ways to feed it."""

    database: Database
    keyring: Keyring
    account_id: UUID

    async def store(self, body: bytes) -> UUID:
        async with self.database.begin(AREA, at=AT) as uow:
            return await store_file(
                uow,
                keyring=self.keyring,
                agency_account_id=self.account_id,
                body=body,
                source=FileSource.UPLOADED,
            )

    async def take(self, *statements: BankStatement, body: bytes | None = None) -> list[Imported]:
        file_id = await self.store(body or uuid4().bytes)
        async with self.database.begin(AREA, at=AT) as uow:
            return await import_file(
                uow,
                keyring=self.keyring,
                file_id=file_id,
                statements=statements,
                xsd_valid=True,
            )

    async def net(self, kind: AccountKind) -> int:
        party = self.account_id if kind is AccountKind.BANK else None
        async with self.database.begin(AREA) as uow:
            return await balance_of(
                uow, book=Book.FUND, scheme="310", account=AccountKey(kind, party)
            )

    async def value(self, sql: str) -> Any:
        async with self.database.begin(AREA) as uow:
            return await uow.fetch_value(sql)


@pytest.fixture
async def bench(database: Database, keyring: Keyring) -> Bench:
    async with database.begin(AREA, at=AT) as uow:
        account_id = await build.agency_account(uow, keyring)
        await register_funding_source(
            uow,
            keyring=keyring,
            agency_account_id=account_id,
            account_number=build.SPECIAL_ACCOUNT,
            account_name="财政专户",
            proposed_by=build.MAKER,
            approved_by=build.CHECKER,
        )
    return Bench(database, keyring, account_id)


def funding(amount: int = 100_000) -> Any:
    return build.entry(amount, credit=True, payer=build.SPECIAL_ACCOUNT)


async def test_bytes_are_kept_encrypted_and_once(bench: Bench) -> None:
    first = await bench.store(b"<Document/>")
    assert await bench.store(b"<Document/>") == first
    stored = await bench.value("SELECT body_ciphertext FROM statement_file")
    assert b"Document" not in bytes(stored)
    async with bench.database.begin(AREA) as uow:
        kept = await read_body(uow, keyring=bench.keyring, file_id=first)
    assert kept is not None
    assert (kept.body, kept.format) == (b"<Document/>", FileFormat.BANK_MESSAGE)
    with pytest.raises(StatementEmpty):
        await bench.store(b"")
    bench.account_id = uuid4()
    with pytest.raises(AccountUnknown):
        await bench.store(b"x")


async def test_an_unreadable_file_stays_with_its_fault(bench: Bench) -> None:
    file_id = await bench.store(b"not xml")
    async with bench.database.begin(AREA, at=AT) as uow:
        await mark_unreadable(uow, file_id=file_id, fault="not well-formed")
    async with bench.database.begin(AREA) as uow:
        assert await read_body(uow, keyring=bench.keyring, file_id=file_id) is None
    assert await bench.value("SELECT state || fault FROM statement_file") == (
        "unreadablenot well-formed"
    )


async def test_funding_and_a_paid_payment_make_the_banks_balance(bench: Bench) -> None:
    async with bench.database.begin(AREA, at=AT) as uow:
        attempt = await build.sent_payment(uow, bench.keyring, account_id=bench.account_id)
    (imported,) = await bench.take(
        build.statement(funding(), build.entry(5_000, end_to_end_id=attempt.hex))
    )
    assert (imported.entries, imported.suspense) == (2, 0)
    assert imported.continuity is Continuity.FIRST
    assert await bench.net(AccountKind.BANK) == 95_000
    assert await bench.net(AccountKind.FUND_TRANSFERS) == -100_000
    assert await bench.net(AccountKind.IN_TRANSIT) == 5_000
    assert await bench.value("SELECT outcome FROM payment_attempt") == "debited"
    async with bench.database.begin(AREA) as uow:
        (row,) = await closing_balances(uow)
        assert row.closing_minor == row.ledger_minor == 95_000


async def test_a_return_lands_in_suspense_by_instruction(bench: Bench) -> None:
    async with bench.database.begin(AREA, at=AT) as uow:
        attempt = await build.sent_payment(uow, bench.keyring, account_id=bench.account_id)
    await bench.take(build.statement(funding(), build.entry(5_000, end_to_end_id=attempt.hex)))
    back = build.entry(5_000, credit=True, end_to_end_id=attempt.hex, return_reason="AC04")
    next_day = build.DAY + timedelta(days=1)
    (imported,) = await bench.take(build.statement(back, opening=95_000, on=next_day, sequence=2))
    assert imported.continuity is Continuity.CONTINUOUS
    assert imported.suspense == 0
    assert await bench.net(AccountKind.BANK) == 100_000
    assert await bench.value("SELECT outcome FROM payment_attempt") == "returned"


async def test_an_entry_of_another_account_is_nobodys_payment(bench: Bench) -> None:
    async with bench.database.begin(AREA, at=AT) as uow:
        other = await build.agency_account(
            uow, bench.keyring, number="3700100000000999", scheme="390"
        )
        attempt = await build.sent_payment(uow, bench.keyring, account_id=other)
    (imported,) = await bench.take(
        build.statement(funding(), build.entry(5_000, end_to_end_id=attempt.hex))
    )
    assert imported.suspense == 1
    assert await bench.net(AccountKind.SUSPENSE) == 5_000
    assert await bench.net(AccountKind.IN_TRANSIT) == 0
    assert await bench.value("SELECT outcome FROM payment_attempt") == "unknown"


async def test_a_case_that_names_a_payment_ends_as_the_payment_does(bench: Bench) -> None:
    async with bench.database.begin(AREA, at=AT) as uow:
        attempt = await build.sent_payment(uow, bench.keyring, account_id=bench.account_id)
    await bench.take(
        build.statement(
            funding(),
            build.entry(5_000, end_to_end_id=attempt.hex),
            build.entry(5_000, credit=True, end_to_end_id=attempt.hex),
        )
    )
    case = await bench.value("SELECT id FROM suspense_case")

    async def say(resolution: SuspenseResolution) -> None:
        async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
            await propose_resolution(uow, case_id=case, resolution=resolution, note="?")

    for resolution in set(SuspenseResolution) - {SuspenseResolution.PAYMENTS}:  # of debits only
        with pytest.raises(PaymentDecides):
            await say(resolution)
    kind = DecisionKind.RETURN_CONFIRMED
    async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
        decision = await propose_decision(uow, attempt_id=attempt, kind=kind, reason="银行回执")
    async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
        await confirm_decision(uow, decision_id=decision)
    with pytest.raises(PaymentDecides):
        await say(SuspenseResolution.FUNDING)
    await say(SuspenseResolution.PAYMENT_RETURN)


async def suspense_standing(bench: Bench) -> Standing:
    results = await run_verification(bench.database, chain_key=bench.keyring.chain_key)
    (result,) = [one for one in results if one.invariant.name == "suspense_is_waiting"]
    return result.standing


async def test_suspense_that_is_not_what_waits_is_found(bench: Bench) -> None:
    async with bench.database.begin(AREA, at=AT) as uow:
        attempt = await build.sent_payment(uow, bench.keyring, account_id=bench.account_id)
    named = build.entry(5_000, credit=True, end_to_end_id=attempt.hex)
    await bench.take(build.statement(named, build.entry(300), build.entry(20, credit=True)))
    assert await bench.net(AccountKind.SUSPENSE) == -4_720
    assert await suspense_standing(bench) is Standing.HELD
    async with bench.database.begin(AREA, at=AT) as uow:
        await uow.execute(
            "UPDATE suspense_case SET status = 'resolved', resolution = 'funding',"
            " proposed_by = uuidv7(), confirmed_by = uuidv7(), resolved_at = :at"
            " WHERE amount_minor = 20",
            at=uow.at,
        )
    assert await suspense_standing(bench) is Standing.BROKEN


async def covered(bench: Bench) -> list[date]:
    async with bench.database.begin(AREA) as uow:
        days = await uow.fetch_all("SELECT statement_date AS day FROM statement_day ORDER BY 1")
    return [row.day for row in days]


async def test_a_statement_that_does_not_add_up_proves_no_day(bench: Bench) -> None:
    await bench.take(build.statement(funding(100), closing=60))
    assert await covered(bench) == []


async def test_a_statement_of_a_day_that_goes_on_proves_nothing(bench: Bench) -> None:
    await bench.take(build.statement(funding(100), on=AT.date()))
    assert await covered(bench) == []


async def test_a_statement_after_a_gap_proves_its_day_once_the_gap_is_closed(bench: Bench) -> None:
    days = [build.DAY - timedelta(days=back) for back in (2, 1, 0)]
    await bench.take(build.statement(funding(100), on=days[0], sequence=1))
    await bench.take(build.statement(funding(1), opening=350, on=days[2], sequence=3))
    assert await covered(bench) == [days[0]]
    await bench.take(build.statement(funding(250), opening=100, on=days[1], sequence=2))
    assert await covered(bench) == days


async def test_importing_again_books_nothing(bench: Bench) -> None:
    statement = build.statement(funding(), build.entry(700))
    await bench.take(statement, body=b"one")
    assert await bench.take(statement, body=b"one") == []  # the same bytes: the same file
    (again,) = await bench.take(statement, body=b"two")
    assert (again.entries, again.known_before) == (2, 2)
    assert again.continuity is Continuity.OVERLAP
    assert await bench.net(AccountKind.BANK) == 99_300
    assert await bench.value("SELECT count(*) FROM suspense_case") == 1


async def test_a_missing_day_is_a_gap_until_it_comes(bench: Bench) -> None:
    days = [build.DAY + timedelta(days=at) for at in range(3)]
    await bench.take(build.statement(funding(100), on=days[0], sequence=1))
    (third,) = await bench.take(build.statement(funding(1), opening=350, on=days[2], sequence=3))
    assert third.continuity is Continuity.GAP
    assert await bench.value("SELECT max(chain_difference_minor) FROM bank_statement") == 250
    (second,) = await bench.take(
        build.statement(
            build.entry(250, credit=True, payer=build.SPECIAL_ACCOUNT, on=days[1]),
            opening=100,
            on=days[1],
            sequence=2,
        )
    )
    assert second.continuity is Continuity.CONTINUOUS
    assert await bench.value("SELECT count(*) FROM bank_statement WHERE continuity = 'gap'") == 0


async def test_an_unbalanced_statement_is_taken_and_flagged(bench: Bench) -> None:
    (imported,) = await bench.take(build.statement(funding(100), closing=99))
    assert not imported.balanced


async def test_a_statement_of_another_account_or_without_balances_is_refused(
    bench: Bench,
) -> None:
    with pytest.raises(StatementOfAnotherAccount):
        await bench.take(build.statement(number="370010000000099"))
    whole = build.statement()
    with pytest.raises(StatementUnfit):
        await bench.take(BankStatement(whole.header, (), ()))
    assert await bench.value("SELECT count(*) FROM bank_statement") == 0


async def test_unknown_money_waits_for_two_people(bench: Bench) -> None:
    await bench.take(build.statement(build.entry(800, credit=True, payer="1234567")))
    assert await bench.net(AccountKind.SUSPENSE) == -800
    case = await bench.value("SELECT id FROM suspense_case")
    due = await bench.value("SELECT due_date FROM suspense_case")
    assert str(due) == "2026-03-13"  # five working days after Friday the 6th
    for actor, step in ((MAKER, "propose"), (CHECKER, "refuse"), (MAKER, "propose")):
        async with bench.database.begin(AREA, actor=actor, at=AT) as uow:
            if step == "refuse":
                await refuse_resolution(uow, case_id=case)
            else:
                await propose_resolution(
                    uow, case_id=case, resolution=SuspenseResolution.FUNDING, note="专户补款"
                )
    with pytest.raises(SuspenseMoved):
        async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
            await confirm_resolution(uow, case_id=case)
    async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
        await confirm_resolution(uow, case_id=case)
    assert await bench.net(AccountKind.SUSPENSE) == 0
    assert await bench.net(AccountKind.FUND_TRANSFERS) == -800


async def test_a_debit_cannot_be_funding(bench: Bench) -> None:
    await bench.take(build.statement(funding(), build.entry(800)))
    case = await bench.value("SELECT id FROM suspense_case")
    with pytest.raises(ResolutionUnfit):
        async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
            await propose_resolution(
                uow, case_id=case, resolution=SuspenseResolution.FUNDING, note="?"
            )


async def test_a_funding_source_counts_once_two_people_named_it(bench: Bench) -> None:
    async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
        source = await propose_funding_source(
            uow,
            keyring=bench.keyring,
            agency_account_id=bench.account_id,
            account_number="5550001",
            account_name="财政专户二",
        )
    await bench.take(build.statement(build.entry(10, credit=True, payer="5550001")))
    assert await bench.net(AccountKind.SUSPENSE) == -10
    with pytest.raises(FundingSourceMoved):
        async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
            await approve_funding_source(uow, source_id=source)
    async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
        await approve_funding_source(uow, source_id=source)
    tomorrow = build.DAY + timedelta(days=1)
    more = build.entry(20, credit=True, payer="5550001", on=tomorrow)
    await bench.take(build.statement(more, opening=10, on=tomorrow, sequence=2))
    assert await bench.net(AccountKind.SUSPENSE) == -10


async def test_an_account_that_does_not_open_at_zero_takes_two_people(bench: Bench) -> None:
    (imported,) = await bench.take(build.statement(opening=40_000))
    assert await bench.net(AccountKind.BANK) == 0
    async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
        await propose_opening(uow, statement_id=imported.statement_id)
    with pytest.raises(OpeningNotNeeded):
        async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
            await confirm_opening(uow, statement_id=imported.statement_id)
    async with bench.database.begin(AREA, actor=CHECKER, at=AT) as uow:
        await confirm_opening(uow, statement_id=imported.statement_id)
    assert await bench.net(AccountKind.BANK) == 40_000
    assert await bench.net(AccountKind.OPENING) == -40_000


async def test_an_account_that_opens_at_zero_takes_no_opening_transfer(bench: Bench) -> None:
    (imported,) = await bench.take(build.statement(funding()))
    with pytest.raises(OpeningNotNeeded):
        async with bench.database.begin(AREA, actor=MAKER, at=AT) as uow:
            await propose_opening(uow, statement_id=imported.statement_id)


async def test_a_statement_of_a_closed_month_is_booked_today(bench: Bench) -> None:
    await bench.take(build.statement(funding(1)))
    late = datetime(2026, 4, 2, tzinfo=UTC)
    async with bench.database.begin(AREA, actor=MAKER, at=late) as uow:
        await close_period(uow, period="2026-03")
    tomorrow = build.DAY + timedelta(days=1)
    file_id = await bench.store(b"late")
    more = build.entry(20, credit=True, payer=build.SPECIAL_ACCOUNT, on=tomorrow)
    async with bench.database.begin(AREA, at=late) as uow:
        await import_file(
            uow,
            keyring=bench.keyring,
            file_id=file_id,
            statements=[build.statement(more, opening=1, on=tomorrow, sequence=2)],
            xsd_valid=None,
        )
    assert await bench.value("SELECT count(*) FROM transfer WHERE period = '2026-04'") == 1
    valued = await bench.value("SELECT value_date FROM transfer WHERE period = '2026-04'")
    assert valued == tomorrow, "the money counts from the bank's day on"


CHANGES = [
    ("bank_statement", "balanced = NOT balanced", "ck_bank_statement_balanced_is_computed"),
    ("bank_statement", "to_date = from_date - 1", "ck_bank_statement_dates_in_order"),
    (
        "bank_statement",
        "opening_proposed_by = uuidv7()",
        "ck_bank_statement_opening_of_a_first_statement",
    ),
    ("statement_entry", "amount_minor = 0", "ck_statement_entry_amount_positive"),
    ("statement_entry", "is_credit = NOT is_credit", "ck_statement_entry_class_fits_direction"),
    (
        "statement_entry",
        "line_number = 99",
        "uq_statement_entry_area_code_agency_account_id_content_digest",
    ),
    (
        "statement_file",
        "fault = 'x'",
        "ck_statement_file_fault_when_unread",
    ),
    ("statement_file", "profile = 'x:1'", "ck_statement_file_profile_of_a_table"),
    (
        "statement_file",
        "source = 'uploaded'",
        "uq_statement_file_area_code_agency_account_id_body_sha256",
    ),
    ("funding_source", "approved_by = proposed_by", "ck_funding_source_two_people"),
    ("suspense_case", "status = 'resolved'", "ck_suspense_case_people_of_status"),
    ("suspense_case", "reason = 'none'", "ck_suspense_case_reason_known"),
    ("suspense_case", "due_date = NULL", "uq_suspense_case_area_code_statement_entry_id"),
]


async def test_the_database_refuses(bench: Bench) -> None:
    await bench.take(build.statement(build.entry(9, credit=True), funding()))
    for table, change, constraint in CHANGES:
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
            await _insert_changed(bench, table, change)
        assert (change, refused.value.constraint_name) == (change, constraint)


async def _insert_changed(bench: Bench, table: str, change: str) -> None:
    """Inserts a copy of a row with one column changed, as the application would."""
    column, _, value = change.partition(" = ")
    where = "WHERE entry_class = 'funding'" if table == "statement_entry" else ""
    async with bench.database.begin(AREA) as uow:
        columns = await uow.raw.fetchval(
            "SELECT string_agg(column_name, ', ') FROM information_schema.columns"
            " WHERE table_name = $1 AND column_name NOT IN ('id', 'recorded_at')",
            table,
        )
        picked = ", ".join(value if name == column else name for name in columns.split(", "))
        await uow.raw.execute(
            f"INSERT INTO {table} ({columns}) SELECT {picked} FROM {table} {where}"
        )
