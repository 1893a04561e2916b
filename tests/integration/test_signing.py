"""Messages wait for a signature that a process without any other right puts beside them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from rich.console import Console

from bank_adapters.remote_signing import RemoteSigner
from bank_adapters.signing import holds, open_signer
from deploy.migrations.security import SIGNER, SIGNER_READS, SIGNER_WRITES
from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from schemas.tables import load_all
from schemas.times import Clock
from settlement_api import key_register
from settlement_api.batches.service import halt_batch
from settlement_api.embedded_postgres import SIGNER as SIGNER_LOGIN
from settlement_api.embedded_postgres import EmbeddedServer
from settlement_api.encryption import AlteredBytes, Keyring
from settlement_api.observability import Metrics
from settlement_api.persistence import Database
from settlement_api.readiness import observe, payment_alarms
from settlement_api.signatures.jobs import accept
from settlement_api.signing.errors import SigningKeyTaken, SigningKeyUnknown
from tests.builders.jobs import eventually
from tests.builders.payment_stage import MovableClock, Stage, make_stage
from tests.builders.payments import AREA, START, BankProcess, running_bank
from tests.builders.signing import Device, serving, sm2_pem
from tests.builders.signing_office import DAY, SM2, Office, make_office


@pytest.fixture
def clock() -> Clock:
    return MovableClock()


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running_bank(tmp_path_factory.mktemp("bank")) as running:
        running.fund(10_000_000_00)
        yield running


@pytest.fixture
async def stage(
    database: Database, keyring: Keyring, bank: BankProcess, clock: MovableClock
) -> Stage:
    return make_stage(database, keyring, bank, clock)


@pytest.fixture
async def office(
    postgres: EmbeddedServer, database_name: str, stage: Stage, tmp_path: Path
) -> AsyncIterator[Office]:
    as_signer = Database(postgres.dsn(SIGNER_LOGIN, database_name), clock=stage.clock)
    yield make_office(stage, as_signer, tmp_path)
    await as_signer.close()


async def test_nothing_leaves_before_it_is_signed_and_checked(office: Office) -> None:
    key = await office.register("k1")
    await office.store()
    assert await office.states() == (["stored"], ["rendered", "rendered"])
    await office.accept()
    await office.stage.tick()
    assert await office.states() == (["stored"], ["rendered", "rendered"])
    assert await office.signing.sign_all() == 1
    assert await office.signing.sign_all() == 0, "once"
    await office.stage.tick()
    assert await office.states() == (["stored"], ["rendered", "rendered"]), "nobody checked it"
    await office.accept()
    assert await office.states() == (["signed"], ["signed", "signed"])
    await office.stage.tick()
    assert await office.states() == (["sending"], ["sending", "sending"])
    assert await office.stage.outcomes() == ["in_settlement"] * 2
    (sent,) = await office.messages()
    assert (sent.signing_key, sent.signed_at) == ("k1", START)
    assert holds(SM2, key.public_key, await office.body(), bytes(sent.signature))
    (event,) = await office.stage.rows(
        "SELECT facts FROM outbox_event WHERE name = 'payments.submission.signed'"
    )
    assert event.facts["signing_key"] == "k1"


# ── the process that signs may do nothing else ──────────────────────────────────────────────

FORBIDDEN = (
    """INSERT INTO approval (area_code, subject_kind, subject_id, content_hash, step, decision,
    user_id, user_name, decided_at) SELECT area_code, subject_kind, subject_id, content_hash,
    'checker', decision, uuidv7(), 'signer', decided_at FROM approval LIMIT 1""",
    "UPDATE approval SET decision = 'approved'",
    "UPDATE payment_batch SET status = 'released'",
    "UPDATE payment_batch SET approved_by = uuidv7(), halted_at = NULL",
    "UPDATE payment SET amount_minor = 1",
    "UPDATE payment_attempt SET decision_state = 'signed'",
    "UPDATE submission SET state = 'sending'",
    "UPDATE submission SET body_sha256 = sha256('x')",
    "UPDATE submission SET body_ciphertext = 'x'",
    "INSERT INTO submission SELECT * FROM submission",
    "DELETE FROM submission",
    "UPDATE signing_key SET revoked_at = NULL",
    "INSERT INTO signing_key SELECT * FROM signing_key",
    "INSERT INTO outbox_event SELECT * FROM outbox_event",
    "SELECT * FROM user_account",
    "SELECT * FROM payee_account",
    "SELECT * FROM payment_evidence",
    "SELECT * FROM jobs.pgqueuer",
    "SELECT number FROM seal",
    "CREATE TABLE stranger (n int)",
    "SELECT * FROM payment_batch FOR UPDATE",
    "SET LOCAL ROLE zhijie_area",
    "SET LOCAL ROLE zhijie_app",
    "SET LOCAL ROLE zhijie_system",
    "SET LOCAL ROLE zhijie_owner",
)


@pytest.fixture
async def signer(postgres: EmbeddedServer, database_name: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(postgres.dsn(SIGNER_LOGIN, database_name))
    yield connection
    await connection.close()


async def test_who_signs_neither_approves_nor_sends_nor_pays(office: Office, signer: Any) -> None:
    await office.register("k1")
    await office.store()
    for statement in FORBIDDEN:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with signer.transaction():
                await signer.execute(f"SET LOCAL app.area_code = '{AREA}'")
                await signer.execute(statement)


async def test_who_signs_sees_one_area_at_a_time(office: Office, signer: Any) -> None:
    await office.register("k1")
    await office.store()
    for area_code, seen in ((AREA, 1), ("370200", 0), ("", 0)):
        async with signer.transaction():
            await signer.execute(f"SET LOCAL app.area_code = '{area_code}'")
            assert len(await signer.fetch("SELECT id FROM submission")) == seen
            done = await signer.execute("UPDATE submission SET signature = 'x' WHERE false")
            assert done == "UPDATE 0"


async def test_the_signers_rights_are_exactly_those_declared(owner_dsn: str) -> None:
    load_all()
    owner = await asyncpg.connect(owner_dsn)
    rows = await owner.fetch(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        f" WHERE grantee = '{SIGNER}'"
    )
    columns = await owner.fetch(
        "SELECT table_name, column_name FROM information_schema.role_column_grants"
        f" WHERE grantee = '{SIGNER}' AND privilege_type = 'UPDATE'"
    )
    role = await owner.fetchrow(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolinherit AS strong"
        f" FROM pg_roles WHERE rolname = '{SIGNER}'"
    )
    member_of = await owner.fetchval(
        f"SELECT count(*) FROM pg_auth_members WHERE member = '{SIGNER}'::regrole"
    )
    await owner.close()
    assert {tuple(row) for row in rows} == {(table, "SELECT") for table in SIGNER_READS}
    written = {(table, column) for table, given in SIGNER_WRITES.items() for column in given}
    assert {tuple(row) for row in columns} == written
    assert role is not None
    assert not role["strong"]
    assert member_of == 0


# ── only what was approved ──────────────────────────────────────────────────────────────────


async def alter(owner_dsn: str, sql: str) -> None:
    owner = await asyncpg.connect(owner_dsn)
    try:
        assert (await owner.execute(sql)).split()[-1] != "0", "nothing was altered"
    finally:
        await owner.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE payment SET remittance = 'other' WHERE amount_minor = 7001",
        "UPDATE payment SET payee_cnaps_code = '102451000099' WHERE amount_minor = 7001",
        "DELETE FROM approval WHERE step = 'releaser'",
        "UPDATE submission SET control_sum_minor = control_sum_minor + 1",
        "UPDATE submission SET payment_count = payment_count + 1",
        """UPDATE payment_attempt SET submission_id = NULL, decision_state = 'approved'
        WHERE amount_minor = 7001""",
        "UPDATE submission SET body_sha256 = sha256('x')",
        """UPDATE submission SET body_ciphertext =
        set_byte(body_ciphertext, 40, 255 - get_byte(body_ciphertext, 40))""",
        "UPDATE payment_batch SET halted_at = made_at",
        "UPDATE payment_batch SET status = 'approved', released_by = NULL, released_at = NULL",
    ],
)
async def test_what_is_not_as_approved_is_not_signed(
    office: Office, owner_dsn: str, sql: str
) -> None:
    await office.register("k1")
    await office.store()
    await alter(owner_dsn, sql)
    assert await office.signing.sign_all() == 0
    (message,) = await office.messages()
    assert (message.state, message.signature) == ("stored", None)


async def test_a_halted_batch_is_signed_once_it_goes_on(office: Office, owner_dsn: str) -> None:
    await office.register("k1")
    await office.store()
    (batch,) = await office.stage.rows("SELECT id FROM payment_batch")
    async with office.stage.area() as uow:
        await halt_batch(uow, batch_id=batch.id, fault="a question")
    assert await office.signing.sign_all() == 0
    await alter(owner_dsn, "UPDATE payment_batch SET halted_at = NULL")
    await office.finish()
    assert (await office.states())[0] == ["sending"]


# ── keys: rotation, expiry, revocation ──────────────────────────────────────────────────────


async def test_a_new_key_takes_over_and_what_the_old_one_signed_still_counts(
    office: Office,
) -> None:
    await office.register("old", ends=2)
    await office.register("new", begins=1, ends=40)
    await office.store()
    assert await office.signing.sign_all() == 1
    database = office.stage.database
    await key_register.end(database, name="old", since=START + timedelta(hours=1), reason="lost")
    await office.accept()
    (message,) = await office.messages()
    assert (message.state, message.signing_key) == ("signed", "old"), "as of signing time"
    office.stage.clock.pass_by(DAY)
    await office.stage.tick()  # its day has passed: void, and rendered anew
    await office.finish()
    rows = await office.messages()
    assert [(row.state, row.signing_key) for row in rows] == [("voided", "old"), ("sending", "new")]


@pytest.mark.parametrize(("begins", "ends"), [(1, 30), (-9, 0)])
async def test_a_key_that_is_not_valid_now_refuses_to_sign(
    office: Office, begins: int, ends: int
) -> None:
    await office.register("k1", begins, ends)
    await office.store()
    assert await office.signing.sign_all() == 0
    await office.register("k2")
    await office.finish()
    assert (await office.messages())[0].signing_key == "k2"


async def test_the_file_of_another_key_signs_nothing(office: Office) -> None:
    await office.register("k1")
    (office.folder / "k1.pem").write_bytes(sm2_pem())
    await office.store()
    assert await office.signing.sign_all() == 0
    (office.folder / "k1.pem").unlink()
    assert await office.signing.sign_all() == 0


async def test_a_revoked_key_is_not_believed_from_that_moment_on(office: Office) -> None:
    await office.register("k1")
    await office.store()
    assert await office.signing.sign_all() == 1
    await key_register.end(office.stage.database, name="k1", since=START, reason="stolen")
    with pytest.raises(ExceptionGroup):
        await office.accept()
    assert (await office.states())[0] == ["stored"]
    (batch,) = await office.stage.rows("SELECT halted_at FROM payment_batch")
    assert batch.halted_at is not None


@pytest.mark.parametrize("forged", ["another key", "other bytes", "another name"])
async def test_a_signature_that_does_not_hold_halts_the_batch(
    office: Office, owner_dsn: str, forged: str
) -> None:
    await office.register("k1")
    await office.register("k2", begins=-9)
    await office.store()
    assert await office.signing.sign_all() == 1
    signer = open_signer((office.folder / "k2.pem").read_bytes(), SM2)
    body = await office.body()
    if forged == "another name":
        await alter(owner_dsn, "UPDATE submission SET signing_key = 'k2'")
    else:
        if forged == "other bytes":
            signer, body = open_signer((office.folder / "k1.pem").read_bytes(), SM2), body + b" "
        forgery = signer.sign(body).hex()
        await alter(owner_dsn, f"UPDATE submission SET signature = decode('{forgery}', 'hex')")
    with pytest.raises(ExceptionGroup) as raised:
        await office.accept()
    assert raised.group_contains(AlteredBytes, match="not ours")
    await office.stage.tick()
    assert (await office.states())[0] == ["stored"], "nothing of it leaves"
    assert dict(map(tuple, await payment_alarms(office.stage.database)))["halted"] == 1


async def test_what_waited_past_its_day_is_rendered_anew(office: Office) -> None:
    await office.store()
    office.stage.clock.pass_by(DAY)
    await office.accept()
    assert (await office.states())[0] == ["voided", "stored"]
    await office.register("k1")
    await office.finish()
    assert await office.states() == (["voided", "sending"], ["sending", "sending"])


async def test_names_are_given_once_and_end_once(office: Office) -> None:
    key = await office.register("k1")
    with pytest.raises(SigningKeyTaken):
        await key_register.enter(office.stage.database, key=key)
    await key_register.end(office.stage.database, name="k1", since=None, reason="rotated")
    for name in ("k1", "k2"):
        with pytest.raises(SigningKeyUnknown):
            await key_register.end(office.stage.database, name=name, since=None, reason="again")


# ── a device ────────────────────────────────────────────────────────────────────────────────


async def test_a_device_signs_or_nothing_does(office: Office) -> None:
    await office.register("d1", place=KeyPlace.REMOTE)
    await office.store()
    assert await office.signing.sign_all() == 0, "no device is named"
    held = open_signer((office.folder / "d1.pem").read_bytes(), SM2)
    (office.folder / "d1.pem").unlink()
    away = replace(office.signing, device=RemoteSigner("http://127.0.0.1:1", timeout_seconds=1))
    assert await away.sign_all() == 0
    device = Device(held, b"not what was asked")
    with serving(device) as url:
        there = replace(office.signing, device=RemoteSigner(url, timeout_seconds=5))
        assert await there.sign_all() == 0, "its word is checked"
        device.body = await office.body()
        assert await there.sign_all() == 1
        assert there.device is not None
        await there.device.close()
    await office.accept()
    assert (await office.states())[0] == ["signed"]


# ── alarms and the command ──────────────────────────────────────────────────────────────────


async def figures(office: Office) -> dict[str, float]:
    metrics = Metrics()
    await observe(office.stage.database, metrics, office.stage.context.settings)
    found = {
        name: metrics.registry.get_sample_value("zhijie_payment_alarms", {"alarm": name})
        for name in ("signing_key", "unsigned")
    }
    found["days"] = metrics.registry.get_sample_value("zhijie_signing_days_left")
    return {name: value for name, value in found.items() if value is not None}


async def test_the_end_of_a_key_is_told_days_before(office: Office) -> None:
    assert await figures(office) == {"signing_key": 1, "unsigned": 0, "days": -1}
    await office.register("k1", ends=31)
    assert await figures(office) == {"signing_key": 0, "unsigned": 0, "days": 31}
    office.stage.clock.pass_by(2 * DAY)
    assert await figures(office) == {"signing_key": 1, "unsigned": 0, "days": 29}
    await office.register("k2", begins=20, ends=90)
    assert await figures(office) == {"signing_key": 0, "unsigned": 0, "days": 88}
    await office.store()
    assert (await figures(office))["unsigned"] == 1
    await office.finish()
    assert (await figures(office))["unsigned"] == 0


async def test_the_list_shows_where_each_key_stands(office: Office) -> None:
    await office.register("gone", begins=-9, ends=-5)
    await office.register("first", ends=20)
    await office.register("second", begins=0, ends=40)
    await office.register("third", begins=30, ends=90)
    await office.register("lost", begins=0, ends=90)
    await key_register.end(office.stage.database, name="lost", since=START, reason="lost")
    console = Console(width=160)
    with console.capture() as capture:
        status = await key_register.print_keys(
            office.stage.database, wanted=SM2, alarm_days=30, console=console
        )
    told = {
        words[0]: words[-1]
        for line in capture.get().splitlines()
        if len(words := line.replace("│", " ").split()) > 5
    }
    expected = {"gone": "ended", "first": "succeeded", "second": "signs", "third": "waits"}
    assert expected | {"lost": "revoked"} == {name: told[name] for name in (*expected, "lost")}
    assert (status, "90 days" in capture.get()) == (0, True)
    asked: Any = {"database": office.stage.database, "console": Console(quiet=True)}
    assert await key_register.print_keys(**asked, wanted=SM2, alarm_days=91) == 1
    ed25519 = SignatureAlgorithm.ED25519
    assert await key_register.print_keys(**asked, wanted=ed25519, alarm_days=1) == 1
    assert await key_register.print_keys(**asked, wanted=None, alarm_days=1) == 0


async def test_the_process_signs_by_itself(
    office: Office,
    postgres: EmbeddedServer,
    database_name: str,
    state_directory: Path,
    keyring: Keyring,
) -> None:
    """It is given the signer's address, its keys and the encryption key, and no other address."""
    await office.register("k1", begins=-10_000, ends=10_000)
    await office.store()
    await office.stage.database.look_up(
        "INSERT INTO installation_key (only_row, mark) VALUES (true, $1)",
        keyring.blind_index("zhijie: the key of this installation"),
    )
    bare = {name: value for name, value in os.environ.items() if not name.startswith("ZHIJIE_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "settlement_api.cli", "signer"),
        env=bare
        | {
            "ZHIJIE_STATE_DIRECTORY": str(state_directory),
            "ZHIJIE_DATABASE_SIGNER_DSN": postgres.dsn(SIGNER_LOGIN, database_name),
            "ZHIJIE_BANK_SIGNATURE": "sm2_sm3",
            "ZHIJIE_SIGNING_KEYS": str(office.folder),
        },
    )

    async def signed() -> bool:
        return (await office.messages())[0].signature is not None

    try:
        await eventually(signed, 60)
    finally:
        process.terminate()
        assert await process.wait() == 0
    await office.accept()
    assert (await office.states())[0] == ["signed"]


async def test_where_no_signatures_are_wanted_nothing_looks_for_any(office: Office) -> None:
    await office.register("k1")
    await office.store()
    assert await office.signing.sign_all() == 1
    settings = office.stage.context.settings.model_copy(update={"bank_signature": None})
    await accept(replace(office.stage.context, settings=settings), {})
    assert (await office.states())[0] == ["stored"]
    await office.accept()
    assert (await office.states())[0] == ["signed"]


@pytest.mark.parametrize(
    ("approved", "written"),
    [
        (b"70.01", b"70.02"),
        (b"CNY", b"USD"),
        ("齐鲁医药".encode(), "鲁齐医药".encode()),
        (b"0001</Id>", b"0009</Id>"),
        (b"<MmbId>1024", b"<MmbId>1025"),
        (b"</CdtTrfTxInf>", b""),
        (b"<CdtTrfTxInf>", b"<CdtTrfTxInf/><CdtTrfTxInf>"),
    ],
    ids=["amount", "currency", "name", "account", "bank", "no XML", "one more"],
)
async def test_bytes_that_tell_the_bank_something_else_are_not_signed(
    office: Office, owner_dsn: str, approved: bytes, written: bytes
) -> None:
    """Stored by who has every key of the worker: hash, number and sum are in order."""
    await office.register("k1")
    await office.store(7_001)
    body = await office.body()
    assert body.count(approved) > 0
    (message,) = await office.messages()
    place = body.rindex(b"<CdtTrfTxInf>") if approved != b"</CdtTrfTxInf>" else 0
    other = body[:place] + body[place:].replace(approved, written)
    assert other != body
    keyring = office.stage.keyring
    sealed, key_id = keyring.encrypt(other, of=UUID(str(message.id)))
    await alter(
        owner_dsn,
        f"UPDATE submission SET body_ciphertext = decode('{sealed.hex()}', 'hex'),"
        f" key_id = '{key_id}', body_sha256 = sha256(decode('{other.hex()}', 'hex'))",
    )
    assert await office.signing.sign_all() == 0
    assert (await office.messages())[0].signature is None
