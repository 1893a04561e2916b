"""What a batch amounts to per hospital now, and which shortfalls are open."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.money import Money
from settlement_api.fund_claims.queries import effective_claims
from settlement_api.persistence import load_sql
from settlement_api.recoveries.policy import ClaimFigures
from settlement_api.unit_of_work import UnitOfWork


async def list_cases(
    uow: UnitOfWork, *, only_open: bool, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Shortfall cases the caller may see, newest first, at most `limit`."""
    return await uow.fetch_all(
        load_sql(__file__, "list_cases"), only_open=only_open, after=after, limit=limit
    )


async def list_carried(
    uow: UnitOfWork, *, only_open: bool, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Carried returns the caller may see, newest first, at most `limit`."""
    return await uow.fetch_all(
        load_sql(__file__, "list_carried"), only_open=only_open, after=after, limit=limit
    )


async def carried_totals(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Per scheme: number and fen of returns carried, and of those that are receivable."""
    return await uow.fetch_all(load_sql(__file__, "carried_totals"))


async def batch_standing(uow: UnitOfWork, *, batch_id: UUID) -> Sequence[Row[Any]]:
    """Per hospital, scheme and month: fen recovered from the claim, and fen beyond it."""
    return await uow.fetch_all(
        load_sql(__file__, "batch_standing"), area_code=uow.area_code, batch_id=batch_id
    )


async def claim_figures(uow: UnitOfWork, *, months: Sequence[str]) -> list[ClaimFigures]:
    """What the fund owes hospitals for these months, and what it has paid them before."""
    claims = {
        (row.hospital_id, row.scheme, row.month): row
        for row in await effective_claims(uow, months=months)
    }
    capacities = await uow.fetch_all(
        load_sql(__file__, "claim_figures"), area_code=uow.area_code, months=list(months)
    )
    return [
        _figures(row, claims.get((row.hospital_id, row.scheme, row.month))) for row in capacities
    ]


def _figures(capacity: Row[Any], claim: Row[Any] | None) -> ClaimFigures:
    return ClaimFigures(
        basis_id=capacity.id,
        hospital_id=capacity.hospital_id,
        scheme=capacity.scheme,
        claim=Money(claim.claim_minor if claim else 0),
        advance=Money(claim.advance_minor if claim else 0),
        prepaid=Money(capacity.prepaid_minor),
        prepayment_due=Money(claim.recovery_due_minor if claim else 0),
    )
