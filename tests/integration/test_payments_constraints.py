"""What the database itself refuses about payments, each proved by a statement that must fail."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import event

from schemas.codes.payments import BookingKind
from settlement_api.encryption import Keyring
from settlement_api.outcomes.policy import Booking
from settlement_api.outcomes.service import record_bookings
from settlement_api.payments.service import prepare_batch
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders.payments import AREA, Part, ReleasedBatch, released_batch

SUBMISSION = """
INSERT INTO submission (area_code, id, agency_account_id, bank_code, message_id, message_kind,
    body_ciphertext, key_id, body_sha256, payment_count, control_sum_minor, state, sent_at,
    delivered_at, delivery_count, execution_date)
SELECT area_code, {id}, agency_account_id, '102', {message_id}, 'pain.001', 'x', 'k',
    {sha256}, {count}, {sum}, {state}, {sent_at},
    {delivered_at}, {delivery_count}, '2026-08-03'
FROM payment LIMIT 1
"""
USUAL = {
    "id": "'01900000-0000-7000-8000-000000000001'::uuid",
    "message_id": "'01900000000070008000000000000001'",
    "sha256": "sha256('x')",
    "count": "1",
    "sum": "1",
    "state": "'signed'",
    "sent_at": "NULL",
    "delivered_at": "NULL",
    "delivery_count": "0",
}
ATTEMPT = """
INSERT INTO payment_attempt (area_code, id, payment_id, attempt_no, end_to_end_id, amount_minor,
    decision_state, is_final)
SELECT '370100', new.id, '{payment}', {no}, replace(new.id::text, '-', ''), 1, 'approved', {final}
FROM (SELECT uuidv7() AS id) AS new
"""
EVIDENCE = """
INSERT INTO payment_evidence (area_code, attempt_id, source, meaning, code, code_map_version,
    digest, decided_by_first, decided_by_second, learned_at)
VALUES ('370100', '{attempt}', '{source}', 'not_sent', 'X', 'v', sha256('{seed}'), {first},
    {second}, '2026-08-03')
