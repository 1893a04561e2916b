"""How the rehearsal speaks to the platform: over HTTP, as people and systems do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from settlement_api.rehearsal.lines import KeptLines

T = TypeVar("T")
R = TypeVar("R")

TIMEOUT_SECONDS = 600.0
PAGE_LIMIT = 500
UPLOAD_CHUNK_BYTES = 1 << 20


class Refused(RuntimeError):
    """The platform refused a request of the rehearsal; the message holds its problem document."""

    def __init__(self, response: httpx.Response) -> None:
        request = response.request
        super().__init__(
            f"{request.method} {request.url.path} answered {response.status_code}: "
            f"{response.text[:2_000]}"
        )
        self.status = response.status_code
        self.problem = _problem(response)


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body: Mapping[str, Any] = response.json()
    except ValueError:
        return {}
    return body


@dataclass(frozen=True)
class Caller:
    """One person or system: a connection pool and the headers that say who it is."""

    http: httpx.AsyncClient
    headers: Mapping[str, str]

    def in_area(self, area_code: str) -> "Caller":
        """The same caller, working in one area (people and systems of the platform only)."""
        return Caller(self.http, {**self.headers, "X-Area-Code": area_code})

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET. Raises Refused."""
        given = {name: value for name, value in query.items() if value is not None}
        return _content(await self.http.get(path, params=given, headers=self.headers))

    async def pages(self, path: str, **query: Any) -> AsyncIterator[Mapping[str, Any]]:
        """Every item of a list, page by page."""
        after: str | None = None
        while True:
            page = await self.get(path, after=after, limit=PAGE_LIMIT, **query)
            for item in page["items"]:
                yield item
            after = page["next"]
            if after is None:
                return

    async def post(self, path: str, content: Mapping[str, Any] | None = None, **query: Any) -> Any:
        """The JSON answered to a command. Raises Refused."""
        headers = {**self.headers, "Idempotency-Key": uuid4().hex}
        given = {name: value for name, value in query.items() if value is not None}
        body = {} if content is None else content
        return _content(await self.http.post(path, json=body, params=given, headers=headers))

    async def upload(
        self, path: str, files: Iterable[Path], *, media_type: str, **query: Any
    ) -> Any:
        """The JSON answered to a body streamed from files, one after the other."""
        headers = {**self.headers, "Idempotency-Key": uuid4().hex, "Content-Type": media_type}
        return _content(
            await self.http.post(path, content=_stream(files), params=query, headers=headers)
        )


async def _stream(files: Iterable[Path]) -> AsyncIterator[bytes]:
    for path in files:
        with path.open("rb") as file:
            while block := file.read(UPLOAD_CHUNK_BYTES):
                yield block


def _content(response: httpx.Response) -> Any:
    if response.is_error:
        raise Refused(response)
    return response.json() if response.content else None


def open_http(base_url: str, *, connections: int) -> httpx.AsyncClient:
    """A pool of connections to one address; proxies of the environment do not apply."""
    return httpx.AsyncClient(
        base_url=base_url,
        transport=KeptLines(connections=connections, timeout_seconds=TIMEOUT_SECONDS),
        trust_env=False,
    )


async def log_in(http: httpx.AsyncClient, *, login_name: str, password: str) -> Caller:
    """A person by name and password."""
    body = {"login_name": login_name, "password": password}
    session = _content(await http.post("/identity/login", json=body))
    return Caller(http, {"Authorization": f"Bearer {session['token']}"})


def with_key(http: httpx.AsyncClient, secret: str) -> Caller:
    """A system by its key."""
    return Caller(http, {"X-Api-Key": secret})


async def gather_bounded(
    work: Callable[[T], Awaitable[R]],
    items: Iterable[T],
    *,
    at_once: int,
    on_done: Callable[[], None] = lambda: None,
) -> list[R]:
    """The results of `work` on every item, in order, with at most `at_once` under way.

    The first failure ends the rest and is raised as it is.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(item: T) -> R:
        async with gate:
            result = await work(item)
        on_done()
        return result

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(item)) for item in items]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
