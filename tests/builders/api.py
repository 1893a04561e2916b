"""The API under test: the whole application in this process, and clients that may do things."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, cast
from uuid import UUID, uuid4

import httpx

from schemas.codes.roles import PartyKind, Role
from settlement_api.app import create_app
from settlement_api.config import Settings
from settlement_api.encryption import Keyring
from settlement_api.identity.passwords import DEMONSTRATION
from settlement_api.identity.policy import Party
from settlement_api.identity.service import NewAccount, create_users, issue_key
from settlement_api.persistence import Database
from settlement_api.tokens import SESSION_MARK, hash_secret, new_secret

PASSWORD = "correct horse battery"
_numbers = count(1)


class Caller:
    """Somebody who calls the API: sends a credential, and a fresh Idempotency-Key per command."""

    def __init__(
        self, client: httpx.AsyncClient, token: str, user_id: UUID, area_code: str | None
    ) -> None:
        self.client = client
        self.token = token
        self.id = user_id
        self.area_code = area_code

    async def request(
        self, method: str, path: str, *, key: str | None = None, **options: Any
    ) -> httpx.Response:
        """One request; `key` repeats a command, `headers` add to or override the usual ones."""
        headers = {"Authorization": f"Bearer {self.token}"}
        if method != "GET":
            headers["Idempotency-Key"] = key or uuid4().hex
        if self.area_code is not None:
            headers["X-Area-Code"] = self.area_code
        headers |= options.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """Asks."""
        return await self.request("GET", path, **options)

    async def post(self, path: str, **options: Any) -> httpx.Response:
        """Commands."""
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> httpx.Response:
        """Commands."""
        return await self.request("PUT", path, **options)

    async def delete(self, path: str, **options: Any) -> httpx.Response:
        """Commands."""
        return await self.request("DELETE", path, **options)


class RunningApi:
    """The application with an open database, and ways to become somebody."""

    def __init__(self, client: httpx.AsyncClient, database: Database) -> None:
        self.client = client
        self.database = database

    async def user(self, party: Party, *roles: Role) -> Caller:
        """A logged-in person of a party (area_of, hospital_of, supplier_of, PLATFORM below)."""
        name = f"user-{next(_numbers)}"
        account = NewAccount(name, name, PASSWORD, party, roles)
        async with self.database.platform() as uow:
            created = await create_users(uow, accounts=[account], cost=DEMONSTRATION)
            token = await open_session_directly(uow, created[name])
        wanted = party.area_code if party.kind is PartyKind.AREA else None
        return Caller(self.client, token, created[name], wanted)

    async def system(
        self, party: Party, *roles: Role, scopes: tuple[str, ...] = ("*:*",)
    ) -> Caller:
        """A system with a key."""
        async with self.database.platform() as uow:
            issued = await issue_key(
                uow, name="system under test", party=party, roles=roles, scopes=scopes
            )
        wanted = party.area_code if party.kind is PartyKind.AREA else None
        return Caller(self.client, issued.secret, issued.id, wanted)

    async def administrator(self, area_code: str | None = None) -> Caller:
        """An administrator of the platform, at work in an area when given."""
        caller = await self.user(PLATFORM, Role.ADMINISTRATOR)
        caller.area_code = area_code
        return caller


async def open_session_directly(uow: Any, user_id: UUID) -> str:
    """A session without the slow password check, for tests that are not about logging in."""
    token = new_secret(SESSION_MARK)
    await uow.execute(
        "INSERT INTO user_session (token_hash, user_id, expires_at)"
        " VALUES (:token_hash, :user_id, clock_timestamp() + interval '1 hour')",
        token_hash=hash_secret(token),
        user_id=user_id,
    )
    return token


PLATFORM = Party(PartyKind.PLATFORM)


def area_of(area_code: str) -> Party:
    """People of an area's agency, finance office or bureau."""
    return Party(PartyKind.AREA, area_code)


def hospital_of(hospital_id: UUID, area_code: str) -> Party:
    """People of a hospital."""
    return Party(PartyKind.HOSPITAL, area_code, hospital_id)


def supplier_of(supplier_id: UUID) -> Party:
    """People of a supplier."""
    return Party(PartyKind.SUPPLIER, supplier_id=supplier_id)


@asynccontextmanager
async def running_api(
    database: Database, keyring: Keyring, settings: Settings | None = None
) -> AsyncIterator[RunningApi]:
    """The whole application on `database`, called in this process."""
    app = create_app(settings or Settings(), database, keyring)
    # In this event loop: Litestar's own test client runs the application in another one, where
    # the database's connections cannot be used.
    transport = httpx.ASGITransport(app=cast(Any, app), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://zhijie.test") as client:
        yield RunningApi(client, database)
