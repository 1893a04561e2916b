"""When an invariant's answer counts as held."""

from pathlib import Path

from settlement_api.verification import policy
from settlement_api.verification.policy import INVARIANTS, AreaAnswer, Standing, judge

ONE = INVARIANTS[0]


def test_held_broken_and_not_really_asked() -> None:
    held = judge(ONE, [AreaAnswer("370100", 5, 0, 100), AreaAnswer("370200", 2, 0, 50)], {})
    assert (held.standing, held.examined, held.figure_minor) == (Standing.HELD, 7, 150)
    broken = judge(ONE, [AreaAnswer("370100", 5, 1)], {})
    assert (broken.standing, broken.ok) == (Standing.BROKEN, False)
    empty = judge(ONE, [], {})
    assert (empty.standing, empty.ok) == (Standing.NOTHING_TO_EXAMINE, True)


def test_zero_rows_fail_where_rows_must_exist() -> None:
    unasked = judge(ONE, [AreaAnswer("370100", 5, 0)], {"370100": 5, "370200": 1})
    assert (unasked.standing, unasked.ok) == (Standing.NOTHING_EXAMINED, False)
    assert unasked.unexamined == ("370200",)


def test_every_question_has_its_file_and_every_file_its_question() -> None:
    folder = Path(policy.__file__).parent / "sql"
    worked_out = {"orphans", "targets_met"}
    assert worked_out <= {one.name for one in INVARIANTS}
    asked = {one.query for one in INVARIANTS if one.name not in worked_out}
    named = asked | {one.needed for one in INVARIANTS if one.needed} | {"matched_areas"}
    assert {file.stem for file in folder.glob("*.sql")} == named
    assert len({one.name for one in INVARIANTS}) == len(INVARIANTS)
