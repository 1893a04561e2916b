"""What waits in suspense, and from where an agency account is funded."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import col, select

from schemas.codes.bank_statements import SuspenseStatus
from schemas.codes.payments import DecisionKind
from schemas.tables.bank_statements import FundingSource, SuspenseCase
from settlement_api.outcomes.policy import Fact, UnnamedDebit, disbelieved, fact_of
from settlement_api.outcomes.queries import facts_of
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork


async def list_cases(
    uow: UnitOfWork,
    *,
    status: SuspenseStatus | None,
    agency_account_id: UUID | None = None,
    overdue_on: date | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[SuspenseCase]:
    """Suspense cases, newest first, at most `limit`; `overdue_on`: that waited past their deadline
    on that day."""
    query = select(SuspenseCase).where(col(SuspenseCase.area_code) == uow.area_code)
    if status is not None:
        query = query.where(col(SuspenseCase.status) == status.value)
    if agency_account_id is not None:
        query = query.where(col(SuspenseCase.agency_account_id) == agency_account_id)
    if overdue_on is not None:
        query = query.where(
            col(SuspenseCase.status) != SuspenseStatus.RESOLVED.value,
            col(SuspenseCase.due_date) < overdue_on,
        )
    if after is not None:
        query = query.where(col(SuspenseCase.id) < after)
    found = await uow.session.exec(query.order_by(col(SuspenseCase.id).desc()).limit(limit))
    return found.all()


async def find_case(uow: UnitOfWork, *, case_id: UUID) -> SuspenseCase | None:
    """One suspense case of the area, locked before the payments that a step of it speaks of."""
    return await uow.session.get(
        SuspenseCase, (uow.area_code, case_id), with_for_update={"key_share": True}
    )


@dataclass(frozen=True, slots=True)
class SaidOfDebit:
    """An attempt that a debit is said to be, in fen, its evidence, and the words by which people
    said so before, the oldest first.
    """

    attempt_id: UUID
    amount_minor: int
    facts: Sequence[Fact]
    words: Sequence[UUID]


async def said_of_debit(uow: UnitOfWork, *, debit: UnnamedDebit) -> list[SaidOfDebit]:
    """Those of the attempts that were sent from the debit's account, locked."""
    binds = {"area_code": uow.area_code, "attempt_ids": sorted(debit.attempt_ids)}
    attempts = await uow.fetch_all(
        load_sql(__file__, "attempts_of_debit"),
        agency_account_id=debit.agency_account_id,
        **binds,
    )
    facts: dict[UUID, list[Fact]] = {}
    words: dict[UUID, list[UUID]] = {}
    for row in await uow.fetch_all(
        load_sql(__file__, "evidence_of_attempts"),
        statement_entry_id=debit.statement_entry_id,
        **binds,
    ):
        facts.setdefault(row.attempt_id, []).append(fact_of(row))
        if row.is_of_debit:
            words.setdefault(row.attempt_id, []).append(row.id)
    return [
        SaidOfDebit(one.id, one.amount_minor, facts.get(one.id, []), words.get(one.id, []))
        for one in attempts
    ]


@dataclass(frozen=True, slots=True)
class OpenDebit:
    """What of a debit is no payment yet, in fen, and the attempts that it is by the word of two
    people that is believed.
    """

    waiting_minor: int
    attempt_ids: Sequence[UUID]


async def open_debits(uow: UnitOfWork, *, entry_ids: Sequence[UUID]) -> dict[UUID, OpenDebit]:
    """How these debits stand, by statement entry."""
    rows = await uow.fetch_all(
        load_sql(__file__, "said_of_debits"),
        area_code=uow.area_code,
        statement_entry_ids=entry_ids,
    )
    wrong = await _disbelieved(uow, {row.attempt_id for row in rows if row.word_id is not None})
    found = {row.id: OpenDebit(row.amount_minor, []) for row in rows}
    for row in rows:
        if row.word_id is not None and row.word_id not in wrong:
            before = found[row.id]
            found[row.id] = OpenDebit(
                before.waiting_minor - row.said_minor, [*before.attempt_ids, row.attempt_id]
            )
    return found


