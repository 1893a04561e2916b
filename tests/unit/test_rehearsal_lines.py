"""Kept lines: used again, given up when the server ends them, and nothing sent twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from settlement_api.rehearsal.lines import KeptLines

Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def asking(
    server: Server, *, timeout_seconds: float = 5.0
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server that does exactly this on every line it is given."""
    ended: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.Event())
        mine = ended[-1]
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await server(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        mine.set()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    lines = KeptLines(connections=2, timeout_seconds=timeout_seconds)
    address = f"http://127.0.0.1:{port}"
    async with listening:
        async with httpx.AsyncClient(base_url=address, transport=lines) as client:
            yield client
        for line in ended:
            await line.wait()


async def heard(reader: asyncio.StreamReader) -> bytes:
    """The head of a request, and its body where it says how long that is."""
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, length = head.lower().partition(b"content-length: ")
    return head + await reader.readexactly(int(length.split(b"\r\n")[0] or 0))


async def test_a_line_is_used_again_and_a_question_arrives_as_it_was_asked() -> None:
    lines: list[int] = []
    said: list[bytes] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(1)
        while True:
            said.append(await heard(reader))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nx-no: 7\r\n\r\ntr")
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(b"ue")

    async with asking(server) as client:
        for _ in range(3):
            answer = await client.post("/a b?c=d", json={"e": 1}, headers={"x-own": "yes"})
            assert (answer.status_code, answer.headers["x-no"], answer.json()) == (200, "7", True)
    assert len(lines) == 1
    head, _, body = said[-1].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a%20b?c=d HTTP/1.1\r\n")
    assert b"\r\nx-own: yes" in head.lower()
    assert body == b'{"e":1}'


async def test_a_server_that_says_goodbye_is_called_again_on_a_new_line() -> None:
    lines: list[int] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(1)
        await heard(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")

    async with asking(server) as client:
        assert [(await client.get("/")).status_code for _ in range(2)] == [200, 200]
    assert len(lines) == 2


@pytest.mark.parametrize("last_words", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"])
async def test_a_broken_answer_is_told_and_the_request_is_not_sent_again(
    last_words: bytes,
) -> None:
    lines: list[int] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(1)
        await heard(reader)
        writer.write(last_words)

    async with asking(server) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post("/", json={})
    assert len(lines) == 1


async def test_what_is_no_http_is_told() -> None:
    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        writer.write(b"good morning\r\n\r\n")
        await reader.read()

    async with asking(server) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/")


async def test_silence_ends_in_time() -> None:
    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with asking(server, timeout_seconds=0.05) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/")


async def test_nobody_listens() -> None:
    lines = KeptLines(connections=1, timeout_seconds=5.0)
    async with httpx.AsyncClient(base_url="http://127.0.0.1:1", transport=lines) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("/")


async def test_a_stream_is_sent_in_chunks_and_ends_when_the_server_has_answered() -> None:
    taken: list[bytes] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        taken.append(await reader.readexactly(8))
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        await reader.read()

    sent: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            sent.append(1)
            yield b"abc"
            await asyncio.sleep(0.001)

    async with asking(server) as client:
        assert (await client.post("/", content=endless())).status_code == 413
    assert taken == [b"3\r\nabc\r\n"]
    assert len(sent) < 1_000


async def test_a_whole_stream_arrives() -> None:
    bodies: list[bytes] = []

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await heard(reader)
        bodies.append(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        await reader.read()

    async def parts() -> AsyncIterator[bytes]:
        for part in (b"ab", b"", b"c" * 17):
            yield part

    async with asking(server) as client:
        assert (await client.post("/", content=parts())).status_code == 200
    assert bodies == [b"2\r\nab\r\n11\r\n" + b"c" * 17 + b"\r\n0\r\n\r\n"]
