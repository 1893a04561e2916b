"""Prepares, signs and sends payments, and keeps what the bank answers.

Nothing here touches the network: jobs do, between these transactions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.bank import BankMeaning, RenderedMessage, StatusReport, Verdict
from schemas.codes.ledger import Book
from schemas.codes.payments import DecisionState, EvidenceSource, SubmissionState
from schemas.events.payments import (
    AnswerOdd,
    AttemptLeftOut,
    BatchPrepared,
    SubmissionRedelivered,
    SubmissionSending,
    SubmissionSigned,
    SubmissionStored,
    SubmissionWithdrawn,
)
from settlement_api.batches.service import require_approved
from settlement_api.ledger.policy import EntryDraft
from settlement_api.ledger.service import post_entries
from settlement_api.outcomes import policy
from settlement_api.outcomes.policy import News
from settlement_api.outcomes.service import record_news
from settlement_api.payments import queries
from settlement_api.payments.policy import finding_of, news_of
from settlement_api.payments.states import TRANSITIONS
from settlement_api.persistence import load_sql
from settlement_api.stops.queries import is_stopped
from settlement_api.unit_of_work import UnitOfWork


async def prepare_batch(uow: UnitOfWork, *, batch_id: UUID) -> int:
    """Makes an attempt at each payment of a released batch and reserves its money in the ledger.

    Returns how many were made; 0 when all were there. Raises ContentChanged when the rows are not
    what three people approved.
    """
    if not await require_approved(uow, batch_id=batch_id):
        return 0
    attempts = await uow.fetch_all(
        load_sql(__file__, "insert_attempts"), area_code=uow.area_code, batch_id=batch_id
    )
    await _announce(uow, batch_id, attempts, await _reservations(uow, attempts))
    return len(attempts)


async def _announce(
    uow: UnitOfWork, batch_id: UUID, attempts: Sequence[Row[Any]], entries: list[EntryDraft]
) -> None:
    if not attempts:
        return
    await post_entries(uow, entries=entries)
    await uow.record(
        BatchPrepared(
            area_code=uow.area_code,
            aggregate_id=batch_id,
            attempt_count=len(attempts),
            control_sum_minor=sum(attempt.amount_minor for attempt in attempts),
        )
    )


async def _reservations(uow: UnitOfWork, attempts: Sequence[Row[Any]]) -> list[EntryDraft]:
    """The pending entry of each attempt: hospital's advance against money in transit."""
    rows = await uow.fetch_all(
        load_sql(__file__, "hospital_parts"),
        area_code=uow.area_code,
        payment_ids=[attempt.payment_id for attempt in attempts],
    )
    parts: dict[UUID, dict[UUID, int]] = {}
    schemes: dict[UUID, str] = {}
    for row in rows:
        parts.setdefault(row.payment_id, {})[row.hospital_id] = row.amount_minor
        schemes[row.payment_id] = row.scheme
    return [
        EntryDraft(
            Book.FUND,
            schemes[attempt.payment_id],
            policy.BASIS_KIND,
            attempt.id,
            uow.on,
            policy.pending_legs(parts[attempt.payment_id]),
            purpose="reservation",
        )
        for attempt in attempts
    ]


async def try_again(uow: UnitOfWork, *, attempt_id: UUID) -> None:
    """A new attempt, with new ids, after two people decided that this one was not sent.

    The shares stay reserved. Does nothing when the payment has a later attempt already.
    """
    payment_id = await uow.fetch_value(
        load_sql(__file__, "not_sent_payment"), area_code=uow.area_code, attempt_id=attempt_id
    )
    if payment_id is None:
        return
    attempts = await uow.fetch_all(
        load_sql(__file__, "insert_next_attempt"), area_code=uow.area_code, payment_id=payment_id
    )
    batch_id = await uow.fetch_value(
        "SELECT payment_batch_id FROM payment WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=payment_id,
    )
    await _announce(uow, batch_id, attempts, await _reservations(uow, attempts))


