"""People, systems and figures of a rehearsal on a real database."""

from uuid import uuid4

from schemas.codes.roles import PartyKind, Role
from settlement_api.access import Credential, authenticate
from settlement_api.persistence import Database
from settlement_api.rehearsal import people
from settlement_api.rehearsal.people import KnownParty
from settlement_api.rehearsal.report import CITIES, QUESTIONS, read_figures

AREAS = ["370100", "370200"]


async def _logins(database: Database) -> set[str]:
    async with database.platform() as uow:
        return {
            row.login_name for row in await uow.fetch_all("SELECT login_name FROM user_account")
        }


async def test_every_post_of_every_area_has_a_person(database: Database) -> None:
    await people.seed_people(database, AREAS)
    logins = await _logins(database)
    for area_code in AREAS:
        assert {people.area_login(post, area_code) for post in people.AREA_ROLES} <= logins
    roles = {role for held in people.AREA_ROLES.values() for role in held}
    parties = {Role.HOSPITAL_CLERK, Role.HOSPITAL_CONFIRMER, Role.SUPPLIER, Role.ADMINISTRATOR}
    assert roles | parties == set(Role), "somebody holds every role"


async def test_seeding_twice_changes_nothing(database: Database) -> None:
    await people.seed_people(database, AREAS)
    before = await _logins(database)
    await people.seed_people(database, AREAS)
    assert await _logins(database) == before


async def test_a_key_opens_its_own_party_and_no_other(database: Database) -> None:
    hospital = KnownParty(uuid4(), "H37010200001", "370100")
    supplier = KnownParty(uuid4(), "91350100M000100Y43", None)
    keys = await people.issue_keys(database, PartyKind.HOSPITAL, [hospital])
    keys |= await people.issue_keys(database, PartyKind.SUPPLIER, [supplier])
    one = await authenticate(database, Credential(keys[hospital.id]))
    other = await authenticate(database, Credential(keys[supplier.id]))
    assert (one.hospital_id, one.supplier_id, one.area_code) == (hospital.id, None, "370100")
    assert (other.hospital_id, other.supplier_id) == (None, supplier.id)
    assert one.roles == {Role.HOSPITAL_CLERK, Role.HOSPITAL_CONFIRMER}
    assert other.roles == {Role.SUPPLIER}


async def test_every_figure_can_be_asked_of_an_empty_platform(database: Database) -> None:
    report = await read_figures(database)
    assert set(report.figures) == {*QUESTIONS, CITIES}
    assert all(not rows for rows in report.figures.values())
    assert report.digest == (await read_figures(database)).digest
