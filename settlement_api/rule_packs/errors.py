"""Refusals about rule packs."""

from schemas.problems import Conflict, Forbidden, Invalid, NotFound


class NoRulePack(Conflict):
    """No rule pack is in force on the day asked about: nothing can be decided."""

    code = "no_rule_pack"
    title = "No rule pack is in force on that day"


class RulePackRefused(Conflict):
    """The pack in force asks for rules that are not implemented: nothing can be decided by it."""

    code = "rule_pack_refused"
    title = "The rule pack asks for what is not implemented"


class RulePackImpossible(Invalid):
    """The proposed version cannot be: every fault is named."""

    code = "rule_pack_impossible"
    title = "This rule pack cannot be"


class RulePackUnknown(NotFound):
    """No version, in force or proposed, has that id."""

    code = "rule_pack_unknown"
    title = "There is no such rule pack"


class RulePackDecided(Conflict):
    """The proposal was approved or rejected already."""

    code = "rule_pack_decided"
    title = "This version has been decided about"


class RulePackSamePerson(Forbidden):
    """Who proposed a version does not decide about it."""

    code = "rule_pack_same_person"
    title = "Another person decides about this version"
