"""What applications refuse."""

from schemas.problems import Conflict, Forbidden, Invalid, NotFound


class NothingToApplyFor(Conflict):
    """No open direct payable of these parties falls into the period."""

    code = "nothing_to_apply_for"
    title = "There is nothing to apply for"


class PeriodNotOpen(Invalid):
    """Only the running month and the one before it are applied for; what was left is included."""

    code = "period_not_open"
    title = "The period cannot be applied for now"


class SuppliersStillApply(Conflict):
    """The suppliers' days to apply are not over: the agency applies for their returns after."""

    code = "suppliers_still_apply"
    title = "The suppliers' days to apply are not over"


class PayablesMoved(Conflict):
    """A payable was superseded or applied for in the same moment."""

    code = "payables_moved"
    title = "The payables have just changed; apply again"


class LineNotFound(NotFound):
    """No such application line here."""

    code = "application_line_not_found"


class ApplicationNotFound(NotFound):
    """No such application here."""

    code = "application_not_found"


class LineRefused(Conflict):
    """The line cannot be moved so; `reason` is a code of the closed list."""

    code = "application_line_refused"
    title = "The line is not in a state in which this can be done"


class LinesChanged(Conflict):
    """Count or sum differ from what was expected: look again before deciding in bulk."""

    code = "application_lines_changed"
    title = "The lines have changed since you looked"


class SameReviewer(Forbidden):
    """First review and re-review are two people's work (初审、复核)."""

    code = "review_same_person"
    title = "The same person made the first review"


class HospitalUnknown(Invalid):
    """The hospital is not one of this area."""

    code = "hospital_unknown"
    title = "There is no such hospital in this area"
