"""What checks of drafts refuse."""

from schemas.problems import Invalid


class DraftRefused(Invalid):
    """The intake would refuse this invoice for the faults named; all of them are named at once."""

    code = "invoice_draft_refused"
    title = "This invoice would not be taken in"
