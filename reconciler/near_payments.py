"""What a hospital's own payments may have been for: near matches, ranked, for people. Pure.

Beside exact groups of amounts (`self_payment_matching`) stands what nearly agrees: the number of an
open invoice with a slip or two, or an amount that is off by little. Each payment's candidates are
listed by points out of 100 with what agrees; equal points are ties, and said to be. Nothing is laid
by them until a person says that one holds (domain.md section 8).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from reconciler.self_payment_matching import OwnDebt, OwnPayment, PaymentsMatched
from reconciler.suggestions import bare_number, slips_between

AMOUNT_POINTS: Final = 45
CLOSE_POINTS: Final = 25
"""Where the two amounts differ by one per cent of the larger or less."""
COVERED_POINTS: Final = 10
"""Where more is open than is left of the payment: a part payment."""
NUMBER_POINTS: Final = (40, 30, 20)
"""By how many slips apart two numbers are: none, one, two."""
DAY_POINTS: Final = ((30, 15), (90, 10), (180, 5))
"""(days from the start of the invoice's clock to the payment at most, points)."""
LEAST_POINTS: Final = 40
MOST_NEAR: Final = 10
"""Candidates that are shown of one payment."""
CLOSE_ONE_IN: Final = 100
MOST_LOOKED: Final = 200
"""Invoices of a close amount that are looked at for one payment, the closest first."""
LONGEST_COMPARED: Final = 32
"""Signs of a number that are looked up with slips; an e-invoice's has 20. Longer ones must be alike
in all of them."""


@dataclass(frozen=True, slots=True)
class NearPayment:
    """Fen of a payment that may have been for an open invoice, whose open lines are `debts`.

    `rank` is from 1 among the payment's own, `score` of 100; `tied`: another has as many points.
    """

    payment: str
    invoice: str
    debts: tuple[str, ...]
    amount: int
    rank: int
    score: int
    tied: bool
    fits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """Near matches; `gave_up`: more amounts are close than are looked at for one payment."""

    found: tuple[NearPayment, ...]
    gave_up: bool


@dataclass(frozen=True, slots=True)
class _Open:
    """An invoice with what is still owed on it, in fen, and the day its clock began."""

    number: str
    debts: tuple[str, ...]
    amount: int
    day: int


def near_payments(
    matched: PaymentsMatched, payments: Iterable[OwnPayment], debts: Iterable[OwnDebt]
) -> Near:
    """The near matches of what is left of each payment, by payment's day and key, then by rank.

    `matched` is what `match_own_payments` made of the same payments and debts. The order in which
    either is given changes nothing.
    """
    rests = {rest.payment: rest.amount for rest in matched.rests}
    desks = {pair: _Desk(invoices) for pair, invoices in _open_invoices(matched, debts).items()}
    answer: list[NearPayment] = []
    gave_up = False
    for payment in sorted(payments, key=lambda one: (one.day, one.key)):
        desk = desks.get((payment.hospital, payment.supplier))
        if desk is not None and payment.key in rests:
            rest = rests[payment.key]
            close, is_cut = desk.close(rest)
            gave_up |= is_cut
            answer += _ranked(payment, rest, close | desk.alike(payment.invoices))
    return Near(tuple(answer), gave_up)


def _open_invoices(
    matched: PaymentsMatched, debts: Iterable[OwnDebt]
) -> Mapping[tuple[str, str], Sequence[_Open]]:
    """Numbered invoices on which something is owed, by hospital and supplier."""
    lines: dict[tuple[str, str, str], list[OwnDebt]] = defaultdict(list)
    for debt in debts:
        if debt.invoice and debt.key in matched.open_debts:
            lines[debt.hospital, debt.supplier, debt.invoice].append(debt)
    answer: dict[tuple[str, str], list[_Open]] = defaultdict(list)
    for (hospital, supplier, number), of_it in sorted(lines.items()):
        answer[hospital, supplier].append(
            _Open(
                number,
                tuple(sorted(one.key for one in of_it)),
                sum(matched.open_debts[one.key] for one in of_it),
                min(one.started_day for one in of_it),
            )
        )
    return answer


class _Desk:
    """Open invoices between one hospital and one supplier, found by amount or by number.

    A payment looks at those that may be near, not at all: years of two have thousands of each.
    """

    def __init__(self, invoices: Sequence[_Open]) -> None:
        self._by_amount = sorted(invoices, key=lambda one: (one.amount, one.number))
        self._amounts = [one.amount for one in self._by_amount]
        self._by_thinned: dict[str, list[_Open]] = defaultdict(list)
        for invoice in invoices:
            for thinned in _thinned(bare_number(invoice.number)):
                self._by_thinned[thinned].append(invoice)

    def close(self, rest: int) -> tuple[dict[_Open, int], bool]:
        """Those whose amount is close to the rest, no points for numbers; and whether that is not
        all of them.
        """
        least = rest - rest // CLOSE_ONE_IN
        most = rest * CLOSE_ONE_IN // (CLOSE_ONE_IN - 1)
        span = slice(bisect_left(self._amounts, least), bisect_right(self._amounts, most))
        found = self._by_amount[span]
        if len(found) > MOST_LOOKED:
            closest = sorted(found, key=lambda one: (abs(one.amount - rest), one.number))
            return dict.fromkeys(closest[:MOST_LOOKED], 0), True
        return dict.fromkeys(found, 0), False

    def alike(self, numbers: Sequence[str]) -> dict[_Open, int]:
        """Those whose number is within two slips of one of these, with the points for that."""
        best: dict[_Open, int] = {}
        for bare in map(bare_number, numbers):
            for invoice in {
                one for thinned in _thinned(bare) for one in self._by_thinned.get(thinned, ())
            }:
                slips = slips_between(bare, bare_number(invoice.number))
                if slips < len(NUMBER_POINTS):
                    best[invoice] = max(NUMBER_POINTS[slips], best.get(invoice, 0))
        return best


def _thinned(number: str) -> Iterator[str]:
    """A number with none, one, or two of its signs left out: what lies within two slips of another
    has one of these in common with it, for leaving out at most a sign of each undoes a slip.
    """
    yield number
    if len(number) <= LONGEST_COMPARED:
        yield from {
            number[:at] + number[at + 1 : then] + number[then + 1 :]
            for at, then in combinations(range(len(number) + 1), 2)
        }


def _ranked(payment: OwnPayment, rest: int, numbered: Mapping[_Open, int]) -> list[NearPayment]:
    """The best of these invoices, given with their points for numbers."""
    judged = [
        (invoice, sum(parts.values()), tuple(name for name, points in parts.items() if points))
        for invoice, points_of_number in numbered.items()
        for parts in [_judge(payment, rest, invoice, points_of_number)]
    ]
    good = sorted(
        (each for each in judged if each[1] >= LEAST_POINTS),
        key=lambda each: (-each[1], each[0].number),
    )
    points = [score for _, score, _ in good]
    return [
        NearPayment(
            payment.key,
            invoice.number,
            invoice.debts,
            min(rest, invoice.amount),
            points.index(score) + 1,
            score,
            points.count(score) > 1,
            fits,
        )
        for invoice, score, fits in good[:MOST_NEAR]
    ]


def _judge(payment: OwnPayment, rest: int, invoice: _Open, number: int) -> dict[str, int]:
    apart = abs(payment.day - invoice.day)
    return {
        "amount": _of_amounts(rest, invoice.amount),
        "number": number,
        "day": next((points for most, points in DAY_POINTS if apart <= most), 0),
    }


def _of_amounts(rest: int, owed: int) -> int:
    if rest == owed:
        return AMOUNT_POINTS
    if abs(rest - owed) * CLOSE_ONE_IN <= max(rest, owed):
        return CLOSE_POINTS
    return COVERED_POINTS if owed > rest else 0
