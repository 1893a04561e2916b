"""How a statement is judged and an entry taken apart, classified and booked. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from reconciler.bank_matching import BookedEntry, SentPayment
from schemas.bank import BankStatement, EntryDetail, StatementEntry
from schemas.codes.bank_statements import (
    Continuity,
    EntryClass,
    SuspenseReason,
)
from schemas.codes.ledger import AccountKind
from schemas.codes.payments import BookingKind
from schemas.money import Money
from schemas.problems import Fault
from schemas.times import business_date
from settlement_api.ledger.policy import MAX_TRANSFER, AccountKey, Leg, is_period, period_of
from settlement_api.outcomes.policy import Booking

CURRENCY: Final = "CNY"
OPENINGS: Final = ("OPBD", "PRCD")
CLOSINGS: Final = ("CLBD",)
UNIT_SEPARATOR: Final = "\x1f"
OUR_ID: Final = re.compile("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
"""Our end-to-end and message ids, wherever a bank repeats them: nobody guesses one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One booked amount of a statement: an entry, or one transaction of a collective entry.

    `our_ids` are what looks like an id of ours in the bank's texts, `inside` the transactions of
    a collective entry whose amounts the bank did not give, `batch_count` how many payments it is.
    """

    line_number: int
    detail_number: int
    content_digest: bytes
    amount: Money
    is_credit: bool
    is_return: bool
    booking_date: date
    value_date: date | None
    bank_reference: str | None
    end_to_end_id: str | None
    return_reason: str | None
    counterparty_name: str | None
    counterparty_account: str | None
    remittance: str | None
    our_ids: tuple[str, ...] = ()
    inside: tuple[EntryDetail, ...] = ()
    batch_count: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a statement says of itself: days, balances and sums, fen."""

    identification: str
    sequence: int | None
    from_date: date
    to_date: date
    opening: Money
    closing: Money
    credits: Money
    debits: Money
    not_booked: int

    @property
    def balanced(self) -> bool:
        """Whether opening and entries make the closing."""
        return self.opening + self.credits - self.debits == self.closing


@dataclass(frozen=True, slots=True)
class Previous:
    """The last statement of the account before this one."""

    sequence: int | None
    to_date: date
    closing: Money


def figures_of(statement: BankStatement) -> tuple[Figures | None, list[Fault]]:
    """The figures of a statement, or every reason why it cannot be taken."""
    header = statement.header
    opening = _first_balance(statement, OPENINGS)
    closing = _first_balance(statement, CLOSINGS)
    booked = [entry for entry in statement.entries if entry.booked]
    days = _days(statement, booked)
    faults = list(_faults(statement, booked, opening, closing, days))
    if faults or opening is None or closing is None or days is None:
        return None, faults
    figures = Figures(
        identification=header.statement_id,
        sequence=header.sequence,
        from_date=days[0],
        to_date=days[1],
        opening=Money(opening),
        closing=Money(closing),
        credits=Money(sum(entry.amount_minor for entry in booked if entry.credit)),
        debits=Money(sum(entry.amount_minor for entry in booked if not entry.credit)),
        not_booked=len(statement.entries) - len(booked),
    )
    return figures, []


def _first_balance(statement: BankStatement, codes: Sequence[str]) -> int | None:
    found = (statement.balance(code) for code in codes)
    return next((amount for amount in found if amount is not None), None)


def _days(statement: BankStatement, booked: Sequence[StatementEntry]) -> tuple[date, date] | None:
    """First and last day: the stated period, else balance dates, else entries, else creation."""
    header = statement.header
    if header.from_at is not None and header.to_at is not None:
        # A period that ends at midnight ends with the day before.
        last = max(header.from_at, header.to_at - timedelta(microseconds=1))
        return business_date(header.from_at), business_date(last)
    days = [balance.on for balance in statement.balances if balance.on is not None]
    days = days or [entry.booking_date for entry in booked if entry.booking_date is not None]
    if days:
        return min(days), max(days)
    if header.created_at is not None:
        return business_date(header.created_at), business_date(header.created_at)
    return None


def _faults(
    statement: BankStatement,
    booked: Sequence[StatementEntry],
    opening: int | None,
    closing: int | None,
    days: tuple[date, date] | None,
) -> Iterator[Fault]:
    if not statement.header.statement_id:
        yield Fault("/Stmt/Id", "identification_missing", "a statement names itself")
    if opening is None:
        yield Fault("/Stmt/Bal", "opening_missing", "no opening balance (OPBD)")
    if closing is None:
        yield Fault("/Stmt/Bal", "closing_missing", "no closing balance (CLBD)")
    currencies = {one.currency for one in statement.balances if one.code in (*OPENINGS, *CLOSINGS)}
    if currencies - {CURRENCY}:
        yield Fault("/Stmt/Bal", "currency", f"not {CURRENCY}")
    if days is None or days[0] > days[1]:
        yield Fault("/Stmt", "days_missing", "no first and last day in this order")
    for number, entry in enumerate(booked, start=1):
        if entry.currency != CURRENCY:
            yield Fault(f"/Stmt/Ntry[{number}]", "currency", f"not {CURRENCY}")
        if not 0 < entry.amount_minor <= MAX_TRANSFER:
            yield Fault(f"/Stmt/Ntry[{number}]", "amount", "not an amount that can be booked")
        if entry.booking_date is not None and not is_period(period_of(entry.booking_date)):
            yield Fault(f"/Stmt/Ntry[{number}]", "booking_date", "not a day of this century")


