"""Imports fund documents, moves claim capacity, issues and acknowledges offset instructions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final
from uuid import UUID

from schemas.codes.fund_claims import FundRowOutcome
from schemas.events.fund_claims import (
    ClaimRecorded,
    OffsetAcknowledged,
    OffsetIssued,
    OffsetOverdue,
)
from schemas.messages.fund_claims import FundImportResult, FundRow, FundRowResult
from schemas.money import yuan
from schemas.tables.fund_claims import FundImport
from schemas.times import CalendarMissing
from settlement_api.approvals.service import deciding_person
from settlement_api.fund_claims.errors import (
    CapacityExceeded,
    InstructionNotOpen,
)
from settlement_api.fund_claims.policy import (
    CapacityPart,
    ReadRow,
    Unreadable,
    read_rows,
)
from settlement_api.persistence import load_sql
from settlement_api.rule_packs.service import terms_in_force
from settlement_api.unit_of_work import UnitOfWork

_STAGED_COLUMNS: Final = (
    "row_no", "kind", "hospital_code", "scheme", "month", "aspect", "external_number",
    "version", "amount_minor", "paid_date",
)  # fmt: skip
_STAGING: Final = """
    row_no int PRIMARY KEY, kind text, hospital_code text, scheme text, month text, aspect text,
    external_number text, version int, amount_minor bigint, paid_date date,
    hospital_id uuid, outcome text, reason text
