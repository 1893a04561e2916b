"""How often a process looks for objects that refer to each other and to nothing else."""

import gc
from typing import Final

YOUNG: Final = 50_000
"""Objects made, less those gone, before the young ones are looked at."""
OLDER_AFTER: Final = 10
"""Looks at the young ones before those that stayed are looked at again."""
ALL_AFTER: Final = 20
"""Such looks before all objects are: some ten million objects made."""


def collect_seldom() -> None:
    """A job makes millions of small objects that refer to nothing in a circle; by its defaults
    Python looks at them over and over, which was half of the processor time of a statement of
    100,000 entries. What is imported stays for good and is not looked at any more."""
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER_AFTER, ALL_AFTER)
