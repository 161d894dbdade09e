"""Boards: one connection to the metrics service for all of them, by the token of one who listens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from libs.common.clock import ManualClock
from libs.common.http.client import CONNECTION_LIMITS
from libs.common.problems import Problem
from services.console.bootstrap import build
from services.console.feed import MOST_OF_ONE, Feed
from services.console.sessions import Cookies, Session
from services.console.upstreams import SignedOutError, Upstream
from tests.services.console.test_sessions import session, settings
from tests.support.serving import Served, served
from tests.support.waiting import until

NOW = datetime(2022, 10, 8, 1, 0, tzinfo=UTC)
EXPIRES = int(NOW.timestamp()) + 3600


@dataclass
class Metrics:
    """A metrics service: its streams by the token that opened them, and whom it lets in."""

    version: int = 1
    refused: dict[str, int] = field(default_factory=dict)
    streams: list[tuple[str, asyncio.Queue[bytes | None]]] = field(default_factory=list)
    opened: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/v1/watermark/hookup", self._watermark), Route("/v1/board/stream", self._stream)]
        )

    @property
    def tokens(self) -> list[str]:
        return [token for token, _ in self.streams]

    def change(self) -> None:
        """Tell every stream of another version."""
        self.version += 1
        for _, queue in self.streams:
            queue.put_nowait(self._event())

    def end(self) -> None:
        """End every stream, as a token's end does."""
        for _, queue in self.streams:
            queue.put_nowait(None)

    def _event(self) -> bytes:
        return f'event: board\ndata: {{"n": {self.version}}}\nid: {self.version}\n\n'.encode()

    def _refusal(self, request: Request) -> Response | None:
        status = self.refused.get(_token(request))
        return None if status is None else JSONResponse({"title": "无权", "code": "refused"}, status)

    async def _watermark(self, request: Request) -> Response:
        reach = {"version": str(self.version), "folded": 1, "latest_event_at": None}
        return self._refusal(request) or JSONResponse(reach)

    async def _stream(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        seen = request.headers.get("last-event-id")
        queue = asyncio.Queue[bytes | None]()
        mine = _token(request), queue
        self.streams.append(mine)
        self.opened.append((mine[0], seen))
        if seen != str(self.version):
            queue.put_nowait(self._event())

        async def pieces() -> AsyncIterator[bytes]:
            try:
                yield b": hello\n\n"
                while (event := await queue.get()) is not None:
                    # In two pieces, as a network may bring it.
                    yield event[:9]
                    yield event[9:]
            finally:
                self.streams.remove(mine)

        return StreamingResponse(pieces(), media_type="text/event-stream")


def _token(request: Request) -> str:
    return request.headers["authorization"].removeprefix("Bearer ")


def of(name: str, **changes: Any) -> Session:
    return session(**{"subject": name, "access_token": name, "csrf": name, "expires": EXPIRES, **changes})


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@dataclass
class Running:
    metrics: Metrics
    server: Served
    feed: Feed


@pytest.fixture
async def running(clock: ManualClock) -> AsyncIterator[Running]:
    metrics = Metrics()
    async with (
        served(metrics.app) as server,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", limits=CONNECTION_LIMITS, timeout=30
        ) as client,
    ):
        feed = Feed(Upstream("指标服务", client), clock)
        yield Running(metrics, server, feed)
        await feed.close()


@asynccontextmanager
async def reading(feed: Feed, who: Session, seen: str | None = None) -> AsyncIterator[AsyncIterator[bytes]]:
    async with feed.open(who, seen) as board:
        yield board.events()


async def version(events: AsyncIterator[bytes]) -> str:
    """The version that the next event tells."""
    async with asyncio.timeout(20):
        event = await anext(events)
    return event.decode().split("id: ")[1].strip()


async def until_version(events: AsyncIterator[bytes], wanted: str) -> None:
    while await version(events) != wanted:
        pass


