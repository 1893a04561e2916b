"""What daily certificates refuse."""

from schemas.problems import Invalid


class DaysUnfit(Invalid):
    """Certificates are of days that are over, in order, and of no more than 62 of them."""

    code = "certificate_days_unfit"
    title = "No certificate can be drawn up of these days"
