"""The simulated bank's own book in SQLite: committed before anything is answered.

Killing the process loses nothing; the book is the oracle that tests compare the ledger with.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from bank_adapters.simulator.behavior import Behavior, PaymentFault, PaymentRule
from bank_adapters.simulator.messages import BookedEntry, Instructed, LineStatus, Transfer
from schemas.times import SHANGHAI

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS account (number TEXT PRIMARY KEY, name TEXT NOT NULL,
    opened_on TEXT NOT NULL, balance INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS message (id TEXT PRIMARY KEY, digest TEXT NOT NULL,
    received_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (message_id TEXT PRIMARY KEY, times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS payment (end_to_end_id TEXT PRIMARY KEY, message_id TEXT NOT NULL,
    debtor TEXT NOT NULL, amount INTEGER NOT NULL, payee_name TEXT NOT NULL,
    payee_account TEXT NOT NULL, status TEXT NOT NULL, reason TEXT, forgotten INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS payment_message ON payment (message_id);
CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL,
    booked_on TEXT NOT NULL, amount INTEGER NOT NULL, end_to_end_id TEXT,
    counterparty_name TEXT NOT NULL, counterparty_account TEXT NOT NULL,
    remittance TEXT NOT NULL, return_reason TEXT);
CREATE INDEX IF NOT EXISTS entry_account_day ON entry (account, booked_on);
CREATE UNIQUE INDEX IF NOT EXISTS entry_debit_once ON entry (end_to_end_id) WHERE amount < 0;
CREATE TABLE IF NOT EXISTS credit (reference TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS due_return (end_to_end_id TEXT PRIMARY KEY, account TEXT NOT NULL,
    due_on TEXT NOT NULL, amount INTEGER NOT NULL, counterparty_name TEXT NOT NULL,
    counterparty_account TEXT NOT NULL, reason TEXT);
CREATE TABLE IF NOT EXISTS clock (only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    instant TEXT NOT NULL);
"""


class DayOpen(Exception):
    """The day has not ended on the bank's clock: there is no statement yet."""


class NoAccount(LookupError):
    """The bank keeps no such account."""


@dataclass(frozen=True)
class Credit:
    """Money that arrives from outside; `reference` makes placing it twice harmless."""

    account: str
    account_name: str
    amount: int
    reference: str
    from_name: str
    from_account: str
    remittance: str


