"""What bank statements refuse."""

from schemas.problems import Conflict, Invalid


class StatementOfAnotherAccount(Invalid):
    """The statement is about an account other than the one it was given for."""

    code = "statement_of_another_account"
    title = "The statement is about another account"


class StatementUnfit(Invalid):
    """A statement without identification, balances or days cannot be chained."""

    code = "statement_unfit"
    title = "The statement cannot be taken"


class OpeningNotNeeded(Conflict):
    """Only a first statement that opens above or below 0 takes an opening transfer, once."""

    code = "opening_transfer_not_needed"
    title = "No opening transfer waits for this, or you took the step before"
