"""What only the Kafka adapter does: the guards around aiokafka."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from libs.common.bus import BusError, Message, Partition, PositionLostError
from libs.common.bus import kafka as adapter
from libs.common.bus.kafka import KafkaBus
from tests.support.bus import SESSION, collect, eventually, positions


@pytest_asyncio.fixture
async def bus(kafka_bootstrap: str) -> AsyncIterator[KafkaBus]:
    bus = KafkaBus(kafka_bootstrap, SESSION, deadline=4.0)
    yield bus
    await bus.close()


@pytest_asyncio.fixture
async def topic(bus: KafkaBus) -> str:
    topic = f"test.{uuid4()}"
    await bus.ensure_topics({topic: 1})
    return topic


async def test_after_a_refused_batch_nothing_later_of_the_partition_is_written(
    bus: KafkaBus, kafka_bootstrap: str, group: str
) -> None:
    topic = f"test.{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "10000"})])
    await admin.close()
    producer = await bus.producer()
    # The second message does not fit beside the first, so that it travels in a batch of its own.
    large = Message(topic, "one", random.Random(13).randbytes(999_900))
    small = Message(topic, "one", bytes(200))
    with pytest.raises(BusError, match="MessageSizeTooLarge"):
        await producer.send([large, small])

    consumer = await bus.consumer(group, [topic])
    producer = await bus.producer()
    await producer.send([Message(topic, "one", b"later")])
    assert [received.value for received in await collect(consumer, 1)] == [b"later"]
    await producer.close()
    await consumer.close()


async def test_a_send_without_an_answer_ends_at_the_deadline(
    bus: KafkaBus, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer = await bus.producer()
    await producer.send([Message(topic, "one", b"x")])

    async def no_answer(*_: Any, **__: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(producer._kafka.client, "send", no_answer)
    monkeypatch.setattr(producer, "_deadline", 0.2)
    with pytest.raises(BusError, match="not acknowledged"):
        await producer.send([Message(topic, "one", b"y")])
    with pytest.raises(BusError, match="closed"):
        await producer.send([Message(topic, "one", b"z")])


async def test_a_broker_that_is_not_there_is_an_error(unused_tcp_port: int) -> None:
    bus = KafkaBus(f"127.0.0.1:{unused_tcp_port}")
    for opening in (bus.producer(), bus.consumer("group", ["topic"]), bus.ensure_topics({"topic": 1})):
        with pytest.raises(BusError, match="KafkaConnectionError"):
            await opening


async def test_a_cancelled_send_closes_the_producer(bus: KafkaBus, topic: str) -> None:
    producer = await bus.producer()
    sending = asyncio.create_task(producer.send([Message(topic, "one", b"x")]))
    await asyncio.sleep(0)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    with pytest.raises(BusError, match="closed"):
        await producer.send([Message(topic, "one", b"y")])


async def test_what_was_polled_before_a_rebalance_cannot_be_committed_after_it(
    bus: KafkaBus, topic: str, group: str
) -> None:
    producer = await bus.producer()
    await producer.send([Message(topic, "one", b"%d" % number) for number in range(10)])
    await producer.close()
    first = await bus.consumer(group, [topic])
    batch = await collect(first, 10)
    second = await bus.consumer(group, [topic])
    await second.close()
    await eventually(lambda: first._assigned and bool(first._kafka.assignment()))
    # However long the above took: the session is not what is tested here.
    first._polled_at = time.monotonic()

    with pytest.raises(PositionLostError, match="not polled since"):
        await first.commit(positions(batch))

    again = await collect(first, 10)
    await first.commit(positions(again))
    await first.close()


async def test_after_a_session_without_a_poll_nothing_can_be_committed(
    bus: KafkaBus, topic: str, group: str
) -> None:
    producer = await bus.producer()
    await producer.send([Message(topic, "one", b"x")])
    await producer.close()
    consumer = await bus.consumer(group, [topic])
    batch = await collect(consumer, 1)
    consumer._polled_at -= SESSION
    with pytest.raises(PositionLostError, match="session ended"):
        await consumer.commit(positions(batch))
    await consumer.close()


async def test_a_group_that_gives_nothing_for_long_is_an_error(
    bus: KafkaBus, topic: str, monkeypatch: pytest.MonkeyPatch, group: str
) -> None:
    consumer = await bus.consumer(group, [topic])
    monkeypatch.setattr(adapter, "OPENING", 0.0)
    await consumer.poll(1, 0.01)
    consumer._kafka._subscription.begin_reassignment()
    assert await consumer.poll(1, 0.01) == []
    await consumer.on_partitions_revoked(set())
    with pytest.raises(BusError, match="no partitions"):
        await consumer.poll(1, 0.01)
    await consumer.close()


async def test_foreign_records_without_key_or_value_are_read(
    bus: KafkaBus, topic: str, kafka_bootstrap: str, group: str
) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as foreign:
        await foreign.send_and_wait(topic, value=b"x")
        await foreign.send_and_wait(topic, key=b"\xff", headers=[("h", None)])
    consumer = await bus.consumer(group, [topic])
    found = await collect(consumer, 2)
    assert [(received.key, received.value, received.headers) for received in found] == [
        ("", b"x", ()),
        ("�", b"", (("h", b""),)),
    ]
    await consumer.close()


async def test_keys_go_where_the_java_client_sends_them(
    bus: KafkaBus, kafka_bootstrap: str, group: str
) -> None:
    topic = f"test.{uuid4()}"
    await bus.ensure_topics({topic: 7})
    keys = [f"键-{number}" for number in range(30)]
    producer = await bus.producer()
    await producer.send([Message(topic, key, b"x") for key in keys])
    await producer.close()
    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as foreign:
        places = {
            key: (await foreign.send_and_wait(topic, key=key.encode(), value=b"y")).partition for key in keys
        }
    consumer = await bus.consumer(group, [topic])
    found = await collect(consumer, 60)
    assert {(received.key, received.partition) for received in found} == {
        (key, Partition(topic, number)) for key, number in places.items()
    }
    await consumer.close()


async def test_only_what_a_broker_asks_for_again_is_created_again() -> None:
    topics = [NewTopic(name, 1, 1) for name in ("made", "there", "later")]
    not_coordinator, exists, invalid = 16, 36, 37

    class Admin:
        answers = ((0, exists, not_coordinator), (0, exists, invalid))

        def __init__(self, answer: int) -> None:
            self.answer = answer

        async def create_topics(self, topics: list[NewTopic]) -> SimpleNamespace:
            codes = zip(topics, self.answers[self.answer], strict=True)
            return SimpleNamespace(topic_errors=[(topic.name, code, None) for topic, code in codes])

    assert await adapter._create(Admin(0), topics) == topics[2:]
    with pytest.raises(KafkaError, match="later"):
        await adapter._create(Admin(1), topics)
