"""An application behind a real server on a real socket, in this process, and raw connections to it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from libs.common.http.server import LIMITS, ServerConfig, ServerLimits
from tests.support.waiting import until


@dataclass(frozen=True)
class Served:
    """A server that runs, and its port."""

    server: uvicorn.Server
    port: int

    @property
    def connections(self) -> int:
        """How many connections it holds now."""
        return len(self.server.server_state.connections)

    async def until_connections(self, most: int) -> None:
        """Wait until it holds no more than so many connections."""

        async def few() -> bool:
            return self.connections <= most

        await until(f"at most {most} connections", few)


@asynccontextmanager
async def served(app: ASGIApp, limits: ServerLimits = LIMITS) -> AsyncIterator[Served]:
    """Serve an application as our processes do, until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(ServerConfig(app, graceful_seconds=1, limits=limits))
    serving = asyncio.create_task(server.serve(sockets=[listening]))

    async def started() -> bool:
        return server.started

    await until("the server runs", started)
    try:
        yield Served(server, listening.getsockname()[1])
    finally:
        server.should_exit = True
        await serving


class Raw:
    """One connection, byte by byte."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.close()
        with suppress(OSError):
            await self.writer.wait_closed()

    async def send(self, data: bytes) -> bool:
        """Send bytes; False when the server has closed."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError:
            return False
        return not self.writer.is_closing()

    async def status(self) -> int:
        """Read the head of an answer and return its status; 0 when the server has closed instead."""
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 30)
            return int(head.split(b" ", 2)[1])
        return 0

    async def closed(self) -> bytes:
        """Wait until the server has closed; return what it said before."""
        said = b""
        with suppress(OSError):
            while piece := await asyncio.wait_for(self.reader.read(65_536), 30):
                said += piece
        return said
