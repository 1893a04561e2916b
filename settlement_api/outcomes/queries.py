"""Which attempts a piece of news can be about."""

from collections.abc import Sequence
from uuid import UUID

from settlement_api.outcomes.policy import Fact, fact_of
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def attempts_of_account(
    uow: UnitOfWork, *, agency_account_id: UUID, attempt_ids: Sequence[UUID]
) -> set[UUID]:
    """Those of the attempts that pay from this agency account."""
    rows = await uow.fetch_all(
        load_sql(__file__, "attempts_of_account"),
        area_code=uow.area_code,
        agency_account_id=agency_account_id,
        attempt_ids=attempt_ids,
    )
    return {UUID(int=row.id.int) for row in rows}


async def facts_of(uow: UnitOfWork, *, attempt_id: UUID) -> list[Fact]:
    """All evidence of one attempt, as the fold looks at it."""
    rows = await uow.fetch_all(
        "SELECT id, meaning, amount_minor, about FROM payment_evidence"
        " WHERE area_code = :area_code AND attempt_id = :attempt_id",
        area_code=uow.area_code,
        attempt_id=attempt_id,
    )
    return [fact_of(row) for row in rows]


async def doubtful_entries(
    uow: UnitOfWork, *, attempt_ids: Sequence[UUID], entry_ids: Sequence[UUID]
) -> set[UUID]:
    """Those of the entries, marked as returns of the attempts, that brought none back whole."""
    if not entry_ids:
        return set()
    rows = await uow.fetch_all(
        load_sql(__file__, "doubtful_entries"),
        area_code=uow.area_code,
        attempt_ids=list(attempt_ids),
        entry_ids=list(entry_ids),
    )
    return {UUID(int=row.statement_entry_id.int) for row in rows}
