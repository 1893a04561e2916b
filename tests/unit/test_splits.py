"""The benchmark of groups: what it plants is unique, its scores are true, its gaps are said."""

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.balanced_groups import Record, balance
from tests.performance.peers import PEERS, PeerUnavailable, open_environment
from tests.performance.splits import (
    WINDOW_DAYS,
    _ambiguous,
    _peer_figures,
    make_case,
    measure_ours,
    score,
)


@pytest.mark.parametrize(("count", "seed"), [(200, 1), (200, 2), (1_000, 3)])
def test_every_planted_group_is_found_and_nothing_else_is_claimed(count: int, seed: int) -> None:
    case = make_case(count, seed=seed)
    ours, claims = measure_ours(case)
    assert (ours.found, ours.false, ours.ties) == (ours.planted, 0, 0)
    assert ours.planted == len(case.planted) > count // 60
    members = sum(len(left) + len(right) for left, right in case.planted)
    assert count // 10 <= members < count // 10 + 6
    assert min(ours.one_to_many[1], ours.many_to_one[1], ours.many_to_many[1]) >= 2
    assert sorted(map(str, claims)) == sorted(map(str, case.planted + case.pairs))


def test_what_is_missed_or_made_up_is_counted() -> None:
    case = make_case(200)
    left, right = case.planted[0]
    made_up = (left, frozenset({"R99999"}))
    theirs = score(case, [made_up, *case.planted[1:], *case.pairs], ties=0, seconds=0)
    assert (theirs.found, theirs.planted, theirs.false) == (
        len(case.planted) - 1,
        len(case.planted),
        1,
    )
    assert right


def record(key: str, amount: int, day: int = 1) -> Record:
    return Record(key, amount, "S", day)


def test_a_group_with_a_second_explanation_is_drawn_again_and_would_be_a_tie() -> None:
    planted = [(record("L1", 100), 1), (record("R1", 60), -1), (record("R2", 40), -1)]
    rival = [(record("R3", 70), -1), (record("R4", 30), -1)]
    assert _ambiguous(rival, planted)
    assert not _ambiguous([(replace(one, amount=one.amount + 1), s) for one, s in rival], planted)
    assert not _ambiguous([(replace(one, day=9), s) for one, s in rival], planted)
    right = [one for one, sign in planted + rival if sign < 0]
    found = balance([planted[0][0]], right, window_days=WINDOW_DAYS)
    assert (found.groups, [tie.count for tie in found.ties]) == ((), [2])


def test_where_the_index_gives_nothing_the_rows_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(PeerUnavailable, match="not installed"):
        open_environment(tmp_path / "once")
    figures = list(_peer_figures([make_case(200)], tmp_path / "again"))
    assert len(figures) == len(PEERS)
    assert all("not installed" in figure.note and figure.met for figure in figures)
