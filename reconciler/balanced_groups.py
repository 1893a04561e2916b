"""Which amounts of two sides belong together: groups n:m whose sums agree to the fen. Pure.

Explicit references bind first, whatever the amounts say. What they leave is looked for by amount
within one pool (a counterparty, an account) and a window of days: the fewest records first, and
a group is taken only where no other of its size holds one of its records. Of several that fit
none is chosen: they are a tie, ranked for people. The work is bounded; where the bound is met the
answer says up to which size was looked, and nothing larger is claimed or denied.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from math import comb
from typing import Final

MOST_WORK: Final = 400_000
"""Sums looked at per run of days within one pool: well under a second."""
TIED_SHOWN: Final = 20
"""Of a tie's candidates, so many are given; all are counted."""


class Basis(StrEnum):
    """Why a group belongs together."""

    REFERENCE = "reference"
    AMOUNT = "amount"


class Waiting(StrEnum):
    """Why a record is in no group.

    `no_group`: no set of records of the pool and window balances with it, of any size;
    `gave_up`: none was found before the bound on work was met.
    """

    NOTHING_OPPOSITE = "nothing_opposite"
    NO_GROUP = "no_group"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True)
class Record:
    """One amount of one side: fen, above zero.

    `key` is its external identity, unique on its side: it orders what is otherwise equal. `day`
    is a date's ordinal. `references` are tokens that name what it belongs to.
    """

    key: str
    amount: int
    pool: str
    day: int
    references: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Group:
    """Records of both sides with one sum, as sorted keys; `days` between its first and last."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    amount: int
    days: int
    basis: Basis

    @property
    def rank(self) -> tuple[int, int, tuple[str, ...], tuple[str, ...]]:
        """Fewer records first, then fewer days between them, then external identity."""
        return (len(self.left) + len(self.right), self.days, self.left, self.right)


@dataclass(frozen=True, slots=True)
class Tie:
    """Groups of one size that share records: at most one is true, and nothing here says which.

    `candidates` are the best ranked of `count`; `left` and `right` all records that they share
    out.
    """

    candidates: tuple[Group, ...]
    count: int
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Records that references join although their sums differ: left less right, fen."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    difference: int


@dataclass(frozen=True, slots=True)
class SideTotals:
    """One side to the fen: amount = matched + waiting + discrepant (tied, or differing)."""

    amount: int
    matched: int
    waiting: int
    discrepant: int


@dataclass(frozen=True, slots=True)
class Balanced:
    """Every record of both sides exactly once: in a group, a tie, a difference, or waiting.

    `searched_to` names the pools in which larger groups than that size were not looked for.
    """

    groups: tuple[Group, ...]
    ties: tuple[Tie, ...]
    differences: tuple[Difference, ...]
    left_waiting: Mapping[str, Waiting]
    right_waiting: Mapping[str, Waiting]
    searched_to: Mapping[str, int]
    left_totals: SideTotals
    right_totals: SideTotals


@dataclass(frozen=True, slots=True)
class _Signed:
    """A record with its side: the left counts up, the right down."""

    record: Record
    is_left: bool

    @property
    def amount(self) -> int:
        return self.record.amount if self.is_left else -self.record.amount

    @property
    def place(self) -> tuple[int, bool, str]:
        return (self.record.day, self.is_left, self.record.key)


class _WorkSpent(Exception):
    """The bound on sums was met."""


@dataclass
class _Work:
    left: int

    def take(self, sums: int) -> None:
        if sums > self.left:
            raise _WorkSpent
        self.left -= sums


@dataclass
class _Found:
    groups: list[Group] = field(default_factory=list)
    ties: list[Tie] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    waiting: dict[_Signed, Waiting] = field(default_factory=dict)
    searched_to: dict[str, int] = field(default_factory=dict)


def balance(
    left: Iterable[Record],
    right: Iterable[Record],
    *,
    window_days: int,
    most_work: int = MOST_WORK,
) -> Balanced:
    """Groups of both sides; the order in which records are given changes nothing.

    `window_days`: most days between the first and last record of a group found by amount.
    `most_work`: sums looked at per run of days of a pool. Raises ValueError for an amount that is
    not positive, or a key given twice on one side.
    """
    signed = [_Signed(record, True) for record in left]
    signed += [_Signed(record, False) for record in right]
    _require_sound(signed)
    signed.sort(key=lambda one: one.place)
    found = _Found()
    free = _bind_by_reference(signed, found)
    pools: dict[str, list[_Signed]] = defaultdict(list)
    for one in free:
        pools[one.record.pool].append(one)
    for pool in sorted(pools):
        for run in _runs(pools[pool], window_days):
            _search(pool, run, window_days, _Work(most_work), found)
    return _result(signed, found)


def _require_sound(signed: Sequence[_Signed]) -> None:
    if any(one.record.amount <= 0 for one in signed):
        raise ValueError("amounts are above zero: a side says which way money went")
    if len({(one.is_left, one.record.key) for one in signed}) != len(signed):
        raise ValueError("a key names one record of its side")


def _bind_by_reference(signed: Sequence[_Signed], found: _Found) -> list[_Signed]:
    """Groups and differences of what shares references; the rest, in order."""
    holders: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(signed):
        for token in one.record.references:
            holders[token].append(place)
    joined = _Joined(len(signed))
    for places in holders.values():
        if len({signed[place].is_left for place in places}) == 2:
            joined.join(places)
    free = []
    for places in joined.parts():
        members = [signed[place] for place in places]
        if len(members) == 1:
            free += members
        elif sum(one.amount for one in members) == 0:
            found.groups.append(_group(members, Basis.REFERENCE))
        else:
            difference = sum(one.amount for one in members)
            found.differences.append(
                Difference(_keys(members, left=True), _keys(members, left=False), difference)
            )
    return sorted(free, key=lambda one: one.place)


class _Joined:
    """Which of `count` things belong together, directly or through others."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def _root(self, place: int) -> int:
        while self._parent[place] != place:
            self._parent[place] = self._parent[self._parent[place]]
            place = self._parent[place]
        return place

    def join(self, places: Sequence[int]) -> None:
        for place in places[1:]:
            one, other = self._root(places[0]), self._root(place)
            self._parent[max(one, other)] = min(one, other)

    def parts(self) -> Iterable[list[int]]:
        parts: dict[int, list[int]] = defaultdict(list)
        for place in range(len(self._parent)):
            parts[self._root(place)].append(place)
        return parts.values()


