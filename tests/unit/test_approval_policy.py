"""Three different people, in order, over one content: pure."""

from itertools import permutations
from uuid import UUID

import pytest

from schemas.codes.approvals import ApprovalStep, Decision
from settlement_api.approvals.policy import Hindrance, Standing, hindrance

MAKER, CHECKER, RELEASER = ApprovalStep
ANN, BEN, CAI = (UUID(int=number) for number in (1, 2, 3))


def _done(step: ApprovalStep, user: UUID, decision: Decision = Decision.APPROVED) -> Standing:
    return Standing(step, decision, user)


def test_maker_checker_and_releaser_decide_in_turn() -> None:
    standing: list[Standing] = []
    for step, user in ((MAKER, ANN), (CHECKER, BEN), (RELEASER, CAI)):
        assert hindrance(standing, step=step, user_id=user) is None
        standing.append(_done(step, user))


@pytest.mark.parametrize(
    ("standing", "step", "user", "expected"),
    [
        ([], CHECKER, BEN, Hindrance.STEP_TOO_EARLY),
        ([_done(MAKER, ANN)], RELEASER, CAI, Hindrance.STEP_TOO_EARLY),
        ([_done(MAKER, ANN)], CHECKER, ANN, Hindrance.SAME_PERSON),
        ([_done(MAKER, ANN)], MAKER, BEN, Hindrance.STEP_DECIDED),
        ([_done(MAKER, ANN), _done(CHECKER, BEN)], RELEASER, ANN, Hindrance.SAME_PERSON),
        ([_done(MAKER, ANN), _done(CHECKER, BEN)], RELEASER, BEN, Hindrance.SAME_PERSON),
        (
            [_done(MAKER, ANN), _done(CHECKER, BEN, Decision.REJECTED)],
            RELEASER, CAI, Hindrance.REJECTED_BEFORE,
        ),
    ],
)  # fmt: skip
def test_what_keeps_a_person_from_deciding(
    standing: list[Standing], step: ApprovalStep, user: UUID, expected: Hindrance
) -> None:
    assert hindrance(standing, step=step, user_id=user) is expected


def test_no_order_of_two_people_ever_makes_three_decisions() -> None:
    for people in {(a, b, c) for a, b, c in permutations([ANN, ANN, BEN, BEN], 3)}:
        standing: list[Standing] = []
        for step, user in zip(ApprovalStep, people, strict=True):
            if hindrance(standing, step=step, user_id=user) is None:
                standing.append(_done(step, user))
        assert len(standing) < len(ApprovalStep)
