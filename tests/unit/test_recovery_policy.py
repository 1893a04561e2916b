"""What claims and acknowledged offsets book."""

from uuid import UUID

from schemas.codes.ledger import AccountKind
from schemas.money import Money
from settlement_api.recoveries.policy import (
    AcknowledgedOffset,
    ClaimFigures,
    claim_effects,
    offset_entry,
)
from tests.builders import ledger as build


def test_a_claim_with_advance_and_prepayment() -> None:
    figures = ClaimFigures(
        UUID(int=1), build.HOSPITAL, "310", Money(100), Money(30), Money(50), Money(20)
    )
    booked = [
        (effect.debit.kind, effect.credit.kind, effect.amount)
        for effect in claim_effects([figures], on=build.DAY)
    ]
    assert booked == [
        (AccountKind.BENEFITS, AccountKind.PAYABLE, 100),
        (AccountKind.PAYABLE, AccountKind.FUND_TRANSFERS, 30),
        (AccountKind.PREPAYMENT, AccountKind.FUND_TRANSFERS, 50),
        (AccountKind.PAYABLE, AccountKind.PREPAYMENT, 20),
    ]


def test_an_offset_recovers_and_a_negative_one_gives_back() -> None:
    for amount, debit, credit in (
        (70, AccountKind.PAYABLE, AccountKind.ADVANCE),
        (-70, AccountKind.ADVANCE, AccountKind.PAYABLE),
    ):
        offset = AcknowledgedOffset(UUID(int=2), build.HOSPITAL, "390", Money(amount))
        entry = offset_entry(offset, on=build.DAY)
        (leg,) = entry.legs
        assert (leg.debit.kind, leg.credit.kind, leg.amount) == (debit, credit, 70)
        assert (entry.scheme, entry.purpose) == ("390", "recovered")
