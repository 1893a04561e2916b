"""Journeys of money through the ledger, one of each funding model, from purchase to repayment."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from uuid import UUID

from schemas.codes.ledger import NO_SCHEME, AccountKind, Book
from schemas.money import Money
from settlement_api.ledger.policy import AccountKey, EntryDraft, Leg

BOUGHT = 1_000_00
PAID = 600_07
RETURNED = 100_00
RECOVERED = 400_00
ATTEMPT = UUID(int=0xA)
DAY = date(2026, 8, 3)
NEXT_MONTH = date(2026, 9, 1)

PLAIN = {
    kind: AccountKey(kind)
    for kind in (
        *(AccountKind.BENEFITS, AccountKind.IN_TRANSIT, AccountKind.FUND_TRANSFERS),
        *(AccountKind.SUSPENSE, AccountKind.RESERVE, AccountKind.BANK_FINANCE),
    )
}


@dataclass
class Journey:
    """Entries about one hospital and one supplier, each with a basis of its own, made in turn."""

    hospital_id: UUID
    supplier_id: UUID
    account_id: UUID
    scheme: str = "310"
    bases: Iterator[int] = field(default_factory=lambda: count(1))
    attempt: UUID = ATTEMPT

    def of_hospital(self, kind: AccountKind) -> AccountKey:
        return AccountKey(kind, self.hospital_id)

    @property
    def owed(self) -> AccountKey:
        return AccountKey(AccountKind.OWED, self.hospital_id, self.supplier_id)

    @property
    def bank(self) -> AccountKey:
        return AccountKey(AccountKind.BANK, self.account_id)

    def trade(
        self, debit: AccountKey, credit: AccountKey, amount: int, kind: str, basis: UUID | None
    ) -> EntryDraft:
        basis = basis or UUID(int=next(self.bases))
        leg = Leg(debit, credit, Money(amount))
        return EntryDraft(Book.TRADE, NO_SCHEME, kind, basis, DAY, (leg,))

    def fund(
        self,
        debit: AccountKey,
        credit: AccountKey,
        amount: int,
        kind: str,
        basis: UUID | None = None,
        *,
        on: date = DAY,
    ) -> EntryDraft:
        basis = basis or UUID(int=next(self.bases))
        leg = Leg(debit, credit, Money(amount))
        return EntryDraft(Book.FUND, self.scheme, kind, basis, on, (leg,))

    def bought(self) -> list[EntryDraft]:
        """A purchase, part of which the hospital pays itself."""
        purchases = self.of_hospital(AccountKind.PURCHASES)
        self_paid = self.of_hospital(AccountKind.SELF_PAID)
        return [
            self.trade(purchases, self.owed, BOUGHT, "match_run", None),
            self.trade(self.owed, self_paid, 50_00, "self_payment", None),
        ]

    def paid(self, from_kind: AccountKey) -> list[EntryDraft]:
        """A payment on mandate at the cost of an account of the fund, as the bank confirms it."""
        mandate = self.of_hospital(AccountKind.PAID_ON_MANDATE)
        return [
            self.fund(
                from_kind, PLAIN[AccountKind.IN_TRANSIT], PAID, "payment_attempt", self.attempt
            ),
            self.trade(self.owed, mandate, PAID, "payment_attempt", self.attempt),
        ]

    def debited(self) -> EntryDraft:
        """The bank's statement tells of the debit."""
        return self.fund(PLAIN[AccountKind.IN_TRANSIT], self.bank, PAID, "bank_statement_entry")

    def came_back(self, to_kind: AccountKey) -> list[EntryDraft]:
        """Part of the payment is returned."""
        suspense = PLAIN[AccountKind.SUSPENSE]
        mandate = self.of_hospital(AccountKind.PAID_ON_MANDATE)
        return [
            self.fund(self.bank, suspense, RETURNED, "bank_statement_entry"),
            self.fund(suspense, to_kind, RETURNED, "payment_attempt", self.attempt),
            self.trade(mandate, self.owed, RETURNED, "payment_attempt", self.attempt),
        ]

    def offset(self, amount: int = RECOVERED) -> EntryDraft:
        """The next claim is paid that much less."""
        payable = self.of_hospital(AccountKind.PAYABLE)
        advance = self.of_hospital(AccountKind.ADVANCE)
        return self.fund(payable, advance, amount, "offset_instruction", on=NEXT_MONTH)

    def filled(self, origin: AccountKind | AccountKey) -> EntryDraft:
        """Money comes in on the account from which is paid."""
        credit = origin if isinstance(origin, AccountKey) else PLAIN[origin]
        return self.fund(self.bank, credit, BOUGHT, "bank_statement_entry")

    def claimed(self) -> list[EntryDraft]:
        """What the fund owes for the month, an advance paid on it, a prepayment made and due."""
        payable = self.of_hospital(AccountKind.PAYABLE)
        prepayment = self.of_hospital(AccountKind.PREPAYMENT)
        transfers = PLAIN[AccountKind.FUND_TRANSFERS]
        return [
            self.fund(PLAIN[AccountKind.BENEFITS], payable, 2_000_00, "claim_capacity"),
            self.fund(payable, transfers, 300_00, "claim_capacity"),
            self.fund(prepayment, transfers, 200_00, "claim_capacity"),
            self.fund(payable, prepayment, 80_00, "claim_capacity"),
        ]


