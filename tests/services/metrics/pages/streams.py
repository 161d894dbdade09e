"""A metrics service whose stream a test moves, and the feed that reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from libs.common.clock import ManualClock
from libs.common.http.client import CONNECTION_LIMITS
from libs.pages.sessions import Session
from libs.pages.upstreams import Upstream
from services.metrics.http.models import Reach
from services.metrics.pages.feed import Feed
from tests.support.pages import session
from tests.support.serving import Served, served


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
        reach = Reach(version=str(self.version), generation=1, folded=1, latest_event_at=None, folded_at=None)
        return self._refusal(request) or JSONResponse(reach.model_dump())

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
    """Return the session of somebody."""
    return session(**{"subject": name, "access_token": name, "csrf": name, **changes})


@dataclass
class Running:
    """A metrics service that is served, and a feed of it."""

    metrics: Metrics
    server: Served
    feed: Feed


@asynccontextmanager
async def feed_over(clock: ManualClock) -> AsyncIterator[Running]:
    """Serve a metrics service, and read it."""
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
