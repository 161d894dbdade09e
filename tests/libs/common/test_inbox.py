import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import exc, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common import dead_letters
from libs.common.bus import Bus, Partition, PositionLostError, Received, open_bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database, is_unavailable
from libs.common.database.tables import outbox
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent
from libs.common.inbox import GroupChangedError, Handler, Inbox, Listener, Subscription
from libs.common.relay import Relay
from libs.common.telemetry import CONSUMER_LAG, current_traceparent, use_traceparent
from tests.libs.common.conftest import Doom
from tests.libs.common.database.samples import (
    NOW,
    TOPIC,
    account,
    create_tables,
    effects,
    fill_outbox,
    letters,
    marks,
    noted,
    outbox_rows,
    pass_on,
    received,
    take_effect,
)
from tests.support.bus import DEADLINE, NewTopic, OpenAnother


@pytest.fixture
async def sqlite_bus(tmp_path: Path) -> AsyncIterator[Bus]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    yield bus
    await bus.close()


class Poison:
    """A handler that fails for some events until it is healed."""

    def __init__(self, *poisonous: tuple[str, int]) -> None:
        self.poisonous = set(poisonous)
        self.calls = 0

    async def __call__(self, events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
        self.calls += 1
        await pass_on(events, work)
        if self.poisonous & {(each.aggregate_id, each.aggregate_seq) for each in events}:
            raise LookupError("poison")


def inbox_of(database: Database, clock: ManualClock, handler: Handler = pass_on) -> Inbox:
    return Inbox(database, clock, Subscription("sample", (TOPIC,), handler))


async def open_letters(database: Database) -> list[tuple[str, int | None, str]]:
    return [(key, seq, reason) for key, seq, reason, done in await letters(database) if done is None]


async def test_an_event_that_comes_again_has_no_second_effect(database: Database, clock: ManualClock) -> None:
    inbox = inbox_of(database, clock)
    batch = [received("a", 1), received("b", 1), received("a", 2)]
    await inbox.apply(batch)
    await inbox.apply([received("a", 1), received("a", 2), received("a", 3), received("a", 3)])
    await inbox.apply(batch)
    assert await effects(database) == {"a": [1, 2, 3], "b": [1]}
    assert await marks(database) == {"a": 3, "b": 1}
    assert sorted(await outbox_rows(database)) == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
    assert await letters(database) == []


async def test_what_comes_after_a_gap_waits_and_follows_what_was_missing(
    database: Database, clock: ManualClock
) -> None:
    inbox = inbox_of(database, clock)
    await inbox.apply([received("a", 1), received("a", 4), received("a", 3), received("b", 2)])
    assert await effects(database) == {"a": [1]}
    assert await open_letters(database) == [("a", 4, "gap"), ("a", 3, "gap"), ("b", 2, "gap")]
    await inbox.apply([received("a", 4), received("a", 5)])
    assert await effects(database) == {"a": [1]}
    await inbox.apply([received("c", 1), received("a", 2)])
    assert await effects(database) == {"a": [1, 2, 3, 4, 5], "c": [1]}
    assert await open_letters(database) == [("b", 2, "gap")]
    await inbox.apply([received("b", 1)])
    assert await effects(database) == {"a": [1, 2, 3, 4, 5], "b": [1, 2], "c": [1]}
    assert {done for *_, done in await letters(database)} == {"replayed"}


async def test_a_long_queue_behind_a_gap_follows_whole(database: Database, clock: ManualClock) -> None:
    inbox = inbox_of(database, clock)
    await inbox.apply([received("b", seq) for seq in range(2, 1_102)])
    await inbox.apply([received("a", seq) for seq in range(2, 152)])
    await inbox.apply([received("a", 1)])
    assert await effects(database) == {"a": list(range(1, 152))}
    await inbox.apply([received("b", 1)])
    assert (await effects(database))["b"] == list(range(1, 1_102))
    assert await open_letters(database) == []


async def test_a_failing_event_is_put_aside_alone_and_only_its_followers_wait(
    database: Database, clock: ManualClock
) -> None:
    poison = Poison(("a", 2))
    inbox = inbox_of(database, clock, poison)
    batch = [received(key, seq) for seq in (1, 2, 3, 4) for key in "abcdefgh"]
    await inbox.apply(batch)
    assert await effects(database) == {"a": [1]} | {key: [1, 2, 3, 4] for key in "bcdefgh"}
    assert await open_letters(database) == [
        ("a", 2, "handler_failed"),
        ("a", 3, "gap"),
        ("a", 4, "gap"),
    ]
    # Halved until it was alone, and not one by one.
    assert poison.calls < len(batch)
    # The events that its handler would have told of are gone with it.
    assert ("a", 2) not in await outbox_rows(database)
    poison.poisonous.clear()
    (failed, *_) = await dead_letters.find(database)
    assert await inbox.replay(failed)
    assert (await effects(database))["a"] == [1, 2, 3, 4]
    assert await open_letters(database) == []


async def test_a_follower_that_fails_does_not_hold_back_what_was_missing(
    database: Database, clock: ManualClock
) -> None:
    inbox = inbox_of(database, clock, Poison(("a", 3)))
    await inbox.apply([received("a", 1), received("a", 3), received("a", 4)])
    await inbox.apply([received("a", 2)])
    assert await effects(database) == {"a": [1, 2]}
    assert await open_letters(database) == [("a", 3, "handler_failed"), ("a", 4, "gap")]


async def test_a_passing_error_costs_nothing(database: Database, clock: ManualClock) -> None:
    failures = 2

    async def handler(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
        nonlocal failures
        await take_effect(events, work)
        if failures:
            failures -= 1
            raise LookupError("not now")

    await inbox_of(database, clock, handler).apply([received("a", 1)])
    assert await effects(database) == {"a": [1]}
    assert await letters(database) == []


async def test_a_replay_that_fails_again_says_why_and_keeps_the_letter(
    database: Database, clock: ManualClock
) -> None:
    inbox = inbox_of(database, clock, Poison(("a", 1)))
    await inbox.apply([received("a", 1), received("a", 2)])
    first, second = await dead_letters.find(database)
    with pytest.raises(LookupError):
        await inbox.replay(first)
    assert not await inbox.replay(second)
    assert await open_letters(database) == [("a", 1, "handler_failed"), ("a", 2, "gap")]
    assert await effects(database) == {}


async def test_a_discarded_event_lets_the_rest_follow(database: Database, clock: ManualClock) -> None:
    inbox = inbox_of(database, clock, Poison(("a", 1)))
    await inbox.apply([received("a", 1), received("a", 2), received("a", 3)])
    first, second, _ = await dead_letters.find(database)
    async with database.unit_of_work(clock.now()) as work:
        await dead_letters.discard(work, first)
    assert await inbox.replay(second)
    await inbox.apply([received("a", 4), received("a", 1)])
    assert await effects(database) == {"a": [2, 3, 4]}
    assert [done for *_, done in await letters(database)] == ["discarded", "replayed", "replayed"]


async def test_discarding_what_is_not_next_moves_no_mark(database: Database, clock: ManualClock) -> None:
    inbox = inbox_of(database, clock)
    await inbox.apply([received("a", 1), received("a", 2_000_000_000)])
    (stray,) = await dead_letters.find(database)
    async with database.unit_of_work(clock.now()) as work:
        await dead_letters.discard(work, stray)
    await inbox.apply([received("a", 2)])
    assert await effects(database) == {"a": [1, 2]}


async def test_a_lost_event_can_be_given_up(database: Database, clock: ManualClock) -> None:
    poison = Poison(("b", 2))
    inbox = inbox_of(database, clock, poison)
    await inbox.apply(
        [received("a", 3), received("a", 4), received("b", 1), received("b", 2), received("b", 3)]
    )
    first, _, _, behind = await dead_letters.find(database)
    assert not await inbox.replay(first)
    assert await inbox.replay(first, over_gap=True)
    assert (await effects(database))["a"] == [3, 4]
    # What is only put aside is not lost, and nothing goes past it.
    assert not await inbox.replay(behind, over_gap=True)
    poison.poisonous.clear()
    assert (await effects(database))["b"] == [1]


def keyed(key: str, offset: int) -> Received:
    message = received("x", 1)
    return Received(message.partition, offset, key, message.value, message.headers)


def without(message: Received, name: str) -> Received:
    headers = tuple(each for each in message.headers if each[0] != name)
    return Received(message.partition, message.offset, message.key, message.value, headers)


def having(message: Received, name: str, value: bytes) -> Received:
    changed = without(message, name)
    headers = (*changed.headers, (name, value))
    return Received(message.partition, message.offset, message.key, message.value, headers)


UNREADABLE = [
    without(received("x", 1, 1), "ce_type"),
    without(received("x", 1, 2), "ce_aggregateseq"),
    having(received("x", 1, 3), "ce_aggregateseq", b"one"),
    having(received("x", 1, 4), "ce_aggregateseq", b"0"),
    having(received("x", 1, 5), "ce_aggregateseq", b"-1"),
    having(received("x", 1, 6), "ce_aggregateseq", b"99999999999999999999"),
    having(received("x", 1, 7), "ce_id", b"\xff"),
    having(received("x", 1, 8), "ce_time", b"2022-11-08T02:00:00"),
    having(received("x", 1, 9), "ce_time", b"\0"),
    having(keyed("x\0", 10), "na\0me", b"\0"),
    keyed("", 11),
    keyed("x" * 65, 12),
    Received(Partition(TOPIC, 0), 13, "x", b"\0\xff", ()),
]


async def test_what_cannot_be_read_is_kept_and_the_rest_goes_on(
    database: Database, clock: ManualClock
) -> None:
    inbox = inbox_of(database, clock)
    for _ in range(2):
        await inbox.apply([received("a", 1), *UNREADABLE, received("a", 2)])
    assert await effects(database) == {"a": [1, 2]}
    kept = await dead_letters.find(database)
    assert [each.received.offset for each in kept] == list(range(1, 14))
    assert {each.reason for each in kept} == {dead_letters.Reason.UNREADABLE}
    assert all(each.detail for each in kept)
    for letter in kept:
        assert not await inbox.replay(letter)
        async with database.unit_of_work(clock.now()) as work:
            await dead_letters.discard(work, letter)
    assert await effects(database) == {"a": [1, 2]}
    assert await dead_letters.find(database) == []


async def publish(database: Database, bus: Bus, topic: str, *, keys: int, each: int) -> None:
    await fill_outbox(database, topic, keys=keys, each=each)
    relay = Relay(database, bus, ManualClock(NOW))
    while await relay.step():
        pass
    await relay.stop()


async def step_until_some(listener: Listener) -> int:
    """Step until a batch has come; return how many messages it had."""
    async with asyncio.timeout(DEADLINE):
        while not (count := await listener.step()):
            pass
    return count


class Gate:
    """The way to a PostgreSQL; shut, it breaks every connection and takes no new one."""

    def __init__(self, url: str) -> None:
        self._behind = make_url(url)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return self._behind.set(port=self.port).render_as_string(hide_password=False)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._behind.host, self._behind.port)
        self._writers |= {writer, back}

        async def carry(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(65_536):
                    to.write(data)
                    await to.drain()
            to.close()

        await asyncio.gather(carry(reader, back), carry(there, writer))


async def test_while_postgres_is_down_the_listener_pauses_and_puts_nothing_aside(
    postgres_url: str, sqlite_bus: Bus, clock: ManualClock
) -> None:
    gate = Gate(postgres_url)
    await gate.open()
    database = Database(gate.url)
    await create_tables(database)
    await sqlite_bus.ensure_topics({TOPIC: 1})
    await publish(database, sqlite_bus, TOPIC, keys=2, each=2)
    breaks = True

    async def handler(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
        if breaks:
            gate.shut()
        await take_effect(events, work)

    subscription = Subscription("sample", (TOPIC,), handler)
    listener = Listener(sqlite_bus, Inbox(database, clock, subscription), subscription, "group")
    # First the connection breaks in the middle of a batch, then there is none to be had.
    for _ in range(3):
        with pytest.raises((exc.DBAPIError, OSError)) as caught:
            await listener.step()
        assert is_unavailable(caught.value)
        await listener.reset()
    breaks = False
    await gate.open()
    assert await letters(database) == []
    assert await listener.step() == 4
    assert await effects(database) == {"key-0": [1, 2], "key-1": [1, 2]}
    await listener.reset()
    await database.close()
    gate.shut()


async def test_while_the_disk_is_full_the_listener_pauses_and_puts_nothing_aside(
    sqlite_url: str, clock: ManualClock
) -> None:
    database = Database(sqlite_url)
    await create_tables(database)

    async def limit(pages: str) -> None:
        async with database.unit_of_work(NOW) as work:
            present = await work.connection.scalar(text("PRAGMA page_count"))
            await work.connection.execute(text(f"PRAGMA max_page_count = {pages.format(present)}"))

    inbox = inbox_of(database, clock)
    batch = [received("a", seq) for seq in range(1, 501)]
    await limit("{}")
    with pytest.raises(exc.OperationalError, match="full") as caught:
        await inbox.apply(batch)
    assert is_unavailable(caught.value)
    assert await effects(database) == {}
    await limit("1000000")
    await inbox.apply(batch)
    assert await effects(database) == {"a": list(range(1, 501))}
    assert await letters(database) == []
    await database.close()


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
        async def apply(self, batch: Sequence[Received], group: str | None = None) -> None:
            polled.set()
            await awake.wait()
            await super().apply(batch, group)

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


async def test_two_consumers_with_the_same_new_aggregate_at_the_same_moment(
    database: Database, another_database: Callable[[], Database], clock: ManualClock
) -> None:
    batch = [received(key, seq) for key in "abc" for seq in (1, 2)]
    await asyncio.gather(*(inbox_of(another_database(), clock).apply(batch) for _ in range(4)))
    assert await effects(database) == {key: [1, 2] for key in "abc"}
    assert await letters(database) == []


async def test_the_position_is_committed_after_the_effect_and_not_without_it(
    database: Database, bus: Bus, new_topic: NewTopic, group: str, clock: ManualClock
) -> None:
    topic = await new_topic(1)
    await publish(database, bus, topic, keys=1, each=3)
    subscription = Subscription("sample", (topic,), take_effect)

    class Unable(Inbox):
        async def apply(self, batch: Sequence[Received], group: str | None = None) -> None:
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


async def test_a_batch_of_an_earlier_group_has_no_effect(database: Database, clock: ManualClock) -> None:
    async def group(connection: AsyncConnection) -> str:
        return await connection.scalar(select(account.c.id)) or ""

    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(insert(account), {"id": "new", "version": 1})
    inbox = Inbox(database, clock, Subscription("sample", (TOPIC,), take_effect, group))
    assert await inbox.group() == "new"
    with pytest.raises(GroupChangedError):
        await inbox.apply([received("a", 1)], "old")
    assert await effects(database) == {}
    assert await letters(database) == []
    await inbox.apply([received("a", 1)], "new")
    assert await effects(database) == {"a": [1]}


async def test_the_trace_goes_on_in_the_handler_and_in_what_it_publishes(
    database: Database, clock: ManualClock
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    with use_traceparent(f"00-{trace}-b7ad6b7169203331-01"):
        message = received("a", 1)
    seen = []

    async def handler(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
        seen.append(current_traceparent())
        await pass_on(events, work)

    await inbox_of(database, clock, handler).apply([message])
    async with database.reading() as connection:
        published = await connection.scalar(select(outbox.c.traceparent))
    assert [str(each)[3:35] for each in (*seen, published)] == [trace, trace]
