"""What match requests refuse."""

from schemas.problems import Conflict, NotFound


class MatchRequestUnknown(NotFound):
    """No match request of this area has that id."""

    code = "match_request_unknown"
    title = "There is no such match request here"


class MatchRequestActive(Conflict):
    """Two runs never work on one area at once: wait for the other, or cancel it."""

    code = "match_request_active"
    title = "Another run over this area is not over yet"


class MatchRequestMoved(Conflict):
    """The request is not where this step starts: over already, or not over yet."""

    code = "match_request_moved"
    title = "The match request is not in a state for this"
