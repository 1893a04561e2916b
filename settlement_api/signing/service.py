"""Registers and revokes keys, and puts signatures beside messages; signing itself is a process."""

from datetime import datetime
from uuid import UUID

from schemas.events.signing import SigningKeyRegistered, SigningKeyRevoked
from settlement_api.persistence import load_sql
from settlement_api.signing.errors import SigningKeyTaken, SigningKeyUnknown
from settlement_api.signing.policy import Key
from settlement_api.unit_of_work import UnitOfWork


async def register_key(uow: UnitOfWork, *, key: Key) -> None:
    """Registers a key; outside any area. It takes over from its `valid_from`.

    Raises SigningKeyTaken.
    """
    made = await uow.fetch_value(
        load_sql(__file__, "insert_key"),
        key_name=key.name,
        algorithm=str(key.algorithm),
        place=str(key.place),
        public_key=key.public_key,
        user_id=key.user_id,
        valid_from=key.valid_from,
        valid_until=key.valid_until,
    )
    if made is None:
        raise SigningKeyTaken(key_name=key.name)
    await uow.record(
        SigningKeyRegistered(
            area_code=None,
            aggregate_id=made,
            key_name=key.name,
            algorithm=key.algorithm,
            place=key.place,
            public_key=key.public_key.hex(),
            valid_from=key.valid_from,
            valid_until=key.valid_until,
        )
    )


async def revoke_key(uow: UnitOfWork, *, name: str, since: datetime, reason: str) -> None:
    """Ends a key from `since` on: what it signed later, or from then on already, is not believed.

    Outside any area. Raises SigningKeyUnknown.
    """
    revoked = await uow.fetch_value(
        load_sql(__file__, "revoke_key"), key_name=name, revoked_at=since, reason=reason
    )
    if revoked is None:
        raise SigningKeyUnknown(key_name=name)
    await uow.record(
        SigningKeyRevoked(
            area_code=None, aggregate_id=revoked, key_name=name, since=since, reason=reason
        )
    )


async def store_signature(
    uow: UnitOfWork, *, submission_id: UUID, signature: bytes, key_name: str, at: datetime
) -> bool:
    """Puts a signature of the moment `at` beside a message; False when it waits for none."""
    stored = await uow.execute(
        load_sql(__file__, "store_signature"),
        area_code=uow.area_code,
        submission_id=submission_id,
        signature=signature,
        key_name=key_name,
        at=at,
    )
    return bool(stored)
