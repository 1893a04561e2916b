"""What two people decide about an attempt becomes evidence, and its effects follow."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from schemas.codes.payments import DecisionKind, DecisionState, EvidenceSource
from schemas.events.decisions import DecisionConfirmed, DecisionProposed, DecisionWithdrawn
from settlement_api.approvals.service import deciding_person
from settlement_api.decisions import policy, queries
from settlement_api.decisions.errors import (
    AttemptNotFound,
    DecisionNotAllowed,
    DecisionNotOpen,
    SamePerson,
)
from settlement_api.decisions.policy import OpenAttempt
from settlement_api.outcomes.policy import DECISION_MAP_VERSION, News
from settlement_api.outcomes.service import record_news
from settlement_api.payments import service as payments
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def propose_decision(
    uow: UnitOfWork,
    *,
    attempt_id: UUID,
    kind: DecisionKind,
    reason: str,
    evidence_ids: Iterable[UUID] = (),
) -> UUID:
    """One person's word on an attempt; a second one must confirm it.

    `evidence_ids` is what it is about; a decision on returns that names none is about all that
    wait now. Raises NotAPerson, AttemptNotFound, and DecisionNotAllowed while the evidence does
    not bear it out.
    """
    person = deciding_person(uow)
    attempt = await _open_attempt(uow, attempt_id)
    about = policy.evidence_of(kind, attempt, frozenset(evidence_ids))
    _require_allowed(kind, attempt, about)
    row = await uow.fetch_one(
        load_sql(__file__, "insert_decision"),
        area_code=uow.area_code,
        attempt_id=attempt_id,
        kind=str(kind),
        about=sorted(about),
        reason=reason,
        user_id=person,
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
            evidence_ids=sorted(about),
            reason=reason,
        )
    )
    return UUID(int=row.id.int)


async def _open_attempt(uow: UnitOfWork, attempt_id: UUID) -> OpenAttempt:
    attempt = await queries.open_attempt(uow, attempt_id=attempt_id)
    if attempt is None:
        raise AttemptNotFound
    return attempt


def _require_allowed(kind: DecisionKind, attempt: OpenAttempt, about: frozenset[UUID]) -> None:
    refusal = policy.refusal_of(kind, attempt, about)
    if refusal is not None:
        raise DecisionNotAllowed(refusal)


async def withdraw_decision(uow: UnitOfWork, *, decision_id: UUID) -> None:
    """Somebody does not agree, or thinks again: the proposal is gone. Raises DecisionNotOpen."""
    person = deciding_person(uow)
    decision = await _lock_proposal(uow, decision_id)
    await uow.execute(
        "UPDATE payment_decision SET withdrawn_by = :user_id, withdrawn_at = :at"
        " WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=decision_id,
        user_id=person,
        at=uow.at,
    )
    await uow.record(
        DecisionWithdrawn(
            area_code=uow.area_code, aggregate_id=decision_id, attempt_id=decision.attempt_id
        )
    )


async def confirm_decision(uow: UnitOfWork, *, decision_id: UUID) -> None:
    """The second person's word: the decision becomes evidence and its effects follow.

    After `not_sent` a new attempt with new ids follows (payments.try_again); the old bytes are
    never sent again. A correction takes back a later attempt that has not left.
    Raises NotAPerson, DecisionNotOpen, SamePerson, DecisionNotAllowed, MoneyPromisedAgain.
    """
    person = deciding_person(uow)
    decision = await _lock_proposal(uow, decision_id)
    if decision.proposed_by == person:
        raise SamePerson
    kind, about = DecisionKind(decision.kind), frozenset(decision.about)
    attempt = await _open_attempt(uow, decision.attempt_id)
    _require_allowed(kind, attempt, about)
    await uow.execute(
        "UPDATE payment_decision SET confirmed_by = :user_id, confirmed_at = :at"
        " WHERE area_code = :area_code AND id = :id",
        area_code=uow.area_code,
        id=decision_id,
        user_id=person,
        at=uow.at,
    )
    await uow.record(
        DecisionConfirmed(
            area_code=uow.area_code,
            aggregate_id=decision_id,
            attempt_id=decision.attempt_id,
            kind=kind,
            evidence_ids=sorted(about),
        )
    )
    if policy.takes_over(kind, attempt, about):
        await _take_back_later(uow, decision.attempt_id)
    news = News(
        decision.attempt_id,
        EvidenceSource.HUMAN_DECISION,
        kind,
        kind.upper(),
        DECISION_MAP_VERSION,
        amount_minor=policy.amount_of(kind, attempt, about),
        reference=str(decision.id),
        decided_by=(decision.proposed_by, person),
        about=tuple(sorted(about)),
    )
    await record_news(uow, cause_id=decision_id, news=[news])


async def _lock_proposal(uow: UnitOfWork, decision_id: UUID) -> Row[Any]:
    decision = await uow.fetch_one(
        "SELECT id, attempt_id, kind, about, proposed_by FROM payment_decision"
        " WHERE area_code = :area_code AND id = :id AND confirmed_by IS NULL"
        " AND withdrawn_by IS NULL FOR NO KEY UPDATE",
        area_code=uow.area_code,
        id=decision_id,
    )
    if decision is None:
        raise DecisionNotOpen
    return decision


async def _take_back_later(uow: UnitOfWork, attempt_id: UUID) -> None:
    """The payment was made after all: what was to make it anew must not leave."""
    for later in await queries.unsent_later(uow, attempt_id=attempt_id):
        if later.decision_state != DecisionState.APPROVED and not await payments.withdraw(
            uow, submission_id=later.submission_id
        ):
            continue
        await payments.leave_out(
            uow, attempt_id=later.id, payment_id=later.payment_id, reason="paid_before"
        )
