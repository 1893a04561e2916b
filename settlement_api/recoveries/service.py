"""Books claims, issues offsets for what was paid, carries what a claim did not cover (model A)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from schemas.events.recoveries import AdvanceRecovered, ReceivableOpened, ShortfallChanged
from schemas.money import Money
from settlement_api.fund_claims.policy import CapacityPart
from settlement_api.fund_claims.service import consume, issue_offsets, reserve, restore
from settlement_api.ledger.service import Posting, post_effects, post_entries
from settlement_api.persistence import load_sql
from settlement_api.recoveries.policy import AcknowledgedOffset, claim_effects, offset_entry
from settlement_api.recoveries.queries import batch_standing, claim_figures
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.unit_of_work import UnitOfWork

PATIENCE: Final = timedelta(days=1)
"""After this long a batch's offsets are issued although some payments are still in doubt: a
hospital must not be paid in full because one line hangs."""


async def post_claims(uow: UnitOfWork, *, months: Sequence[str]) -> Posting:
    """Books what the fund owes hospitals for these months, as effect − already posted."""
    figures = await claim_figures(uow, months=months)
    return await post_effects(uow, effects=list(claim_effects(figures, on=uow.on)))


async def settle_batch(uow: UnitOfWork, *, batch_id: UUID, wait: bool = True) -> int:
    """Brings a batch's shortfall cases and offset instructions to what was paid.

    With `wait`, nothing happens while the bank's last word on some payment stands out. Repeating
    it changes nothing. Returns the number of instructions issued.
    """
    unsettled = await uow.fetch_value(
        load_sql(__file__, "unsettled_attempts"), area_code=uow.area_code, batch_id=batch_id
    )
    if wait and unsettled:
        return 0
    await _lock_batch(uow, batch_id)
    standing = await batch_standing(uow, batch_id=batch_id)
    await _store_shortfalls(uow, batch_id, standing)
    if not unsettled:
        await uow.execute(
            "INSERT INTO settled_batch (area_code, payment_batch_id, settled_at)"
            " VALUES (:area_code, :batch_id, :at) ON CONFLICT DO NOTHING",
            area_code=uow.area_code,
            batch_id=batch_id,
            at=uow.at,
        )
    return await _issue(uow, batch_id, standing)


async def settle_old_batches(uow: UnitOfWork) -> int:
    """Settles what was released longer ago than PATIENCE and is not, doubtful payments or not."""
    rows = await uow.fetch_all(
        load_sql(__file__, "batches_to_settle"),
        area_code=uow.area_code,
        before=uow.at - PATIENCE,
    )
    issued = [await settle_batch(uow, batch_id=row.id, wait=False) for row in rows]
    return sum(issued)


async def carry_shortfalls(uow: UnitOfWork, *, month: str) -> int:
    """Recovers open shortfalls of earlier months from this month's claims; fen recovered."""
    pack = await pack_in_force(uow, uow.on)
    cap = pack.shortfall.deduction_cap_percent
    await uow.fetch_all(load_sql(__file__, "lock_capacities"), area_code=uow.area_code, month=month)
    taken = await uow.fetch_all(
        load_sql(__file__, "carry_shortfalls"),
        area_code=uow.area_code,
        month=month,
        cap_percent=100 if cap is None else cap,
        at=uow.at,
    )
    if not taken:
        return 0
    parts = [CapacityPart(row.hospital_id, row.scheme, month, row.amount_minor) for row in taken]
    await reserve(uow, parts=parts)
    await consume(uow, parts=parts)
    for batch_id in sorted({row.payment_batch_id for row in taken}):
        await _lock_batch(uow, batch_id)
        await _issue(uow, batch_id, await batch_standing(uow, batch_id=batch_id))
    return sum(part.amount_minor for part in parts)


