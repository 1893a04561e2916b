"""Groups n:m among 200, 1,000 and 5,000 records: ours must find all that were planted.

One record in ten is in a planted group (1:n, n:1, n:m in turn); the others are pairs of one
amount. Every record has a counterparty and a day as real ones do. That a planted group is the
only one of its size or smaller in its pool is proved here, by other code than ours. Packages on
the same records run in an environment and a process of their own (`peers.py`).
"""

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from reconciler.balanced_groups import Record, balance
from tests.performance.measure import Figure
from tests.performance.peers import PEERS, PeerUnavailable, open_environment, run_peer

SIZES: Final = (200, 1_000, 5_000)
SEED: Final = 20260301
COUNTERPARTIES: Final = 40
DAYS: Final = 31
WINDOW_DAYS: Final = 3
SHAPES: Final = ((1, 2), (2, 1), (2, 2), (1, 3), (3, 1), (2, 3), (1, 4), (4, 1), (3, 2), (3, 3))
SMALLEST, LARGEST = 1_000, 90_000_000
"""Fen: 10 yuan to 900,000 yuan."""

Keys = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class Case:
    """Records of two sides, and the groups planted among them."""

    left: list[Record]
    right: list[Record]
    planted: list[Keys]
    pairs: list[Keys]

    @property
    def count(self) -> int:
        """Records of both sides."""
        return len(self.left) + len(self.right)


@dataclass(frozen=True)
class Score:
    """Planted groups found by shape, what was claimed and not planted, ties said, CPU seconds."""

    one_to_many: tuple[int, int]
    many_to_one: tuple[int, int]
    many_to_many: tuple[int, int]
    false: int
    ties: int
    cpu_seconds: float

    @property
    def found(self) -> int:
        """Planted groups found, of any shape."""
        return self.one_to_many[0] + self.many_to_one[0] + self.many_to_many[0]

    @property
    def planted(self) -> int:
        """Planted groups."""
        return self.one_to_many[1] + self.many_to_one[1] + self.many_to_many[1]

    def __str__(self) -> str:
        shapes = zip(
            ("1:n", "n:1", "n:m"),
            (self.one_to_many, self.many_to_one, self.many_to_many),
            strict=True,
        )
        by_shape = ", ".join(f"{shape} {found} of {of}" for shape, (found, of) in shapes)
        return f"{by_shape}; {self.false} false; {self.ties} ties; {self.cpu_seconds:,.2f} CPU s"


def make_case(count: int, *, seed: int = SEED) -> Case:
    """About `count` records, one in ten in planted groups, each proved the only one to fit.

    A group or pair that chance made ambiguous is drawn again, before anybody looks for it.
    """
    draws = random.Random(seed)
    case = Case([], [], [], [])
    held: dict[str, list[tuple[Record, int]]] = {}
    grouped = 0
    while grouped < count // 10:
        shape = SHAPES[len(case.planted) % len(SHAPES)]
        case.planted.append(_plant(case, held, shape, draws))
        grouped += sum(shape)
    while case.count < count:
        case.pairs.append(_plant(case, held, (1, 1), draws))
    draws.shuffle(case.left)
    draws.shuffle(case.right)
    return case


def _plant(
    case: Case,
    held: dict[str, list[tuple[Record, int]]],
    shape: tuple[int, int],
    draws: random.Random,
) -> Keys:
    while True:
        left, right = _drawn(case, shape, draws)
        pool = held.setdefault(left[0].pool, [])
        fresh = [(one, 1) for one in left] + [(one, -1) for one in right]
        if not _ambiguous(pool, fresh):
            break
    pool += fresh
    case.left.extend(left)
    case.right.extend(right)
    return frozenset(one.key for one in left), frozenset(one.key for one in right)


def _drawn(
    case: Case, shape: tuple[int, int], draws: random.Random
) -> tuple[list[Record], list[Record]]:
    pool, day = f"S{draws.randrange(COUNTERPARTIES):02d}", draws.randrange(DAYS)
    amounts = [draws.randint(SMALLEST, LARGEST) for _ in range(shape[0])]
    cuts = sorted(draws.sample(range(1, sum(amounts)), shape[1] - 1))
    opposite = [b - a for a, b in zip([0, *cuts], [*cuts, sum(amounts)], strict=True)]

    def side(name: str, start: int, given: Sequence[int]) -> list[Record]:
        return [
            Record(f"{name}{start + at:05d}", amount, pool, day + draws.randrange(WINDOW_DAYS + 1))
            for at, amount in enumerate(given)
        ]

    return side("L", len(case.left), amounts), side("R", len(case.right), opposite)


MOST_MEMBERS: Final = 6
"""The largest planted shape: sets up to it are looked at for a second explanation."""


