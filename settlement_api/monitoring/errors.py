"""What monitoring refuses."""

from schemas.problems import Conflict, Invalid


class PartOfTheFuture(Invalid):
    """Figures are asked for a day up to today, as known between that day and today."""

    code = "as_of_future"
    title = "Figures exist only up to today, and as known between their day and today"


class ProposalGone(Conflict):
    """Payments and lines are accepted as one proposal shows them now, ties included."""

    code = "self_payment_proposal_gone"
    title = "There is no such proposal now: look at the proposals again, ties included"


class WordsGone(Conflict):
    """What is taken back must stand: every payment named has a word of this voice."""

    code = "self_payment_words_gone"
    title = "Nothing said of these payments stands: look at the proposals again"
