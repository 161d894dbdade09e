"""Fixtures for tests that use a bus: each runs on both adapters."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
import pytest_asyncio

from libs.common.bus import Bus, Consumer, Message, Partition, Received, open_bus

SESSION = 5.0
"""Seconds without a poll after which a member of a group is given up: a busy machine must not come near."""

SHORT_SESSION = 1.5
"""The same where a test lets it end."""

DEADLINE = 30.0
"""Seconds to wait for what must come."""

NewTopic = Callable[[int], Awaitable[str]]


class OpenAnother(Protocol):
    """Opens one more bus."""

    def __call__(self, session: float = SESSION) -> Bus: ...


@pytest.fixture(params=["sqlite", "kafka"])
def bus_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a bus, for `open_bus`."""
    if request.param == "kafka":
        return f"kafka://{request.getfixturevalue('kafka_bootstrap')}"
    return f"sqlite:///{tmp_path}/bus.db"


@pytest_asyncio.fixture
async def open_another(bus_url: str) -> AsyncIterator[OpenAnother]:
    """Open one more bus at the same address, as another process would."""
    opened: list[Bus] = []

    def open_one(session: float = SESSION) -> Bus:
        opened.append(open_bus(bus_url, session))
        return opened[-1]

    yield open_one
    for bus in opened:
        await bus.close()


@pytest_asyncio.fixture
async def bus(open_another: OpenAnother) -> Bus:
    """Return a bus."""
    return open_another()


@pytest.fixture
def group() -> str:
    """Return the name of a group that no other test uses."""
    return f"group-{uuid4()}"


@pytest_asyncio.fixture
async def new_topic(bus: Bus) -> NewTopic:
    """Create a topic of its own for a test, with so many partitions."""

    async def create(partitions: int) -> str:
        topic = f"test.{uuid4()}"
        await bus.ensure_topics({topic: partitions})
        return topic

    return create


async def collect(consumer: Consumer, count: int, most: int = 500) -> list[Received]:
    """Poll until there are so many messages, or fail."""
    until = time.monotonic() + DEADLINE
    found: list[Received] = []
    while len(found) < count:
        assert time.monotonic() < until, f"{len(found)} of {count} messages came"
        found += await consumer.poll(most, 1.0)
    return found


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, or fail."""
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until, "the condition did not come true"
        await asyncio.sleep(0.02)


def positions(batch: list[Received]) -> dict[Partition, int]:
    """Return what to commit after a batch."""
    return {received.partition: received.offset + 1 for received in batch}


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
