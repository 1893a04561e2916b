"""What statement files refuse."""

from schemas.problems import Fault, Invalid, NotFound


class AccountUnknown(NotFound):
    """No agency account of this area has that id."""

    code = "agency_account_unknown"
    title = "There is no such agency account in this area"


class StatementEmpty(Invalid):
    """No bytes came, or more than a statement can have."""

    code = "statement_body_unfit"
    title = "The body is empty or too large"


class StatementBroken(Invalid):
    """The bytes are not plain XML from beginning to end, or declare a document type."""

    code = "statement_broken"
    title = "The file cannot be read as an account statement; nothing was kept"

    def __init__(self, reason: str, message: str, *, line: int, column: int) -> None:
        fault = Fault(f"line {line}, column {column}", reason, message)
        super().__init__(message, faults=[fault])
