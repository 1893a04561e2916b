"""What links by totals of the random worlds come to."""

from random import Random


def link_totals(dice: Random) -> dict[str, int]:
    """Mostly nothing to compare; else equal, or not, or equal and something lacks."""
    total = dice.choice((0, 0, 0, 1_000))
    linked = total + dice.choice((0, 0, 0, -1, 250))
    uneven = total != linked or (total > 0 and dice.random() < 0.2)
    return {"uneven": int(uneven), "invoiced": total, "linked": linked}