async def _disbelieved(uow: UnitOfWork, attempt_ids: Set[UUID]) -> frozenset[UUID]:
    """Evidence of these attempts that people do not believe, as their corrections stand."""
    if not attempt_ids:
        return frozenset()
    rows = await uow.fetch_all(
        load_sql(__file__, "disbeliefs"),
        area_code=uow.area_code,
        ids=sorted(attempt_ids),
    )
    return disbelieved([fact_of(row) for row in rows])


async def waiting_of_debits(uow: UnitOfWork, *, entry_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Fen of each debit, less what two people booked as payments and is still believed."""
    debits = await open_debits(uow, entry_ids=entry_ids)
    return {entry_id: debit.waiting_minor for entry_id, debit in debits.items()}


@dataclass(frozen=True, slots=True)
class NamedPayment:
    """Whether the payment that an entry names is `returned`, or the entry `dismissed` for it:
    people said so, or do not believe it."""

    returned: bool
    dismissed: bool


async def named_payment(uow: UnitOfWork, *, case_id: UUID) -> NamedPayment | None:
    """What was decided about the payment that a case's entry names.

    Locks the payment's attempt first, so that what others committed while this waited is seen.
    """
    of_case = {"area_code": uow.area_code, "case_id": case_id}
    await uow.fetch_one(load_sql(__file__, "lock_named_payment"), **of_case)
    row = await uow.fetch_one(load_sql(__file__, "named_payment"), **of_case)
    if row is None:
        return None
    facts = await facts_of(uow, attempt_id=row.id)
    dismissed = disbelieved(facts).union(
        *(fact.about for fact in facts if fact.meaning == DecisionKind.RETURN_DISMISSED)
    )
    return NamedPayment(row.returned, row.evidence_id in dismissed)


@dataclass(frozen=True, slots=True)
class CorrectedEntry:
    """A statement entry that a correction of an attempt is about: whether money of it waits in
    suspense, and else, of a debit, the attempts that it is.
    """

    id: UUID
    is_credit: bool
    waits: bool
    attempt_ids: Sequence[UUID]


async def corrected_entries(
    uow: UnitOfWork, *, attempt_id: UUID, evidence_ids: Sequence[UUID]
) -> list[CorrectedEntry]:
    """The statement entries among this evidence of an attempt, and among what corrections in it are
    about, as people believe them now; their cases and the attempt are locked.
    """
    of_attempt = {"area_code": uow.area_code, "attempt_id": attempt_id}
    for lock in ("lock_corrected_cases", "lock_corrected_attempt"):
        await uow.fetch_all(load_sql(__file__, lock), **of_attempt)
    rows = await uow.fetch_all(
        load_sql(__file__, "corrected_entries"), evidence_ids=list(evidence_ids), **of_attempt
    )
    wrong = disbelieved(await facts_of(uow, attempt_id=attempt_id))
    debits = [row.id for row in rows if not row.is_credit]
    left = await open_debits(uow, entry_ids=debits)
    return [_corrected(row, attempt_id, wrong, left) for row in rows]


def _corrected(
    row: Row[Any], attempt_id: UUID, wrong: frozenset[UUID], left: Mapping[UUID, OpenDebit]
) -> CorrectedEntry:
    booked = row.booked_as is not None and row.booked_as not in wrong
    if row.is_credit:
        return CorrectedEntry(row.id, True, not (booked and row.is_returned), ())
    if booked:
        return CorrectedEntry(row.id, False, False, [attempt_id])
    debit = left[row.id]
    return CorrectedEntry(row.id, False, debit.waiting_minor > 0, debit.attempt_ids)


async def funding_indexes(uow: UnitOfWork, *, agency_account_id: UUID) -> frozenset[bytes]:
    """Blind indexes of the approved funding sources of an account."""
    query = select(FundingSource.account_blind_index).where(
        col(FundingSource.area_code) == uow.area_code,
        col(FundingSource.agency_account_id) == agency_account_id,
        col(FundingSource.approved_by).is_not(None),
    )
    return frozenset(bytes(index) for index in (await uow.session.exec(query)).all())
