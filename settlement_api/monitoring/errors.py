"""What monitoring refuses."""

from schemas.problems import Invalid


class PartOfTheFuture(Invalid):
    """Figures are asked for a day up to today, as known between that day and today."""

    code = "as_of_future"
    title = "Figures exist only up to today, and as known between their day and today"
