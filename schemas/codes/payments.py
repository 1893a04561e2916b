"""What a payment is for, what we decided about it, and what the bank told us about it."""

from enum import StrEnum


class PaymentDirection(StrEnum):
    """Which way money moves, seen from the agency's account."""

    CREDIT = "credit"
    """A credit transfer: the agency's account is debited, the payee is credited."""
    DEBIT = "debit"
    """A direct debit: the counterparty is debited on its dated authorization."""


class PaymentPurpose(StrEnum):
    """Why a payment is made (banks.md section 3)."""

    SUPPLIER_SETTLEMENT = "supplier_settlement"
    HOSPITAL_PREPAYMENT = "hospital_prepayment"
    HOSPITAL_NET = "hospital_net"
    COLLECTION = "collection"
    RESERVE_REFILL = "reserve_refill"
    SUPPLIER_REFUND = "supplier_refund"
    VERIFICATION = "verification"


class DecisionState(StrEnum):
    """What we decided about one attempt; moved by guarded statements only."""

    DRAFT = "draft"
    APPROVED = "approved"
    RENDERED = "rendered"
    """In a message whose bytes are stored and wait for their signature."""
    SIGNED = "signed"
    SENDING = "sending"
    VOIDED = "voided"


class SubmissionState(StrEnum):
    """Where the bytes of one bank message stand."""

    STORED = "stored"
    """Waiting for the signature that the bank wants."""
    SIGNED = "signed"
    SENDING = "sending"
    VOIDED = "voided"


class Outcome(StrEnum):
    """What the bank did with one attempt: recomputed from evidence, never moved."""

    UNKNOWN = "unknown"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    IN_SETTLEMENT = "in_settlement"
    DEBITED = "debited"
    CREDITED = "credited"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    NOT_SENT = "not_sent"
    SUSPECT_RETURN = "suspect_return"
    BLOCKED = "blocked"
    CONFLICT = "conflict"


class EvidenceSource(StrEnum):
    """Where a piece of evidence comes from; a booking outranks an inquiry outranks a reply."""

    SYNCHRONOUS_REPLY = "synchronous_reply"
    STATUS_INQUIRY = "status_inquiry"
    STATEMENT_BOOKING = "statement_booking"
    HUMAN_DECISION = "human_decision"
    OWN_CHECK = "own_check"
    """Our own check before sending: the attempt was voided and never left."""


class DecisionKind(StrEnum):
    """What two people may decide together about an attempt whose outcome the bank left open.

    All but `not_sent` name the evidence they are about.
    """

    NOT_SENT = "not_sent"
    RETURN_CONFIRMED = "return_confirmed"
    RETURN_DISMISSED = "return_dismissed"
    DISBELIEVED = "disbelieved"
    """The named correction that ends a conflict: this evidence does not count, and why."""


class BookingKind(StrEnum):
    """What a booked statement entry says about a payment."""

    DEBIT = "debit"
    RETURN = "return"
    SUSPECTED_RETURN = "suspected_return"


class AnswerFinding(StrEnum):
    """Why a person must look at an answer of the bank: what it says changed nothing."""

    UNREADABLE = "unreadable"
    OTHER_MESSAGE = "other_message"
    """It speaks of a message id other than the one that was sent or asked about."""
    UNKNOWN_PAYMENT = "unknown_payment"
    """It lists an end-to-end id that is not in the message."""
    UNRECOGNIZED_CODE = "unrecognized_code"
    """A status that no map of ours knows."""
