"""Rules to replay under, and what they change: where fen and quantities end, before and after.

Whole components are laid, as in life; what counts are invoice lines (fen) and receipt lines
(quantities) dated in the months, so that each side's control totals balance.
"""

import json
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Final, get_args
from uuid import UUID

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from reconciler.axis import total_by
from reconciler.columns import NOT_STATED, Asked, Integers, Rows, day_number, number_keys, where
from reconciler.dossier import Dossier
from reconciler.line_ids import uuids
from reconciler.match_rules import MatchRules
from reconciler.outcome import EFFECTS, HELD_IN_PAIRS, KINDS, REASONS, ROUTES, Outcome
from reconciler.purchase_matching import match_purchases
from reconciler.tolerance import Tolerance
from schemas.codes.reconciliation import DiscrepancyEffect
from schemas.codes.replays import ReplayEnding
from schemas.messages.rule_pack import DateBasis, RulePack
from schemas.messages.tolerances import ToleranceTemplate
from schemas.problems import Fault
from settlement_api.reconciliation.policy import rules_of, tolerance_of, tolerance_rule
from settlement_api.replays.errors import RulesRefused

ENDINGS: Final = tuple(ReplayEnding)
_RULES: Final = TypeAdapter(MatchRules)
_NAMES: Final = frozenset(part.name for part in fields(MatchRules)) - {"earlier"}
"""Rules that replays compare: nothing is applied for in them, so there are no earlier ones."""
_BALANCED: Final = (ReplayEnding.MATCHED, ReplayEnding.WAITING, ReplayEnding.HELD)


# rules -----------------------------------------------------------------------------------------


def rules_given(base: MatchRules, given: Mapping[str, Any]) -> MatchRules:
    """`base` with the rules given instead, tolerances as a pack says them. Raises RulesRefused."""
    unknown = sorted(given.keys() - _NAMES)
    if unknown:
        known = ", ".join(sorted(_NAMES))
        raise RulesRefused(
            faults=[
                Fault(f"/rules/{name}", "unknown_rule", f"the rules are {known}")
                for name in unknown
            ]
        )
    others = {name: value for name, value in given.items() if name != "tolerances"}
    if "tolerances" in given:
        base = replace(base, tolerances=_tolerances_given(given["tolerances"]))
    kept = _RULES.dump_python(base, mode="json", include=set(_NAMES))
    try:
        rules = _RULES.validate_json(json.dumps(kept | others), strict=True)
    except ValidationError as error:
        raise RulesRefused(
            faults=[
                Fault("/rules/" + "/".join(map(str, fault["loc"])), fault["type"], fault["msg"])
                for fault in error.errors(include_url=False, include_context=False)
            ]
        ) from error
    known_dates = get_args(DateBasis)
    if not rules.date_basis or not set(rules.date_basis) <= set(known_dates):
        message = f"at least one of {', '.join(known_dates)}"
        raise RulesRefused(faults=[Fault("/rules/date_basis", "date_unknown", message)])
    return rules


def _tolerances_given(given: object) -> tuple[Tolerance, ...]:
    """Tolerances as a rule pack states them, refused as a pack's are. Raises RulesRefused."""
    if given in ([], ()):
        return ()
    try:
        template = ToleranceTemplate.model_validate({"name": "replayed", "rules": given})
    except ValidationError as error:
        raise RulesRefused(
            faults=[
                Fault(
                    "/".join(("/rules/tolerances", *map(str, fault["loc"][1:]))),
                    fault["type"],
                    fault["msg"],
                )
                for fault in error.errors(include_url=False, include_context=False)
            ]
        ) from error
    return tuple(tolerance_of(rule) for rule in template.rules)


def rules_said(rules: MatchRules) -> dict[str, Any]:
    """The rules as JSON takes them, tolerances as a pack says them."""
    said: dict[str, Any] = _RULES.dump_python(rules, mode="json", include=set(_NAMES))
    told = [tolerance_rule(each).model_dump(mode="json") for each in rules.tolerances]
    return said | {"tolerances": told}


@dataclass(frozen=True)
class Stretch:
    """Days on which one pack was in force, and the two sets of rules compared on them."""

    first_day: date
    last_day: date
    base: MatchRules
    alternative: MatchRules


def read_stretches(stored: Sequence[Mapping[str, Any]]) -> list[Stretch]:
    """Stretches as a replay keeps them."""
    return [
        Stretch(
            date.fromisoformat(one["first_day"]),
            date.fromisoformat(one["last_day"]),
            rules_given(MatchRules(), one["base"]),
            rules_given(MatchRules(), one["alternative"]),
        )
        for one in stored
    ]


