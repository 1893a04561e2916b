"""Near matches: what speaks for a candidate, in which order they come, and when they tie."""

from itertools import permutations

from reconciler.suggestions import LEAST_POINTS, MOST_SUGGESTED, OpenLine, Price, suggest

TEN_YUAN = Price(10_000_000, 1, 2)


def invoice(**changes: object) -> OpenLine:
    given: dict[str, object] = {
        "key": "",
        "product": "D1",
        "quantity": 10_000,
        "names": ("PO-1234",),
        "amount": 10_000,
        "day": 100,
    }
    return OpenLine(**(given | changes))  # type: ignore[arg-type]


def receipt(key: str, **changes: object) -> OpenLine:
    given: dict[str, object] = {
        "key": key,
        "product": "D1",
        "quantity": 10_000,
        "names": ("PO-1234",),
        "price": TEN_YUAN,
        "day": 101,
    }
    return OpenLine(**(given | changes))  # type: ignore[arg-type]


def test_a_line_that_agrees_in_everything_has_all_points() -> None:
    (best,) = suggest(invoice(), [receipt("a")])
    assert (best.key, best.rank, best.score, best.tied) == ("a", 1, 100, False)
    assert best.fits == ("product", "quantity", "amount", "number", "day")


def test_candidates_come_by_what_speaks_for_them_whatever_their_order() -> None:
    candidates = [
        receipt("exact"),
        receipt("swapped", names=("PO-1243",)),
        receipt("two slips", names=("PO-1299",)),
        receipt("dearer", price=Price(11_000_000, 1, 2)),
        receipt("late and unnamed", names=(), day=191),
        receipt("covers", quantity=20_000, names=("PO-9999",), day=None),
        receipt("too little", quantity=9_999, names=("PO-9999",), day=None, price=None),
    ]
    found = [(each.key, each.score) for each in suggest(invoice(), candidates)]
    assert found == [
        ("exact", 100),
        ("swapped", 96),
        ("two slips", 93),
        ("dearer", 80),
        ("late and unnamed", 80),
        ("covers", 65),
    ]
    for order in list(permutations(candidates))[:200]:
        assert [(each.key, each.score) for each in suggest(invoice(), order)] == found


def test_equal_points_are_a_tie_and_share_their_rank() -> None:
    found = suggest(invoice(), [receipt("b"), receipt("a"), receipt("c", names=())])
    assert [(each.key, each.rank, each.tied) for each in found] == [
        ("a", 1, True),
        ("b", 1, True),
        ("c", 3, False),
    ]


def test_a_tie_with_one_that_is_not_shown_is_said_too() -> None:
    found = suggest(invoice(), [receipt(f"{number:02}") for number in range(MOST_SUGGESTED + 1)])
    assert len(found) == MOST_SUGGESTED
    assert all(each.tied and each.rank == 1 for each in found)


def test_an_amount_within_the_rounding_of_the_price_fits_and_one_fen_more_does_not() -> None:
    third = Price(333_000, 1, 3)  # 0.333 yuan, so 30 units are 9.99 yuan, give or take 0.015
    for amount, fits in ((997, False), (998, True), (999, True), (1_000, True), (1_001, False)):
        sought = invoice(amount=amount, quantity=30_000)
        (found,) = suggest(sought, [receipt("a", quantity=30_000, price=third)])
        assert ("amount" in found.fits) is fits, amount


def test_amounts_are_compared_where_both_are_stated_and_either_side_may_have_the_price() -> None:
    (same,) = suggest(invoice(), [receipt("a", amount=10_000, price=None)])
    (other,) = suggest(invoice(), [receipt("a", amount=10_001, price=None)])
    assert ("amount" in same.fits, "amount" in other.fits) == (True, False)
    (turned,) = suggest(receipt(""), [invoice(key="i")])
    assert turned.score == 100


def test_numbers_are_read_without_case_and_signs_between() -> None:
    (found,) = suggest(invoice(names=("po 12-34",)), [receipt("a")])
    assert found.score == 100
    (none,) = suggest(invoice(names=("--",)), [receipt("a")])
    assert "number" not in none.fits


def test_another_product_is_shown_only_where_much_else_agrees() -> None:
    (found,) = suggest(invoice(), [receipt("a", product="D2")])
    assert (found.score, "product" in found.fits) == (65, False)
    assert suggest(invoice(), [receipt("a", product="D2", quantity=1, names=())]) == []
    assert LEAST_POINTS > 20 + 8