def _ambiguous(pool: Sequence[tuple[Record, int]], fresh: Sequence[tuple[Record, int]]) -> bool:
    """Whether a set of at most MOST_MEMBERS that holds a fresh record, but not all of them and
    nothing else, balances by chance: fresh records against sums of the others near them."""
    others = [
        one.amount * sign
        for one, sign in pool
        if any(abs(one.day - other.day) <= WINDOW_DAYS for other, _ in fresh)
    ]
    sums = _Sums.of(others)
    for size in range(1, len(fresh) + 1):
        for chosen in combinations(fresh, size):
            due = sum(one.amount * sign for one, sign in chosen)
            if due == 0 and size < len(fresh):
                return True
            if due != 0 and sums.reach(-due, most=MOST_MEMBERS - size):
                return True
    return False


@dataclass(frozen=True)
class _Sums:
    """The fewest records (up to two) by which each sum is made, and every sum of three."""

    small: dict[int, int]
    threes: list[int]

    @classmethod
    def of(cls, amounts: Sequence[int]) -> "_Sums":
        small = {0: 0}
        for size in (1, 2):
            for chosen in combinations(amounts, size):
                small.setdefault(sum(chosen), size)
        return cls(small, [sum(chosen) for chosen in combinations(amounts, 3)])

    def reach(self, wanted: int, *, most: int) -> bool:
        """Whether at most `most` (up to five) of the records make the sum; one may be used twice,
        so that the answer errs on the side of drawing again."""
        small = self.small
        if any(
            small.get(wanted - amount, MOST_MEMBERS) + size <= most
            for amount, size in small.items()
        ):
            return True
        return most >= 3 and any(
            small.get(wanted - amount, MOST_MEMBERS) + 3 <= most for amount in self.threes
        )


def measure_ours(case: Case) -> tuple[Score, list[Keys]]:
    """What `balance` finds, by the CPU time of this process."""
    started = time.process_time()
    found = balance(case.left, case.right, window_days=WINDOW_DAYS)
    seconds = time.process_time() - started
    claims = [(frozenset(one.left), frozenset(one.right)) for one in found.groups]
    return score(case, claims, ties=len(found.ties), seconds=seconds), claims


def score(case: Case, claims: Sequence[Keys], *, ties: int, seconds: float) -> Score:
    """Claims against what was planted; pairs of one amount are neither found nor false."""
    claimed = set(claims)

    def shape(one: Keys) -> int:
        return 0 if len(one[0]) == 1 else 1 if len(one[1]) == 1 else 2

    counts = [
        (sum(one in claimed for one in planted), len(planted))
        for planted in ([one for one in case.planted if shape(one) == which] for which in range(3))
    ]
    false = claimed - set(case.planted) - set(case.pairs)
    return Score(counts[0], counts[1], counts[2], len(false), ties, seconds)


def measure_splits(folder: Path) -> list[Figure]:
    """A row for ours and for each peer at each size; `folder` takes the peers' environment."""
    cases = [make_case(size) for size in SIZES]
    figures = [_our_figure(case) for case in cases]
    return figures + list(_peer_figures(cases, folder))


def _our_figure(case: Case) -> Figure:
    ours, _ = measure_ours(case)
    return Figure(
        f"planted groups found among {case.count:,} records",
        ours.found,
        "groups",
        "all, none false",
        (ours.found, ours.false) == (ours.planted, 0),
        limit=ours.planted,
        limit_name="planted",
        note=str(ours),
    )


def _peer_figures(cases: Sequence[Case], folder: Path) -> Iterator[Figure]:
    """Peers are shown beside ours; no goal of ours depends on them."""
    try:
        python = open_environment(folder)
    except PeerUnavailable as reason:
        for name in PEERS:
            yield _not_run(name, 0, str(reason))
        return
    for name in PEERS:
        for case in cases:
            try:
                figure = _peer_figure(name, case, python)
            except PeerUnavailable as reason:
                # What did not end at this size would not at a greater one.
                yield _not_run(name, case.count, str(reason))
                break
            yield figure


def _peer_figure(name: str, case: Case, python: Path) -> Figure:
    answer = run_peer(python, name, json.dumps(_told(case)))
    claims = [(frozenset(left), frozenset(right)) for left, right in answer["claims"]]
    theirs = score(case, claims, ties=0, seconds=answer["cpu_seconds"])
    return Figure(
        f"the same by {name}, {case.count:,} records",
        theirs.found,
        "groups",
        "shown beside",
        met=True,
        limit=theirs.planted,
        limit_name="planted",
        note=str(theirs),
    )


def _told(case: Case) -> dict[str, list[dict[str, str | int]]]:
    """The records as peers get them; `pair` is a reference that records of one pair share."""
    partner = {right: left for lefts, rights in case.pairs for left in lefts for right in rights}

    def side(records: Sequence[Record]) -> list[dict[str, str | int]]:
        return [
            {
                "key": one.key,
                "amount": one.amount,
                "pool": one.pool,
                "day": one.day,
                "pair": f"INV{partner.get(one.key, one.key)}",
            }
            for one in records
        ]

    return {"left": side(case.left), "right": side(case.right)}


def _not_run(name: str, count: int, reason: str) -> Figure:
    what = f", {count:,} records" if count else ""
    return Figure(f"the same by {name}{what}", 0, "groups", "shown beside", met=True, note=reason)
