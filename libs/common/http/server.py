"""The HTTP server of every process, and the limits that hold before an application sees a request."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from libs.common.problems import MEDIA_TYPE, REQUEST_TIMEOUT, ProblemKind, define

HEAD_TOO_LARGE = define("head-too-large", 431, "请求头过大")


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Limits of one server process for its clients.

    `head_seconds`: time to complete a head, from when the connection is opened, or from the first byte on one that
    is used again; also the time for the rest of a body that was refused unread. `head_bytes` bounds what is neither a
    complete head nor a piece of a body: an unfinished head, trailers, chunk extensions. A client that reads nothing
    of an answer for `write_seconds` is disconnected. Idle connections close after `keep_alive_seconds`; our clients
    close theirs earlier (`client.CONNECTION_LIMITS`). From `connections` on, requests are answered with 503;
    connections beyond `refused_connections` are closed at once.
    """

    head_seconds: float = 10.0
    head_bytes: int = 32_768
    write_seconds: float = 60.0
    keep_alive_seconds: int = 5
    connections: int = 750
    refused_connections: int = 800
    backlog: int = 512


LIMITS = ServerLimits()


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration for all of our processes."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        graceful_seconds: int = 5,
        limits: ServerLimits = LIMITS,
    ) -> None:
        self.limits = limits
        super().__init__(
            app,
            host=host,
            port=port,
            http=LimitedProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=limits.keep_alive_seconds,
            # The board's stream never ends by itself.
            timeout_graceful_shutdown=graceful_seconds,
            limit_concurrency=limits.connections,
            backlog=limits.backlog,
        )


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 with limits that it lacks: for unfinished heads, and for clients that stop reading."""

    config: ServerConfig

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = self.config.limits
        self._in_head = False
        self._pending_bytes = 0
        self._head_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start the timeout of the head, unless there are too many connections."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.refused_connections:
            transport.abort()
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        self._stop_waiting()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse received data; refuse a head that is too large."""
        if self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._wait_for_head()
        self._pending_bytes += len(data)
        super().data_received(data)
        if self._pending_bytes > self._limits.head_bytes:
            self._refuse(HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a head."""
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Handle a header; trailers are dropped, since the application already has the headers."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Pass the request to the application, unless its head is too large in one piece."""
        self._in_head = False
        self._pending_bytes = 0
        self._stop_waiting()
        if (
            len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            > self._limits.head_bytes
        ):
            self._refuse(HEAD_TOO_LARGE)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        if not self.transport.is_closing():
            self._pending_bytes = 0
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        if not self.transport.is_closing():
            super().on_message_complete()

    def pause_writing(self) -> None:
        """Start the write timeout of a client that does not read its answer."""
        super().pause_writing()
        self._write_timer = self.loop.call_later(self._limits.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Stop the write timeout and continue writing."""
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
        super().resume_writing()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.head_seconds, self._head_is_late)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self._pending_bytes:
            self._refuse(REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _refuse(self, kind: ProblemKind) -> None:
        """Answer a request that the application never gets, and close; within an answer only close."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
            return
        body = msgspec.json.encode(kind().document(None))
        head = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[kind.status] + head.encode() + body)
        self.transport.close()
