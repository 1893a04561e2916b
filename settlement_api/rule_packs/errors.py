"""Refusals about rule packs."""

from schemas.problems import Conflict


class NoRulePack(Conflict):
    """No rule pack is in force on the day asked about: nothing can be decided."""

    code = "no_rule_pack"
    title = "No rule pack is in force on that day"


class RulePackRefused(Conflict):
    """The pack in force asks for rules that are not implemented: nothing can be decided by it."""

    code = "rule_pack_refused"
    title = "The rule pack asks for what is not implemented"
