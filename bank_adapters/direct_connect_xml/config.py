"""How one bank of this dialect is reached, and what its own codes mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.codes.banks import CodeMeaning


@dataclass(frozen=True)
class DirectConnectXmlConfig:
    """`base_url` is the front end; `customer_id` (CIS) and `user_id` are as agreed with the bank.

    `codes` is the bank's written word on its return codes: one that is not listed is never a
    refusal. `deduplicates_message_id` and `states_rest_days` are its written word too.
    """

    base_url: str
    timeout_seconds: float
    customer_id: str = ""
    user_id: str = ""
    bank_code: str = "102"
    codes: Mapping[str, CodeMeaning] = field(default_factory=dict)
    deduplicates_message_id: bool = False
    states_rest_days: bool = True
