"""What statement files refuse."""

from schemas.problems import Invalid, NotFound


class AccountUnknown(NotFound):
    """No agency account of this area has that id."""

    code = "agency_account_unknown"
    title = "There is no such agency account in this area"


class StatementEmpty(Invalid):
    """No bytes came, or more than a statement can have."""

    code = "statement_body_unfit"
    title = "The body is empty or too large"