"""


async def import_fund_documents(
    uow: UnitOfWork, *, content: bytes, media_type: str
) -> FundImportResult:
    """Imports a CSV, XLSX or NDJSON file of claims, advances and prepayments of this area.

    Every row gets its own result; a row under a stored identity is `unchanged` with the same
    content and rejected with another. The touched months' capacity follows in the same
    transaction. Raises FileRefused where the file as a whole cannot be read.
    """
    rows = list(read_rows(content, media_type=media_type))
    await _stage(uow, rows)
    await uow.execute(load_sql(__file__, "lock_hospitals_of_rows"), area_code=uow.area_code)
    await uow.execute(load_sql(__file__, "judge_rows"), area_code=uow.area_code)
    results = await _row_results(uow, rows)
    stored = await _store_import(uow, content, media_type, results)
    await _store_documents(uow, stored)
    return FundImportResult(
        id=stored.id,
        received=stored.received_count,
        accepted=stored.accepted_count,
        unchanged=stored.unchanged_count,
        rejected=stored.rejected_count,
        rows=results,
    )


async def _stage(uow: UnitOfWork, rows: Sequence[ReadRow]) -> None:
    await uow.create_staging("fund_row", _STAGING)
    staged = [
        (
            row_no, row.kind.value, row.hospital_code, row.scheme.value, row.month, row.aspect,
            row.external_number or "", row.version, yuan(row.amount), row.paid_date,
        )
        for row_no, row in enumerate(rows, start=1)
        if isinstance(row, FundRow)
    ]  # fmt: skip
    await uow.copy_rows("fund_row", _STAGED_COLUMNS, staged)


async def _row_results(uow: UnitOfWork, rows: Sequence[ReadRow]) -> list[FundRowResult]:
    judged = await uow.fetch_all("SELECT row_no, outcome, reason FROM fund_row")
    verdicts = {row.row_no: (FundRowOutcome(row.outcome), row.reason) for row in judged}
    results = []
    for row_no, row in enumerate(rows, start=1):
        if isinstance(row, Unreadable):
            results.append(
                FundRowResult(
                    row_no=row_no,
                    outcome=FundRowOutcome.REJECTED,
                    reason=row.reason,
                    message=row.message,
                )
            )
        else:
            outcome, reason = verdicts[row_no]
            results.append(FundRowResult(row_no=row_no, outcome=outcome, reason=reason))
    return results


async def _store_import(
    uow: UnitOfWork, content: bytes, media_type: str, results: Sequence[FundRowResult]
) -> FundImport:
    def count(outcome: FundRowOutcome) -> int:
        return sum(result.outcome is outcome for result in results)

    stored = FundImport(
        area_code=uow.area_code,
        content_sha256=sha256(content).digest(),
        content=content,
        media_type=media_type,
        received_count=len(results),
        accepted_count=count(FundRowOutcome.ACCEPTED),
        unchanged_count=count(FundRowOutcome.UNCHANGED),
        rejected_count=count(FundRowOutcome.REJECTED),
        imported_by=uow.actor.id,
        imported_at=uow.at,
    )
    uow.session.add(stored)
    await uow.session.flush()
    return stored


async def _store_documents(uow: UnitOfWork, stored: FundImport) -> None:
    if not stored.accepted_count:
        return
    area = uow.area_code
    await uow.execute(load_sql(__file__, "supersede_documents"), area_code=area)
    await uow.execute(
        load_sql(__file__, "insert_documents"), area_code=area, fund_import_id=stored.id
    )
    await uow.execute(
        load_sql(__file__, "refresh_capacity"), area_code=area, fund_import_id=stored.id
    )
    months = await uow.fetch_all(
        "SELECT DISTINCT month FROM fund_row WHERE outcome = 'accepted' ORDER BY month"
    )
    await uow.record(
        ClaimRecorded(
            area_code=area,
            aggregate_id=stored.id,
            months=[row.month for row in months],
            accepted_count=stored.accepted_count,
            unchanged_count=stored.unchanged_count,
            rejected_count=stored.rejected_count,
        )
    )


@dataclass(frozen=True)
class _Move:
    reserved_sign: int
    consumed_sign: int
    bounded: bool = True


async def reserve(uow: UnitOfWork, *, parts: Sequence[CapacityPart]) -> None:
    """Binds claim capacity for a batch. Raises CapacityExceeded when a claim holds less."""
    await _move(uow, _Move(1, 0), parts)


async def consume(uow: UnitOfWork, *, parts: Sequence[CapacityPart]) -> None:
    """Reserved capacity is used: the debit was booked. Raises CapacityExceeded."""
    await _move(uow, _Move(-1, 1), parts)


async def consume_unreserved(uow: UnitOfWork, *, parts: Sequence[CapacityPart]) -> None:
    """Money moved that nothing is reserved for any more; what the claim lacks shows as excess."""
    await _move(uow, _Move(0, 1, bounded=False), parts)


async def release(uow: UnitOfWork, *, parts: Sequence[CapacityPart]) -> None:
    """Reserved capacity is free again: void, rejected or not sent. Raises CapacityExceeded."""
    await _move(uow, _Move(-1, 0), parts)


async def restore(uow: UnitOfWork, *, parts: Sequence[CapacityPart]) -> None:
    """Consumed capacity is free again: the payment came back. Raises CapacityExceeded."""
    await _move(uow, _Move(0, -1), parts)


async def _move(uow: UnitOfWork, move: _Move, parts: Sequence[CapacityPart]) -> None:
    moved = await uow.fetch_one(
        load_sql(__file__, "move_capacity"),
        area_code=uow.area_code,
        reserved_sign=move.reserved_sign,
        consumed_sign=move.consumed_sign,
        bounded=move.bounded,
        **_columns(parts),
    )
    assert moved is not None
    if moved.asked != moved.done:
        raise CapacityExceeded(hospitals_refused=moved.asked - moved.done)


def _columns(parts: Sequence[CapacityPart]) -> dict[str, list[object]]:
    assert all(part.amount_minor >= 0 for part in parts)
    return {
        "hospital_ids": [part.hospital_id for part in parts],
        "schemes": [part.scheme for part in parts],
        "months": [part.month for part in parts],
        "amounts": [part.amount_minor for part in parts],
    }


async def issue_offsets(
    uow: UnitOfWork, *, payment_batch_id: UUID, targets: Sequence[CapacityPart]
) -> int:
    """Brings the offset instructions of a batch to what it has consumed now.

    `targets` is everything the batch has consumed; a hospital that is not named has consumed
    nothing. Only differences are instructed, so repeating this changes nothing and a return
    gives a negative instruction. Returns the number of instructions issued.
    """
    await uow.execute(
        "SELECT id FROM payment_batch WHERE area_code = :area_code AND id = :batch_id"
        " FOR NO KEY UPDATE",
        area_code=uow.area_code,
        batch_id=payment_batch_id,
    )
    issued = await uow.fetch_all(
        load_sql(__file__, "issue_offsets"),
        area_code=uow.area_code,
        payment_batch_id=payment_batch_id,
        at=uow.at,
        acknowledge_by_date=await _acknowledgement_deadline(uow),
        **_columns(targets),
    )
    if issued:
        await uow.record(
            OffsetIssued(
                area_code=uow.area_code,
                aggregate_id=payment_batch_id,
                instruction_count=len(issued),
                amount_minor=sum(row.amount_minor for row in issued),
            )
        )
    return len(issued)


async def _acknowledgement_deadline(uow: UnitOfWork) -> date | None:
    terms = await terms_in_force(uow, uow.on)
    days = terms.pack.deadlines.acknowledge_within_working_days
    try:
        return terms.calendar.add_working_days(uow.on, days)
    except CalendarMissing:
        return None


async def remind_of_overdue_offsets(uow: UnitOfWork) -> int:
    """Says which instructions nobody acknowledged in time, once a day; returns how many."""
    rows = await uow.fetch_all(
        load_sql(__file__, "overdue_offsets"), area_code=uow.area_code, on=uow.on
    )
    await uow.record_all(
        [
            OffsetOverdue(
                area_code=uow.area_code,
                aggregate_id=row.payment_batch_id,
                instruction_count=row.instruction_count,
                amount_minor=row.amount_minor,
                acknowledge_by_date=row.acknowledge_by_date,
                reminder_no=row.reminder_no,
            )
            for row in rows
        ]
    )
    return sum(row.instruction_count for row in rows)


async def acknowledge_offsets(
    uow: UnitOfWork, *, instruction_ids: Sequence[UUID]
) -> tuple[int, int]:
    """Finance acknowledges instructions; returns their count and sum in fen.

    All or nothing: raises InstructionNotOpen when one of them is unknown or acknowledged.
    """
    wanted = set(instruction_ids)
    rows = await uow.fetch_all(
        load_sql(__file__, "acknowledge_offsets"),
        area_code=uow.area_code,
        user_id=deciding_person(uow),
        at=uow.at,
        instruction_ids=list(wanted),
    )
    if len(rows) != len(wanted):
        raise InstructionNotOpen(count=len(wanted) - len(rows))
    for batch_id in sorted({row.payment_batch_id for row in rows}):
        mine = [row for row in rows if row.payment_batch_id == batch_id]
        await uow.record(
            OffsetAcknowledged(
                area_code=uow.area_code,
                aggregate_id=batch_id,
                instruction_ids=[row.id for row in mine],
                amount_minor=sum(row.amount_minor for row in mine),
            )
        )
    return len(rows), sum(row.amount_minor for row in rows)
