"""What every adapter of the bus port must do, on both of them."""

import asyncio
import random
import sys
from collections import defaultdict
from uuid import uuid4

import pytest

from libs.common.bus import (
    LARGEST_MESSAGE,
    Bus,
    BusError,
    Consumer,
    Message,
    Partition,
    PositionLostError,
    Received,
)
from tests.support.bus import SHORT_SESSION, NewTopic, OpenAnother, collect, eventually, positions


def numbered(topic: str, count: int, keys: int = 20) -> list[Message]:
    return [Message(topic, f"key-{number % keys}", b"%d" % number) for number in range(count)]


async def send(bus: Bus, *batches: list[Message]) -> None:
    producer = await bus.producer()
    for batch in batches:
        await producer.send(batch)
    await producer.close()


async def read_by_new_group(bus: Bus, topic: str, count: int) -> list[Received]:
    consumer = await bus.consumer(f"group-{uuid4()}", [topic])
    found = await collect(consumer, count)
    await consumer.close()
    return found


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


async def test_messages_of_a_key_keep_their_order_and_their_partition(bus: Bus, new_topic: NewTopic) -> None:
    topic = await new_topic(4)
    chance = random.Random(11)
    keys = [f"用户-{chance.randrange(10**9)}" for _ in range(50)]
    batches = [
        [
            Message(topic, chance.choice(keys), b"%d %d" % (turn, each))
            for each in range(chance.randrange(1, 200))
        ]
        for turn in range(20)
    ]
    await send(bus, *batches)
    sent = [message for batch in batches for message in batch]

    found = await read_by_new_group(bus, topic, len(sent))

    assert len(found) == len(sent)
    values: defaultdict[str, list[bytes]] = defaultdict(list)
    lanes: defaultdict[str, set[Partition]] = defaultdict(set)
    for received in found:
        values[received.key].append(received.value)
        lanes[received.key].add(received.partition)
    for key in keys:
        assert values[key] == [message.value for message in sent if message.key == key]
    assert all(len(of_key) == 1 for of_key in lanes.values())
    assert len(set.union(*lanes.values())) == 4


async def test_offsets_of_a_partition_rise_one_by_one_from_zero(bus: Bus, new_topic: NewTopic) -> None:
    topic = await new_topic(1)
    await send(bus, numbered(topic, 30), numbered(topic, 30))
    found = await read_by_new_group(bus, topic, 60)
    assert [received.offset for received in found] == list(range(60))


async def test_headers_come_back_as_they_were(bus: Bus, new_topic: NewTopic) -> None:
    topic = await new_topic(1)
    headers = (("ce_type", b"x"), ("empty", b""), ("名", bytes(range(256))), ("ce_type", b"again"))
    await send(bus, [Message(topic, "k", b"", headers), Message(topic, "", b"v")])
    found = await read_by_new_group(bus, topic, 2)
    assert [(received.key, received.value, received.headers) for received in found] == [
        ("k", b"", headers),
        ("", b"v", ()),
    ]


async def test_a_batch_of_many_small_messages(bus: Bus, new_topic: NewTopic) -> None:
    topic = await new_topic(1)
    await send(bus, numbered(topic, 20_000))
    found = await read_by_new_group(bus, topic, 20_000)
    assert [received.value for received in found] == [b"%d" % number for number in range(20_000)]


async def test_large_messages_of_one_key_stay_in_order(bus: Bus, new_topic: NewTopic) -> None:
    topic = await new_topic(2)
    chance = random.Random(12)
    batch = [Message(topic, "one", chance.randbytes(500_000)) for _ in range(8)]
    batch.append(Message(topic, "one", chance.randbytes(LARGEST_MESSAGE - 3)))
    await send(bus, batch)
    found = await read_by_new_group(bus, topic, len(batch))
    assert [received.value for received in found] == [message.value for message in batch]


async def test_a_producer_is_closed_after_an_error(bus: Bus, new_topic: NewTopic) -> None:
    topic = await new_topic(1)
    producer = await bus.producer()
    with pytest.raises(BusError, match="1000001 bytes"):
        await producer.send([Message(topic, "one", b"x"), Message(topic, "one", bytes(LARGEST_MESSAGE - 2))])
    with pytest.raises(BusError, match="closed"):
        await producer.send([Message(topic, "one", b"y")])
    await producer.close()

    await send(bus, [Message(topic, "one", b"z")])

    assert [received.value for received in await read_by_new_group(bus, topic, 1)] == [b"z"]


async def test_topics_that_exist_are_left_alone(
    bus: Bus, open_another: OpenAnother, new_topic: NewTopic
) -> None:
    topic = await new_topic(2)
    await send(bus, numbered(topic, 10))
    await bus.ensure_topics({topic: 2})
    await open_another().ensure_topics({topic: 8, f"test.{uuid4()}": 1})
    await send(bus, numbered(topic, 90))
    found = await read_by_new_group(bus, topic, 100)
    assert {received.partition.number for received in found} <= {0, 1}


async def test_a_poll_of_an_empty_topic_returns_nothing(bus: Bus, new_topic: NewTopic, group: str) -> None:
    consumer = await bus.consumer(group, [await new_topic(2)])
    assert await consumer.poll(10, 0.2) == []
    assert await consumer.poll(10, 0) == []
    await consumer.close()


async def test_nothing_can_be_sent_and_committed(bus: Bus, new_topic: NewTopic, group: str) -> None:
    topic = await new_topic(1)
    consumer = await bus.consumer(group, [topic])
    await send(bus, [])
    await consumer.commit({})
    assert await consumer.poll(10, 0.1) == []
    await consumer.close()


async def test_a_poll_returns_no_more_than_asked(bus: Bus, new_topic: NewTopic, group: str) -> None:
    topic = await new_topic(3)
    await send(bus, numbered(topic, 100))
    consumer = await bus.consumer(group, [topic])
    sizes: list[int] = []
    while sum(sizes) < 100:
        sizes.append(len(await consumer.poll(7, 1.0)))
    assert max(sizes) == 7
    await consumer.close()


async def test_a_waiting_poll_gets_what_another_client_sends(
    bus: Bus, open_another: OpenAnother, new_topic: NewTopic, group: str
) -> None:
    topic = await new_topic(1)
    consumer = await bus.consumer(group, [topic])
    for sender in (bus, open_another()):
        waiting = asyncio.create_task(consumer.poll(10, 20.0))
        await send(sender, [Message(topic, "one", b"x")])
        assert len(await waiting) == 1
    await consumer.close()


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


async def test_the_lag_is_what_lies_behind_the_last_poll(bus: Bus, new_topic: NewTopic, group: str) -> None:
    topic = await new_topic(2)
    await send(bus, numbered(topic, 100))
    consumer = await bus.consumer(group, [topic])
    seen = 0
    while seen < 100:
        seen += len(await consumer.poll(9, 1.0))
        if len(consumer.lag()) == 2:
            assert sum(consumer.lag().values()) == 100 - seen
    assert consumer.lag() == {Partition(topic, 0): 0, Partition(topic, 1): 0}
    await consumer.close()
