"""Who brings documents in: the parties that issue them, or an administrator, who is named so."""

from typing import Any

import pytest

from schemas.codes.roles import ROLES_OF, PartyKind, Role
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from settlement_api.unit_of_work import AreaScope
from tests.builders import documents as build
from tests.builders.api import PLATFORM, area_of, hospital_of, running_api, supplier_of


async def facts(database: Database) -> list[tuple[Any, ...]]:
    async with database.begin(AreaScope(build.AREA)) as uow:
        rows = await uow.fetch_all(
            "SELECT actor_name, (facts ->> 'on_behalf')::boolean AS on_behalf FROM outbox_event"
            " WHERE name = 'documents.intake_chunk.applied' ORDER BY id"
        )
    return [tuple(row) for row in rows]


async def test_what_is_sent_for_others_is_audited_as_such(
    database: Database, keyring: Keyring
) -> None:
    trade = await build.seed_trade(database)
    async with running_api(database, keyring) as api:
        clerk = await api.user(hospital_of(trade.hospital_id, build.AREA), Role.HOSPITAL_CLERK)
        seller = await api.system(supplier_of(trade.supplier_id), Role.SUPPLIER)
        local = await api.user(area_of(build.AREA), Role.ADMINISTRATOR)
        feed = await api.system(PLATFORM, Role.ADMINISTRATOR)
        senders = [
            (clerk, build.purchase_order("PO-1")),
            (seller, build.despatch_advice("DA-1")),
            (local, build.goods_receipt("GR-1")),
            (feed, build.invoice()),
        ]
        for caller, document in senders:
            answer = await caller.post(f"/documents/{document['kind']}", json=document)
            assert answer.status_code == 201, answer.text
    assert [on_behalf for _, on_behalf in await facts(database)] == [False, False, True, True]


@pytest.mark.parametrize("role", sorted(ROLES_OF[PartyKind.AREA] - {Role.ADMINISTRATOR}))
async def test_nobody_who_reviews_or_pays_documents_brings_them_in(
    database: Database, keyring: Keyring, role: Role
) -> None:
    await build.seed_trade(database)
    async with running_api(database, keyring) as api:
        caller = await api.user(area_of(build.AREA), role)
        headers = {"Content-Type": "application/x-ndjson"}
        document = build.purchase_order()
        single = await caller.post("/documents/purchase_order", json=document)
        bulk = await caller.post("/intakes", content=build.ndjson(document), headers=headers)
    assert (single.status_code, bulk.status_code) == (403, 403)
