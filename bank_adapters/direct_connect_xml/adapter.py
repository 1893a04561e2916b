"""The front end with XML packages behind the port."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import BinaryIO

from bank_adapters.direct_connect_xml import statements, wire
from bank_adapters.direct_connect_xml.capabilities import CAPABILITIES, faults_of
from bank_adapters.direct_connect_xml.client import FrontEnd
from bank_adapters.direct_connect_xml.config import DirectConnectXmlConfig
from bank_adapters.errors import UnreadableMessage
from bank_adapters.http import BankHttp
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
from schemas.times import Clock, SystemClock


class DirectConnectXmlAdapter:
    """A bank whose front end takes packages and books one debit for each."""

    def __init__(
        self, config: DirectConnectXmlConfig, *, signer: Signer, clock: Clock | None
    ) -> None:
        self._config = config
        self.capabilities = replace(
            CAPABILITIES,
            deduplicates_message_id=config.deduplicates_message_id,
            states_rest_days=config.states_rest_days,
        )
        self._signer = signer
        self._http = BankHttp(config.base_url, timeout_seconds=config.timeout_seconds, clock=clock)
        self._front_end = FrontEnd(self._http, config, signer, clock or SystemClock())

    def faults_of(self, instruction: CreditInstruction) -> list[str]:
        """Why this bank could not carry the instruction unchanged; empty when it can."""
        return faults_of(instruction)

    def render(self, order: PaymentOrder) -> RenderedMessage:
        """The signed bytes. Raises UnfitInstruction."""
        message = wire.render_order(order, config=self._config)
        return replace(message, signature=self._signer.sign(message.body))

    async def reachable(self) -> bool:
        """Whether the front end answers."""
        return await self._front_end.is_reachable()

    async def submit(self, message: RenderedMessage) -> BankReply:
        """Sends once; unknown unless the bank's own package says yes or a declared no."""
        return await self._front_end.send_order(message)

    async def collect(self, message: RenderedMessage) -> BankReply:
        """This dialect's banks collect by another service: refused without a call."""
        return BankReply(Verdict.REFUSED, None, b"", "collection is not offered")

    async def inquire(self, message_id: str, end_to_end_id: str | None = None) -> BankReply:
        """Asks for the results of a package, or of one line in it."""
        return await self._front_end.ask_status(message_id, end_to_end_id)

    async def fetch_statement(self, account_number: str, on: date) -> BankReply:
        """The pages of one account and day."""
        return await self._front_end.get_statement(account_number, on)

    def read_report(self, body: bytes) -> StatusReport:
        """An answer about a package in neutral words. Raises UnreadableMessage."""
        return wire.read_report(body, self._config.codes)

    def report_is_valid(self, body: bytes) -> bool:
        """Whether the bytes are a package about payments: the dialect has no public schema."""
        try:
            wire.read_report(body, self._config.codes)
        except UnreadableMessage:
            return False
        return True

    def read_statement(
        self, source: BinaryIO
    ) -> Iterator[StatementHeader | StatementBalance | StatementEntry]:
        """The parts of a day's statement. Raises UnreadableMessage."""
        return statements.read_statement(source)

    def statement_is_valid(self, body: bytes) -> bool:
        """Whether every line of the bytes is a package: the dialect has no public schema."""
        try:
            return bool([wire.unwrap(line) for line in body.splitlines()])
        except UnreadableMessage:
            return False

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()
