"""What a hospital, a supplier or a reviewer may do with a line, and how a line splits. Pure."""

from calendar import monthrange
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from schemas.codes.applications import DisputeReason, LineDecisionKind, LineStatus
from schemas.codes.reconciliation import PayableKind
from schemas.money import cumulative_part


@dataclass(frozen=True, slots=True)
class LineState:
    """A line as locked for a decision; quantity in thousandths, amount in fen."""

    id: UUID
    payable_id: UUID
    status: LineStatus
    quantity_milli: int
    amount_minor: int
    first_reviewed_by: UUID | None


@dataclass(frozen=True, slots=True)
class OpenPayable:
    """A payable that may be applied for; `is_limited`: it corrects something of which a part was
    withdrawn or rejected."""

    id: UUID
    order_line_id: UUID
    receipt_line_id: UUID | None
    kind: str
    adjusts_payable_id: UUID | None
    quantity_milli: int
    amount_minor: int
    is_limited: bool

    def room(self, rooms: Mapping[UUID, int]) -> int:
        """Fen that are left of what it corrects."""
        return 0 if self.adjusts_payable_id is None else rooms.get(self.adjusts_payable_id, 0)


def applicable(rows: Sequence[OpenPayable], rooms: Mapping[UUID, int]) -> list[OpenPayable]:
    """Those that are applied for: without corrections of what was withdrawn or rejected and has no
    room left (`rooms`: fen by what is corrected), and without goods that only moved from there.

    Goods whose price version or month changed are taken back under the old one and due under the
    new, on the same order and receipt line. Where the old line was withdrawn or rejected they stay
    so: neither is applied for, unless somebody reinstates the line. A payable of more units than
    are left of what moved is not kept back: most of an order line must not wait for a few of it.
    What came on another receipt is new.
    """
    moving = [
        row
        for row in rows
        if row.is_limited
        and row.kind == PayableKind.PRICE_ADJ
        and row.quantity_milli < 0
        and row.room(rooms) + row.amount_minor < 0
    ]
    units = Counter[tuple[UUID, UUID]]()
    for row in moving:
        # A receipt that was cancelled is named no more: nothing can have moved to it.
        if row.receipt_line_id is not None:
            units[row.order_line_id, row.receipt_line_id] -= row.quantity_milli
    left_out = {row.id for row in moving}
    for row in sorted(rows, key=lambda row: (-row.quantity_milli, row.id)):
        if row.kind != PayableKind.GOODS or row.receipt_line_id is None:
            continue
        place = row.order_line_id, row.receipt_line_id
        if 0 < row.quantity_milli <= units[place]:
            units[place] -= row.quantity_milli
            left_out.add(row.id)
    kept = [row for row in rows if row.id not in left_out]
    return [row for row in kept if not row.is_limited or row.room(rooms) > 0]


