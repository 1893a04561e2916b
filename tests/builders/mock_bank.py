"""A bank that others wrote: `mock-bank` from PyPI, as a process of its own with a book of its own.

Our simulator is written by those who wrote our reader and writer; this one is not. It holds the
accounts it is told of, takes a pain.001 once a message id, and pays one end-to-end id again in
every new file: who sends twice pays twice.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import httpx

from schemas.times import SHANGHAI
from tests.builders.payments import START, free_port

BANK_ZONE: Final = "Asia/Shanghai"
CUT_OFF: Final = "17:30"
"""Of HVPS, as our adapter has it."""
PATIENCE_SECONDS: Final = 60.0


def synthetic_iban(number: str) -> str:
    """`CN` and check digits before an account number (ISO 13616): the only form it holds."""
    digits = "".join(str(int(character, 36)) for character in f"{number}CN00")
    return f"CN{98 - int(digits) % 97:02d}{number}"


@dataclass(frozen=True)
class Moved:
    """What its own book says of one instruction: fen debited and come back, how often decided."""

    debited: int = 0
    returned: int = 0
    rejected: bool = False
    times_debited: int = 0
    more_to_come: bool = False
    """Whether it will still book it, or give it back."""

    @property
    def net(self) -> int:
        """Fen that left the account for good."""
        return self.debited - self.returned


@dataclass(frozen=True)
class Message:
    """A message that it sent: its type (`pain.002.001.10`) and its text."""

    kind: str
    body: bytes


class MockBank:
    """A running mock-bank and its control plane, all over HTTP."""

    def __init__(self, url: str, process: "subprocess.Popen[bytes]") -> None:
        self.url = url
        self.process = process
        self._http = httpx.Client(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False)

    def kill(self) -> None:
        """Ends it without any chance to tidy up."""
        self.process.kill()
        self.process.wait()
        self._http.close()

    def open_account(self, name: str, number: str, **fields: Any) -> str:
        """Opens an account of a fictitious holder; its IBAN. `fields` as mock-bank calls them."""
        iban = synthetic_iban(number)
        account = {"id": name, "name": "济南市医疗保险事业中心", "iban": iban, "currency": "CNY"}
        self._told(self._http.post("/_mock/accounts", json=account | fields))
        return iban

    def change_account(self, name: str, **fields: Any) -> None:
        """Changes how an account behaves from now on."""
        self._told(self._http.patch(f"/_mock/accounts/{name}", json=fields))

    def fund(self, name: str, amount_minor: int, *, payer: str) -> None:
        """Lets money arrive in an account today, from another bank's account."""
        debtor = {"name": "财政专户", "iban": payer}
        credit = {"account": name, "amount": amount_minor, "debtor": debtor}
        self._told(self._http.post("/_mock/credits", json=credit))

    def keep_holidays(self, *days: date) -> None:
        """The days besides weekends on which nothing settles."""
        self._told(self._http.put("/_mock/holidays", json=[day.isoformat() for day in days]))

    def move_to(self, day: date) -> None:
        """Moves its clock to the midnight before a day; never back."""
        self._told(self._http.post("/_mock/advance", params={"to": day.isoformat()}))

    def deliver(self, body: bytes) -> int:
        """Gives it a payment file; its HTTP status (202 taken, 422 refused whole)."""
        answer = self._http.post("/payments", content=body)
        assert answer.status_code in (202, 422), answer.text
        return answer.status_code

    def collect(self) -> list[Message]:
        """What it has sent since it was last asked; each message is given once."""
        waiting = self._told(self._http.get("/_mock/mailbox")).json()
        return [Message(one["type"], one["body"].encode()) for one in waiting]

    def sent(self, kind: str) -> list[bytes]:
        """Every message of a type that it ever sent; reading takes nothing."""
        found = self._told(self._http.get("/_mock/messages", params={"type": kind})).json()
        return [one["body"].encode() for one in found]

    def book(self) -> dict[str, Moved]:
        """Its own book: every instruction that it ever decided on, by end-to-end id."""
        rows = self._told(self._http.get("/_mock/payments")).json()
        debited, returned, times = Counter[str](), Counter[str](), Counter[str]()
        taken = {row["end_to_end_id"] for row in rows if row["status"] != "rejected"}
        awaited: set[str] = set()
        for row in rows:
            name = row["end_to_end_id"]
            booked, back = row["booked_at"], row["returned_at"]
            if row["status"] == "accepted" and (booked is None or row["return_due"]) and not back:
                awaited.add(name)
            if row["booked_at"] is not None:
                debited[name] += row["amount"]
                times[name] += 1
                if row["returned_at"] is not None:
                    returned[name] += row["amount"]
        return {
            name: Moved(
                debited[name], returned[name], name not in taken, times[name], name in awaited
            )
            for name in {row["end_to_end_id"] for row in rows}
        }

    def balance(self, name: str) -> int:
        """What an account holds, in fen."""
        account = self._told(self._http.get(f"/_mock/accounts/{name}")).json()
        return int(account["balance"])

    def _told(self, answer: httpx.Response) -> httpx.Response:
        assert answer.is_success, answer.text
        return answer


@contextmanager
def running_mock_bank(folder: Path, *, forgetful: bool = False) -> Iterator[MockBank]:
    """A mock-bank at the instant at which our tests begin, ended with the block.

    A `forgetful` one acts on a message id again each time it comes.
    """
    port = free_port()
    opened = START.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    command = [sys.executable, "-m", "mockbank", "--quiet", "--port", str(port)]
    command += ["--db", str(folder / "mock-bank.sqlite"), "--clock", opened]
    command += ["--timezone", BANK_ZONE, "--cutoff", CUT_OFF, "--keep-requests", "10"]
    command += ["--allow-duplicates"] if forgetful else []
    bank = MockBank(f"http://127.0.0.1:{port}", subprocess.Popen(command))
    try:
        _await_health(bank)
        yield bank
    finally:
        bank.kill()


def _await_health(bank: MockBank) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert bank.process.poll() is None, "mock-bank ended at once"
        try:
            httpx.get(f"{bank.url}/_mock/health", trust_env=False).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("mock-bank did not come up")
