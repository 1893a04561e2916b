"""What issuing vouchers and showing them refuses."""

from schemas.problems import Conflict, Invalid, NotFound


class AccountPlanIncomplete(Conflict):
    """The ledger holds postings between accounts of which the plan says nothing."""

    code = "account_plan_incomplete"
    title = "The account plan does not name accounts for every posting"


class NoVouchers(NotFound):
    """The side has no vouchers in this period or before it."""

    code = "vouchers_missing"
    title = "There are no vouchers of this side and period"


class BooksTooLarge(Invalid):
    """The books asked for have more lines than one paper holds; name an owner or a scheme."""

    code = "books_too_large"
    title = "These books are too large for one paper"
