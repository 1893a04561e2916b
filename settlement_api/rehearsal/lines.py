"""Kept lines to one HTTP server, for callers that ask it thousands of small questions.

Beneath httpx, in place of its own pool and parser, which cost a rehearsal more time than it spends
on anything else. One request at a time on each line; nothing is sent twice.
"""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic
from typing import Final, cast

import httptools
import httpx

LONGEST_SILENCE_SECONDS: Final = 30.0
"""Shorter than servers keep a silent line: no request meets one that is just being closed."""


class Coming:
    """An answer as the parser finds it in what the server sends."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """Known when the whole answer is there."""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: list[bytes] = []
        self.line_stays = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self.body.append(body)

    def on_message_complete(self) -> None:
        if not self.status.done():
            self.line_stays = self.parser.should_keep_alive()
            self.status.set_result(self.parser.get_status_code())

    def fail(self, reason: str) -> None:
        """There will be no answer."""
        if not self.status.done():
            self.status.set_exception(httpx.RemoteProtocolError(reason))


class Line(asyncio.Protocol):
    """One connection, and the answer that is coming on it. Not for HEAD."""

    def __init__(self) -> None:
        self._coming: Coming | None = None
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost = False
        self._silent_since = 0.0

    # ── asyncio's side ──

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._coming is None:
            self.close()  # nobody asked
            return
        try:
            self._coming.parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._coming.fail(str(error))
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._writable.set()
        if self._coming is not None:
            self._coming.fail(str(error or "the server closed the line"))

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # ── the caller's side ──

    @property
    def usable(self) -> bool:
        """Whether a request may be sent on it."""
        return not self._lost and monotonic() - self._silent_since < LONGEST_SILENCE_SECONDS

    async def ask(self, request: httpx.Request) -> httpx.Response:
        """The whole answer to a request; the line is closed when it is of no more use.

        Raises httpx.TransportError.
        """
        coming = self._coming = Coming()
        try:
            whole = await self._send(request, coming)
            status = await coming.status
        except BaseException:
            self.close()
            raise
        self._coming, self._silent_since = None, monotonic()
        if not (whole and coming.line_stays):
            self.close()
        return httpx.Response(
            status, headers=coming.headers, content=b"".join(coming.body), request=request
        )

    async def _send(self, request: httpx.Request, coming: Coming) -> bool:
        """Whether all of it was sent: the rest is not, once the server has answered."""
        assert self._transport is not None
        if isinstance(request.stream, httpx.SyncByteStream):
            self._transport.write(_head(request) + request.content)
            return True
        self._transport.write(_head(request))
        async for chunk in cast("AsyncIterator[bytes]", request.stream):
            await self._writable.wait()
            if coming.status.done():
                return False
            if chunk:
                self._transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self._transport.write(b"0\r\n\r\n")
        return True

    def close(self) -> None:
        """Closes it; an answer under way is lost."""
        self._lost = True
        if self._transport is not None:
            self._transport.abort()


def _head(request: httpx.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%b: %b" % pair for pair in request.headers.raw]
    return b"\r\n".join((*lines, b"", b""))


class KeptLines(httpx.AsyncBaseTransport):
    """At most so many lines to the server of one address, over plain TCP."""

    def __init__(self, *, connections: int, timeout_seconds: float) -> None:
        self._gate = asyncio.Semaphore(connections)
        self._timeout_seconds = timeout_seconds
        self._idle: list[Line] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends on a line that is free, or on a new one. Raises httpx.TransportError."""
        async with self._gate:
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    line = await self._free_line(request.url)
                    answer = await line.ask(request)
            except TimeoutError as error:
                raise httpx.ReadTimeout("no answer in time", request=request) from error
        if line.usable:
            self._idle.append(line)
        return answer

    async def _free_line(self, url: httpx.URL) -> Line:
        while self._idle:
            line = self._idle.pop()
            if line.usable:
                return line
            line.close()
        try:
            loop = asyncio.get_running_loop()
            _, made = await loop.create_connection(Line, url.host, url.port or 80)
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        return made

    async def aclose(self) -> None:
        """Closes every line."""
        while self._idle:
            self._idle.pop().close()
