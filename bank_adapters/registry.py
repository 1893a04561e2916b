"""The one way to a concrete bank: a profile in, an adapter out."""

from dataclasses import dataclass, field
from typing import Final

from bank_adapters.iso20022.adapter import Iso20022Adapter
from bank_adapters.iso20022.config import Iso20022Config
from bank_adapters.port import BankAdapter
from bank_adapters.signing import Signer, Unsigned
from schemas.times import Clock

ISO20022: Final = "iso20022"


@dataclass(frozen=True)
class BankProfile:
    """Where one bank is and how it is spoken to.

    `clock` is given only to simulated banks, which follow the shared business clock.
    """

    base_url: str
    dialect: str = ISO20022
    timeout_seconds: float = 30.0
    initiating_party: str = "医保经办机构"
    signer: Signer = field(default_factory=Unsigned)
    clock: Clock | None = None
    deduplicates_message_id: bool = False
    states_rest_days: bool = True


def open_adapter(profile: BankProfile) -> BankAdapter:
    """The adapter of a bank. Raises LookupError for a dialect nobody speaks."""
    if profile.dialect != ISO20022:
        raise LookupError(f"no adapter speaks {profile.dialect!r}")
    return Iso20022Adapter(
        Iso20022Config(
            base_url=profile.base_url,
            timeout_seconds=profile.timeout_seconds,
            initiating_party=profile.initiating_party,
            deduplicates_message_id=profile.deduplicates_message_id,
            states_rest_days=profile.states_rest_days,
        ),
        signer=profile.signer,
        clock=profile.clock,
    )
