"""A rebuild gives the same figures to the last digit, and nothing of the generation before it gets in."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert

from libs.common import dead_letters
from libs.common.bus import Bus, Message, open_bus
from libs.common.database.engine import Database
from libs.common.database.tables import dead_letter
from libs.common.database.tables import inbox as marks
from libs.common.dead_letters import Reason
from libs.common.inbox import GroupChangedError, Inbox
from libs.common.listener import Listener
from services.metrics.events.handlers import subscription, subscription_name
from services.metrics.sources.hookup import HOOKUP
from services.metrics.storage import shards
from services.metrics.storage.tables import judged
from services.metrics.usecases.rebuild import rebuild
from tests.services.metrics.conftest import FIGURES, NOW, content
from tests.services.metrics.lives import arrivals, live_all


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    await bus.ensure_topics({HOOKUP.topic: 3})
    yield bus
    await bus.close()


async def publish(bus: Bus, count: int) -> None:
    random = Random(count)
    messages = arrivals(random, live_all(random, count))
    producer = await bus.producer()
    await producer.send([Message(HOOKUP.topic, each.key, each.value, each.headers) for each in messages])
    await producer.close()


async def drain(listener: Listener) -> None:
    """Take steps until nothing has come for two of them: the first of a generation only joins the group."""
    quiet = 0
    while quiet < 2:
        quiet = 0 if await listener.step(0.1) else quiet + 1


async def all_figures(database: Database) -> list[list[tuple[Any, ...]]]:
    return [await content(database, table) for table in FIGURES]


async def begin_anew(database: Database) -> int:
    async with database.unit_of_work(NOW) as work:
        return await rebuild(work, HOOKUP, subscription_name(HOOKUP))


async def test_figures_are_the_same_after_a_rebuild(database: Database, inbox: Inbox, bus: Bus) -> None:
    await publish(bus, 60)
    listener = Listener(bus, inbox, subscription(HOOKUP), "unused")
    await drain(listener)
    before = await all_figures(database)
    async with database.reading() as connection:
        reached = await shards.read(connection, HOOKUP.code)
    assert all(before)
    assert await begin_anew(database) == 2
    assert not any(await all_figures(database))
    assert await content(database, marks) == []

    await drain(listener)
    await listener.reset()
    assert await all_figures(database) == before
    async with database.reading() as connection:
        again = await shards.read(connection, HOOKUP.code)
    assert (again.generation, again.folded, again.latest_event_at) == (
        2,
        reached.folded,
        reached.latest_event_at,
    )


async def test_a_batch_of_an_earlier_generation_has_no_effect(database: Database, inbox: Inbox) -> None:
    random = Random(1)
    batch = list(arrivals(random, live_all(random, 5)))
    async with database.reading() as connection:
        group_of = subscription(HOOKUP).group
        assert group_of is not None
        group = await group_of(connection)
    await inbox.apply(batch[:20], group)
    await begin_anew(database)
    for late in (batch[20:], batch):
        with pytest.raises(GroupChangedError):
            await inbox.apply(late, group)
    assert not any(await all_figures(database))
    assert await content(database, marks) == []
    assert await content(database, dead_letter) == []


async def test_only_what_came_from_this_subscription_goes(database: Database) -> None:
    random = Random(2)
    message = next(arrivals(random, live_all(random, 1)))
    async with database.unit_of_work(NOW) as work:
        for name in (subscription_name(HOOKUP), "other"):
            await dead_letters.keep(work, name, [(message, Reason.HANDLER_FAILED, "planted")])
            await work.connection.execute(
                insert(marks), {"subscription": name, "aggregate_id": "a", "seq": 4}
            )
        other = {"source": "other", "policy_version": "1", "reading": "working"}
        await work.connection.execute(insert(judged), other)
    await begin_anew(database)
    assert [row[0] for row in await content(database, judged)] == ["other"]
    assert [row[0] for row in await content(database, marks)] == ["other"]
    assert [letter.subscription for letter in await dead_letters.find(database)] == ["other"]
