"""A database, a bank in its own process and a movable clock, and the steps between them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from schemas.codes.ledger import AccountKind
from schemas.codes.payments import BookingKind
from settlement_api.config import ClockKind, Settings
from settlement_api.encryption import Keyring
from settlement_api.jobs_context import JobContext
from settlement_api.ledger.queries import balances
from settlement_api.outcomes import service as outcomes
from settlement_api.outcomes.policy import Booking
from settlement_api.payments import jobs
from settlement_api.persistence import Database
from settlement_api.unit_of_work import Actor, AreaScope
from tests.builders.payments import AREA, START, BankProcess, ReleasedBatch

BEHAVIOR = {
    "slow_seconds": 0.05,
    "payment_rules": [
        {"fault": "reject", "amount_ending": "0404", "reason": "AC04"},
        {"fault": "forget", "amount_ending": "0606"},
    ],
    "message_rules": [
        {"fault": "lost", "sum_ending": "11"},
        {"fault": "bad_gateway", "sum_ending": "33"},
        {"fault": "twice", "sum_ending": "66"},
    ],
}


@dataclass
class MovableClock:
    """A business clock that the test moves."""

    instant: datetime = START

    async def now(self) -> datetime:
        return self.instant

    def pass_by(self, pause: timedelta) -> None:
        self.instant += pause


@dataclass
class Stage:
    """A database, a bank and a clock, and the steps of payments between them."""

    database: Database
    keyring: Keyring
    bank: BankProcess
    context: JobContext
    clock: MovableClock

    def area(self, actor: Actor | None = None) -> Any:
        return self.database.begin(AreaScope(AREA), actor=actor)

    async def pay(self, batch: ReleasedBatch) -> None:
        """Prepare, sign and send, as the events would make the jobs do."""
        await jobs.prepare(self.context, batch.event)
        await jobs.sign(self.context, batch.event)
        await self.tick()

    async def tick(self) -> None:
        await jobs.tick(self.context, {"area_code": AREA})

    async def ask_later(self) -> None:
        """A day goes by and the bank is asked about what is open; what is signed anew is sent."""
        self.clock.pass_by(timedelta(hours=25))
        await self.tick()
        await self.tick()

    async def rows(self, sql: str, **binds: Any) -> list[Any]:
        async with self.area() as uow:
            return list(await uow.fetch_all(sql, **binds))

    async def outcomes(self) -> list[str]:
        return [r.outcome for r in await self.rows("SELECT outcome FROM payment ORDER BY outcome")]

    async def shares(self) -> tuple[int, int, int]:
        """Reserved, paid and returned over all shares."""
        (row,) = await self.rows(
            "SELECT sum(reserved_minor)::bigint AS reserved, sum(paid_minor)::bigint AS paid,"
            " sum(returned_minor)::bigint AS returned FROM payable_share"
        )
        return row.reserved, row.paid, row.returned

    async def capacity(self) -> tuple[int, int]:
        """Reserved and consumed over all claims."""
        (row,) = await self.rows(
            "SELECT sum(reserved_minor)::bigint AS reserved,"
            " sum(consumed_minor)::bigint AS consumed FROM claim_capacity"
        )
        return row.reserved, row.consumed

    async def ledger(self, kind: AccountKind) -> tuple[int, int]:
        """Net posted (debits less credits) and net pending over all accounts of a kind."""
        async with self.area() as uow:
            found = await balances(uow, kind=kind)
        pending = sum(b.pending_debit - b.pending_credit for b in found)
        return sum(balance.net for balance in found), pending

    async def attempt_ids(self) -> list[UUID]:
        rows = await self.rows("SELECT id FROM payment_attempt ORDER BY payment_id, attempt_no")
        return [UUID(int=row.id.int) for row in rows]

    async def book(self, *bookings: Booking, day: date | None = None) -> set[str]:
        """News of the account that the first booking's payment is from, or of any account."""
        accounts = await self.rows(
            "SELECT account.id FROM agency_account AS account"
            " LEFT JOIN payment ON payment.agency_account_id = account.id"
            " LEFT JOIN payment_attempt AS attempt ON attempt.payment_id = payment.id"
            " ORDER BY attempt.end_to_end_id = ANY(:names) DESC NULLS LAST LIMIT 1",
            names=[one.end_to_end_id for one in bookings],
        )
        async with self.area() as uow:
            if day:
                await outcomes.cover_day(uow, agency_account_id=accounts[0].id, day=day)
            return await outcomes.record_bookings(
                uow, cause_id=uuid4(), bookings=bookings, agency_account_id=accounts[0].id
            )


def make_stage(
    database: Database, keyring: Keyring, bank: BankProcess, clock: MovableClock
) -> Stage:
    settings = Settings(bank_url=bank.url, clock=ClockKind.SIMULATED)

    async def enqueue(name: str, payload: dict[str, Any]) -> None:
        raise AssertionError(f"nothing here enqueues: {name}")

    context = JobContext(database, clock, settings, keyring, enqueue)
    return Stage(database, keyring, bank, context, clock)


def booking(
    attempt_id: UUID, amount: int, kind: BookingKind = BookingKind.DEBIT, entry: UUID | None = None
) -> Booking:
    return Booking(attempt_id.hex, kind, amount, entry or uuid4())
