"""How hospitals' decisions fall on lines, and how lines split: pure."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes.applications import (
    DisputeReason,
    LineDecisionKind,
    LineEvent,
    LineStatus,
)
from settlement_api.applications import policy
from settlement_api.applications.policy import (
    Expectation,
    LineDecision,
    LineState,
    OpenPayable,
    applicable,
    judge,
)
from settlement_api.applications.states import TRANSITIONS, destination, origins

LINE = UUID(int=7)
OTHER = DisputeReason.OTHER


def _line(
    status: LineStatus = LineStatus.SUBMITTED, quantity: int = 10_000, amount: int = 1_000
) -> LineState:
    return LineState(LINE, uuid4(), status, quantity, amount, None)


def _confirm(quantity: int | None = None, reason: DisputeReason | None = None) -> LineDecision:
    return LineDecision(LINE, LineDecisionKind.CONFIRM, quantity, reason)


def _dispute(reason: DisputeReason | None = OTHER, quantity: int | None = None) -> LineDecision:
    return LineDecision(LINE, LineDecisionKind.DISPUTE, quantity, reason)


def test_confirming_part_disputes_the_rest() -> None:
    moves, unchanged, refusals = judge([_confirm(3_000, OTHER)], {LINE: _line(amount=1_001)})
    (move,) = moves
    assert (unchanged, refusals) == ([], [])
    assert (move.to_status, move.quantity_milli, move.amount_minor) == ("confirmed", 3_000, 300)
    assert (move.rest_quantity_milli, move.rest_amount_minor) == (7_000, 701)


@pytest.mark.parametrize(
    ("decision", "line", "code"),
    [
        (_confirm(), None, policy.NOT_FOUND),
        (_confirm(), _line(LineStatus.ACCEPTED), policy.NOT_WAITING),
        (_confirm(), _line(LineStatus.DISPUTED), policy.NOT_WAITING),
        (_dispute(), _line(LineStatus.CONFIRMED), policy.NOT_WAITING),
        (_dispute(None), _line(), policy.REASON_MISSING),
        (_dispute(OTHER, 1), _line(), policy.QUANTITY_OUTSIDE),
        (_confirm(None, OTHER), _line(), policy.REASON_UNNEEDED),
        (_confirm(3_000), _line(), policy.REASON_MISSING),
        (_confirm(0, OTHER), _line(), policy.QUANTITY_OUTSIDE),
        (_confirm(10_001, OTHER), _line(), policy.QUANTITY_OUTSIDE),
        (_confirm(-1, OTHER), _line(), policy.QUANTITY_OUTSIDE),
        (_confirm(1, OTHER), _line(quantity=-10_000, amount=-1_000), policy.QUANTITY_OUTSIDE),
        (_confirm(1, OTHER), _line(quantity=0), policy.NOT_SPLITTABLE),
    ],
)
def test_what_cannot_be_decided_says_why(
    decision: LineDecision, line: LineState | None, code: str
) -> None:
    moves, unchanged, refusals = judge([decision], {} if line is None else {LINE: line})
    assert (moves, unchanged) == ([], [])
    assert [refusal.code for refusal in refusals] == [code]


def test_deciding_the_same_again_changes_nothing() -> None:
    for decision, status in (
        (_confirm(), LineStatus.CONFIRMED),
        (_dispute(), LineStatus.DISPUTED),
    ):
        assert judge([decision], {LINE: _line(status)}) == ([], [LINE], [])


def test_a_line_named_twice_is_decided_once() -> None:
    moves, _, refusals = judge([_confirm(), _dispute()], {LINE: _line()})
    assert [move.to_status for move in moves] == [LineStatus.CONFIRMED]
    assert [refusal.code for refusal in refusals] == [policy.NAMED_TWICE]


@given(
    amount=st.integers(-(10**11), 10**11),
    whole=st.integers(2, 10**12),
    data=st.data(),
)
def test_parts_add_up_and_never_leave_the_whole(
    amount: int, whole: int, data: st.DataObject
) -> None:
    taken = data.draw(st.integers(1, whole - 1))
    part = policy.part_of(amount, taken=taken, whole=whole)
    assert abs(part) <= abs(amount)
    assert part * amount >= 0
    assert abs(part * whole - amount * taken) * 2 <= whole
    assert policy.part_of(amount, taken=-taken, whole=-whole) == part


def test_an_expectation_is_count_and_sum() -> None:
    lines = [_line(amount=3), _line(amount=-1)]
    assert policy.meets(Expectation(2, 2), lines)
    assert not policy.meets(Expectation(2, 3), lines)
    assert not policy.meets(Expectation(1, 2), lines)


def test_a_period_ends_on_its_last_day() -> None:
    assert policy.last_day_of("2028-02").isoformat() == "2028-02-29"


def test_every_event_leads_to_one_state_and_accepted_lines_stay() -> None:
    for event in set(TRANSITIONS.values()):
        assert origins(event)
        assert destination(event) in LineStatus
    assert all(start is not LineStatus.ACCEPTED for start, _ in TRANSITIONS)
    assert LineEvent.SUBMIT not in TRANSITIONS.values()


def test_decisions_fall_on_their_own_lines() -> None:
    second = uuid4()
    other = LineState(second, uuid4(), LineStatus.SUBMITTED, 5_000, 50, None)
    lines = {LINE: _line(), second: other}
    decisions = [_dispute(), LineDecision(second, LineDecisionKind.CONFIRM)]
    moves, _, _ = judge(decisions, lines)
    assert [(move.line_id, move.to_status, move.amount_minor) for move in moves] == [
        (LINE, LineStatus.DISPUTED, 1_000),
        (second, LineStatus.CONFIRMED, 50),
    ]


ORIGINAL, ORDER, RECEIPT = (UUID(int=number) for number in (1, 2, 3))


def _open(number: int, units: int, fen: int, **changes: Any) -> OpenPayable:
    kind = "goods" if units > 0 else "price_adj"
    adjusts = None if units > 0 else ORIGINAL
    said = {"order_line_id": ORDER, "receipt_line_id": RECEIPT, "is_limited": units < 0}
    return OpenPayable(
        **{"id": UUID(int=number), "kind": kind, "adjusts_payable_id": adjusts}
        | {"quantity_milli": units, "amount_minor": fen}
        | said
        | changes
    )


MOVED = _open(10, -5_000, -500)


@pytest.mark.parametrize(
    ("rows", "room", "kept"),
    [
        ([MOVED, _open(11, 5_000, 500)], 0, []),
        ([MOVED, _open(11, 5_000, 500)], 499, []),
        ([MOVED, _open(11, 5_000, 500)], 500, [10, 11]),
        ([_open(10, -5_000, -500, is_limited=False), _open(11, 5_000, 500)], 0, [10, 11]),
        ([MOVED, _open(11, 5_000, 500, order_line_id=UUID(int=9))], 0, [11]),
        ([MOVED, _open(11, 5_000, 500), _open(12, 900, 90)], 0, [12]),
        ([MOVED, _open(11, 6_000, 600, receipt_line_id=None), _open(12, 5_000, 500)], 0, [11]),
        ([MOVED, _open(11, 3_000, 300), _open(12, 3_000, 300), _open(13, 1_000, 100)], 0, [12]),
        # What came on another receipt is new, and most of a line does not wait for a few of it.
        ([MOVED, _open(11, 5_000, 500, receipt_line_id=UUID(int=4))], 0, [11]),
        ([MOVED, _open(11, 5_001, 501)], 0, [11]),
        ([_open(10, -5_000, -500, receipt_line_id=None), _open(11, 5_000, 500)], 0, [11]),
        # Goods that went back whole are no move, nor is a price: what came besides is applied for.
        ([_open(10, -5_000, -500, kind="return"), _open(11, 5_000, 500)], 0, [11]),
        ([_open(10, 0, -500, is_limited=True), _open(11, 5_000, 500)], 0, [11]),
    ],
)
def test_goods_that_only_moved_from_a_rejected_line_are_not_applied_for(
    rows: list[OpenPayable], room: int, kept: list[int]
) -> None:
    assert [row.id.int for row in applicable(rows, {ORIGINAL: room})] == kept
