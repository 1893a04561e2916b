"""When payables are due, by when discrepancies ask to be acted on, what hospitals owe. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from reconciler.axis import total_by
from reconciler.columns import (
    EPOCH,
    NO_DAY,
    Integers,
    Rows,
    day_number,
    halves,
    number_keys,
    where,
)
from reconciler.dossier import Dossier
from reconciler.line_ids import uuids
from reconciler.match_rules import MatchRules
from reconciler.relatives import key_of
from reconciler.required_papers import Demand
from reconciler.substitution import Substitution
from reconciler.tolerance import Tolerance
from schemas.codes.holds import ActingParty
from schemas.codes.reconciliation import DiscrepancyReason
from schemas.codes.remedies import REMEDIES
from schemas.messages.rule_pack import ActingDays, PaperRule, RulePack
from schemas.messages.tolerances import ToleranceRule
from schemas.times import CalendarMissing, WorkingCalendar


@dataclass(frozen=True)
class DueDates:
    """When a payable is due (domain.md section 8): under a contract, at the end of the month after
    acceptance; else so many days after it; moved to the next working day.
    """

    calendar: WorkingCalendar
    other_due_days: int

    def due_days(self, clock_day: Integers, contracted: npt.NDArray[np.bool_]) -> Integers:
        """Days since 1970 per payable; NO_DAY where the calendar is not loaded that far."""
        pairs, place = np.unique(2 * _as_integers(clock_day) + contracted, return_inverse=True)
        due = np.array([self._due(*divmod(pair, 2)) for pair in pairs.tolist()], np.int64)
        answer: Integers = due[place]
        return answer

    def _due(self, clock_day: int, contracted: int) -> int:
        due = self.due_date(EPOCH + timedelta(days=clock_day), contracted=bool(contracted))
        return NO_DAY if due is None else day_number(due)

    def due_date(self, start: date, *, contracted: bool) -> date | None:
        """The due date of what was accepted on `start`; None where the calendar is not loaded."""
        last = _end_of_next_month(start) if contracted else self._after(start)
        try:
            return self.calendar.on_or_after(last)
        except CalendarMissing:
            return None

    def _after(self, start: date) -> date:
        return start + timedelta(days=self.other_due_days)


def due_days_of(rows: Rows, calendar: WorkingCalendar, other_due_days: Sequence[int]) -> Integers:
    """Days since 1970 per payable row; NO_DAY where the calendar is not loaded that far.

    `other_due_days`: by the `terms` of a row, as its decision context names the pack of then.
    """
    due = np.zeros(rows.size, np.int64)
    for number, days in enumerate(other_due_days):
        mine = rows["terms"] == number
        of = where(rows, mine)
        due[mine] = DueDates(calendar, days).due_days(of["clock_day"], of["contract"] >= 0)
    return due


def _end_of_next_month(day: date) -> date:
    months = day.year * 12 + day.month + 1
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def acting_deadlines(
    days: ActingDays, calendar: WorkingCalendar, found_on: date
) -> dict[DiscrepancyReason, date | None]:
    """By when to act on what was found that day, by reason; None where nobody must, or where the
    calendar is not loaded that far."""
    by_party: dict[ActingParty, date | None] = {ActingParty.NOBODY: None}
    for party, count in days:
        try:
            by_party[ActingParty(party)] = calendar.add_working_days(found_on, count)
        except CalendarMissing:
            by_party[ActingParty(party)] = None
    return {reason: by_party[remedy.acts] for reason, remedy in REMEDIES.items()}


def rules_of(pack: RulePack) -> MatchRules:
    """What a pack decides about matching."""
    tolerances = tuple(tolerance_of(rule) for rule in pack.tolerance_in_force())
    return MatchRules(
        date_basis=pack.date_basis,
        tolerances=tolerances,
        two_invoice_chain=_demand(pack.two_invoice_chain),
        trace_codes=_demand(pack.trace_codes),
        hold_expired_since=pack.expired_lots_held_since,
        substitution=Substitution(
            allowed=pack.substitution.rule == "allow",
            since=pack.substitution.since,
            until=pack.substitution.until,
        ),
    )


def _demand(rule: PaperRule) -> Demand:
    return Demand(rule.required_for, rule.effect, rule.since)


def tolerance_of(rule: ToleranceRule) -> Tolerance:
    """A rule as matching takes it."""
    return Tolerance(
        DiscrepancyReason(rule.reason),
        absolute=rule.milli if rule.fen is None else rule.fen,
        permyriad=rule.permyriad,
        greater=rule.greater,
        per_document=rule.level == "document",
    )


def tolerance_rule(tolerance: Tolerance) -> ToleranceRule:
    """The rule of a pack that `tolerance_of` makes this of. Raises pydantic's ValidationError."""
    measure = "milli" if tolerance.reason is DiscrepancyReason.QUANTITY_OVER_ORDER else "fen"
    return ToleranceRule.model_validate(
        {
            "reason": tolerance.reason.value,
            "level": "document" if tolerance.per_document else "line",
            measure: tolerance.absolute,
            "permyriad": tolerance.permyriad,
            "greater": tolerance.greater,
        }
    )


def owed_changes(
    dossier: Dossier, new: Rows, new_pools: Integers, gone: Integers, outside: int
) -> dict[tuple[UUID, UUID], int]:
    """Fen by which the debt of each (hospital, supplier) changes: new payables less superseded.

    What was paid outside the platform is no debt (route `outside`).
    """
    old = where(dossier.raw["payables"], gone)
    pool = np.concatenate((new_pools, key_of(old)))
    amount = np.concatenate((new["amount"], -_as_integers(old["amount"])))
    counted = np.concatenate((new["route"], old["route"])) != outside
    per_pool = total_by(pool[counted], amount[counted], dossier.raw["keys"].size)
    keys = dossier.raw["keys"]
    party = number_keys([*halves(keys["hospital_id"]), *halves(keys["supplier_id"])])
    _, first = np.unique(party, return_index=True)
    per_party = total_by(party, per_pool, first.size)
    changed = np.flatnonzero(per_party)
    pairs = where(keys, first[changed])
    parties = zip(uuids(pairs["hospital_id"]), uuids(pairs["supplier_id"]), strict=True)
    return dict(zip(parties, per_party[changed].tolist(), strict=True))


def _as_integers(values: npt.NDArray[np.generic]) -> Integers:
    return values.astype(np.int64)
