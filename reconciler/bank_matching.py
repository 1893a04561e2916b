"""Which payments a collective entry of a bank statement is: one debit for many, or a lump return.

Only what the bank itself says takes an entry apart: the payments it names, the message it names,
or a count of payments beside the sum, and each time the sum agrees to the fen. Equal amounts
alone are evidence of nothing: they are proposals for people (banks.md section 3). Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from reconciler.balanced_groups import MOST_WORK, Balanced, Difference, Group, Record, balance
from schemas.codes.bank_statements import ProposalReason

WINDOW_DAYS: Final = 7
"""Most days between the day a message was to be executed and the bank's booking of it."""


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """One entry that names no single payment; fen, above zero. `day` is a date's ordinal.

    `payments`: end-to-end ids that it names without their amounts; `references`: tokens that may
    name a message of ours; `count`: how many payments the bank says it is.
    """

    key: str
    amount: int
    is_credit: bool
    day: int
    payments: tuple[str, ...] = ()
    references: frozenset[str] = frozenset()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class SentPayment:
    """One payment that went to the bank, by its end-to-end id; fen, above zero.

    `day` is the one on which the bank was asked to pay. Refused ones are in no debit; what a
    statement debited before is in no second one.
    """

    key: str
    amount: int
    message: str
    day: int
    is_refused: bool = False
    is_debited: bool = False

    @property
    def is_open(self) -> bool:
        """Whether a debit of it is still to be expected."""
        return not (self.is_refused or self.is_debited)


class EntryBasis(StrEnum):
    """What the bank said by which an entry is certain."""

    NAMED_PAYMENTS = "named_payments"
    NAMED_MESSAGE = "named_message"
    COUNT_AND_SUM = "count_and_sum"


@dataclass(frozen=True, slots=True)
class Explained:
    """An entry that is exactly these payments, each with its whole amount."""

    entry: str
    payments: tuple[str, ...]
    basis: EntryBasis


@dataclass(frozen=True, slots=True)
class Proposal:
    """Entries that may be these payments; `difference` is entries less payments, fen.

    Tied: another proposal shares an entry or a payment and fits as well.
    """

    entries: tuple[str, ...]
    payments: tuple[str, ...]
    reason: ProposalReason
    difference: int = 0
    tied: bool = False


@dataclass(frozen=True, slots=True)
class EntriesMatched:
    """Every entry once: explained, proposed (discrepant), or waiting. Fen add up to `amount`."""

    explained: tuple[Explained, ...]
    proposals: tuple[Proposal, ...]
    waiting: tuple[str, ...]
    amount: int
    matched: int
    discrepant: int
    still_waiting: int


@dataclass
class _Desk:
    """What is on the table: entries not explained or proposed yet, and payments still open."""

    entries: dict[str, BookedEntry]
    payments: dict[str, SentPayment]
    explained: list[Explained] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)

    def explain(self, entry: BookedEntry, payments: Iterable[str], basis: EntryBasis) -> None:
        keys = tuple(sorted(payments))
        self.explained.append(Explained(entry.key, keys, basis))
        del self.entries[entry.key]
        for key in keys:
            self.payments.pop(key, None)

    def propose(self, proposals: Sequence[Proposal]) -> None:
        self.proposals += proposals
        for key in {key for proposal in proposals for key in proposal.entries}:
            self.entries.pop(key, None)

    def debits(self) -> list[BookedEntry]:
        return [entry for entry in self.entries.values() if not entry.is_credit]

    def messages(self) -> dict[str, list[SentPayment]]:
        messages: dict[str, list[SentPayment]] = defaultdict(list)
        for payment in self.payments.values():
            messages[payment.message].append(payment)
        return messages