def lines_of(statement: BankStatement, *, account_id: UUID, to_date: date) -> list[Line]:
    """Every booked amount, each with the digest by which it is known again.

    A collective entry is taken apart where its transactions add up to it. Equal lines of one
    statement are told apart by their occurrence number, so two equal payments of one day stay
    two and a statement imported again adds nothing.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    lines = []
    booked = (entry for entry in statement.entries if entry.booked)
    for line_number, entry in enumerate(booked, start=1):
        for detail_number, (detail, amount) in enumerate(_parts(entry), start=1):
            day = entry.booking_date or to_date
            content = _content(entry, detail, amount, day, account_id)
            seen[content] += 1
            text = UNIT_SEPARATOR.join((*content, str(seen[content])))
            inside = () if detail else entry.details
            lines.append(
                Line(
                    line_number=line_number,
                    detail_number=detail_number,
                    content_digest=sha256(text.encode()).digest(),
                    amount=Money(amount),
                    is_credit=entry.credit,
                    is_return=entry.credit
                    and (entry.reversal or _all_returned((detail,) if detail else inside)),
                    booking_date=day,
                    value_date=entry.value_date,
                    bank_reference=entry.bank_reference,
                    end_to_end_id=detail.end_to_end_id if detail else None,
                    return_reason=detail.return_reason if detail else None,
                    counterparty_name=detail.counterparty_name if detail else None,
                    counterparty_account=detail.counterparty_account if detail else None,
                    remittance=detail.remittance if detail else None,
                    our_ids=_our_ids(entry, detail),
                    inside=tuple(inside),
                    batch_count=entry.batch_count,
                )
            )
    return lines


def _all_returned(details: Sequence[EntryDetail]) -> bool:
    return bool(details) and all(detail.return_reason for detail in details)


def _our_ids(entry: StatementEntry, detail: EntryDetail | None) -> tuple[str, ...]:
    texts = (*entry.batch_references, entry.bank_reference, detail.remittance if detail else None)
    return tuple(OUR_ID.findall("\n".join(filter(None, texts)).lower()))


def _parts(entry: StatementEntry) -> list[tuple[EntryDetail | None, int]]:
    details = entry.details
    if len(details) == 1:
        return [(details[0], entry.amount_minor)]
    amounts = [detail.amount_minor or 0 for detail in details]
    if details and min(amounts) > 0 and sum(amounts) == entry.amount_minor:
        return list(zip(details, amounts, strict=True))
    return [(None, entry.amount_minor)]


def _content(
    entry: StatementEntry, detail: EntryDetail | None, amount: int, day: date, account_id: UUID
) -> tuple[str, ...]:
    return (
        account_id.hex,
        day.isoformat(),
        "C" if entry.credit else "D",
        str(amount),
        entry.bank_reference or "",
        (detail.end_to_end_id if detail else None) or "",
        (detail.counterparty_account if detail else None) or "",
        (detail.remittance if detail else None) or "",
    )


def names_no_payment(line: Line) -> bool:
    """Whether a line may be several payments, or one that only the bank's texts name."""
    return line.end_to_end_id is None and (bool(line.inside) or not line.is_credit)


def entry_of(key: str, line: Line, *, attempts: AbstractSet[str]) -> BookedEntry:
    """The line as matching sees it; `attempts` are end-to-end ids of ours that it may name.

    Amounts that the bank gave, and that do not make the sum, contradict it: then it names nobody.
    """
    silent = all(detail.amount_minor is None for detail in line.inside)
    inside = tuple(detail.end_to_end_id or "" for detail in line.inside if silent)
    named = tuple(sorted(attempts & set(line.our_ids)))
    return BookedEntry(
        key=key,
        amount=line.amount,
        is_credit=line.is_credit,
        day=line.booking_date.toordinal(),
        payments=inside or named,
        references=frozenset(line.our_ids) - attempts,
        count=line.batch_count,
    )


def taken_apart(line: Line, payments: Sequence[SentPayment]) -> list[Line]:
    """One line per payment that a collective entry is; their amounts add up to its own.

    The first keeps the digest of the whole, so that the entry is known again however it comes.
    """
    details = {detail.end_to_end_id: detail for detail in line.inside}
    parts = []
    for number, payment in enumerate(payments, start=1):
        text = UNIT_SEPARATOR.join((line.content_digest.hex(), payment.key))
        detail = details.get(payment.key)
        part = replace(
            line,
            detail_number=number,
            content_digest=line.content_digest if number == 1 else sha256(text.encode()).digest(),
            amount=Money(payment.amount),
            end_to_end_id=payment.key,
            inside=(),
        )
        parts.append(part if detail is None else _with_detail(part, detail))
    return parts


