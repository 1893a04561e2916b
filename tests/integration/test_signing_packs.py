"""Signatures in a proof pack: checked where no platform is, by us and by OpenSSL."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from bank_adapters.signing import open_signer
from schemas.times import Clock
from settlement_api import key_register
from settlement_api.embedded_postgres import SIGNER as SIGNER_LOGIN
from settlement_api.embedded_postgres import EmbeddedServer
from settlement_api.encryption import Keyring
from settlement_api.explanations.queries import SystemReader
from settlement_api.outbox import seal_pending
from settlement_api.persistence import Database
from settlement_api.proof_packs.policy import verify
from settlement_api.proof_packs.service import make_pack
from tests.builders.packs import forged, opened, rewritten
from tests.builders.payment_stage import MovableClock, Stage, make_stage
from tests.builders.payments import START, BankProcess, running_bank
from tests.builders.signing import sm2_pem
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


async def packed(office: Office) -> dict[str, bytes]:
    """The pack of the only payment, sealed events included."""
    stage = office.stage
    await seal_pending(stage.database, {}, key=stage.keyring.chain_key)
    (payment,) = await stage.rows("SELECT id FROM payment")
    async with stage.database.system() as look:
        return opened(
            await make_pack(
                SystemReader(look), keyring=stage.keyring, payment_id=UUID(str(payment.id))
            )
        )


def found(members: dict[str, bytes]) -> set[str]:
    """What is said about the message and its signature; the scene has no papers."""
    checks = {finding.check for finding in verify(forged(members))}
    return {check for check in checks if "signature" in check or "message" in check}


async def test_a_pack_proves_the_signature_without_the_platform(office: Office) -> None:
    await office.register("k1")
    await office.store(7_001)
    await office.finish()
    await key_register.end(office.stage.database, name="k1", since=START + DAY, reason="rotated")
    members = await packed(office)
    assert found(members) == set(), "judged as of the moment it was made"
    said = msgspec.json.decode(members["bank.json"])
    (message,) = said["submissions"]
    assert message["signing_key"] == said["signing_keys"][0]["key_name"] == "k1"
    other = open_signer(sm2_pem(), SM2)
    body = members[f"bank/sent/{message['message_id']}.bin"]
    key, sent = ("signing_keys", 0), ("submissions", 0)
    changes: list[tuple[tuple[Any, ...], Any]] = [
        ((*key, "public_key"), other.public_key.hex()),
        ((*key, "user_id"), "another"),
        ((*key, "algorithm"), "ed25519"),
        ((*key, "valid_from"), (START + DAY).isoformat().replace("+00:00", "Z")),
        ((*key, "valid_until"), START.isoformat().replace("+00:00", "Z")),
        ((*key, "revoked_at"), START.isoformat().replace("+00:00", "Z")),
        ((*key, "key_name"), "k2"),
        ((*sent, "signature"), other.sign(body).hex()),
        ((*sent, "signature"), None),
        ((*sent, "signing_key"), "k2"),
        ((*sent, "signing_key"), None),
        ((*sent, "signed_at"), (START + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")),
    ]
    for place, value in changes:
        changed = members | {"bank.json": rewritten(members["bank.json"], place, value)}
        findings = verify(forged(changed))
        checks = {finding.check for finding in findings} - {
            finding.check for finding in verify(forged(members))
        }
        assert checks, place


async def test_openssl_believes_the_signature_of_a_pack(office: Office, tmp_path: Path) -> None:
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("no openssl command on this machine")
    await office.register("k1")
    await office.store(7_001)
    await office.finish()
    members = await packed(office)
    said = msgspec.json.decode(members["bank.json"])
    (message,), (key,) = said["submissions"], said["signing_keys"]
    given = {
        "message.bin": members[f"bank/sent/{message['message_id']}.bin"],
        "signature.bin": bytes.fromhex(message["signature"]),
        "key.der": bytes.fromhex(key["public_key"]),
    }
    for name, content in given.items():
        (tmp_path / name).write_bytes(content)
    asked = ["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin"]
    asked += ["-in", "message.bin", "-sigfile", "signature.bin", "-digest", "sm3"]
    asked += ["-pkeyopt", f"distid:{key['user_id']}"]

    async def judged() -> int:
        process = await asyncio.create_subprocess_exec(openssl, *asked, cwd=tmp_path)
        return await process.wait()

    assert await judged() == 0
    (tmp_path / "message.bin").write_bytes(given["message.bin"] + b" ")
    assert await judged() == 1
