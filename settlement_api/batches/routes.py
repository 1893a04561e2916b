"""Freezing, approving, releasing and voiding batches, and their frozen content to look at."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter

from schemas.codes.approvals import ApprovalStep, Decision, SubjectKind
from schemas.codes.batches import BatchStatus, ExclusionReason, ShortfallPolicy
from schemas.codes.parties import Scheme
from schemas.codes.roles import Role
from schemas.messages.batches import (
    BatchDecision,
    BatchPaymentView,
    BatchView,
    BatchVoid,
    DecisionView,
    ExclusionTotalView,
    ExclusionView,
    NewBatch,
    PaymentItemView,
    RecoveryView,
    SetOffView,
)
from schemas.messages.paging import DEFAULT_LIMIT, MAX_LIMIT, Page, decode_id, page_by_id
from schemas.money import format_yuan
from schemas.tables.approvals import Approval
from schemas.tables.batches import BatchExclusion, BatchRecovery, PaymentBatch, SetOff
from schemas.tables.payments import Payment, PaymentItem
from settlement_api.access import Principal, require_area
from settlement_api.approvals.queries import list_decisions
from settlement_api.batches import queries, service
from settlement_api.batches.errors import ContentChanged
from settlement_api.batches.policy import FreezeOrder
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.unit_of_work import UnitOfWork

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
DECIDERS = (Role.AGENCY_MAKER, Role.AGENCY_CHECKER, Role.AGENCY_RELEASER)


@post("/batches")
async def freeze_batch(
    data: JSONBody[NewBatch],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> BatchView:
    """Freezes what an agency pays in one scheme; every eligible share is taken or says why not."""
    principal.require(Role.AGENCY_MAKER)
    require_area(uow)
    order = FreezeOrder(data.agency_id, data.scheme, data.period, data.cutoff_at or uow.at)
    return await _shown(uow, await service.freeze_batch(uow, order=order))


@post("/batches/{batch_id:uuid}/approval", status_code=200)
async def approve_batch(
    batch_id: FromPath[UUID],
    data: JSONBody[BatchDecision],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> BatchView:
    """The checker approves the content whose hash is given; not the person who froze it."""
    principal.require(Role.AGENCY_CHECKER)
    require_area(uow)
    await _require_seen(uow, batch_id, data)
    return await _shown(uow, await service.approve_batch(uow, batch_id=batch_id))


@post("/batches/{batch_id:uuid}/release", status_code=200)
async def release_batch(
    batch_id: FromPath[UUID],
    data: JSONBody[BatchDecision],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> BatchView:
    """A third person releases the payments; mandates must be in force today."""
    require_area(uow)
    principal.require((await pack_in_force(uow, uow.on)).roles.releaser)
    await _require_seen(uow, batch_id, data)
    return await _shown(uow, await service.release_batch(uow, batch_id=batch_id))


@post("/batches/{batch_id:uuid}/void", status_code=200)
async def void_batch(
    batch_id: FromPath[UUID],
    data: JSONBody[BatchVoid],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> BatchView:
    """Voids a batch that was not released; all it held can be frozen again."""
    principal.require(*DECIDERS)
    require_area(uow)
    return await _shown(uow, await service.void_batch(uow, batch_id=batch_id, reason=data.reason))


@post("/batches/{batch_id:uuid}/resumption", status_code=200)
async def resume_batch(
    batch_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> BatchView:
    """Goes on with a batch that was halted, if its content is again what three people approved."""
    require_area(uow)
    principal.require((await pack_in_force(uow, uow.on)).roles.releaser)
    return await _shown(uow, await service.resume_batch(uow, batch_id=batch_id))


async def _require_seen(uow: UnitOfWork, batch_id: UUID, data: BatchDecision) -> None:
    batch = await queries.get_batch(uow, batch_id=batch_id)
    if batch.content_hash.hex() != data.content_hash:
        raise ContentChanged


@get("/batches")
async def list_batches(
    *,
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    period: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[BatchView]:
    """The area's batches in the order frozen."""
    require_area(uow)
    rows = await queries.list_batches(uow, after=decode_id(after), limit=limit, period=period)
    return page_by_id([_batch_view(row) for row in rows], limit=limit)


@get("/batches/{batch_id:uuid}")
async def show_batch(
    batch_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
) -> BatchView:
    """One batch with what it left out by reason, and who decided."""
    require_area(uow)
    return await _shown(uow, await queries.get_batch(uow, batch_id=batch_id))


