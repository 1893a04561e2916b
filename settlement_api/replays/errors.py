"""What replays refuse."""

from schemas.problems import Conflict, Invalid, NotFound


class ReplayUnknown(NotFound):
    """No replay that the caller may see has that id."""

    code = "replay_unknown"
    title = "There is no such replay here"


class ReplayMoved(Conflict):
    """The replay is over already."""

    code = "replay_moved"
    title = "The replay is over already"


class ReplayedPackUnknown(NotFound):
    """No stored rule pack has that code and version."""

    code = "replay_pack_unknown"
    title = "There is no such version of a rule pack"


class RulesRefused(Invalid):
    """Rules to replay under that matching does not know, or that hold what it cannot do."""

    code = "replay_rules_refused"
    title = "These are no rules that matching could follow"


class MonthsToCome(Invalid):
    """Only months that have begun can be replayed."""

    code = "replay_months_to_come"
    title = "Only months that have begun can be replayed"
