"""Which rows and paths a principal gets, without any database."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from schemas.codes.roles import ROLES_OF, PartyKind, Role, scope_allows
from schemas.problems import Forbidden
from settlement_api.access import (
    AreaNeeded,
    Principal,
    Unauthenticated,
    read_credential,
    require_area,
    require_rows,
)
from settlement_api.unit_of_work import (
    PLATFORM_CHAIN,
    Actor,
    AreaScope,
    ChainScope,
    HospitalScope,
    PlatformScope,
    Scope,
    SupplierScope,
    UnitOfWork,
)


def principal(kind: PartyKind, **belonging: object) -> Principal:
    """A person of a party."""
    return Principal("user", uuid4(), "somebody", kind, ROLES_OF[kind], **belonging)  # type: ignore[arg-type]


def test_parties_see_their_own_rows_whatever_area_they_want() -> None:
    hospital, supplier = uuid4(), uuid4()
    clerk = principal(PartyKind.HOSPITAL, area_code="370100", hospital_id=hospital)
    seller = principal(PartyKind.SUPPLIER, supplier_id=supplier)
    for wanted in (None, "370100", "370200"):
        assert clerk.scope(wanted) == HospitalScope(hospital)
        assert seller.scope(wanted) == SupplierScope(supplier)


def test_people_of_an_area_work_there_only() -> None:
    maker = principal(PartyKind.AREA, area_code="370100")
    assert maker.scope(None) == maker.scope("370100") == AreaScope("370100")
    with pytest.raises(Forbidden):
        maker.scope("370200")


def test_the_platform_chooses_an_area_or_none() -> None:
    administrator = principal(PartyKind.PLATFORM)
    assert administrator.scope(None) == PlatformScope()
    assert administrator.scope("370200") == AreaScope("370200")
    with pytest.raises(AreaNeeded):
        administrator.scope("37'; --")


def test_one_of_the_roles_is_enough_and_none_is_not() -> None:
    clerk = Principal(
        "user", uuid4(), "clerk", PartyKind.HOSPITAL, frozenset({Role.HOSPITAL_CLERK}), "370100"
    )
    clerk.require(Role.HOSPITAL_CONFIRMER, Role.HOSPITAL_CLERK)
    with pytest.raises(Forbidden) as refused:
        clerk.require(Role.HOSPITAL_CONFIRMER)
    assert refused.value.facts == {"needed": ["hospital_confirmer"]}
    with pytest.raises(Forbidden):
        clerk.require_platform()


@pytest.mark.parametrize(
    ("scopes", "segment", "writes", "allowed"),
    [
        ({"documents:write"}, "documents", True, True),
        ({"documents:write"}, "documents", False, False),
        ({"documents:*"}, "documents", False, True),
        ({"*:read"}, "ledger", False, True),
        ({"*:read"}, "ledger", True, False),
        ({"*:*"}, "identity", True, True),
        ({"document:write"}, "documents", True, False),
        (set(), "documents", False, False),
    ],
)
def test_scopes_of_keys(scopes: set[str], segment: str, writes: bool, allowed: bool) -> None:
    assert scope_allows(frozenset(scopes), segment=segment, writes=writes) is allowed
    client = Principal(
        "client", uuid4(), "k", PartyKind.PLATFORM, frozenset(), scopes=frozenset(scopes)
    )
    if allowed:
        client.require_scope(segment=segment, writes=writes)
    else:
        with pytest.raises(Forbidden):
            client.require_scope(segment=segment, writes=writes)


def test_credentials_are_read_in_a_fixed_order() -> None:
    read = read_credential
    assert read(authorization="Bearer b", api_key="k", cookie="c").token == "k"
    assert read(authorization="bearer  b", api_key=None, cookie="c").token == "b"
    assert read(authorization="Basic b", api_key=None, cookie="c").token == "c"
    for nothing in (None, "", "Bearer", "Bearer "):
        with pytest.raises(Unauthenticated):
            read(authorization=nothing, api_key=None, cookie=None)


def test_only_the_sealer_works_on_the_chain_of_the_platform() -> None:
    with pytest.raises(ValueError, match="no area"):
        AreaScope(PLATFORM_CHAIN).statements()
    assert PLATFORM_CHAIN in ChainScope(PLATFORM_CHAIN).statements()
    for scope in (AreaScope, ChainScope):
        with pytest.raises(ValueError, match="six digits"):
            scope("37'; --").statements()


HOSPITAL, SUPPLIER = HospitalScope(uuid4()), SupplierScope(uuid4())


class NoDatabase:
    """Where a session or a connection would be: these questions are answered without either."""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"this asks the database: {name}")


def unit_of(scope: Scope) -> UnitOfWork:
    nothing: Any = NoDatabase()
    return UnitOfWork(nothing, nothing, scope, Actor.system("test"), datetime.now(UTC))


@pytest.mark.parametrize("scope", [AreaScope("370100"), HOSPITAL, SUPPLIER])
def test_rows_are_seen_in_an_area_or_as_a_party(scope: Scope) -> None:
    require_rows(unit_of(scope))


def test_an_agency_works_in_one_area_and_parties_do_not() -> None:
    require_area(unit_of(AreaScope("370100")))
    for party in (HOSPITAL, SUPPLIER):
        with pytest.raises(Forbidden):
            require_area(unit_of(party))
    for needed in (require_rows, require_area):
        with pytest.raises(AreaNeeded):
            needed(unit_of(PlatformScope()))
