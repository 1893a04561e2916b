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
    OutcomeChange,
    OutcomesChanged,
)
from settlement_api.fund_claims import service as fund_claims
from settlement_api.fund_claims.policy import CapacityPart
from settlement_api.ledger.policy import EntryDraft, Leg
from settlement_api.ledger.queries import pending_transfers
from settlement_api.ledger.service import post_entries
from settlement_api.outcomes import policy, queries
from settlement_api.outcomes.errors import MoneyPromisedAgain, ReturnUnfit
from settlement_api.outcomes.policy import (
    Booking,
    Fact,
    HospitalMove,
    News,
    Posted,
    UnnamedReturn,
)
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

CHANGES_AN_EVENT: Final = 1_000

_STAGING: Final = {
    "payment_news": """
        attempt_id uuid, source text, meaning text, code text, reason_code text,
        amount_minor bigint, code_map_version text, digest bytea, bank_message_id uuid,
        statement_entry_id uuid, decided_by_first uuid, decided_by_second uuid,
        happened_at timestamptz, about uuid[]
    """,
    "payment_change": """
        attempt_id uuid, payment_id uuid, amount_minor bigint, outcome text STORAGE PLAIN,
        returned_minor bigint, is_final boolean, paid_before bigint, paid_after bigint,
        returned_before bigint, returned_after bigint, released_before boolean,
        released_after boolean, disowned_after bigint
    """,
    "payment_item_move": """
        item_id uuid, payable_share_id uuid, attempt_id uuid, hospital_id uuid, supplier_id uuid,
        paid bigint, returned bigint, unreserved bigint,
        released_recovery bigint, reserved_recovery bigint, used_recovery bigint
    """,
}
_NEWS_COLUMNS: Final = (
    "attempt_id", "source", "meaning", "code", "reason_code", "amount_minor", "code_map_version",
    "digest", "bank_message_id", "statement_entry_id", "decided_by_first", "decided_by_second",
    "happened_at", "about",
)  # fmt: skip
_CHANGE_COLUMNS: Final = (
    "attempt_id", "payment_id", "amount_minor", "outcome", "returned_minor", "is_final",
    "paid_before", "paid_after", "returned_before", "returned_after", "released_before",
    "released_after", "disowned_after",
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

    Set-wise whatever the number of news. A conflict stops sending in the area. Raises
    MoneyPromisedAgain, which only people's corrections can meet.
    """
    if not news:
        return
    await uow.keep_staging(_STAGING)
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


async def require_return_fits(uow: UnitOfWork, entry: UnnamedReturn) -> None:
    """An entry of the paying account, of at most what has not come back. Raises ReturnUnfit."""
    attempt = await uow.fetch_one(
        load_sql(__file__, "attempt_of_return"),
        area_code=uow.area_code,
        attempt_id=entry.attempt_id,
    )
    if attempt is None or attempt.agency_account_id != entry.agency_account_id:
        raise ReturnUnfit("no payment of that account")
    if not attempt.posted_paid_minor:
        raise ReturnUnfit("that payment was not made")
    facts = await queries.facts_of(uow, attempt_id=entry.attempt_id)
    if not policy.return_fits(
        facts, returned_minor=entry.amount_minor, amount_minor=attempt.amount_minor
    ):
        raise ReturnUnfit("more than what has not come back of it")


async def record_return(
    uow: UnitOfWork, *, cause_id: UUID, entry: UnnamedReturn, decided_by: tuple[UUID, UUID]
) -> None:
    """Two people's word that an entry without our id is this payment's return: it is booked so.

    Raises ReturnUnfit.
    """
    await require_return_fits(uow, entry)
    kind = DecisionKind.RETURN_CONFIRMED
    news = News(
        entry.attempt_id,
        EvidenceSource.HUMAN_DECISION,
        kind,
        kind.upper(),
        policy.DECISION_MAP_VERSION,
        amount_minor=entry.amount_minor,
        reference=str(entry.statement_entry_id),
        statement_entry_id=entry.statement_entry_id,
        decided_by=decided_by,
    )
    await record_news(uow, cause_id=cause_id, news=[news])


def _news_record(news: News) -> tuple[Any, ...]:
    first, second = news.decided_by or (None, None)
    return (
        news.attempt_id, str(news.source), str(news.meaning), news.code, news.reason_code,
        news.amount_minor, news.code_map_version, news.digest, news.bank_message_id,
        news.statement_entry_id, first, second, news.happened_at, list(news.about),
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
        facts.setdefault(row.attempt_id, []).append(policy.fact_of(row))
        if row.reason_code:
            reasons[row.attempt_id] = max(row.reason_code, reasons.get(row.attempt_id, ""))
    changes = []
    for attempt in attempts:
        folded = policy.fold(facts[attempt.id], amount_minor=attempt.amount_minor)
        before = Posted(
            attempt.posted_paid_minor,
            attempt.posted_returned_minor,
            attempt.posted_released,
            attempt.posted_disowned_minor,
        )
        after = policy.effect_of(folded, before, amount_minor=attempt.amount_minor)
        known = (attempt.outcome, attempt.returned_minor)
        if (folded.outcome, folded.returned_minor) != known or after != before:
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
            change.before.released, change.after.released, change.after.disowned_minor,
        )
        for change in changes
    ]  # fmt: skip
    await uow.copy_rows("payment_change", _CHANGE_COLUMNS, records)
    for step in ("update_attempts", "update_payments", "settle_submissions"):
        binds = {"at": uow.at} if step == "settle_submissions" else {}
        await uow.execute(load_sql(__file__, step), area_code=uow.area_code, **binds)


async def _post_changes(uow: UnitOfWork, changes: Sequence[_Change]) -> None:
    """Shares, then claim capacity, then the ledger: always in this order, so nobody waits back."""
    await uow.execute(load_sql(__file__, "stage_item_moves"), area_code=uow.area_code)
    if await uow.fetch_value(load_sql(__file__, "shares_without_room"), area_code=uow.area_code):
        raise MoneyPromisedAgain
    for step in ("move_shares", "close_items"):
        await uow.execute(load_sql(__file__, step), area_code=uow.area_code)
    rows = await uow.fetch_all(load_sql(__file__, "hospital_moves"), area_code=uow.area_code)
    moves = [HospitalMove(**row._mapping) for row in rows]
    await _move_capacity(uow, moves)
    reserved, entries = await _resolutions(uow, changes, moves)
    entries += policy.moving_entries(moves, reserved=reserved, on=uow.on)
    await post_entries(uow, entries=entries + await _disowned(uow, changes))


async def _disowned(uow: UnitOfWork, changes: Sequence[_Change]) -> list[EntryDraft]:
    """Moves debits that people do not believe to suspense, or back."""
    moved = {
        change.attempt.id: amount
        for change in changes
        if (amount := change.after.disowned_minor - change.before.disowned_minor)
    }
    if not moved:
        return []
    rows = await uow.fetch_all(
        "SELECT attempt.id, payment.scheme FROM payment_attempt AS attempt JOIN payment"
        " ON payment.area_code = attempt.area_code AND payment.id = attempt.payment_id"
        " WHERE attempt.area_code = :area_code AND attempt.id = ANY(:ids)",
        area_code=uow.area_code,
        ids=list(moved),
    )
    return [
        policy.disowned_entry(row.id, scheme=row.scheme, amount_minor=moved[row.id], on=uow.on)
        for row in rows
    ]


async def _move_capacity(uow: UnitOfWork, moves: Sequence[HospitalMove]) -> None:
    """Reserved capacity is freed or consumed; what is used beyond it is consumed in any case."""

    def parts(name: str, sign: int = 1) -> list[CapacityPart]:
        amounts = ((move, sign * getattr(move, name)) for move in moves)
        return [
            CapacityPart(move.hospital_id, move.scheme, move.claim_month, amount)
            for move, amount in amounts
            if amount > 0
        ]

    if released := parts("released_recovery"):
        await fund_claims.release(uow, parts=released)
    if consumed := parts("reserved_recovery"):
        await fund_claims.consume(uow, parts=consumed)
    if given_back := parts("used_recovery", -1):
        await fund_claims.restore(uow, parts=given_back)
    if used := parts("used_recovery"):
        await fund_claims.consume_unreserved(uow, parts=used)


async def _resolutions(
    uow: UnitOfWork, changes: Sequence[_Change], moves: Sequence[HospitalMove]
) -> tuple[frozenset[UUID], list[EntryDraft]]:
    """Posts the reservations of what was paid and voids those of what never will be.

    Also gives the attempts that had one.
    """
    paid = frozenset(move.attempt_id for move in moves if move.paid > 0)
    over = {
        change.attempt.id
        for change in changes
        if change.folded.outcome in policy.RELEASING | {Outcome.NOT_SENT}
    }
    if not paid | over:
        return frozenset(), []
    pending = await pending_transfers(
        uow, basis_kind=policy.BASIS_KIND, basis_ids=sorted(paid | over)
    )
    reserved = frozenset(transfer.key.basis_id for transfer in pending)
    return reserved, policy.resolving_entries(
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
