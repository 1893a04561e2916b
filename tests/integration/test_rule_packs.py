"""A rule pack by two people: proposed, decided by another, in force from its day and not before."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from asyncpg import InsufficientPrivilegeError, IntegrityConstraintViolationError

from schemas.codes.roles import Role
from schemas.times import Clock, FixedClock
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.rule_packs.service import pack_in_force
from settlement_api.unit_of_work import (
    AreaScope,
    HospitalScope,
    PlatformScope,
    Scope,
    SupplierScope,
)
from tests.builders.api import PLATFORM, Caller, RunningApi, area_of, hospital_of, running_api

SEED = json.loads(Path("deploy/migrations/seed/rule_packs.json").read_text("utf-8"))[0]
TOMORROW = "2026-07-21"


@pytest.fixture
def clock() -> Clock:
    return FixedClock(datetime(2026, 7, 20, 4, tzinfo=UTC))


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(database, keyring) as running:
        yield running


def version(**changes: Any) -> dict[str, Any]:
    """The second version of the built-in pack, in force from tomorrow."""
    pack: dict[str, Any] = SEED | {"version": 2, "valid_from": TOMORROW} | changes
    return pack


async def proposed(caller: Caller, **changes: Any) -> str:
    answer = await caller.post("/rule-packs", json=version(**changes))
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "proposed"
    return str(answer.json()["id"])


async def in_force(caller: Caller, on: str) -> tuple[int, list[str]]:
    pack = (await caller.get(f"/rule-packs/in-force?on={on}")).json()
    return pack["version"], pack["date_basis"]


async def test_two_people_put_a_version_in_force_from_its_day(
    api: RunningApi, database: Database, owner_dsn: str
) -> None:
    administrator = await api.administrator("370100")
    bureau = await api.user(PLATFORM, Role.BUREAU_VIEWER)
    pack_id = await proposed(administrator, date_basis=["receipt_date"])
    assert await in_force(bureau, "2026-08-01") == (1, SEED["date_basis"])
    alone = await administrator.post(f"/rule-packs/{pack_id}/approval", json={"remark": "I agree"})
    assert (alone.status_code, alone.json()["code"]) == (403, "rule_pack_same_person")
    approved = await bureau.post(f"/rule-packs/{pack_id}/approval", json={"remark": "as decided"})
    assert approved.status_code == 200, approved.text
    shown = approved.json()
    assert (shown["status"], shown["proposed_by"], shown["decided_by"]) == (
        "approved",
        str(administrator.id),
        str(bureau.id),
    )
    assert await in_force(bureau, "2026-07-20") == (1, SEED["date_basis"])
    assert await in_force(bureau, TOMORROW) == (2, ["receipt_date"])
    again = await bureau.post(f"/rule-packs/{pack_id}/rejection", json={"remark": "no longer"})
    assert (again.status_code, again.json()["code"]) == (409, "rule_pack_decided")
    listed = (await administrator.get("/rule-packs")).json()
    assert [(one["version"], one["status"]) for one in listed] == [(1, "approved"), (2, "approved")]
    assert (await bureau.get(f"/rule-packs/{pack_id}")).json() == shown
    async with database.platform() as uow:
        assert (await pack_in_force(uow, uow.on)).version == 1
    owner = await asyncpg.connect(owner_dsn)
    told = await owner.fetch("SELECT name FROM platform_event WHERE name LIKE 'rule_packs.%'")
    await owner.close()
    assert {event["name"] for event in told} == {
        "rule_packs.version.proposed",
        "rule_packs.version.approved",
    }


async def test_a_rejected_version_leaves_its_day_and_number_free(api: RunningApi) -> None:
    one, other = await api.administrator(), await api.administrator()
    first = await proposed(one)
    taken = await other.post("/rule-packs", json=version(version=3))
    assert [fault["code"] for fault in taken.json()["faults"]] == ["day_taken"]
    rejected = await other.post(f"/rule-packs/{first}/rejection", json={"remark": "not agreed"})
    assert (rejected.status_code, rejected.json()["status"]) == (200, "rejected")
    second = await proposed(other)
    answer = await one.post(f"/rule-packs/{second}/approval", json={"remark": "agreed"})
    assert answer.status_code == 200, answer.text
    said = (await one.get("/rule-packs?status=rejected")).json()
    assert [(each["id"], each["remark"]) for each in said] == [(first, "not agreed")]


async def test_of_many_who_decide_at_once_one_is_heard(api: RunningApi) -> None:
    proposer = await api.administrator()
    others = [await api.administrator() for _ in range(6)]
    pack_id = await proposed(proposer)
    answers = await asyncio.gather(
        *(
            caller.post(f"/rule-packs/{pack_id}/{what}", json={"remark": "said"})
            for caller, what in zip(others, ("approval", "rejection") * 3, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


async def test_every_fault_of_an_impossible_pack_is_named_at_once(api: RunningApi) -> None:
    templates = [
        {"name": "nothing", "rules": []},
        {
            "name": "wild",
            "rules": [
                {"reason": "price_above_contract", "permyriad": 10_001},
                {"reason": "price_differs_from_order", "fen": -1, "milli": 5},
                {"reason": "the_moon", "fen": 1},
            ],
        },
        {
            "name": "upside_down",
            "rules": [
                {"reason": "price_above_contract", "fen": 60, "level": "line"},
                {"reason": "price_above_contract", "fen": 50, "level": "document"},
            ],
        },
    ]
    changes = {
        "version": 1,
        "valid_from": "2000-01-01",
        "funding_model": "reserve",
        "tolerance_templates": templates,
        "tolerance": "nobody_wrote_this",
        "release_limits": [{"scheme": "310", "daily_fen": 2}, {"scheme": "310", "batch_fen": 1}],
    }
    administrator = await api.administrator()
    answer = await administrator.post("/rule-packs", json=version(**changes))
    assert (answer.status_code, answer.json()["code"]) == (422, "rule_pack_impossible")
    found = [(fault["place"], fault["code"]) for fault in answer.json()["faults"]]
    tolerances = "/tolerance_templates"
    assert sorted(found) == sorted(
        [
            ("/funding_model", "literal_error"),
            ("/", "impossible"),
            ("/", "impossible"),
            ("/valid_from", "day_passed"),
            ("/valid_from", "day_taken"),
            ("/version", "version_taken"),
            (f"{tolerances}/0", "impossible"),
            (f"{tolerances}/1/rules/0/permyriad", "less_than_equal"),
            (f"{tolerances}/1/rules/1/fen", "greater_than_equal"),
            (f"{tolerances}/1/rules/1", "impossible"),
            (f"{tolerances}/1/rules/2/reason", "literal_error"),
            (f"{tolerances}/2", "impossible"),
            (f"{tolerances}/2", "impossible"),
        ]
    )
    said = " ".join(fault["message"] for fault in answer.json()["faults"])
    assert "no tolerance template nobody_wrote_this" in said
    assert "two release limits are of one scheme: 310" in said
    assert "shandong-base:1 begins on the same day" in said
    assert "a line may have 60 fen but its whole document 50 fen" in said
    assert (await administrator.get("/rule-packs?status=proposed")).json() == []


@pytest.mark.parametrize("valid_from", ["2026-07-20", "2026-06-30"])
async def test_no_pack_begins_on_a_day_that_has_begun(api: RunningApi, valid_from: str) -> None:
    administrator = await api.administrator()
    answer = await administrator.post("/rule-packs", json=version(valid_from=valid_from))
    assert [fault["code"] for fault in answer.json()["faults"]] == ["day_passed"]


async def test_what_would_stop_matching_is_refused(
    api: RunningApi,
) -> None:
    administrator = await api.administrator()
    answer = await administrator.post(
        "/rule-packs",
        json=version(
            version="2",
            date_basis=["order_date", "invoice_date"],
            deadlines=SEED["deadlines"] | {"other_due_days": 10**9},
        ),
    )
    assert sorted((fault["place"], fault["code"]) for fault in answer.json()["faults"]) == [
        ("/date_basis", "day_may_lack"),
        ("/deadlines/other_due_days", "less_than_equal"),
        ("/version", "int_type"),
    ]
    none = await administrator.post("/rule-packs", json=version(date_basis=[]))
    assert [fault["place"] for fault in none.json()["faults"]] == ["/date_basis"]


@pytest.mark.parametrize("effect", ["held", "information"])
async def test_papers_may_be_asked_for(api: RunningApi, effect: str) -> None:
    administrator = await api.administrator()
    asked = {"required_for": ["drug"], "effect": effect}
    await proposed(administrator, two_invoice_chain=asked, trace_codes=asked)


async def test_a_rejection_says_why(api: RunningApi) -> None:
    one, other = await api.administrator(), await api.administrator()
    pack_id = await proposed(one)
    blank = await other.post(f"/rule-packs/{pack_id}/rejection", json={"remark": "  "})
    assert blank.status_code in {400, 422}, blank.text
    assert (await one.get(f"/rule-packs/{pack_id}")).json()["status"] == "proposed"


async def test_a_day_that_came_before_the_second_person_is_refused(
    api: RunningApi, database: Database
) -> None:
    one, other = await api.administrator(), await api.administrator()
    pack_id = await proposed(one)
    database.clock = FixedClock(datetime(2026, 7, 21, 4, tzinfo=UTC))
    late = await other.post(f"/rule-packs/{pack_id}/approval", json={"remark": "late"})
    assert (late.status_code, late.json()["code"]) == (422, "rule_pack_impossible")
    assert (await in_force(one, "2026-08-01"))[0] == 1
    assert (await one.get(f"/rule-packs/{pack_id}")).json()["status"] == "proposed"


async def test_only_people_of_the_platform_propose_and_parties_see_what_is_in_force(
    api: RunningApi,
) -> None:
    agency = await api.user(area_of("370100"), Role.ADMINISTRATOR)
    hospital = await api.user(hospital_of(uuid4(), "370100"), Role.HOSPITAL_CLERK)
    key = await api.system(PLATFORM, Role.ADMINISTRATOR)
    for caller in (agency, hospital, key):
        assert (await caller.post("/rule-packs", json=version())).status_code == 403
        assert (await caller.get("/rule-packs/in-force")).status_code == 200
    assert (await agency.get("/rule-packs")).status_code == 200
    assert (await hospital.get("/rule-packs")).status_code == 403
    assert (await agency.get(f"/rule-packs/{uuid4()}")).status_code == 404


PERSON, SECOND = (str(UUID(int=number)) for number in (1, 2))


@pytest.mark.parametrize(
    ("status", "decided_by", "remark", "constraint"),
    [
        ("approved", PERSON, None, "two_people"),
        ("approved", None, None, "decided_by_somebody"),
        ("proposed", SECOND, None, "decided_by_somebody"),
        ("rejected", SECOND, " ", "rejected_with_reason"),
        ("agreed", SECOND, "x", "status_known"),
    ],
)
async def test_the_table_too_wants_two_people(
    database: Database, status: str, decided_by: str | None, remark: str | None, constraint: str
) -> None:
    with pytest.raises(IntegrityConstraintViolationError, match=constraint):
        async with database.platform() as uow:
            await uow.execute(
                "INSERT INTO rule_pack_proposal (code, version, valid_from, content, status,"
                " proposed_by, proposed_at, decided_by, decided_at, remark) VALUES ('x', 1,"
                " date '2030-01-01', '{}', :status, :person, now(), CAST(:decided_by AS uuid),"
                " CASE WHEN CAST(:decided_by AS uuid) IS NULL THEN NULL ELSE now() END, :remark)",
                status=status,
                person=PERSON,
                decided_by=decided_by,
                remark=remark,
            )


@pytest.mark.parametrize(
    ("scope", "reads"),
    [
        (AreaScope("370100"), True),
        (PlatformScope(), True),
        (HospitalScope(UUID(int=1)), False),
        (SupplierScope(UUID(int=1)), False),
    ],
    ids=["area", "platform", "hospital", "supplier"],
)
async def test_what_is_only_proposed_is_hidden_from_parties_by_the_database_too(
    database: Database, scope: Scope, reads: bool
) -> None:
    async with database.begin(scope) as uow:
        assert await uow.fetch_all("SELECT version FROM rule_pack")
        if reads:
            assert await uow.fetch_all("SELECT * FROM rule_pack_proposal") == []
        else:
            with pytest.raises(InsufficientPrivilegeError):
                await uow.raw.fetch("SELECT * FROM rule_pack_proposal")
