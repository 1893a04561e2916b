"""The list of invariants, and when an answer counts as held. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Standing(StrEnum):
    """What an invariant's answer comes to."""

    HELD = "held"
    BROKEN = "broken"
    NOTHING_EXAMINED = "nothing_examined"
    """Rows that must have been examined were not: the question itself is at fault."""
    NOTHING_TO_EXAMINE = "nothing_to_examine"


@dataclass(frozen=True)
class Invariant:
    """One question of domain.md section 12.

    `query` names the file under sql/; what no statement can say has a module of its own. `needed`
    names the file that counts, per area, the rows
    whose existence obliges the question to examine something.
    """

    number: str
    name: str
    sentence: str
    needed: str | None = None
    of_money: bool = True
    """False for questions that find rows to examine before any money has moved."""

    @property
    def query(self) -> str:
        """The name of its SQL file."""
        return self.name


@dataclass(frozen=True)
class AreaAnswer:
    """Rows examined and broken in one area; `figure_minor` is what they add up to, fen."""

    area_code: str
    examined: int
    broken: int
    figure_minor: int | None = None
    sample: str | None = None
    """Something to start looking from: an id or a name of what is broken."""


@dataclass(frozen=True)
class InvariantResult:
    """An invariant with its answer per area."""

    invariant: Invariant
    areas: tuple[AreaAnswer, ...]
    unexamined: tuple[str, ...] = field(default=())
    """Areas that have rows which the question should have examined, and did not."""

    @property
    def examined(self) -> int:
        """Rows examined in every area."""
        return sum(area.examined for area in self.areas)

    @property
    def broken(self) -> int:
        """Rows that break the invariant."""
        return sum(area.broken for area in self.areas)

    @property
    def figure_minor(self) -> int | None:
        """What the rows of every area add up to, fen; None for questions without an amount."""
        figures = [area.figure_minor for area in self.areas if area.figure_minor is not None]
        return sum(figures) if figures else None

    @property
    def standing(self) -> Standing:
        """Held, broken, or not really asked."""
        if self.broken:
            return Standing.BROKEN
        if self.unexamined:
            return Standing.NOTHING_EXAMINED
        return Standing.HELD if self.examined else Standing.NOTHING_TO_EXAMINE

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against it."""
        return self.standing in (Standing.HELD, Standing.NOTHING_TO_EXAMINE)


def judge(
    invariant: Invariant, answers: Iterable[AreaAnswer], needed: Mapping[str, int]
) -> InvariantResult:
    """The result of an invariant. `needed`: per area, how many rows oblige it to examine some."""
    areas = tuple(sorted(answers, key=lambda answer: answer.area_code))
    seen = {answer.area_code for answer in areas if answer.examined}
    unexamined = sorted(area for area, rows in needed.items() if rows and area not in seen)
    return InvariantResult(invariant, areas, tuple(unexamined))


INVARIANTS: Final = (
    Invariant(
        "1", "ledger_totals", "Debits equal credits in every ledger, posted and pending.",
        needed="needed_transfers",
    ),
    Invariant(
        "1", "ledger_balances",
        "Every running balance is the sum of the account's transfers.", needed="needed_transfers",
    ),
    Invariant(
        "1", "ledger_numbers", "Postings are numbered without a gap and counted rightly.",
        needed="needed_transfers",
    ),
    Invariant(
        "1", "ledger_append_only", "No role of the application may change or delete a transfer.",
        of_money=False,
    ),
    Invariant(
        "1", "bank_equals_statements",
        "The bank in the ledger is the closing balance of each account's last statement.",
        needed="needed_statements",
    ),
    Invariant(
        "1", "statements_chain", "Statements add up and chain without a gap.",
        needed="needed_statements",
    ),
    Invariant(
        "1", "bank_only_from_statements",
        "Every posting of the bank is based on a statement's entry or a two-person opening.",
        needed="needed_statement_entries",
    ),
    Invariant(
        "2", "shares_within_confirmed",
        "Per share: reserved + paid − returned + set off ≤ confirmed, and as its items say.",
        needed="needed_shares",
    ),
    Invariant(
        "2", "confirmed_within_payable",
        "Parts of a payable in applications add up to it; shares add up to the accepted parts.",
        needed="needed_lines",
    ),
    Invariant(
        "2", "targets_met",
        "Per order line: open + committed payables are what matching makes of its documents.",
        needed="needed_payables",
    ),
    Invariant(
        "3", "paid_is_traced",
        "Each fen paid traces to order, receipt and invoice line, confirmation, two reviewers,"
        " three people, instruction and the bank's word.",
        needed="needed_paid",
    ),
    Invariant(
        "3", "bank_debits_explained",
        "Every debit booked by the bank is one attempt's, or by two people's word that of several,"
        " or waits in suspense.",
        needed="needed_statement_entries",
    ),
    Invariant(
        "3", "suspense_is_waiting",
        "Suspense holds exactly the entries that still wait, and each left it once.",
    ),
    Invariant(
        "4", "schemes_never_cross",
        "Share, payment, batch, account and transfers of a payment are of one scheme.",
        needed="needed_payments",
    ),
    Invariant(
        "5a", "paid_equals_funding",
        "What was paid left the expenditure account: in transit = paid − debited by the bank.",
        needed="needed_paid",
    ),
    Invariant(
        "5b", "advances_roll_forward",
        "Per hospital and scheme: paid on mandate − returned − recovered = advance outstanding.",
        needed="needed_paid",
    ),
    Invariant(
        "5b", "claims_are_booked",
        "Per hospital and scheme: what the fund owes for its claims stands in the ledger.",
        needed="needed_claims",
    ),
    Invariant(
        "5", "owed_equals_payables",
        "Per hospital and supplier: what is owed for purchases is the sum of the payables.",
        needed="needed_payables",
    ),
    Invariant(
        "5", "mandate_payments_booked",
        "Per hospital and supplier: what the trade book says was paid on mandate was paid.",
        needed="needed_paid",
    ),
    Invariant(
        "5", "vouchers_balance",
        "Every voucher balances, budget entries among themselves, and numbers have no gap.",
        needed="needed_vouchers",
    ),
    Invariant(
        "5", "vouchers_follow_ledger",
        "The vouchers of each side debit and credit what the ledger did.",
        needed="needed_vouchers",
    ),
    Invariant(
        "5", "three_sides_balance",
        "What the fund paid, suppliers received and hospitals were relieved of is one amount;"
        " what one side owes is receivable on the other.",
        needed="needed_vouchers",
    ),
    Invariant(
        "6", "never_paid_twice",
        "No share is paid beyond what it bears, no payment more than one attempt that paid,"
        " no attempt more debits than its amount.",
        needed="needed_payments",
    ),
    Invariant(
        "6", "bookings_are_posted",
        "Per attempt: net booked by the bank = paid − returned, but for conflicts and what waits"
        " in suspense; a return beside a second debit is people's word.",
        needed="needed_bookings",
    ),
    Invariant(
        "7", "three_people",
        "Three people decided on each batch's content: its maker, its checker, its releaser.",
        needed="needed_batches",
    ),
    Invariant(
        "7", "two_reviewers", "Confirmed by the hospital, reviewed by two other people.",
        needed="needed_accepted",
    ),
    Invariant(
        "8", "mandate_in_force",
        "A mandate was in force, and known, when each payment was released.", needed="needed_paid",
    ),
    Invariant(
        "9", "closed_periods_stand",
        "Every closed period, and each before it, adds up to what was kept when it was closed.",
        needed="needed_closed_periods",
    ),
    Invariant(
        "10", "batches_complete", "Eligible = taken + left out with a reason, for every batch.",
        needed="needed_batches",
    ),
    Invariant(
        "10", "eligible_has_a_place",
        "What was accepted by a batch's cut-off was paid, netted, or left out there with a reason.",
        needed="needed_paid",
    ),
    Invariant(
        "10", "intakes_complete",
        "Records received = results, and documents stored = those accepted, for every intake.",
        needed="needed_intakes",
    ),
    Invariant(
        "10", "match_runs_balanced",
        "Every match run left the payables and discrepancies it says it did.",
        needed="needed_payables",
    ),
    Invariant(
        "11", "orphans", "Every row without a foreign key points at rows that exist.",
        of_money=False,
    ),
    Invariant(
        "12", "capacity_as_used",
        "Claim capacity consumed is what payments recovered; reserved is what they will.",
        needed="needed_claims",
    ),
    Invariant(
        "12", "seals_chain",
        "Every event is sealed or waits for it; the chain has no gap and every link recomputes.",
        needed="needed_sealed", of_money=False,
    ),
    Invariant(
        "12", "seals_are_ours",
        "Every sealed event is as it was sealed, by the holder of a key outside the database.",
        needed="needed_sealed", of_money=False,
    ),
)  # fmt: skip
