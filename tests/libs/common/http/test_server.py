"""What one client can hold of a server: real sockets, and counts of what is held."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from libs.common.http.server import LIMITS, LimitedProtocol
from tests.support.serving import Raw, Served, served
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[4]
QUICK = replace(LIMITS, head_seconds=0.3, write_seconds=0.3, keep_alive_seconds=1)
GOOD = b"GET / HTTP/1.1\r\nHost: s\r\n\r\n"
MEGABYTE = 1_048_576


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(request.headers)))


async def count(request: Request) -> PlainTextResponse:
    body = await request.body()
    return PlainTextResponse(f"{len(body)} {len(request.headers)}")


async def refuse(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("no", 401)


async def endless(_request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65_536
            await asyncio.sleep(0)

    return StreamingResponse(pieces())


APP = Starlette(
    routes=[
        Route("/", hello),
        Route("/count", count, methods=["POST"]),
        Route("/refuse", refuse, methods=["POST"]),
        Route("/endless", endless),
    ]
)


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    async with served(APP, QUICK) as running:
        yield running


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def held() -> int:
    return tracemalloc.get_traced_memory()[0]


async def drip(raw: Raw, drop: bytes) -> None:
    """Send a little, again and again, for as long as the server takes it."""

    async def refused() -> bool:
        return not await raw.send(drop)

    await until("the server takes no more", refused)


@pytest.mark.parametrize("drop", [b"x", b"X-A: 1\r\n"])
async def test_heads_that_never_end_hold_no_connection(server: Served, drop: bytes) -> None:
    slow = [Raw(server.port) for _ in range(40)]
    for raw in slow:
        await raw.__aenter__()
        await raw.send(b"GET / HTTP/1.1\r\nX: ")
    dripping = [asyncio.create_task(drip(raw, drop)) for raw in slow]
    async with Raw(server.port) as control:
        await control.send(GOOD)
        assert await control.status() == 200
    await server.until_connections(0)
    await asyncio.gather(*dripping)
    for raw in slow:
        await raw.__aexit__(None, None, None)


async def test_a_late_head_is_told_so(server: Served) -> None:
    async with Raw(server.port) as raw:
        await raw.send(b"GET / HT")
        answer = await raw.closed()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"request-timeout"' in answer


@pytest.mark.parametrize("before", [b"", GOOD])
@pytest.mark.parametrize("drop", [None, b"\r\n"])
async def test_a_connection_without_a_request_is_closed(
    server: Served, before: bytes, drop: bytes | None
) -> None:
    async with Raw(server.port) as raw:
        if before:
            await raw.send(before)
            assert await raw.status() == 200
        dripping = asyncio.create_task(drip(raw, drop)) if drop else None
        await server.until_connections(0)
        if dripping:
            await dripping


@pytest.mark.parametrize("pieces", [1, 50])
async def test_a_head_of_200_kilobytes_is_refused(server: Served, pieces: int) -> None:
    head = b"GET / HTTP/1.1\r\nHost: s\r\nX: " + b"x" * 200_000
    async with Raw(server.port) as raw:
        for start in range(0, len(head), len(head) // pieces):
            await raw.send(head[start : start + len(head) // pieces])
        await raw.send(b"\r\n\r\n")
        answer = await raw.closed()
    # Who still sends when the server closes may lose the answer, but never gets another one.
    assert answer == b"" or answer.startswith(b"HTTP/1.1 431 ")
    assert pieces > 1 or b'"code":"head-too-large"' in answer


async def test_a_head_that_grows_for_ever_holds_no_memory(traced: None) -> None:
    async with served(APP, replace(LIMITS, head_seconds=60)) as server, Raw(server.port) as raw:
        await raw.send(b"GET / HTTP/1.1\r\nX: ")
        before, sent, most = held(), 0, 0
        while sent < 64 * MEGABYTE and await raw.send(b"x" * 65_536):
            sent += 65_536
            most = max(most, held() - before)
        await server.until_connections(0)
    assert most < 4 * MEGABYTE


@pytest.mark.parametrize(
    "rest",
    [
        b"0\r\n" + b"X-A: 1\r\n" * 100_000 + b"\r\n",
        b"0\r\nX-A: " + b"1" * 800_000 + b"\r\n\r\n",
        b"1;" + b"x" * 800_000 + b"\r\n1\r\n0\r\n\r\n",
    ],
    ids=["trailers", "one trailer", "chunk extension"],
)
async def test_what_surrounds_chunks_holds_no_memory(server: Served, traced: None, rest: bytes) -> None:
    async with Raw(server.port) as raw:
        await raw.send(b"POST /count HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n")
        before = held()
        for start in range(0, len(rest), 65_536):
            if not await raw.send(rest[start : start + 65_536]):
                break
        assert await raw.status() in (0, 431)
        assert held() - before < len(rest)
        await server.until_connections(0)


async def test_a_short_trailer_is_dropped(server: Served) -> None:
    async with Raw(server.port) as raw:
        await raw.send(
            b"POST /count HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\n"
        )
        assert await raw.status() == 200
        assert await raw.reader.readexactly(3) == b"3 2"


async def test_a_body_of_many_small_chunks_is_no_head(server: Served) -> None:
    async with Raw(server.port) as raw:
        await raw.send(b"POST /count HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n")
        await raw.send(b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n")
        assert await raw.status() == 200
        assert await raw.reader.readexactly(5) == b"50000"


async def test_a_connection_that_is_used_again_stays(server: Served) -> None:
    async with Raw(server.port) as raw:
        for _ in range(3):
            await raw.send(GOOD)
            assert await raw.status() == 200
            await raw.reader.readexactly(1)
            # The time of a head begins with its first byte.
            (connection,) = server.server.server_state.connections
            assert isinstance(connection, LimitedProtocol)
            assert connection._head_timer is None


async def test_the_rest_of_a_body_that_was_refused_holds_neither_memory_nor_connection(
    server: Served, traced: None
) -> None:
    async with Raw(server.port) as raw:
        await raw.send(b"POST /refuse HTTP/1.1\r\nHost: s\r\nContent-Length: 1000000000\r\n\r\n")
        assert await raw.status() == 401
        before, most, sent = held(), 0, 0
        while await raw.send(b"x" * 65_536):
            sent += 65_536
            most = max(most, held() - before)
            await asyncio.sleep(0.01)
        await server.until_connections(0)
    assert sent > 0
    assert most < 2 * MEGABYTE


async def test_connections_beyond_the_limit_are_refused_and_others_served(traced: None) -> None:
    limits = replace(LIMITS, connections=10, refused_connections=12)
    async with served(APP, limits) as server:
        crowd = [Raw(server.port) for _ in range(100)]
        async with Raw(server.port) as first:
            for raw in crowd:
                await raw.__aenter__()
            await server.until_connections(12)
            # Who was there before is told what is the matter, in place of waiting.
            await first.send(GOOD)
            assert await first.status() == 503
            for raw in crowd:
                await raw.__aexit__(None, None, None)
        await server.until_connections(0)
        async with Raw(server.port) as later:
            await later.send(GOOD)
            assert await later.status() == 200


async def test_a_reader_that_stands_still_is_cut_off(server: Served) -> None:
    async with Raw(server.port) as raw:
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport of a socket
        await raw.send(b"GET /endless HTTP/1.1\r\nHost: s\r\n\r\n")
        await server.until_connections(0)

        async def nothing_runs() -> bool:
            return not server.server.server_state.tasks

        await until("the route has ended", nothing_runs)


async def test_a_request_for_another_protocol_is_answered_as_any(server: Served) -> None:
    async with Raw(server.port) as raw:
        await raw.send(b"GET / HTTP/1.1\r\nHost: s\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")
        assert await raw.status() == 200


@pytest.mark.parametrize("path", ["libs/common/cli.py", "services/console/__main__.py", "services/dev.py"])
def test_every_process_has_these_limits(path: str) -> None:
    source = (ROOT / path).read_text()
    assert "ServerConfig(" in source
    assert "uvicorn.Config" not in source
    assert "uvicorn.run" not in source
