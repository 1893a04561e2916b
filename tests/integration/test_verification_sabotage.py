"""Each invariant's question, asked where everything holds and where just its rule is broken.

All questions share one database with a paid batch. Every sabotage happens, and is asked about,
in a transaction of the schema's owner that is rolled back: nothing else ever sees it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from reconciler.copy_layouts import STAGING_TABLES
from settlement_api.embedded_postgres import APPLICATION, SUPERUSER, SYSTEM, EmbeddedServer
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database, async_url
from settlement_api.unit_of_work import making_of
from settlement_api.verification.orphans import links, targets_of
from settlement_api.verification.policy import INVARIANTS, Standing
from settlement_api.verification.service import Asking, all_hold, ask, run_verification
from tests.builders.any_rows import free_the_tables
from tests.builders.payment_stage import MovableClock
from tests.builders.payments import START
from tests.builders.settled import settled_stage
from tests.conftest import TEMPLATE

QUESTIONS = {invariant.name: invariant for invariant in INVARIANTS}


@pytest.fixture(scope="module")
def settled_name(
    postgres: EmbeddedServer, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of the module's database, filled once; then nothing refuses a wrong row."""
    name = f"settled_{os.getpid()}"
    maintenance = postgres.dsn(SUPERUSER, "postgres")
    create = f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY"
    asyncio.run(_execute(maintenance, create))
    asyncio.run(_fill(postgres, name, keyring, tmp_path_factory.mktemp("bank")))
    yield name
    asyncio.run(_execute(maintenance, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _fill(postgres: EmbeddedServer, name: str, keyring: Keyring, folder: Path) -> None:
    clock = MovableClock()
    database = open_database(postgres, name, clock)
    try:
        async with settled_stage(database, keyring, clock, folder):
            pass
    finally:
        await database.close()
    owner = await asyncpg.connect(postgres.dsn(SUPERUSER, name))
    try:
        await free_the_tables(owner)
    finally:
        await owner.close()


def open_database(
    postgres: EmbeddedServer, name: str, clock: MovableClock | None = None
) -> Database:
    return Database(
        postgres.dsn(APPLICATION, name), system_dsn=postgres.dsn(SYSTEM, name), clock=clock
    )


@pytest.fixture
async def owner(postgres: EmbeddedServer, settled_name: str) -> AsyncIterator[AsyncConnection]:
    """The schema's owner in a transaction that leaves nothing behind, with tables to stage in."""
    engine = create_async_engine(
        async_url(postgres.dsn(SUPERUSER, settled_name)), poolclass=NullPool
    )
    async with engine.connect() as connection:
        transaction = await connection.begin()
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute(making_of(STAGING_TABLES))
        yield connection
        await transaction.rollback()
    await engine.dispose()


async def test_a_paid_batch_breaks_no_invariant(
    postgres: EmbeddedServer, settled_name: str, keyring: Keyring
) -> None:
    database = open_database(postgres, settled_name)
    try:
        results = await run_verification(database, chain_key=keyring.chain_key)
    finally:
        await database.close()
    wrong = {r.invariant.name: (r.standing, r.areas) for r in results if not r.ok}
    assert wrong == {}
    assert all_hold(results)
    unasked = {r.invariant.name for r in results if r.standing is not Standing.HELD}
    assert unasked == set(), "every question has rows here"


SECOND_DEBIT = """INSERT INTO statement_entry SELECT (jsonb_populate_record(
    entry, jsonb_build_object('id', uuidv7(), 'content_digest', sha256(content_digest))
)).* FROM statement_entry AS entry WHERE entry_class = 'payment'"""

# Per question: the ways to break its rule. Several statements of one way are parted by ";".
SABOTAGE: dict[str, tuple[str, ...]] = {
    "ledger_totals": (
        """UPDATE transfer SET amount_minor = amount_minor + 1
        WHERE id = (SELECT id FROM transfer WHERE state = 'posted' LIMIT 1)""",
        "UPDATE account_balance SET pending_debit_minor = pending_debit_minor + 1",
        "UPDATE account_balance SET posted_debit_minor = posted_debit_minor + 1",
    ),
    "ledger_balances": (
        "UPDATE account_balance SET posted_credit_minor = posted_credit_minor + 1",
        "UPDATE account_balance SET posted_debit_minor = posted_debit_minor + 1",
    ),
    "ledger_numbers": (
        "DELETE FROM ledger_posting WHERE posting_number = 1",
        "UPDATE ledger_head SET last_number = last_number + 1",
        "UPDATE ledger_posting SET transfer_count = transfer_count + 1",
    ),
    "ledger_append_only": (
        "GRANT UPDATE (amount_minor) ON transfer TO zhijie_area",
        "GRANT DELETE ON statement_entry TO zhijie_app",
    ),
    "bank_equals_statements": (
        "UPDATE bank_statement SET closing_minor = closing_minor + 1",
        "DELETE FROM bank_statement",
    ),
    "statements_chain": (
        "UPDATE bank_statement SET balanced = false",
        "UPDATE bank_statement SET continuity = 'gap'",
        "UPDATE bank_statement SET continuity = 'overlap', chain_difference_minor = 1",
        "UPDATE bank_statement SET opening_minor = 1, closing_minor = closing_minor + 1",
    ),
    "bank_only_from_statements": (
        "UPDATE transfer SET basis_id = uuidv7() WHERE basis_kind = 'bank_statement_entry'",
        "UPDATE statement_entry SET is_credit = NOT is_credit",
        "UPDATE statement_entry SET agency_account_id = uuidv7()",
    ),
    "shares_within_confirmed": (
        "UPDATE payable_share SET confirmed_minor = confirmed_minor - 1",
        "UPDATE payable_share SET confirmed_minor = confirmed_minor + 1, reserved_minor = 1",
        "UPDATE payable_share SET paid_minor = paid_minor - 1",
        "UPDATE payable_share SET returned_minor = 1",
        "UPDATE payable_share SET confirmed_minor = confirmed_minor + 1, set_off_minor = 1",
    ),
    "confirmed_within_payable": (
        "UPDATE payable SET amount_minor = amount_minor - 1",
        "UPDATE payable SET status = 'open'",
        "UPDATE payable_share SET confirmed_minor = confirmed_minor - 1",
        "UPDATE application_line SET shares_fixed = false",
    ),
    "targets_met": (
        "UPDATE payable SET amount_minor = amount_minor + 1",
        "UPDATE payable SET status = 'open', quantity_milli = quantity_milli - 1",
        "UPDATE payable SET status = 'superseded'",
        "DELETE FROM purchase_order_line WHERE id = (SELECT order_line_id FROM payable LIMIT 1)",
        "UPDATE goods_receipt_line SET accepted_milli = 1_000",
        "UPDATE invoice_line SET state = 'cancelled'",
        "UPDATE purchase_order_line SET price_micro = 1",
    ),
    "paid_is_traced": (
        "DELETE FROM purchase_order_line",
        "DELETE FROM goods_receipt_line",
        "DELETE FROM invoice_line",
        "UPDATE application_line SET confirmed_by = NULL",
        "UPDATE application_line SET re_reviewed_by = first_reviewed_by",
        "UPDATE payment_batch SET released_by = NULL",
        "UPDATE submission SET sent_at = NULL",
        "DELETE FROM payment_evidence",
    ),
    "bank_debits_explained": (
        "DELETE FROM suspense_case",
        "UPDATE payment_attempt SET amount_minor = amount_minor + 1",
    ),
    "suspense_is_waiting": (
        "UPDATE payment_attempt SET posted_returned_minor = posted_returned_minor + 1",
        "DELETE FROM statement_entry WHERE entry_class = 'return'",
        "UPDATE payment_attempt SET posted_returned_minor = 0",
        # One return taken out of suspense twice, and another not at all: the sums agree.
        """UPDATE payment_attempt SET posted_returned_minor = 2 * posted_returned_minor;
        INSERT INTO statement_entry SELECT (jsonb_populate_record(
            entry,
            jsonb_build_object('id', uuidv7(), 'content_digest', sha256('x'), 'entry_class',
                'suspense')
        )).* FROM statement_entry AS entry WHERE entry_class = 'return'""",
    ),
    "schemes_never_cross": (
        "UPDATE payable_share SET scheme = '390'",
        "UPDATE payment_batch SET scheme = '390'",
        "UPDATE agency_account SET scheme = '390'",
        "UPDATE ledger SET scheme = '390' WHERE scheme = '310'",
    ),
    "paid_equals_funding": (
        "UPDATE statement_entry SET amount_minor = amount_minor + 1 WHERE entry_class = 'payment'",
        "DELETE FROM statement_entry WHERE entry_class = 'payment'",
        "UPDATE payment_attempt SET posted_paid_minor = posted_paid_minor - 1",
    ),
    "advances_roll_forward": (
        "UPDATE payment_item SET amount_minor = amount_minor - 1",
        "UPDATE payment_item SET hospital_id = uuidv7()",
        "UPDATE ledger_account SET account_kind = 'prepayment' WHERE account_kind = 'advance'",
    ),
    "claims_are_booked": (
        "UPDATE fund_document SET amount_minor = amount_minor + 1",
        "DELETE FROM transfer WHERE basis_kind = 'claim_capacity'",
    ),
    "owed_equals_payables": (
        "UPDATE payable SET amount_minor = amount_minor + 1",
        "UPDATE payable SET supplier_id = uuidv7()",
        "DELETE FROM transfer WHERE basis_kind = 'match_run'",
    ),
    "mandate_payments_booked": (
        "UPDATE payment_item SET supplier_id = uuidv7()",
        "UPDATE payment_item SET amount_minor = amount_minor + 1",
    ),
    "never_paid_twice": (
        """INSERT INTO payment_attempt (area_code, payment_id, attempt_no, end_to_end_id,
            amount_minor, decision_state, submission_id, is_final, posted_paid_minor)
        SELECT area_code, payment_id, 2, 'again' || id, amount_minor, decision_state,
            submission_id, true, posted_paid_minor FROM payment_attempt""",
        "UPDATE statement_entry SET amount_minor = 2 * amount_minor WHERE entry_class = 'payment'",
        """INSERT INTO payment_item (area_code, payment_id, payable_share_id, hospital_id,
            supplier_id, amount_minor, is_final)
        SELECT area_code, payment_id, payable_share_id, hospital_id, supplier_id, 1, false
        FROM payment_item""",
    ),
    "bookings_are_posted": (
        "UPDATE payment_attempt SET posted_paid_minor = posted_paid_minor - 1",
        "UPDATE payment_attempt SET posted_disowned_minor = 1",
        "DELETE FROM statement_entry WHERE entry_class = 'return'",
        "UPDATE payment_attempt SET outcome = 'debited', posted_paid_minor = 0",
        # A second debit that the bank reversed, and the reversal taken for the payment's return.
        SECOND_DEBIT,
        # The same when people disowned the second debit.
        f"{SECOND_DEBIT}; UPDATE payment_attempt SET posted_disowned_minor = amount_minor",
        # Part of it returned by nobody's word.
        """UPDATE payment_attempt SET posted_returned_minor = 1
        WHERE posted_paid_minor > 0 AND posted_returned_minor = 0""",
    ),
    "vouchers_balance": (
        "UPDATE voucher_line SET debit_minor = debit_minor + 1 WHERE debit_minor > 0",
        """INSERT INTO voucher_line SELECT (jsonb_populate_record(line, jsonb_build_object(
            'id', uuidv7(), 'line_number', 99, 'entry_class', 'budget'
        ))).* FROM voucher_line AS line WHERE line_number = 1""",
        # Balanced by a line of the other class.
        """UPDATE voucher_line SET entry_class = 'budget'
        WHERE line_number = 1 AND side = 'hospital'""",
        "UPDATE voucher SET total_minor = total_minor + 1",
        "UPDATE voucher SET voucher_number = voucher_number + 1000",
        "DELETE FROM voucher WHERE voucher_number = 1",
        "DELETE FROM voucher_line",
        "UPDATE voucher_line SET supplier_id = uuidv7() WHERE side = 'supplier'",
    ),
    "vouchers_follow_ledger": (
        # Whole vouchers lost, or doubled, balance all the same.
        """DELETE FROM voucher_line
        WHERE voucher_id = (SELECT id FROM voucher WHERE side = 'supplier' LIMIT 1)""",
        "DELETE FROM voucher_line WHERE side = 'fund'",
        "DELETE FROM voucher_line WHERE role = 'supplier_payable'",
        """UPDATE voucher_line SET debit_minor = 2 * debit_minor, credit_minor = 2 * credit_minor
        WHERE side = 'fund'""",
        "UPDATE voucher_line SET debit_minor = credit_minor, credit_minor = debit_minor",
        "UPDATE voucher_line SET partner_id = uuidv7() WHERE role = 'hospital_advance'",
        "UPDATE voucher_head SET through_number = through_number - 1",
    ),
    "three_sides_balance": (
        # The fund's books say a fen more or less than the suppliers' and the hospitals'.
        """UPDATE voucher_line SET debit_minor = debit_minor + 1
        WHERE role = 'hospital_advance' AND debit_minor > 0""",
        """UPDATE voucher_line SET credit_minor = credit_minor + 1
        WHERE role = 'hospital_receivable' AND credit_minor > 0""",
        """UPDATE voucher_line SET debit_minor = debit_minor + 1
        WHERE side = 'supplier' AND role = 'cash' AND debit_minor > 0""",
        """UPDATE voucher_line SET credit_minor = credit_minor - 1
        WHERE role = 'mandate_debt' AND credit_minor > 1""",
        # The return is entered on two sides only.
        """DELETE FROM voucher_line WHERE role = 'hospital_advance' AND credit_minor > 0
            AND voucher_id IN (SELECT id FROM voucher WHERE basis_kind = 'payment_attempt')""",
        """DELETE FROM voucher_line WHERE voucher_id IN (SELECT id FROM voucher
            WHERE side = 'supplier' AND basis_kind = 'payment_attempt')""",
        # Another hospital was relieved than the fund paid for.
        "UPDATE voucher_line SET partner_id = uuidv7() WHERE role = 'hospital_advance'",
    ),
    "three_people": (
        "UPDATE payment_batch SET approved_by = made_by",
        "DELETE FROM approval WHERE step = 'maker'",
        "DELETE FROM approval WHERE step = 'checker'",
        "DELETE FROM approval WHERE step = 'releaser'",
        "UPDATE approval SET content_hash = sha256('changed')",
        "UPDATE approval SET decision = 'rejected' WHERE step = 'checker'",
    ),
    "two_reviewers": (
        "UPDATE application_line SET confirmed_by = NULL",
        "UPDATE application_line SET re_reviewed_by = first_reviewed_by",
        "UPDATE application_line SET first_reviewed_by = confirmed_by",
    ),
    "mandate_in_force": (
        "DELETE FROM mandate",
        "UPDATE mandate SET valid_to = '2026-08-02'",
        "UPDATE mandate SET valid_from = '2026-08-04'",
        # Known only after the release, or no longer then: its period says nothing for it.
        "UPDATE mandate SET learned_at = released_at + interval '1 second' FROM payment_batch",
        "UPDATE mandate SET superseded_at = released_at FROM payment_batch",
    ),
    "closed_periods_stand": (
        # Posted afterwards, whatever instant it says it was posted at.
        """INSERT INTO transfer SELECT (jsonb_populate_record(
            transfer,
            jsonb_build_object('id', uuidv7(), 'entry_id', uuidv7(), 'purpose', 'late')
        )).* FROM transfer WHERE basis_kind = 'match_run' LIMIT 1""",
        "UPDATE transfer SET amount_minor = amount_minor + 1 WHERE period = '2026-07'",
        "UPDATE transfer SET booking_date = booking_date - 1 WHERE period = '2026-07'",
        "UPDATE transfer SET value_date = value_date - 1 WHERE period = '2026-07'",
        "DELETE FROM transfer WHERE period = '2026-07'",
        "DELETE FROM period_movement",
        # A month before the closed one is closed too, whatever its own row says.
        """INSERT INTO accounting_period (area_code, period, state)
        VALUES ('370100', '2026-06', 'open');
        UPDATE transfer SET period = '2026-06' WHERE basis_kind = 'bank_statement_entry'""",
    ),
    "batches_complete": (
        "UPDATE payment_batch SET taken_count = taken_count - 1, left_out_count = 1",
        "UPDATE payment_batch SET taken_count = taken_count + 1",
        "UPDATE payment_batch SET left_out_minor = 1",
        "UPDATE payment_batch SET payment_count = payment_count + 1",
        "UPDATE payment SET amount_minor = amount_minor + 1",
        "UPDATE payment_item SET amount_minor = amount_minor + 1",
        """INSERT INTO batch_exclusion (area_code, payment_batch_id, application_line_id,
            hospital_id, supplier_id, reason, amount_minor)
        SELECT area_code, id, uuidv7(), uuidv7(), uuidv7(), 'original_pending', 0
        FROM payment_batch""",
    ),
    "eligible_has_a_place": (
        # A line that the freeze never staged: no share, no exclusion.
        """DELETE FROM payment_item; DELETE FROM payable_share;
        UPDATE application_line SET shares_fixed = false""",
        "DELETE FROM payment_item",
        # Left out of an earlier batch only.
        """DELETE FROM payment_item;
        INSERT INTO batch_exclusion (area_code, payment_batch_id, application_line_id,
            hospital_id, supplier_id, reason, amount_minor)
        SELECT area_code, uuidv7(), id, hospital_id, supplier_id, 'account_short', amount_minor
        FROM application_line""",
    ),
    "intakes_complete": (
        "DELETE FROM intake_result WHERE record_number = 1",
        "UPDATE intake_result SET document_id = uuidv7() WHERE record_number = 1",
        "UPDATE intake SET accepted_records = accepted_records - 1, unchanged_records = 1",
        "DELETE FROM document WHERE raw_position = 1",
        "DELETE FROM fund_document",
    ),
    "match_runs_balanced": (
        "DELETE FROM payable WHERE id = (SELECT id FROM payable LIMIT 1)",
        "UPDATE match_run SET payables_superseded = 1",
        "UPDATE match_run SET discrepancies_inserted = 1",
        "UPDATE match_run SET discrepancies_superseded = 1",
    ),
    "orphans": (
        "DELETE FROM hospital",
        "DELETE FROM match_run",
        "DELETE FROM outbox_event",
        "DELETE FROM supplier",
        "UPDATE invoice_line SET product_id = uuidv7()",
        "UPDATE document SET superseded_by_id = uuidv7()",
        """INSERT INTO batch_exclusion (area_code, payment_batch_id, application_line_id,
            hospital_id, supplier_id, reason, amount_minor)
        SELECT area_code, payment_batch.id, uuidv7(), hospital_id, supplier_id, 'x', 1
        FROM application_line JOIN payment_batch USING (area_code) LIMIT 1""",
    ),
    "capacity_as_used": (
        "UPDATE claim_capacity SET consumed_minor = consumed_minor + 1",
        "UPDATE claim_capacity SET reserved_minor = 1",
    ),
    "seals_chain": (
        "DELETE FROM seal WHERE number = 1",
        "UPDATE seal SET digest = sha256('changed') WHERE number = 2",
        "UPDATE seal SET event_id = uuidv7() WHERE number = 2",
        "UPDATE seal_head SET link = sha256('changed')",
        "UPDATE seal_head SET number = number + 1",
        # The end of the chain cut off, and its head moved back.
        """DELETE FROM seal WHERE number = (SELECT max(number) FROM seal);
        UPDATE seal_head SET number = last.number, link = last.link
        FROM (SELECT number, link FROM seal ORDER BY number DESC LIMIT 1) AS last""",
        "DELETE FROM seal; DELETE FROM seal_head",
    ),
    "seals_are_ours": (
        "UPDATE outbox_event SET actor_name = 'somebody else'",
        "UPDATE outbox_event SET facts = facts || jsonb_build_object('more', 1)",
        "DELETE FROM outbox_event WHERE id = (SELECT event_id FROM seal WHERE number = 2)",
        "UPDATE seal SET mac = digest WHERE number = 2",
        "UPDATE seal SET link = sha256(link), mac = mac WHERE number = 2",
        "UPDATE seal SET salt = substr(mac, 1, 16) WHERE number = 2",
        # Of another chain of the same installation.
        """INSERT INTO seal SELECT (jsonb_populate_record(
            seal, jsonb_build_object('id', uuidv7(), 'area_code', '370200')
        )).* FROM seal WHERE number = 1""",
    ),
}


def test_every_question_has_its_sabotage() -> None:
    assert set(SABOTAGE) == set(QUESTIONS)


@pytest.mark.parametrize(
    ("name", "statements"), [(name, way) for name, ways in SABOTAGE.items() for way in ways]
)
async def test_the_question_finds_its_rule_broken(
    owner: AsyncConnection, keyring: Keyring, name: str, statements: str
) -> None:
    for statement in statements.split(";"):
        done = await owner.execute(text(statement))
        assert done.rowcount != 0, "the sabotage must touch something"
    result = await ask(owner, QUESTIONS[name], Asking(START, keyring.chain_key))
    assert result.standing is Standing.BROKEN


async def test_targets_are_not_held_against_documents_that_wait_for_matching(
    owner: AsyncConnection,
) -> None:
    await owner.execute(text("UPDATE payable SET amount_minor = amount_minor + 1"))
    await owner.execute(text("UPDATE intake SET state = 'received'"))
    result = await ask(owner, QUESTIONS["targets_met"], Asking(START, bytes(32)))
    assert (result.standing, result.broken) == (Standing.HELD, 0)
    assert result.areas[0].sample == "matching waits for its turn"


def test_every_column_that_names_a_row_is_asked_about() -> None:
    asked = {(link.table, link.column) for link in links()}
    assert {table for table, _ in asked} > {"payable", "discrepancy", "batch_exclusion", "seal"}
    assert ("discrepancy", "other_line_id") in asked
    with pytest.raises(KeyError):
        targets_of("unheard_of_id")
