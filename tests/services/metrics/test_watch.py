"""Streams are told when the figures change, by one poller, and go on where they stopped."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import httpx
import pytest
from fastapi import FastAPI

from libs.common.auth.callers import Caller, Scope, ScopeKind
from libs.common.auth.local_issuer import LocalIssuer
from libs.common.auth.tokens import LEEWAY_SECONDS, StaticKeys, TokenVerifier
from libs.common.bus import Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.http.app import create_app
from libs.common.inbox import Inbox
from services.metrics.bootstrap import build
from services.metrics.http.watch import Versions, Watch
from services.metrics.settings import Settings
from services.metrics.sources import SOURCES
from services.metrics.sources.hookup import HOOKUP
from tests.services.metrics.lives import arrivals, live_all
from tests.support.serving import Served, served
from tests.support.waiting import until

ISSUER = "http://127.0.0.1:9000"
# Nothing is folded, and one message of hookup's is.
EMPTY = ",".join("1.0" for _ in SOURCES)
FOLDED = ",".join("1.1" if code == HOOKUP.code else "1.0" for code in SOURCES)


@pytest.fixture
def messages() -> list[Received]:
    random = Random(6)
    return list(arrivals(random, live_all(random, 4)))


async def next_version(versions: AsyncIterator[Versions]) -> str:
    async with asyncio.timeout(10):
        return (await anext(versions)).version


async def test_a_stream_wakes_when_the_figures_change(
    database: Database, inbox: Inbox, messages: list[Received]
) -> None:
    watch = Watch(database, poll_seconds=0.01)
    async with aclosing(watch.follow(None)) as one, aclosing(watch.follow(None)) as other:
        assert await next_version(one) == await next_version(other) == EMPTY
        waiting = [asyncio.ensure_future(next_version(each)) for each in (one, other)]
        await inbox.apply(messages[:10])
        folded = set(await asyncio.gather(*waiting))
        assert len(folded) == 1
        assert folded != {EMPTY}
        assert watch.polling
    assert not watch.polling


async def test_who_comes_back_hears_only_of_another_version(
    database: Database, inbox: Inbox, messages: list[Received]
) -> None:
    watch = Watch(database, poll_seconds=0.01)
    async with aclosing(watch.follow(EMPTY)) as versions:
        waiting = asyncio.ensure_future(next_version(versions))
        async with aclosing(watch.follow(None)) as other:
            # By now the poller has seen that, which is no news for the first stream.
            assert await next_version(other) == EMPTY
        assert not waiting.done()
        await inbox.apply(messages[:1])
        assert await waiting == FOLDED


async def test_a_stream_ticks_although_nothing_changes(database: Database) -> None:
    async with aclosing(Watch(database, poll_seconds=0.01, tick_seconds=0.05).follow(EMPTY)) as versions:
        assert [await next_version(versions) for _ in range(2)] == [EMPTY, EMPTY]


VIEWER = Caller("viewer", frozenset({"supervisor"}), Scope(ScopeKind.DISTRICT, "371502"))


@dataclass
class Streams:
    """The service on a real server, and tokens of its issuer."""

    app: FastAPI
    server: Served
    issuer: LocalIssuer

    @property
    def watch(self) -> Watch:
        watch: Watch = self.app.state.watch
        return watch

    @asynccontextmanager
    async def opened(
        self, seconds: int = 3600, caller: Caller = VIEWER, headers: Mapping[str, str] = {}
    ) -> AsyncIterator[httpx.Response]:
        headers = {**headers, "Authorization": f"Bearer {self.issuer.issue(caller, seconds)}"}
        async with (
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.server.port}", timeout=20) as client,
            client.stream("GET", "/v1/board/stream", headers=headers) as answer,
        ):
            yield answer


@pytest.fixture
async def streams(
    migrated_url: str, tmp_path: Path, clock: ManualClock, database: Database
) -> AsyncIterator[Streams]:
    settings = Settings(
        database_url=migrated_url,
        bus_url=f"sqlite:///{tmp_path}/bus.db",
        issuer=ISSUER,
        jwks_url=f"{ISSUER}/jwks",
    )
    service = build(settings, clock)
    issuer = LocalIssuer(ISSUER, tmp_path / "issuer", clock, users={}, machines={}, redirect_uris=[])
    app = create_app(service, TokenVerifier(ISSUER, "sqn", StaticKeys(issuer.jwks()), clock))
    app.state.watch._poll_seconds = app.state.watch._tick_seconds = 0.05
    async with served(app) as server:
        yield Streams(app, server, issuer)
    await service.close()


class EndedError(Exception):
    """The stream has ended."""


async def next_event(lines: AsyncIterator[str]) -> dict[str, str]:
    event: dict[str, str] = {}
    async for line in lines:
        name, _, value = line.partition(": ")
        if not line and "data" in event:
            return event
        event[name] = value
    raise EndedError


async def until_version(lines: AsyncIterator[str], version: str) -> dict[str, str]:
    while (event := await next_event(lines))["id"] != version:
        pass
    return event


async def test_server_sent_events_over_http(streams: Streams, inbox: Inbox, messages: list[Received]) -> None:
    async with streams.opened(headers={"Last-Event-ID": EMPTY}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        await inbox.apply(messages[:1])
        lines = answer.aiter_lines()
        # Ticks may come before the figures have changed.
        event = await until_version(lines, FOLDED)
    assert event["event"] == "board"
    assert json.loads(event["data"])["hookup"]["folded"] == 1


async def test_a_stream_ends_with_its_token_and_says_nothing_more(
    streams: Streams, clock: ManualClock, inbox: Inbox, messages: list[Received]
) -> None:
    async with streams.opened(seconds=60) as answer, streams.opened() as other:
        lines, others = answer.aiter_lines(), other.aiter_lines()
        for each in (lines, others):
            assert (await next_event(each))["id"] == EMPTY
        clock.advance(timedelta(seconds=60 + LEEWAY_SECONDS))
        await inbox.apply(messages[:1])
        # What was on its way before is of the old version.
        with pytest.raises(EndedError):
            await until_version(lines, FOLDED)
        await until_version(others, FOLDED)


async def test_one_subject_has_only_so_many_streams_and_others_have_theirs(streams: Streams) -> None:
    other = Caller("other", frozenset({"supervisor"}), Scope(ScopeKind.CITY))
    async with AsyncExitStack() as stack:
        answers = [await stack.enter_async_context(streams.opened()) for _ in range(30)]
        refused = [each for each in answers if each.status_code != 200]
        assert len(refused) == 10
        for each in refused:
            assert each.status_code == 429
            assert int(each.headers["retry-after"]) > 0
            assert json.loads(await each.aread())["code"] == "too-many-at-once"
        async with streams.opened(caller=other) as theirs:
            assert theirs.status_code == 200
        assert streams.watch.polling

    async def nobody_listens() -> bool:
        return not streams.watch.polling

    await until("every stream has ended", nobody_listens)
    async with streams.opened() as later:
        assert later.status_code == 200
