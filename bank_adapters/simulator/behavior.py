"""How the simulated bank misbehaves: rules over business identity, the same for the same seed.

Our random ids never take part in a draw, or the same demonstration would end differently.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

PARTS: Final = 1_000_000


class PaymentFault(StrEnum):
    """What the bank does with one payment instead of booking it once and for good."""

    REJECT = "reject"
    RETURN = "return"
    RETURN_UNMARKED = "return_unmarked"
    FORGET = "forget"


class MessageFault(StrEnum):
    """What the bank does with the first delivery of one message."""

    LOST = "lost"
    """Nothing is done and nothing is answered."""
    SILENT = "silent"
    """Acts, then closes the line without an answer."""
    BAD_GATEWAY = "bad_gateway"
    """Acts, then a proxy's 502 page is the answer."""
    EMPTY = "empty"
    """Acts, then answers 200 with nothing in it."""
    SLOW = "slow"
    """Acts, then answers after `slow_seconds`."""
    TWICE = "twice"
    """Acts once, and reports every line twice."""


@dataclass(frozen=True)
class PaymentRule:
    """When and how a payment goes wrong.

    Matches by `amount_ending` (last digits of the fen), by `payee_ending` (last characters of the
    payee's account), or draws `parts_per_million`; what is not given does not restrict.
    """

    fault: PaymentFault
    parts_per_million: int = PARTS
    amount_ending: str = ""
    payee_ending: str = ""
    reason: str = "AC04"
    days: int = 3


@dataclass(frozen=True)
class MessageRule:
    """When and how the delivery of a message goes wrong."""

    fault: MessageFault
    parts_per_million: int = PARTS
    sum_ending: str = ""


@dataclass(frozen=True)
class Behavior:
    """The whole temper of a simulated bank. `reply_status` is its word for a booked payment."""

    seed: int = 1
    reply_status: str = "ACSP"
    slow_seconds: float = 2.0
    payment_rules: tuple[PaymentRule, ...] = field(default=())
    message_rules: tuple[MessageRule, ...] = field(default=())

    def payment_rule(
        self, *, debtor: str, payee: str, amount_minor: int, day: str
    ) -> PaymentRule | None:
        """The first rule that applies to a payment, drawn on account, amount and day."""
        for number, rule in enumerate(self.payment_rules):
            if not str(amount_minor).endswith(rule.amount_ending):
                continue
            if not payee.endswith(rule.payee_ending):
                continue
            identity = f"payment|{number}|{debtor}|{payee}|{amount_minor}|{day}"
            if self._draw(identity) < rule.parts_per_million:
                return rule
        return None

    def message_fault(
        self, *, debtor: str, sum_minor: int, count: int, day: str
    ) -> MessageFault | None:
        """The first fault that applies to a message, drawn on account, sum, count and day."""
        for number, rule in enumerate(self.message_rules):
            if not str(sum_minor).endswith(rule.sum_ending):
                continue
            identity = f"message|{number}|{debtor}|{sum_minor}|{count}|{day}"
            if self._draw(identity) < rule.parts_per_million:
                return rule.fault
        return None

    def _draw(self, identity: str) -> int:
        digest = sha256(f"{self.seed}|{identity}".encode()).digest()
        return int.from_bytes(digest[:8]) % PARTS


def read_behavior(path: Path | None) -> Behavior:
    """The behavior of a JSON file, strictly read; a bank without one is well behaved."""
    if path is None:
        return Behavior()
    return msgspec.json.decode(path.read_bytes(), type=Behavior)
