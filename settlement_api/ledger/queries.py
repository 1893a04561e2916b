"""What the ledger can be asked: balances as of an instant, what stands posted, what is pending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.ledger import AccountKind, Book
from schemas.money import Money
from settlement_api.ledger.policy import NIL, AccountKey, EffectKey, PendingTransfer
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

MAX_NUMBER: Final = (1 << 63) - 1
MAX_UUID: Final = UUID(int=(1 << 128) - 1)


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's running totals, fen, after its last posting not later than asked."""

    account_id: UUID
    book: Book
    scheme: str
    account: AccountKey
    posting_number: int
    posted_at: datetime
    posted_debit: Money
    posted_credit: Money
    pending_debit: Money
    pending_credit: Money

    @property
    def net(self) -> Money:
        """Posted debits less posted credits."""
        return Money(self.posted_debit - self.posted_credit)


async def posted_amounts(
    uow: UnitOfWork, *, basis_kind: str, basis_ids: Sequence[UUID]
) -> dict[EffectKey, Money]:
    """Posted fen per basis and pair of accounts, each direction on its own."""
    rows = await uow.fetch_all(
        load_sql(__file__, "posted_amounts"),
        area_code=uow.area_code,
        basis_kind=basis_kind,
        basis_ids=list(dict.fromkeys(basis_ids)),
    )
    return {_effect_key(row): Money(row.amount_minor) for row in rows}


async def pending_transfers(
    uow: UnitOfWork, *, basis_kind: str, basis_ids: Sequence[UUID]
) -> list[PendingTransfer]:
    """Unresolved pending transfers of these bases, oldest first."""
    rows = await uow.fetch_all(
        load_sql(__file__, "pending_transfers"),
        area_code=uow.area_code,
        basis_kind=basis_kind,
        basis_ids=list(dict.fromkeys(basis_ids)),
    )
    return [PendingTransfer(row.id, _effect_key(row), Money(row.amount_minor)) for row in rows]


async def balances(
    uow: UnitOfWork,
    *,
    book: Book | None = None,
    scheme: str | None = None,
    kind: AccountKind | None = None,
    party_id: UUID | None = None,
    at: datetime | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> list[Balance]:
    """Balances of the accounts asked for, as of `at` (business instant) or now, by account id."""
    rows = await uow.fetch_all(
        load_sql(__file__, "balances"),
        area_code=uow.area_code,
        book=book,
        scheme=scheme,
        account_kind=kind,
        party_id=party_id,
        at=at,
        after=after,
        row_limit=limit,
    )
    return [_balance(row) for row in rows]


async def balance_of(
    uow: UnitOfWork,
    *,
    book: Book,
    scheme: str,
    account: AccountKey,
    at: datetime | None = None,
) -> Money:
    """Posted debits less posted credits of one account; 0 when it was never touched."""
    found = await balances(
        uow, book=book, scheme=scheme, kind=account.kind, party_id=account.party_id, at=at
    )
    return Money(sum(balance.net for balance in found if balance.account == account))


async def last_closed_period(uow: UnitOfWork) -> str:
    """The latest closed period 'YYYY-MM' of the area, or '' when none is closed."""
    found = await uow.fetch_value(
        "SELECT max(period) FROM accounting_period"
        " WHERE area_code = :area_code AND state = 'closed'",
        area_code=uow.area_code,
    )
    return found or ""


async def list_transfers(
    uow: UnitOfWork, *, account_id: UUID, before: tuple[int, UUID] | None, limit: int
) -> Sequence[Row[Any]]:
    """Transfers of an account before (posting number, id), the last posted first."""
    number, transfer_id = before or (MAX_NUMBER, MAX_UUID)
    return await uow.fetch_all(
        load_sql(__file__, "account_transfers"),
        area_code=uow.area_code,
        account_id=account_id,
        posting_number=number,
        transfer_id=transfer_id,
        limit=limit,
    )


async def balance_on_day(uow: UnitOfWork, *, account_id: UUID, day: date) -> Row[Any] | None:
    """Net debits of an account, fen, by transfers booked and by those valued until a day."""
    return await uow.fetch_one(
        load_sql(__file__, "balance_on_day"),
        area_code=uow.area_code,
        account_id=account_id,
        day=day,
    )


async def period_movements(uow: UnitOfWork, *, period: str) -> Sequence[Row[Any]]:
    """Debits and credits per book, scheme and account kind booked in a period, fen."""
    return await uow.fetch_all(
        load_sql(__file__, "period_movements"), area_code=uow.area_code, period=period
    )


def _balance(row: Row[Any]) -> Balance:
    return Balance(
        row.account_id,
        Book(row.book),
        row.scheme,
        _account(row.account_kind, row.party_id, row.counterparty_id),
        row.posting_number,
        row.posted_at,
        Money(row.posted_debit_minor),
        Money(row.posted_credit_minor),
        Money(row.pending_debit_minor),
        Money(row.pending_credit_minor),
    )


def _effect_key(row: Row[Any]) -> EffectKey:
    return EffectKey(
        Book(row.book),
        row.scheme,
        row.basis_kind,
        row.basis_id,
        _account(row.debit_kind, row.debit_party, row.debit_counterparty),
        _account(row.credit_kind, row.credit_party, row.credit_counterparty),
    )


def _account(kind: str, party_id: UUID, counterparty_id: UUID) -> AccountKey:
    return AccountKey(AccountKind(kind), _present(party_id), _present(counterparty_id))


def _present(party_id: UUID) -> UUID | None:
    """The party, or None for the nil UUID that stands for none (plain UUIDs, not the driver's)."""
    return None if party_id == NIL else UUID(int=party_id.int)
