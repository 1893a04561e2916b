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


def void(ids: Ids) -> Ids:
    """The ids as 16-byte values that compare as a whole."""
    return np.ascontiguousarray(ids).view("V16")
