"""Finding people, sessions and keys."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from settlement_api.identity.policy import Party
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def lock_login(uow: UnitOfWork, *, login_name: str) -> Row[Any] | None:
    """A person's password hash and whether the account rests, locked for the attempt."""
    return await uow.fetch_one(
        "SELECT id, password_hash, locked_until > clock_timestamp() AS rests"
        " FROM user_account WHERE login_name = :login_name AND disabled_at IS NULL FOR UPDATE",
        login_name=login_name,
    )


async def party_exists(uow: UnitOfWork, *, party: Party) -> bool:
    """Whether the area, hospital (of that area) or supplier is known; outside any area."""
    return bool(
        await uow.fetch_value(
            load_sql(__file__, "party_exists"),
            area_code=party.area_code,
            hospital_id=party.hospital_id,
            supplier_id=party.supplier_id,
        )
    )


async def list_users(
    uow: UnitOfWork,
    *,
    area_code: str | None,
    after: str | None = None,
    user_id: UUID | None = None,
    limit: int = 1,
) -> Sequence[Row[Any]]:
    """People by login name; of one area when given."""
    return await uow.fetch_all(
        load_sql(__file__, "list_users"),
        after=after,
        user_id=user_id,
        area_code=area_code,
        row_limit=limit,
    )


async def list_keys(
    uow: UnitOfWork, *, area_code: str | None, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Keys in the order issued; of one area when given."""
    return await uow.fetch_all(
        load_sql(__file__, "list_keys"), after=after, area_code=area_code, row_limit=limit
    )
