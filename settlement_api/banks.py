"""The bank that an installation speaks to, from its settings."""

from bank_adapters.registry import BankProfile
from schemas.times import Clock
from settlement_api.config import ClockKind, Settings


def bank_profile(settings: Settings, clock: Clock) -> BankProfile:
    """Where the bank is and how we are named to it.

    A simulated bank follows the business clock and takes one message id once.
    """
    simulated = settings.clock is ClockKind.SIMULATED
    return BankProfile(
        base_url=settings.bank_url,
        dialect=settings.bank_dialect,
        customer_id=settings.bank_customer_id,
        user_id=settings.bank_front_end_user,
        codes=settings.bank_codes,
        initiating_party=settings.bank_initiating_party,
        clock=clock if simulated else None,
        deduplicates_message_id=simulated,
        states_rest_days=settings.bank_states_rest_days,
    )
