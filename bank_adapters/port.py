"""The port every bank adapter implements; nothing above it knows a bank's dialect."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import BinaryIO, Protocol

from schemas.bank import (
    BankReply,
    CreditInstruction,
    PaymentOrder,
    RenderedMessage,
    StatementBalance,
    StatementEntry,
    StatementHeader,
    StatusReport,
)


@dataclass(frozen=True)
class Capabilities:
    """What one bank can do and carry; each figure only the bank can confirm.

    `deduplicates_message_id`: the same bytes under the same message id are never acted on twice,
    so they may be delivered again after a "not found". `inquiry_spacing_seconds` is the first
    pause before asking; each further one is twice as long.
    """

    collects: bool
    deduplicates_message_id: bool
    max_instructions: int
    name_max_characters: int
    account_max_characters: int
    remittance_max_characters: int
    name_encoding: str
    inquiry_spacing_seconds: int
    cut_off: time
    """The last minute of a working day, in Shanghai, at which the bank still pays that day."""
    states_rest_days: bool = True
    """Whether it gives a statement of each weekend and holiday too; else those may lack one."""


class BankAdapter(Protocol):
    """One bank. No method retries a write; none raises because a bank is silent or absurd."""

    capabilities: Capabilities

    def faults_of(self, instruction: CreditInstruction) -> list[str]:
        """Why this bank could not carry the instruction unchanged; empty when it can."""

    def render(self, order: PaymentOrder) -> RenderedMessage:
        """The bytes to store and send. Raises UnfitInstruction or InvalidOutgoingMessage."""

    async def reachable(self) -> bool:
        """Whether the bank answers at all, so that nothing is put on the wire into a void."""

    async def submit(self, message: RenderedMessage) -> BankReply:
        """Sends once. Anything but a clear yes or a clear no is `unknown`."""

    async def collect(self, message: RenderedMessage) -> BankReply:
        """Sends a direct debit once, where the bank `collects`; else refuses."""

    async def inquire(self, message_id: str, end_to_end_id: str | None = None) -> BankReply:
        """Asks what became of a message or of one instruction in it."""

    async def fetch_statement(self, account_number: str, on: date) -> BankReply:
        """The statement of one account and day; `not_found` until the bank has closed the day."""

    def read_report(self, body: bytes) -> StatusReport:
        """A status report in neutral words. Raises UnreadableMessage."""

    def report_is_valid(self, body: bytes) -> bool:
        """Whether a report satisfies the official schema: a flag, never a gate."""

    def read_statement(
        self, source: BinaryIO
    ) -> Iterator[StatementHeader | StatementBalance | StatementEntry]:
        """A statement part by part, in constant memory. Raises UnreadableMessage."""

    def statement_is_valid(self, body: bytes) -> bool:
        """Whether a statement satisfies the official schema: a flag, never a gate."""

    async def close(self) -> None:
        """Gives back connections."""
