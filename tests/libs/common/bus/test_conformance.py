"""What every adapter of the bus port must do with messages and polls, on both of them."""

import asyncio
import random
from collections import defaultdict
from uuid import uuid4

import pytest

from libs.common.bus import LARGEST_MESSAGE, Bus, BusError, Message, Partition
from tests.support.bus import NewTopic, OpenAnother, numbered, read_by_new_group, send


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
