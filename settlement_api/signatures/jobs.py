"""Looks for signatures that came, and checks each before its message may leave."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from settlement_api.audit.queries import list_areas
from settlement_api.encryption import AlteredBytes
from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.payments import queries as payments
from settlement_api.payments.jobs import halting, open_bank, sign, stored_message
from settlement_api.payments.service import withdraw_if_late
from settlement_api.signatures import service
from settlement_api.signed_bytes import speaks_for_us
from settlement_api.signing.queries import find_key
from settlement_api.unit_of_work import Actor, AreaScope, UnitOfWork

ACTOR: Final = Actor.system("signatures.accept")


async def accept(context: JobContext, _: dict[str, Any]) -> None:
    """Payload: nothing. Messages with a signature go on; those held past their day are void, and
    their payments rendered anew. What cannot go on keeps no other from it.

    One job for all areas, which looks nowhere when the bank wants no signatures.
    """
    if context.settings.bank_signature is None:
        return
    failed: list[Exception] = []
    for area_code in await list_areas(context.database):
        async with context.database.begin(AreaScope(area_code), actor=ACTOR) as uow:
            stored = await service.list_stored(uow)
        for row in stored:
            try:
                await _accept_one(context, area_code, row)
            except AlteredBytes as error:
                failed.append(error)
    if failed:
        raise ExceptionGroup("signatures are not ours", failed)


async def _accept_one(context: JobContext, area_code: str, row: Row[Any]) -> None:
    submission_id, batch_id = UUID(int=row.id.int), UUID(int=row.payment_batch_id.int)
    async with (
        open_bank(context) as adapter,
        context.database.begin(AreaScope(area_code), actor=ACTOR) as uow,
    ):
        today = await payments.execution_date(uow, cut_off=adapter.capabilities.cut_off)
        late = await withdraw_if_late(uow, submission_id=submission_id, execution_date=today)
    if late is not None:
        await sign(context, {"area_code": area_code, "aggregate_id": str(batch_id)})
    elif row.is_signed:
        async with (
            halting(context, area_code, batch_id),
            context.database.begin(AreaScope(area_code), actor=ACTOR) as uow,
        ):
            await _take(context, uow, submission_id)


async def _take(context: JobContext, uow: UnitOfWork, submission_id: UUID) -> None:
    """Raises AlteredBytes unless a key that could sign at that moment signed exactly these bytes,
    in the way that the bank wants."""
    submission = await service.lock_stored(uow, submission_id=submission_id)
    if submission is None:
        return
    key = await find_key(uow, name=submission.signing_key)
    body = stored_message(context, submission).body
    signature = bytes(submission.signature)
    if (
        key is None
        or key.algorithm is not context.settings.bank_signature
        or not speaks_for_us(key, body, signature, at=submission.signed_at)
    ):
        raise AlteredBytes(f"the message {submission.message_id} has a signature that is not ours")
    await service.accept_signature(uow, submission=submission)


HANDLERS: Final[dict[str, JobHandler]] = {"signatures.accept": accept}
SCHEDULES: Final = {"signatures.accept": 5.0}
"""In seconds of real time."""
