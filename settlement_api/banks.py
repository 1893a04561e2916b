"""The bank that an installation speaks to, from its settings."""

from bank_adapters.registry import BankProfile
from bank_adapters.signing import Ed25519Signer, Unsigned
from schemas.times import Clock
from settlement_api.config import ClockKind, Settings


def bank_profile(settings: Settings, clock: Clock) -> BankProfile:
    """Where the bank is, how we are named to it and what we sign with.

    A simulated bank follows the business clock and takes one message id once. Raises ValueError
    when the signing key is no Ed25519 key.
    """
    simulated = settings.clock is ClockKind.SIMULATED
    key = settings.bank_signing_key
    return BankProfile(
        base_url=settings.bank_url,
        initiating_party=settings.bank_initiating_party,
        signer=Unsigned() if key is None else Ed25519Signer.from_file(key),
        clock=clock if simulated else None,
        deduplicates_message_id=simulated,
    )
