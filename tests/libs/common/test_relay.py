import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from uuid import uuid4

import pytest
import uuid_utils
from sqlalchemy import select, update

from libs.common import relay as relay_module
from libs.common.bus import Bus, BusError, Consumer, Message, Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import lease, outbox
from libs.common.events import from_received
from libs.common.lease import RENEW_SECONDS
from libs.common.relay import BATCH, BATCH_BYTES, Relay
from libs.common.telemetry import OUTBOX_LAG_ROWS, OUTBOX_LAG_SECONDS
from tests.libs.common.conftest import Doom
from tests.libs.common.database.samples import NOW, fill_outbox, noted, unpublished
from tests.support.bus import NewTopic, OpenAnother, collect


async def published(bus: Bus, topic: str, count: int) -> list[Received]:
    consumer = await bus.consumer(f"group-{uuid4()}", [topic])
    found = await collect(consumer, count)
    await consumer.close()
    return found


def numbers(messages: list[Received]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for each in messages:
        found.setdefault(each.key, []).append(from_received(each).aggregate_seq)
    return found


async def drain(relay: Relay) -> int:
    count = 0
    while step := await relay.step():
        count += step
    return count


class ScriptedProducer:
    """Keeps what it is sent; may be told to fail or to hang."""

    def __init__(self) -> None:
        self.sent: list[list[Message]] = []
        self.closed = False

    async def send(self, batch: Sequence[Message]) -> None:
        self.sent.append(list(batch))

    async def close(self) -> None:
        self.closed = True


class ScriptedBus:
    def __init__(self, *producers: ScriptedProducer) -> None:
        self.producers = list(producers)

    async def ensure_topics(self, topics: Mapping[str, int]) -> None:
        raise NotImplementedError

    async def producer(self) -> ScriptedProducer:
        return self.producers.pop(0)

    async def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError


async def test_order_per_aggregate_over_many_batches(
    database: Database, bus: Bus, new_topic: NewTopic, clock: ManualClock
) -> None:
    topic = await new_topic(4)
    await fill_outbox(database, topic, keys=23, each=101)
    relay = Relay(database, bus, clock)
    assert await drain(relay) == 23 * 101
    assert await unpublished(database) == 0
    assert numbers(await published(bus, topic, 23 * 101)) == {
        f"key-{key}": list(range(1, 102)) for key in range(23)
    }
    await relay.stop()


async def test_an_error_marks_nothing_and_the_next_step_starts_from_the_first_unpublished(
    database: Database, clock: ManualClock
) -> None:
    await fill_outbox(database, "sqn.sample.events", keys=3, each=200)

    class Failing(ScriptedProducer):
        async def send(self, batch: Sequence[Message]) -> None:
            if len(self.sent) == 1:
                raise BusError("not acknowledged")
            await super().send(batch)

    failing, healthy = Failing(), ScriptedProducer()
    relay = Relay(database, ScriptedBus(failing, healthy), clock)
    assert await relay.step() == BATCH
    with pytest.raises(BusError):
        await relay.step()
    assert await unpublished(database) == 100
    await relay.reset()
    assert failing.closed
    assert await drain(relay) == 100
    assert [message.key for message in healthy.sent[0][:2]] == ["key-2", "key-0"]
    assert await unpublished(database) == 0


async def test_a_send_has_a_deadline_within_the_lease(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert RENEW_SECONDS + relay_module.SEND_SECONDS < relay_module.LEASE_SECONDS
    monkeypatch.setattr(relay_module, "SEND_SECONDS", 0.05)
    await fill_outbox(database, "sqn.sample.events", keys=1, each=1)

    class Hanging(ScriptedProducer):
        async def send(self, batch: Sequence[Message]) -> None:
            await never()

    class HangingBus(ScriptedBus):
        async def producer(self) -> ScriptedProducer:
            await never()
            return ScriptedProducer()

    for bus in (ScriptedBus(Hanging()), HangingBus()):
        relay = Relay(database, bus, clock)
        with pytest.raises(TimeoutError):
            await relay.step()
        assert await unpublished(database) == 1
        await relay.stop()


async def never() -> None:
    await asyncio.Event().wait()


async def test_only_the_holder_of_the_lease_publishes_and_stop_hands_it_over(
    database: Database, another_database: Callable[[], Database], clock: ManualClock
) -> None:
    # A machine whose clock is a day off neither takes the lease early nor loses it.
    ahead = ManualClock(NOW + timedelta(days=1))
    await fill_outbox(database, "sqn.sample.events", keys=1, each=1)
    first_producer, second_producer = ScriptedProducer(), ScriptedProducer()
    first = Relay(database, ScriptedBus(first_producer), clock)
    second = Relay(another_database(), ScriptedBus(second_producer), ahead)
    assert await first.step() == 1
    await fill_outbox(database, "sqn.other.events", keys=1, each=1)
    assert await second.step() == 0
    assert second_producer.sent == []
    await first.stop()
    assert first_producer.closed
    assert await second.step() == 1
    assert await first.step() == 0
    assert len(first_producer.sent) == 1
    await second.stop()


async def test_an_idle_holder_does_not_write_at_every_poll(database: Database, clock: ManualClock) -> None:
    relay = Relay(database, ScriptedBus(), clock)

    async def expiry() -> object:
        async with database.reading() as connection:
            return await connection.scalar(select(lease.c.expires_at))

    await relay.step()
    first = await expiry()
    await relay.step()
    assert await expiry() == first
    # After an error it asks again: the reason may be that another has it.
    await relay.reset()
    await relay.step()
    assert await expiry() != first


async def test_a_killed_holder_is_followed_when_its_lease_ends(
    database: Database,
    database_url: str,
    bus_url: str,
    open_another: OpenAnother,
    new_topic: NewTopic,
    clock: ManualClock,
    doom: Doom,
) -> None:
    topic = await new_topic(3)
    await fill_outbox(database, topic, keys=40, each=60)
    process = await doom("relay", database_url, bus_url, "4")
    process.kill()
    async with database.reading() as connection:
        (ends,) = await connection.scalars(select(lease.c.expires_at))
    heir = Relay(database, open_another(), clock)
    while not await heir.step():
        pass
    async with database.reading() as connection:
        (renewed,) = await connection.scalars(select(lease.c.expires_at))
    assert renewed - timedelta(seconds=relay_module.LEASE_SECONDS) >= ends
    await drain(heir)
    await heir.stop()
    # Three batches were on the bus, two were marked: the third comes twice.
    messages = await published(open_another(), topic, 40 * 60 + BATCH)
    for found in numbers(messages).values():
        assert list(dict.fromkeys(found)) == list(range(1, 61))
    assert len(messages) == 40 * 60 + BATCH


async def test_purge_takes_only_what_was_published_long_ago(database: Database, clock: ManualClock) -> None:
    await fill_outbox(database, "sqn.sample.events", keys=1, each=4)
    week = relay_module.KEEP_PUBLISHED
    async with database.unit_of_work(NOW) as work:
        for seq, at in ((1, NOW - 2 * week), (2, NOW - week - timedelta(seconds=1)), (3, NOW - week)):
            await work.connection.execute(
                update(outbox).where(outbox.c.aggregate_seq == seq).values(published_at=at)
            )
    relay = Relay(database, ScriptedBus(), clock)
    assert await relay.purge(most=1) == 1
    async with database.reading() as connection:
        assert list(await connection.scalars(select(outbox.c.aggregate_seq).order_by(outbox.c.seq))) == [
            2,
            3,
            4,
        ]
    assert await relay.purge() == 1
    assert await relay.purge() == 0
    async with database.reading() as connection:
        assert list(await connection.scalars(select(outbox.c.aggregate_seq).order_by(outbox.c.seq))) == [3, 4]


async def test_large_events_go_in_smaller_batches(
    database: Database, bus: Bus, new_topic: NewTopic, clock: ManualClock
) -> None:
    topic = await new_topic(1)
    await fill_outbox(database, topic, keys=1, each=11, text="大" * 300_000)
    relay = Relay(database, bus, clock)
    assert await relay.step() == BATCH_BYTES // 900_000
    await drain(relay)
    messages = await published(bus, topic, 11)
    assert numbers(messages) == {"key-0": list(range(1, 12))}
    assert len(messages[0].value) > 900_000
    await relay.stop()


async def test_the_lag_is_measured_from_the_commit(
    database: Database, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill_outbox(database, "sqn.sample.events", keys=2, each=3)
    relay = Relay(database, ScriptedBus(ScriptedProducer()), clock)
    async with database.reading() as connection:
        first = await connection.scalar(select(outbox.c.event_id).order_by(outbox.c.seq).limit(1))
    # The events' own time is of another year.
    monkeypatch.setattr("libs.common.relay.time.time", lambda: uuid_utils.UUID(first).timestamp / 1000 + 90)
    await relay.measure()
    assert (OUTBOX_LAG_ROWS._value.get(), round(OUTBOX_LAG_SECONDS._value.get())) == (6, 90)
    await drain(relay)
    await relay.measure()
    assert (OUTBOX_LAG_ROWS._value.get(), OUTBOX_LAG_SECONDS._value.get()) == (0, 0)
    await relay.stop()


async def test_a_commit_wakes_the_relay_of_its_process(database: Database, clock: ManualClock) -> None:
    relay = Relay(database, ScriptedBus(), clock, poll_seconds=3600)
    async with database.unit_of_work(NOW) as work:
        work.publish(noted("key", 1))
    await relay.rest(0)
    await relay.rest(BATCH)