async def test_many_boards_cost_one_stream(running: Running) -> None:
    async with AsyncExitStack() as stack:
        boards = [await stack.enter_async_context(reading(running.feed, of(f"u-{n}"))) for n in range(150)]
        assert {await version(board) for board in boards} == {"1"}
        running.metrics.change()
        assert {await version(board) for board in boards} == {"2"}
        assert len(running.metrics.opened) == 1

    async def silent() -> bool:
        return not running.metrics.streams

    await until("nobody listens any more", silent)


async def test_who_comes_later_is_told_at_once_what_it_has_not_seen(running: Running) -> None:
    async with reading(running.feed, of("u-1")) as first:
        assert await version(first) == "1"
        async with reading(running.feed, of("u-2")) as second, reading(running.feed, of("u-3"), "1") as third:
            assert await version(second) == "1"
            waiting = asyncio.ensure_future(version(third))
            await asyncio.sleep(0)
            assert not waiting.done()
            running.metrics.change()
            assert await waiting == "2"


async def test_a_board_that_is_not_read_holds_one_event(running: Running) -> None:
    async with reading(running.feed, of("u-1")) as slow, reading(running.feed, of("u-2")) as other:
        assert await version(other) == "1"
        for number in range(2, 30):
            running.metrics.change()
            assert await version(other) == str(number)
        assert await version(slow) == "29"


async def test_when_the_lender_leaves_another_lends(running: Running) -> None:
    async with AsyncExitStack() as first:
        await first.enter_async_context(reading(running.feed, of("u-1")))
        async with reading(running.feed, of("u-2")) as second:
            assert await version(second) == "1"
            assert running.metrics.tokens == ["u-1"]
            await first.aclose()

            async def lent() -> bool:
                return running.metrics.tokens == ["u-2"]

            await until("the token of who stays is used", lent)
            assert running.metrics.opened == [("u-1", None), ("u-2", "1")]
            running.metrics.change()
            assert await version(second) == "2"


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_when_a_token_is_refused_its_board_ends_and_others_go_on(running: Running, status: int) -> None:
    async with reading(running.feed, of("u-1")) as first, reading(running.feed, of("u-2")) as second:
        assert await version(second) == "1"
        running.metrics.refused["u-1"] = status
        running.metrics.end()
        with pytest.raises(StopAsyncIteration):
            await until_version(first, "none")
        running.metrics.change()
        await until_version(second, "2")
        assert running.metrics.tokens == ["u-2"]


async def test_nobody_listens_by_the_token_of_another(running: Running) -> None:
    running.metrics.refused |= {"citizen": 403, "gone": 401}
    async with reading(running.feed, of("u-1")) as first:
        assert await version(first) == "1"
        with pytest.raises(Problem) as raised:
            async with running.feed.open(of("citizen"), None):
                pytest.fail("it was let in")
        assert raised.value.kind.status == 403
        with pytest.raises(SignedOutError):
            async with running.feed.open(of("gone"), None):
                pytest.fail("it was let in")
        assert len(running.feed._boards) == 1


async def test_one_subject_has_only_so_many_boards(running: Running) -> None:
    async with AsyncExitStack() as stack:
        for number in range(MOST_OF_ONE):
            await stack.enter_async_context(running.feed.open(of("u-1", csrf=str(number)), None))
        with pytest.raises(Problem) as raised:
            async with running.feed.open(of("u-1"), None):
                pytest.fail("it was let in")
        assert (raised.value.kind.slug, raised.value.kind.status) == ("too-many-at-once", 429)
        assert int(raised.value.headers["Retry-After"]) > 0
        async with reading(running.feed, of("u-2")) as other:
            assert await version(other) == "1"
    async with reading(running.feed, of("u-1")) as later:
        assert await version(later) == "1"


async def test_a_board_ends_with_its_session(running: Running) -> None:
    soon = int(NOW.timestamp()) + 1
    async with (
        reading(running.feed, of("u-1", expires=soon)) as first,
        reading(running.feed, of("u-2")) as other,
    ):
        assert await version(first) == "1"
        assert await version(other) == "1"
        with pytest.raises(StopAsyncIteration):
            await version(first)
        running.metrics.change()
        assert await version(other) == "2"