def asked_by(stretches: Sequence[Stretch]) -> Asked:
    """What any of the rules compared looks at."""
    rules = (each for stretch in stretches for each in (stretch.base, stretch.alternative))
    return reduce(or_, (each.asked for each in rules))


def months_of(from_month: str, to_month: str) -> list[tuple[date, date]]:
    """First and last day of each month, from YYYY-MM to YYYY-MM."""
    first, last = (int(text[:4]) * 12 + int(text[5:]) - 1 for text in (from_month, to_month))
    days = [date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)]
    return [(day, day.replace(day=monthrange(day.year, day.month)[1])) for day in days]


def joined_stretches(
    months: Sequence[tuple[date, date]], packs: Sequence[RulePack], other: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """As a replay keeps them: months of the same pack in one, `other` in place of its rules."""
    kept: list[dict[str, Any]] = []
    for (first, last), pack in zip(months, packs, strict=True):
        name = {"code": pack.code, "version": pack.version}
        if kept and kept[-1]["pack"] == name:
            kept[-1]["last_day"] = last.isoformat()
            continue
        base = rules_of(pack)
        kept.append(
            {
                "first_day": first.isoformat(),
                "last_day": last.isoformat(),
                "pack": name,
                "base": rules_said(base),
                "alternative": rules_said(rules_given(base, other)),
            }
        )
    return kept


# the difference --------------------------------------------------------------------------------

_ENDED: Final = np.dtype(
    [
        ("order", np.int64),
        ("ending", np.int64),
        ("what", np.int64),  # kind of what is matched, reason of the rest
        ("route", np.int64),
        ("milli", np.int64),  # received units that ended so
        ("minor", np.int64),  # invoiced fen that ended so
        ("laid", np.int64),  # units of the row itself, for the order line's own figures
    ]
)


@dataclass
class Group:
    """Lines, thousandths and fen of one ending, before and after."""

    lines: list[int] = field(default_factory=lambda: [0, 0])
    milli: list[int] = field(default_factory=lambda: [0, 0])
    minor: list[int] = field(default_factory=lambda: [0, 0])


GroupKey = tuple[ReplayEnding, str, str, str]
"""(ending, reason, route, kind); what does not apply is empty."""


@dataclass(frozen=True)
class ChangedLine:
    """An order line whose result differs: matched quantity and fen, routes and reasons."""

    order_line_id: UUID
    milli: tuple[int, int]
    minor: tuple[int, int]
    routes: tuple[str, str]
    reasons: tuple[str, str]


@dataclass
class Found:
    """What the rules compared make of some components; the totals as columns of `replay`."""

    totals: dict[str, int] = field(default_factory=dict)
    groups: dict[GroupKey, Group] = field(default_factory=dict)
    changed: list[ChangedLine] = field(default_factory=list)
    order_lines: int = 0


def compare(dossier: Dossier, stretches: Sequence[Stretch]) -> Found:
    """Both sets of rules on the same documents; each stretch counts its own days.

    An order line that changes in two stretches is one changed line.
    """
    outcomes: dict[MatchRules, Outcome] = {}
    sides: list[list[Rows]] = [[], []]
    found = Found()
    for stretch in stretches:
        ended = []
        for rules in (stretch.base, stretch.alternative):
            if rules not in outcomes:
                outcomes[rules] = match_purchases(dossier.columns, rules)
            ended.append(_ended(dossier, outcomes[rules], stretch))
        _add_totals(found.totals, dossier, stretch, ended, outcomes[stretch.base])
        for side, rows in enumerate(ended):
            _add_groups(found.groups, rows, side)
            sides[side].append(rows)
    before, after = (np.concatenate(parts) for parts in sides)
    touched = np.concatenate((before["order"], after["order"]))
    found.order_lines = int(np.unique(touched[touched >= 0]).size)
    found.changed = _changed_lines(dossier, before, after)
    return found


def _in_days(
    stretch: Stretch, lines: Rows, place: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.bool_]:
    """Whether the line that each row points at is dated in the stretch; False for none."""
    days = np.append(lines["day"].astype(np.int64), -1)[np.maximum(place, -1)]
    first, last = (day_number(day) for day in (stretch.first_day, stretch.last_day))
    inside: npt.NDArray[np.bool_] = (place >= 0) & (days >= first) & (days <= last)
    return inside


def _ended(dossier: Dossier, outcome: Outcome, stretch: Stretch) -> Rows:
    return np.concatenate(
        (_matched(dossier, outcome, stretch), _discrepant(dossier, outcome, stretch))
    )


def _matched(dossier: Dossier, outcome: Outcome, stretch: Stretch) -> Rows:
    slices = where(outcome.target, outcome.target["amount"] != 0)
    invoiced = _in_days(stretch, dossier.columns.invoices, slices["invoice"])
    received = _in_days(stretch, dossier.columns.receipts, slices["receipt"])
    rows = np.zeros(slices.size, _ENDED)
    of_charges = dossier.columns.orders["of_charges"][slices["order"]]
    rows["order"] = np.where(of_charges, NOT_STATED, slices["order"])  # no charge is of one line
    rows["what"], rows["route"] = slices["kind"], slices["route"]
    rows["ending"] = ENDINGS.index(ReplayEnding.MATCHED)
    rows["milli"] = slices["quantity"] * received
    rows["minor"] = slices["amount"] * invoiced
    rows["laid"] = slices["quantity"]
    return where(rows, invoiced | received)


def _discrepant(dossier: Dossier, outcome: Outcome, stretch: Stretch) -> Rows:
    found, columns = outcome.discrepancies, dossier.columns
    invoiced = _in_days(stretch, columns.invoices, found["invoice"])
    received = _in_days(stretch, columns.receipts, found["receipt"])
    ordered = _in_days(stretch, columns.orders, found["order"])
    own = found["other"] < 0
    rows = np.zeros(found.size, _ENDED)
    rows["order"], rows["what"] = found["order"], found["reason"]
    rows["ending"] = np.where(
        own, _ENDING_OF[found["effect"]], ENDINGS.index(ReplayEnding.CORRECTION)
    )
    aside = ~np.isin(rows["ending"], [ENDINGS.index(one) for one in _BALANCED])
    rows["milli"] = found["quantity"] * (received & (_of_receipt(found) | aside))
    rows["minor"] = found["amount"] * (invoiced | (aside & (received | ordered)))
    rows["laid"] = found["quantity"]
    alone = (found["invoice"] < 0) & (found["receipt"] < 0)
    return where(rows, invoiced | received | (alone & ordered))


_ENDING_OF: Final = np.array(
    [
        ENDINGS.index(
            {
                DiscrepancyEffect.WAITING: ReplayEnding.WAITING,
                DiscrepancyEffect.HELD: ReplayEnding.HELD,
                DiscrepancyEffect.ABSORBED: ReplayEnding.ABSORBED,
            }.get(effect, ReplayEnding.INFORMATION)
        )
        for effect in EFFECTS
    ],
    np.int64,
)
"""What only informs counts in no balance, whatever it informs of."""


def _of_receipt(found: Rows) -> npt.NDArray[np.bool_]:
    """Rows whose units are the receipt line's own: one that an invoice names is only pointed at."""
    paired = np.isin(found["reason"], HELD_IN_PAIRS) & (found["order"] >= 0)
    own: npt.NDArray[np.bool_] = (found["invoice"] < 0) | paired
    return own


def _add_totals(
    totals: dict[str, int],
    dossier: Dossier,
    stretch: Stretch,
    ended: Sequence[Rows],
    outcome: Outcome,
) -> None:
    columns = dossier.columns
    stated_fen, received = _where_it_ends(dossier, outcome), columns.receipts["quantity"]
    added: dict[str, int] = {}
    stated: dict[str, int] = {}
    for whole, taken, measure, lines, amounts in (
        ("invoiced_minor", "credited_minor", "minor", columns.invoices, stated_fen),
        ("received_milli", "returned_milli", "milli", columns.receipts, received),
    ):
        mine = _in_days(stretch, lines, np.arange(lines.size))
        stated[whole] = int(amounts[mine].sum())
        left = []
        for side, rows in zip(("before", "after"), ended, strict=True):
            sums = {
                ending: int(rows[measure][rows["ending"] == ENDINGS.index(ending)].sum())
                for ending in _BALANCED
            }
            added |= {f"{ending}_{side}_{measure}": sums[ending] for ending in _BALANCED}
            left.append(stated[whole] - sum(sums.values()))
        # Credit notes and returns are taken off before any rule speaks.
        assert left[0] == left[1] >= 0, f"what was {whole} ends differently on the two sides"
        stated[taken] = left[0]
    for column, value in (stated | added).items():
        totals[column] = totals.get(column, 0) + value


def _where_it_ends(dossier: Dossier, outcome: Outcome) -> Integers:
    """Fen that each invoice line states, what later lines add to it counted on its own day: there
    it is matched. (No rule decides what is added, so both sides agree.)
    """
    columns, found = dossier.columns, outcome.discrepancies
    amounts = columns.invoices["amount"].astype(np.int64)
    line, blue = columns.supplements["invoice"], columns.supplements["blue"]
    balanced = np.isin(_ENDING_OF[found["effect"]], [ENDINGS.index(one) for one in _BALANCED])
    alone = np.isin(line, found["invoice"][balanced & (found["other"] < 0)])
    bound = ~alone & (blue >= 0)
    np.add.at(amounts, blue[bound], amounts[line[bound]])
    amounts[line[bound]] = 0
    return amounts


def _add_groups(groups: dict[GroupKey, Group], rows: Rows, side: int) -> None:
    if not rows.size:
        return
    number = number_keys([rows[name] for name in ("ending", "what", "route")])
    _, first = np.unique(number, return_index=True)
    lines = np.bincount(number).tolist()
    milli = total_by(number, rows["milli"], first.size).tolist()
    minor = total_by(number, rows["minor"], first.size).tolist()
    for place, row in enumerate(rows[first]):
        group = groups.setdefault(_group_key(row), Group())
        group.lines[side] += lines[place]
        group.milli[side] += milli[place]
        group.minor[side] += minor[place]


def _group_key(row: Any) -> GroupKey:
    ending = ENDINGS[row["ending"]]
    if ending is ReplayEnding.MATCHED:
        return ending, "", str(ROUTES[row["route"]]), str(KINDS[row["what"]])
    return ending, str(REASONS[row["what"]]), "", ""


def _changed_lines(dossier: Dossier, before: Rows, after: Rows) -> list[ChangedLine]:
    """Order lines of which any ending, route, kind or reason has another quantity or amount."""
    before, after = (where(rows, rows["order"] >= 0) for rows in (before, after))
    both = np.concatenate((before, after))
    if not both.size:
        return []
    number = number_keys([both[name] for name in ("order", "ending", "what", "route")])
    _, first = np.unique(number, return_index=True)
    sign = np.where(np.arange(both.size) < before.size, -1, 1)
    differs = np.zeros(first.size, np.bool_)
    for name in ("milli", "minor", "laid"):
        differs |= total_by(number, both[name] * sign, first.size) != 0
    changed = np.unique(both["order"][first[differs]])
    ids = uuids(dossier.orders["id"][changed])
    sides = [_by_order(rows, changed) for rows in (before, after)]
    return [
        ChangedLine(line_id, *zip(one, other, strict=True))
        for line_id, one, other in zip(ids, *sides, strict=True)
    ]


def _by_order(rows: Rows, changed: Integers) -> list[tuple[int, int, str, str]]:
    """Of each changed order line: matched thousandths and fen, routes and reasons."""
    mine = where(rows, np.isin(rows["order"], changed))
    place = np.searchsorted(changed, mine["order"])
    matched = mine["ending"] == ENDINGS.index(ReplayEnding.MATCHED)
    milli = total_by(place, mine["laid"] * matched, changed.size).tolist()
    minor = total_by(place, mine["minor"] * matched, changed.size).tolist()
    routes: list[set[str]] = [set() for _ in changed]
    reasons: list[set[str]] = [set() for _ in changed]
    for at, row, is_matched in zip(place.tolist(), mine, matched.tolist(), strict=True):
        if is_matched:
            routes[at].add(str(ROUTES[row["route"]]))
        else:
            reasons[at].add(str(REASONS[row["what"]]))
    joined = ([" ".join(sorted(names)) for names in sets] for sets in (routes, reasons))
    return list(zip(milli, minor, *joined, strict=True))


def group_columns(groups: Mapping[GroupKey, Group]) -> dict[str, list[Any]]:
    """The groups as columns of `replay_difference`."""
    keys, values = list(groups), list(groups.values())
    columns: dict[str, list[Any]] = {
        name: [str(key[place]) for key in keys]
        for place, name in enumerate(("ending", "reason", "route", "kind"))
    }
    for place, side in enumerate(("before", "after")):
        columns[f"lines_{side}"] = [group.lines[place] for group in values]
        columns[f"{side}_milli"] = [group.milli[place] for group in values]
        columns[f"{side}_minor"] = [group.minor[place] for group in values]
    return columns


def line_columns(changed: Sequence[ChangedLine]) -> dict[str, list[Any]]:
    """The changed order lines as columns of `replay_line`."""
    columns: dict[str, list[Any]] = {"order_line_id": [line.order_line_id for line in changed]}
    for place, side in enumerate(("before", "after")):
        columns[f"{side}_milli"] = [line.milli[place] for line in changed]
        columns[f"{side}_minor"] = [line.minor[place] for line in changed]
        columns[f"routes_{side}"] = [line.routes[place] for line in changed]
        columns[f"reasons_{side}"] = [line.reasons[place] for line in changed]
    return columns


TOTALS: Final = (
    *("invoiced_minor", "credited_minor", "received_milli", "returned_milli"),
    *(
        f"{ending}_{side}_{measure}"
        for ending in _BALANCED
        for side in ("before", "after")
        for measure in ("minor", "milli")
    ),
)
"""Columns of `replay` that chunks add up."""
