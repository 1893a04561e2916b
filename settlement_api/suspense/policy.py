"""What unexplained money can turn out to be, and how that is booked. Pure."""

from collections.abc import Sequence

from schemas.codes.bank_statements import SuspenseResolution
from schemas.codes.ledger import AccountKind
from schemas.money import Money
from settlement_api.ledger.policy import AccountKey, Leg


def resolution_fits(resolution: SuspenseResolution, *, is_credit: bool) -> bool:
    """Only credits can be funding or a payment's return, only debits payments that went out; either
    side can be the bank's error.
    """
    if resolution is SuspenseResolution.PAYMENTS:
        return not is_credit
    return is_credit or resolution is SuspenseResolution.BANK_ERROR


def agrees(resolution: SuspenseResolution, *, returned: bool, dismissed: bool) -> bool:
    """Whether the end of a case follows the decision about the payment that its entry names.

    A dismissed return never leaves suspense by the payment's evidence; a confirmed one has left.
    """
    if resolution is SuspenseResolution.PAYMENT_RETURN:
        return returned and not dismissed
    return dismissed


def legs_of(resolution: SuspenseResolution, *, amount: Money) -> Sequence[Leg]:
    """The posting that takes resolved money out of suspense; none where another feature does.

    A payment's return leaves suspense by the payment's own evidence, the bank's error by the
    bank's own reversal on a later statement. What left the account as payments goes where debits
    go that name theirs.
    """
    if resolution is SuspenseResolution.PAYMENTS:
        return (Leg(AccountKey(AccountKind.IN_TRANSIT), AccountKey(AccountKind.SUSPENSE), amount),)
    if resolution is not SuspenseResolution.FUNDING:
        return ()
    suspense = AccountKey(AccountKind.SUSPENSE)
    return (Leg(suspense, AccountKey(AccountKind.FUND_TRANSFERS), amount),)
