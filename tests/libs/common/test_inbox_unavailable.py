"""While a database is down or its disk is full the inbox waits and puts nothing aside."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest
from sqlalchemy import exc, text
from sqlalchemy.engine import make_url

from libs.common.bus import Bus
from libs.common.clock import ManualClock
from libs.common.database.engine import Database, is_unavailable
from libs.common.database.unit_of_work import UnitOfWork
from libs.common.events import IncomingEvent
from libs.common.inbox import Inbox, Subscription
from libs.common.listener import Listener
from tests.libs.common.database.samples import (
    NOW,
    TOPIC,
    create_tables,
    effects,
    letters,
    received,
    take_effect,
)
from tests.libs.common.inboxes import inbox_of, publish


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
