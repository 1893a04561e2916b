"""Freezes, approves, releases and voids payment batches."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from schemas.codes.approvals import ApprovalStep, SubjectKind
from schemas.codes.batches import BatchStatus, ShortfallPolicy
from schemas.events.batches import (
    BatchApproved,
    BatchFrozen,
    BatchHalted,
    BatchReleased,
    BatchResumed,
    BatchVoided,
)
from schemas.messages.rule_pack import RulePack
from schemas.tables.batches import PaymentBatch
from schemas.tables.parties import AgencyAccount
from schemas.times import CalendarMissing
from settlement_api.approvals.policy import ORDER, Subject
from settlement_api.approvals.queries import standing_decisions
from settlement_api.approvals.service import deciding_person, record_decision
from settlement_api.batches import queries
from settlement_api.batches.errors import (
    BatchNotHalted,
    BatchStateRefused,
    CalendarNotLoaded,
    ContentChanged,
    CutoffAhead,
    MandateEnded,
    NothingEligible,
    PayeeBlocked,
    PeriodAhead,
    ReleaseLimitExceeded,
)
from settlement_api.batches.policy import (
    FreezeOrder,
    Totals,
    beyond_limit,
    priorities,
    remittance,
)
from settlement_api.batches.states import may_move
from settlement_api.fund_claims.policy import CapacityPart
from settlement_api.fund_claims.service import release, reserve
from settlement_api.parties.queries import mandates_in_force
from settlement_api.persistence import load_sql
from settlement_api.rule_packs.service import load_calendar, pack_in_force
from settlement_api.unit_of_work import UnitOfWork

_STAGING: Final[Mapping[str, str]] = {
    "eligible_share": (
        "share_id uuid UNIQUE, line_id uuid, hospital_id uuid, supplier_id uuid,"
        " payee_account_id uuid, open_minor bigint, rank bigint, reason text,"
        " set_off_minor bigint NOT NULL DEFAULT 0,"
        " cash_minor bigint NOT NULL DEFAULT 0, recovery_minor bigint NOT NULL DEFAULT 0"
    ),
    "share_set_off": (
        "negative_share_id uuid, positive_share_id uuid, hospital_id uuid, supplier_id uuid,"
        " amount_minor bigint"
    ),
    "payee": "supplier_id uuid PRIMARY KEY, reason text, payee_account_id uuid",
    "claim_weight": (
        "hospital_id uuid, month text, whole numeric, employee numeric,"
        " PRIMARY KEY (hospital_id, month)"
    ),
    "claim_room": "hospital_id uuid PRIMARY KEY, room_minor bigint",
}
_UNHASHED: Final = bytes(32)


@dataclass(frozen=True)
class _Freeze:
    """What one freeze works with."""

    order: FreezeOrder
    pack: RulePack
    account: AgencyAccount
    maker: UUID
    spendable_minor: int = 0


async def freeze_batch(uow: UnitOfWork, *, order: FreezeOrder) -> PaymentBatch:
    """Freezes what an agency pays in a scheme: every eligible share taken or left out.

    Seals acceptances up to the cut-off, fixes scheme shares, sets returns off, takes shares in
    the pack's priority as far as the account reaches, resolves payees, reserves shares and claim
    capacity and takes the content hash. The acting person is the maker. Set-based: the number of
    statements does not depend on the number of lines. Raises CutoffAhead, PeriodAhead,
    AgencyAccountMissing, NothingEligible, NotAPerson.
    """
    maker = deciding_person(uow)
    if order.cutoff_at > uow.at:
        raise CutoffAhead
    if order.period > f"{uow.on:%Y-%m}":
        raise PeriodAhead(period=order.period)
    pack = await pack_in_force(uow, uow.on)
    account = await queries.account_in_force(uow, agency_id=order.agency_id, scheme=order.scheme)
    freeze = _Freeze(order, pack, account, maker)
    await _stage(uow, freeze)
    batch = await _store(uow, await _limit(uow, freeze))
    batch.content_hash = await queries.content_hash(uow, batch_id=batch.id)
    await uow.session.flush()
    await record_decision(uow, subject=_subject(batch), step=ApprovalStep.MAKER)
    await uow.record(
        BatchFrozen(
            **_facts(batch),
            eligible_count=batch.eligible_count,
            left_out_count=batch.left_out_count,
        )
    )
    return batch


async def _stage(uow: UnitOfWork, freeze: _Freeze) -> None:
    area, cutoff, pack = uow.area_code, freeze.order.cutoff_at, freeze.pack
    for name, columns in _STAGING.items():
        await uow.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
        await uow.create_staging(name, columns)
    await _run(uow, "seal_acceptance", area_code=area, cutoff_at=cutoff)
    await _run(uow, "stage_weights", area_code=area)
    await _run(
        uow,
        "fix_shares",
        area_code=area,
        cutoff_at=cutoff,
        without_claims=pack.scheme_share.without_claims,
    )
    await _run(uow, "inherit_shares", area_code=area, cutoff_at=cutoff)
    payees = await queries.payees_of_open_shares(
        uow, scheme=freeze.order.scheme, cooling_days=pack.payee_cooling_days
    )
    await uow.copy_rows(
        "payee",
        ("supplier_id", "reason", "payee_account_id"),
        [(payee.supplier_id, payee.reason, payee.payee_account_id) for payee in payees],
    )
    first, second = priorities(pack.shortfall.priority)
    await _run(
        uow,
        "stage_eligible",
        area_code=area,
        scheme=freeze.order.scheme,
        cutoff_at=cutoff,
        mandated=list(await mandates_in_force(uow, uow.on)),
        first_priority=first,
        second_priority=second,
    )
    await _run(uow, "stage_pending", area_code=area, cutoff_at=cutoff)
    await uow.execute("ANALYZE eligible_share")


async def _limit(uow: UnitOfWork, freeze: _Freeze) -> _Freeze:
    """Sets returns off and takes as far as claims and account reach; says what that was."""
    order, pack = freeze.order, freeze.pack
    await _run(uow, "stage_set_offs")
    await _run(uow, "apply_set_offs")
    cap = pack.shortfall.deduction_cap_percent
    await _run(
        uow,
        "stage_room",
        area_code=uow.area_code,
        scheme=order.scheme,
        period=order.period,
        on=uow.on,
        cap_percent=100 if cap is None else cap,
    )
    if pack.shortfall.capacity_short == "leave_out":
        await _run(uow, "limit_to_claims")
    spendable = await queries.spendable_minor(uow, account=freeze.account)
    await _run(uow, "limit_to_account", spendable_minor=spendable)
    await _run(uow, "plan_recovery")
    return replace(freeze, spendable_minor=spendable)


async def _store(uow: UnitOfWork, freeze: _Freeze) -> PaymentBatch:
    order = freeze.order
    row = await uow.fetch_one(load_sql(__file__, "totals"))
    assert row is not None
    totals = Totals(**row._mapping)
    if not totals.eligible_count:
        raise NothingEligible(scheme=order.scheme)
    batch = await _insert_batch(uow, freeze, totals)
    keys = {"area_code": uow.area_code, "batch_id": batch.id}
    await _run(
        uow,
        "insert_payments",
        **keys,
        agency_account_id=freeze.account.id,
        scheme=order.scheme,
        period=order.period,
        remittance=remittance(period=order.period, scheme=order.scheme, batch_no=batch.batch_no),
    )
    for name in ("insert_items", "insert_set_offs", "insert_exclusions"):
        await _run(uow, name, **keys)
    recoveries = await uow.fetch_all(load_sql(__file__, "insert_recoveries"), **keys)
    await reserve(
        uow,
        parts=[
            CapacityPart(row.hospital_id, order.scheme, order.period, row.planned_recovery_minor)
            for row in recoveries
        ],
    )
    await _run(uow, "reserve_shares", area_code=uow.area_code)
    return batch


async def _insert_batch(uow: UnitOfWork, freeze: _Freeze, totals: Totals) -> PaymentBatch:
    order, pack = freeze.order, freeze.pack
    leave_out = pack.shortfall.capacity_short == "leave_out"
    batch = PaymentBatch(
        area_code=uow.area_code,
        **asdict(order),
        **asdict(totals),
        agency_account_id=freeze.account.id,
        batch_no=await _next_number(uow, order),
        status=BatchStatus.FROZEN,
        available_minor=freeze.spendable_minor,
        shortfall_minor=totals.shortfall_minor,
        shortfall_policy=ShortfallPolicy.BLOCK if leave_out else ShortfallPolicy.CARRY,
        rule_pack_code=pack.code,
        rule_pack_version=pack.version,
        content_hash=_UNHASHED,
        made_by=freeze.maker,
        made_at=uow.at,
    )
    uow.session.add(batch)
    await uow.session.flush()
    return batch


async def _next_number(uow: UnitOfWork, order: FreezeOrder) -> int:
    """The next number of this agency, scheme and month; given back if the freeze is undone."""
    number: int = await uow.fetch_value(
        load_sql(__file__, "next_number"),
        area_code=uow.area_code,
        agency_id=order.agency_id,
        scheme=order.scheme,
        period=order.period,
    )
    return number


async def approve_batch(uow: UnitOfWork, *, batch_id: UUID) -> PaymentBatch:
    """The checker approves the frozen content.

    Raises BatchStateRefused, ContentChanged, SamePerson, NotAPerson.
    """
    batch = await _lock_for(uow, batch_id, BatchStatus.APPROVED)
    await _require_unchanged(uow, batch)
    checker = await record_decision(uow, subject=_subject(batch), step=ApprovalStep.CHECKER)
    await _move(uow, batch, BatchStatus.APPROVED, approved_by=checker, approved_at=uow.at)
    await uow.record(BatchApproved(**_facts(batch)))
    return batch


async def release_batch(uow: UnitOfWork, *, batch_id: UUID) -> PaymentBatch:
    """The releaser lets the payments go; only now may they be sent.

    Every hospital's mandate must be in force today and no payee blocked since the freeze: else
    refused with the list, to be voided and frozen again. Raises BatchStateRefused,
    ContentChanged, MandateEnded, PayeeBlocked, ReleaseLimitExceeded, CalendarNotLoaded,
    SamePerson, NotAPerson.
    """
    batch = await _lock_for(uow, batch_id, BatchStatus.RELEASED)
    await _require_unchanged(uow, batch)
    await _require_calendar(uow)
    if hospitals := await queries.unmandated_hospitals(uow, batch_id=batch_id):
        raise MandateEnded(hospital_codes=hospitals)
    if suppliers := await queries.blocked_payees(uow, batch_id=batch_id):
        raise PayeeBlocked(usccs=suppliers)
    await _require_within_limit(uow, batch)
    releaser = await record_decision(uow, subject=_subject(batch), step=ApprovalStep.RELEASER)
    await _move(uow, batch, BatchStatus.RELEASED, released_by=releaser, released_at=uow.at)
    await uow.execute(
        "UPDATE payment SET is_released = true"
        " WHERE area_code = :area_code AND payment_batch_id = :batch_id",
        area_code=uow.area_code,
        batch_id=batch_id,
    )
    await uow.record(BatchReleased(**_facts(batch)))
    return batch


async def require_approved(uow: UnitOfWork, *, batch_id: UUID, lock: bool = True) -> bool:
    """Whether a batch may be paid: locks it, and takes its content hash again from the rows.

    Without `lock` for who may only read.

    False when it is not released or was halted. Raises ContentChanged when the rows are not what
    three people approved: whoever signs then signs nothing.
    """
    batch = await (queries.lock_batch if lock else queries.get_batch)(uow, batch_id=batch_id)
    if batch.status != BatchStatus.RELEASED or batch.halted_at is not None:
        return False
    await _require_unchanged(uow, batch)
    standing = await standing_decisions(uow, subject=_subject(batch))
    if {each.step for each in standing} != set(ORDER):
        raise ContentChanged
    return True


async def halt_batch(uow: UnitOfWork, *, batch_id: UUID, fault: str) -> None:
    """Stops a released batch and says so, once: nothing more of it is signed or sent."""
    halted = await uow.execute(
        "UPDATE payment_batch SET halted_at = :at"
        " WHERE area_code = :area_code AND id = :batch_id AND halted_at IS NULL",
        area_code=uow.area_code,
        batch_id=batch_id,
        at=uow.at,
    )
    if halted:
        await uow.record(BatchHalted(area_code=uow.area_code, aggregate_id=batch_id, fault=fault))


async def resume_batch(uow: UnitOfWork, *, batch_id: UUID) -> PaymentBatch:
    """Lets a halted batch be tried again: it goes on if its rows are what was approved again.

    Raises BatchNotFound, BatchNotHalted, NotAPerson.
    """
    deciding_person(uow)
    batch = await queries.lock_batch(uow, batch_id=batch_id)
    if batch.halted_at is None:
        raise BatchNotHalted
    batch.halted_at = None
    await uow.session.flush()
    await uow.record(BatchResumed(area_code=uow.area_code, aggregate_id=batch_id))
    return batch


async def void_batch(uow: UnitOfWork, *, batch_id: UUID, reason: str) -> PaymentBatch:
    """Undoes a batch that was not released: shares, set-offs and claim capacity are free again.

    Raises BatchStateRefused, NotAPerson.
    """
    person = deciding_person(uow)
    batch = await _lock_for(uow, batch_id, BatchStatus.VOIDED)
    await _run(uow, "void_content", area_code=uow.area_code, batch_id=batch_id)
    held = await uow.fetch_all(
        "SELECT hospital_id, planned_recovery_minor FROM batch_recovery"
        " WHERE area_code = :area_code AND payment_batch_id = :batch_id",
        area_code=uow.area_code,
        batch_id=batch_id,
    )
    await release(
        uow,
        parts=[
            CapacityPart(row.hospital_id, batch.scheme, batch.period, row.planned_recovery_minor)
            for row in held
        ],
    )
    await _move(
        uow, batch, BatchStatus.VOIDED, voided_by=person, voided_at=uow.at, void_reason=reason
    )
    await uow.record(BatchVoided(**_facts(batch), reason=reason))
    return batch


async def _lock_for(uow: UnitOfWork, batch_id: UUID, end: BatchStatus) -> PaymentBatch:
    batch = await queries.lock_batch(uow, batch_id=batch_id)
    if not may_move(BatchStatus(batch.status), end):
        raise BatchStateRefused(status=batch.status, wanted=end)
    return batch


async def _move(uow: UnitOfWork, batch: PaymentBatch, end: BatchStatus, **changes: Any) -> None:
    """One guarded statement: of many callers one moves the batch, the others are refused."""
    values = {"status": end, "version": batch.version + 1, **changes}
    connection = await uow.session.connection()
    moved = await connection.execute(
        update(PaymentBatch)
        .where(col(PaymentBatch.area_code) == uow.area_code)
        .where(col(PaymentBatch.id) == batch.id)
        .where(col(PaymentBatch.status) == batch.status)
        .where(col(PaymentBatch.version) == batch.version)
        .values(values)
    )
    if moved.rowcount != 1:
        raise BatchStateRefused(wanted=end)
    await uow.session.refresh(batch)


async def _require_unchanged(uow: UnitOfWork, batch: PaymentBatch) -> None:
    if await queries.content_hash(uow, batch_id=batch.id) != batch.content_hash:
        raise ContentChanged


async def _require_calendar(uow: UnitOfWork) -> None:
    try:
        (await load_calendar(uow)).is_working(uow.on)
    except CalendarMissing as error:
        raise CalendarNotLoaded(year=uow.on.year) from error


async def _require_within_limit(uow: UnitOfWork, batch: PaymentBatch) -> None:
    """Locks the account first: of two releases at once the second counts the first one in."""
    limit = (await pack_in_force(uow, uow.on)).release_limit(batch.scheme)
    if limit is None:
        return
    account = {"area_code": uow.area_code, "agency_account_id": batch.agency_account_id}
    await uow.fetch_one(load_sql(__file__, "lock_account"), **account)
    used = await uow.fetch_value(
        load_sql(__file__, "released_today"), **account, scheme=batch.scheme, on=uow.on
    )
    broken = beyond_limit(limit, asked_minor=batch.control_sum_minor, used_minor=used)
    if broken is not None:
        raise ReleaseLimitExceeded(**asdict(broken))


def _subject(batch: PaymentBatch) -> Subject:
    return Subject(SubjectKind.PAYMENT_BATCH, batch.id, batch.content_hash)


def _facts(batch: PaymentBatch) -> dict[str, Any]:
    return {
        "area_code": batch.area_code,
        "aggregate_id": batch.id,
        "aggregate_version": batch.version,
        "agency_id": batch.agency_id,
        "agency_account_id": batch.agency_account_id,
        "scheme": batch.scheme,
        "period": batch.period,
        "payment_count": batch.payment_count,
        "control_sum_minor": batch.control_sum_minor,
        "content_hash": batch.content_hash.hex(),
    }


async def _run(uow: UnitOfWork, name: str, **binds: Any) -> int:
    return await uow.execute(load_sql(__file__, name), **binds)
