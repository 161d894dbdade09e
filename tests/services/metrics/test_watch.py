"""Streams are told when the figures change, by one poller, and go on where they stopped."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from random import Random

import httpx
import pytest
import uvicorn

from libs.common.auth.callers import Caller, Place, PlaceKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import StaticKeys, TokenVerifier
from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.http.app import create_app
from libs.common.inbox import Inbox
from services.metrics.bootstrap import build
from services.metrics.http.watch import Watch
from services.metrics.settings import Settings
from tests.services.metrics.lives import arrivals, live_all

ISSUER = "http://127.0.0.1:9000"


@pytest.fixture
def messages() -> list[Received]:
    random = Random(6)
    return list(arrivals(random, live_all(random, 4)))


async def next_version(versions: AsyncIterator[object]) -> str:
    async with asyncio.timeout(10):
        return (await anext(versions)).version  # type: ignore[attr-defined]  # a Watermark


async def test_a_stream_wakes_when_the_figures_change(
    database: Database, inbox: Inbox, messages: list[Received]
) -> None:
    watch = Watch(database, poll_seconds=0.01)
    async with aclosing(watch.follow(None)) as one, aclosing(watch.follow(None)) as other:
        assert await next_version(one) == await next_version(other) == "1.0"
        waiting = [asyncio.ensure_future(next_version(each)) for each in (one, other)]
        await inbox.apply(messages[:10])
        folded = set(await asyncio.gather(*waiting))
        assert len(folded) == 1
        assert folded != {"1.0"}
        assert watch.polling
    assert not watch.polling


async def test_who_comes_back_hears_only_of_another_version(
    database: Database, inbox: Inbox, messages: list[Received]
) -> None:
    watch = Watch(database, poll_seconds=0.01)
    async with aclosing(watch.follow("1.0")) as versions:
        waiting = asyncio.ensure_future(next_version(versions))
        async with aclosing(watch.follow(None)) as other:
            # By now the poller has seen version 1.0, which is no news for the first stream.
            assert await next_version(other) == "1.0"
        assert not waiting.done()
        await inbox.apply(messages[:1])
        assert await waiting == "1.1"


async def test_a_stream_ticks_although_nothing_changes(database: Database) -> None:
    async with aclosing(Watch(database, poll_seconds=0.01, tick_seconds=0.05).follow("1.0")) as versions:
        assert [await next_version(versions) for _ in range(2)] == ["1.0", "1.0"]


async def test_server_sent_events_over_http(
    database_url: str,
    tmp_path: Path,
    clock: ManualClock,
    database: Database,
    inbox: Inbox,
    messages: list[Received],
) -> None:
    settings = Settings(
        database_url=database_url,
        bus_url=f"sqlite:///{tmp_path}/bus.db",
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks",
    )
    service = build(settings, clock)
    issuer = LocalIssuer(ISSUER, tmp_path / "issuer", clock, users={}, machines={}, redirect_uris=[])
    app = create_app(service, TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock))
    token = issuer.issue(Caller("viewer", frozenset({"supervisor"}), Place(PlaceKind.DISTRICT, "371502")))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    headers = {"Authorization": f"Bearer {token}", "Last-Event-ID": "1.0"}
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=20
    ) as client:
        async with client.stream("GET", "/v1/board/stream", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            await inbox.apply(messages[:1])
            event: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if not line and "data" in event:
                    break
                event[name] = value
        assert (event["event"], event["id"]) == ("board", "1.1")
        assert json.loads(event["data"])["folded"] == 1
    server.should_exit = True
    await serving
    await service.close()
