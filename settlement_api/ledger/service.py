"""Posting to the ledger: set-wise, all or nothing, one numbered posting per ledger and call."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from schemas.codes.ledger import Book
from schemas.events.ledger import PeriodClosedEvent
from schemas.money import Money
from settlement_api.approvals.service import deciding_person
from settlement_api.ledger.errors import (
    EntryInvalid,
    PendingExceeded,
    PendingNotFound,
    PendingResolved,
    PeriodClosed,
    PeriodNotOver,
    PurposeReused,
)
from settlement_api.ledger.policy import (
    NIL,
    AccountKey,
    Effect,
    EffectKey,
    EntryDraft,
    Leg,
    differences,
    faults_of,
    period_of,
)
from settlement_api.ledger.queries import posted_amounts
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

__all__ = [
    "AccountKey",
    "Effect",
    "EffectKey",
    "EntryDraft",
    "Leg",
    "Posting",
    "close_period",
    "post_effects",
    "post_entries",
]

DRAFT_TABLE: Final = """
    entry_no integer, leg_number integer, book text STORAGE PLAIN, scheme text STORAGE PLAIN,
    basis_kind text STORAGE PLAIN, basis_id uuid, purpose text STORAGE PLAIN, booking_date date,
    value_date date,
    period text STORAGE PLAIN,
    debit_kind text STORAGE PLAIN, debit_party uuid, debit_counterparty uuid,
    credit_kind text STORAGE PLAIN, credit_party uuid, credit_counterparty uuid,
    amount_minor bigint, state text STORAGE PLAIN, resolves uuid,
    transfer_id uuid DEFAULT uuidv7()
