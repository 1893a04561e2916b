"""Roles of people and systems, the kinds of party they belong to, and what a key may touch."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody may do; `hospital_confirmer` confirms, `agency_releaser` also is finance."""

    HOSPITAL_CLERK = "hospital_clerk"
    HOSPITAL_CONFIRMER = "hospital_confirmer"
    SUPPLIER = "supplier"
    AGENCY_MAKER = "agency_maker"
    AGENCY_CHECKER = "agency_checker"
    AGENCY_RELEASER = "agency_releaser"
    FINANCE = "finance"
    BUREAU_VIEWER = "bureau_viewer"
    ADMINISTRATOR = "administrator"


class PartyKind(StrEnum):
    """Whose people these are: decides which rows they may see at all."""

    HOSPITAL = "hospital"
    SUPPLIER = "supplier"
    AREA = "area"
    PLATFORM = "platform"


ROLES_OF: Final[Mapping[PartyKind, frozenset[Role]]] = {
    PartyKind.HOSPITAL: frozenset({Role.HOSPITAL_CLERK, Role.HOSPITAL_CONFIRMER}),
    PartyKind.SUPPLIER: frozenset({Role.SUPPLIER}),
    PartyKind.AREA: frozenset(
        {
            Role.AGENCY_MAKER,
            Role.AGENCY_CHECKER,
            Role.AGENCY_RELEASER,
            Role.FINANCE,
            Role.BUREAU_VIEWER,
            Role.ADMINISTRATOR,
        }
    ),
    PartyKind.PLATFORM: frozenset({Role.ADMINISTRATOR, Role.BUREAU_VIEWER}),
}
"""Which roles somebody of a party may hold; the database checks the same."""

SCOPE_PATTERN: Final = r"^(\*|[a-z][a-z_-]*):(\*|read|write)$"
"""A key's scope: first segment of the path (or *), and what it may do there."""


def scope_allows(scopes: frozenset[str], *, segment: str, writes: bool) -> bool:
    """Whether a key with `scopes` may read or write under the path `/segment/...`."""
    action = "write" if writes else "read"
    return any(f"{place}:{act}" in scopes for place in (segment, "*") for act in (action, "*"))