async def follow_carried_returns(uow: UnitOfWork) -> int:
    """Brings carried returns to the open shares; how many became receivable after N months.

    N is the rule pack's; a receivable still closes when later deliveries net it. Collecting it
    from the supplier is people's work: money that comes in is explained from suspense.
    """
    pack = await pack_in_force(uow, uow.on)
    await uow.execute(load_sql(__file__, "refresh_carried"), area_code=uow.area_code, at=uow.at)
    rows = await uow.fetch_all(
        load_sql(__file__, "open_receivables"),
        area_code=uow.area_code,
        months=pack.shortfall.carry_months_until_receivable,
        on=uow.on,
        at=uow.at,
    )
    await uow.record_all(
        [
            ReceivableOpened(
                area_code=uow.area_code,
                aggregate_id=row.id,
                hospital_id=row.hospital_id,
                supplier_id=row.supplier_id,
                scheme=row.scheme,
                amount_minor=row.amount_minor,
                carried_since=row.carried_since,
            )
            for row in rows
        ]
    )
    return len(rows)


async def recover(uow: UnitOfWork, *, batch_id: UUID, instruction_ids: Sequence[UUID]) -> int:
    """Books acknowledged instructions against the hospitals' advances; each once. Their number."""
    rows = await uow.fetch_all(
        load_sql(__file__, "acknowledged_offsets"),
        area_code=uow.area_code,
        instruction_ids=list(instruction_ids),
    )
    offsets = [
        AcknowledgedOffset(row.id, row.hospital_id, row.scheme, Money(row.amount_minor))
        for row in rows
    ]
    posting = await post_entries(uow, entries=[offset_entry(one, on=uow.on) for one in offsets])
    if posting.entries:
        await uow.record(
            AdvanceRecovered(
                area_code=uow.area_code,
                aggregate_id=batch_id,
                instruction_count=posting.entries,
                amount_minor=sum(offset.amount for offset in offsets),
            )
        )
    return posting.entries


async def _lock_batch(uow: UnitOfWork, batch_id: UUID) -> None:
    await uow.execute(
        "SELECT id FROM payment_batch WHERE area_code = :area_code AND id = :batch_id"
        " FOR NO KEY UPDATE",
        area_code=uow.area_code,
        batch_id=batch_id,
    )


async def _store_shortfalls(uow: UnitOfWork, batch_id: UUID, standing: Sequence[Row[Any]]) -> None:
    """Cases follow the payments; what was carried beyond a lowered shortfall is given back."""
    columns = {
        "area_code": uow.area_code,
        "batch_id": batch_id,
        "hospital_ids": [row.hospital_id for row in standing],
        "amounts": [row.shortfall_minor for row in standing],
        "at": uow.at,
    }
    back = await uow.fetch_all(load_sql(__file__, "give_back"), **columns)
    parts = [CapacityPart(row.hospital_id, row.scheme, row.month, row.amount_minor) for row in back]
    if parts:
        await restore(uow, parts=parts)
    changed = await uow.execute(
        load_sql(__file__, "store_shortfalls"),
        schemes=[row.scheme for row in standing],
        months=[row.month for row in standing],
        **columns,
    )
    if changed or parts:
        await uow.record(
            ShortfallChanged(
                area_code=uow.area_code,
                aggregate_id=batch_id,
                hospital_count=sum(row.shortfall_minor > 0 for row in standing),
                shortfall_minor=sum(row.shortfall_minor for row in standing),
                recovered_minor=sum(row.recovered_minor for row in standing),
            )
        )


async def _issue(uow: UnitOfWork, batch_id: UUID, standing: Sequence[Row[Any]]) -> int:
    """Instructs what the batch has consumed now: of its own month, and carried to later ones."""
    carried = await uow.fetch_all(
        load_sql(__file__, "carried_parts"), area_code=uow.area_code, batch_id=batch_id
    )
    targets = [
        CapacityPart(row.hospital_id, row.scheme, row.month, row.recovered_minor)
        for row in standing
        if row.recovered_minor
    ]
    targets += [
        CapacityPart(row.hospital_id, row.scheme, row.month, row.amount_minor) for row in carried
    ]
    return await issue_offsets(uow, payment_batch_id=batch_id, targets=targets)
