"""When an invariant's answer counts as held."""

import io
from pathlib import Path

from rich.console import Console
from typer.testing import CliRunner

from settlement_api.cli import app
from settlement_api.verification import policy
from settlement_api.verification.policy import INVARIANTS, AreaAnswer, Standing, judge
from settlement_api.verification.report import BROKEN, print_results

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
    worked_out = {"orphans", "seals_are_ours", "targets_met"}
    assert worked_out <= {one.name for one in INVARIANTS}
    asked = {one.query for one in INVARIANTS if one.name not in worked_out}
    named = asked | {one.needed for one in INVARIANTS if one.needed}
    named |= {"matched_areas", "sealed_events"}
    assert {file.stem for file in folder.glob("*.sql")} == named
    assert len({one.name for one in INVARIANTS}) == len(INVARIANTS)


def test_the_table_names_every_area_and_folds_where_the_terminal_is_narrow() -> None:
    areas = [AreaAnswer(f"3701{n:02}", 1_234_567 + n, 0, 98_765_432_100 + n) for n in range(16)]
    empty = [judge(one, [], {one.query: 1}) for one in INVARIANTS]
    results = [judge(ONE, areas, {}), *empty]
    for width in (80, 60):
        out = io.StringIO()
        console = Console(width=width, file=out)
        assert print_results(results, console=console, per_area=True) == BROKEN
        table = out.getvalue()
        assert "…" not in table
        assert max(len(line) for line in table.splitlines()) <= width
    wide = io.StringIO()
    print_results(results, console=Console(width=200, file=wide), per_area=True)
    for area in areas:
        (line,) = (line for line in wide.getvalue().splitlines() if area.area_code in line)
        assert f"{area.examined:,}" in line


def test_verify_asks_for_the_areas_when_told_to() -> None:
    told = CliRunner().invoke(app, ["verify", "--help"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    assert "--per-area" in told.output