"""
"""Plain texts: a table beside it for long ones would be built anew after each transaction."""
DRAFT_COLUMNS = (
    "entry_no",
    "leg_number",
    "book",
    "scheme",
    "basis_kind",
    "basis_id",
    "purpose",
    "booking_date",
    "value_date",
    "period",
    "debit_kind",
    "debit_party",
    "debit_counterparty",
    "credit_kind",
    "credit_party",
    "credit_counterparty",
    "amount_minor",
    "state",
    "resolves",
)

REFUSALS = {"not_found": PendingNotFound, "resolved": PendingResolved, "exceeded": PendingExceeded}


@dataclass(frozen=True, slots=True)
class Posting:
    """What one call booked; `replayed` entries stood posted before and were left alone."""

    entries: int
    transfers: int
    replayed: int


async def post_entries(uow: UnitOfWork, *, entries: Sequence[EntryDraft]) -> Posting:
    """Books entries, all or none, in a handful of statements whatever their number.

    Give everything one step books in one call: ledger heads are locked in one order per call,
    and a second call may meet another transaction that took them the other way round.

    Raises EntryInvalid, PeriodClosed, PurposeReused, PendingNotFound, PendingResolved,
    PendingExceeded.
    """
    if not entries:
        return Posting(0, 0, 0)
    faults = faults_of(entries)
    if faults:
        raise EntryInvalid(faults=faults)
    await _lock_ledgers(uow, {(entry.book, entry.scheme) for entry in entries})
    await uow.keep_staging({"ledger_draft": DRAFT_TABLE})
    await uow.copy_rows("ledger_draft", DRAFT_COLUMNS, _records(entries))
    await uow.execute(load_sql(__file__, "open_accounts"), area_code=uow.area_code)
    replayed = await _drop_replayed(uow, entries)
    fresh = [entry for at, entry in enumerate(entries) if at not in replayed]
    if fresh:
        await _require_open(uow, sorted({period_of(entry.booking_date) for entry in fresh}))
        await _require_resolvable(uow, fresh)
        await _post_drafts(uow)
    return Posting(len(fresh), sum(len(entry.legs) for entry in fresh), len(replayed))


async def post_effects(uow: UnitOfWork, *, effects: Sequence[Effect]) -> Posting:
    """Books effect − already posted for every basis and pair of accounts.

    Repeating the call books nothing; a smaller effect books the difference the other way round.
    What fell away altogether must be given with amount 0: absence says nothing.
    """
    if not effects:
        return Posting(0, 0, 0)
    # Heads first: what stands posted must not move between the question and the answer.
    await _lock_ledgers(uow, {(effect.book, effect.scheme) for effect in effects})
    posted: dict[EffectKey, Money] = {}
    for basis_kind in sorted({effect.basis_kind for effect in effects}):
        basis_ids = [effect.basis_id for effect in effects if effect.basis_kind == basis_kind]
        posted |= await posted_amounts(uow, basis_kind=basis_kind, basis_ids=basis_ids)
    return await post_entries(uow, entries=differences(effects, posted))


async def close_period(uow: UnitOfWork, *, period: str) -> None:
    """Closes a month of the area's books; it and every earlier one take no more postings.

    What moved in them is kept with a digest, for verification to compare with. Waits for postings
    under way. Raises NotAPerson, PeriodNotOver, and PeriodClosed when it is closed already.
    """
    deciding_person(uow)
    if period >= period_of(uow.on):
        raise PeriodNotOver(period=period)
    await uow.fetch_all(load_sql(__file__, "lock_all_heads"), area_code=uow.area_code)
    await uow.execute(load_sql(__file__, "open_periods"), area_code=uow.area_code, periods=[period])
    closed = await uow.fetch_one(
        load_sql(__file__, "close_period"),
        area_code=uow.area_code,
        period=period,
        at=uow.at,
        closed_by=uow.actor.name,
    )
    if closed is None:
        raise PeriodClosed(period=period)
    await uow.execute(load_sql(__file__, "keep_movements"), area_code=uow.area_code, period=period)
    await uow.record(
        PeriodClosedEvent(area_code=uow.area_code, aggregate_id=closed.id, period=period)
    )


async def _lock_ledgers(uow: UnitOfWork, named: set[tuple[Book, str]]) -> None:
    """Locks the heads of the ledgers named, making those the area does not have yet."""
    ledgers = sorted(named)
    binds: dict[str, Any] = {
        "area_code": uow.area_code,
        "books": [str(book) for book, _ in ledgers],
        "schemes": [str(scheme) for _, scheme in ledgers],
    }
    locked = await uow.fetch_all(load_sql(__file__, "lock_heads"), **binds)
    if len(locked) < len(ledgers):
        await uow.execute(load_sql(__file__, "open_ledgers"), **binds, at=uow.at)
        locked = await uow.fetch_all(load_sql(__file__, "lock_heads"), **binds)
        assert len(locked) == len(ledgers), "a ledger has no head"


def _records(entries: Sequence[EntryDraft]) -> Iterator[tuple[Any, ...]]:
    for entry_no, entry in enumerate(entries):
        head = (entry.book, entry.scheme, entry.basis_kind, entry.basis_id)
        value_date = entry.value_date or entry.booking_date
        dated = (entry.purpose, entry.booking_date, value_date, period_of(entry.booking_date))
        for leg_number, leg in enumerate(entry.legs, start=1):
            yield (
                entry_no,
                leg_number,
                *head,
                *dated,
                *_key(leg.debit),
                *_key(leg.credit),
                leg.amount,
                leg.state,
                leg.resolves,
            )


def _key(account: AccountKey) -> tuple[str, UUID, UUID]:
    return account.kind, account.party_id or NIL, account.counterparty_id or NIL


async def _drop_replayed(uow: UnitOfWork, entries: Sequence[EntryDraft]) -> set[int]:
    """Takes entries whose purpose was posted before out of the drafts; their numbers."""
    if not any(entry.purpose for entry in entries):
        return set()
    rows = await uow.fetch_all(load_sql(__file__, "replayed_entries"), area_code=uow.area_code)
    for row in rows:
        if not row.agrees:
            entry = entries[row.entry_no]
            raise PurposeReused(
                basis_kind=entry.basis_kind, basis_id=str(entry.basis_id), purpose=entry.purpose
            )
    replayed = {row.entry_no for row in rows}
    if replayed:
        await uow.execute(
            "DELETE FROM ledger_draft WHERE entry_no = ANY(:replayed)", replayed=sorted(replayed)
        )
    return replayed


async def _require_open(uow: UnitOfWork, periods: list[str]) -> None:
    """Share-locks the periods, opening new ones, and refuses closed ones."""
    binds = {"area_code": uow.area_code, "periods": periods}
    locked = await uow.fetch_all(load_sql(__file__, "lock_periods"), **binds)
    if len(locked) < len(periods):
        await uow.execute(load_sql(__file__, "open_periods"), **binds)
        locked = await uow.fetch_all(load_sql(__file__, "lock_periods"), **binds)
    closed = [row.period for row in locked if row.closed]
    if closed:
        raise PeriodClosed(periods=closed)


async def _require_resolvable(uow: UnitOfWork, entries: Sequence[EntryDraft]) -> None:
    if not any(leg.resolves for entry in entries for leg in entry.legs):
        return
    unfit = await uow.fetch_all(load_sql(__file__, "unfit_resolutions"), area_code=uow.area_code)
    for row in unfit:
        raise REFUSALS[row.fault](transfer_id=str(row.resolves))


async def _post_drafts(uow: UnitOfWork) -> None:
    await uow.execute(
        load_sql(__file__, "post_drafts"),
        area_code=uow.area_code,
        at=uow.at,
        actor_kind=uow.actor.kind,
        actor_id=uow.actor.id,
        actor_name=uow.actor.name,
    )
