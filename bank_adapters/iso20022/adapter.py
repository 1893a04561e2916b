"""The ISO 20022 bank behind the port."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import BinaryIO

from bank_adapters.http import BankHttp
from bank_adapters.iso20022 import client, statements, wire
from bank_adapters.iso20022.capabilities import CAPABILITIES, faults_of
from bank_adapters.iso20022.config import Iso20022Config
from bank_adapters.signing import Signer
from schemas.bank import (
    BankReply,
    CreditInstruction,
    PaymentOrder,
    RenderedMessage,
    StatementBalance,
    StatementEntry,
    StatementHeader,
    StatusReport,
    Verdict,
)
from schemas.times import Clock


class Iso20022Adapter:
    """A bank that takes pain.001 and gives pain.002 and camt.053 over HTTP."""

    def __init__(self, config: Iso20022Config, *, signer: Signer, clock: Clock | None) -> None:
        self._config = config
        self.capabilities = replace(
            CAPABILITIES,
            deduplicates_message_id=config.deduplicates_message_id,
            states_rest_days=config.states_rest_days,
        )
        self._signer = signer
        self._http = BankHttp(config.base_url, timeout_seconds=config.timeout_seconds, clock=clock)

    def faults_of(self, instruction: CreditInstruction) -> list[str]:
        """Why this bank could not carry the instruction unchanged; empty when it can."""
        return faults_of(instruction)

    def render(self, order: PaymentOrder) -> RenderedMessage:
        """The signed bytes. Raises UnfitInstruction or InvalidOutgoingMessage."""
        message = wire.render_order(order, initiating_party=self._config.initiating_party)
        return replace(message, signature=self._signer.sign(message.body))

    async def reachable(self) -> bool:
        """Whether the bank's front-end answers."""
        return await client.is_reachable(self._http)

    async def submit(self, message: RenderedMessage) -> BankReply:
        """Sends once; unknown unless a readable report says yes or no."""
        return await client.send_order(self._http, message)

    async def collect(self, message: RenderedMessage) -> BankReply:
        """This dialect's banks collect by another service: refused without a call."""
        return BankReply(Verdict.REFUSED, None, b"", "collection is not offered")

    async def inquire(self, message_id: str, end_to_end_id: str | None = None) -> BankReply:
        """Asks for the status of a message, or of one instruction in it."""
        return await client.ask_status(self._http, message_id, end_to_end_id)

    async def fetch_statement(self, account_number: str, on: date) -> BankReply:
        """The camt.053 of one account and day."""
        return await client.get_statement(self._http, account_number, on.isoformat())

    def read_report(self, body: bytes) -> StatusReport:
        """A pain.002 in neutral words. Raises UnreadableMessage."""
        return wire.read_report(body)

    def report_is_valid(self, body: bytes) -> bool:
        """Whether the bytes are a schema-valid pain.002."""
        return wire.is_valid(body, wire.PAIN_002)

    def read_statement(
        self, source: BinaryIO
    ) -> Iterator[StatementHeader | StatementBalance | StatementEntry]:
        """A camt.053 part by part. Raises UnreadableMessage."""
        return statements.read_statement(source)

    def statement_is_valid(self, body: bytes) -> bool:
        """Whether the bytes are a schema-valid camt.053."""
        return wire.is_valid(body, wire.CAMT_053)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()
