"""What claims, the bank's news and acknowledgements set in motion."""

from typing import Any, Final
from uuid import UUID

from settlement_api.jobs_context import JobContext, JobHandler
from settlement_api.recoveries.service import (
    carry_shortfalls,
    follow_carried_returns,
    post_claims,
    recover,
    settle_batch,
    settle_old_batches,
)
from settlement_api.unit_of_work import Actor, AreaScope

CLAIMS: Final = "recoveries.post_claims"
SETTLE: Final = "recoveries.settle"
SWEEP: Final = "recoveries.sweep"
RECOVER: Final = "recoveries.recover"
CARRIED: Final = "recoveries.follow_carried_returns"


async def book_claims(context: JobContext, payload: dict[str, Any]) -> None:
    """After an import of fund documents: book its months, then carry older shortfalls to them."""
    area, actor = AreaScope(payload["area_code"]), Actor.system(CLAIMS)
    async with context.database.begin(area, actor=actor) as uow:
        await post_claims(uow, months=payload["months"])
    for month in sorted(payload["months"]):
        async with context.database.begin(area, actor=actor) as uow:
            await carry_shortfalls(uow, month=month)


async def settle(context: JobContext, payload: dict[str, Any]) -> None:
    """After news of the bank: each batch touched, once all its payments are certain."""
    named = {change["payment_batch_id"] for change in payload["changes"]} - {None}
    for batch_id in sorted(named):
        area = AreaScope(payload["area_code"])
        async with context.database.begin(area, actor=Actor.system(SETTLE)) as uow:
            await settle_batch(uow, batch_id=UUID(batch_id))


async def sweep(context: JobContext, payload: dict[str, Any]) -> None:
    """Every area, every hour: batches whose last payments hang do not hold their offsets."""
    area = AreaScope(payload["area_code"])
    async with context.database.begin(area, actor=Actor.system(SWEEP)) as uow:
        await settle_old_batches(uow)


async def book_recovery(context: JobContext, payload: dict[str, Any]) -> None:
    """After finance acknowledged instructions: the hospitals' advances are made good."""
    area = AreaScope(payload["area_code"])
    async with context.database.begin(area, actor=Actor.system(RECOVER)) as uow:
        await recover(
            uow,
            batch_id=UUID(payload["aggregate_id"]),
            instruction_ids=[UUID(one) for one in payload["instruction_ids"]],
        )


async def follow_carried(context: JobContext, payload: dict[str, Any]) -> None:
    """After a freeze set returns off: what of them is carried, and since when."""
    area = AreaScope(payload["area_code"])
    async with context.database.begin(area, actor=Actor.system(CARRIED)) as uow:
        await follow_carried_returns(uow)


HANDLERS: dict[str, JobHandler] = {
    CLAIMS: book_claims,
    SETTLE: settle,
    SWEEP: sweep,
    RECOVER: book_recovery,
    CARRIED: follow_carried,
}
SUBSCRIPTIONS: dict[str, str] = {
    "fund_claims.claim.recorded": CLAIMS,
    "outcomes.payment.changed": SETTLE,
    "fund_claims.offset.acknowledged": RECOVER,
    "batches.batch.frozen": CARRIED,
}
AREA_SCHEDULES: dict[str, float] = {SWEEP: 3600.0}
