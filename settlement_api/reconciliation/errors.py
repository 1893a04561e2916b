"""What reconciliation refuses."""

from schemas.problems import NotFound


class LineUnknown(NotFound):
    """The order line does not exist here, or was never matched."""

    code = "reconciliation_line_unknown"
    title = "There is no such order line here"