"""


@pytest.fixture
async def batch(database: Database, keyring: Keyring) -> ReleasedBatch:
    released = await released_batch(database, keyring, [Part(1, 10_00, 5_00)])
    async with database.begin(AreaScope(AREA)) as uow:
        await prepare_batch(uow, batch_id=released.id)
    return released


async def refused(owner_dsn: str, sql: str, rule: str) -> None:
    """Runs a statement as the owner, past row security, and expects that rule to refuse it."""
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute("SET app.area_code = '370100'; SET ROLE zhijie_area")
        with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
            await connection.execute(sql)
        assert rule in str(getattr(caught.value, "constraint_name", "")), caught.value
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"message_id": "'another'"}, "message_id_is_id"),
        ({"sha256": "'short'"}, "digest_length"),
        ({"count": "0"}, "payment_count_positive"),
        ({"sum": "0"}, "control_sum_positive"),
        ({"state": "'sent'"}, "state_known"),
        ({"state": "'sending'"}, "sent_when_sending"),
        ({"sent_at": "'2026-08-03'"}, "sent_when_sending"),
    ],
)
async def test_submissions(
    batch: ReleasedBatch, owner_dsn: str, change: dict[str, str], rule: str
) -> None:
    await refused(owner_dsn, SUBMISSION.format(**(USUAL | change)), rule)


async def test_a_payment_has_one_open_attempt(batch: ReleasedBatch, owner_dsn: str) -> None:
    second = {"payment": batch.payment_ids[0], "no": 2, "final": "false"}
    await refused(owner_dsn, ATTEMPT.format(**second), "uq_payment_attempt_open")
    twice = second | {"no": 1, "final": "true"}
    await refused(owner_dsn, ATTEMPT.format(**twice), "attempt_no")
    strange = second | {"payment": uuid4(), "no": 1}
    await refused(owner_dsn, ATTEMPT.format(**strange), "fk_payment_attempt")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("decision_state = 'signed'", "signed_has_submission"),
        ("decision_state = 'sent'", "decision_state_known"),
        ("outcome = 'paid'", "outcome_known"),
        ("posted_paid_minor = 1", "posted_paid_is_all_or_nothing"),
        ("posted_returned_minor = 1", "posted_returned_within_paid"),
        ("posted_paid_minor = amount_minor, posted_released = true", "never_both"),
    ],
)
async def test_attempts(batch: ReleasedBatch, owner_dsn: str, change: str, rule: str) -> None:
    await refused(owner_dsn, f"UPDATE payment_attempt SET {change}", rule)


@pytest.mark.parametrize(
    ("source", "people"),
    [
        ("human_decision", ("NULL", "NULL")),
        ("human_decision", ("'{same}'", "'{same}'")),
        ("human_decision", ("'{same}'", "NULL")),
        ("status_inquiry", ("'{same}'", "'{other}'")),
    ],
)
async def test_only_two_people_decide(
    batch: ReleasedBatch, database: Database, owner_dsn: str, source: str, people: tuple[str, str]
) -> None:
    names = {"same": uuid4(), "other": uuid4()}
    values = {
        "attempt": await _attempt_id(database),
        "source": source,
        "seed": "1",
        "first": people[0].format(**names),
        "second": people[1].format(**names),
    }
    await refused(owner_dsn, EVIDENCE.format(**values), "two_people_decide")


async def _attempt_id(database: Database) -> UUID:
    async with database.begin(AreaScope(AREA)) as uow:
        found = await uow.fetch_value("SELECT id FROM payment_attempt")
        return UUID(int=found.int)


async def test_a_share_is_in_one_open_item(batch: ReleasedBatch, owner_dsn: str) -> None:
    again = (
        "INSERT INTO payment_item (area_code, payment_id, payable_share_id, hospital_id,"
        " supplier_id, amount_minor) SELECT area_code, payment_id, payable_share_id, hospital_id,"
        " supplier_id, 1 FROM payment_item"
    )
    await refused(owner_dsn, again, "uq_payment_item_open_share")


@pytest.mark.parametrize(
    ("columns", "values", "rule"),
    [
        ("amount_minor", "0", "amount_positive"),
        ("amount_minor, recovery_minor", "1, 2", "recovery_within_amount"),
    ],
)
async def test_items(
    batch: ReleasedBatch, owner_dsn: str, columns: str, values: str, rule: str
) -> None:
    sql = (
        f"INSERT INTO payment_item (area_code, payment_id, payable_share_id, hospital_id,"
        f" supplier_id, {columns}) SELECT area_code, payment_id, uuidv7(), hospital_id,"
        f" supplier_id, {values} FROM payment_item"
    )
    await refused(owner_dsn, sql, rule)


async def test_one_stop_is_in_force_at_a_time(batch: ReleasedBatch, owner_dsn: str) -> None:
    columns = "area_code, reason, engaged_at, conflict_at"
    stop = "('370100', 'r', '2026-08-03', '2026-08-03')"
    sql = f"INSERT INTO payment_stop ({columns}) VALUES {stop}, {stop}"
    await refused(owner_dsn, sql, "uq_payment_stop_in_force")


async def test_a_stop_is_thrown_by_somebody_and_a_conflict_is_lifted_by_two(
    batch: ReleasedBatch, owner_dsn: str
) -> None:
    nobody = (
        "INSERT INTO payment_stop (area_code, reason, engaged_at) VALUES ('370100', 'r', now())"
    )
    await refused(owner_dsn, nobody, "ck_payment_stop_engaged_by_somebody")
    alone = (
        "INSERT INTO payment_stop (area_code, reason, engaged_by, engaged_at, conflict_at,"
        " lift_proposed_by, lifted_by, lifted_at) SELECT '370100', 'r', id, now(), now(), id, id,"
        " now() FROM (SELECT uuidv7() AS id) AS person"
    )
    await refused(owner_dsn, alone, "ck_payment_stop_conflict_lifted_by_two")


async def test_evidence_and_money_columns_cannot_be_rewritten(
    batch: ReleasedBatch, owner_dsn: str
) -> None:
    connection = await asyncpg.connect(owner_dsn)
    try:
        await connection.execute("SET app.area_code = '370100'; SET ROLE zhijie_area")
        for sql in (
            "UPDATE payment_evidence SET meaning = 'debited'",
            "DELETE FROM payment_evidence",
            "UPDATE payment SET amount_minor = 1",
            "UPDATE payment SET payee_account_ciphertext = 'x'",
            "UPDATE submission SET body_ciphertext = 'x'",
            "DELETE FROM payment_attempt",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
    finally:
        await connection.close()


async def test_another_area_sees_no_payment(batch: ReleasedBatch, database: Database) -> None:
    async with database.begin(AreaScope("370200")) as uow:
        for table in ("payment", "payment_item", "payment_attempt", "payment_evidence"):
            assert await uow.fetch_value(f"SELECT count(*) FROM {table}") == 0


async def test_a_statement_of_any_length_is_applied_set_wise(
    database: Database, keyring: Keyring
) -> None:
    """No statement a line: the number of statements does not grow with the lines."""
    few, many = [await _statements_for(database, keyring, n, no) for no, n in ((1, 5), (2, 400))]
    assert many <= few + 5


async def _statements_for(database: Database, keyring: Keyring, count: int, batch_no: int) -> int:
    parts: Any = [[Part(number % 7, 1_00 + number, 1_00)] for number in range(count)]
    released = await released_batch(database, keyring, *parts, batch_no=batch_no)
    async with database.begin(AreaScope(AREA)) as uow:
        await prepare_batch(uow, batch_id=released.id)
        rows = await uow.fetch_all(
            "SELECT a.id, a.amount_minor, p.agency_account_id FROM payment_attempt a JOIN payment p"
            " ON p.id = a.payment_id WHERE p.payment_batch_id = :id",
            id=released.id,
        )
    bookings = [
        Booking(UUID(int=row.id.int).hex, BookingKind.DEBIT, row.amount_minor, uuid4())
        for row in rows
    ]
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        async with database.begin(AreaScope(AREA)) as uow:
            unknown = await record_bookings(
                uow,
                cause_id=uuid4(),
                bookings=bookings,
                agency_account_id=rows[0].agency_account_id,
            )
        assert unknown == set()
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    return len(seen)
