"""While there is a backlog a listener fetches the next batch as one takes effect; nothing is lost or repeated."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import exc

from libs.common import listener as listener_module
from libs.common.bus import Bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent
from libs.common.inbox import Inbox, Subscription
from libs.common.listener import Listener
from tests.libs.common.database.samples import effects, letters, take_effect
from tests.libs.common.inboxes import publish
from tests.support.bus import DEADLINE, NewTopic, OpenAnother

EVENTS = 60


class Watched(Listener):
    """A listener that tells whether it fetches."""

    @property
    def fetches(self) -> bool:
        return self._next is not None


async def read_all(listener: Listener) -> None:
    """Step as a worker does, until every event has come once."""
    count = 0
    async with asyncio.timeout(DEADLINE):
        while count < EVENTS:
            try:
                count += await listener.step()
            except exc.InterfaceError:
                await listener.reset()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in {"BATCH": 7, "PORTION": 3, "FEW": 2}.items():
        monkeypatch.setattr(listener_module, name, size)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("failing", [False, True])
async def test_a_backlog_takes_effect_once_and_in_order(
    database: Database,
    open_another: OpenAnother,
    new_topic: NewTopic,
    group: str,
    clock: ManualClock,
    failing: bool,
) -> None:
    topic = await new_topic(3)
    bus: Bus = open_another()
    await publish(database, bus, topic, keys=6, each=EVENTS // 6)
    fetched: list[bool] = []

    async def handler(events: Sequence[IncomingEvent], work: UnitOfWork) -> None:
        fetched.append(listener.fetches)
        await take_effect(events, work)
        if failing and len(fetched) in (2, 4):
            raise exc.InterfaceError("the database has gone away", None, OSError())

    subscription = Subscription("sample", (topic,), handler)
    listener = Watched(bus, Inbox(database, clock, subscription), subscription, group)

    await read_all(listener)
    assert await listener.step(0.1) == 0
    await listener.reset()

    assert any(fetched)
    assert not listener.fetches
    assert await effects(database) == {f"key-{key}": list(range(1, EVENTS // 6 + 1)) for key in range(6)}
    assert await letters(database) == []
