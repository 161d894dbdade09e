"""A TCP proxy on the loopback that can simulate a network partition: data in transit then waits."""

import asyncio
from contextlib import AsyncExitStack, suppress

CHUNK = 65_536


class Proxy:
    """Forwards connections to a port of this machine; while cut, nothing passes, not even a refusal."""

    def __init__(self) -> None:
        self.target = 0
        self.connected = asyncio.Event()
        self.connected.set()
        self._lines: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

    async def serve(self, port: int, stack: AsyncExitStack) -> None:
        """Listen on `port` until the stack is closed."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        stack.push_async_callback(self._hang_up, server)

    async def _hang_up(self, server: asyncio.Server) -> None:
        server.close()
        self.connected.set()
        for writers in self._lines.values():
            for writer in writers:
                writer.close()
        await asyncio.gather(*self._lines)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers = [writer]
        task = asyncio.create_task(self._connect(reader, writers))
        self._lines[task] = writers
        task.add_done_callback(self._lines.pop)

    async def _connect(self, reader: asyncio.StreamReader, writers: list[asyncio.StreamWriter]) -> None:
        await self.connected.wait()
        with suppress(OSError):
            back, forth = await asyncio.open_connection("127.0.0.1", self.target)
            writers.append(forth)
            await asyncio.gather(self._carry(reader, forth), self._carry(back, writers[0]))
        for writer in writers:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Either side may be killed at any moment; the other sees the end of its connection.
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self.connected.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
