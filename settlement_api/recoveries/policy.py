"""What a claim, an advance and an acknowledged offset book. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from schemas.codes.ledger import AccountKind, Book
from schemas.money import Money
from settlement_api.ledger.policy import AccountKey, Effect, EntryDraft, Leg

CLAIM_BASIS: Final = "claim_capacity"
OFFSET_BASIS: Final = "offset_instruction"


@dataclass(frozen=True, slots=True)
class ClaimFigures:
    """What the fund owes one hospital for one month and scheme, and what it has paid it, fen."""

    basis_id: UUID
    hospital_id: UUID
    scheme: str
    claim: Money
    advance: Money
    prepaid: Money
    prepayment_due: Money


@dataclass(frozen=True, slots=True)
class AcknowledgedOffset:
    """An instruction to pay a hospital less; negative when a return gives it back."""

    instruction_id: UUID
    hospital_id: UUID
    scheme: str
    amount: Money


def claim_effects(figures: Iterable[ClaimFigures], *, on: date) -> Iterator[Effect]:
    """What claims, advances and prepayments should stand booked as.

    Claim: Dr benefits / Cr payable. Advance paid to the hospital: Dr payable / Cr fund
    transfers. Prepayment granted: Dr prepayment / Cr fund transfers; due again: Dr payable /
    Cr prepayment. Prepayments are a second claim on the hospital, never a source of funding.
    """
    benefits = AccountKey(AccountKind.BENEFITS)
    transfers = AccountKey(AccountKind.FUND_TRANSFERS)
    for figure in figures:
        payable = AccountKey(AccountKind.PAYABLE, figure.hospital_id)
        prepayment = AccountKey(AccountKind.PREPAYMENT, figure.hospital_id)
        for debit, credit, amount in (
            (benefits, payable, figure.claim),
            (payable, transfers, figure.advance),
            (prepayment, transfers, figure.prepaid),
            (payable, prepayment, figure.prepayment_due),
        ):
            yield Effect(
                book=Book.FUND,
                scheme=figure.scheme,
                basis_kind=CLAIM_BASIS,
                basis_id=figure.basis_id,
                booking_date=on,
                debit=debit,
                credit=credit,
                amount=amount,
            )


def offset_entry(offset: AcknowledgedOffset, *, on: date) -> EntryDraft:
    """Dr payable / Cr advance of the hospital, or the other way round for what is given back."""
    payable = AccountKey(AccountKind.PAYABLE, offset.hospital_id)
    advance = AccountKey(AccountKind.ADVANCE, offset.hospital_id)
    if offset.amount > 0:
        leg = Leg(payable, advance, offset.amount)
    else:
        leg = Leg(advance, payable, Money(-offset.amount))
    return EntryDraft(
        book=Book.FUND,
        scheme=offset.scheme,
        basis_kind=OFFSET_BASIS,
        basis_id=offset.instruction_id,
        booking_date=on,
        legs=(leg,),
        purpose="recovered",
    )
