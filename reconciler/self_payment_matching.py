"""Which payables a hospital paid itself: its own payments laid on what it owes a supplier. Pure.

An invoice that a payment names is paid first, in order of due date; a payment that names several
is laid along what they leave. A payment that names an invoice which raised the price of earlier
ones is then laid on those, up to what it added to each; then one of which somebody said what it
was for. What names nothing open is compared by amount within hospital and supplier: exact groups
n:m become proposals, never payments of anything, until a person says that one of them holds.
What was laid before and is committed is not moved: what follows is target less committed
(domain.md section 8).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.balanced_groups import MOST_WORK, Balanced, Group, Record, balance

WINDOW_DAYS: Final = 180
"""Most days between what was owed and a payment that its amount alone connects with it."""
NEVER: Final = 1 << 30
"""The due day of what has none: paid last."""


@dataclass(frozen=True, slots=True)
class OwnPayment:
    """A hospital's payment to a supplier; fen, above zero; `day` is a date's ordinal.

    `key` is its external identity (the bank's reference). `invoices` are those it names.
    """

    key: str
    hospital: str
    supplier: str
    invoices: tuple[str, ...]
    amount: int
    day: int


@dataclass(frozen=True, slots=True)
class OwnDebt:
    """A payable that the hospital settles itself, net of its corrections; fen, above zero."""

    key: str
    hospital: str
    supplier: str
    invoice: str
    amount: int
    started_day: int
    due_day: int | None

    @property
    def place(self) -> tuple[int, int, str]:
        """Paid in this order: due first, then begun first, then external identity."""
        return (NEVER if self.due_day is None else self.due_day, self.started_day, self.key)


@dataclass(frozen=True, slots=True, order=True)
class Raised:
    """An invoice that adds fen to the lines of an earlier one (decision record 16)."""

    hospital: str
    supplier: str
    invoice: str
    blue: str
    amount: int


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """What somebody says that a payment was for: so many fen of it for an invoice."""

    payment: str
    invoice: str
    amount: int


@dataclass(frozen=True, slots=True, order=True)
class Laid:
    """Fen of a payment on a debt; below zero where less is laid than was committed."""

    payment: str
    debt: str
    amount: int


class Leftover(StrEnum):
    """Why fen of a payment are on no debt."""

    INVOICE_UNKNOWN = "invoice_unknown"
    """It names invoices on which nothing is owed between these two."""
    OVERPAID = "overpaid"
    """What it names is paid."""
    UNNAMED = "unnamed"
    """It names no invoice."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Fen of a payment that are on no debt, and why; `proposed`: in a proposal for people."""

    payment: str
    amount: int
    reason: Leftover
    proposed: bool


@dataclass(frozen=True, slots=True)
class DebtProposal:
    """Payments whose rests add up to the open fen of these debts; tied: others fit as well."""

    payments: tuple[str, ...]
    debts: tuple[str, ...]
    amount: int
    tied: bool


@dataclass(frozen=True, slots=True)
class PaymentsMatched:
    """Σ payments = Σ laid + Σ rests; Σ debts = Σ laid + Σ open, to the fen."""

    laid: tuple[Laid, ...]
    rests: tuple[Rest, ...]
    open_debts: Mapping[str, int]
    proposals: tuple[DebtProposal, ...]
    gave_up: bool


def match_own_payments(
    payments: Iterable[OwnPayment],
    debts: Iterable[OwnDebt],
    raised: Iterable[Raised] = (),
    said: Iterable[Use] = (),
    *,
    window_days: int = WINDOW_DAYS,
    most_work: int = MOST_WORK,
) -> PaymentsMatched:
    """Lays payments on debts; the order in which either is given changes nothing.

    Keys name one payment, or one debt. Raises ValueError for keys given twice and for amounts
    that are not positive.
    """
    paying = sorted(payments, key=lambda one: (one.day, one.key))
    owing = sorted(debts, key=lambda one: one.place)
    _require_sound(paying, owing)
    rests = {one.key: one.amount for one in paying}
    open_debts = {one.key: one.amount for one in owing}
    by_invoice: dict[tuple[str, str, str], list[OwnDebt]] = defaultdict(list)
    for debt in owing:
        by_invoice[debt.hospital, debt.supplier, debt.invoice].append(debt)
    laid: list[Laid] = []
    # Those that name one invoice first: a payment that has a choice takes nobody's only one.
    for payment in sorted(paying, key=lambda one: len(set(one.invoices)) > 1):
        named = sorted(_named(payment, by_invoice), key=lambda one: one.place)
        laid += _lay(payment.key, named, rests, open_debts)
    adds = _capacities(raised, by_invoice, open_debts)
    for payment, invoice, amount in _meant(paying, adds, rests):
        on = by_invoice[payment.hospital, payment.supplier, invoice]
        laid += _lay(payment.key, on, rests, open_debts, most=amount)
    for payment, invoice, amount in _said(paying, said, rests):
        on = by_invoice.get((payment.hospital, payment.supplier, invoice), [])
        laid += _lay(payment.key, on, rests, open_debts, most=amount)
    found = balance(
        _records((one, one.day, rests[one.key]) for one in paying),
        _records((one, one.started_day, open_debts[one.key]) for one in owing),
        window_days=window_days,
        most_work=most_work,
    )
    proposals = _proposals(found)
    known = {*by_invoice, *adds}
    proposed = {key for proposal in proposals for key in proposal.payments}
    return PaymentsMatched(
        laid=moves(laid, ()),
        rests=tuple(
            Rest(one.key, rests[one.key], _reason(one, known), one.key in proposed)
            for one in paying
            if rests[one.key]
        ),
        open_debts={key: amount for key, amount in open_debts.items() if amount},
        proposals=proposals,
        gave_up=bool(found.searched_to),
    )


def moves(target: Iterable[Laid], committed: Iterable[Laid]) -> tuple[Laid, ...]:
    """What is to be laid now: target less committed for each payment and debt."""
    amounts: dict[tuple[str, str], int] = defaultdict(int)
    for one in target:
        amounts[one.payment, one.debt] += one.amount
    for one in committed:
        amounts[one.payment, one.debt] -= one.amount
    return tuple(sorted(Laid(*pair, amount) for pair, amount in amounts.items() if amount))


def _require_sound(paying: Sequence[OwnPayment], owing: Sequence[OwnDebt]) -> None:
    given: tuple[Sequence[OwnPayment] | Sequence[OwnDebt], ...] = (paying, owing)
    for side in given:
        if any(one.amount <= 0 for one in side):
            raise ValueError("amounts are above zero")
        if len({one.key for one in side}) != len(side):
            raise ValueError("a key names one payment, or one debt")


def _named(
    payment: OwnPayment, by_invoice: Mapping[tuple[str, str, str], Sequence[OwnDebt]]
) -> list[OwnDebt]:
    return [
        debt
        for invoice in set(payment.invoices)
        for debt in by_invoice.get((payment.hospital, payment.supplier, invoice), ())
    ]


def _capacities(
    raised: Iterable[Raised],
    by_invoice: Mapping[tuple[str, str, str], Sequence[OwnDebt]],
    open_debts: Mapping[str, int],
) -> dict[tuple[str, str, str], list[tuple[str, int]]]:
    """What may be paid on each earlier invoice under the number of each that raised its price: what
    was added, of what is still open there. Those of one earlier invoice take turns by number.
    """
    left = {key: sum(open_debts[one.key] for one in on) for key, on in by_invoice.items()}
    answer: dict[tuple[str, str, str], list[tuple[str, int]]] = defaultdict(list)
    for one in sorted(raised, key=lambda one: (one.invoice, one.blue)):
        blue = (one.hospital, one.supplier, one.blue)
        amount = min(one.amount, left.get(blue, 0))
        if blue in left:
            left[blue] -= amount
            answer[one.hospital, one.supplier, one.invoice].append((one.blue, amount))
    return answer


def _meant(
    paying: Iterable[OwnPayment],
    adds: Mapping[tuple[str, str, str], Sequence[tuple[str, int]]],
    rests: Mapping[str, int],
) -> list[tuple[OwnPayment, str, int]]:
    """Which earlier invoices each payment is for that names one which raised their prices."""
    free = {key: [amount for _, amount in parts] for key, parts in adds.items()}
    answer = []
    for payment in paying:
        rest = rests[payment.key]
        for invoice in sorted(set(payment.invoices)):
            key = (payment.hospital, payment.supplier, invoice)
            for at, (blue, _) in enumerate(adds.get(key, ())):
                amount = min(rest, free[key][at])
                rest, free[key][at] = rest - amount, free[key][at] - amount
                answer.append((payment, blue, amount))
    return answer


def _said(
    paying: Iterable[OwnPayment], said: Iterable[Use], rests: Mapping[str, int]
) -> list[tuple[OwnPayment, str, int]]:
    """What is left of each payment for each invoice that somebody named, in order of number."""
    named: dict[str, list[Use]] = defaultdict(list)
    for use in sorted(said):
        named[use.payment].append(use)
    answer = []
    for payment in paying:
        rest = rests[payment.key]
        for use in named[payment.key]:
            amount = min(rest, use.amount)
            rest -= amount
            answer.append((payment, use.invoice, amount))
    return answer


def uses_of(
    proposal: DebtProposal,
    matched: PaymentsMatched,
    payments: Iterable[OwnPayment],
    debts: Iterable[OwnDebt],
    said: Iterable[Use] = (),
) -> tuple[Use, ...]:
    """What the payments of a proposal are for, once somebody says that it holds: laid on its debts
    by day and due day, as all payments are. Of what was said of them before, what is laid by it
    still holds; the rest would stand in the way.
    """
    rests = {rest.payment: rest.amount for rest in matched.rests}
    open_debts = dict(matched.open_debts)
    owing = sorted(debts, key=lambda one: one.place)
    invoices = {debt.key: debt.invoice for debt in owing}
    amounts: dict[tuple[str, str], int] = defaultdict(int)
    for one in said:
        if one.payment in proposal.payments:
            amounts[one.payment, one.invoice] = 0
    for laid in matched.laid:
        if (laid.payment, invoices[laid.debt]) in amounts:
            amounts[laid.payment, invoices[laid.debt]] += laid.amount
    chosen = [one for one in owing if one.key in proposal.debts]
    for payment in sorted(payments, key=lambda one: (one.day, one.key)):
        if payment.key in proposal.payments:
            for laid in _lay(payment.key, chosen, rests, open_debts):
                amounts[laid.payment, invoices[laid.debt]] += laid.amount
    return tuple(sorted(Use(*key, amount) for key, amount in amounts.items()))


def _lay(
    payment: str,
    named: Sequence[OwnDebt],
    rests: dict[str, int],
    open_debts: dict[str, int],
    *,
    most: int | None = None,
) -> list[Laid]:
    """Fen of the payment, at `most` so many, on what is open on these debts, one after another."""
    laid = []
    free = rests[payment] if most is None else min(most, rests[payment])
    for debt in named:
        amount = min(free, open_debts[debt.key])
        if amount:
            free -= amount
            rests[payment] -= amount
            open_debts[debt.key] -= amount
            laid.append(Laid(payment, debt.key, amount))
    return laid


def _reason(payment: OwnPayment, known: Set[tuple[str, str, str]]) -> Leftover:
    if not payment.invoices:
        return Leftover.UNNAMED
    named = {(payment.hospital, payment.supplier, invoice) for invoice in payment.invoices}
    return Leftover.OVERPAID if named & known else Leftover.INVOICE_UNKNOWN


def _records(open_parts: Iterable[tuple[OwnPayment | OwnDebt, int, int]]) -> list[Record]:
    """What is left of each, with its day, for a look at amounts within hospital and supplier."""
    return [
        Record(one.key, amount, f"{one.hospital}\n{one.supplier}", day)
        for one, day, amount in open_parts
        if amount
    ]


def _proposals(found: Balanced) -> tuple[DebtProposal, ...]:
    tied: list[Group] = [group for tie in found.ties for group in tie.candidates]
    return tuple(
        DebtProposal(group.left, group.right, group.amount, is_tied)
        for groups, is_tied in ((found.groups, False), (tied, True))
        for group in groups
    )
