"""Registered keys, and messages that wait for a signature."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from settlement_api.persistence import load_sql
from settlement_api.signing.policy import Key
from settlement_api.unit_of_work import UnitOfWork


async def list_keys(uow: UnitOfWork) -> list[Key]:
    """Every key ever registered, in the order of taking over."""
    return [_key(row) for row in await uow.fetch_all(load_sql(__file__, "keys"))]


async def find_key(uow: UnitOfWork, *, name: str) -> Key | None:
    """The key of that name."""
    return next((key for key in await list_keys(uow) if key.name == name), None)


def _key(row: Row[Any]) -> Key:
    return Key(
        row.key_name,
        SignatureAlgorithm(row.algorithm),
        KeyPlace(row.place),
        bytes(row.public_key),
        row.user_id,
        row.valid_from,
        row.valid_until,
        row.revoked_at,
    )


async def list_waiting(uow: UnitOfWork, *, limit: int) -> Sequence[Row[Any]]:
    """Messages of the unit's area without the signature they wait for, oldest first."""
    return await uow.fetch_all(
        load_sql(__file__, "waiting"), area_code=uow.area_code, row_limit=limit
    )


async def list_bound(uow: UnitOfWork, *, submission: Row[Any]) -> Sequence[Row[Any]]:
    """The attempts that a message of the unit's area stands for, with the payees as approved; what
    is not a whole payment of its batch is not among them."""
    return await uow.fetch_all(
        load_sql(__file__, "bound"),
        area_code=uow.area_code,
        submission_id=submission.id,
        batch_id=submission.payment_batch_id,
    )