def match_entries(
    entries: Iterable[BookedEntry],
    payments: Iterable[SentPayment],
    *,
    window_days: int = WINDOW_DAYS,
    most_work: int = MOST_WORK,
) -> EntriesMatched:
    """Explains entries of one account by payments from it; the order given changes nothing.

    Raises ValueError for amounts that are not positive and keys given twice.
    """
    given = sorted(entries, key=lambda entry: entry.key)
    sent = {payment.key: payment for payment in sorted(payments, key=lambda one: one.key)}
    if len({entry.key for entry in given}) != len(given):
        raise ValueError("a key names one entry")
    if any(entry.amount <= 0 for entry in given):
        raise ValueError("amounts are above zero")
    desk = _Desk(
        {entry.key: entry for entry in given},
        {key: payment for key, payment in sent.items() if payment.is_open},
    )
    _by_payments(desk, sent)
    _by_message(desk, window_days, most_work)
    _by_count_and_sum(desk, window_days)
    _by_sum_of_message(desk, window_days)
    _by_amounts(desk, window_days, most_work)
    return _result(given, desk)


def _by_payments(desk: _Desk, sent: Mapping[str, SentPayment]) -> None:
    """Entries that name every payment in them: debits not booked before, or returns in one sum."""
    named = [entry for entry in desk.entries.values() if entry.payments]
    claims: dict[tuple[str, bool], int] = defaultdict(int)
    for entry in named:
        for key in entry.payments:
            claims[key, entry.is_credit] += 1
    for entry in named:
        inside = [sent[key] for key in entry.payments if key in sent]
        sure = (
            len(inside) == len(entry.payments)
            and all(claims[key, entry.is_credit] == 1 for key in entry.payments)
            and sum(payment.amount for payment in inside) == entry.amount
            and entry.count in (None, len(inside))
            and (entry.is_credit or all(payment.is_open for payment in inside))
        )
        if sure:
            desk.explain(entry, entry.payments, EntryBasis.NAMED_PAYMENTS)


def _by_message(desk: _Desk, window_days: int, most_work: int) -> None:
    """Debits that name messages of ours, all that name one message together."""
    messages = desk.messages()
    naming = [entry for entry in desk.debits() if entry.references & messages.keys()]
    records = [
        Record(entry.key, entry.amount, "", entry.day, entry.references & messages.keys())
        for entry in naming
    ]
    named = {message for record in records for message in record.references}
    inside = [payment for message in sorted(named) for payment in messages[message]]
    joined = balance(
        records,
        (Record(one.key, one.amount, "", one.day, frozenset({one.message})) for one in inside),
        window_days=window_days,
        most_work=0,
    )
    components: list[Group | Difference] = [*joined.groups, *joined.differences]
    for whole in components:
        _of_one_message(desk, whole.left, whole.right, window_days, most_work)


def _of_one_message(
    desk: _Desk, keys: Sequence[str], payments: Sequence[str], window_days: int, most_work: int
) -> None:
    """Debits `keys` name the message (or messages) of `payments`, all of which are still open."""
    entries = [desk.entries[key] for key in keys]
    total = sum(desk.payments[key].amount for key in payments)
    whole = [entry for entry in entries if entry.amount == total]
    if len(whole) == 1 and whole[0].count in (None, len(payments)):
        # What else names it is not in the sum: a charge beside it waits for people.
        desk.explain(whole[0], payments, EntryBasis.NAMED_MESSAGE)
        return
    inside = balance(
        (Record(entry.key, entry.amount, "", 0) for entry in entries),
        (Record(key, desk.payments[key].amount, "", 0) for key in payments),
        window_days=window_days,
        most_work=most_work,
    )
    if _divides(inside, desk, keys, payments):
        for group in inside.groups:
            desk.explain(desk.entries[group.left[0]], group.right, EntryBasis.NAMED_MESSAGE)
        return
    desk.propose(_proposals(inside, ProposalReason.PART_OF_MESSAGE))
    left = tuple(key for key in keys if key in desk.entries)
    if left:
        difference = sum(entry.amount for entry in entries) - total
        reason, tied = ProposalReason.MESSAGE_DIFFERS, bool(inside.ties)
        desk.propose([Proposal(left, tuple(payments), reason, difference, tied)])


