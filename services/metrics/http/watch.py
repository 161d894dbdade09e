"""Tells every open stream of this process when the figures change: one poller for all of them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

import structlog

from libs.common.database.engine import Database
from services.metrics.sources import SOURCES
from services.metrics.storage import shards
from services.metrics.storage.shards import Watermark

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.25
TICK_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Versions:
    """How far the figures reach, by source."""

    reach: Mapping[str, Watermark]

    @property
    def version(self) -> str:
        """Changes whenever the figures of any source do."""
        return ",".join(watermark.version for watermark in self.reach.values())


class Watch:
    """Polls the watermarks while anybody listens."""

    def __init__(
        self, database: Database, *, poll_seconds: float = POLL_SECONDS, tick_seconds: float = TICK_SECONDS
    ) -> None:
        self._database = database
        self._poll_seconds = poll_seconds
        self._tick_seconds = tick_seconds
        self._moved = asyncio.Condition()
        self._listeners = 0
        self._poller: asyncio.Task[None] | None = None
        self._present: Versions | None = None

    @property
    def polling(self) -> bool:
        """Whether anybody listens, so that the database is asked."""
        return self._poller is not None

    async def follow(self, seen: str | None) -> AsyncGenerator[Versions, None]:
        """Yield the watermarks at once if it is not the version seen, then at each change, and at least each tick."""
        self._listeners += 1
        if self._poller is None:
            self._present = None
            self._poller = asyncio.create_task(self._poll())
        try:
            while True:
                present = await self._next(seen)
                if present is not None:
                    seen = present.version
                    yield present
        finally:
            self._listeners -= 1
            if self._listeners == 0 and self._poller is not None:
                self._poller.cancel()
                self._poller = None

    async def _next(self, seen: str | None) -> Versions | None:
        """Wait for another version than the one seen; after a tick, give the present one whatever it is."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._tick_seconds), self._moved:
                await self._moved.wait_for(
                    lambda: self._present is not None and self._present.version != seen
                )
        return self._present

    async def _poll(self) -> None:
        while True:
            try:
                async with self._database.reading() as connection:
                    present = Versions({code: await shards.read(connection, code) for code in SOURCES})
            except Exception as error:
                # Streams stay open and go on when the database is back.
                log.warning("watermark_not_read", error=repr(error))
            else:
                if present != self._present:
                    async with self._moved:
                        self._present = present
                        self._moved.notify_all()
            await asyncio.sleep(self._poll_seconds)
