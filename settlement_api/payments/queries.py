"""What payments can be asked: work left, lists, and one payment with all its evidence."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.bank import Verdict
from schemas.codes.payments import EvidenceSource
from schemas.times import CalendarMissing
from settlement_api.batches.errors import CalendarNotLoaded
from settlement_api.parties.queries import mandates_in_force
from settlement_api.payments import policy
from settlement_api.payments.errors import PaymentNotFound
from settlement_api.payments.policy import Answer
from settlement_api.persistence import load_sql
from settlement_api.rule_packs.service import load_calendar
from settlement_api.unit_of_work import UnitOfWork


async def agency_account(uow: UnitOfWork, *, account_id: UUID) -> Row[Any]:
    """The expenditure account that pays."""
    row = await uow.fetch_one(
        "SELECT id, account_ciphertext, key_id, account_blind_index, account_name, cnaps_code"
        " FROM agency_account"
        " WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=account_id,
    )
    assert row is not None, "a payment names an account of its area"
    return row


async def batch_of_submission(uow: UnitOfWork, *, submission_id: UUID) -> UUID:
    """The batch whose payments a message holds."""
    batch_id = await uow.fetch_value(
        "SELECT payment_batch_id FROM submission WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=submission_id,
    )
    return UUID(int=batch_id.int)


async def find_unread(uow: UnitOfWork, *, message_id: UUID) -> Row[Any] | None:
    """A kept answer, locked, or None when it was read."""
    return await uow.fetch_one(
        load_sql(__file__, "unread_message"), area_code=uow.area_code, message_id=message_id
    )


def answer_of(message: Row[Any]) -> Answer:
    """A kept answer as what it says is read from."""
    return Answer(
        id=message.id,
        message_id=message.message_id,
        source=EvidenceSource(message.source),
        verdict=Verdict(message.verdict),
        inquiry_no=message.inquiry_no,
        asked_end_to_end_id=message.asked_end_to_end_id,
        is_redelivered=message.is_redelivered,
        http_status=message.http_status,
    )


async def attempts_by_name(uow: UnitOfWork, *, submission_id: UUID) -> dict[str, UUID]:
    """The attempts of a message by their end-to-end ids."""
    rows = await uow.fetch_all(
        "SELECT id, end_to_end_id FROM payment_attempt"
        " WHERE area_code = :area_code AND submission_id = :submission_id",
        area_code=uow.area_code,
        submission_id=submission_id,
    )
    return {row.end_to_end_id: row.id for row in rows}


async def due_inquiries(uow: UnitOfWork, *, limit: int) -> Sequence[Row[Any]]:
    """Messages it is time to ask about, longest due first."""
    return await uow.fetch_all(
        load_sql(__file__, "due_inquiries"), area_code=uow.area_code, at=uow.at, limit=limit
    )


async def silent_attempts(uow: UnitOfWork, *, submission_id: UUID, limit: int) -> list[str]:
    """End-to-end ids of a message of which nothing telling is known."""
    rows = await uow.fetch_all(
        load_sql(__file__, "silent_attempts"),
        area_code=uow.area_code,
        submission_id=submission_id,
        limit=limit,
    )
    return [row.end_to_end_id for row in rows]


async def hindered(uow: UnitOfWork, *, attempt_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Those of the attempts that may not be paid today, with the reason."""
    rows = await uow.fetch_all(
        load_sql(__file__, "hindered"),
        area_code=uow.area_code,
        attempt_ids=list(attempt_ids),
        mandated=list(await mandates_in_force(uow, uow.on)),
    )
    return {UUID(int=row.id.int): row.reason for row in rows}


async def execution_date(uow: UnitOfWork, *, cut_off: time) -> date:
    """The day the bank can be asked to pay on, for what is sent now. Raises CalendarNotLoaded."""
    try:
        return policy.execution_date(uow.at, await load_calendar(uow), cut_off=cut_off)
    except CalendarMissing as error:
        raise CalendarNotLoaded(year=error.day.year) from error


async def work_left(uow: UnitOfWork) -> Sequence[Row[Any]]:
    """Steps to go on with: (step, id of what it is about)."""
    return await uow.fetch_all(load_sql(__file__, "work_left"), area_code=uow.area_code)


async def list_payments(
    uow: UnitOfWork,
    *,
    batch_id: UUID | None,
    outcome: str | None,
    released_only: bool,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Payments the caller may see, newest first, `limit` rows from the cursor on."""
    return await uow.fetch_all(
        load_sql(__file__, "list_payments"),
        batch_id=batch_id,
        outcome=outcome,
        released_only=released_only,
        after=after,
        limit=limit,
    )


async def list_odd_answers(
    uow: UnitOfWork, *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """Answers of the bank that a person must look at, newest first, `limit` from the cursor on."""
    return await uow.fetch_all(
        load_sql(__file__, "list_odd_answers"), area_code=uow.area_code, after=after, limit=limit
    )


async def get_payment(uow: UnitOfWork, *, payment_id: UUID, released_only: bool) -> Row[Any]:
    """One payment. Raises PaymentNotFound."""
    row = await uow.fetch_one(
        load_sql(__file__, "get_payment"), payment_id=payment_id, released_only=released_only
    )
    if row is None:
        raise PaymentNotFound
    return row


async def attempts_of(uow: UnitOfWork, *, payment_id: UUID) -> Sequence[Row[Any]]:
    """The attempts at a payment, first to last."""
    return await uow.fetch_all(load_sql(__file__, "attempts_of"), payment_id=payment_id)


async def evidence_of(uow: UnitOfWork, *, payment_id: UUID) -> Sequence[Row[Any]]:
    """All evidence about a payment's attempts, in the order it was learned."""
    return await uow.fetch_all(load_sql(__file__, "evidence_of"), payment_id=payment_id)
