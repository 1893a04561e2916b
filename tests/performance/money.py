"""Money on its way, PostgreSQL to PostgreSQL: postings beside pgbench, messages signed and stored,
evidence applied, and a statement of a hundred thousand entries matched."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from bank_adapters.simulator.messages import BookedEntry, write_statement
from schemas.bank import BankMeaning
from schemas.codes.bank_statements import FileSource
from schemas.codes.ledger import AccountKind, Book
from schemas.codes.payments import EvidenceSource
from schemas.money import Money
from settlement_api.bank_statements.jobs import read
from settlement_api.batches.queries import content_hash, get_batch
from settlement_api.embedded_postgres import SUPERUSER, EmbeddedServer
from settlement_api.jobs_context import JobContext
from settlement_api.ledger.service import AccountKey, EntryDraft, Leg, post_entries
from settlement_api.outcomes.policy import News
from settlement_api.outcomes.service import record_news
from settlement_api.payments import jobs
from settlement_api.payments.service import begin_sending
from settlement_api.rehearsal.stage import Stage
from settlement_api.statement_files.service import store_file
from settlement_api.unit_of_work import AreaScope, UnitOfWork
from tests.performance.ingest import Addresses
from tests.performance.measure import CpuStopwatch, Figure, Stopwatch

SCHEME: Final = "310"
PAYMENTS: Final = 100_000
A_BATCH: Final = 10_000
SUPPLIERS: Final = 2_600
MATCHED_GOAL_SECONDS: Final = 20.0
EVIDENCE_GOAL: Final = 2_000
SIGNED_GOAL: Final = 30_000
POSTINGS: Final = 50_000
A_POSTING: Final = 1_000
POSTING_GOAL: Final = 7.0
PGBENCH: Final = "zhijie_pgbench"
PGBENCH_SECONDS: Final = 10
PGBENCH_CLIENTS: Final = 8
PGBENCH_SCALE: Final = 10

_BATCH: Final = """
INSERT INTO payment_batch
    (area_code, id, agency_id, agency_account_id, scheme, period, batch_no, status, cutoff_at,
     available_minor, eligible_count, eligible_minor, taken_count, left_out_count,
     left_out_minor, payment_count, control_sum_minor, set_off_minor, planned_recovery_minor,
     shortfall_minor, shortfall_policy, rule_pack_code, rule_pack_version, content_hash,
     made_by, made_at, approved_by, approved_at, released_by, released_at)
SELECT area_code, :id, agency_id, id, scheme, :period, :batch_no, 'released', :at, :total,
    :count, :total, :count, 0, 0, :count, :total, 0, :total, 0, 'carry', 'shandong-base', 1,
    sha256('not yet'), uuidv7(), :at, uuidv7(), :at, uuidv7(), :at
FROM agency_account
WHERE area_code = :area_code AND id = :account_id
"""
_PAYMENTS: Final = """
INSERT INTO payment
    (area_code, id, payment_batch_id, agency_account_id, scheme, claim_month, supplier_id,
     payee_account_id, payee_name, payee_cnaps_code, payee_account_ciphertext, payee_key_id,
     payee_account_blind_index, payee_account_last4, amount_minor, item_count, remittance,
     is_released)
SELECT :area_code, uuidv7(), :id, :account_id, :scheme, :period,
    md5('supplier ' || serial % :suppliers)::uuid, :payee_id,
    '第' || serial || '医药有限公司', '102451000012', :ciphertext, :key_id, :blind_index, '0001',
    10000 + serial, 1, '药械结算', true
FROM generate_series(1, :count) AS serial
"""
_SHARES: Final = """
INSERT INTO payable_share
    (area_code, id, payable_id, application_line_id, hospital_id, supplier_id, scheme,
     confirmed_minor, reserved_minor)
SELECT :area_code, payment.id, uuidv7(), uuidv7(), :hospital_id, payment.supplier_id, :scheme,
    payment.amount_minor, payment.amount_minor
FROM payment
WHERE payment.area_code = :area_code AND payment.payment_batch_id = :id
"""
_ITEMS: Final = """
INSERT INTO payment_item
    (area_code, payment_id, payable_share_id, hospital_id, supplier_id, amount_minor,
     recovery_minor)
SELECT :area_code, payment.id, payment.id, :hospital_id, payment.supplier_id,
    payment.amount_minor, payment.amount_minor
