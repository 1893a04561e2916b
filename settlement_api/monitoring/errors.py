"""What monitoring refuses."""

from schemas.problems import Invalid


class PartOfTheFuture(Invalid):
    """Figures are asked for a day up to today, as known on that day or later."""

    code = "as_of_future"
    title = "Figures exist only up to today, and not as known before their own day"
