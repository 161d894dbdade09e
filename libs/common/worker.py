"""The worker: the loops that move events and time, each kept going through errors."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from libs.common.http.health import Heartbeats
from libs.common.listener import Listener
from libs.common.relay import Relay
from libs.common.timers import TimerRunner

log = structlog.get_logger(__name__)

# Figures stand still for so long after a server has come back; a step against one that is down costs little.
LONGEST_BACKOFF = 3.0
HOUSEKEEPING_SECONDS = 15.0


@dataclass(frozen=True)
class Loop:
    """One step that is taken again and again; after an error, `reset` and a growing wait; `close` at the end."""

    name: str
    step: Callable[[], Awaitable[None]]
    reset: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]] | None = None

    async def run(self, beats: Heartbeats) -> None:
        """Take steps until cancelled, then give back what others wait for: group membership, lease."""
        try:
            await self._run(beats)
        finally:
            beats.stop(self.name)
            try:
                await (self.close or self.reset)()
            except Exception as error:
                # The end of the session or of the lease does the same, only later.
                log.warning("loop_not_closed", loop=self.name, error=repr(error))

    async def _run(self, beats: Heartbeats) -> None:
        failures = 0
        while True:
            beats.beat(self.name)
            try:
                await self.step()
                failures = 0
            except Exception as error:
                failures += 1
                wait = min(0.2 * 2**failures, LONGEST_BACKOFF)
                log.warning("loop_failed", loop=self.name, error=repr(error), failures=failures, wait=wait)
                await self.reset()
                await asyncio.sleep(wait)


async def _nothing() -> None:
    return None


def loops(
    relay: Relay,
    listeners: Sequence[Listener],
    timers: TimerRunner,
    purge: Callable[[], Awaitable[None]] = _nothing,
    extra: Sequence[Loop] = (),
) -> list[Loop]:
    """Return the loops of a service's worker; `purge` forgets a bounded number of rows that are out of use."""

    async def publish() -> None:
        await relay.rest(await relay.step())

    async def fire() -> None:
        if await timers.step() == 0:
            await asyncio.sleep(0.5)

    async def keep_house() -> None:
        await relay.measure()
        await timers.measure()
        await relay.purge()
        await purge()
        await asyncio.sleep(HOUSEKEEPING_SECONDS)

    def listen(listener: Listener) -> Callable[[], Awaitable[None]]:
        async def step() -> None:
            await listener.step()

        return step

    return [
        Loop("relay", publish, relay.reset, relay.stop),
        Loop("timers", fire, _nothing),
        Loop("housekeeping", keep_house, _nothing),
        *(
            Loop(f"listener-{number}", listen(listener), listener.reset)
            for number, listener in enumerate(listeners)
        ),
        *extra,
    ]


async def run(all_loops: Sequence[Loop], beats: Heartbeats) -> None:
    """Run loops side by side until cancelled."""
    async with asyncio.TaskGroup() as group:
        for loop in all_loops:
            group.create_task(loop.run(beats), name=loop.name)
