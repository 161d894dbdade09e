"""Open boards in browsers: they cost the console one connection, and end with their session."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI

from libs.common.clock import ManualClock
from libs.pages.sessions import Session, masked
from services.console.bootstrap import build
from tests.services.metrics.pages.streams import Running, of
from tests.support.pages import PAGE, cookie_of, settings
from tests.support.serving import Served, served


@pytest.fixture
async def console(running: Running, clock: ManualClock) -> AsyncIterator[tuple[FastAPI, Served]]:
    url = f"http://127.0.0.1:{running.server.port}"
    app = build(settings(metrics_url=url, hookup_url=url), clock)
    async with served(app) as server:
        yield app, server


def cookie(clock: ManualClock, who: Session) -> dict[str, str]:
    return {"Cookie": "=".join(cookie_of(who, clock))}


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
        headers = cookie(clock, mine) | {"Origin": PAGE}
        assert (
            await client.post("/signout", data={"csrf": masked("mine")}, headers=headers)
        ).status_code == 303
        async with asyncio.timeout(20):
            await first.aread()
        running.metrics.change()
        async for line in theirs:
            if line == "id: 2":
                break
        assert len(app.state.site.services["metrics"].running._boards) == 1
