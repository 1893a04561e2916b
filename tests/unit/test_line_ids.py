"""Ids made many at a time: valid, of the right instant, rising, and never the same."""

from uuid import UUID

import numpy as np
import pytest

from reconciler.line_ids import id_array, ids_at, ids_like, uuids

RUN = UUID("019a9a3c-7f10-7abc-9def-0123456789ab")


@pytest.mark.parametrize("count", [0, 1, 5, (1 << 20) + 3])
def test_ids_are_version_7_of_the_runs_millisecond_and_rise_row_by_row(count: int) -> None:
    made = uuids(ids_like(RUN, b"\xff\x00" * 4 * count)[-5:])
    assert all(one.version == 7 and one.variant == UUID(int=0, version=4).variant for one in made)
    assert {one.int >> 80 for one in made} <= {RUN.int >> 80}
    assert made == sorted(set(made))
    assert len(made) == min(count, 5)


def test_the_row_and_the_random_bits_have_places_of_their_own() -> None:
    same, other = uuids(ids_like(RUN, bytes(8) + b"\xff" * 8))
    assert (same.int ^ other.int) & ((1 << 42) - 1) == (1 << 42) - 1
    assert (other.int >> 42) - (same.int >> 42) == 1
    assert uuids(ids_like(RUN, b"\xff" * 8)) != uuids(ids_like(RUN, bytes(8)))


def test_ids_go_through_columns_unchanged() -> None:
    made = ids_like(RUN, bytes(range(24)))
    assert uuids(id_array(uuids(made))) == uuids(made)
    assert uuids(ids_at(made, np.array([2, -1, 0]))) == [
        uuids(made)[2],
        UUID(int=0),
        uuids(made)[0],
    ]
