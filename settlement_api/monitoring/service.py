"""Takes what hospitals, suppliers and banks say was paid outside the fund, and books it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from schemas.codes.ledger import NO_SCHEME, AccountKind, Book
from schemas.codes.monitoring import SelfPaymentFault, SelfPaymentOutcome, Voice
from schemas.events.monitoring import SelfPaymentsTold
from schemas.messages.monitoring import (
    SelfPaymentReportResult,
    SelfPaymentRow,
    SelfPaymentRowResult,
)
from schemas.money import Money, yuan
from settlement_api.ledger.service import AccountKey, Effect, post_effects
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

BASIS_KIND: Final = "self_payment"
_COLUMNS: Final = (
    "row_no", "hospital_code", "supplier_uscc", "invoice_number", "reference", "amount_minor",
    "paid_date",
)  # fmt: skip
_STAGING: Final = """
    row_no int, hospital_code text STORAGE PLAIN, supplier_uscc text STORAGE PLAIN,
    invoice_number text STORAGE PLAIN, reference text STORAGE PLAIN, amount_minor bigint,
    paid_date date, hospital_id uuid, supplier_id uuid, outcome text STORAGE PLAIN,
    fault text STORAGE PLAIN
"""
"""Without a key and with plain texts: an index, and the table beside it for long texts, would be
built anew after each transaction, and the plans that read the table made anew with it."""


async def tell_self_payments(
    uow: UnitOfWork,
    *,
    voice: Voice,
    rows: Sequence[SelfPaymentRow],
    hospital_id: UUID | None = None,
    supplier_id: UUID | None = None,
) -> SelfPaymentReportResult:
    """Takes payments told by one voice, each row with its own result; telling twice is harmless.

    `hospital_id` or `supplier_id` is whoever tells: rows of others are rejected. Payments that
    the supplier or the bank vouches for are booked Dr owed / Cr self paid.
    """
    await uow.keep_staging({"told_payment": _STAGING})
    await uow.copy_rows("told_payment", _COLUMNS, _records(rows))
    judging = {
        "area_code": uow.area_code,
        "voice": voice.value,
        "today": uow.on,
        "own_hospital_id": hospital_id,
        "own_supplier_id": supplier_id,
    }
    await uow.execute(load_sql(__file__, "judge_rows"), **judging)
    for step in ("store_payments", "lock_payments"):
        await uow.execute(load_sql(__file__, step), area_code=uow.area_code, at=uow.at)
    # Whoever spoke while this waited has spoken first: only now is it certain what is new.
    await uow.execute(load_sql(__file__, "judge_rows"), **judging)
    stored = await uow.fetch_all(
        load_sql(__file__, "store_voices"),
        area_code=uow.area_code,
        voice=voice.value,
        at=uow.at,
        told_by=uow.actor.id,
    )
    if voice is not Voice.CLAIMED_BY_HOSPITAL:  # a payer vouches for nothing
        await _book(uow, [row.self_payment_id for row in stored])
    return await _result(uow, voice)


def _records(rows: Sequence[SelfPaymentRow]) -> list[tuple[object, ...]]:
    return [
        (
            row_no, row.hospital_code, row.supplier_uscc, row.invoice_number, row.reference,
            yuan(row.amount), row.paid_date,
        )
        for row_no, row in enumerate(rows, start=1)
    ]  # fmt: skip


async def _book(uow: UnitOfWork, payment_ids: Sequence[UUID]) -> None:
    rows = await uow.fetch_all(
        load_sql(__file__, "vouched_amounts"), area_code=uow.area_code, payment_ids=payment_ids
    )
    effects = [
        Effect(
            book=Book.TRADE,
            scheme=NO_SCHEME,
            basis_kind=BASIS_KIND,
            basis_id=row.id,
            booking_date=uow.on,
            debit=AccountKey(AccountKind.OWED, row.hospital_id, row.supplier_id),
            credit=AccountKey(AccountKind.SELF_PAID, row.hospital_id),
            amount=Money(row.amount_minor),
        )
        for row in rows
    ]
    await post_effects(uow, effects=effects)


async def _result(uow: UnitOfWork, voice: Voice) -> SelfPaymentReportResult:
    judged = await uow.fetch_all("SELECT row_no, outcome, fault FROM told_payment ORDER BY row_no")
    rows = [
        SelfPaymentRowResult(
            row_no=row.row_no,
            outcome=SelfPaymentOutcome(row.outcome),
            fault=SelfPaymentFault(row.fault) if row.fault else None,
        )
        for row in judged
    ]
    outcomes = [row.outcome for row in rows]
    result = SelfPaymentReportResult(
        received=len(rows),
        accepted=outcomes.count(SelfPaymentOutcome.ACCEPTED),
        unchanged=outcomes.count(SelfPaymentOutcome.UNCHANGED),
        rejected=outcomes.count(SelfPaymentOutcome.REJECTED),
        rows=rows,
    )
    call_id = await uow.fetch_value("SELECT uuidv7()")
    await uow.record(
        SelfPaymentsTold(
            area_code=uow.area_code,
            aggregate_id=UUID(int=call_id.int),
            voice=voice,
            received_count=result.received,
            accepted_count=result.accepted,
            unchanged_count=result.unchanged,
            rejected_count=result.rejected,
        )
    )
    return result
