"""How a pack is read: whole, or refused with everything that is wrong with it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import ValidationError

from schemas.messages.rule_pack import RulePack
from schemas.problems import Fault
from settlement_api.rule_packs.errors import RulePackImpossible, RulePackRefused


def read_pack(content: Mapping[str, Any]) -> RulePack:
    """The pack. Raises RulePackRefused: a pack must not promise what is not done."""
    try:
        return RulePack.model_validate(content)
    except ValidationError as error:
        faults = _faults(error)
        said = "; ".join(f"{fault.place}: {fault.message}" for fault in faults)
        raise RulePackRefused(said, faults=faults) from error


def _faults(error: ValidationError) -> list[Fault]:
    return [
        Fault(
            "/" + "/".join(str(part) for part in fault["loc"]),
            fault["type"],
            f"not implemented: {fault['input']!r}; {fault['msg']}"
            if fault["type"] == "literal_error"
            else fault["msg"],
        )
        for fault in error.errors(include_url=False, include_context=False)
    ]


@dataclass(frozen=True)
class Standing:
    """A version that stands, or waits for its second person."""

    code: str
    version: int
    valid_from: date


def read_proposal(
    content: Mapping[str, Any], *, standing: Sequence[Standing], today: date
) -> RulePack:
    """The pack proposed. Raises RulePackImpossible with every fault of it.

    Its first day lies ahead: what was decided on a day, in books closed since or not, was decided
    by the pack that was then in force.
    """
    faults: list[Fault] = []
    pack = None
    try:
        pack = RulePack.model_validate(content)
    except ValidationError as error:
        faults = _faults(error)
    faults += _misfits(content, standing, today)
    if pack is None or faults:
        raise RulePackImpossible(faults=faults)
    return pack


def _misfits(content: Mapping[str, Any], standing: Sequence[Standing], today: date) -> list[Fault]:
    """How the version sent does not go with the others and with the day, as far as it is told."""
    day = _day(content.get("valid_from"))
    faults = []
    if day is not None and day <= today:
        message = (
            f"{day} is not ahead of {today}: what was decided since, in closed books too, "
            "would have been decided by another pack"
        )
        faults.append(Fault("/valid_from", "day_passed", message))
    for other in standing:
        name = f"{other.code}:{other.version}"
        if other.valid_from == day:
            message = f"{name} begins on the same day: which is in force?"
            faults.append(Fault("/valid_from", "day_taken", message))
        if (other.code, other.version) == (content.get("code"), content.get("version")):
            message = f"{name} is there already, from {other.valid_from}"
            faults.append(Fault("/version", "version_taken", message))
    return faults + _unsound(content)


DATED: Final = frozenset({"delivery_date", "receipt_date", "acceptance_date"})
"""Days that everything delivered has."""


def _unsound(content: Mapping[str, Any]) -> list[Fault]:
    """What a pack could say and matching could not do without harm."""
    faults = []
    basis = content.get("date_basis")
    if isinstance(basis, list) and basis and not any(day in DATED for day in basis):
        message = "orders and invoices may lack their day: name one that all that is delivered has"
        faults.append(Fault("/date_basis", "day_may_lack", message))
    return faults


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None
