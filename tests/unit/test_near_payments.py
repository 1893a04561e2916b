"""Near matches of own payments: what speaks for an invoice, in which order, and when they tie."""

from collections.abc import Sequence
from random import Random

import pytest

from reconciler.near_payments import (
    LEAST_POINTS,
    MOST_LOOKED,
    MOST_NEAR,
    NearPayment,
    near_payments,
)
from reconciler.self_payment_matching import OwnDebt, OwnPayment, match_own_payments
from reconciler.suggestions import bare_number, slips_between

FIRST, SECOND = "26372000000000000001", "26372000000000009950"


def paid(key: str, amount: int, *invoices: str, day: int = 10, supplier: str = "S") -> OwnPayment:
    return OwnPayment(key, "H", supplier, invoices, amount, day)


def owed(key: str, amount: int, invoice: str, *, day: int = 1, supplier: str = "S") -> OwnDebt:
    return OwnDebt(key, "H", supplier, invoice, amount, day, None)


def near(payments: Sequence[OwnPayment], debts: Sequence[OwnDebt]) -> tuple[NearPayment, ...]:
    return near_payments(match_own_payments(payments, debts), payments, debts).found


def points(payment: OwnPayment, *debts: OwnDebt) -> list[tuple[str, int]]:
    return [(one.invoice, one.score) for one in near([payment], debts)]


def test_a_mistyped_number_of_the_same_amount_comes_first() -> None:
    """All points, before what agrees in less; and what only agrees in its day is none."""
    debts = [
        owed("same amount", 10_000, SECOND),
        owed("mistyped a", 6_000, FIRST),
        owed("mistyped b", 4_000, FIRST),
        owed("other", 777, "99990000000000000000"),
    ]
    best, second = near([paid("p", 10_000, "26372000000000000010")], debts)
    assert (best.invoice, best.debts, best.amount) == (FIRST, ("mistyped a", "mistyped b"), 10_000)
    assert (best.rank, best.score, best.tied) == (1, 90, False)
    assert best.fits == ("amount", "number", "day")
    assert (second.invoice, second.rank, second.score) == (SECOND, 2, 60)
    assert second.fits == ("amount", "day")


@pytest.mark.parametrize(
    ("amount", "named", "day", "score"),
    [
        (10_000, "A-1234/5", 10, 100),
        (10_000, "A1324-5", 10, 90),
        (10_000, "A132450", 10, 80),
        (10_000, "X", 10, 60),
        (10_000, "X", 31, 60),
        (10_000, "X", 32, 55),
        (10_000, "X", 92, 50),
        (10_000, "X", 182, 45),
        (9_900, "X", 10, 40),
        (9_899, "X", 10, None),
        (9_899, "A12354", 10, 55),
        (10_101, "X", 10, 40),
        (10_102, "X", 10, None),
        (10_102, "A12354", 10, 45),
        (9_900, "X", 32, None),
        (5_000, "A21354", 32, 40),
        (5_000, "A21354", 92, None),
    ],
)
def test_points_are_for_amount_number_and_day(
    amount: int, named: str, day: int, score: int | None
) -> None:
    found = points(paid("p", amount, named, day=day), owed("a", 10_000, "A-12345"))
    assert found == ([] if score is None else [("A-12345", score)])


def test_what_is_laid_is_near_nothing_and_what_is_left_is_looked_for() -> None:
    """The rest of a payment may be for another invoice; one that is paid is open no more."""
    debts = [owed("a", 60, "INV-100"), owed("b", 40, "INV-205")]
    payments = [paid("p", 100, "INV-100")]
    assert [(one.invoice, one.amount) for one in near(payments, debts)] == [("INV-205", 40)]
    assert near([paid("p", 60, "INV-100")], debts[:1]) == ()


def test_less_is_laid_than_either_has() -> None:
    assert [one.amount for one in near([paid("p", 101, "A-1243")], [owed("a", 100, "A-1234")])] == [
        100
    ]
    assert [one.amount for one in near([paid("p", 70, "A-1243")], [owed("a", 100, "A-1234")])] == [
        70
    ]


