"""After a restore: a database ahead of the topic, one behind it, and one behind its own position."""

from collections.abc import Sequence

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from libs.common.bus import Bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.tables import inbox, outbox
from libs.common.http.errors import FENCED, of_database
from libs.common.inbox import Inbox, Subscription
from libs.common.listener import Listener
from libs.common.reconcile import Published, compare_published, passed_over, repair_published
from libs.common.relay import Relay
from tests.libs.common.database.samples import (
    NOW,
    fill_outbox,
    noted,
    outbox_rows,
    take_effect,
    unpublished,
)
from tests.support.bus import NewTopic

KEYS, EACH = 4, 5


@pytest.fixture
async def topic(database: Database, bus: Bus, new_topic: NewTopic) -> str:
    """Publish some events of some aggregates; return their topic."""
    topic = await new_topic(2)
    await fill_outbox(database, topic, keys=KEYS, each=EACH)
    await publish(database, bus)
    return topic


async def publish(database: Database, bus: Bus) -> None:
    relay = Relay(database, bus, ManualClock(NOW))
    while await relay.step():
        pass
    await relay.stop()


def numbers(found: Published) -> Sequence[tuple[str, int]]:
    return sorted((each.aggregate_id, each.aggregate_seq) for each in found.unknown)


async def test_what_agrees_is_found_to_agree(database: Database, bus: Bus, topic: str) -> None:
    assert await compare_published(database, bus, topic) == Published()


async def test_a_database_ahead_of_the_topic_publishes_again(
    database: Database, bus: Bus, topic: str
) -> None:
    async with database.unit_of_work(NOW) as work:
        work.publish(noted("key-1", EACH + 1, topic), noted("key-9", 1, topic))
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(update(outbox).values(published_at=NOW))
    found = await compare_published(database, bus, topic)
    assert (len(found.unsent), found.unknown, found.contrary) == (2, [], [])
    await repair_published(database, topic, found, NOW)
    assert await unpublished(database) == 2
    await publish(database, bus)
    assert await compare_published(database, bus, topic) == Published()


async def test_a_database_behind_the_topic_fences_what_it_does_not_know(
    database: Database, bus: Bus, topic: str
) -> None:
    before = sorted(await outbox_rows(database))
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(
            delete(outbox).where(outbox.c.key.in_(("key-1", "key-2")), outbox.c.aggregate_seq > 3)
        )
    found = await compare_published(database, bus, topic)
    assert numbers(found) == [("key-1", 4), ("key-1", 5), ("key-2", 4), ("key-2", 5)]
    assert (found.unsent, found.contrary, found.fenced) == ([], [], ["key-1", "key-2"])
    await repair_published(database, topic, found, NOW)
    assert sorted(await outbox_rows(database)) == before
    assert await compare_published(database, bus, topic) == Published()

    async def go_on(key: str, seq: int) -> None:
        async with database.unit_of_work(NOW) as work:
            work.publish(noted(key, seq, topic))

    # The aggregate that was set back would say its fourth event once more: another than the one that is known.
    with pytest.raises(IntegrityError) as refused:
        await go_on("key-1", 4)
    assert of_database(refused.value).kind == FENCED
    await go_on("key-3", EACH + 1)


async def test_a_number_that_was_used_again_is_told(database: Database, bus: Bus, topic: str) -> None:
    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(
            delete(outbox).where(outbox.c.key == "key-1", outbox.c.aggregate_seq == EACH)
        )
        work.publish(noted("key-1", EACH, topic))
    found = await compare_published(database, bus, topic)
    assert [(each.aggregate_id, each.aggregate_seq) for each in found.contrary] == [("key-1", EACH)]
    assert (found.unsent, found.unknown) == ([], [])


async def test_a_database_behind_its_position_is_recognised(
    database: Database, bus: Bus, topic: str, group: str
) -> None:
    subscription = Subscription("sample", (topic,), take_effect)
    listener = Listener(bus, Inbox(database, ManualClock(NOW), subscription), subscription, group)
    read = 0
    while read < KEYS * EACH:
        read += await listener.step()
    await listener.reset()
    # What is still to come is not lost.
    async with database.unit_of_work(NOW) as work:
        work.publish(noted("key-3", EACH + 1, topic))
    await publish(database, bus)
    assert await passed_over(database, bus, subscription, group) == []

    async with database.unit_of_work(NOW) as work:
        await work.connection.execute(update(inbox).where(inbox.c.aggregate_id == "key-2").values(seq=2))
        await work.connection.execute(delete(inbox).where(inbox.c.aggregate_id == "key-0"))
    assert await passed_over(database, bus, subscription, group) == ["key-0", "key-2"]
