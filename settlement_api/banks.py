"""The bank that an installation speaks to, from its settings."""

from bank_adapters.registry import BankProfile
from bank_adapters.signing import Signer, Unsigned, open_signer
from schemas.times import Clock
from settlement_api.config import ClockKind, Settings


def bank_profile(settings: Settings, clock: Clock) -> BankProfile:
    """Where the bank is, how we are named to it and what we sign with.

    A simulated bank follows the business clock and takes one message id once. Raises ValueError
    when the signing key is not of the kind that the bank wants.
    """
    simulated = settings.clock is ClockKind.SIMULATED
    return BankProfile(
        base_url=settings.bank_url,
        initiating_party=settings.bank_initiating_party,
        signer=_signer(settings),
        clock=clock if simulated else None,
        deduplicates_message_id=simulated,
        states_rest_days=settings.bank_states_rest_days,
    )


def _signer(settings: Settings) -> Signer:
    key = settings.bank_signing_key
    if key is None:
        return Unsigned()
    return open_signer(key.read_bytes(), settings.bank_signature, user_id=settings.bank_user_id)
