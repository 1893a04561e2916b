"""Which roles and ids go with which party, and how long logins and rests last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from schemas.codes.roles import ROLES_OF, PartyKind, Role
from schemas.problems import Fault
from settlement_api.identity.errors import PartyMisfit, RolesMisfit

SESSION_LIFE: Final = timedelta(hours=12)
FAILURES_ALLOWED: Final = 5
REST_AFTER_FAILURES: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Party:
    """The one party somebody belongs to."""

    kind: PartyKind
    area_code: str | None = None
    hospital_id: UUID | None = None
    supplier_id: UUID | None = None


NEEDS: Final = {
    PartyKind.HOSPITAL: frozenset({"area_code", "hospital_id"}),
    PartyKind.SUPPLIER: frozenset({"supplier_id"}),
    PartyKind.AREA: frozenset({"area_code"}),
    PartyKind.PLATFORM: frozenset[str](),
}


def require_fitting(party: Party, roles: Collection[Role]) -> None:
    """Raises PartyMisfit or RolesMisfit, naming every fault."""
    given = {name: getattr(party, name) for name in ("area_code", "hospital_id", "supplier_id")}
    needed = NEEDS[party.kind]
    faults = [
        Fault(f"/{name}", "needed" if name in needed else "not_allowed", f"of a {party.kind}")
        for name, value in given.items()
        if (value is not None) != (name in needed)
    ]
    if faults:
        raise PartyMisfit(faults=faults)
    require_roles(party.kind, roles)


def require_roles(kind: PartyKind, roles: Collection[Role]) -> None:
    """Raises RolesMisfit for roles that people of this kind of party cannot hold."""
    misfits = sorted(set(roles) - ROLES_OF[kind])
    if misfits:
        raise RolesMisfit(faults=[Fault("/roles", "misfit", role) for role in misfits])
