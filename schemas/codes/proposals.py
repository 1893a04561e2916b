"""Codes of proposed invoices and of the checks of drafts."""

from enum import StrEnum


class RateSource(StrEnum):
    """Where a proposed tax rate comes from: the request, the supplier's own last invoice line of
    the product, or the standard rate."""

    GIVEN = "given"
    LAST_INVOICE = "last_invoice"
    STANDARD = "standard"


class NoProposal(StrEnum):
    """Why goods that wait for an invoice are in no proposal."""

    NO_PRICE = "no_price"
    NOTHING_TO_PAY = "nothing_to_pay"
    REFERENCE_UNCLEAR = "reference_unclear"
    AMOUNT_TOO_LARGE = "amount_too_large"


class CheckOutcome(StrEnum):
    """What a draft's line will be: paid to the last fen, in part, or not at all as it stands."""

    PAYABLE = "payable"
    IN_PART = "in_part"
    NOT_PAYABLE = "not_payable"
