"""Records what banks and people say of payments, folds it into outcomes, posts what follows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from schemas.bank import BankMeaning
from schemas.codes.payments import BookingKind, DecisionKind, EvidenceSource, Outcome
from schemas.events.outcomes import (
    ConflictFound,
    DecisionConfirmed,
    DecisionProposed,
    OutcomeChange,
    OutcomesChanged,
)
from settlement_api.fund_claims import service as fund_claims
from settlement_api.fund_claims.policy import CapacityPart
from settlement_api.ledger.policy import EntryDraft, Leg
from settlement_api.ledger.queries import pending_transfers
from settlement_api.ledger.service import post_entries
from settlement_api.outcomes import policy, queries
from settlement_api.outcomes.errors import (
    AttemptNotFound,
    DecisionNotAllowed,
    DecisionNotOpen,
    SamePerson,
)
from settlement_api.outcomes.policy import Booking, Fact, HospitalMove, News, Posted
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

CHANGES_AN_EVENT: Final = 1_000

_NEWS_TABLE: Final = """
CREATE TEMP TABLE IF NOT EXISTS payment_news (
    attempt_id uuid, source text, meaning text, code text, reason_code text, amount_minor bigint,
    code_map_version text, digest bytea, bank_message_id uuid, statement_entry_id uuid,
    decided_by_first uuid, decided_by_second uuid, happened_at timestamptz
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS payment_change (
    attempt_id uuid, payment_id uuid, amount_minor bigint, outcome text, returned_minor bigint,
    is_final boolean, paid_before bigint, paid_after bigint, returned_before bigint,
    returned_after bigint, released_before boolean, released_after boolean
) ON COMMIT DROP;
CREATE TEMP TABLE IF NOT EXISTS payment_item_move (
    item_id uuid, payable_share_id uuid, attempt_id uuid, hospital_id uuid, supplier_id uuid,
    paid bigint, returned bigint, released bigint, was_released boolean,
    paid_recovery bigint, returned_recovery bigint, released_recovery bigint
) ON COMMIT DROP;
TRUNCATE payment_news, payment_change, payment_item_move
"""
_NEWS_COLUMNS: Final = (
    "attempt_id", "source", "meaning", "code", "reason_code", "amount_minor", "code_map_version",
    "digest", "bank_message_id", "statement_entry_id", "decided_by_first", "decided_by_second",
    "happened_at",
)  # fmt: skip
_CHANGE_COLUMNS: Final = (
    "attempt_id", "payment_id", "amount_minor", "outcome", "returned_minor", "is_final",
    "paid_before", "paid_after", "returned_before", "returned_after", "released_before",
    "released_after",
)  # fmt: skip


_BOOKED: Final = {
    BookingKind.DEBIT: BankMeaning.BOOKED_DEBIT,
    BookingKind.RETURN: BankMeaning.BOOKED_RETURN,
    BookingKind.SUSPECTED_RETURN: BankMeaning.SUSPECTED_RETURN,
}


async def record_bookings(
    uow: UnitOfWork,
    *,
    cause_id: UUID,
    bookings: Sequence[Booking],
    agency_account_id: UUID,
) -> set[str]:
    """Records booked statement entries as evidence; returns end-to-end ids that are not ours.

    `cause_id` is the statement, of that agency account. An id of a payment from another account
    is not ours here: money that moved on the wrong account waits in suspense for people.
    """
    named = {
        booking.end_to_end_id: attempt_id
        for booking in bookings
        if (attempt_id := _attempt_id(booking.end_to_end_id)) is not None
    }
    known = await queries.attempts_of_account(
        uow, agency_account_id=agency_account_id, attempt_ids=list(named.values())
    )
    news = [
        _booking_news(booking, named[booking.end_to_end_id])
        for booking in bookings
        if named.get(booking.end_to_end_id) in known
    ]
    await record_news(uow, cause_id=cause_id, news=news)
    return {b.end_to_end_id for b in bookings if named.get(b.end_to_end_id) not in known}


async def cover_day(uow: UnitOfWork, *, agency_account_id: UUID, day: date) -> None:
    """A clean statement of that day was read, which "not sent" needs."""
    await uow.execute(
        "INSERT INTO statement_day (area_code, agency_account_id, statement_date)"
        " VALUES (:area_code, :account_id, :day) ON CONFLICT DO NOTHING",
        area_code=uow.area_code,
        account_id=agency_account_id,
        day=day,
    )


def _attempt_id(end_to_end_id: str) -> UUID | None:
    """Our end-to-end ids are the hex of the attempt's id; anything else is not ours."""
    try:
        return UUID(hex=end_to_end_id) if len(end_to_end_id) == 32 else None
    except ValueError:
        return None


def _booking_news(booking: Booking, attempt_id: UUID) -> News:
    return News(
        attempt_id,
        EvidenceSource.STATEMENT_BOOKING,
        _BOOKED[booking.kind],
        booking.kind.upper(),
        policy.STATEMENT_MAP_VERSION,
        reason_code=booking.reason_code,
        amount_minor=booking.amount_minor,
        reference=str(booking.statement_entry_id),
        happened_at=booking.happened_at,
        statement_entry_id=booking.statement_entry_id,
    )


async def record_news(uow: UnitOfWork, *, cause_id: UUID, news: Sequence[News]) -> None:
    """Lock, append evidence, fold, then post effect − already posted.

    Set-wise whatever the number of news. A conflict stops sending in the area.
    """
    if not news:
        return
    await uow.raw.execute(_NEWS_TABLE)
    await uow.copy_rows("payment_news", _NEWS_COLUMNS, map(_news_record, news))
    area = uow.area_code
    attempts = await uow.fetch_all(load_sql(__file__, "lock_attempts"), area_code=area)
    await uow.execute(load_sql(__file__, "insert_evidence"), area_code=area, at=uow.at)
    evidence = await uow.fetch_all(load_sql(__file__, "evidence_of_news"), area_code=area)
    changes = _changes(attempts, evidence)
    if changes:
        await _write_changes(uow, changes)
        await _post_changes(uow, changes)
        await _tell_changes(uow, cause_id, changes)


def _news_record(news: News) -> tuple[Any, ...]:
    first, second = news.decided_by or (None, None)
    return (
        news.attempt_id, str(news.source), str(news.meaning), news.code, news.reason_code,
        news.amount_minor, news.code_map_version, news.digest, news.bank_message_id,
        news.statement_entry_id, first, second, news.happened_at,
    )  # fmt: skip


@dataclass(frozen=True)
class _Change:
    """One attempt whose outcome or effect is another now."""

    attempt: Row[Any]
    folded: policy.Folded
    before: Posted
    after: Posted
    reason_code: str | None


def _changes(attempts: Iterable[Row[Any]], evidence: Iterable[Row[Any]]) -> list[_Change]:
    facts: dict[UUID, list[Fact]] = {}
    reasons: dict[UUID, str] = {}
    for row in evidence:
        facts.setdefault(row.attempt_id, []).append(Fact(row.meaning, row.amount_minor))
        if row.reason_code:
            reasons[row.attempt_id] = max(row.reason_code, reasons.get(row.attempt_id, ""))
    changes = []
    for attempt in attempts:
        folded = policy.fold(facts[attempt.id], amount_minor=attempt.amount_minor)
        before = Posted(
            attempt.posted_paid_minor, attempt.posted_returned_minor, attempt.posted_released
        )
        after = policy.effect_of(folded, before, amount_minor=attempt.amount_minor)
        known = policy.Folded(Outcome(attempt.outcome), attempt.returned_minor)
        if (folded, after) != (known, before):
            changes.append(_Change(attempt, folded, before, after, reasons.get(attempt.id)))
    return changes


async def _write_changes(uow: UnitOfWork, changes: Sequence[_Change]) -> None:
    records = [
        (
            change.attempt.id, change.attempt.payment_id, change.attempt.amount_minor,
            str(change.folded.outcome), change.folded.returned_minor,
            change.folded.outcome in policy.FINAL_OUTCOMES,
            change.before.paid_minor, change.after.paid_minor,
            change.before.returned_minor, change.after.returned_minor,
            change.before.released, change.after.released,
        )
        for change in changes
    ]  # fmt: skip
    await uow.copy_rows("payment_change", _CHANGE_COLUMNS, records)
    for step in ("update_attempts", "update_payments", "settle_submissions"):
        await uow.execute(load_sql(__file__, step), area_code=uow.area_code)


async def _post_changes(uow: UnitOfWork, changes: Sequence[_Change]) -> None:
    """Shares, then claim capacity, then the ledger: always in this order, so nobody waits back."""
    for step in ("stage_item_moves", "move_shares", "close_items"):
        await uow.execute(load_sql(__file__, step), area_code=uow.area_code)
    rows = await uow.fetch_all(load_sql(__file__, "hospital_moves"), area_code=uow.area_code)
    moves = [HospitalMove(**row._mapping) for row in rows]
    await _move_capacity(uow, moves)
    entries = await _resolutions(uow, changes, moves)
    await post_entries(uow, entries=entries + policy.moving_entries(moves, on=uow.on))


async def _move_capacity(uow: UnitOfWork, moves: Sequence[HospitalMove]) -> None:
    """What was released, then paid and returned at one go, leaves the claim as it is."""

    def parts(name: str) -> list[CapacityPart]:
        return [
            CapacityPart(move.hospital_id, move.scheme, move.claim_month, amount)
            for move in moves
            if not move.was_released and (amount := getattr(move, name))
        ]

    if released := parts("released_recovery"):
        await fund_claims.release(uow, parts=released)
    if paid := parts("paid_recovery"):
        await fund_claims.consume(uow, parts=paid)
    if returned := parts("returned_recovery"):
        await fund_claims.restore(uow, parts=returned)


async def _resolutions(
    uow: UnitOfWork, changes: Sequence[_Change], moves: Sequence[HospitalMove]
) -> list[EntryDraft]:
    """Posts the reservations of what was paid and voids those of what never will be."""
    paid = frozenset(move.attempt_id for move in moves if move.paid)
    over = {
        change.attempt.id
        for change in changes
        if change.folded.outcome in policy.RELEASING | {Outcome.NOT_SENT}
    }
    if not paid | over:
        return []
    pending = await pending_transfers(
        uow, basis_kind=policy.BASIS_KIND, basis_ids=sorted(paid | over)
    )
    return policy.resolving_entries(
        (
            (
                transfer.key.basis_id,
                transfer.id,
                Leg(transfer.key.debit, transfer.key.credit, transfer.amount),
            )
            for transfer in pending
        ),
        schemes={transfer.key.basis_id: transfer.key.scheme for transfer in pending},
        paid=paid,
        on=uow.on,
    )


async def _tell_changes(uow: UnitOfWork, cause_id: UUID, changes: Sequence[_Change]) -> None:
    payments = await uow.fetch_all(
        "SELECT id, payee_account_id, supplier_id, payment_batch_id FROM payment"
        " WHERE area_code = :area_code AND id = ANY(:ids)",
        area_code=uow.area_code,
        ids=[change.attempt.payment_id for change in changes],
    )
    by_id = {payment.id: payment for payment in payments}
    told = [
        OutcomeChange(
            payment_id=change.attempt.payment_id,
            attempt_id=change.attempt.id,
            payee_account_id=by_id[change.attempt.payment_id].payee_account_id,
            supplier_id=by_id[change.attempt.payment_id].supplier_id,
            payment_batch_id=by_id[change.attempt.payment_id].payment_batch_id,
            before=change.attempt.outcome,
            after=change.folded.outcome,
            amount_minor=change.attempt.amount_minor,
            returned_minor=change.folded.returned_minor,
            reason_code=change.reason_code,
        )
        for change in changes
    ]
    await uow.record_all(
        [
            OutcomesChanged(
                area_code=uow.area_code,
                aggregate_id=cause_id,
                aggregate_version=number + 1,
                changes=told[start : start + CHANGES_AN_EVENT],
            )
            for number, start in enumerate(range(0, len(told), CHANGES_AN_EVENT))
        ]
    )
    conflicts = [change for change in told if change.after == Outcome.CONFLICT]
    if conflicts:
        await uow.record(
            ConflictFound(
                area_code=uow.area_code,
                aggregate_id=cause_id,
                attempt_ids=[change.attempt_id for change in conflicts],
            )
        )


# --- people ----------------------------------------------------------------------------------


async def propose_decision(
    uow: UnitOfWork,
    *,
    attempt_id: UUID,
    kind: DecisionKind,
    reason: str,
) -> UUID:
    """One person's word on an attempt the bank left open; a second one must confirm it.

    Raises AttemptNotFound, or DecisionNotAllowed while the evidence does not bear it out.
    """
    await _require_allowed(uow, attempt_id, kind)
    row = await uow.fetch_one(
        "INSERT INTO payment_decision (area_code, attempt_id, kind, reason, proposed_by,"
        " proposed_at) VALUES (:area_code, :attempt_id, :kind, :reason, :user_id, :at)"
        " ON CONFLICT (area_code, attempt_id) WHERE confirmed_by IS NULL DO NOTHING RETURNING id",
        area_code=uow.area_code,
        attempt_id=attempt_id,
        kind=str(kind),
        reason=reason,
        user_id=uow.actor.id,
        at=uow.at,
    )
    if row is None:
        raise DecisionNotAllowed("another proposal waits for a second person")
    await uow.record(
        DecisionProposed(
            area_code=uow.area_code,
            aggregate_id=row.id,
            attempt_id=attempt_id,
            kind=kind,
            reason=reason,
        )
    )
    return UUID(int=row.id.int)


async def _require_allowed(uow: UnitOfWork, attempt_id: UUID, kind: DecisionKind) -> Row[Any]:
    row = await uow.fetch_one(
        load_sql(__file__, "open_attempt"), area_code=uow.area_code, attempt_id=attempt_id
    )
    if row is None:
        raise AttemptNotFound
    refusal = policy.refusal_of(
        kind,
        policy.OpenAttempt(
            outcome=Outcome(row.outcome),
            amount_minor=row.amount_minor,
            returned_minor=row.returned_minor,
            claimed_back_minor=row.claimed_back_minor,
            not_found_at=row.not_found_at,
            sent_date=row.sent_at and policy.day_of(row.sent_at),
            bank_knows_it=row.bank_knows_it,
            statement_covers_sending=row.statement_covers_sending,
        ),
    )
    if refusal is not None:
        raise DecisionNotAllowed(refusal)
    return row


async def confirm_decision(uow: UnitOfWork, *, decision_id: UUID) -> None:
    """The second person's word: the decision becomes evidence and its effects follow.

    After `not_sent` a new attempt with new ids follows (payments.try_again); the old bytes are
    never sent again.
    Raises DecisionNotOpen, SamePerson, DecisionNotAllowed.
    """
    decision = await uow.fetch_one(
        "SELECT id, attempt_id, kind, proposed_by FROM payment_decision"
        " WHERE area_code = :area_code AND id = :id AND confirmed_by IS NULL FOR NO KEY UPDATE",
        area_code=uow.area_code,
        id=decision_id,
    )
    if decision is None:
        raise DecisionNotOpen
    if uow.actor.id is None or decision.proposed_by == uow.actor.id:
        raise SamePerson
    kind = DecisionKind(decision.kind)
    attempt = await _require_allowed(uow, decision.attempt_id, kind)
    await uow.execute(
        "UPDATE payment_decision SET confirmed_by = :user_id, confirmed_at = :at"
        " WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=decision_id,
        user_id=uow.actor.id,
        at=uow.at,
    )
    await uow.record(
        DecisionConfirmed(
            area_code=uow.area_code,
            aggregate_id=decision_id,
            attempt_id=decision.attempt_id,
            kind=kind,
        )
    )
    await record_news(uow, cause_id=decision_id, news=[_decision_news(decision, attempt, uow)])


def _decision_news(decision: Row[Any], attempt: Row[Any], uow: UnitOfWork) -> News:
    assert uow.actor.id is not None
    confirms = decision.kind == DecisionKind.RETURN_CONFIRMED
    return News(
        decision.attempt_id,
        EvidenceSource.HUMAN_DECISION,
        decision.kind,
        decision.kind.upper(),
        policy.DECISION_MAP_VERSION,
        amount_minor=attempt.claimed_back_minor if confirms else None,
        reference=str(decision.id),
        decided_by=(decision.proposed_by, uow.actor.id),
    )
