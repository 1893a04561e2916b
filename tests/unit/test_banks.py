"""The bank of an installation, as its settings say."""

from datetime import datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import ValidationError

from schemas.times import SHANGHAI, FixedClock
from settlement_api.banks import bank_profile
from settlement_api.config import ClockKind, Settings

CLOCK = FixedClock(datetime(2026, 8, 3, 9, tzinfo=SHANGHAI))


def test_only_a_simulated_bank_follows_the_business_clock() -> None:
    simulated = bank_profile(Settings(clock=ClockKind.SIMULATED), CLOCK)
    real = bank_profile(Settings(clock=ClockKind.SYSTEM), CLOCK)
    assert (simulated.clock, simulated.deduplicates_message_id) == (CLOCK, True)
    assert (real.clock, real.deduplicates_message_id) == (None, False)


def test_messages_are_named_and_signed_as_the_settings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "bank.pem").write_bytes(pem)
    monkeypatch.setenv("ZHIJIE_BANK_SIGNING_KEY", str(tmp_path / "bank.pem"))
    monkeypatch.setenv("ZHIJIE_BANK_SIGNATURE", "ed25519")
    monkeypatch.setenv("ZHIJIE_BANK_INITIATING_PARTY", "济南市医疗保险事业中心")
    profile = bank_profile(Settings(), CLOCK)
    assert profile.initiating_party == "济南市医疗保险事业中心"
    signature = profile.signer.sign(b"message")
    assert signature is not None
    key.public_key().verify(signature, b"message")


def test_without_a_key_nothing_is_signed() -> None:
    assert bank_profile(Settings(), CLOCK).signer.sign(b"message") is None


def test_a_signing_key_that_is_not_there_lets_no_process_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="bank_signing_key"):
        Settings(bank_signing_key=tmp_path / "missing.pem")
