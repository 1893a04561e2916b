"""The people and systems of a rehearsal: one of every role in every area, keys for all parties.

Seeded straight into the database as an installation's first users are: from then on everybody
logs in or sends a key over HTTP.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from schemas.codes.roles import PartyKind, Role
from settlement_api.identity.errors import BootstrapClosed
from settlement_api.identity.passwords import DEMONSTRATION
from settlement_api.identity.policy import Party
from settlement_api.identity.service import NewAccount, create_administrator, create_users
from settlement_api.persistence import Database, load_sql
from settlement_api.tokens import KEY_MARK, hash_secret, new_secret
from settlement_api.unit_of_work import Actor

PASSWORD = "zhijie-rehearsal"  # noqa: S105 - of synthetic people on a synthetic province
ADMINISTRATOR = "administrator"
BUREAU = "bureau"
ACTOR = Actor.system("rehearsal.seed")
AREA_ROLES: Mapping[str, tuple[Role, ...]] = {
    "maker": (Role.AGENCY_MAKER,),
    "checker": (Role.AGENCY_CHECKER,),
    "releaser": (Role.AGENCY_RELEASER,),
    "finance": (Role.FINANCE,),
    "bureau": (Role.BUREAU_VIEWER,),
}
"""The people of every area, by the first part of their login name."""


@dataclass(frozen=True)
class KnownParty:
    """A hospital or supplier as the platform knows it."""

    id: UUID
    code: str
    """Hospital code or USCC."""
    area_code: str | None


def area_login(post: str, area_code: str) -> str:
    """The login name of a post in an area, e.g. `maker.370100`."""
    return f"{post}.{area_code}"


def party_login(kind: str, code: str) -> str:
    """The login name of a party's person, e.g. `supplier.913700…`."""
    return f"{kind}.{code.lower()}"


async def seed_people(database: Database, area_codes: Sequence[str]) -> None:
    """The administrator, the bureau and the people of every area; again changes nothing."""
    async with database.platform(actor=ACTOR) as uow:
        try:
            await create_administrator(
                uow, login_name=ADMINISTRATOR, password=PASSWORD, cost=DEMONSTRATION
            )
        except BootstrapClosed:
            return
        await create_users(uow, accounts=list(_staff(area_codes)), cost=DEMONSTRATION)


def _staff(area_codes: Sequence[str]) -> Iterator[NewAccount]:
    platform = Party(PartyKind.PLATFORM)
    yield NewAccount(BUREAU, BUREAU, PASSWORD, platform, (Role.BUREAU_VIEWER,))
    for code in area_codes:
        for post, roles in AREA_ROLES.items():
            name = area_login(post, code)
            yield NewAccount(name, name, PASSWORD, Party(PartyKind.AREA, area_code=code), roles)


def first_parties(
    hospitals: Mapping[UUID, KnownParty], suppliers: Mapping[UUID, KnownParty], area_code: str
) -> tuple[list[KnownParty], list[KnownParty]]:
    """The few parties whose people can log in: three hospitals of an area, three suppliers."""
    of_area = sorted(
        (party for party in hospitals.values() if party.area_code == area_code),
        key=lambda party: party.code,
    )
    return of_area[:3], sorted(suppliers.values(), key=lambda party: party.code)[:3]


async def seed_party_people(
    database: Database, hospitals: Iterable[KnownParty], suppliers: Iterable[KnownParty]
) -> None:
    """A clerk and a confirmer for each hospital given, a person for each supplier given."""
    accounts = [*_hospital_people(hospitals), *_supplier_people(suppliers)]
    async with database.platform(actor=ACTOR) as uow:
        await create_users(uow, accounts=accounts, cost=DEMONSTRATION)


def _hospital_people(hospitals: Iterable[KnownParty]) -> Iterator[NewAccount]:
    for hospital in hospitals:
        party = _party(hospital, PartyKind.HOSPITAL)
        for post, role in (
            ("clerk", Role.HOSPITAL_CLERK),
            ("confirmer", Role.HOSPITAL_CONFIRMER),
        ):
            name = party_login(post, hospital.code)
            yield NewAccount(name, name, PASSWORD, party, (role,))


def _supplier_people(suppliers: Iterable[KnownParty]) -> Iterator[NewAccount]:
    for supplier in suppliers:
        name = party_login("supplier", supplier.code)
        yield NewAccount(
            name, name, PASSWORD, _party(supplier, PartyKind.SUPPLIER), (Role.SUPPLIER,)
        )


def _party(known: KnownParty, kind: PartyKind) -> Party:
    if kind is PartyKind.HOSPITAL:
        return Party(kind, area_code=known.area_code, hospital_id=known.id)
    return Party(kind, supplier_id=known.id)


KEY_ROLES: Mapping[PartyKind, tuple[Role, ...]] = {
    PartyKind.HOSPITAL: (Role.HOSPITAL_CLERK, Role.HOSPITAL_CONFIRMER),
    PartyKind.SUPPLIER: (Role.SUPPLIER,),
    PartyKind.PLATFORM: (Role.ADMINISTRATOR,),
}


async def issue_keys(
    database: Database, kind: PartyKind, parties: Sequence[KnownParty]
) -> dict[UUID, str]:
    """A key for the own system of each party, all in one statement; secrets by party."""
    secrets = {party.id: new_secret(KEY_MARK) for party in parties}
    rows = [
        {
            "name": f"{kind} {party.code}",
            "secret_hash": hash_secret(secrets[party.id]).hex(),
            "party_kind": kind,
            "area_code": party.area_code,
            "hospital_id": party.id if kind is PartyKind.HOSPITAL else None,
            "supplier_id": party.id if kind is PartyKind.SUPPLIER else None,
            "roles": sorted(KEY_ROLES[kind]),
        }
        for party in parties
    ]
    async with database.platform(actor=ACTOR) as uow:
        await uow.execute(
            load_sql(__file__, "insert_keys"), keys=msgspec.json.encode(rows).decode()
        )
    return secrets


async def issue_platform_key(database: Database) -> str:
    """A key for a system of the platform itself (the trading platform, the tax bureau)."""
    party = KnownParty(UUID(int=0), "trading platform", None)
    return (await issue_keys(database, PartyKind.PLATFORM, [party]))[party.id]
