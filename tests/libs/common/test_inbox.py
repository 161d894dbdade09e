"""The inbox gives each event once, and in the order of its aggregate."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import outbox
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent
from libs.common.inbox import GroupChangedError, Inbox, Subscription
from libs.common.telemetry import current_traceparent, use_traceparent
from tests.libs.common.database.samples import (
    NOW,
    TOPIC,
    account,
    effects,
    letters,
    marks,
    outbox_rows,
    pass_on,
    received,
    take_effect,
)
from tests.libs.common.inboxes import inbox_of, open_letters


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


async def test_two_consumers_with_the_same_new_aggregate_at_the_same_moment(
    database: Database, another_database: Callable[[], Database], clock: ManualClock
) -> None:
    batch = [received(key, seq) for key in "abc" for seq in (1, 2)]
    await asyncio.gather(*(inbox_of(another_database(), clock).apply(batch) for _ in range(4)))
    assert await effects(database) == {key: [1, 2] for key in "abc"}
    assert await letters(database) == []


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