FROM payment
WHERE payment.area_code = :area_code AND payment.payment_batch_id = :id
"""
_APPROVALS: Final = """
INSERT INTO approval
    (area_code, subject_kind, subject_id, content_hash, step, decision, user_id, user_name,
     decided_at)
SELECT batch.area_code, 'payment_batch', batch.id, batch.content_hash, decided.step, 'approved',
    decided.user_id, decided.step, :at
FROM payment_batch AS batch
CROSS JOIN LATERAL (
    VALUES ('maker', batch.made_by), ('checker', batch.approved_by), ('releaser', batch.released_by)
) AS decided (step, user_id)
WHERE batch.area_code = :area_code AND batch.id = :id
"""
_CAPACITY: Final = """
INSERT INTO claim_capacity (area_code, hospital_id, scheme, month, available_minor, reserved_minor)
VALUES (:area_code, :hospital_id, :scheme, :period, :total, :total)
ON CONFLICT (area_code, hospital_id, scheme, month) DO UPDATE
SET available_minor = claim_capacity.available_minor + :total,
    reserved_minor = claim_capacity.reserved_minor + :total
"""


@dataclass(frozen=True)
class _Payer:
    """Who pays whom here: one agency account, one hospital whose claims it settles."""

    context: JobContext
    area: AreaScope
    account_id: UUID
    account_number: str
    hospital_id: UUID


async def measure_money(stage: Stage) -> list[Figure]:
    """Needs a stage without workers, and leaves its first area's books full."""
    payer = await _payer(stage)
    figures = [await _postings(stage, payer)]
    batches = [await _released(payer, number) for number in range(1, PAYMENTS // A_BATCH + 1)]
    figures.append(await _signed(payer, batches))
    figures.append(await _evidence(payer))
    figures.append(await _matched(payer))
    return figures


async def _payer(stage: Stage) -> _Payer:
    installation = stage.installation

    async def enqueue(name: str, payload: dict[str, Any]) -> None:
        raise AssertionError(f"nothing here enqueues: {name} {payload}")

    context = JobContext(
        installation.database,
        installation.clock,
        installation.settings,
        installation.keyring,
        enqueue,
    )
    area = AreaScope(stage.areas[0])
    async with context.database.begin(area) as uow:
        account = await uow.fetch_one(
            "SELECT * FROM agency_account WHERE area_code = :area_code AND scheme = :scheme",
            area_code=uow.area_code,
            scheme=SCHEME,
        )
        hospital_id = await uow.fetch_value(
            "SELECT hospital_id FROM mandate WHERE area_code = :area_code"
            " AND valid_from <= :on AND coalesce(valid_to, :on) >= :on LIMIT 1",
            area_code=uow.area_code,
            on=uow.on,
        )
    assert account is not None, "the province's first area has an account of that scheme"
    number = context.keyring.account_number(
        account.account_ciphertext,
        account.key_id,
        of=account.id,
        blind_index=account.account_blind_index,
    )
    return _Payer(context, area, UUID(int=account.id.int), number, UUID(int=hospital_id.int))


# ── postings ────────────────────────────────────────────────────────────────────────────────


async def _postings(stage: Stage, payer: _Payer) -> Figure:
    """Entries posted in batches, all of them against one fund account."""
    watch = Stopwatch()
    for first in range(0, POSTINGS, A_POSTING):
        async with payer.context.database.begin(payer.area) as uow:
            entries = [_posting(uow, number) for number in range(first, first + A_POSTING)]
        with watch.round():
            async with payer.context.database.begin(payer.area) as uow:
                await post_entries(uow, entries=entries)
    a_second = POSTINGS / sum(watch.rounds)
    limit = await _pgbench(Addresses.of(stage).server)
    return Figure(
        "postings in batches, one hot fund account",
        a_second,
        "transfers/s",
        f"≥ {POSTING_GOAL:g} x pgbench",
        a_second >= POSTING_GOAL * limit,
        limit=limit,
        limit_name="pgbench TPC-B tps, same server",
        note=f"{POSTINGS:,} transfers of {A_POSTING:,} a batch, one connection; pgbench with"
        f" {PGBENCH_CLIENTS} clients, scale {PGBENCH_SCALE}, {PGBENCH_SECONDS} s",
    )


def _posting(uow: UnitOfWork, number: int) -> EntryDraft:
    hospital = AccountKey(AccountKind.ADVANCE, UUID(int=number % 200 + 1))
    leg = Leg(hospital, AccountKey(AccountKind.IN_TRANSIT), Money(10_000 + number))
    return EntryDraft(Book.FUND, SCHEME, "bench", uuid4(), uow.on, (leg,), "")


async def _pgbench(server: EmbeddedServer) -> float:
    """Transactions a second of pgbench's own TPC-B on a database beside ours."""
    owner = await asyncpg.connect(server.dsn(SUPERUSER))
    try:
        await owner.execute(f"CREATE DATABASE {PGBENCH}")
        await _run_pgbench(server, "--initialize", "--quiet", f"--scale={PGBENCH_SCALE}")
        said = await _run_pgbench(
            server,
            f"--client={PGBENCH_CLIENTS}",
            "--jobs=2",
            "--protocol=prepared",
            f"--time={PGBENCH_SECONDS}",
        )
        await owner.execute(f"DROP DATABASE {PGBENCH}")
    finally:
        await owner.close()
    (line,) = (line for line in said.splitlines() if line.startswith("tps = "))
    return float(line.split()[2])


async def _run_pgbench(server: EmbeddedServer, *options: str) -> str:
    layout = server.layout
    program = await asyncio.create_subprocess_exec(
        str(layout.binaries / "bin" / "pgbench"),
        *options,
        f"--host={layout.socket}",
        f"--username={SUPERUSER}",
        PGBENCH,
        env={**os.environ, "PGPASSWORD": server.passwords[SUPERUSER]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await program.communicate()
    assert program.returncode == 0, complained.decode()
    return said.decode()


# ── payments ────────────────────────────────────────────────────────────────────────────────


async def _released(payer: _Payer, number: int) -> UUID:
    """A batch as three people leave it, and the attempts at its payments."""
    batch_id, payee_id = uuid4(), uuid4()
    total = sum(10_000 + serial for serial in range(1, A_BATCH + 1))
    ciphertext, key_id = payer.context.keyring.encrypt(b"6222020200110001", of=payee_id)
    async with payer.context.database.begin(payer.area) as uow:
        binds = {
            "area_code": uow.area_code,
            "id": batch_id,
            "account_id": payer.account_id,
            "hospital_id": payer.hospital_id,
            "scheme": SCHEME,
            "period": f"{uow.on:%Y-%m}",
        }
        await _execute(
            uow, _BATCH, binds, batch_no=900 + number, count=A_BATCH, total=total, at=uow.at
        )
        await _execute(
            uow,
            _PAYMENTS,
            binds,
            count=A_BATCH,
            suppliers=SUPPLIERS,
            payee_id=payee_id,
            ciphertext=ciphertext,
            key_id=key_id,
            blind_index=payer.context.keyring.blind_index("6222020200110001"),
        )
        await _execute(uow, _SHARES, binds)
        await _execute(uow, _ITEMS, binds)
        await _execute(uow, _CAPACITY, binds, total=total)
        batch = await get_batch(uow, batch_id=batch_id)
        batch.content_hash = await content_hash(uow, batch_id=batch_id)
        await uow.session.flush()
        await _execute(uow, _APPROVALS, binds, at=uow.at)
    await jobs.prepare(payer.context, _event(payer, batch_id))
    return batch_id


async def _execute(uow: UnitOfWork, statement: str, binds: dict[str, Any], **more: Any) -> None:
    """Runs a statement with those of the binds that it names."""
    given = {**binds, **more}
    await uow.execute(
        statement, **{name: value for name, value in given.items() if f":{name}" in statement}
    )


def _event(payer: _Payer, aggregate_id: UUID) -> dict[str, Any]:
    return {"area_code": payer.area.area_code, "aggregate_id": str(aggregate_id)}


async def _signed(payer: _Payer, batches: Sequence[UUID]) -> Figure:
    """Every message built, validated, hashed, sealed and stored."""
    watch = CpuStopwatch()
    for batch_id in batches:
        with watch.round():
            await jobs.sign(payer.context, _event(payer, batch_id))
    a_second = A_BATCH / watch.best
    return Figure(
        "transfers signed and stored (pain.001)",
        a_second,
        "transfers/CPU s",
        f"≥ {SIGNED_GOAL:,}",
        a_second >= SIGNED_GOAL,
        note=f"batches of {A_BATCH:,}: accounts unsealed, content proved, messages of"
        f" {jobs.CHUNK:,} built, validated, hashed, sealed, stored; our own processor time",
    )


async def _evidence(payer: _Payer) -> Figure:
    """The bank's word on every payment, message by message, one connection."""
    watch, applied = Stopwatch(), 0
    for submission_id, attempts in (await _sent(payer)).items():
        news = [
            News(
                attempt_id, EvidenceSource.STATUS_INQUIRY, BankMeaning.ACCEPTED, "ACCP", "bench-1",
                reference=submission_id.hex,
            )
            for attempt_id in attempts
        ]  # fmt: skip
        with watch.round():
            async with payer.context.database.begin(payer.area) as uow:
                await record_news(uow, cause_id=submission_id, news=news)
        applied += len(news)
    a_second = applied / sum(watch.rounds)
    return Figure(
        "evidence applied",
        a_second,
        "pieces/s",
        f"≥ {EVIDENCE_GOAL:,}",
        a_second >= EVIDENCE_GOAL,
        note=f"{applied:,} pieces, {jobs.CHUNK:,} a transaction, one connection",
    )


async def _sent(payer: _Payer) -> dict[UUID, list[UUID]]:
    """Moves every signed message to `sending`; their attempts."""
    async with payer.context.database.begin(payer.area) as uow:
        signed = await uow.fetch_all(
            "SELECT id FROM submission WHERE area_code = :area_code AND state = 'signed'",
            area_code=uow.area_code,
        )
    for row in signed:
        async with payer.context.database.begin(payer.area) as uow:
            await begin_sending(uow, submission_id=row.id, spacing_seconds=600)
    async with payer.context.database.begin(payer.area) as uow:
        rows = await uow.fetch_all(
            "SELECT submission_id, array_agg(id) AS attempts FROM payment_attempt"
            " WHERE area_code = :area_code AND decision_state = 'sending' GROUP BY submission_id",
            area_code=uow.area_code,
        )
    return {row.submission_id: list(row.attempts) for row in rows}


# ── the statement ───────────────────────────────────────────────────────────────────────────


async def _matched(payer: _Payer) -> Figure:
    """A stored file of a day's debits, one an entry: read, matched, booked, in one transaction."""
    async with payer.context.database.begin(payer.area) as uow:
        body = _statement(payer, await _debits(uow), uow.on)
        file_id = await store_file(
            uow,
            keyring=payer.context.keyring,
            agency_account_id=payer.account_id,
            body=body,
            source=FileSource.FETCHED,
            statement_date=uow.on,
        )
    watch = Stopwatch()
    with watch.round():
        await read(payer.context, _event(payer, file_id))
    async with payer.context.database.begin(payer.area) as uow:
        debited = await uow.fetch_value(
            "SELECT count(*) FROM payment WHERE area_code = :area_code AND outcome = 'debited'",
            area_code=uow.area_code,
        )
    seconds = watch.rounds[0]
    return Figure(
        f"a statement of {PAYMENTS:,} entries matched and booked",
        seconds,
        "s",
        f"< {MATCHED_GOAL_SECONDS:g} s",
        seconds < MATCHED_GOAL_SECONDS and debited == PAYMENTS,
        note=f"{debited:,} payments debited by it; unsealed, read, kept, folded, posted",
    )


async def _debits(uow: UnitOfWork) -> list[tuple[str, int]]:
    rows = await uow.fetch_all(
        "SELECT end_to_end_id, amount_minor FROM payment_attempt"
        " WHERE area_code = :area_code AND decision_state = 'sending' ORDER BY id",
        area_code=uow.area_code,
    )
    return [(row.end_to_end_id, row.amount_minor) for row in rows]


def _statement(payer: _Payer, debits: Sequence[tuple[str, int]], on: date) -> bytes:
    entries = [
        BookedEntry(number, on, -amount, name, "医药有限公司", "6222020200110001", "药械结算", None)
        for number, (name, amount) in enumerate(debits)
    ]
    return write_statement(
        account=payer.account_number, on=on, sequence=1, opening=10**12, entries=entries
    )