@get("/batches/{batch_id:uuid}/payments")
async def list_payments(
    *,
    batch_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[BatchPaymentView]:
    """The frozen payments; of each account only the last four digits."""
    require_area(uow)
    rows = await queries.list_payments(uow, batch_id=batch_id, after=decode_id(after), limit=limit)
    return page_by_id([_payment_view(row) for row in rows], limit=limit)


@get("/batches/{batch_id:uuid}/payments/{payment_id:uuid}/items")
async def list_items(
    *,
    batch_id: FromPath[UUID],
    payment_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PaymentItemView]:
    """The shares one payment pays."""
    require_area(uow)
    await queries.get_batch(uow, batch_id=batch_id)
    rows = await queries.list_items(uow, payment_id=payment_id, after=decode_id(after), limit=limit)
    return page_by_id([_item_view(row) for row in rows], limit=limit)


@get("/batches/{batch_id:uuid}/exclusions")
async def list_exclusions(
    *,
    batch_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ExclusionView]:
    """Everything eligible that was left out, with its reason."""
    require_area(uow)
    rows = await queries.list_exclusions(
        uow, batch_id=batch_id, after=decode_id(after), limit=limit
    )
    return page_by_id([_exclusion_view(row) for row in rows], limit=limit)


@get("/batches/{batch_id:uuid}/recoveries")
async def list_recoveries(
    *,
    batch_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[RecoveryView]:
    """Per hospital: what is paid for it, covered by its claim or short."""
    require_area(uow)
    rows = await queries.list_recoveries(
        uow, batch_id=batch_id, after=decode_id(after), limit=limit
    )
    return page_by_id([_recovery_view(row) for row in rows], limit=limit)


@get("/batches/{batch_id:uuid}/set-offs")
async def list_set_offs(
    *,
    batch_id: FromPath[UUID],
    principal: NamedDependency[Principal],
    uow: NamedDependency[UnitOfWork],
    after: FromQuery[str | None] = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[SetOffView]:
    """Returns set off against what was to be paid."""
    require_area(uow)
    rows = await queries.list_set_offs(uow, batch_id=batch_id, after=decode_id(after), limit=limit)
    return page_by_id([_set_off_view(row) for row in rows], limit=limit)


async def _shown(uow: UnitOfWork, batch: PaymentBatch) -> BatchView:
    exclusions = [
        ExclusionTotalView(
            reason=each.reason, count=each.count, amount=format_yuan(each.amount_minor)
        )
        for each in await queries.exclusion_totals(uow, batch_id=batch.id)
    ]
    decisions = await list_decisions(uow, kind=SubjectKind.PAYMENT_BATCH, subject_id=batch.id)
    return _batch_view(batch, exclusions, decisions)


def _batch_view(
    row: PaymentBatch,
    exclusions: list[ExclusionTotalView] | None = None,
    decisions: Sequence[Approval] | None = None,
) -> BatchView:
    return BatchView(
        id=row.id,
        agency_id=row.agency_id,
        agency_account_id=row.agency_account_id,
        scheme=Scheme(row.scheme),
        period=row.period,
        batch_no=row.batch_no,
        status=BatchStatus(row.status),
        cutoff_at=row.cutoff_at,
        available=format_yuan(row.available_minor),
        eligible_count=row.eligible_count,
        eligible_amount=format_yuan(row.eligible_minor),
        taken_count=row.taken_count,
        left_out_count=row.left_out_count,
        left_out_amount=format_yuan(row.left_out_minor),
        payment_count=row.payment_count,
        control_sum=format_yuan(row.control_sum_minor),
        set_off_amount=format_yuan(row.set_off_minor),
        planned_recovery=format_yuan(row.planned_recovery_minor),
        shortfall=format_yuan(row.shortfall_minor),
        shortfall_policy=ShortfallPolicy(row.shortfall_policy),
        rule_pack=f"{row.rule_pack_code} v{row.rule_pack_version}",
        content_hash=row.content_hash.hex(),
        made_by=row.made_by,
        approved_by=row.approved_by,
        released_by=row.released_by,
        released_at=row.released_at,
        voided_by=row.voided_by,
        void_reason=row.void_reason,
        halted_at=row.halted_at,
        exclusions=exclusions,
        decisions=None if decisions is None else [_decision_view(each) for each in decisions],
    )


def _decision_view(row: Approval) -> DecisionView:
    return DecisionView(
        step=ApprovalStep(row.step),
        decision=Decision(row.decision),
        user_id=row.user_id,
        user_name=row.user_name,
        content_hash=row.content_hash.hex(),
        decided_at=row.decided_at,
    )


def _payment_view(row: Payment) -> BatchPaymentView:
    return BatchPaymentView(
        id=row.id,
        supplier_id=row.supplier_id,
        payee_name=row.payee_name,
        payee_cnaps_code=row.payee_cnaps_code,
        payee_account=f"****{row.payee_account_last4}",
        amount=format_yuan(row.amount_minor),
        item_count=row.item_count,
        remittance=row.remittance,
    )


def _item_view(row: PaymentItem) -> PaymentItemView:
    return PaymentItemView(
        id=row.id,
        payable_share_id=row.payable_share_id,
        hospital_id=row.hospital_id,
        amount=format_yuan(row.amount_minor),
        recovery=format_yuan(row.recovery_minor),
    )


def _exclusion_view(row: BatchExclusion) -> ExclusionView:
    return ExclusionView(
        id=row.id,
        application_line_id=row.application_line_id,
        payable_share_id=row.payable_share_id,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        reason=ExclusionReason(row.reason),
        amount=format_yuan(row.amount_minor),
    )


def _recovery_view(row: BatchRecovery) -> RecoveryView:
    return RecoveryView(
        id=row.id,
        hospital_id=row.hospital_id,
        cash=format_yuan(row.cash_minor),
        planned_recovery=format_yuan(row.planned_recovery_minor),
        shortfall=format_yuan(row.shortfall_minor),
    )


def _set_off_view(row: SetOff) -> SetOffView:
    return SetOffView(
        id=row.id,
        negative_share_id=row.negative_share_id,
        positive_share_id=row.positive_share_id,
        hospital_id=row.hospital_id,
        supplier_id=row.supplier_id,
        amount=format_yuan(row.amount_minor),
        is_voided=row.is_voided,
    )


router = Router(
    "/",
    route_handlers=[
        freeze_batch,
        approve_batch,
        release_batch,
        void_batch,
        resume_batch,
        list_batches,
        show_batch,
        list_payments,
        list_items,
        list_exclusions,
        list_recoveries,
        list_set_offs,
    ],
    tags=["batches"],
)
