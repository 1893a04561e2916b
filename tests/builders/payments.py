"""Payments, banks and bank messages with valid defaults."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from schemas.bank import BankAccount, CreditInstruction, PaymentOrder

AGENCY_ACCOUNT = BankAccount("3700010000000310", "济南市医疗保险事业中心", "102451000017")
START = datetime(2026, 8, 3, 2, tzinfo=UTC)


def payee(ending: str = "0001") -> BankAccount:
    """A supplier's account whose number ends in `ending`."""
    return BankAccount(f"622202020011{ending}", "齐鲁医药配送有限公司", "102451000017")


def instruction(
    amount_minor: int = 100_00, ending: str = "0001", attempt_id: UUID | None = None
) -> CreditInstruction:
    """One transfer with a fresh id."""
    return CreditInstruction(
        (attempt_id or uuid4()).hex, amount_minor, payee(ending), "药械结算 2026-07"
    )


def payment_order(*instructions: CreditInstruction, on: date | None = None) -> PaymentOrder:
    """A message with a fresh id from the agency's account."""
    return PaymentOrder(
        message_id=uuid4().hex,
        created_at=START,
        execution_date=on or date(2026, 8, 3),
        debtor=AGENCY_ACCOUNT,
        instructions=instructions or (instruction(),),
    )


@dataclass
class BankProcess:
    """A simulated bank running as a process of its own."""

    url: str
    process: "subprocess.Popen[bytes]"

    def kill(self) -> None:
        """Ends it without any chance to tidy up."""
        self.process.kill()
        self.process.wait()

    def move_clock(self, instant: datetime) -> None:
        """Moves the bank's business clock."""
        _answer(httpx.post(f"{self.url}/clock", json={"instant": instant.isoformat()}))

    def fund(self, amount_minor: int, reference: str = "F1", account: str = "") -> None:
        """Credits the agency's account from the special account."""
        number = account or AGENCY_ACCOUNT.number
        credit = {"amount_minor": amount_minor, "reference": reference}
        _answer(httpx.post(f"{self.url}/accounts/{number}/credits", json=credit))

    def book(self) -> dict[str, int]:
        """The oracle's figures."""
        figures: dict[str, int] = _answer(httpx.get(f"{self.url}/book")).json()
        return figures

    def payments(self) -> dict[str, tuple[int, str]]:
        """End-to-end id to (fen moved out net, status)."""
        rows = _answer(httpx.get(f"{self.url}/book/payments")).json()
        return {row[0]: (row[1], row[2]) for row in rows}


def _answer(response: httpx.Response) -> httpx.Response:
    response.raise_for_status()
    return response


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_bank(
    folder: Path, behavior: dict[str, Any] | None = None, *, port: int | None = None
) -> Iterator[BankProcess]:
    """A simulated bank with its book in `folder`, ended at the end of the block."""
    port = port or free_port()
    command = [sys.executable, "-m", "bank_adapters.simulator", "--port", str(port)]
    command += ["--book", str(folder / "bank.sqlite"), "--instant", START.isoformat()]
    if behavior is not None:
        (folder / "behavior.json").write_text(json.dumps(behavior))
        command += ["--behavior", str(folder / "behavior.json")]
    bank = BankProcess(f"http://127.0.0.1:{port}", subprocess.Popen(command))
    try:
        _await_health(bank)
        yield bank
    finally:
        bank.kill()


def _await_health(bank: BankProcess) -> None:
    for _ in range(200):
        assert bank.process.poll() is None, "the simulated bank ended at once"
        try:
            httpx.get(f"{bank.url}/health").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the simulated bank did not come up")
