"""Refusals about rule packs."""

from schemas.problems import Conflict


class NoRulePack(Conflict):
    """No rule pack is in force on the day asked about: nothing can be decided."""

    code = "no_rule_pack"
    title = "No rule pack is in force on that day"
