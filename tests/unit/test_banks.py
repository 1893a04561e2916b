"""The bank of an installation, as its settings say."""

from datetime import datetime

import pytest
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


def test_messages_are_named_as_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHIJIE_BANK_INITIATING_PARTY", "济南市医疗保险事业中心")
    profile = bank_profile(Settings(), CLOCK)
    assert profile.initiating_party == "济南市医疗保险事业中心"


def test_what_speaks_to_the_bank_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who signs is a process of its own: this one has no key, whatever the bank wants."""
    monkeypatch.setenv("ZHIJIE_BANK_SIGNATURE", "sm2_sm3")
    assert bank_profile(Settings(), CLOCK).signer.sign(b"message") is None


def test_a_signature_that_nobody_makes_lets_no_process_start() -> None:
    with pytest.raises(ValidationError, match="bank_signature"):
        Settings(bank_signature="md5")  # type: ignore[arg-type]


def test_a_dialect_that_nobody_speaks_lets_no_process_start() -> None:
    with pytest.raises(ValidationError, match="bank_dialect"):
        Settings(bank_dialect="morse")  # type: ignore[arg-type]