async def test_the_token_of_a_session_that_has_ended_is_not_lent(
    running: Running, clock: ManualClock
) -> None:
    async with (
        reading(running.feed, of("u-1", expires=EXPIRES - 1800)),
        reading(running.feed, of("u-2")) as other,
    ):
        assert await version(other) == "1"
        clock.advance(timedelta(seconds=1800))
        running.metrics.end()

        async def lent() -> bool:
            return running.metrics.tokens == ["u-2"]

        await until("the other's token is used", lent)


async def test_when_the_service_goes_every_board_ends(running: Running) -> None:
    async with reading(running.feed, of("u-1")) as first, reading(running.feed, of("u-2")) as second:
        for board in (first, second):
            assert await version(board) == "1"
        running.server.server.should_exit = True
        running.metrics.end()
        for board in (first, second):
            with pytest.raises(StopAsyncIteration):
                await version(board)


async def test_an_endless_event_is_given_up(running: Running) -> None:
    async with reading(running.feed, of("u-1")) as board:
        assert await version(board) == "1"
        for _, queue in running.metrics.streams:
            for _ in range(3):
                queue.put_nowait(b"data: " + b"x" * 60_000)
        # The stream is opened anew; what it gave is gone.
        running.metrics.version = 2
        await until_version(board, "2")


# -- through the console


@pytest.fixture
async def console(running: Running, clock: ManualClock) -> AsyncIterator[tuple[FastAPI, Served]]:
    url = f"http://127.0.0.1:{running.server.port}"
    app = build(settings(metrics_url=url, hookup_url=url), clock)
    async with served(app) as server:
        yield app, server


def cookie(clock: ManualClock, who: Session) -> dict[str, str]:
    response = Response()
    Cookies(settings(), clock).write(response, who)
    return {"Cookie": response.headers["set-cookie"].partition(";")[0]}


async def test_a_hundred_and_fifty_open_boards_leave_the_board_to_the_others(
    running: Running, console: tuple[FastAPI, Served], clock: ManualClock
) -> None:
    _, server = console
    base = f"http://127.0.0.1:{server.port}"
    limits = httpx.Limits(max_connections=None)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=base, limits=limits, timeout=30))
        lines = []
        for number in range(150):
            answer = await stack.enter_async_context(
                client.stream("GET", "/board/stream", headers=cookie(clock, of(f"u-{number}")))
            )
            assert answer.status_code == 200
            lines.append(answer.aiter_lines())
        # One that listens, and what a client keeps of connections that were used for something else.
        assert len(running.metrics.opened) == 1
        assert running.server.connections <= 20
        # The pages still reach the service: what they ask for is not there, which only the service can say.
        page = await client.get("/definitions", headers=cookie(clock, of("u-0")))
        assert page.status_code == 404
        running.metrics.change()
        for each in lines:
            async for line in each:
                if line == "id: 2":
                    break


async def test_signing_out_ends_the_boards_of_the_session_only(
    running: Running, console: tuple[FastAPI, Served], clock: ManualClock
) -> None:
    app, server = console
    base = f"http://127.0.0.1:{server.port}"
    mine, other = of("u-1", csrf="mine"), of("u-1", csrf="other")
    async with (
        httpx.AsyncClient(base_url=base, timeout=30) as client,
        client.stream("GET", "/board/stream", headers=cookie(clock, mine)) as first,
        client.stream("GET", "/board/stream", headers=cookie(clock, other)) as second,
    ):
        theirs = second.aiter_lines()
        assert await anext(theirs) == "event: board"
        headers = cookie(clock, mine) | {"Origin": settings().public_url}
        assert (await client.post("/signout", data={"csrf": "mine"}, headers=headers)).status_code == 303
        async with asyncio.timeout(20):
            await first.aread()
        running.metrics.change()
        async for line in theirs:
            if line == "id: 2":
                break
        assert len(app.state.parts.feed._boards) == 1