def net_off(journey: Journey) -> list[EntryDraft]:
    """Model A: the fund pays from what it owes; the shortfall is collected from the hospital."""
    advance = journey.of_hospital(AccountKind.ADVANCE)
    return [
        *journey.bought(),
        *journey.claimed(),
        journey.filled(AccountKind.FUND_TRANSFERS),
        *journey.paid(advance),
        journey.debited(),
        *journey.came_back(advance),
        journey.offset(),
        journey.fund(journey.bank, advance, 60_00, "bank_statement_entry"),
    ]


def reserve(journey: Journey) -> list[EntryDraft]:
    """Model B: a revolving pool pays, and the hospital repays the pool."""
    advance = journey.of_hospital(AccountKind.ADVANCE)
    repaid = PAID - RETURNED
    return [
        journey.filled(AccountKind.RESERVE),
        *journey.bought(),
        *journey.paid(advance),
        journey.debited(),
        *journey.came_back(advance),
        journey.fund(journey.bank, advance, repaid, "bank_statement_entry", on=NEXT_MONTH),
    ]


def supervised(journey: Journey) -> list[EntryDraft]:
    """Model C: the hospital's own money is collected first, and pays the supplier the next day."""
    deposit = journey.of_hospital(AccountKind.DEPOSIT)
    return [
        *journey.bought(),
        journey.filled(deposit),
        *journey.paid(deposit),
        journey.debited(),
        *journey.came_back(deposit),
    ]


def bank_finance(journey: Journey) -> list[EntryDraft]:
    """Model D: a bank pays on time; the fund pays the bank later, out of what it owes."""
    finance = PLAIN[AccountKind.BANK_FINANCE]
    advance = journey.of_hospital(AccountKind.ADVANCE)
    mandate = journey.of_hospital(AccountKind.PAID_ON_MANDATE)
    return [
        *journey.bought(),
        *journey.claimed(),
        journey.fund(advance, finance, PAID, "payment_attempt", journey.attempt),
        journey.trade(journey.owed, mandate, PAID, "payment_attempt", journey.attempt),
        journey.offset(PAID),
        journey.filled(AccountKind.FUND_TRANSFERS),
        journey.fund(finance, PLAIN[AccountKind.IN_TRANSIT], PAID, "bank_repayment"),
        journey.debited(),
    ]


MODELS = {
    "net_off": net_off,
    "reserve": reserve,
    "supervised": supervised,
    "bank_finance": bank_finance,
}
