"""What is known of an attempt that people want to decide about."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.payments import Outcome
from schemas.times import business_date
from settlement_api.decisions.policy import OpenAttempt
from settlement_api.outcomes.queries import facts_of
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def open_attempt(uow: UnitOfWork, *, attempt_id: UUID) -> OpenAttempt | None:
    """An attempt with all its evidence, locked, and the suspense cases of that evidence, so that
    no money leaves them meanwhile; None when there is no such attempt.
    """
    await uow.fetch_all(
        load_sql(__file__, "lock_cases"), area_code=uow.area_code, attempt_id=attempt_id
    )
    await uow.fetch_one(
        load_sql(__file__, "lock_attempt"), area_code=uow.area_code, attempt_id=attempt_id
    )
    row = await uow.fetch_one(
        load_sql(__file__, "open_attempt"), area_code=uow.area_code, attempt_id=attempt_id
    )
    if row is None:
        return None
    return OpenAttempt(
        outcome=Outcome(row.outcome),
        amount_minor=row.amount_minor,
        facts=await facts_of(uow, attempt_id=attempt_id),
        not_found_at=row.not_found_at,
        sent_date=row.sent_at and business_date(row.sent_at),
        bank_knows_it=row.bank_knows_it,
        statement_covers_sending=row.statement_covers_sending,
        is_booked=row.is_booked,
        has_later=row.has_later,
        gone_otherwise=frozenset(UUID(int=one.int) for one in row.gone_otherwise),
    )


async def unsent_later(uow: UnitOfWork, *, attempt_id: UUID) -> Sequence[Row[Any]]:
    """Later attempts at the same payment that never left, with the message each is in."""
    return await uow.fetch_all(
        load_sql(__file__, "unsent_later"), area_code=uow.area_code, attempt_id=attempt_id
    )
