"""Throws and lifts the kill switch of an area."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from schemas.events.payments import LiftingProposed, SendingResumed, SendingStopped
from settlement_api.approvals.service import deciding_person
from settlement_api.persistence import load_sql
from settlement_api.stops import queries
from settlement_api.stops.errors import AlreadyStopped, ConflictOpen, NotStopped
from settlement_api.unit_of_work import UnitOfWork

CONFLICT_REASON: Final = "news of the bank contradicts money that moved"


async def stop_sending(uow: UnitOfWork, *, reason: str) -> UUID:
    """Throws the area's kill switch. Raises AlreadyStopped."""
    row = await uow.fetch_one(
        "INSERT INTO payment_stop (area_code, reason, engaged_by, engaged_at)"
        " VALUES (:area_code, :reason, :user_id, :at)"
        " ON CONFLICT (area_code) WHERE lifted_at IS NULL DO NOTHING RETURNING id",
        area_code=uow.area_code,
        reason=reason,
        user_id=uow.actor.id,
        at=uow.at,
    )
    if row is None:
        raise AlreadyStopped
    await uow.record(SendingStopped(area_code=uow.area_code, aggregate_id=row.id, reason=reason))
    return UUID(int=row.id.int)


async def stop_for_conflict(uow: UnitOfWork) -> None:
    """Throws the area's kill switch for a conflict; one that stands now takes two to lift."""
    stop_id = await uow.fetch_value(
        load_sql(__file__, "stop_for_conflict"),
        area_code=uow.area_code,
        reason=CONFLICT_REASON,
        at=uow.at,
    )
    await uow.record(
        SendingStopped(area_code=uow.area_code, aggregate_id=stop_id, reason=CONFLICT_REASON)
    )


@dataclass(frozen=True)
class Stop:
    """The kill switch, thrown or lifted."""

    id: UUID
    in_force: bool


async def resume_sending(uow: UnitOfWork) -> Stop:
    """Lifts the kill switch; signed messages go on. Raises NotStopped, NotAPerson.

    Raises ConflictOpen, naming the payments, while one of the area is in conflict: a conflict is
    ended before sending goes on. A stop during which a conflict came is lifted by a second
    person: the first one's call only proposes it (banks.md section 3).
    """
    row = await uow.fetch_one(
        load_sql(__file__, "lift_stop"),
        area_code=uow.area_code,
        user_id=deciding_person(uow),
        at=uow.at,
    )
    if row is None:
        raise NotStopped
    if payment_ids := await queries.payments_in_conflict(uow):
        raise ConflictOpen(payment_ids=payment_ids)
    event = SendingResumed if row.lifted else LiftingProposed
    await uow.record(event(area_code=uow.area_code, aggregate_id=row.id))
    return Stop(UUID(int=row.id.int), in_force=not row.lifted)
