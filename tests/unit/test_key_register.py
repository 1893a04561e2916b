"""Keys as people enter them: from files of a private key, a public key or a certificate."""

import asyncio
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bank_adapters.signing import open_signer
from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from schemas.times import SHANGHAI, FixedClock
from settlement_api import key_register
from settlement_api.signing.policy import Key
from tests.builders.signing import sm2_pem

SM2 = SignatureAlgorithm.SM2_SM3
DAY = timedelta(days=1)
START = datetime(2026, 8, 3, 10, tzinfo=SHANGHAI)


async def test_what_was_typed_about_a_key_is_checked(tmp_path: Path) -> None:
    (tmp_path / "k.pem").write_bytes(sm2_pem())

    async def key(**changes: Any) -> Key:
        usual = {"since": None, "until": datetime(2027, 1, 1), "name": "2026-a"}  # noqa: DTZ001
        place, user_id = KeyPlace.FILE, "1234567812345678"
        given: Any = {"file": tmp_path / "k.pem", "algorithm": SM2} | usual | changes
        stated = key_register.Stated(place=place, user_id=user_id, **given)
        return await stated.key(FixedClock(START))

    made = await key()
    assert (made.valid_from, made.valid_until) == (START, datetime(2027, 1, 1, tzinfo=SHANGHAI))
    for changes, fault in (
        ({"name": "../k"}, "name"),
        ({"until": None}, "--until"),
        ({"until": START}, "before it begins"),
        ({"algorithm": SignatureAlgorithm.ED25519}, "Curve"),
    ):
        with pytest.raises(ValueError, match=fault):
            await key(**changes)


@pytest.mark.parametrize(
    ("algorithm", "made"),
    [(SM2, ("-algorithm", "SM2")), (SignatureAlgorithm.ED25519, ("-algorithm", "ed25519"))],
)
async def test_a_certificate_says_its_key_and_its_period(
    tmp_path: Path, algorithm: SignatureAlgorithm, made: tuple[str, ...]
) -> None:
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("no openssl command on this machine")
    key, certificate, public = (tmp_path / name for name in ("key.pem", "crt.pem", "pub.pem"))
    asked = ("-days", "90", "-subj", "/CN=k")
    digest = ("-sm3",) if algorithm is SM2 else ()
    for command in (
        ("genpkey", *made, "-out", key),
        ("req", "-x509", "-key", key, *digest, *asked, "-out", certificate),
        ("pkey", "-in", key, "-pubout", "-out", public),
    ):
        process = await asyncio.create_subprocess_exec(openssl, *map(str, command))
        assert await process.wait() == 0
    held = open_signer(key.read_bytes(), algorithm).public_key
    read = key_register.read_public_half(certificate.read_bytes(), algorithm)
    assert read.public_key == held
    assert read.valid_from is not None
    assert read.valid_until is not None
    assert read.valid_until - read.valid_from == 90 * DAY
    assert key_register.read_public_half(public.read_bytes(), algorithm).public_key == held
