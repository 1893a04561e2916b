"""What unexplained money can turn out to be, and how that is booked. Pure."""

from collections.abc import Sequence
from uuid import UUID

from schemas.codes.bank_statements import SuspenseResolution
from schemas.codes.ledger import AccountKind
from schemas.codes.payments import DecisionKind, Outcome
from schemas.money import Money
from settlement_api.ledger.policy import AccountKey, Leg
from settlement_api.outcomes.policy import Fact, disbelieved, fold


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


def is_believed_again(facts: Sequence[Fact], words: Sequence[UUID], *, amount_minor: int) -> bool:
    """Whether one of people's words about an attempt of `amount_minor` fen, none of which is
    believed, can be had back by taking back a correction that is about nothing else.

    A correction that names more cannot: what else it names would be believed with it, and may
    contradict. Then the word is said anew.
    """
    return any(
        _gives_back(facts, correction, amount_minor)
        for correction in facts
        if correction.meaning == DecisionKind.DISBELIEVED
        and len(correction.about) == 1
        and correction.about <= set(words)
    )


def _gives_back(facts: Sequence[Fact], correction: Fact, amount_minor: int) -> bool:
    assert correction.id is not None, "stored evidence has an id"
    after = [*facts, Fact(DecisionKind.DISBELIEVED, about=frozenset((correction.id,)))]
    if correction.about <= disbelieved(after):
        return False
    return fold(after, amount_minor=amount_minor).outcome is not Outcome.CONFLICT
