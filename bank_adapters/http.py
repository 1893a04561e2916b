"""One HTTP call to a bank, tried exactly once; every fault becomes an answer without a status."""

import ssl
from dataclasses import dataclass
from functools import cache

import httpx

from schemas.times import Clock

BUSINESS_INSTANT_HEADER = "X-Business-Instant"
MAX_ANSWER_BYTES = 256 << 20


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities this machine trusts, read once: every reading takes tens of milliseconds."""
    return ssl.create_default_context()


@dataclass(frozen=True)
class HttpAnswer:
    """What came back: a status and bytes, or a fault when nothing complete came."""

    status: int | None
    body: bytes
    fault: str | None = None


class BankHttp:
    """A client bound to one bank's address. Never retries, never follows redirects.

    With `clock`, each call carries the business instant, which only a simulated bank reads.
    """

    def __init__(self, base_url: str, *, timeout_seconds: float, clock: Clock | None) -> None:
        self._clock = clock
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=timeout_seconds,
            transport=httpx.AsyncHTTPTransport(retries=0, verify=_trusted()),
            follow_redirects=False,
            trust_env=False,
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpAnswer:
        """One request; a time-out, a broken line or too long an answer is a fault, not an error."""
        sent = dict(headers or {})
        if self._clock is not None:
            sent[BUSINESS_INSTANT_HEADER] = (await self._clock.now()).isoformat()
        try:
            async with self._client.stream(
                method, path, content=body, params=params, headers=sent
            ) as response:
                return await _read_all(response)
        except httpx.HTTPError as error:
            return HttpAnswer(None, b"", type(error).__name__)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()


async def _read_all(response: httpx.Response) -> HttpAnswer:
    """The whole body, up to the limit. A broken body keeps what came, without a status."""
    parts: list[bytes] = []
    size = 0
    try:
        async for part in response.aiter_bytes():
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER_BYTES:
                return HttpAnswer(None, b"".join(parts), "AnswerTooLong")
    except httpx.HTTPError as error:
        return HttpAnswer(None, b"".join(parts), type(error).__name__)
    return HttpAnswer(response.status_code, b"".join(parts))
