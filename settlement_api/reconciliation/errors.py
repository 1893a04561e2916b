"""What reconciliation refuses."""

from schemas.problems import Conflict, NotFound


class LineUnknown(NotFound):
    """The order line does not exist here, or was never matched."""

    code = "reconciliation_line_unknown"
    title = "There is no such order line here"


class DiscrepancyUnknown(NotFound):
    """The discrepancy does not exist here."""

    code = "reconciliation_discrepancy_unknown"
    title = "There is no such discrepancy here"


class DiscrepancySettled(Conflict):
    """The discrepancy was resolved or superseded meanwhile."""

    code = "reconciliation_discrepancy_settled"
    title = "The discrepancy is no longer open"
