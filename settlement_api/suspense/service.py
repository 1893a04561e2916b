"""Opens suspense cases, ends them by two people, and registers where an account is funded from."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from schemas.bank import BankMeaning
from schemas.codes.bank_statements import SuspenseReason, SuspenseResolution, SuspenseStatus
from schemas.codes.ledger import Book
from schemas.codes.payments import EvidenceSource
from schemas.codes.roles import Role
from schemas.events.suspense import FundingSourceRegistered, SuspenseMovedEvent
from schemas.money import Money
from schemas.tables.bank_statements import FundingSource
from schemas.times import CalendarMissing
from settlement_api.approvals.service import deciding_person
from settlement_api.encryption import Keyring
from settlement_api.ledger.service import EntryDraft, post_entries
from settlement_api.outcomes.errors import DebitUnfit
from settlement_api.outcomes.policy import (
    DECISION_MAP_VERSION,
    News,
    UnnamedDebit,
    UnnamedReturn,
    debit_fits,
)
from settlement_api.outcomes.service import record_news, record_return, require_return_fits
from settlement_api.persistence import load_sql
from settlement_api.rule_packs.service import terms_in_force
from settlement_api.suspense import queries
from settlement_api.suspense.errors import (
    DebitNeedsPayments,
    DebitSaidBefore,
    FundingSourceMoved,
    PaymentDecides,
    ResolutionUnfit,
    ReturnNeedsPayment,
    SuspenseMoved,
    SuspenseNotFound,
)
from settlement_api.suspense.policy import (
    agrees,
    is_believed_again,
    legs_of,
    resolution_fits,
)
from settlement_api.suspense.queries import CorrectedEntry, SaidOfDebit
from settlement_api.unit_of_work import UnitOfWork


async def open_cases(uow: UnitOfWork, *, waiting: Sequence[tuple[UUID, SuspenseReason]]) -> int:
    """Opens a case for each statement entry named; finance owns it until its deadline.

    A case that ended as a payment's return, or as payments, opens anew: what ended it is not
    believed any more.
    """
    if not waiting:
        return 0
    terms = await terms_in_force(uow, uow.on)
    try:
        days = terms.pack.deadlines.suspense_within_working_days
        due_date = terms.calendar.add_working_days(uow.on, days)
    except CalendarMissing:
        due_date = None
    return await uow.execute(
        load_sql(__file__, "open_cases"),
        area_code=uow.area_code,
        entry_ids=[entry_id for entry_id, _ in waiting],
        reasons=[reason.value for _, reason in waiting],
        owner_role=Role.FINANCE.value,
        due_date=due_date,
        at=uow.at,
    )


async def settle_corrected(
    uow: UnitOfWork, *, attempt_id: UUID, evidence_ids: Sequence[UUID]
) -> None:
    """Statement entries that people's correction of an attempt is about, or is about no more: what
    waits has an open case, and a case without money ends by the word of the two people.
    """
    entries = await queries.corrected_entries(uow, attempt_id=attempt_id, evidence_ids=evidence_ids)
    waiting = [entry.id for entry in entries if entry.waits]
    await open_cases(uow, waiting=[(entry, SuspenseReason.DISBELIEVED) for entry in waiting])
    for entry in entries:
        if not entry.waits:
            await _end_case(uow, entry, attempt_id, evidence_ids)


async def _end_case(
    uow: UnitOfWork, entry: CorrectedEntry, attempt_id: UUID, evidence_ids: Sequence[UUID]
) -> None:
    resolution = (
        SuspenseResolution.PAYMENT_RETURN if entry.is_credit else SuspenseResolution.PAYMENTS
    )
    case_id = await uow.fetch_value(
        load_sql(__file__, "end_case"),
        area_code=uow.area_code,
        statement_entry_id=entry.id,
        resolution=resolution.value,
        attempt_ids=entry.attempt_ids,
        attempt_id=attempt_id,
        evidence_ids=sorted(evidence_ids),
        at=uow.at,
    )
    if case_id is not None:
        await _tell(uow, case_id, SuspenseStatus.RESOLVED, resolution, entry.attempt_ids)


async def propose_resolution(
    uow: UnitOfWork,
    *,
    case_id: UUID,
    resolution: SuspenseResolution,
    note: str,
    attempt_id: UUID | None = None,
    attempt_ids: Sequence[UUID] = (),
) -> None:
    """The first person says what the money is.

    `attempt_id` names the payment that came back where the entry names none, `attempt_ids` the
    payments that a debit is. Raises NotAPerson, SuspenseNotFound, ResolutionUnfit,
    ReturnNeedsPayment, ReturnUnfit, DebitNeedsPayments, DebitUnfit, DebitSaidBefore,
    PaymentDecides, SuspenseMoved.
    """
    person = deciding_person(uow)
    case = await queries.find_case(uow, case_id=case_id)
    if case is None:
        raise SuspenseNotFound
    if not resolution_fits(resolution, is_credit=case.is_credit):
        raise ResolutionUnfit(resolution=resolution)
    if (resolution is SuspenseResolution.PAYMENTS) != bool(attempt_ids):
        raise DebitNeedsPayments
    await _require_agreement(uow, case_id, resolution, attempt_id)
    if attempt_id is not None:
        await require_return_fits(uow, _unnamed_return(case, attempt_id))
    if attempt_ids:
        await _require_debit_fits(uow, _unnamed_debit(case, attempt_ids))
    await _move(
        uow,
        case_id,
        "status = 'open'",
        "status = 'proposed', resolution = :resolution, attempt_id = :attempt_id,"
        " attempt_ids = :attempt_ids, note = :note, proposed_by = :person",
        {
            "resolution": resolution.value,
            "attempt_id": attempt_id,
            "attempt_ids": sorted(set(attempt_ids)),
            "note": note,
            "person": person,
        },
    )
    await _tell(uow, case_id, SuspenseStatus.PROPOSED, resolution, attempt_ids)


async def _require_agreement(
    uow: UnitOfWork, case_id: UUID, resolution: SuspenseResolution, attempt_id: UUID | None
) -> None:
    """So that money leaves suspense once: by the payment that an entry names, or by its case."""
    payment = await queries.named_payment(uow, case_id=case_id)
    is_unnamed_return = payment is None and resolution is SuspenseResolution.PAYMENT_RETURN
    if is_unnamed_return != (attempt_id is not None):
        raise ReturnNeedsPayment
    if payment is not None and not agrees(
        resolution, returned=payment.returned, dismissed=payment.dismissed
    ):
        raise PaymentDecides


def _unnamed_return(case: Any, attempt_id: UUID) -> UnnamedReturn:
    return UnnamedReturn(
        attempt_id=attempt_id,
        agency_account_id=case.agency_account_id,
        statement_entry_id=case.statement_entry_id,
        amount_minor=case.amount_minor,
    )


def _unnamed_debit(case: Any, attempt_ids: Iterable[UUID]) -> UnnamedDebit:
    return UnnamedDebit(frozenset(attempt_ids), case.agency_account_id, case.statement_entry_id)


async def _require_debit_fits(uow: UnitOfWork, debit: UnnamedDebit) -> list[SaidOfDebit]:
    """The attempts that a debit is said to be, locked: sent from its account, none refused or
    debited before, and together what of it still waits, to the fen. Raises DebitUnfit, and
    DebitSaidBefore where it was one of them by people's word that can be believed again.
    """
    attempts = await queries.said_of_debit(uow, debit=debit)
    if len(attempts) != len(debit.attempt_ids):
        raise DebitUnfit("not all of them are payments sent from that account")
    entry_id = debit.statement_entry_id
    waiting = await queries.waiting_of_debits(uow, entry_ids=[entry_id])
    if sum(attempt.amount_minor for attempt in attempts) != waiting.get(entry_id):
        raise DebitUnfit("their amounts do not make what waits of the debit")
    for one in attempts:
        if not debit_fits(one.facts, amount_minor=one.amount_minor):
            raise DebitUnfit(f"payment {one.attempt_id.hex} was refused, or debited before")
        if is_believed_again(one.facts, one.words, amount_minor=one.amount_minor):
            raise DebitSaidBefore(f"payment {one.attempt_id.hex}")
    return attempts


def _reference(debit: UnnamedDebit, said: SaidOfDebit) -> str:
    """Said again it is another piece of evidence: the ones before are not believed."""
    entry = str(debit.statement_entry_id)
    return f"{entry} {len(said.words)}" if said.words else entry


async def _record_debits(
    uow: UnitOfWork, *, cause_id: UUID, debit: UnnamedDebit, decided_by: tuple[UUID, UUID]
) -> Money:
    """Two people's word that a debit is these payments: each was debited whole; the sum in fen.

    Raises DebitUnfit, DebitSaidBefore.
    """
    said = await _require_debit_fits(uow, debit)
    kind = BankMeaning.BOOKED_DEBIT
    news = [
        News(
            one.attempt_id,
            EvidenceSource.HUMAN_DECISION,
            kind,
            kind.upper(),
            DECISION_MAP_VERSION,
            amount_minor=one.amount_minor,
            reference=_reference(debit, one),
            statement_entry_id=debit.statement_entry_id,
            decided_by=decided_by,
        )
        for one in said
    ]
    await record_news(uow, cause_id=cause_id, news=news)
    return Money(sum(one.amount_minor for one in said))


async def refuse_resolution(uow: UnitOfWork, *, case_id: UUID) -> None:
    """Somebody does not agree: the case is open again. Raises SuspenseMoved."""
    deciding_person(uow)
    await _move(
        uow,
        case_id,
        "status = 'proposed'",
        "status = 'open', resolution = NULL, attempt_id = NULL, attempt_ids = '{}',"
        " proposed_by = NULL",
        {},
    )
    await _tell(uow, case_id, SuspenseStatus.OPEN, None)


async def confirm_resolution(uow: UnitOfWork, *, case_id: UUID) -> None:
    """A second person confirms, and the money leaves suspense.

    Raises NotAPerson, SuspenseMoved, and PaymentDecides, ReturnUnfit, DebitUnfit or
    DebitSaidBefore when the payment has moved on since the proposal.
    """
    person = deciding_person(uow)
    case = await _move(
        uow,
        case_id,
        "status = 'proposed' AND proposed_by <> :person",
        "status = 'resolved', confirmed_by = :person, resolved_at = :at",
        {"person": person, "at": uow.at},
    )
    resolution = SuspenseResolution(case.resolution)
    await _require_agreement(uow, case_id, resolution, case.attempt_id)
    if case.attempt_id is not None:
        await record_return(
            uow,
            cause_id=case_id,
            entry=_unnamed_return(case, case.attempt_id),
            decided_by=(case.proposed_by, person),
        )
    amount = Money(case.amount_minor)
    if case.attempt_ids:
        amount = await _record_debits(
            uow,
            cause_id=case_id,
            debit=_unnamed_debit(case, case.attempt_ids),
            decided_by=(case.proposed_by, person),
        )
    legs = legs_of(resolution, amount=amount)
    if legs:
        entry = EntryDraft(
            book=Book.FUND,
            scheme=case.scheme,
            basis_kind="suspense_case",
            basis_id=case_id,
            booking_date=uow.on,
            legs=legs,
            # A debit that was booked as payments and disbelieved in part is booked a second time.
            purpose="" if case.attempt_ids else "resolved",
        )
        await post_entries(uow, entries=[entry])
    await _tell(uow, case_id, SuspenseStatus.RESOLVED, resolution, case.attempt_ids)


async def _move(
    uow: UnitOfWork, case_id: UUID, where: str, change: str, binds: dict[str, Any]
) -> Any:
    """One guarded step of a case; of many callers one wins."""
    case = await uow.fetch_one(
        f"UPDATE suspense_case SET {change}"
        f" WHERE area_code = :area_code AND id = :case_id AND {where}"
        " RETURNING scheme, amount_minor, resolution, attempt_id, attempt_ids, agency_account_id,"
        " statement_entry_id, proposed_by",
        area_code=uow.area_code,
        case_id=case_id,
        **binds,
    )
    if case is None:
        raise SuspenseMoved
    return case


async def _tell(
    uow: UnitOfWork,
    case_id: UUID,
    status: SuspenseStatus,
    resolution: SuspenseResolution | None,
    attempt_ids: Iterable[UUID] = (),
) -> None:
    await uow.record(
        SuspenseMovedEvent(
            area_code=uow.area_code,
            aggregate_id=case_id,
            status=status,
            resolution=resolution,
            attempt_ids=sorted(set(attempt_ids)),
        )
    )


async def propose_funding_source(
    uow: UnitOfWork,
    *,
    keyring: Keyring,
    agency_account_id: UUID,
    account_number: str,
    account_name: str,
) -> UUID:
    """The first person names an account that funds an agency account; returns its id."""
    person = deciding_person(uow)
    return await register_funding_source(
        uow,
        keyring=keyring,
        agency_account_id=agency_account_id,
        account_number=account_number,
        account_name=account_name,
        proposed_by=person,
        approved_by=None,
    )


async def register_funding_source(
    uow: UnitOfWork,
    *,
    keyring: Keyring,
    agency_account_id: UUID,
    account_number: str,
    account_name: str,
    proposed_by: UUID,
    approved_by: UUID | None,
) -> UUID:
    """Registers a funding source as two people decided it; the same account gives its id again.

    `approved_by` None leaves it waiting for a second person. The database refuses one person
    in both places.
    """
    index = keyring.blind_index(account_number)
    known = await uow.fetch_value(
        "SELECT id FROM funding_source WHERE area_code = :area_code"
        " AND agency_account_id = :account_id AND account_blind_index = :index",
        area_code=uow.area_code,
        account_id=agency_account_id,
        index=index,
    )
    if known is not None:
        return UUID(int=known.int)
    source_id = await uow.fresh_id()
    ciphertext, key_id = keyring.encrypt(account_number.encode(), of=source_id)
    source = FundingSource(
        area_code=uow.area_code,
        id=source_id,
        agency_account_id=agency_account_id,
        account_ciphertext=ciphertext,
        key_id=key_id,
        account_blind_index=index,
        account_last4=account_number[-4:],
        account_name=account_name,
        proposed_by=proposed_by,
        approved_by=approved_by,
        approved_at=uow.at if approved_by else None,
    )
    uow.session.add(source)
    await uow.session.flush()
    await _tell_source(uow, source.id, agency_account_id, approved=approved_by is not None)
    return source.id


async def approve_funding_source(uow: UnitOfWork, *, source_id: UUID) -> None:
    """A second person approves; from now on credits from it are funding.

    Raises NotAPerson, FundingSourceMoved.
    """
    moved = await uow.fetch_one(
        "UPDATE funding_source SET approved_by = :person, approved_at = :at"
        " WHERE area_code = :area_code AND id = :source_id AND approved_by IS NULL"
        " AND proposed_by <> :person RETURNING agency_account_id",
        area_code=uow.area_code,
        source_id=source_id,
        person=deciding_person(uow),
        at=uow.at,
    )
    if moved is None:
        raise FundingSourceMoved
    await _tell_source(uow, source_id, moved.agency_account_id, approved=True)


async def _tell_source(
    uow: UnitOfWork, source_id: UUID, agency_account_id: UUID, *, approved: bool
) -> None:
    await uow.record(
        FundingSourceRegistered(
            area_code=uow.area_code,
            aggregate_id=source_id,
            agency_account_id=agency_account_id,
            approved=approved,
        )
    )