async def lock_unsigned(uow: UnitOfWork, *, batch_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """The next approved attempts of a batch, locked, with what a message needs of them.

    What was read is what three people approved: raises ContentChanged when it is not.
    """
    rows = await uow.fetch_all(
        load_sql(__file__, "lock_unsigned"),
        area_code=uow.area_code,
        batch_id=batch_id,
        limit=limit,
    )
    return rows if rows and await require_approved(uow, batch_id=batch_id) else []


@dataclass(frozen=True)
class Sealed:
    """Bytes as stored: ciphertext and the id of its key."""

    ciphertext: bytes
    key_id: str


async def store_submission(
    uow: UnitOfWork,
    *,
    submission_id: UUID,
    batch_id: UUID,
    agency_account_id: UUID,
    bank_code: str,
    message: RenderedMessage,
    body: Sealed,
    execution_date: date,
    attempt_ids: Sequence[UUID],
    state: SubmissionState,
) -> None:
    """Stores the exact bytes of a message and binds its attempts to it.

    They are signed by that; or rendered, where the message waits as `stored` for the signature
    that its bank wants.
    """
    signed_so = state is SubmissionState.SIGNED
    await uow.execute(
        load_sql(__file__, "insert_submission"),
        area_code=uow.area_code,
        id=submission_id,
        batch_id=batch_id,
        account_id=agency_account_id,
        bank_code=bank_code,
        message_id=message.message_id,
        message_kind=message.message_kind,
        ciphertext=body.ciphertext,
        key_id=body.key_id,
        sha256=message.sha256,
        signature=message.signature,
        payment_count=message.payment_count,
        control_sum_minor=message.control_sum_minor,
        execution_date=execution_date,
        state=str(state),
    )
    bound = DecisionState.SIGNED if signed_so else DecisionState.RENDERED
    signed = await _decide(
        uow, DecisionState.APPROVED, bound, attempt_ids=attempt_ids, submission_id=submission_id
    )
    assert signed == message.payment_count, "a message holds exactly the attempts it signs"
    told = SubmissionSigned if signed_so else SubmissionStored
    await uow.record(
        told(
            area_code=uow.area_code,
            aggregate_id=submission_id,
            payment_batch_id=batch_id,
            message_id=message.message_id,
            payment_count=message.payment_count,
            control_sum_minor=message.control_sum_minor,
            body_sha256=message.sha256.hex(),
        )
    )


async def mark_signed(uow: UnitOfWork, *, submission_id: UUID) -> int:
    """The message has the signature it waited for: rendered → signed; how many attempts."""
    return await _decide(
        uow, DecisionState.RENDERED, DecisionState.SIGNED, submission_id=submission_id
    )


async def _decide(
    uow: UnitOfWork,
    current: DecisionState,
    target: DecisionState,
    *,
    attempt_ids: Sequence[UUID] | None = None,
    submission_id: UUID | None = None,
) -> int:
    """One guarded move of our own decision about attempts, by id or by message; how many moved.

    With both, the attempts are bound to the message.
    """
    assert (current, target) in TRANSITIONS, "there is no such move"
    return await uow.execute(
        load_sql(__file__, "decide"),
        area_code=uow.area_code,
        current=str(current),
        target=str(target),
        ids=None if attempt_ids is None else list(attempt_ids),
        submission_id=submission_id,
    )


async def leave_out(
    uow: UnitOfWork, *, attempt_id: UUID, payment_id: UUID, reason: str, faults: Sequence[str] = ()
) -> None:
    """Voids an attempt that may not or cannot be paid; its money and its shares are free again."""
    voided = await _decide(
        uow, DecisionState.APPROVED, DecisionState.VOIDED, attempt_ids=[attempt_id]
    )
    assert voided == 1, "the attempt is locked and approved"
    await uow.record(
        AttemptLeftOut(
            area_code=uow.area_code,
            aggregate_id=attempt_id,
            payment_id=payment_id,
            reason=reason,
            faults=list(faults),
        )
    )
    news = News(
        attempt_id,
        EvidenceSource.OWN_CHECK,
        BankMeaning.CANCELLED,
        "LEFT_OUT",
        policy.DECISION_MAP_VERSION,
        reason_code=reason,
    )
    await record_news(uow, cause_id=attempt_id, news=[news])


async def withdraw_if_late(
    uow: UnitOfWork, *, submission_id: UUID, execution_date: date
) -> UUID | None:
    """Voids a message that was held too long; its batch, whose payments are signed anew.

    It was, when its day has passed and sending is not stopped, or when a payment in it may not be
    paid any more: what that holds is free again, stop or no stop. None when the message may go as
    it is or was sent.
    """
    attempts = await uow.fetch_all(
        load_sql(__file__, "lock_message"), area_code=uow.area_code, submission_id=submission_id
    )
    dated = await uow.fetch_value(
        "SELECT execution_date FROM submission WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=submission_id,
    )
    late = dated < execution_date and not await is_stopped(uow)
    if not late and not await queries.hindered(uow, attempt_ids=[row.id for row in attempts]):
        return None
    return await withdraw(uow, submission_id=submission_id)


async def withdraw(uow: UnitOfWork, *, submission_id: UUID) -> UUID | None:
    """Voids a message, whose attempts are approved again; its batch, None if it was sent."""
    voided = await uow.fetch_one(
        load_sql(__file__, "withdraw"), area_code=uow.area_code, submission_id=submission_id
    )
    if voided is None:
        return None
    freed = 0
    for state in (DecisionState.SIGNED, DecisionState.RENDERED):
        freed += await _decide(uow, state, DecisionState.APPROVED, submission_id=submission_id)
    assert freed == voided.payment_count, "a message is withdrawn with all its attempts"
    await uow.record(
        SubmissionWithdrawn(
            area_code=uow.area_code,
            aggregate_id=submission_id,
            payment_batch_id=voided.payment_batch_id,
            message_id=voided.message_id,
        )
    )
    return UUID(int=voided.payment_batch_id.int)


async def begin_redelivery(uow: UnitOfWork, *, submission_id: UUID, message_id: str) -> bool:
    """Writes down that a message is delivered again; only who sees this commit may deliver it.

    Its attempts are locked first, so people who decide about one of them see the delivery, and
    are seen. False when it may not be.
    """
    attempts = await uow.fetch_all(
        load_sql(__file__, "lock_message"), area_code=uow.area_code, submission_id=submission_id
    )
    if await queries.hindered(uow, attempt_ids=[attempt.id for attempt in attempts]):
        return False
    begun = await uow.execute(
        load_sql(__file__, "begin_redelivery"),
        area_code=uow.area_code,
        submission_id=submission_id,
        at=uow.at,
    )
    if begun:
        await uow.record(
            SubmissionRedelivered(
                area_code=uow.area_code, aggregate_id=submission_id, message_id=message_id
            )
        )
    return bool(begun)


async def begin_sending(
    uow: UnitOfWork, *, submission_id: UUID, spacing_seconds: int
) -> Row[Any] | None:
    """Moves a message to `sending`; None when it is not signed any more, sending is stopped or its
    batch is halted.

    Only whoever gets a row, and sees this transaction commit, may open a socket. Attempts are
    locked before their message, as by whoever withdraws it.
    """
    await uow.fetch_all(
        load_sql(__file__, "lock_message"), area_code=uow.area_code, submission_id=submission_id
    )
    submission = await uow.fetch_one(
        load_sql(__file__, "begin_sending"),
        area_code=uow.area_code,
        submission_id=submission_id,
        at=uow.at,
        next_inquiry_at=policy.next_inquiry(uow.at, asked=0, spacing_seconds=spacing_seconds),
    )
    if submission is None:
        return None
    moved = await _decide(
        uow, DecisionState.SIGNED, DecisionState.SENDING, submission_id=submission_id
    )
    assert moved == submission.payment_count, "a message is sent with all its attempts"
    await uow.record(
        SubmissionSending(
            area_code=uow.area_code,
            aggregate_id=submission_id,
            message_id=submission.message_id,
            payment_count=submission.payment_count,
            control_sum_minor=submission.control_sum_minor,
        )
    )
    return submission


async def begin_inquiry(
    uow: UnitOfWork, *, submission_id: UUID, asked: int, spacing_seconds: int
) -> Row[Any] | None:
    """Takes the turn to ask about a message; None when somebody else has, or it is not time."""
    return await uow.fetch_one(
        load_sql(__file__, "begin_inquiry"),
        area_code=uow.area_code,
        submission_id=submission_id,
        asked=asked,
        at=uow.at,
        next_inquiry_at=policy.next_inquiry(
            uow.at, asked=asked + 1, spacing_seconds=spacing_seconds
        ),
    )


async def store_answer(
    uow: UnitOfWork,
    *,
    answer_id: UUID,
    submission_id: UUID,
    source: EvidenceSource,
    inquiry_no: int,
    asked_end_to_end_id: str | None,
    verdict: Verdict,
    http_status: int | None,
    body: Sealed,
    body_sha256: bytes,
) -> None:
    """Keeps an answer as it came, before anything reads it; its body is sealed for `answer_id`."""
    await uow.execute(
        "INSERT INTO bank_message (area_code, id, submission_id, source, inquiry_no,"
        " asked_end_to_end_id, verdict, http_status, body_ciphertext, key_id, body_sha256,"
        " received_at) VALUES (:area_code, :id, :submission_id, :source, :inquiry_no, :asked,"
        " :verdict, :http_status, :ciphertext, :key_id, :sha256, :at)",
        area_code=uow.area_code,
        id=answer_id,
        submission_id=submission_id,
        source=str(source),
        inquiry_no=inquiry_no,
        asked=asked_end_to_end_id,
        verdict=str(verdict),
        http_status=http_status,
        ciphertext=body.ciphertext,
        key_id=body.key_id,
        sha256=body_sha256,
        at=uow.at,
    )
    await uow.execute(
        "UPDATE submission SET answered_at = COALESCE(answered_at, :at)"
        " WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=submission_id,
        at=uow.at,
    )


async def apply_answer(
    uow: UnitOfWork, *, message: Row[Any], report: StatusReport | None, xsd_valid: bool | None
) -> None:
    """Turns a stored answer into evidence, once; an unreadable one only gets marked as read.

    What changes nothing and a person must look at is marked so and told of.
    """
    answer = queries.answer_of(message)
    ours = await queries.attempts_by_name(uow, submission_id=message.submission_id)
    finding = finding_of(answer, report, ours)
    marked = await uow.execute(
        "UPDATE bank_message SET read_at = :at, xsd_valid = :xsd_valid, finding = :finding"
        " WHERE area_code = :area_code AND id = :id AND read_at IS NULL",
        area_code=uow.area_code,
        id=message.id,
        at=uow.at,
        xsd_valid=xsd_valid,
        finding=finding,
    )
    if not marked:
        return
    if finding is not None:
        await uow.record(
            AnswerOdd(
                area_code=uow.area_code,
                aggregate_id=message.id,
                submission_id=message.submission_id,
                finding=finding,
            )
        )
    await record_news(uow, cause_id=message.id, news=news_of(answer, report, ours))