def _divides(inside: Balanced, desk: _Desk, keys: Sequence[str], payments: Sequence[str]) -> bool:
    """Whether the debits divide all payments among them in the only way there is."""
    return (
        sum(len(group.left) for group in inside.groups) == len(keys) == len(inside.groups)
        and sum(len(group.right) for group in inside.groups) == len(payments)
        and all(
            desk.entries[group.left[0]].count in (None, len(group.right)) for group in inside.groups
        )
    )


def _by_count_and_sum(desk: _Desk, window_days: int) -> None:
    """Debits of a stated count of payments: the one message with that count and that sum."""
    debits = [entry for entry in desk.debits() if not entry.payments]
    for entry, message in _only_pairs(debits, desk.messages(), window_days):
        payments = desk.messages()[message]
        if entry.count == len(payments) > 1:
            keys = [payment.key for payment in payments]
            desk.explain(entry, keys, EntryBasis.COUNT_AND_SUM)


def _only_pairs(
    debits: Sequence[BookedEntry], messages: Mapping[str, Sequence[SentPayment]], window_days: int
) -> list[tuple[BookedEntry, str]]:
    """Debits and messages with one sum, where neither has another of that sum."""
    fitting = _pairs(debits, messages, window_days)
    entries = Counter(entry.key for entry, _ in fitting)
    names = Counter(message for _, message in fitting)
    return [
        (entry, message) for entry, message in fitting if entries[entry.key] == names[message] == 1
    ]


def _pairs(
    debits: Sequence[BookedEntry], messages: Mapping[str, Sequence[SentPayment]], window_days: int
) -> list[tuple[BookedEntry, str]]:
    by_sum: dict[int, list[str]] = defaultdict(list)
    for message in sorted(messages):
        by_sum[sum(payment.amount for payment in messages[message])].append(message)
    return [
        (entry, message)
        for entry in debits
        for message in by_sum[entry.amount]
        if abs(messages[message][0].day - entry.day) <= window_days
    ]


def _by_sum_of_message(desk: _Desk, window_days: int) -> None:
    messages = desk.messages()
    fitting = _pairs(desk.debits(), messages, window_days)
    only = {(one.key, name) for one, name in _only_pairs(desk.debits(), messages, window_days)}
    desk.propose(
        [
            Proposal(
                (entry.key,),
                tuple(payment.key for payment in messages[message]),
                ProposalReason.SUM_OF_MESSAGE,
                tied=(entry.key, message) not in only,
            )
            for entry, message in fitting
        ]
    )


def _by_amounts(desk: _Desk, window_days: int, most_work: int) -> None:
    taken = {key for proposal in desk.proposals for key in proposal.payments}
    found = balance(
        (Record(entry.key, entry.amount, "", entry.day) for entry in desk.debits()),
        (
            Record(payment.key, payment.amount, "", payment.day)
            for payment in desk.payments.values()
            if payment.key not in taken
        ),
        window_days=window_days,
        most_work=most_work,
    )
    desk.propose(_proposals(found, ProposalReason.AMOUNTS))


def _proposals(found: Balanced, reason: ProposalReason) -> list[Proposal]:
    tied: list[Group] = [group for tie in found.ties for group in tie.candidates]
    return [
        Proposal(group.left, group.right, reason, tied=is_tied)
        for groups, is_tied in ((found.groups, False), (tied, True))
        for group in groups
    ]


def _result(given: Sequence[BookedEntry], desk: _Desk) -> EntriesMatched:
    amounts = {entry.key: entry.amount for entry in given}
    proposed = {key for proposal in desk.proposals for key in proposal.entries}
    return EntriesMatched(
        explained=tuple(sorted(desk.explained, key=lambda one: one.entry)),
        proposals=tuple(desk.proposals),
        waiting=tuple(sorted(desk.entries)),
        amount=sum(amounts.values()),
        matched=sum(amounts[one.entry] for one in desk.explained),
        discrepant=sum(amounts[key] for key in proposed),
        still_waiting=sum(entry.amount for entry in desk.entries.values()),
    )
