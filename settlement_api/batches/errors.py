"""What batches refuse."""

from schemas.problems import Conflict, Invalid, NotFound


class NothingEligible(Conflict):
    """No accepted share of this scheme is open at the cut-off."""

    code = "nothing_eligible"
    title = "There is nothing to pay at this cut-off"


class PeriodAhead(Invalid):
    """The month has not begun: there are no claims of it to recover from."""

    code = "period_ahead"
    title = "The month lies ahead"


class CutoffAhead(Invalid):
    """A cut-off lies in the future: what is not known yet cannot be sealed."""

    code = "cutoff_ahead"
    title = "The cut-off lies ahead"


class AgencyAccountMissing(Conflict):
    """The agency has no expenditure account of this scheme in force."""

    code = "agency_account_missing"
    title = "The agency has no account for this scheme"


class BatchNotFound(NotFound):
    """No such batch here."""

    code = "batch_not_found"


class BatchStateRefused(Conflict):
    """The batch is not in a state in which this can be done."""

    code = "batch_state_refused"
    title = "The batch's present state does not allow this"


class BatchNotHalted(Conflict):
    """Only a batch that was halted is resumed."""

    code = "batch_not_halted"
    title = "The batch is not halted"


class ContentChanged(Conflict):
    """The rows are not those the hash was taken over: void the batch and freeze again."""

    code = "batch_content_changed"
    title = "The batch's content is not what was frozen"


class MandateEnded(Conflict):
    """Hospitals of the batch have no mandate in force today; nothing is paid for them.

    Void the batch and freeze again: they are then left out with their reason.
    """

    code = "batch_mandate_ended"
    title = "Some hospitals have no mandate in force today"


class PayeeBlocked(Conflict):
    """Accounts frozen in the batch were blocked since; the batch never pays another one."""

    code = "batch_payee_blocked"
    title = "Some payee accounts have been blocked"


class ReleaseLimitExceeded(Conflict):
    """The batch would take its account beyond a limit of the rule pack in force today.

    Says which limit (`batch` or `daily`), its height, what was used of it and what is asked, in
    fen. A daily limit is free again the next day; a batch beyond its own limit is voided.
    """

    code = "batch_release_limit_exceeded"
    title = "The batch exceeds a limit of what may be released"


class CalendarNotLoaded(Conflict):
    """No working-day calendar is loaded for this year, so no value date can be given."""

    code = "calendar_not_loaded"
    title = "The working-day calendar of this year is not loaded"
