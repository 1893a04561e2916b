"""Codes of daily reconciliation certificates: how a day ended, and what stands in the way."""

from enum import StrEnum


class DayVerdict(StrEnum):
    """How the bank's book and ours stand after a day of an account.

    `agreed`: both say the same, and every entry is explained. `listed`: what differs or is
    unexplained is listed, to the fen. `incomplete`: the bank's book of the day is not whole, so
    that nothing can be certified.
    """

    AGREED = "agreed"
    LISTED = "listed"
    INCOMPLETE = "incomplete"


class BankBook(StrEnum):
    """What the bank says of a day.

    `stated`: a statement covers it. `proved_empty`: none does, and the statements before and
    after carry consecutive numbers and the same balance. `missing`: none does.
    """

    STATED = "stated"
    PROVED_EMPTY = "proved_empty"
    MISSING = "missing"


class DayFindingKind(StrEnum):
    """Why a day is not agreed.

    `statement_missing`, `file_unread`, `day_unbalanced` (opening and entries do not make the
    closing) and `gap` at the beginning of the day make it incomplete. The rest is why the two books
    differ, in fen: an older `gap`, a `statement_unbalanced`, an `opening_not_transferred`,
    entries `posted_on_another_day` or `not_posted`, and what is `not_told_apart`. `unexplained`
    are entries of the day that wait in suspense.
    """

    STATEMENT_MISSING = "statement_missing"
    FILE_UNREAD = "file_unread"
    DAY_UNBALANCED = "day_unbalanced"
    GAP = "gap"
    STATEMENT_UNBALANCED = "statement_unbalanced"
    OPENING_NOT_TRANSFERRED = "opening_not_transferred"
    POSTED_ON_ANOTHER_DAY = "posted_on_another_day"
    NOT_POSTED = "not_posted"
    NOT_TOLD_APART = "not_told_apart"
    UNEXPLAINED = "unexplained"


class ExplainedBy(StrEnum):
    """What explains an entry: a payment of ours, its return, funding, people's word, or nothing."""

    PAYMENT = "payment"
    RETURN = "return"
    FUNDING = "funding"
    PEOPLE = "people"
    NOTHING = "nothing"


class SheetLanguage(StrEnum):
    """What a table for people is written in."""

    ZH = "zh"
    EN = "en"