@dataclass(frozen=True, slots=True)
class LineDecision:
    """What a hospital says about one line.

    `confirmed_milli` confirms only so much of it: the rest becomes a disputed line of its own.
    """

    line_id: UUID
    kind: LineDecisionKind
    confirmed_milli: int | None = None
    reason: DisputeReason | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class LineMove:
    """What a decision does: the line's new state and size, and the disputed rest, if any."""

    line_id: UUID
    to_status: LineStatus
    quantity_milli: int
    amount_minor: int
    rest_quantity_milli: int
    rest_amount_minor: int
    reason: DisputeReason | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one line of a bulk command was not moved: a code of the closed list below."""

    line_id: UUID
    code: str


NOT_FOUND = "not_found"
NOT_WAITING = "not_waiting_for_confirmation"
REASON_MISSING = "reason_missing"
REASON_UNNEEDED = "reason_only_for_disputes"
NOT_SPLITTABLE = "not_splittable"
QUANTITY_OUTSIDE = "quantity_outside_line"
NAMED_TWICE = "named_twice"


@dataclass(frozen=True)
class Expectation:
    """What the person saw when deciding in bulk: refused when it is no longer so."""

    count: int
    amount_minor: int


def last_day_of(period: str) -> date:
    """The last day of a period 'YYYY-MM'."""
    year, month = int(period[:4]), int(period[5:])
    return date(year, month, monthrange(year, month)[1])


def month_of(day: date) -> str:
    """The period 'YYYY-MM' of a day."""
    return f"{day:%Y-%m}"


def open_periods_on(day: date) -> tuple[str, str]:
    """The periods that can be applied for on a day: the month before and the running one."""
    return month_of(day.replace(day=1) - timedelta(days=1)), month_of(day)


def meets(expected: Expectation, lines: Sequence[LineState]) -> bool:
    """Whether the lines are those the person saw: their number and their sum."""
    return expected == Expectation(len(lines), sum(line.amount_minor for line in lines))


def judge(
    decisions: Sequence[LineDecision], lines: Mapping[UUID, LineState]
) -> tuple[list[LineMove], list[UUID], list[Refusal]]:
    """Moves, lines that already are as decided, and refusals; each line in exactly one of them."""
    moves: list[LineMove] = []
    unchanged: list[UUID] = []
    refusals: list[Refusal] = []
    seen: set[UUID] = set()
    for decision in decisions:
        line = lines.get(decision.line_id)
        code = NAMED_TWICE if decision.line_id in seen else _fault(decision, line)
        seen.add(decision.line_id)
        if code is not None or line is None:
            refusals.append(Refusal(decision.line_id, code or NOT_FOUND))
        elif _already(decision, line):
            unchanged.append(line.id)
        else:
            moves.append(_move(decision, line))
    return moves, unchanged, refusals


def _already(decision: LineDecision, line: LineState) -> bool:
    if decision.kind is LineDecisionKind.DISPUTE:
        return line.status is LineStatus.DISPUTED
    whole = decision.confirmed_milli in (None, line.quantity_milli)
    return whole and line.status is LineStatus.CONFIRMED


def _fault(decision: LineDecision, line: LineState | None) -> str | None:
    if line is None:
        return NOT_FOUND
    if _already(decision, line):
        return None
    if line.status is not LineStatus.SUBMITTED:
        return NOT_WAITING
    if decision.kind is LineDecisionKind.DISPUTE:
        if decision.confirmed_milli is not None:
            return QUANTITY_OUTSIDE
        return REASON_MISSING if decision.reason is None else None
    return _confirmation_fault(decision, line)


def _confirmation_fault(decision: LineDecision, line: LineState) -> str | None:
    if decision.confirmed_milli in (None, line.quantity_milli):
        return REASON_UNNEEDED if decision.reason is not None else None
    if line.quantity_milli == 0:
        return NOT_SPLITTABLE
    assert decision.confirmed_milli is not None
    low, high = sorted((0, line.quantity_milli))
    if not low < decision.confirmed_milli < high:
        return QUANTITY_OUTSIDE
    return REASON_MISSING if decision.reason is None else None


def _move(decision: LineDecision, line: LineState) -> LineMove:
    if decision.kind is LineDecisionKind.DISPUTE:
        return LineMove(
            line.id, LineStatus.DISPUTED, line.quantity_milli, line.amount_minor, 0, 0,
            decision.reason, decision.note,
        )  # fmt: skip
    taken = line.quantity_milli if decision.confirmed_milli is None else decision.confirmed_milli
    part = part_of(line.amount_minor, taken=taken, whole=line.quantity_milli)
    return LineMove(
        line.id, LineStatus.CONFIRMED, taken, part,
        line.quantity_milli - taken, line.amount_minor - part, decision.reason, decision.note,
    )  # fmt: skip


def part_of(amount_minor: int, *, taken: int, whole: int) -> int:
    """The amount of the first `taken` of `whole` quantity (same sign), by rounded cumulatives.

    The rest is the whole less this part, so that parts always add up (domain.md section 5a).
    """
    if taken == whole:
        return amount_minor
    return cumulative_part(amount_minor, taken=0, upto=abs(taken), whole=abs(whole))
