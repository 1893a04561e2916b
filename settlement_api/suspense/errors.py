"""What suspense cases and funding sources refuse."""

from schemas.problems import Conflict, Invalid, NotFound


class SuspenseNotFound(NotFound):
    """No suspense case of this area has that id."""

    code = "suspense_case_not_found"
    title = "There is no such suspense case"


class SuspenseMoved(Conflict):
    """The case is not where this step starts, or the same person took both steps."""

    code = "suspense_case_moved"
    title = "The case is not in a state for this, or you took the step before"


class ResolutionUnfit(Invalid):
    """The resolution does not fit the case: only credits can be funding or a return, only debits
    payments.
    """

    code = "suspense_resolution_unfit"
    title = "This resolution does not fit the case"


class ReturnNeedsPayment(Conflict):
    """A return is of one payment: people name it where the entry does not, and only there."""

    code = "suspense_return_needs_payment"
    title = "Name the payment that came back, where the entry itself names none of ours"


class DebitNeedsPayments(Conflict):
    """A debit that is payments is exactly those that people name, and nothing else names any."""

    code = "suspense_debit_needs_payments"
    title = "Name the payments that the debit is, and only where it is resolved as payments"


class DebitSaidBefore(Conflict):
    """People said so before, and do not believe it: their first word is believed again instead."""

    code = "suspense_debit_said_before"
    title = "The debit was this payment before and is not believed: take the correction back"


class PaymentDecides(Conflict):
    """An entry that names a payment of ours ends as two people decided about that payment."""

    code = "suspense_payment_decides"
    title = "First the payment's own return must be confirmed or dismissed, and the case agree"


class FundingSourceMoved(Conflict):
    """The funding source is approved already, unknown, or was proposed by the same person."""

    code = "funding_source_not_approvable"
    title = "The funding source cannot be approved by you"