def _with_detail(line: Line, detail: EntryDetail) -> Line:
    return replace(
        line,
        return_reason=detail.return_reason,
        counterparty_name=detail.counterparty_name,
        counterparty_account=detail.counterparty_account,
        remittance=detail.remittance,
    )


def continuity_of(
    figures: Figures, previous: Previous | None, *, repeats: bool
) -> tuple[Continuity, Money]:
    """How a statement joins the one before, and its opening less the closing before it.

    `repeats`: it names lines or an identification that another statement brought before.

    Equal balances do not prove that no day is missing: a jump in the sequence is a gap too.
    """
    if previous is None:
        return (Continuity.OVERLAP if repeats else Continuity.FIRST), Money(0)
    difference = Money(figures.opening - previous.closing)
    if repeats or figures.from_date < previous.to_date:
        return Continuity.OVERLAP, difference
    jumped = (
        figures.sequence is not None
        and previous.sequence is not None
        and figures.sequence != previous.sequence + 1
    )
    return (Continuity.GAP if difference or jumped else Continuity.CONTINUOUS), difference


def proves_its_day(figures: Figures, continuity: Continuity, *, today: date) -> bool:
    """Whether nothing of the statement's last day can be missing: what it lacks did not happen.

    Its entries make its balances, it joins the one before, and its day is over (banks.md
    section 3: a clean statement).
    """
    joined = continuity in (Continuity.FIRST, Continuity.CONTINUOUS)
    return figures.balanced and joined and figures.to_date < today


def bookings_of(fresh: Iterable[tuple[UUID, Line]]) -> list[Booking]:
    """What lines that name a payment say of it."""
    return [
        Booking(
            end_to_end_id=line.end_to_end_id,
            kind=_booking_kind(line),
            amount_minor=line.amount,
            statement_entry_id=entry_id,
            reason_code=line.return_reason,
        )
        for entry_id, line in fresh
        if line.end_to_end_id
    ]


def _booking_kind(line: Line) -> BookingKind:
    if not line.is_credit:
        return BookingKind.DEBIT
    return BookingKind.RETURN if line.is_return else BookingKind.SUSPECTED_RETURN


def classify(line: Line, *, not_ours: AbstractSet[str], funding: AbstractSet[str]) -> EntryClass:
    """What a line is. `funding` holds registered payers' account numbers of this account."""
    if line.end_to_end_id is not None and line.end_to_end_id not in not_ours:
        if not line.is_credit:
            return EntryClass.PAYMENT
        return EntryClass.RETURN if line.is_return else EntryClass.SUSPECTED_RETURN
    if line.is_credit and not line.is_return and line.counterparty_account in funding:
        return EntryClass.FUNDING
    return EntryClass.SUSPENSE


def suspense_reason(
    line: Line, entry_class: EntryClass, *, is_partial: bool = False
) -> SuspenseReason | None:
    """Why a person must look at a line; None when nobody has to.

    `is_partial`: it is marked as a payment's return and did not bring the payment back whole.
    """
    if entry_class is EntryClass.RETURN and is_partial:
        return SuspenseReason.PARTIAL_RETURN
    if entry_class is EntryClass.SUSPECTED_RETURN:
        return SuspenseReason.SUSPECTED_RETURN
    if entry_class is not EntryClass.SUSPENSE:
        return None
    if line.end_to_end_id is not None:
        return SuspenseReason.UNKNOWN_PAYMENT
    return SuspenseReason.UNKNOWN_CREDIT if line.is_credit else SuspenseReason.UNKNOWN_DEBIT


CONTRA: Final = {
    EntryClass.PAYMENT: AccountKind.IN_TRANSIT,
    EntryClass.FUNDING: AccountKind.FUND_TRANSFERS,
    EntryClass.RETURN: AccountKind.SUSPENSE,
    EntryClass.SUSPECTED_RETURN: AccountKind.SUSPENSE,
    EntryClass.SUSPENSE: AccountKind.SUSPENSE,
}


def leg_of(line: Line, entry_class: EntryClass, *, account_id: UUID) -> Leg:
    """The posting of a line: paid Dr in_transit / Cr bank, received Dr bank / Cr its origin."""
    bank = AccountKey(AccountKind.BANK, account_id)
    contra = AccountKey(CONTRA[entry_class])
    if line.is_credit:
        return Leg(bank, contra, line.amount)
    return Leg(contra, bank, line.amount)


def open_day(day: date, *, closed_through: str, today: date) -> date:
    """The day something happened at the bank, unless that month's books are closed: then today."""
    return day if period_of(day) > closed_through else today


def opening_leg(amount: Money, *, account_id: UUID) -> Leg:
    """The opening transfer of an account that does not start at 0 (overdrawn: the other way)."""
    bank, opening = AccountKey(AccountKind.BANK, account_id), AccountKey(AccountKind.OPENING)
    if amount > 0:
        return Leg(bank, opening, amount)
    return Leg(opening, bank, Money(-amount))
