"""What the kernel must say of random worlds, in seconds: the tests that mutants meet last.

What the SQL rule says is asked once, before any mutant is put; named so that the suite, which says
the same at length (test_purchase_oracle, test_purchase_matching_properties), leaves it out.
"""

from functools import cache
from random import Random

import pytest

from reconciler.columns import PurchaseColumns
from reconciler.match_rules import MatchRules
from tests.integration.test_purchase_oracle import OTHER_RULES, TOLERANCES
from tests.oracle.oracle import Bag, kernel_says, sql_says
from tests.oracle.small_worlds import components
from tests.unit import test_commitment_properties as properties

STRANGE = (0.0, 0.06, 0.15, 0.4)
WORLDS = [
    *((number, 0.1, MatchRules(), True) for number in (1, 2)),
    *((10 + at, strange, MatchRules(), False) for at, strange in enumerate(STRANGE)),
    *((20 + at, 0.08, rules, False) for at, rules in enumerate(OTHER_RULES)),
    *((30 + at, 0.06, MatchRules(tolerances=some), False) for at, some in enumerate(TOLERANCES)),
]
LIVES = range(60)


@cache
def expected(world: int) -> tuple[PurchaseColumns, Bag]:
    """The columns of a world, and what the SQL rule says of them."""
    seed, strange, rules, large = WORLDS[world]
    columns = components(400, seed, strange, large=large)
    return columns, sql_says(columns, rules)


def warm() -> None:
    """Asks all that is asked once."""
    for world in range(len(WORLDS)):
        expected(world)


@pytest.mark.parametrize("world", range(len(WORLDS)))
def check_the_kernel_says_what_the_rule_says(world: int) -> None:
    columns, sql = expected(world)
    assert kernel_says(columns, WORLDS[world][2]) == sql


@pytest.mark.parametrize("seed", LIVES)
def check_sums_of_every_group(seed: int) -> None:
    history = properties.lived_through(Random(seed))
    properties.reaches_the_target(history)
    properties.corrects_what_was_applied_for(history)
    properties.ends(history)
