"""One key, one body: what is sent again is answered again, other bytes are never lost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.persistence import Database
from tests.builders import documents as build
from tests.builders.api import Caller, RunningApi, running_api

NDJSON = {"Content-Type": "application/x-ndjson"}
FIRST = build.ndjson(build.purchase_order("PO-1"))
OTHER = build.ndjson(build.purchase_order("PO-2"))
KEY = "the-same-key"
LIMIT = 1 << 16


@pytest.fixture
async def api(database: Database, keyring: Keyring) -> AsyncIterator[RunningApi]:
    await build.seed_trade(database)
    async with running_api(database, keyring, Settings(body_limit_bytes=LIMIT)) as running:
        yield running


@pytest.fixture
async def admin(api: RunningApi) -> Caller:
    return await api.administrator()


async def post(caller: Caller, content: Any, *, query: str = "") -> httpx.Response:
    return await caller.post(f"/intakes{query}", content=content, headers=NDJSON, key=KEY)


async def intakes(database: Database) -> list[Any]:
    async with database.platform() as uow:
        return list(await uow.fetch_all("SELECT * FROM intake ORDER BY id"))


async def test_the_same_bytes_are_answered_again_and_not_kept_again(
    database: Database, admin: Caller
) -> None:
    first, again = await post(admin, FIRST), await post(admin, FIRST)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await intakes(database)) == 1


async def test_other_bytes_under_the_same_key_are_refused(
    database: Database, admin: Caller
) -> None:
    await post(admin, FIRST)
    for content, query in ((OTHER, ""), (b"", ""), (FIRST, "?kind=purchase_order")):
        refused = await post(admin, content, query=query)
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")
    assert len(await intakes(database)) == 1
    assert (await post(admin, FIRST)).status_code == 202


async def test_a_key_of_another_command_is_no_key_for_a_body(admin: Caller) -> None:
    document = build.purchase_order("PO-1")
    single = await admin.post("/documents/purchase_order", json=document, key=KEY)
    assert single.status_code == 201
    refused = await post(admin, FIRST)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency_key_reused")


async def test_a_body_that_is_refused_leaves_its_key_free(admin: Caller) -> None:
    assert (await post(admin, b"{broken")).status_code == 422
    assert (await post(admin, FIRST)).status_code == 202


async def test_a_repeated_key_does_not_open_the_limit(admin: Caller) -> None:
    await post(admin, FIRST)
    assert (await post(admin, b"x" * (LIMIT + 1))).status_code == 413


class Held:
    """A body whose last bytes wait."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.content[:10]
        self.began.set()
        await self.go_on.wait()
        yield self.content[10:]


@pytest.mark.parametrize(("second", "status"), [(FIRST, 202), (OTHER, 409)])
async def test_of_two_bodies_at_once_under_one_key_one_is_taken(
    database: Database, admin: Caller, second: bytes, status: int
) -> None:
    """Both keys are free when the bodies begin; the one that ends first has the key."""
    held = Held(FIRST)
    slow = asyncio.create_task(post(admin, held))
    await held.began.wait()
    fast = await post(admin, second)
    assert fast.status_code == 202
    held.go_on.set()
    late = await slow
    assert late.status_code == status, late.text
    if status == 202:
        assert late.json()["id"] == fast.json()["id"]
    else:
        assert late.json()["code"] == "idempotency_key_reused"
    stored = {row.id: row for row in await intakes(database)}
    taken = stored.pop(UUID(fast.json()["id"]))
    assert taken.state == "received"
    (other,) = stored.values()
    assert (other.state, other.refusal["code"]) == ("refused", "idempotency_key_reused")


async def test_a_key_whose_answer_was_never_sent_is_answered_all_the_same(
    database: Database, admin: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the body is taken and before its answer leaves."""

    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr("settlement_api.intakes.routes._wait", die)
    with pytest.raises((asyncio.CancelledError, httpx.HTTPError)):
        await post(admin, FIRST)
    monkeypatch.undo()
    (taken,) = await intakes(database)
    again = await post(admin, FIRST)
    assert (again.status_code, again.json()["id"]) == (202, str(taken.id))
    assert again.json()["state"] == "received"
