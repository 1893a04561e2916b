"""What an explanation is made of: links of the chain from contract to bank line, and their ties."""

from enum import StrEnum


class NodeKind(StrEnum):
    """A link of the chain, from what was agreed to what the bank booked."""

    CONTRACT = "contract"
    ORDER_LINE = "order_line"
    RECEIPT_LINE = "receipt_line"
    RETURN_LINE = "return_line"
    INVOICE_LINE = "invoice_line"
    CREDIT_LINE = "credit_line"
    PAYABLE = "payable"
    APPLICATION_LINE = "application_line"
    PAYABLE_SHARE = "payable_share"
    PAYMENT_BATCH = "payment_batch"
    PAYMENT = "payment"
    PAYMENT_ATTEMPT = "payment_attempt"
    STATEMENT_ENTRY = "statement_entry"
    DISCREPANCY = "discrepancy"


class EdgeKind(StrEnum):
    """What ties two links: `named` by number only, `matched` with a quantity and an amount, ..."""

    PRICED = "priced"
    NAMED = "named"
    MATCHED = "matched"
    PAYS_FOR = "pays_for"
    ADJUSTS = "adjusts"
    APPLIED = "applied"
    BORNE = "borne"
    SET_OFF = "set_off"
    PAID_BY = "paid_by"
    RELEASED = "released"
    ATTEMPTED = "attempted"
    BOOKED = "booked"
    RETURNED = "returned"
