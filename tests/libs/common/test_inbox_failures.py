"""What the inbox cannot handle or read is put aside, and is replayed, discarded or given up."""

from collections.abc import Sequence

import pytest

from libs.common import dead_letters
from libs.common.bus import Partition, Received
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent, InvalidEventError
from libs.common.inbox import Inbox, Subscription
from tests.libs.common.database.samples import (
    TOPIC,
    effects,
    letters,
    outbox_rows,
    pass_on,
    received,
    take_effect,
)
from tests.libs.common.inboxes import inbox_of, open_letters


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


async def test_what_cannot_be_read_ahead_is_put_aside_when_its_turn_comes(
    database: Database, clock: ManualClock
) -> None:
    unread = {("a", 1), ("b", 2)}
    contents: list[object] = []

    def read(event: IncomingEvent) -> str:
        if (event.aggregate_id, event.aggregate_seq) in unread:
            raise InvalidEventError("rule") if event.aggregate_id == "b" else LookupError("value")
        return f"{event.aggregate_id}{event.aggregate_seq}"

    async def handler(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
        contents.extend(event.content for event in events)
        await take_effect(events, work)

    inbox = Inbox(database, clock, Subscription("sample", (TOPIC,), handler, read=read))
    await inbox.apply([received("b", 1)])
    unread.add(("b", 1))
    # What has taken effect is passed over, whether it can still be read or not.
    await inbox.apply([received("b", 1), received("a", 1), received("c", 1), received("b", 2)])
    assert await effects(database) == {"b": [1], "c": [1]}
    found = await dead_letters.find(database)
    assert [(letter.received.key, letter.reason, letter.detail) for letter in found] == [
        ("a", "handler_failed", "LookupError"),
        ("b", "handler_failed", "rule"),
    ]
    unread.clear()
    assert [await inbox.replay(letter) for letter in found] == [True, True]
    assert contents == ["b1", "c1", "a1", "b2"]


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
