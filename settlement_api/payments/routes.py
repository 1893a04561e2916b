"""Payments with their evidence, and answers of the bank that a person must look at."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, Parameter
from sqlalchemy import Row

from schemas.codes.payments import (
    AnswerFinding,
    DecisionState,
    EvidenceSource,
    Outcome,
    PaymentPurpose,
)
from schemas.codes.roles import PartyKind, Role
from schemas.messages.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Page,
    decode_id,
    encode_cursor,
    page_by_id,
    page_of,
)
from schemas.messages.payments import (
    AttemptMessage,
    EvidenceMessage,
    OddAnswerMessage,
    PaymentMessage,
    PaymentWithEvidence,
)
from schemas.money import format_yuan
from schemas.problems import Forbidden
from settlement_api.access import Principal, require_rows
from settlement_api.payments import queries
from settlement_api.unit_of_work import UnitOfWork

ANSWER_READERS: Final = (
    Role.AGENCY_MAKER,
    Role.AGENCY_CHECKER,
    Role.AGENCY_RELEASER,
    Role.FINANCE,
    Role.BUREAU_VIEWER,
)
Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]


@get("/payments")
async def list_payments(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    payment_batch_id: FromQuery[UUID | None] = None,
    outcome: FromQuery[Outcome | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PaymentMessage]:
    """Payments, newest first; a supplier sees those to itself that three people released."""
    _require_reader(principal, uow)
    rows = await queries.list_payments(
        uow,
        batch_id=payment_batch_id,
        outcome=outcome,
        released_only=_sees_released_only(principal),
        after=decode_id(after),
        limit=limit + 1,
    )
    shown = [_payment_message(row) for row in rows]
    return page_of(shown, limit=limit, cursor_of=lambda payment: encode_cursor(str(payment.id)))


@get("/payments/{payment_id:uuid}")
async def show_payment(
    payment_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> PaymentWithEvidence:
    """One payment; people of the area see every attempt with all its evidence."""
    _require_reader(principal, uow)
    found = await queries.get_payment(
        uow, payment_id=payment_id, released_only=_sees_released_only(principal)
    )
    payment = _payment_message(found)
    if principal.party_kind is PartyKind.SUPPLIER:
        return PaymentWithEvidence(payment=payment, attempts=[])
    evidence: dict[UUID, list[EvidenceMessage]] = {}
    for row in await queries.evidence_of(uow, payment_id=payment_id):
        evidence.setdefault(row.attempt_id, []).append(_evidence_message(row))
    attempts = await queries.attempts_of(uow, payment_id=payment_id)
    return PaymentWithEvidence(
        payment=payment,
        attempts=[_attempt_message(row, evidence.get(row.id, [])) for row in attempts],
    )


@get("/bank-answers/odd")
async def list_odd_answers(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[OddAnswerMessage]:
    """Answers of the bank that changed nothing and that a person must look at, newest first.

    A status that no map knows, a message or a payment that the bank cannot know from us, or what
    cannot be read: kept as they came.
    """
    principal.require(*ANSWER_READERS)
    require_rows(uow)
    rows = await queries.list_odd_answers(uow, after=decode_id(after), limit=limit + 1)
    return page_by_id([_odd_answer_message(row) for row in rows], limit=limit)


def _sees_released_only(principal: Principal) -> bool:
    """A payee learns of a payment when it is made, not of what was frozen, left or voided."""
    return principal.party_kind is PartyKind.SUPPLIER


def _require_reader(principal: Principal, uow: UnitOfWork) -> None:
    if principal.party_kind is PartyKind.HOSPITAL:
        raise Forbidden
    require_rows(uow)


def _payment_message(row: Row[Any]) -> PaymentMessage:
    return PaymentMessage(
        id=row.id,
        area_code=row.area_code,
        payment_batch_id=row.payment_batch_id,
        supplier_id=row.supplier_id,
        scheme=row.scheme,
        purpose=PaymentPurpose(row.purpose),
        payee_name=row.payee_name,
        payee_account_masked=f"****{row.payee_account_last4}",
        amount=format_yuan(row.amount_minor),
        returned=format_yuan(row.returned_minor),
        item_count=row.item_count,
        outcome=Outcome(row.outcome),
    )


def _attempt_message(row: Row[Any], evidence: list[EvidenceMessage]) -> AttemptMessage:
    return AttemptMessage(
        id=row.id,
        attempt_no=row.attempt_no,
        end_to_end_id=row.end_to_end_id,
        decision_state=DecisionState(row.decision_state),
        outcome=Outcome(row.outcome),
        amount=format_yuan(row.amount_minor),
        returned=format_yuan(row.returned_minor),
        sent_at=row.sent_at,
        evidence=evidence,
    )


def _odd_answer_message(row: Row[Any]) -> OddAnswerMessage:
    return OddAnswerMessage(
        id=row.id,
        submission_id=row.submission_id,
        message_id=row.message_id,
        payment_batch_id=row.payment_batch_id,
        source=EvidenceSource(row.source),
        finding=AnswerFinding(row.finding),
        http_status=row.http_status,
        received_at=row.received_at,
    )


def _evidence_message(row: Row[Any]) -> EvidenceMessage:
    return EvidenceMessage(
        id=row.id,
        source=EvidenceSource(row.source),
        meaning=row.meaning,
        code=row.code,
        reason_code=row.reason_code,
        amount=None if row.amount_minor is None else format_yuan(row.amount_minor),
        code_map_version=row.code_map_version,
        happened_at=row.happened_at,
        learned_at=row.learned_at,
        decided_by_first=row.decided_by_first,
        decided_by_second=row.decided_by_second,
        about=row.about,
    )


router = Router(
    "/",
    route_handlers=[list_payments, show_payment, list_odd_answers],
    tags=["payments"],
)
