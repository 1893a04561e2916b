"""What deciding about discrepancies refuses."""

from schemas.problems import Conflict, Invalid, NotFound


class ResolutionUnknown(NotFound):
    """No decision of this area has that id."""

    code = "resolution_unknown"
    title = "There is no such decision here"


class DiscrepancyNotFound(NotFound):
    """The discrepancy does not exist here."""

    code = "resolution_discrepancy_unknown"
    title = "There is no such discrepancy here"


class InvoiceLineNotFound(NotFound):
    """No effective invoice line for goods has that id here."""

    code = "resolution_invoice_line_unknown"
    title = "There is no such invoice line of goods here"


class DiscrepancyTaken(Conflict):
    """The discrepancy was decided about or superseded meanwhile, or a decision waits for it."""

    code = "resolution_discrepancy_taken"
    title = "The discrepancy is no longer open, or a decision about it waits for its second person"


class LinkTaken(Conflict):
    """The same binding stands already, or waits for its second person."""

    code = "resolution_link_taken"
    title = "This invoice line is bound to this line already"


class LinkUnfit(Invalid):
    """The parts are more than the line, or name a line of other parties or another product."""

    code = "resolution_link_unfit"
    title = "The invoice line cannot be bound like this"


class AcceptanceUnfit(Invalid):
    """An invoice line is accepted above nothing and below what it states."""

    code = "resolution_acceptance_unfit"
    title = "Accept the line above nothing and below what it states"


class AcceptanceTaken(Conflict):
    """The line is accepted at a lower amount already, or such a decision waits."""

    code = "resolution_acceptance_taken"
    title = "This invoice line is accepted at a lower amount already; undo that first"


class WriteOffTooLarge(Conflict):
    """More is at stake than the rule pack lets anybody write off."""

    code = "resolution_write_off_too_large"
    title = "More is at stake than may be written off"


class SetChanged(Conflict):
    """The filter does not mean what was expected; `actual_count` and `actual_sum` say what."""

    code = "resolution_set_changed"
    title = "The discrepancies of this filter are not the ones expected"


class SleepsInThePast(Invalid):
    """The day to act by is over."""

    code = "resolution_day_passed"
    title = "The day to act by must lie ahead"


class ResolutionMovedOn(Conflict):
    """The decision is not in a state for this step."""

    code = "resolution_moved_on"
    title = "The decision is not in a state for this"


class UndoOfUndo(Conflict):
    """What was taken back is decided anew, not restored."""

    code = "resolution_undo_of_undo"
    title = "Decide anew instead of undoing an undoing"


class CommittedRestsOnIt(Conflict):
    """A payable that is applied for rests on the link; corrections of documents follow it."""

    code = "resolution_committed_payable"
    title = "A payable that is applied for rests on this link"
