"""Bank-neutral words: instructions, replies, statuses and statements, whatever a bank speaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec


class BankMeaning(StrEnum):
    """The normalized meaning of one piece of bank news about one instruction.

    The first group comes from replies and inquiries, the second from booked statement entries.
    PENDING, DUPLICATE and UNRECOGNIZED move nothing.
    """

    RECEIVED = "received"
    ACCEPTED = "accepted"
    IN_SETTLEMENT = "in_settlement"
    DEBITED = "debited"
    CREDITED = "credited"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    PENDING = "pending"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"
    UNRECOGNIZED = "unrecognized"

    BOOKED_DEBIT = "booked_debit"
    BOOKED_RETURN = "booked_return"
    SUSPECTED_RETURN = "suspected_return"


class Verdict(StrEnum):
    """What a call to the bank came to: a clear yes, a clear no, or neither."""

    TAKEN = "taken"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class BankAccount:
    """An account as the bank knows it. `cnaps_code` is the 12-digit clearing code (联行号)."""

    number: str
    name: str
    cnaps_code: str


@dataclass(frozen=True)
class CreditInstruction:
    """One credit transfer; `amount_minor` in fen, `end_to_end_id` at most 35 characters."""

    end_to_end_id: str
    amount_minor: int
    payee: BankAccount
    remittance: str


@dataclass(frozen=True)
class PaymentOrder:
    """A message to be sent: credit transfers from one account, on one day, under one id."""

    message_id: str
    created_at: datetime
    execution_date: date
    debtor: BankAccount
    instructions: Sequence[CreditInstruction]

    @property
    def control_sum_minor(self) -> int:
        """Sum of the instructions, in fen."""
        return sum(instruction.amount_minor for instruction in self.instructions)


@dataclass(frozen=True)
class RenderedMessage:
    """The exact bytes of a message: stored, then sent, never rendered again."""

    message_id: str
    message_kind: str
    body: bytes
    sha256: bytes
    payment_count: int
    control_sum_minor: int
    signature: bytes | None


@dataclass(frozen=True)
class InstructionStatus:
    """What a report says about one instruction, read under `code_map_version` of the adapter."""

    end_to_end_id: str
    meaning: BankMeaning
    code: str
    reason_code: str | None = None
    happened_at: datetime | None = None


@dataclass(frozen=True)
class StatusReport:
    """A read report. `default` speaks for every instruction it does not list, unless None."""

    message_id: str | None
    default: BankMeaning | None
    default_code: str
    default_reason: str | None
    statuses: Sequence[InstructionStatus]
    code_map_version: str


@dataclass(frozen=True)
class BankReply:
    """One answer, or the lack of one. `body` is kept as received before anything reads it."""

    verdict: Verdict
    http_status: int | None
    body: bytes
    fault: str | None = None


class EntryDetail(msgspec.Struct, frozen=True):
    """One transaction inside a statement entry."""

    end_to_end_id: str | None
    amount_minor: int | None
    return_reason: str | None
    counterparty_name: str | None
    counterparty_account: str | None
    remittance: str | None


class StatementEntry(msgspec.Struct, frozen=True):
    """One entry; `amount_minor` in fen and positive, `credit` seen from the account's owner.

    A statement has a hundred thousand of them: a struct is made in a tenth of a dataclass' time.

    `batch_references` name the messages or payment blocks that a collective entry books;
    `batch_count` says of how many payments it is, where the bank says so.
    """

    entry_reference: str
    amount_minor: int
    currency: str
    credit: bool
    booked: bool
    reversal: bool
    booking_date: date | None
    value_date: date | None
    bank_reference: str | None
    details: Sequence[EntryDetail]
    batch_references: Sequence[str] = ()
    batch_count: int | None = None

    @property
    def is_return(self) -> bool:
        """Marked by the bank as money that came back."""
        return self.reversal or any(detail.return_reason for detail in self.details)


@dataclass(frozen=True)
class StatementBalance:
    """A balance of a statement: `code` OPBD, CLBD, ...; signed fen."""

    code: str
    amount_minor: int
    currency: str
    on: date | None


@dataclass(frozen=True)
class StatementHeader:
    """Who and what a statement is about."""

    statement_id: str
    sequence: int | None
    account_number: str | None
    created_at: datetime | None
    from_at: datetime | None
    to_at: datetime | None


@dataclass(frozen=True)
class BankStatement:
    """One account statement, complete."""

    header: StatementHeader
    balances: Sequence[StatementBalance]
    entries: Sequence[StatementEntry]

    def balance(self, code: str) -> int | None:
        """The balance of that code in signed fen, or None."""
        return next((b.amount_minor for b in self.balances if b.code == code), None)
