"""Before the month: people, master data, verified accounts, claims, money at the bank."""

import csv
from collections.abc import Iterable, Sequence
from uuid import UUID

from schemas.codes.roles import PartyKind
from settlement_api.rehearsal import people
from settlement_api.rehearsal.client import Caller
from settlement_api.rehearsal.master_files import IMPORT_ORDER
from settlement_api.rehearsal.people import KnownParty
from settlement_api.rehearsal.stage import Stage

CSV = "text/csv"
FIRST_LEFT_UNVERIFIED, ONE_IN_LEFT_UNVERIFIED = 4, 200
"""Accounts that the second person does not find in order, by the order of credit codes."""
VERIFIED_AT_ONCE = 5_000


class ImportFailed(RuntimeError):
    """Rows of the generated files were refused; the message holds some of the results."""


async def set_everything_up(stage: Stage) -> None:
    """Everything that must be there before the first order."""
    await let_people_in(stage)
    await import_master_data(stage)
    await meet_the_parties(stage)
    await verify_accounts(stage)


async def let_people_in(stage: Stage) -> None:
    """The administrator and everybody of the agencies."""
    with stage.step("People of every role"):
        await people.seed_people(stage.installation.database, stage.areas)


async def import_master_data(stage: Stage) -> dict[str, int]:
    """Imports every file; twice the small ones, which must change nothing. Rows by kind."""
    caller = await stage.person(people.ADMINISTRATOR)
    counts = {}
    with stage.step("Master data", total=len(IMPORT_ORDER)) as step:
        for kind in IMPORT_ORDER:
            counts[kind] = await _import(caller, stage, kind, again=False)
            step.advance()
    with stage.step("The agencies' file again changes nothing"):
        await _import(caller, stage, "agencies", again=True)
    return counts


async def _import(caller: Caller, stage: Stage, kind: str, *, again: bool) -> int:
    path = stage.files / "master" / f"{kind}.csv"
    report = await caller.upload(f"/imports/{kind}", [path], media_type=CSV)
    wanted = "unchanged" if again else "accepted"
    if report[wanted] != report["received"]:
        faulty = [row for row in report["results"] if row["outcome"] != wanted]
        raise ImportFailed(f"{kind}: {len(faulty)} rows not {wanted}: {faulty[:3]}")
    return int(report["received"])


async def meet_the_parties(stage: Stage) -> None:
    """Looks every hospital and supplier up; gives the systems of each a key."""
    with stage.step("Hospitals' and suppliers' systems"):
        await look_parties_up(stage)
        database = stage.installation.database
        hospitals, suppliers = _sorted(stage.hospitals.values()), _sorted(stage.suppliers.values())
        stage.keys |= await people.issue_keys(database, PartyKind.HOSPITAL, hospitals)
        stage.keys |= await people.issue_keys(database, PartyKind.SUPPLIER, suppliers)
        first = people.first_parties(stage.hospitals, stage.suppliers, stage.areas[0])
        await people.seed_party_people(database, *first)


async def look_parties_up(stage: Stage) -> None:
    """Every hospital and supplier as the platform lists them."""
    caller = await stage.person(people.ADMINISTRATOR)
    for area_code in stage.areas:
        async for row in caller.in_area(area_code).pages("/hospitals"):
            known = KnownParty(UUID(row["id"]), row["hospital_code"], area_code)
            stage.hospitals[known.id] = known
    async for row in caller.pages("/suppliers"):
        known = KnownParty(UUID(row["id"]), row["uscc"], None)
        stage.suppliers[known.id] = known


def _sorted(parties: Iterable[KnownParty]) -> list[KnownParty]:
    return sorted(parties, key=lambda party: party.code)


async def verify_accounts(stage: Stage) -> None:
    """Two people check the suppliers' accounts in bulk; the second finds a few not in order."""
    maker = await stage.official("maker", stage.areas[0])
    checker = await stage.official("checker", stage.areas[0])
    with stage.step("Payee accounts, verified by two people", total=2) as step:
        accounts = [row async for row in maker.pages("/payee-accounts")]
        doubtful = _doubtful(stage)
        await verify(maker, [row["id"] for row in accounts])
        step.advance()
        found = [row["id"] for row in accounts if UUID(row["supplier_id"]) not in doubtful]
        await verify(checker, found)
        step.advance()


def _doubtful(stage: Stage) -> set[UUID]:
    ranked = _sorted(stage.suppliers.values())
    return {party.id for party in ranked[FIRST_LEFT_UNVERIFIED::ONE_IN_LEFT_UNVERIFIED]}


async def verify(caller: Caller, account_ids: Sequence[str]) -> None:
    """One person says in bulk that these accounts are in order."""
    for start in range(0, len(account_ids), VERIFIED_AT_ONCE):
        part = {"account_ids": account_ids[start : start + VERIFIED_AT_ONCE]}
        await caller.post("/payee-accounts/verifications", part)


def read_credits(stage: Stage) -> list[dict[str, str]]:
    """The rows of the bank's credit file."""
    with (stage.files / "bank" / "credits.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
