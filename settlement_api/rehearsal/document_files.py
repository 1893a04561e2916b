"""Piles of documents written as NDJSON, one file per arrival day and kind, arrival shuffled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import IO

import numpy as np

from settlement_api.rehearsal.draws import Draws, Ints
from settlement_api.rehearsal.scales import RATES

BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Pile:
    """Every document of one kind: when it arrives, how many lines it has, its text."""

    kind: str
    arrival: Ints
    """Days after the first order day."""
    line_count: Ints
    render: Callable[[int, bool], str]
    """The document at a position as a line of NDJSON; True alters a detail of it."""
    alterable: bool = False


@dataclass
class Written:
    """What was written of one kind."""

    documents: int = 0
    lines: int = 0
    sent_twice: int = 0
    sent_altered: int = 0
    files: dict[str, int] = field(default_factory=dict)
    """Records by arrival day."""


def write_pile(directory: Path, pile: Pile, *, first_day: date, seed: int) -> Written:
    """Writes a pile; a few documents come twice, and a few come again with other content.

    Copies come a day after the original, so that which one is first never depends on chance.
    """
    draws = Draws(seed, f"arrival of {pile.kind}")
    count = len(pile.arrival)
    twice = np.flatnonzero(draws.some(count, RATES.sent_twice))
    altered = np.flatnonzero(draws.some(count, RATES.sent_altered * pile.alterable))
    at = np.concatenate((np.arange(count, dtype=np.int64), twice, altered))
    is_copy = np.arange(len(at)) >= count
    is_altered = np.arange(len(at)) >= count + len(twice)
    arrival = pile.arrival[at] + is_copy
    sequence = np.lexsort((draws.order(len(at)), arrival))
    written = Written(count, int(pile.line_count.sum()), len(twice), len(altered))
    days = arrival[sequence]
    starts = np.flatnonzero(np.diff(days, prepend=-(10**6)))
    ends = np.append(starts, len(days))[1:]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        day = (first_day + timedelta(days=int(days[start]))).isoformat()
        chosen = sequence[start:end]
        folder = directory / day
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / f"{pile.kind}.ndjson").open("wb", buffering=BUFFER_BYTES) as file:
            _write(file, pile, at[chosen].tolist(), is_altered[chosen].tolist())
        written.files[day] = end - start
    return written


def _write(file: IO[bytes], pile: Pile, at: Sequence[int], altered: Sequence[bool]) -> None:
    for position, is_altered in zip(at, altered, strict=True):
        file.write(pile.render(position, is_altered).encode())
