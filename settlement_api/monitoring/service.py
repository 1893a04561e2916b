"""Takes what hospitals, suppliers and banks say was paid outside the fund, and for what."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from reconciler.self_payment_matching import DebtProposal, Use, uses_of
from schemas.codes.ledger import NO_SCHEME, AccountKind, Book
from schemas.codes.monitoring import SelfPaymentFault, SelfPaymentOutcome, Voice
from schemas.events.monitoring import SelfPaymentsTold, SelfPaymentUsesSaid
from schemas.messages.monitoring import (
    SelfPaymentReportResult,
    SelfPaymentRow,
    SelfPaymentRowResult,
)
from schemas.money import Money, yuan
from settlement_api.approvals.service import deciding_person
from settlement_api.ledger.service import AccountKey, Effect, post_effects
from settlement_api.monitoring.errors import ProposalGone, WordsGone
from settlement_api.monitoring.queries import own_money
from settlement_api.persistence import load_sql
from settlement_api.unit_of_work import UnitOfWork

BASIS_KIND: Final = "self_payment"
_COLUMNS: Final = (
    "row_no", "hospital_code", "supplier_uscc", "invoice_number", "reference", "amount_minor",
    "paid_date",
)  # fmt: skip
_STAGING: Final = """
    row_no int, hospital_code text STORAGE PLAIN, supplier_uscc text STORAGE PLAIN,
    invoice_number text STORAGE PLAIN, reference text STORAGE PLAIN, amount_minor bigint,
    paid_date date, hospital_id uuid, supplier_id uuid, outcome text STORAGE PLAIN,
    fault text STORAGE PLAIN
