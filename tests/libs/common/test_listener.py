"""Listeners of a group: they share the partitions, and commit a position after its effect."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import pytest

from libs.common.bus import Bus, Partition, PositionLostError, Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent
from libs.common.inbox import Arrived, Inbox, Subscription
from libs.common.listener import Listener
from libs.common.relay import Relay
from libs.common.telemetry import CONSUMER_LAG
from tests.libs.common.conftest import Doom
from tests.libs.common.database.samples import (
    NOW,
    TOPIC,
    effects,
    letters,
    marks,
    noted,
    received,
    take_effect,
)
from tests.libs.common.inboxes import publish
from tests.support.bus import DEADLINE, NewTopic, OpenAnother


async def step_until_some(listener: Listener) -> int:
    """Step until a batch has come; return how many messages it had."""
    async with asyncio.timeout(DEADLINE):
        while not (count := await listener.step()):
            pass
    return count


async def test_a_consumer_killed_before_its_position_was_committed(
    database: Database,
    database_url: str,
    bus_url: str,
    open_another: OpenAnother,
    new_topic: NewTopic,
    group: str,
    clock: ManualClock,
    doom: Doom,
) -> None:
    topic = await new_topic(1)
    bus = open_another()
    await publish(database, bus, topic, keys=5, each=30)
    process = await doom("listen", database_url, bus_url, group, topic)
    before = await effects(database)
    assert before
    process.kill()
    await process.wait()
    subscription = Subscription("sample", (topic,), take_effect)
    listener = Listener(bus, Inbox(database, clock, subscription), subscription, group)
    # All that the other had polled comes again.
    count = 0
    while count < 150:
        count += await listener.step()
    assert await effects(database) == {f"key-{key}": list(range(1, 31)) for key in range(5)}
    assert await letters(database) == []
    await listener.reset()


async def test_two_listeners_of_a_group_share_the_work(
    database: Database,
    another_database: Callable[[], Database],
    open_another: OpenAnother,
    new_topic: NewTopic,
    group: str,
    clock: ManualClock,
) -> None:
    topic = await new_topic(4)
    busy: set[int] = set()
    listeners = []
    for number in range(2):

        async def handler(events: Sequence[IncomingEvent], work: UnitOfWork, number: int = number) -> None:
            busy.add(number)
            await take_effect(events, work)

        subscription = Subscription("sample", (topic,), handler)
        inbox = Inbox(another_database(), clock, subscription)
        listeners.append(Listener(open_another(), inbox, subscription, group))

    async def listen(listener: Listener) -> None:
        while True:
            await listener.step()

    tasks = [asyncio.create_task(listen(each)) for each in listeners]
    total = 0
    bus = open_another()
    # More work until both have had some, whichever way the group was divided at first.
    while len(busy) < 2:
        total += 10
        async with database.unit_of_work(NOW) as work:
            work.publish(
                *(noted(f"key-{key}", seq, topic) for key in range(20) for seq in range(total - 9, total + 1))
            )
        relay = Relay(database, bus, clock)
        while await relay.step():
            pass
        await relay.stop()

        async with asyncio.timeout(DEADLINE):
            while True:
                if await marks(database) == {f"key-{key}": total for key in range(20)}:
                    break
                await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for listener in listeners:
        await listener.reset()
    assert await effects(database) == {f"key-{key}": list(range(1, total + 1)) for key in range(20)}
    assert await letters(database) == []


async def test_a_stalled_consumer_that_lost_its_partition_has_no_second_effect(
    database: Database,
    another_database: Callable[[], Database],
    open_another: OpenAnother,
    new_topic: NewTopic,
    group: str,
    clock: ManualClock,
) -> None:
    topic = await new_topic(1)
    await publish(database, open_another(), topic, keys=3, each=10)
    subscription = Subscription("sample", (topic,), take_effect)
    polled, awake = asyncio.Event(), asyncio.Event()

    class Stalling(Inbox):
        async def take(self, batch: Sequence[Arrived], group: str | None = None) -> None:
            polled.set()
            await awake.wait()
            await super().take(batch, group)

    stalled = Listener(open_another(), Stalling(another_database(), clock, subscription), subscription, group)
    sleeping = asyncio.create_task(step_until_some(stalled))
    await polled.wait()
    other = Listener(open_another(), Inbox(database, clock, subscription), subscription, group)
    count = 0
    while count < 30:
        count += await other.step()
    awake.set()
    await sleeping
    await stalled.reset()
    await other.reset()
    assert await effects(database) == {f"key-{key}": list(range(1, 11)) for key in range(3)}
    assert await letters(database) == []


class LosingConsumer:
    """A member of a group that is divided anew between each poll and its commit."""

    closed = False

    def __init__(self) -> None:
        self._coming = [received("a", 1), received("a", 2)]

    async def poll(self, most: int, wait: float) -> list[Received]:
        return [self._coming.pop(0)]

    async def commit(self, positions: Mapping[Partition, int]) -> None:
        raise PositionLostError("the group was divided anew")

    def lag(self) -> Mapping[Partition, int]:
        return {}

    async def close(self) -> None:
        self.closed = True


async def test_a_listener_that_lost_its_position_stays_in_the_group(
    database: Database, clock: ManualClock, sqlite_bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = LosingConsumer()

    async def join(group: str, topics: Sequence[str]) -> LosingConsumer:
        return consumer

    monkeypatch.setattr(sqlite_bus, "consumer", join)
    subscription = Subscription("sample", (TOPIC,), take_effect)
    listener = Listener(sqlite_bus, Inbox(database, clock, subscription), subscription, "group")
    assert [await listener.step(), await listener.step()] == [1, 1]
    assert not consumer.closed
    assert await effects(database) == {"a": [1, 2]}


async def test_the_position_is_committed_after_the_effect_and_not_without_it(
    database: Database, bus: Bus, new_topic: NewTopic, group: str, clock: ManualClock
) -> None:
    topic = await new_topic(1)
    await publish(database, bus, topic, keys=1, each=3)
    subscription = Subscription("sample", (topic,), take_effect)

    class Unable(Inbox):
        async def take(self, batch: Sequence[Arrived], group: str | None = None) -> None:
            raise OSError("no database")

    unable = Listener(bus, Unable(database, clock, subscription), subscription, group)
    with pytest.raises(OSError, match="no database"):
        await step_until_some(unable)
    await unable.reset()
    able = Listener(bus, Inbox(database, clock, subscription), subscription, group)
    await step_until_some(able)
    assert await effects(database) == {"key-0": [1, 2, 3]}
    await able.reset()
    last = Listener(bus, Inbox(database, clock, subscription), subscription, group)
    async with database.unit_of_work(NOW) as work:
        work.publish(noted("key-0", 4, topic))
    relay = Relay(database, bus, clock)
    await relay.step()
    await relay.stop()
    assert await step_until_some(last) == 1
    assert CONSUMER_LAG.labels("sample", topic, "0")._value.get() == 0
    await last.reset()