def test_equal_points_tie_and_come_by_number_whatever_the_order() -> None:
    debts = [owed(f"d{at}", 5_000, f"INV-{at:05d}") for at in range(0, 40_000, 1_000)]
    payments = [paid("p", 5_000, "OTHER"), paid("q", 5_000, "INV-07000", day=9)]
    first = near(payments, debts)
    assert [one.invoice for one in first if one.payment == "p"] == [
        f"INV-{at:05d}" for at in range(0, 11_000, 1_000) if at != 7_000
    ][:MOST_NEAR]
    assert {(one.rank, one.tied) for one in first} == {(1, True)}
    for seed in range(5):
        Random(seed).shuffle(debts)
        assert near(payments[::-1], debts) == first


def test_of_a_number_the_likest_counts_and_others_suppliers_are_strangers() -> None:
    both = paid("p", 50, "ZZZZZZ", "A-1243")
    assert points(both, owed("a", 100, "A-1234")) == [("A-1234", 55)]
    assert points(both, owed("a", 100, "A-1234", supplier="T")) == []
    assert points(both, owed("a", 50, "")) == []


def test_more_close_amounts_than_are_looked_at_are_said_to_be() -> None:
    debts = [owed(f"d{at}", 5_000 + at % 2, f"INV-{at:09d}x") for at in range(2 * MOST_LOOKED)]
    payments = [paid("p", 5_000, "OTHER")]
    matched = match_own_payments(payments, debts, most_work=1_000)
    found = near_payments(matched, payments, debts)
    assert found.gave_up
    assert {one.score for one in found.found} == {60}
    few = debts[:MOST_LOOKED]
    assert not near_payments(match_own_payments(payments, few), payments, few).gave_up


def test_numbers_within_two_slips_are_all_found() -> None:
    """By the plain comparison of each with each, over random slips."""
    dice = Random(1)
    numbers = sorted({slipped("4507123", dice) for _ in range(400)})
    debts = [owed(number, 900 + at, number) for at, number in enumerate(numbers)]
    sought = "4507123"
    found = {one.invoice for one in all_near(paid("p", 1, sought), debts)}
    alike = {one for one in numbers if slips_between(bare_number(sought), bare_number(one)) <= 2}
    assert 50 < len(alike) < len(numbers)
    assert found == alike - {sought}


def slipped(number: str, dice: Random) -> str:
    for _ in range(dice.randint(0, 4)):
        at = dice.randrange(len(number))
        sign = dice.choice("0123456789")
        number = dice.choice(
            [
                number[:at] + number[at + 1 :],
                number[:at] + sign + number[at:],
                number[:at] + sign + number[at + 1 :],
                number[:at] + number[at : at + 2][::-1] + number[at + 2 :],
            ]
        )
    return number


def all_near(payment: OwnPayment, debts: Sequence[OwnDebt]) -> list[NearPayment]:
    """Asked one by one, so that the best do not crowd the others out."""
    return [one for debt in debts for one in near([payment], [debt])]


def test_years_of_trade_are_looked_at_by_amount_and_number_not_each_with_each() -> None:
    dice = Random(2)
    amounts = dice.sample(range(1, 10**7), 3_000)
    debts = [owed(f"d{at}", amount, f"26{at:018d}") for at, amount in enumerate(amounts)]
    payments = [
        paid(f"p{at}", debts[at].amount, f"26{at:018d}"[::-1] + "Z", day=20) for at in range(500)
    ]
    found = near_payments(match_own_payments(payments, debts), payments, debts).found
    best = {one.payment: one for one in found if one.rank == 1}
    assert len(best) == len(payments)
    assert all(one.debts == (f"d{key[1:]}",) for key, one in best.items())
    assert all(one.score >= LEAST_POINTS for one in found)
