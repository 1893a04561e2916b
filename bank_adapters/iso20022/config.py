"""How one bank of this dialect is reached."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Iso20022Config:
    """`timeout_seconds` bounds each wait on the socket; `initiating_party` names us in messages.

    `deduplicates_message_id` is the bank's own written word, never a guess: without it nothing is
    delivered a second time. So is `states_rest_days`: without it a weekend may lack its statement.
    """

    base_url: str
    timeout_seconds: float
    initiating_party: str
    deduplicates_message_id: bool = False
    states_rest_days: bool = True
