"""Ids of lines as columns of 16 bytes, and as Python ids."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
import numpy.typing as npt

from reconciler.columns import Integers

Ids = npt.NDArray[np.void]


def uuids(ids: Ids) -> list[UUID]:
    """Python ids of 16-byte ids."""
    raw = np.ascontiguousarray(ids).tobytes()
    return [UUID(bytes=raw[place : place + 16]) for place in range(0, len(raw), 16)]


def id_array(ids: Sequence[UUID]) -> Ids:
    """16-byte ids of Python ids."""
    return np.frombuffer(b"".join(one.bytes for one in ids), "V16")


def ids_at(ids: Ids, row: Integers) -> Ids:
    """The id at each row number; the nil id where the number points nowhere."""
    padded = np.concatenate((np.ascontiguousarray(ids), np.zeros(1, "V16")))
    answer: Ids = padded[np.where(row < 0, ids.size, row)]
    return answer


def ids_like(first: UUID, random: bytes) -> Ids:
    """New UUIDv7 with the millisecond of `first`, one per 8 random bytes, rising row by row.

    After the millisecond comes the row number (RFC 9562, section 6.2, method 1): 12 bits of it
    before the variant and 20 behind it; the 42 last bits are random.
    """
    noise = np.frombuffer(random, np.uint64)
    row = np.arange(noise.size, dtype=np.uint64)
    both = np.zeros((noise.size, 2), ">u8")
    both[:, 0] = np.uint64(first.int >> 80 << 16 | 0x7000) | row >> np.uint64(20)
    both[:, 1] = (
        np.uint64(0b10 << 62) | (row & np.uint64(0xFFFFF)) << np.uint64(42) | noise >> np.uint64(22)
    )
    return both.view("V16").reshape(-1)


def void(ids: Ids) -> Ids:
    """The ids as 16-byte values that compare as a whole."""
    return np.ascontiguousarray(ids).view("V16")
