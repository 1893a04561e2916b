"""Statement entries against payments, and hospitals' own payments against what they owe."""

import numpy as np

from reconciler.bank_matching import ENTRY, MATCHES, PAYMENT, match_entries
from reconciler.columns import NOT_STATED, UNNAMED
from reconciler.self_payment_matching import OWED, PAID, match_self_payments


def test_each_entry_gets_its_payment_and_a_verdict() -> None:
    payments = np.array([(b"a", 100, False), (b"b", 200, False), (b"c", 300, True)], PAYMENT)
    entries = np.array(
        [
            (b"b", 200, False),
            (b"a", 100, False),
            (b"a", 100, False),  # booked twice
            (b"a", 100, True),  # came back
            (b"b", 201, False),
            (b"c", 300, True),
            (b"x", 100, False),
            (b"", 100, False),
        ],
        ENTRY,
    )
    matches = match_entries(entries, payments)
    none = NOT_STATED
    assert matches.payment.tolist() == [1, 0, 0, 0, 1, 2, none, none]
    assert [str(MATCHES[verdict]) for verdict in matches.verdict] == [
        "matched",
        "matched",
        "repeated",
        "opposite",
        "amount_differs",
        "matched",
        "unknown",
        "unknown",
    ]


def test_without_payments_every_entry_is_unknown() -> None:
    entries = np.array([(b"a", 1, False)], ENTRY)
    assert match_entries(entries, np.zeros(0, PAYMENT)).payment.tolist() == [NOT_STATED]


def test_own_payments_settle_what_they_name_and_then_the_oldest() -> None:
    owed = np.array([(0, 100), (0, 50), (1, 70)], OWED)
    paid = np.array([(0, 1, 30), (0, UNNAMED, 90), (0, UNNAMED, 60), (1, UNNAMED, 10)], PAID)
    named, laid = match_self_payments(owed, paid)
    assert list(zip(named.supply, named.demand, named.quantity, strict=True)) == [(1, 0, 30)]
    assert sorted(zip(laid.supply, laid.demand, laid.quantity, strict=True)) == [
        (0, 1, 90),
        (0, 2, 10),
        (1, 2, 20),
        (2, 3, 10),
    ]
