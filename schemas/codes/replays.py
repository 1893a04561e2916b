"""What a replay compares: where invoiced money ends under one set of rules and under another."""

from enum import StrEnum


class ReplayEnding(StrEnum):
    """Where a quantity and its fen ended.

    Every invoiced fen less credits is `matched`, `waiting` or `held`. `absorbed` (matched because a
    tolerance let it pass), `information` and `correction` (returns and credit notes that wait)
    count in no balance.
    """

    MATCHED = "matched"
    WAITING = "waiting"
    HELD = "held"
    ABSORBED = "absorbed"
    INFORMATION = "information"
    CORRECTION = "correction"