def _runs(pool: Sequence[_Signed], window_days: int) -> Iterator[list[_Signed]]:
    """Parts of a pool so far from each other that no group holds records of two."""
    run: list[_Signed] = []
    for one in pool:
        if run and one.record.day - run[-1].record.day > window_days:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _search(
    pool: str, run: Sequence[_Signed], window_days: int, work: _Work, found: _Found
) -> None:
    """Settles one run size by size, so that every group found is minimal."""
    alone = _without_opposite(run, window_days)
    found.waiting |= dict.fromkeys(alone, Waiting.NOTHING_OPPOSITE)
    free = [one for one in run if one not in alone]
    size, reason = 2, Waiting.NO_GROUP
    every: dict[int, list[tuple[_Signed, ...]]] | None = None
    try:
        while size <= len(free) and len({one.is_left for one in free}) == 2:
            # Pairs are cheap and most of the work: without them, unions of pairs are no sets.
            if every is None and size > 2 and 2 << ((len(free) + 1) // 2) <= work.left:
                every = _of_every_size(free, window_days, work)
            sets = _of_size(free, size, window_days, work) if every is None else every.get(size, [])
            settled = _settle(sets, free, found)
            free = [one for one in free if one not in settled]
            size += 1
    except _WorkSpent:
        reason = Waiting.GAVE_UP
        found.searched_to[pool] = min(size - 1, found.searched_to.get(pool, size - 1))
    found.waiting |= dict.fromkeys(free, reason)


def _without_opposite(run: Sequence[_Signed], window_days: int) -> set[_Signed]:
    days = {
        side: sorted({one.record.day for one in run if one.is_left is side})
        for side in (True, False)
    }
    return {
        one
        for one in run
        if not any(abs(day - one.record.day) <= window_days for day in days[not one.is_left])
    }


def _of_size(
    free: Sequence[_Signed], size: int, window_days: int, work: _Work
) -> list[tuple[_Signed, ...]]:
    """Every set of that size, within the window, that adds up to nothing.

    A set is found once: from the window that starts on its first day, as its earlier half and
    its later half. Costs the number of halves, not of sets.
    """
    sets: list[tuple[_Signed, ...]] = []
    for start, first in enumerate(free):
        if start and free[start - 1].record.day == first.record.day:
            continue
        day = first.record.day
        window = [one for one in free[start:] if one.record.day - day <= window_days]
        starters = sum(one.record.day == day for one in window)
        sets += _in_window(window, starters, size, work)
    return sets


def _in_window(
    window: Sequence[_Signed], starters: int, size: int, work: _Work
) -> Iterator[tuple[_Signed, ...]]:
    """Sets whose first record is one of the `starters` at the head of the window."""
    early, late = size - size // 2, size // 2
    count = len(window)
    work.take(comb(count, late) + comb(count, early) - comb(count - starters, early))
    amounts = [one.amount for one in window]
    later: dict[int, list[tuple[int, ...]]] = defaultdict(list)
    for half in combinations(range(count), late):
        later[sum(amounts[place] for place in half)].append(half)
    for half in combinations(range(count), early):
        if half[0] >= starters:
            return
        fitting = later.get(-sum(amounts[place] for place in half), ())
        work.take(len(fitting))
        for other in fitting:
            if half[-1] < other[0]:
                yield tuple(window[place] for place in half + other)


def _of_every_size(
    free: Sequence[_Signed], window_days: int, work: _Work
) -> dict[int, list[tuple[_Signed, ...]]]:
    """Every set within the window that adds up to nothing, by size: for few records all at once."""
    middle = len(free) // 2
    lower, upper = _subset_sums(free[:middle]), _subset_sums(free[middle:])
    work.take(len(lower) + len(upper))
    by_sum: dict[int, list[int]] = defaultdict(list)
    for mask, amount in enumerate(upper):
        by_sum[amount].append(mask)
    sets: dict[int, list[tuple[_Signed, ...]]] = defaultdict(list)
    for mask, amount in enumerate(lower):
        fitting = by_sum.get(-amount, ())
        work.take(len(fitting))
        for other in fitting:
            chosen = mask | other << middle
            members = tuple(one for place, one in enumerate(free) if chosen >> place & 1)
            if members and members[-1].record.day - members[0].record.day <= window_days:
                sets[len(members)].append(members)
    return sets


def _subset_sums(records: Sequence[_Signed]) -> list[int]:
    """The sum of every subset; bit n of a sum's index says whether record n is in it."""
    sums = [0]
    for one in records:
        sums += [amount + one.amount for amount in sums]
    return sums


def _settle(
    sets: Iterable[tuple[_Signed, ...]], free: Sequence[_Signed], found: _Found
) -> set[_Signed]:
    """Takes the sets of one size that share no record with another; the others are ties."""
    standing = set(free)
    fitting = [members for members in sets if standing.issuperset(members)]
    holders: dict[_Signed, list[int]] = defaultdict(list)
    for place, members in enumerate(fitting):
        for one in members:
            holders[one].append(place)
    joined = _Joined(len(fitting))
    for places in holders.values():
        joined.join(places)
    for places in joined.parts():
        groups = [_group(fitting[place], Basis.AMOUNT) for place in places]
        if len(groups) == 1:
            found.groups += groups
        else:
            ranked = sorted(groups, key=lambda group: group.rank)
            shared = {one for place in places for one in fitting[place]}
            left, right = _keys(shared, left=True), _keys(shared, left=False)
            found.ties.append(Tie(tuple(ranked[:TIED_SHOWN]), len(ranked), left, right))
    return set(holders)


def _group(members: Sequence[_Signed], basis: Basis) -> Group:
    days = [one.record.day for one in members]
    return Group(
        _keys(members, left=True),
        _keys(members, left=False),
        sum(one.record.amount for one in members if one.is_left),
        max(days) - min(days),
        basis,
    )


def _keys(members: Iterable[_Signed], *, left: bool) -> tuple[str, ...]:
    return tuple(sorted(one.record.key for one in members if one.is_left is left))


def _result(signed: Sequence[_Signed], found: _Found) -> Balanced:
    waiting = found.waiting
    return Balanced(
        groups=tuple(sorted(found.groups, key=lambda group: (group.basis, group.rank))),
        ties=tuple(sorted(found.ties, key=lambda tie: tie.candidates[0].rank)),
        differences=tuple(sorted(found.differences, key=lambda one: (one.left, one.right))),
        left_waiting={one.record.key: why for one, why in waiting.items() if one.is_left},
        right_waiting={one.record.key: why for one, why in waiting.items() if not one.is_left},
        searched_to=dict(sorted(found.searched_to.items())),
        left_totals=_totals(signed, found, is_left=True),
        right_totals=_totals(signed, found, is_left=False),
    )


def _totals(signed: Sequence[_Signed], found: _Found, *, is_left: bool) -> SideTotals:
    """Added up from where each record ended, not from each other."""
    amounts = {one.record.key: one.record.amount for one in signed if one.is_left is is_left}

    def total(ended: Sequence[Group | Tie | Difference]) -> int:
        return sum(amounts[key] for one in ended for key in (one.left if is_left else one.right))

    return SideTotals(
        amount=sum(amounts.values()),
        matched=total(found.groups),
        waiting=sum(one.record.amount for one in found.waiting if one.is_left is is_left),
        discrepant=total(found.ties) + total(found.differences),
    )
