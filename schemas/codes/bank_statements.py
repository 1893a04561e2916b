"""Codes of bank statements: files, how they chain, entries, and what waits in suspense."""

from enum import StrEnum


class FileState(StrEnum):
    """A file is stored before anything reads it; what cannot be read stays, with its fault."""

    RECEIVED = "received"
    READ = "read"
    UNREADABLE = "unreadable"


class FileSource(StrEnum):
    """How the bytes came."""

    FETCHED = "fetched"
    UPLOADED = "uploaded"


class FileFormat(StrEnum):
    """What a file is by its content, whatever it is called.

    `bank_message`: XML in the bank's own dialect (camt.05x); also all that is fetched from it.
    """

    BANK_MESSAGE = "bank_message"
    MT940 = "mt940"
    CSV = "csv"
    XLSX = "xlsx"


class Continuity(StrEnum):
    """How a statement joins the one before it on the same account."""

    FIRST = "first"
    CONTINUOUS = "continuous"
    GAP = "gap"
    OVERLAP = "overlap"


class EntryClass(StrEnum):
    """What an entry was taken for when it was booked."""

    PAYMENT = "payment"
    RETURN = "return"
    SUSPECTED_RETURN = "suspected_return"
    FUNDING = "funding"
    SUSPENSE = "suspense"


class SuspenseReason(StrEnum):
    """Why an entry's money waits for a person."""

    UNKNOWN_CREDIT = "unknown_credit"
    UNKNOWN_DEBIT = "unknown_debit"
    UNKNOWN_PAYMENT = "unknown_payment"
    SUSPECTED_RETURN = "suspected_return"
    PARTIAL_RETURN = "partial_return"
    """Marked by the bank as a return, yet not of the payment's amount."""
    DISBELIEVED = "disbelieved"
    """Two people said that the bank booked it on a payment that it is not of."""


class SuspenseStatus(StrEnum):
    """One person proposes what the money is, another confirms it."""

    OPEN = "open"
    PROPOSED = "proposed"
    RESOLVED = "resolved"


class SuspenseResolution(StrEnum):
    """What the money turned out to be.

    `funding` moves it out of suspense to fund transfers; `payment_return` says that a payment's
    evidence took it, that of the payment the entry names or else the one people name; `payments`
    says that a debit is exactly the payments that people name, and moves it to in transit;
    `bank_error` waits for the bank's own reversal.
    """

    FUNDING = "funding"
    PAYMENT_RETURN = "payment_return"
    PAYMENTS = "payments"
    BANK_ERROR = "bank_error"


class ProposalReason(StrEnum):
    """Why an entry that is not certain may be these payments.

    `message_differs`: it names the message, yet sum or count of what does disagree, or its
    payments divide in more than one way; `part_of_message`: it names
    the message, and some of its payments add up; `sum_of_message`: all payments of one message add
    up, and nothing names it; `amounts`: some payments add up. `banks_word`: the bank names them and
    everything agrees, but only since the entry was booked.
    """

    MESSAGE_DIFFERS = "message_differs"
    PART_OF_MESSAGE = "part_of_message"
    SUM_OF_MESSAGE = "sum_of_message"
    AMOUNTS = "amounts"
    BANKS_WORD = "banks_word"
