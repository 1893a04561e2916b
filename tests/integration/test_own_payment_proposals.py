"""A proposal for own payments counts once a person says that it holds: a word, never an edit."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from schemas.codes.monitoring import Voice
from schemas.codes.roles import Role
from schemas.times import FixedClock
from settlement_api.approvals.errors import NotAPerson
from settlement_api.encryption import Keyring
from settlement_api.monitoring.errors import ProposalGone
from settlement_api.monitoring.service import Pair, accept_proposal
from settlement_api.persistence import Database
from settlement_api.unit_of_work import Actor
from tests.builders.api import Caller, RunningApi, area_of, hospital_of, running_api, supplier_of
from tests.builders.batches import Scene
from tests.integration.test_monitoring import AREA, NOW, World, noon

MATCHES = "/monitoring/self-payment-matches"
PAID = date(2026, 4, 3)


@pytest.fixture
async def world(database: Database) -> World:
    async with database.begin(AREA) as uow:
        scene = Scene(uow)
        hospital, supplier = await scene.hospital(), await scene.supplier()
        code = await uow.fetch_value("SELECT hospital_code FROM hospital")
        number = await uow.fetch_value("SELECT uscc FROM supplier")
    world = World(database, hospital, supplier, code, number)
    await world.owe(5_000, invoice="INV-1")
    await world.owe(4_000, invoice="INV-2")
    database.clock = FixedClock(NOW)
    return world


@pytest.fixture
async def api(world: World, keyring: Keyring) -> AsyncIterator[RunningApi]:
    async with running_api(world.database, keyring) as running:
        yield running


async def clerk_of(api: RunningApi, world: World) -> Caller:
    return await api.user(hospital_of(world.hospital, AREA.area_code), Role.HOSPITAL_CLERK)


def pair(world: World) -> dict[str, Any]:
    return {"hospital_id": str(world.hospital), "supplier_id": str(world.supplier)}


async def shown(caller: Caller, world: World) -> Any:
    query = "&".join(f"{name}={value}" for name, value in pair(world).items())
    answer = await caller.get(f"{MATCHES}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def as_shown(world: World, proposal: Any, **changes: Any) -> dict[str, Any]:
    names = ("self_payment_ids", "payable_ids", "tied")
    return pair(world) | {name: proposal[name] for name in names} | {"reason": "回单"} | changes


async def test_two_payments_for_two_invoices_are_accepted_and_taken_back(
    api: RunningApi, world: World
) -> None:
    """Figures of days before stay as they were known, and so do those of other voices."""
    for reference, amount in [("R1", "70"), ("R2", "20")]:
        row = world.row(amount, PAID, reference=reference, invoice_number="UNKNOWN")
        await world.tell(row, at=noon(4, 4))
    clerk = await clerk_of(api, world)
    (proposal,) = (await shown(clerk, world))["proposals"]
    assert (proposal["amount"], proposal["tied"]) == ("90.00", False)
    before = await world.figures(date(2026, 5, 31))
    assert (before.paid, before.unmatched) == (0, 9_000)
    answer = await clerk.post(f"{MATCHES}/acceptance", json=as_shown(world, proposal))
    assert answer.status_code == 200, answer.text
    by_invoice = {"INV-1": 0, "INV-2": 0}
    for use in answer.json()["uses"]:
        by_invoice[use["invoice_number"]] += int(use["amount"].replace(".", ""))
    assert by_invoice == {"INV-1": 5_000, "INV-2": 4_000}
    found = await shown(clerk, world)
    assert sum(len(found[part]) for part in ("rests", "open", "proposals")) == 0
    assert await world.figures(date(2026, 5, 31)) == before
    now = await world.figures(date(2026, 6, 1))
    assert (now.paid, now.open, now.unmatched) == (9_000, 0, 0)
    other = await world.figures(date(2026, 6, 1), voice=Voice.CONFIRMED_BY_SUPPLIER)
    assert (other.paid, other.open) == (0, 9_000)
    world.database.clock = FixedClock(datetime(2026, 6, 2, 4, tzinfo=UTC))
    back = pair(world) | {"self_payment_ids": proposal["self_payment_ids"], "reason": "记错"}
    taken = await clerk.post(f"{MATCHES}/withdrawal", json=back)
    assert {one["amount"] for one in taken.json()["uses"]} == {"0.00"}
    (again,) = (await shown(clerk, world))["proposals"]
    assert again == proposal
    again = await clerk.post(f"{MATCHES}/withdrawal", json=back)
    assert (again.status_code, again.json()["code"]) == (409, "self_payment_words_gone")
    async with world.database.begin(AREA) as uow:
        told = await uow.fetch_all(
            "SELECT facts ->> 'reason' AS reason, actor_kind FROM outbox_event"
            " WHERE name = 'monitoring.self_payments.uses_said' ORDER BY id"
        )
    assert [tuple(one) for one in told] == [("回单", "user"), ("记错", "user")]


async def test_one_of_several_that_fit_is_accepted_only_by_who_knows_that(
    api: RunningApi, world: World
) -> None:
    await world.owe(4_000, invoice="INV-3")
    await world.tell(world.row("40", PAID, invoice_number="UNKNOWN"))
    clerk = await clerk_of(api, world)
    first, second = (await shown(clerk, world))["proposals"]
    assert first["tied"]
    assert second["tied"]
    path = f"{MATCHES}/acceptance"
    for wrong in (
        as_shown(world, first, tied=False),
        as_shown(world, first, payable_ids=first["payable_ids"] + second["payable_ids"]),
        as_shown(world, first, self_payment_ids=[str(uuid4())]),
    ):
        refused = await clerk.post(path, json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (409, "self_payment_proposal_gone")
    silent = await clerk.post(path, json=as_shown(world, first, reason=" "))
    assert 400 <= silent.status_code < 500
    assert (await world.figures(NOW.date())).paid == 0
    assert (await clerk.post(path, json=as_shown(world, first))).status_code == 200
    gone = await clerk.post(path, json=as_shown(world, second))
    assert (gone.status_code, gone.json()["code"]) == (409, "self_payment_proposal_gone")
    assert (await world.figures(NOW.date())).paid == 4_000


async def test_each_speaks_in_its_own_voice_of_its_own(api: RunningApi, world: World) -> None:
    await world.tell(world.row("40", PAID, invoice_number="UNKNOWN"))
    clerk = await clerk_of(api, world)
    body = as_shown(world, (await shown(clerk, world))["proposals"][0])
    path = f"{MATCHES}/acceptance"
    seller = await api.user(supplier_of(world.supplier), Role.SUPPLIER)
    stranger = await api.user(supplier_of(uuid4()), Role.SUPPLIER)
    viewer = await api.user(area_of(AREA.area_code), Role.BUREAU_VIEWER)
    finance = await api.user(area_of(AREA.area_code), Role.FINANCE)
    assert (await stranger.post(path, json=body)).status_code == 403
    assert (await viewer.post(path, json=body)).status_code == 403
    # Neither the supplier nor the bank told of that payment: there is nothing to accept for them.
    assert (await seller.post(path, json=body)).status_code == 409
    assert (await finance.post(path, json=body)).status_code == 409
    row = world.row("40", PAID, invoice_number="UNKNOWN")
    await world.tell(row, voice=Voice.CONFIRMED_BY_SUPPLIER)
    assert (await seller.post(path, json=body)).json()["voice"] == "confirmed_by_supplier"
    assert (await world.figures(NOW.date(), voice=Voice.CONFIRMED_BY_SUPPLIER)).paid == 4_000
    assert (await world.figures(NOW.date())).paid == 0


async def test_a_near_match_is_shown_ranked_and_counts_once_a_person_says_that_it_holds(
    api: RunningApi, world: World
) -> None:
    """A mistyped number and a fen too little: nothing is laid by it, and no exact sum is found."""
    await world.tell(world.row("39.99", PAID, invoice_number="INV-21"), at=noon(4, 4))
    clerk = await clerk_of(api, world)
    found = await shown(clerk, world)
    assert (found["laid"], found["proposals"], found["searched_all"]) == ([], [], True)
    (best, other) = found["near"]
    points = [
        (one["invoice_number"], one["rank"], one["score"], one["tied"]) for one in (best, other)
    ]
    assert points == [("INV-2", 1, 65, False), ("INV-1", 2, 50, False)]
    assert (best["fits"], best["amount"]) == (["amount", "number", "day"], "39.99")
    assert (await world.figures(NOW.date())).paid == 0
    path = f"{MATCHES}/acceptance"
    refused = await clerk.post(path, json=as_shown(world, best, tied=True))
    assert refused.json()["code"] == "self_payment_proposal_gone"
    stranger = await api.user(supplier_of(uuid4()), Role.SUPPLIER)
    assert (await stranger.post(path, json=as_shown(world, best))).status_code == 403
    said = await clerk.post(path, json=as_shown(world, best))
    assert said.status_code == 200, said.text
    assert [(one["invoice_number"], one["amount"]) for one in said.json()["uses"]] == [
        ("INV-2", "39.99")
    ]
    after = await shown(clerk, world)
    assert (after["rests"], after["near"]) == ([], [])
    assert sorted(one["amount"] for one in after["open"]) == ["0.01", "50.00"]
    assert (await world.figures(NOW.date())).paid == 3_999
    back = pair(world) | {"self_payment_ids": best["self_payment_ids"], "reason": "记错"}
    assert (await clerk.post(f"{MATCHES}/withdrawal", json=back)).status_code == 200
    assert (await shown(clerk, world))["near"] == found["near"]


async def test_no_machine_accepts(world: World) -> None:
    await world.tell(world.row("40", PAID, invoice_number="UNKNOWN"))
    one = Pair(world.hospital, world.supplier, Voice.CLAIMED_BY_HOSPITAL)
    refusals = [
        (Actor.system("matcher"), NotAPerson),
        (Actor("user", uuid4(), "clerk"), ProposalGone),
    ]
    for actor, refusal in refusals:
        async with world.database.begin(AREA, actor=actor, at=NOW) as uow:
            with pytest.raises(refusal):
                await accept_proposal(
                    uow, pair=one, self_payment_ids=[], payable_ids=[], tied=False, reason="?"
                )


async def test_the_database_wants_a_reason_and_keeps_every_word(world: World) -> None:
    await world.tell(world.row("40", PAID, invoice_number="UNKNOWN"))
    insert = (
        "INSERT INTO self_payment_use (area_code, self_payment_id, hospital_id, supplier_id,"
        " voice, invoice_number, amount_minor, reason, said_by, said_at) SELECT area_code, id,"
        " hospital_id, supplier_id, 'claimed_by_hospital', 'INV-2', $1, $2, uuidv7(), now()"
        " FROM self_payment"
    )
    async with world.database.begin(AREA, at=NOW) as uow:
        await uow.raw.execute(insert, 1, "x")
        for amount, reason, constraint in [(1, " ", "reason_said"), (-1, "x", "amount")]:
            with pytest.raises(asyncpg.CheckViolationError, match=constraint):
                async with uow.raw.transaction():
                    await uow.raw.execute(insert, amount, reason)
        for change in ("UPDATE self_payment_use SET reason = 'y'", "DELETE FROM self_payment_use"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with uow.raw.transaction():
                    await uow.raw.execute(change)
