"""A process for tests to kill: it says "here" and, but for the last, stands still where a crash would hurt most.

`relay DATABASE BUS SECONDS`           after its third batch is on the bus, before it is marked as published
`listen DATABASE BUS GROUP TOPIC`      after the first batch took effect, before its position is committed
`fire DATABASE`                        after the third batch's handlers, inside the open transaction
`fire_all DATABASE SECONDS`            waits for timers and goes on until none is left; a claim lasts so many seconds
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

from libs.common import relay, timers
from libs.common.bus import open_bus
from libs.common.clock import ManualClock, SystemClock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.inbox import Arrived, Inbox, Subscription
from libs.common.listener import Listener
from libs.common.timers import Timer, TimerRunner
from tests.libs.common.database.samples import NOW, fired, take_effect, waiting
from tests.support.bus import SESSION


async def stand_still() -> None:
    print("here", flush=True)
    await asyncio.Event().wait()


class DoomedRelay(relay.Relay):
    batches = 0

    async def _send(self, rows: Sequence[Any]) -> None:
        await super()._send(rows)
        self.batches += 1
        if self.batches == 3:
            await stand_still()


async def publish(database: str, bus: str, seconds: str) -> None:
    relay.LEASE_SECONDS = float(seconds)
    doomed = DoomedRelay(Database(database), open_bus(bus, SESSION), ManualClock(NOW))
    while True:
        await doomed.step()


class DoomedInbox(Inbox):
    async def take(self, batch: Sequence[Arrived], group: str | None = None) -> None:
        await super().take(batch, group)
        await stand_still()


async def listen(database: str, bus: str, group: str, topic: str) -> None:
    subscription = Subscription("sample", (topic,), take_effect)
    inbox = DoomedInbox(Database(database), ManualClock(NOW), subscription)
    listener = Listener(open_bus(bus, SESSION), inbox, subscription, group)
    while True:
        await listener.step()


async def fire(database: str) -> None:
    count = 0

    async def handle(timer: Timer, work: UnitOfWork) -> None:
        nonlocal count
        await fired(timer, work)
        count += 1
        if count == 500:
            await stand_still()

    runner = TimerRunner(Database(database), ManualClock(NOW), {"reminder": handle})
    while True:
        await runner.step()


async def fire_all(database: str, seconds: str) -> None:
    timers.CLAIM = timedelta(seconds=float(seconds))
    connected = Database(database)
    runner = timers.TimerRunner(connected, SystemClock(), {"reminder": fired})
    print("here", flush=True)
    while not await waiting(connected):  # noqa: ASYNC110 - what is waited for is another process's doing
        await asyncio.sleep(0.01)
    while await waiting(connected):
        # What is left may be claimed by another, alive or dead.
        while await runner.step():
            pass
        await asyncio.sleep(0.1)
    await connected.close()


if __name__ == "__main__":
    run: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
        "relay": publish,
        "listen": listen,
        "fire": fire,
        "fire_all": fire_all,
    }
    asyncio.run(run[sys.argv[1]](*sys.argv[2:]))