class Book:
    """Accounts, payments and entries, and the clock they are booked by."""

    def __init__(self, path: Path, behavior: Behavior) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._behavior = behavior
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the book."""
        self._connection.close()

    # --- time ---

    def follow(self, instant: datetime) -> None:
        """Moves the clock forward (never back) and books the returns that have come due."""
        if (known := self.now()) is not None and instant <= known:
            return
        with self._transaction() as db:
            db.execute(
                "INSERT INTO clock VALUES (1, ?)"
                " ON CONFLICT DO UPDATE SET instant = excluded.instant",
                (instant.isoformat(),),
            )
            self._book_returns(db, instant.astimezone(SHANGHAI).date())

    def now(self) -> datetime | None:
        """The bank's business instant; None before anybody told it."""
        row = self._connection.execute("SELECT instant FROM clock").fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    def _today(self) -> date:
        now = self.now()
        assert now is not None, "the clock is set before anything is booked"
        return now.astimezone(SHANGHAI).date()

    def _book_returns(self, db: sqlite3.Connection, today: date) -> None:
        due = db.execute(
            "SELECT end_to_end_id, account, due_on, amount, counterparty_name,"
            " counterparty_account, reason FROM due_return WHERE due_on <= ? ORDER BY rowid",
            (today.isoformat(),),
        ).fetchall()
        for identity, account, due_on, amount, name, number, reason in due:
            text = f"退汇 {identity}" if reason else "转入"
            day = date.fromisoformat(due_on)
            entry = BookedEntry(0, day, amount, identity, name, number, text, reason)
            self._enter(db, account, entry)
        db.execute("DELETE FROM due_return WHERE due_on <= ?", (today.isoformat(),))

    # --- accounts ---

    def place_credit(self, credit: Credit) -> bool:
        """Credits an account, opening it if need be; False when the reference was seen."""
        today = self._today()
        with self._transaction() as db:
            if db.execute(
                "SELECT 1 FROM credit WHERE reference = ?", (credit.reference,)
            ).fetchone():
                return False
            db.execute("INSERT INTO credit VALUES (?)", (credit.reference,))
            db.execute(
                "INSERT INTO account (number, name, opened_on) VALUES (?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (credit.account, credit.account_name, today.isoformat()),
            )
            entry = BookedEntry(
                number=0,
                booked_on=today,
                amount=credit.amount,
                end_to_end_id=None,
                counterparty_name=credit.from_name,
                counterparty_account=credit.from_account,
                remittance=credit.remittance,
                return_reason=None,
            )
            self._enter(db, credit.account, entry)
        return True

    def _enter(self, db: sqlite3.Connection, account: str, entry: BookedEntry) -> None:
        """Books one entry; the book numbers it (its own `number` is not used)."""
        db.execute(
            "INSERT INTO entry (account, booked_on, amount, end_to_end_id, counterparty_name,"
            " counterparty_account, remittance, return_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account,
                entry.booked_on.isoformat(),
                entry.amount,
                entry.end_to_end_id,
                entry.counterparty_name,
                entry.counterparty_account,
                entry.remittance,
                entry.return_reason,
            ),
        )
        db.execute(
            "UPDATE account SET balance = balance + ? WHERE number = ?", (entry.amount, account)
        )

    # --- payments ---

    def count_delivery(self, message_id: str) -> int:
        """How often this message id has been delivered, this time included."""
        with self._transaction() as db:
            row = db.execute(
                "INSERT INTO delivery VALUES (?, 1)"
                " ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
                (message_id,),
            ).fetchone()
        return int(row[0])

    def knows(self, message_id: str) -> bool:
        """Whether the message was acted on."""
        found = self._connection.execute("SELECT 1 FROM message WHERE id = ?", (message_id,))
        return found.fetchone() is not None

    def act(self, order: Instructed, digest: str) -> None:
        """Books or refuses every line, once, in one transaction.

        The same end-to-end id in another message is booked again under no circumstances here:
        it is refused as a duplicate (the entry's unique index would refuse it too).
        """
        today = self._today()
        with self._transaction() as db:
            db.execute(
                "INSERT INTO message VALUES (?, ?, ?)",
                (order.message_id, digest, today.isoformat()),
            )
            for transfer in order.transfers:
                self._act_on(db, order, transfer)

    def _act_on(self, db: sqlite3.Connection, order: Instructed, transfer: Transfer) -> None:
        rule = self._behavior.payment_rule(
            debtor=order.debtor_account,
            payee=transfer.payee_account,
            amount_minor=transfer.amount,
            day=order.execution_date,
        )
        status, reason = self._decide(db, order.debtor_account, transfer, rule)
        forgotten = status == "FORGOTTEN"
        db.execute(
            "INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                transfer.end_to_end_id,
                order.message_id,
                order.debtor_account,
                transfer.amount,
                transfer.payee_name,
                transfer.payee_account,
                status,
                reason,
                forgotten,
            ),
        )
        if status == "ACSC":
            self._pay(db, order.debtor_account, transfer, rule)

    def _decide(
        self,
        db: sqlite3.Connection,
        debtor: str,
        transfer: Transfer,
        rule: PaymentRule | None,
    ) -> tuple[str, str | None]:
        known = "SELECT 1 FROM payment WHERE end_to_end_id = ?"
        if db.execute(known, (transfer.end_to_end_id,)).fetchone():
            return "RJCT", "DUPL"
        account = db.execute("SELECT balance FROM account WHERE number = ?", (debtor,)).fetchone()
        if account is None:
            return "RJCT", "AC01"
        if rule is not None and rule.fault is PaymentFault.FORGET:
            return "FORGOTTEN", None
        if rule is not None and rule.fault is PaymentFault.REJECT:
            return "RJCT", rule.reason
        return ("ACSC", None) if account[0] >= transfer.amount else ("RJCT", "AM04")

    def _pay(
        self,
        db: sqlite3.Connection,
        debtor: str,
        transfer: Transfer,
        rule: PaymentRule | None,
    ) -> None:
        entry = BookedEntry(
            number=0,
            booked_on=self._today(),
            amount=-transfer.amount,
            end_to_end_id=transfer.end_to_end_id,
            counterparty_name=transfer.payee_name,
            counterparty_account=transfer.payee_account,
            remittance=transfer.remittance,
            return_reason=None,
        )
        self._enter(db, debtor, entry)
        if rule is not None:
            self._promise_return(db, debtor, transfer, rule)

    def _promise_return(
        self, db: sqlite3.Connection, debtor: str, transfer: Transfer, rule: PaymentRule
    ) -> None:
        """Writes down a return that the clock will make due."""
        db.execute(
            "INSERT INTO due_return VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                transfer.end_to_end_id,
                debtor,
                (self._today() + timedelta(days=rule.days)).isoformat(),
                transfer.amount,
                transfer.payee_name,
                transfer.payee_account,
                rule.reason if rule.fault is PaymentFault.RETURN else None,
            ),
        )

    def statuses(self, message_id: str, end_to_end_id: str | None) -> Sequence[LineStatus]:
        """What the bank says of a message's lines; of forgotten ones it knows nothing."""
        rows = self._connection.execute(
            "SELECT end_to_end_id, status, reason FROM payment"
            " WHERE message_id = ? AND NOT forgotten AND (? IS NULL OR end_to_end_id = ?)"
            " ORDER BY rowid",
            (message_id, end_to_end_id, end_to_end_id),
        )
        return [LineStatus(*row) for row in rows]

    def packages(self, account: str) -> dict[str, str]:
        """The message that each payment from an account came in."""
        return dict(
            self._connection.execute(
                "SELECT end_to_end_id, message_id FROM payment WHERE debtor = ?", (account,)
            )
        )

    # --- statements ---

    def statement(self, account: str, on: date) -> tuple[int, int, list[BookedEntry]]:
        """Sequence, opening balance and entries of a closed day. Raises DayOpen or NoAccount."""
        known = self._connection.execute(
            "SELECT opened_on FROM account WHERE number = ?", (account,)
        ).fetchone()
        if known is None or date.fromisoformat(known[0]) > on:
            raise NoAccount(account)
        if on >= self._today():
            raise DayOpen
        opening = self._connection.execute(
            "SELECT COALESCE(sum(amount), 0) FROM entry WHERE account = ? AND booked_on < ?",
            (account, on.isoformat()),
        ).fetchone()[0]
        sequence = (on - date.fromisoformat(known[0])).days + 1
        return sequence, opening, self._entries(account, on)

    def _entries(self, account: str, on: date) -> list[BookedEntry]:
        rows = self._connection.execute(
            "SELECT number, booked_on, amount, end_to_end_id, counterparty_name,"
            " counterparty_account, remittance, return_reason FROM entry"
            " WHERE account = ? AND booked_on = ? ORDER BY number",
            (account, on.isoformat()),
        )
        return [BookedEntry(row[0], date.fromisoformat(row[1]), *row[2:]) for row in rows]

    def totals(self) -> dict[str, int]:
        """The oracle's figures: money moved and counts, over every account."""
        debited, returned, funded = self._connection.execute(
            "SELECT COALESCE(sum(-amount) FILTER (WHERE amount < 0), 0),"
            " COALESCE(sum(amount) FILTER (WHERE amount > 0 AND end_to_end_id IS NOT NULL), 0),"
            " COALESCE(sum(amount) FILTER (WHERE end_to_end_id IS NULL), 0) FROM entry"
        ).fetchone()
        counts = dict(
            self._connection.execute("SELECT status, count(*) FROM payment GROUP BY status")
        )
        return {
            "debited_minor": debited,
            "returned_minor": returned,
            "funded_minor": funded,
            "balance_minor": funded - debited + returned,
            "booked_payments": counts.get("ACSC", 0),
            "rejected_payments": counts.get("RJCT", 0),
            "forgotten_payments": counts.get("FORGOTTEN", 0),
        }

    def payments(self) -> list[tuple[str, int, str]]:
        """(end-to-end id, net fen moved out, status) of every payment the bank ever saw."""
        return self._connection.execute(
            "SELECT payment.end_to_end_id, COALESCE(-sum(entry.amount), 0), payment.status"
            " FROM payment LEFT JOIN entry USING (end_to_end_id) GROUP BY 1, 3 ORDER BY 1"
        ).fetchall()
