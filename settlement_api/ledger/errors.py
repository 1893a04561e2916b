"""What the ledger refuses."""

from schemas.problems import Conflict, Invalid, NotFound


class EntryInvalid(Invalid):
    """An entry does not hold up: amounts, kinds of account, parties or scheme."""

    code = "ledger_entry_invalid"
    title = "The ledger entry does not hold up"


class PeriodClosed(Conflict):
    """The booking date lies in a month whose books are closed."""

    code = "ledger_period_closed"
    title = "The accounting period is closed"


class PeriodNotOver(Conflict):
    """Only a month that has ended is closed: a closed one takes no postings ever again."""

    code = "ledger_period_not_over"
    title = "The accounting period has not ended"


class PurposeReused(Conflict):
    """An entry under this basis and purpose exists with other accounts or amounts."""

    code = "ledger_purpose_reused"
    title = "Another entry was posted for this basis and purpose"


class PendingNotFound(NotFound):
    """A transfer to be resolved is not a pending one of this ledger and pair of accounts."""

    code = "ledger_pending_not_found"
    title = "There is no such pending transfer"


class PendingResolved(Conflict):
    """A pending transfer is posted or voided once."""

    code = "ledger_pending_resolved"
    title = "The pending transfer is already resolved"


class PendingExceeded(Conflict):
    """More was to be posted than the pending transfer holds."""

    code = "ledger_pending_exceeded"
    title = "The amount exceeds the pending transfer"
