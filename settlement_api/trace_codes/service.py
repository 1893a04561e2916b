"""Claims of receipt lines on trace codes: laid, taken off, and judged together.

A code's first claim has place 0 and is locked by whoever else claims the code, so that of two at
once each sees the other. Whether a code stands twice is a function of the claims that count, never
of who came first; who the other is, is told to nobody.

All codes known before, stated anew or of receipts that moved, are locked in one go and one order,
after the new ones are laid: two chunks that meet on several wait, and never for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from schemas.events.documents import TraceCodesChanged
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

MOST_PER_EVENT: Final = 1_000


Stated = Mapping[tuple[UUID, int], Sequence[str]]
"""Trace codes of receipt lines, by document and line number."""
_Claim = tuple[str, UUID, int]
"""A code, and the document and line number that state it."""


@dataclass(frozen=True)
class MovedReceipts:
    """Receipts whose lines may have come to count, or no more: documents superseded, and
    (hospital, number) of those that a correction is about."""

    document_ids: Sequence[UUID]
    numbers: Sequence[tuple[UUID, str]]


async def claim_codes(
    uow: UnitOfWork,
    *,
    stated: Stated,
    moved: MovedReceipts,
    intake_id: UUID,
) -> None:
    """Lays the claims of lines just stored, takes off those of lines that no longer count, and
    says which codes stand twice now, or no more, on lines of other documents."""
    flipped = await _moved_claims(uow, moved) if moved.document_ids or moved.numbers else []
    again = await _claim_first(uow, stated) if stated else []
    codes = {code for code, *_ in again} | {code for code, _ in flipped}
    if not codes:
        return
    given = {"codes": sorted(codes)}
    await uow.fetch_all(load_sql(__file__, "lock_codes"), **given)
    if again:
        columns = _columns(again)
        await uow.execute(load_sql(__file__, "claim_again"), area_code=uow.area_code, **columns)
    if flipped:
        await uow.execute(
            load_sql(__file__, "refresh_claims"),
            area_code=uow.area_code,
            codes=[code for code, _ in flipped],
            places=[place for _, place in flipped],
        )
    changed = await uow.fetch_all(
        load_sql(__file__, "judge_codes"),
        own_ids=sorted({document_id for document_id, _ in stated}),
        **given,
    )
    told = [row.code for row in changed]
    for start in range(0, len(told), MOST_PER_EVENT):
        await uow.record(
            TraceCodesChanged(
                area_code=uow.area_code,
                aggregate_id=intake_id,
                codes=told[start : start + MOST_PER_EVENT],
            )
        )


async def _claim_first(uow: UnitOfWork, stated: Stated) -> list[_Claim]:
    """Lays the claims on codes that are new; the others, whose codes are still to be locked."""
    claims = [(code, *line) for line, codes in stated.items() for code in codes]
    laid = await uow.fetch_all(
        load_sql(__file__, "claim_first"), area_code=uow.area_code, **_columns(claims)
    )
    first = {(row.code, row.document_id, row.line_number) for row in laid}
    return [claim for claim in claims if claim not in first]


def _columns(claims: Sequence[_Claim]) -> dict[str, list[object]]:
    columns = map(list, zip(*claims, strict=True))
    return dict(zip(("codes", "document_ids", "line_numbers"), columns, strict=True))


async def _moved_claims(uow: UnitOfWork, moved: MovedReceipts) -> list[tuple[str, int]]:
    """Claims, by code and place, that are to count and do not, or count and are not to."""
    rows = await uow.fetch_all(
        load_sql(__file__, "moved_claims"),
        area_code=uow.area_code,
        document_ids=list(moved.document_ids),
        hospital_ids=[hospital for hospital, _ in moved.numbers],
        numbers=[number for _, number in moved.numbers],
    )
    return [(row.code, row.place) for row in rows]


async def areas_stating(uow: UnitOfWork, *, codes: Sequence[str]) -> list[str]:
    """Areas of receipt lines that state one of these codes."""
    rows = await uow.fetch_all(load_sql(__file__, "areas_stating"), codes=list(codes))
    return [row.area_code for row in rows]
