"""The one way to a concrete bank: a profile in, an adapter out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bank_adapters.direct_connect_xml.adapter import DirectConnectXmlAdapter
from bank_adapters.direct_connect_xml.config import DirectConnectXmlConfig
from bank_adapters.iso20022.adapter import Iso20022Adapter
from bank_adapters.iso20022.config import Iso20022Config
from bank_adapters.port import BankAdapter
from bank_adapters.signing import Signer, Unsigned
from schemas.codes.banks import CodeMeaning, Dialect
from schemas.times import Clock


@dataclass(frozen=True)
class BankProfile:
    """Where one bank is and how it is spoken to.

    `clock` is given only to simulated banks, which follow the shared business clock. `customer_id`,
    `user_id` and `codes` are what a bank with a front end agrees on.
    """

    base_url: str
    dialect: Dialect = Dialect.ISO20022
    timeout_seconds: float = 30.0
    initiating_party: str = "医保经办机构"
    signer: Signer = field(default_factory=Unsigned)
    clock: Clock | None = None
    deduplicates_message_id: bool = False
    states_rest_days: bool = True
    customer_id: str = ""
    user_id: str = ""
    codes: Mapping[str, CodeMeaning] = field(default_factory=dict)


def open_adapter(profile: BankProfile) -> BankAdapter:
    """The adapter of a bank, by the dialect that its profile names."""
    match profile.dialect:
        case Dialect.ISO20022:
            return _iso20022(profile)
        case Dialect.DIRECT_CONNECT_XML:
            return _direct_connect_xml(profile)


def _iso20022(profile: BankProfile) -> BankAdapter:
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


def _direct_connect_xml(profile: BankProfile) -> BankAdapter:
    return DirectConnectXmlAdapter(
        DirectConnectXmlConfig(
            base_url=profile.base_url,
            timeout_seconds=profile.timeout_seconds,
            customer_id=profile.customer_id,
            user_id=profile.user_id,
            codes=profile.codes,
            deduplicates_message_id=profile.deduplicates_message_id,
            states_rest_days=profile.states_rest_days,
        ),
        signer=profile.signer,
        clock=profile.clock,
    )
