"""What every adapter of the bus port must do for the members of a group, on both of them."""

import asyncio
import sys

import pytest

from libs.common.bus import Bus, Consumer, Partition, PositionLostError, Received
from tests.support.bus import (
    SHORT_SESSION,
    NewTopic,
    OpenAnother,
    collect,
    eventually,
    numbered,
    positions,
    read_by_new_group,
    send,
)


class Worker:
    """Polls and commits until it is told to stop; keeps what it has committed, which is its own for good."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self.done: list[Received] = []
        self.stopping = False
        self.task = asyncio.create_task(self.run())

    async def run(self) -> None:
        while not self.stopping:
            batch = await self.consumer.poll(5, 0.05)
            try:
                await self.consumer.commit(positions(batch))
            except PositionLostError:
                continue
            self.done += batch
        await self.consumer.close()

    async def stop(self) -> None:
        self.stopping = True
        await self.task

    def lanes_since(self, count: int) -> set[Partition]:
        return {received.partition for received in self.done[count:]}


async def test_a_group_resumes_from_its_committed_positions(
    bus: Bus, open_another: OpenAnother, new_topic: NewTopic, group: str
) -> None:
    topic = await new_topic(3)
    await send(bus, numbered(topic, 90))
    first = await bus.consumer(group, [topic])
    done = await collect(first, 40, most=10)
    await first.commit(positions(done))
    await first.poll(10, 1.0)
    await first.close()

    second = await open_another().consumer(group, [topic])
    rest = await collect(second, 90 - len(done))
    await second.close()

    places = [(received.partition, received.offset) for received in done + rest]
    assert len(set(places)) == len(places) == 90


async def test_groups_are_independent_and_a_new_one_reads_from_the_start(
    bus: Bus, new_topic: NewTopic, group: str
) -> None:
    topic = await new_topic(2)
    await send(bus, numbered(topic, 40))
    first = await bus.consumer(group, [topic])
    await first.commit(positions(await collect(first, 40)))

    assert len(await read_by_new_group(bus, topic, 40)) == 40
    assert await first.poll(10, 0.2) == []
    await first.close()


async def test_what_a_killed_member_had_polled_comes_again(
    bus: Bus, bus_url: str, new_topic: NewTopic, group: str
) -> None:
    topic = await new_topic(2)
    await send(bus, numbered(topic, 50))
    command = [sys.executable, "-m", "tests.libs.common.bus.crashing", "read", bus_url, group, topic]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert int(await process.stdout.readline()) > 0
    process.kill()
    await process.wait()

    survivor = Worker(await bus.consumer(group, [topic]))
    await eventually(lambda: len(survivor.done) == 50)
    await survivor.stop()

    assert sorted(int(received.value) for received in survivor.done) == list(range(50))


async def test_members_divide_the_partitions_while_one_joins_and_one_leaves(
    bus: Bus, open_another: OpenAnother, new_topic: NewTopic, group: str
) -> None:
    topic = await new_topic(4)
    producer = await bus.producer()
    sent = 0

    async def send_some() -> None:
        nonlocal sent
        await producer.send(numbered(topic, 100))
        sent += 100

    first = Worker(await bus.consumer(group, [topic]))
    await send_some()
    await eventually(lambda: len(first.done) == 100)

    second = Worker(await open_another().consumer(group, [topic]))
    while not second.done or len(first.lanes_since(100)) < 1:
        await send_some()
        await eventually(lambda: len(first.done) + len(second.done) == sent)
    shared = len(first.done), len(second.done)
    await send_some()
    await eventually(lambda: len(first.done) + len(second.done) == sent)
    assert len(first.lanes_since(shared[0])) == len(second.lanes_since(shared[1])) == 2

    await first.stop()
    await send_some()
    await eventually(lambda: len(first.done) + len(second.done) == sent)
    await second.stop()
    await producer.close()

    places = [(received.partition, received.offset) for received in first.done + second.done]
    assert len(set(places)) == len(places) == sent


async def test_a_member_that_has_lost_its_part_cannot_commit(
    bus: Bus, open_another: OpenAnother, new_topic: NewTopic, group: str
) -> None:
    topic = await new_topic(1)
    await send(bus, numbered(topic, 10))
    sleeper = await open_another(SHORT_SESSION).consumer(group, [topic])
    batch = await collect(sleeper, 10)

    successor = await open_another().consumer(group, [topic])
    again = await collect(successor, 10)
    await successor.commit(positions(again[:5]))
    with pytest.raises(PositionLostError):
        await sleeper.commit(positions(batch))
    await successor.close()

    assert [received.value for received in await collect(sleeper, 5)] == [b"5", b"6", b"7", b"8", b"9"]
    await sleeper.close()


async def test_what_was_polled_before_another_joined_cannot_be_committed(
    bus: Bus, open_another: OpenAnother, new_topic: NewTopic, group: str
) -> None:
    topic = await new_topic(2)
    await send(bus, numbered(topic, 10))
    first = await bus.consumer(group, [topic])
    batch = await collect(first, 10)
    second = await open_another().consumer(group, [topic])
    with pytest.raises(PositionLostError):
        await first.commit(positions(batch))
    await first.close()
    await second.close()


async def test_a_partition_of_another_cannot_be_committed(bus: Bus, new_topic: NewTopic, group: str) -> None:
    consumer = await bus.consumer(group, [await new_topic(1)])
    other = await new_topic(1)
    assert await consumer.poll(1, 0.1) == []
    with pytest.raises(PositionLostError):
        await consumer.commit({Partition(other, 0): 1})
    await consumer.close()


async def test_a_poll_that_waits_longer_than_a_session_keeps_the_part(
    bus: Bus, open_another: OpenAnother, new_topic: NewTopic, group: str
) -> None:
    topic = await new_topic(1)
    consumer = await open_another(SHORT_SESSION).consumer(group, [topic])
    await send(bus, numbered(topic, 1))
    batch = await collect(consumer, 1)
    assert await consumer.poll(1, 2 * SHORT_SESSION) == []
    await consumer.commit(positions(batch))
    await consumer.close()