"""
"""Without a key and with plain texts: an index, and the table beside it for long texts, would be
built anew after each transaction, and the plans that read the table made anew with it."""


async def tell_self_payments(
    uow: UnitOfWork,
    *,
    voice: Voice,
    rows: Sequence[SelfPaymentRow],
    hospital_id: UUID | None = None,
    supplier_id: UUID | None = None,
) -> SelfPaymentReportResult:
    """Takes payments told by one voice, each row with its own result; telling twice is harmless.

    `hospital_id` or `supplier_id` is whoever tells: rows of others are rejected. Payments that
    the supplier or the bank vouches for are booked Dr owed / Cr self paid.
    """
    await uow.keep_staging({"told_payment": _STAGING})
    await uow.copy_rows("told_payment", _COLUMNS, _records(rows))
    judging = {
        "area_code": uow.area_code,
        "voice": voice.value,
        "today": uow.on,
        "own_hospital_id": hospital_id,
        "own_supplier_id": supplier_id,
    }
    await uow.execute(load_sql(__file__, "judge_rows"), **judging)
    for step in ("store_payments", "lock_payments"):
        await uow.execute(load_sql(__file__, step), area_code=uow.area_code, at=uow.at)
    # Whoever spoke while this waited has spoken first: only now is it certain what is new.
    await uow.execute(load_sql(__file__, "judge_rows"), **judging)
    stored = await uow.fetch_all(
        load_sql(__file__, "store_voices"),
        area_code=uow.area_code,
        voice=voice.value,
        at=uow.at,
        told_by=uow.actor.id,
    )
    if voice is not Voice.CLAIMED_BY_HOSPITAL:  # a payer vouches for nothing
        await _book(uow, [row.self_payment_id for row in stored])
    return await _result(uow, voice)


def _records(rows: Sequence[SelfPaymentRow]) -> list[tuple[object, ...]]:
    return [
        (
            row_no, row.hospital_code, row.supplier_uscc, row.invoice_number, row.reference,
            yuan(row.amount), row.paid_date,
        )
        for row_no, row in enumerate(rows, start=1)
    ]  # fmt: skip


async def _book(uow: UnitOfWork, payment_ids: Sequence[UUID]) -> None:
    rows = await uow.fetch_all(
        load_sql(__file__, "vouched_amounts"), area_code=uow.area_code, payment_ids=payment_ids
    )
    effects = [
        Effect(
            book=Book.TRADE,
            scheme=NO_SCHEME,
            basis_kind=BASIS_KIND,
            basis_id=row.id,
            booking_date=uow.on,
            debit=AccountKey(AccountKind.OWED, row.hospital_id, row.supplier_id),
            credit=AccountKey(AccountKind.SELF_PAID, row.hospital_id),
            amount=Money(row.amount_minor),
        )
        for row in rows
    ]
    await post_effects(uow, effects=effects)


async def _result(uow: UnitOfWork, voice: Voice) -> SelfPaymentReportResult:
    judged = await uow.fetch_all("SELECT row_no, outcome, fault FROM told_payment ORDER BY row_no")
    rows = [
        SelfPaymentRowResult(
            row_no=row.row_no,
            outcome=SelfPaymentOutcome(row.outcome),
            fault=SelfPaymentFault(row.fault) if row.fault else None,
        )
        for row in judged
    ]
    outcomes = [row.outcome for row in rows]
    result = SelfPaymentReportResult(
        received=len(rows),
        accepted=outcomes.count(SelfPaymentOutcome.ACCEPTED),
        unchanged=outcomes.count(SelfPaymentOutcome.UNCHANGED),
        rejected=outcomes.count(SelfPaymentOutcome.REJECTED),
        rows=rows,
    )
    call_id = await uow.fetch_value("SELECT uuidv7()")
    await uow.record(
        SelfPaymentsTold(
            area_code=uow.area_code,
            aggregate_id=UUID(int=call_id.int),
            voice=voice,
            received_count=result.received,
            accepted_count=result.accepted,
            unchanged_count=result.unchanged,
            rejected_count=result.rejected,
        )
    )
    return result


@dataclass(frozen=True, slots=True)
class Pair:
    """A hospital and the supplier that it pays itself, seen by one voice."""

    hospital_id: UUID
    supplier_id: UUID
    voice: Voice


async def accept_proposal(
    uow: UnitOfWork,
    *,
    pair: Pair,
    self_payment_ids: Collection[UUID],
    payable_ids: Collection[UUID],
    tied: bool,
    reason: str,
) -> Sequence[Use]:
    """A person says that a proposal, or a near match, holds: what its payments were for, in fen by
    invoice.

    It is a word of the voice, from now on; other voices' figures stay. It names invoices, so it
    outlasts payables that are matched anew. Raises NotAPerson, ProposalGone.
    """
    person = deciding_person(uow)
    await _lock_pair(uow, pair)
    money = await own_money(
        uow, hospital_id=pair.hospital_id, supplier_id=pair.supplier_id, voice=pair.voice
    )
    matched = money.matched()
    wanted = {str(one) for one in self_payment_ids}, {str(one) for one in payable_ids}
    shown = [
        *matched.proposals,
        *(
            DebtProposal((one.payment,), one.debts, one.amount, one.tied)
            for one in money.near(matched).found
        ),
    ]
    found = [
        one for one in shown if (set(one.payments), set(one.debts), one.tied) == (*wanted, tied)
    ]
    if not found:
        raise ProposalGone
    said = uses_of(found[0], matched, money.payments, money.debts, money.said)
    await _say(uow, pair, said, reason=reason, person=person, taken_back=False)
    return said


async def withdraw_uses(
    uow: UnitOfWork, *, pair: Pair, self_payment_ids: Collection[UUID], reason: str
) -> Sequence[Use]:
    """A person takes back what was said in this voice of these payments. Raises NotAPerson,
    WordsGone when of one of them nothing stands.
    """
    person = deciding_person(uow)
    await _lock_pair(uow, pair)
    money = await own_money(
        uow, hospital_id=pair.hospital_id, supplier_id=pair.supplier_id, voice=pair.voice
    )
    named = {str(one) for one in self_payment_ids}
    gone = [Use(one.payment, one.invoice, 0) for one in money.said if one.payment in named]
    if {one.payment for one in gone} != named:
        raise WordsGone
    await _say(uow, pair, gone, reason=reason, person=person, taken_back=True)
    return gone


async def _lock_pair(uow: UnitOfWork, pair: Pair) -> None:
    await uow.fetch_all(
        load_sql(__file__, "lock_pair"),
        area_code=uow.area_code,
        hospital_id=pair.hospital_id,
        supplier_id=pair.supplier_id,
    )


async def _say(
    uow: UnitOfWork,
    pair: Pair,
    said: Sequence[Use],
    *,
    reason: str,
    person: UUID,
    taken_back: bool,
) -> None:
    payment_ids = [UUID(one.payment) for one in said]
    await uow.execute(
        load_sql(__file__, "insert_uses"),
        area_code=uow.area_code,
        hospital_id=pair.hospital_id,
        supplier_id=pair.supplier_id,
        voice=pair.voice.value,
        reason=reason,
        person=person,
        at=uow.at,
        payment_ids=payment_ids,
        invoice_numbers=[one.invoice for one in said],
        amounts=[one.amount for one in said],
    )
    await uow.record(
        SelfPaymentUsesSaid(
            area_code=uow.area_code,
            aggregate_id=await uow.fresh_id(),
            voice=pair.voice,
            hospital_id=pair.hospital_id,
            supplier_id=pair.supplier_id,
            self_payment_ids=sorted(set(payment_ids)),
            reason=reason,
            taken_back=taken_back,
        )
    )
