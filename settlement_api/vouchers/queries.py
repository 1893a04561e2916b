"""What the books of a side can be asked: vouchers, trial balances, statements of an account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.vouchers import BooksOf
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

MAX_LINES: Final = 100_000
"""Lines of one owner's month that are shown or written at once."""


@dataclass(frozen=True, slots=True)
class BooksAsked:
    """Whose books of which period: of all hospitals or suppliers of the side where none is named.

    What a hospital or a supplier sees is its own by the tables' policies, whatever it asks for.
    """

    side: BooksOf
    period: str
    area_code: str | None = None
    scheme: str | None = None
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None

    @property
    def binds(self) -> dict[str, Any]:
        """As statements name them."""
        return {
            "side": self.side,
            "period": self.period,
            "area_code": self.area_code,
            "scheme": self.scheme,
            "hospital_id": self.hospital_id,
            "supplier_id": self.supplier_id,
        }


async def list_vouchers(
    uow: UnitOfWork, *, asked: BooksAsked, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Vouchers of the period after an id, in the order in which they were issued."""
    return await uow.fetch_all(
        load_sql(__file__, "list_vouchers"), after=after, limit=limit, **asked.binds
    )


async def find_voucher(uow: UnitOfWork, *, voucher_id: UUID) -> Row[Any] | None:
    """One voucher, where the caller may see it."""
    return await uow.fetch_one(
        "SELECT * FROM voucher WHERE id = :voucher_id", voucher_id=voucher_id
    )


async def list_lines(uow: UnitOfWork, *, voucher: Row[Any]) -> Sequence[Row[Any]]:
    """The lines of one voucher, in order."""
    return await uow.fetch_all(
        load_sql(__file__, "voucher_lines"), area_code=voucher.area_code, voucher_id=voucher.id
    )


async def trial_balance(uow: UnitOfWork, *, asked: BooksAsked) -> Sequence[Row[Any]]:
    """Opening and movements, fen, of every account that the owner has used up to the period."""
    return await uow.fetch_all(load_sql(__file__, "trial_balance"), **asked.binds)


async def period_lines(
    uow: UnitOfWork, *, asked: BooksAsked, account_code: str | None = None
) -> Sequence[Row[Any]]:
    """Lines of the period's vouchers, of one account or all, at most MAX_LINES + 1."""
    return await uow.fetch_all(
        load_sql(__file__, "period_lines"),
        account_code=account_code,
        row_limit=MAX_LINES + 1,
        **asked.binds,
    )
