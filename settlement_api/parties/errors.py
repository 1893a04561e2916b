"""Refusals about parties and their accounts."""

from schemas.problems import Conflict, NotFound


class UnknownSupplier(NotFound):
    """There is no such supplier, or the caller may not act for it."""

    code = "unknown_supplier"
    title = "There is no such supplier here"


class UnknownAccount(NotFound):
    """There is no such account, or the caller may not see it."""

    code = "unknown_account"
    title = "There is no such account here"


class AccountAlreadyProposed(Conflict):
    """The same account was proposed from the same day before."""

    code = "account_already_proposed"
    title = "The account is already on file from that day"


class AccountNotVerified(Conflict):
    """Only a verified account can be frozen."""

    code = "account_not_verified"
    title = "The account is not verified"


class AccountNotFrozen(Conflict):
    """Only a frozen account can be opened for verification again."""

    code = "account_not_frozen"
    title = "The account is not frozen"


class AccountEnded(Conflict):
    """The account's last day has passed: propose it anew from the day it is to be paid to again."""

    code = "account_ended"
    title = "The account has ended"
