"""Takes the signature that a message waited for, once it was checked."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.events.payments import SubmissionSigned
from settlement_api.payments.service import mark_signed
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def list_stored(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Messages of the unit's area that wait for a signature or have one that nobody checked."""
    return await uow.fetch_all(load_sql(__file__, "stored"), area_code=uow.area_code)


async def lock_stored(uow: UnitOfWork, *, submission_id: UUID) -> Row[Any] | None:
    """A message that has its signature and was not taken yet, locked; else None."""
    return await uow.fetch_one(
        load_sql(__file__, "lock_stored"), area_code=uow.area_code, submission_id=submission_id
    )


async def accept_signature(uow: UnitOfWork, *, submission: Row[Any]) -> None:
    """The message, locked, may be sent: stored → signed, and its attempts with it."""
    taken = await uow.execute(
        load_sql(__file__, "accept_signature"),
        area_code=uow.area_code,
        submission_id=submission.id,
    )
    signed = await mark_signed(uow, submission_id=submission.id)
    assert (taken, signed) == (1, submission.payment_count), "it is signed with all its attempts"
    await uow.record(
        SubmissionSigned(
            area_code=uow.area_code,
            aggregate_id=submission.id,
            payment_batch_id=submission.payment_batch_id,
            message_id=submission.message_id,
            payment_count=submission.payment_count,
            control_sum_minor=submission.control_sum_minor,
            body_sha256=bytes(submission.body_sha256).hex(),
            signing_key=submission.signing_key,
            signed_at=submission.signed_at,
            signature_sha256=sha256(submission.signature).hexdigest(),
        )
    )
